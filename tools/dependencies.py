"""What each dependency is for, from the comments of pyproject.toml.

python tools/dependencies.py            write docs/dependencies.md
python tools/dependencies.py --check    fail if it is not what would be written
python tools/dependencies.py --lowest   print the lowest versions that are allowed, as constraints for pip
"""

import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import attrs

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "pyproject.toml"
TARGET = ROOT / "docs" / "dependencies.md"

# What nobody gets who installs the package.
INTERNAL = frozenset({"dev", "docs"})
_REQUIREMENT = re.compile(r'"(?P<name>[\w.-]+)(\[[\w,-]+\])?(?P<bounds>[^"]*)"')

_HEAD = """# Dependencies

Written by `python tools/dependencies.py` from the comments in `pyproject.toml`, where each has its reason above it.
`python tools/dependencies.py --lowest` prints the lowest versions as constraints for pip.
"""


@attrs.frozen
class Dependency:
    """One of them: `name` as pip knows it, `bounds` such as `>=3.12`, and the `reason` that stands above it."""

    name: str
    bounds: str
    reason: str


def main(arguments: Sequence[str]) -> int:
    """Write, compare or print."""
    groups = dict(parsed(SOURCE.read_text(encoding="utf-8")))
    if "--lowest" in arguments:
        print("\n".join(lowest(groups)))
        return 0
    text = document(groups)
    if "--check" not in arguments:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print("docs/dependencies.md is not what tools/dependencies.py writes: run it")
    return 1


def parsed(text: str) -> Iterator[tuple[str, list[Dependency]]]:
    """Yield the dependencies of a base install, under "", and those of each extra; one without a reason is an error."""
    project = tomllib.loads(text)["project"]
    given = {"dependencies": project["dependencies"], **project.get("optional-dependencies", {})}
    for key, expected in given.items():
        block = re.search(rf"^{key} = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
        found = list(_explained(block[1] if block else ""))
        here = [one for one in expected if not one.startswith(f"{project['name']}[")]
        if len(found) != len(here):
            raise SystemExit(f"{SOURCE.name}: each line of `{key}` is one dependency with its reason above it")
        yield "" if key == "dependencies" else key, found


def _explained(block: str) -> Iterator[Dependency]:
    reason: list[str] = []
    for line in map(str.strip, block.splitlines()):
        if line.startswith("#"):
            reason.append(line.lstrip("# "))
        elif (match := _REQUIREMENT.fullmatch(line.rstrip(","))) and match["name"] != "fivetran-async":
            if not reason:
                raise SystemExit(f"{SOURCE.name}: {match['name']} has no reason above it")
            yield Dependency(match["name"], match["bounds"], " ".join(reason))
            reason = []


def lowest(groups: dict[str, list[Dependency]]) -> list[str]:
    """Return a constraint for each dependency that users may get; the highest of its lower bounds holds."""
    pins: dict[str, list[str]] = {}
    for dependency in chain.from_iterable(found for key, found in groups.items() if key not in INTERNAL):
        match = re.search(r">=\s*([\w.]+)", dependency.bounds)
        if match is None:
            raise SystemExit(f"{SOURCE.name}: {dependency.name} has no lower bound")
        pins.setdefault(dependency.name, []).append(match[1])
    return sorted(f"{name}=={max(bounds, key=_ordered)}" for name, bounds in pins.items())


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def document(groups: dict[str, list[Dependency]]) -> str:
    """Return the page."""
    ours = {"dev": "For work on this project: `dev`", "docs": "For its site: `docs`"}
    titles = {"": "Always", **{key: f"The extra `{key}`" for key in groups if key}, **ours}
    pages = [_HEAD]
    for key in sorted(groups, key=lambda key: (key != "", key in INTERNAL, key)):
        rows = "".join(f"| `{one.name}` | `{one.bounds}` | {one.reason} |\n" for one in groups[key])
        pages.append(f"## {titles[key]}\n\n| | versions | what it is for |\n| --- | --- | --- |\n{rows}")
    return "\n".join(pages)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
