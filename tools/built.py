"""Wheel and sdist: built, judged, and tried where nothing else is installed.

python tools/built.py                        on this Python, without extras
python tools/built.py 3.11 3.12 3.13 3.14    on each of these that is found, and with each extra alone

In the latter case they are built in environments of their own, in the former by what is installed here:
that is quicker.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.parser import Parser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SMOKE = ROOT / "tools" / "smoke.py"
PACKAGES = ("fivetran_async/", "fivetran_sync/")
# For work on this project, for its site, and for its reports in a browser that must be there.
INTERNAL = frozenset({"browser", "dev", "docs"})


class BuildError(Exception):
    """What was built is not what it should be."""


def main(versions: Sequence[str]) -> int:
    """Build, judge and try."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    try:
        with TemporaryDirectory() as folder:
            wheel = built(Path(folder), project, isolated=bool(versions))
            print(f"{wheel.name}: {wheel.stat().st_size:,} bytes, the same from the tree and from the sdist")
            pythons = [sys.executable] if not versions else list(found(versions)) or [sys.executable]
            extras = sorted(project["optional-dependencies"].keys() - INTERNAL) if versions else []
            tries = [*((python, "") for python in pythons), *((pythons[0], extra) for extra in extras)]
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                for said in pool.map(lambda it: tried(Path(folder), wheel, *it), tries):
                    print(said)
    except BuildError as error:
        print(error)
        return 1
    return 0


def built(folder: Path, project: dict[str, Any], *, isolated: bool) -> Path:
    """Build both twice, judge them, and return the wheel."""
    how = ["--outdir", str(folder / "once")] if isolated else ["--no-isolation", "--outdir", str(folder / "once")]
    # The wheel of the first is made of the sdist, which so has all that is needed; that of the second of the tree.
    run(sys.executable, "-m", "build", *how, str(ROOT))
    how[-1] = str(folder / "again")
    run(sys.executable, "-m", "build", "--sdist", "--wheel", *how, str(ROOT))
    first, second = ({path.name: path for path in (folder / name).iterdir()} for name in ("once", "again"))
    run(sys.executable, "-m", "twine", "check", "--strict", *map(str, first.values()))
    differing = [name for name in first if first[name].read_bytes() != second[name].read_bytes()]
    (wheel,) = (path for name, path in first.items() if name.endswith(".whl"))
    (sdist,) = (path for name, path in first.items() if name.endswith(".tar.gz"))
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = archive.namelist()
        (metadata,) = (archive.read(name).decode() for name in in_wheel if name.endswith(".dist-info/METADATA"))
    with tarfile.open(sdist) as tar:
        in_sdist = [name.partition("/")[2] for name in tar.getnames()]
    kept = tracked()
    faults = [
        *(f"{name} is not the same bytes when it is built again" for name in differing),
        *faults_of_wheel(in_wheel, kept),
        *faults_of_sdist(in_sdist, kept),
        *faults_of_metadata(metadata, project),
    ]
    if faults:
        raise BuildError("\n".join(faults))
    return wheel


def faults_of_wheel(names: Iterable[str], kept: Iterable[str]) -> Iterator[str]:
    """Yield what a wheel has too much or too little of: it has the files of both packages, and what is said of them."""
    wanted = {name for name in kept if name.startswith(PACKAGES)}
    there = {name for name in names if not re.match(r"[^/]+\.dist-info/", name)}
    yield from (f"the wheel has {name}, which is not to be installed" for name in sorted(there - wanted))
    yield from (f"the wheel lacks {name}" for name in sorted(wanted - there))
    yield from (f"the wheel lacks {name}py.typed" for name in PACKAGES if f"{name}py.typed" not in there)
    if not any(re.match(r"[^/]+\.dist-info/licenses/LICENSE$", name) for name in names):
        yield "the wheel lacks its licence"


def faults_of_sdist(names: Iterable[str], kept: Iterable[str]) -> Iterator[str]:
    """Yield what an sdist has too much or too little of: it has all that git has, so that its tests run."""
    there, wanted = set(names) - {"PKG-INFO"}, set(kept)
    yield from (f"the sdist has {name}, which git does not" for name in sorted(there - wanted))
    yield from (f"the sdist lacks {name}" for name in sorted(wanted - there))


def faults_of_metadata(metadata: str, project: dict[str, Any]) -> Iterator[str]:
    """Yield what the metadata do not say, or not as they should."""
    said = Parser().parsestr(metadata)
    for name, value in (
        ("Name", project["name"]),
        ("Requires-Python", project["requires-python"]),
        ("License-Expression", project["license"]),
        ("License-File", "LICENSE"),
        ("Description-Content-Type", "text/markdown"),
    ):
        if said[name] != value:
            yield f"the metadata have {said[name]!r} as {name}, not {value!r}"
    offered = set(said.get_all("Provides-Extra", []))
    if offered != project["optional-dependencies"].keys():
        yield f"the metadata offer other extras: {', '.join(sorted(offered))}"
    classes = said.get_all("Classifier", [])
    lowest = project["requires-python"].removeprefix(">=")
    if f"Programming Language :: Python :: {lowest}" not in classes:
        yield f"no classifier names Python {lowest}, the lowest that is allowed"


def tracked() -> list[str]:
    """Return the files as they are in the work tree, and none that git does not keep."""
    listed = run("git", "-C", str(ROOT), "ls-files", "-coz", "--exclude-standard")
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


def found(versions: Iterable[str]) -> Iterator[str]:
    """Yield a Python of each version that is installed: on the path, or by pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for version in versions:
        named = shutil.which(f"python{version}")
        for path in (named, *sorted(map(str, pyenv.glob(f"versions/{version}.*/bin/python")))):
            # The one on the path may be a stand-in of pyenv for a version that is not switched on.
            if path and subprocess.run([path, "-c", "import venv"], capture_output=True, check=False).returncode == 0:
                yield path
                break
        else:
            print(f"Python {version} is not here: not tried")


def tried(folder: Path, wheel: Path, python: str, extra: str) -> str:
    """Install a wheel in an empty environment, and say what the smoke test said there."""
    version = run(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()
    home = folder / f"{version}-{extra}"
    run(python, "-m", "venv", "--without-pip", str(home))
    inside = str(home / "bin" / "python")
    wanted = f"{wheel}[{extra}]" if extra else str(wheel)
    run(sys.executable, "-m", "pip", "--python", inside, "install", "--quiet", wanted)
    said = run(inside, "-I", "-W", "error", str(SMOKE), *([extra] if extra else []))
    return f"Python {version}: {said.strip()}"


def run(*command: str) -> str:
    """Run a command and return what it printed; if it fails, that is the error.

    Raises:
        BuildError: It failed.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
