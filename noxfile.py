"""The sessions: `nox -s check` is what CI runs; `nox -s full` adds what takes longer."""

import math
import os
import shlex
import shutil
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import nox

nox.options.sessions = ["check"]
nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False

ROOT = Path(__file__).parent
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
COVERAGE_FLOOR = 96
# What the SDK is measured beside, and the loop of the server that it is measured against; nothing of it is required.
PEERS = ["httpx", "orjson", "pydantic", "requests", "uvloop"]
# What runs the examples that are made for it; each in an environment of its own, because they are large and pin what
# the others need.
ENGINES = {"airflow": "apache-airflow>=3.3", "dagster": "dagster>=1.13", "prefect": "prefect>=3.9"}

# What depends on what users have installed; documents, examples and types are the check's.
SUITES = ["tests/unit", "tests/property", "tests/wire", "tests/sync"]

Step: TypeAlias = Callable[[nox.Session], None]


@nox.session
def check(session: nox.Session) -> None:
    """Everything that must never rot, on one Python, in one environment."""
    session.install("-e", ".[dev,docs]")
    _at_once(session, _readme, _pyright, _mypy, _docs, _lint, _generate, _built)
    _tests(session, "--cov", "--cov-report=term", f"--cov-fail-under={COVERAGE_FLOOR}")


@nox.session
def lint(session: nox.Session) -> None:
    """Style and formatting."""
    session.install("-e", ".[dev]")
    _lint(session)


@nox.session
def types(session: nox.Session) -> None:
    """Both type checkers, strict, on both packages and on the files of a user in each colour."""
    session.install("-e", ".[dev]")
    _at_once(session, _pyright, _mypy)


@nox.session
def generate(session: nox.Session) -> None:
    """The exports and the facade are what their sources say."""
    session.install("-e", ".[dev]")
    _generate(session)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The tests, on each Python that is installed."""
    session.install("-e", ".[dev]")
    _tests(session, *session.posargs)


@nox.session
def readme(session: nox.Session) -> None:
    """The first command of the README, as a newcomer gives it."""
    _readme(session)


@nox.session
def docs(session: nox.Session) -> None:
    """The site, with warnings as errors, and its pages, links and anchors; it is left in `site/docs`."""
    session.install("-e", ".[docs]")
    _docs(session)


@nox.session
def build(session: nox.Session) -> None:
    """Wheel and sdist are right, the same each time, and work on every Python, and with each extra alone."""
    session.install("build", "twine")
    session.run("python", "tools/built.py", *PYTHONS)


@nox.session(python=PYTHONS[0])
def minimal(session: nox.Session) -> None:
    """The tests, with the lowest version that is allowed of all that users get; the tools of the tests are today's."""
    lowest = Path(session.create_tmp(), "lowest.txt")
    lowest.write_text(str(session.run("python", "tools/dependencies.py", "--lowest", silent=True)), encoding="utf-8")
    dev = nox.project.load_toml("pyproject.toml")["project"]["optional-dependencies"]["dev"]
    # The type checkers are no part of it, and one of them wants more of a package than users need.
    itself, *tools = [one for one in dev if not one.startswith(("mypy", "pyright"))]
    session.install("-e", itself.replace("fivetran-async", "."), *tools, "--constraint", str(lowest))
    _tests(session, *(session.posargs or SUITES))


@nox.session
def newest(session: nox.Session) -> None:
    """The tests, with the newest of everything; `nox -s newest -- --pre` takes what is not released yet."""
    session.install("--upgrade", "--upgrade-strategy", "eager", *session.posargs, "-e", ".[dev]")
    # What another package holds back is not tried, and nobody would know.
    session.run("python", "tools/dependencies.py", "--held-back", *session.posargs)
    _tests(session, *SUITES)


@nox.session
def bench(session: nox.Session) -> None:
    """All workloads beside the clients that can be installed; takes some 20 minutes on a machine that is idle."""
    session.install("-e", ".", *PEERS)
    # Imports are measured, and not what compiles them where a machine keeps nothing compiled.
    session.run("python", "-m", "compileall", "-q", "fivetran_async", "fivetran_sync")
    session.run("python", "benchmarks/run_all.py", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """The HTML report, judged by axe-core, and the site in a real Chromium; pictures are left in `site/browser`."""
    session.install("-e", ".[dev,browser,docs]")
    session.run("pytest", "tests/browser", "--screenshots", "site/browser", *session.posargs)


@nox.session
@nox.parametrize("engine", list(ENGINES), ids=list(ENGINES))
def engines(session: nox.Session, engine: str) -> None:
    """The examples for Airflow, Dagster and Prefect, run by these; each installs some hundred packages."""
    # Redis holds the budgets of the many accounts that one of the examples audits.
    session.install("-e", ".[redis]", ENGINES[engine], "pytest", "pytest-asyncio", "pytest-timeout")
    files = sorted(str(path) for path in Path("tests/engines").glob(f"test_{engine}*.py"))
    session.run("pytest", *files, *session.posargs)


@nox.session
def full(session: nox.Session) -> None:
    """All of it: the check, the tests on every Python and by the lowest and newest versions, the engines, the build."""
    names = (
        "check",
        *(f"tests-{python}" for python in PYTHONS),
        "minimal",
        "newest",
        *(f"engines({engine})" for engine in ENGINES),
        "build",
    )
    for name in names:
        session.notify(name)


def _at_once(session: nox.Session, *steps: Step) -> None:
    """Take steps side by side; what each prints is shown when it ends. One that fails does not stop the others."""

    def take(step: Step) -> bool:
        try:
            step(session)
        except nox.command.CommandFailed:
            # Which command it was, and all that it printed, is in the log by now.
            return False
        return True

    with ThreadPoolExecutor(len(steps)) as pool:
        done = dict(zip(steps, pool.map(take, steps), strict=True))
    if failed := [step.__name__.lstrip("_") for step, well in done.items() if not well]:
        session.error(f"failed: {', '.join(failed)}")


def _run(session: nox.Session, *command: str, external: bool = False, env: Mapping[str, str] | None = None) -> None:
    """Run a command and show what it printed in one piece: others run at the same time."""
    printed = session.run(*command, silent=True, external=external, env=env)
    if isinstance(printed, str) and printed.strip():
        session.log(f"{command[0]}: {printed.strip()}")


def _lint(session: nox.Session) -> None:
    _run(session, "ruff", "check", ".")
    _run(session, "ruff", "format", "--check", ".")


def _mypy(session: nox.Session) -> None:
    _run(session, "mypy")


def _pyright(session: nox.Session) -> None:
    _run(session, "pyright")


def _docs(session: nox.Session) -> None:
    # The theme tells of its successor each time.
    _run(session, "mkdocs", "build", "--strict", "--quiet", env={"NO_MKDOCS_2_WARNING": "1"})
    _run(session, "python", "tools/check_site.py", "site/docs")


def _generate(session: nox.Session) -> None:
    _run(session, "python", "tools/generate_exports.py", "--check")
    _run(session, "python", "tools/generate_sync.py", "--check")
    _run(session, "python", "tools/generate_commands.py", "--check")
    _run(session, "python", "tools/generate_reference.py", "--check")
    _run(session, "python", "tools/generate_audit_docs.py", "--check")
    _run(session, "python", "tools/dependencies.py", "--check")
    _run(session, "python", "tools/public_api.py", "--check")


def _built(session: nox.Session) -> None:
    _run(session, "python", "tools/built.py")


def _tests(session: nox.Session, *options: str) -> None:
    # Many tests wait for what they see: half as many workers again as there are cores keep the cores busy, and each
    # takes over what another one has left when it has done its own.
    workers = math.ceil(1.5 * (os.cpu_count() or 1))
    # Programs that tests start would otherwise compile the packages anew each time, where images turn this off.
    session.run("pytest", "-n", str(workers), "--dist", "worksteal", *options, env={"PYTHONDONTWRITEBYTECODE": ""})


def _readme(session: nox.Session) -> None:
    """Give the first command of the README in a clone, with nothing but what a new machine has."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    command = text.split("```sh\n")[1].split("```")[0].strip()
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        # The files as they are in the work tree, and none that git does not keep.
        listed = session.run("git", "ls-files", "-coz", "--exclude-standard", external=True, silent=True, log=False)
        for name in filter(None, str(listed).split("\0")):
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name)
        path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if not part.startswith(str(ROOT)))
        kept = {name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "LANG", "LC_"))}
        environment = (f"PATH={path}", f"HOME={folder}", *(f"{name}={value}" for name, value in kept.items()))
        # Not by the session's `chdir`: the steps beside this one stay where they are.
        there = f"cd {shlex.quote(str(clone))}\n{command}"
        _run(session, "env", "-i", *environment, "bash", "-euc", there, external=True)


if __name__ == "__main__":
    raise SystemExit(f"run {shlex.quote('nox -s check')}")
