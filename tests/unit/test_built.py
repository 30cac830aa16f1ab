"""The judge of what is built: what it finds fault with, and that it tries every extra."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = [
    "README.md",
    "fivetran_async/__init__.py",
    "fivetran_async/py.typed",
    "fivetran_sync/py.typed",
    "tests/a.py",
]
INFO = ["fivetran_async-1.0.dist-info/METADATA", "fivetran_async-1.0.dist-info/licenses/LICENSE"]
WHEEL = [*KEPT[1:4], *INFO]
PROJECT = {
    "name": "fivetran-async",
    "requires-python": ">=3.11",
    "license": "MIT",
    "optional-dependencies": {"cli": [], "dev": []},
}
METADATA = """\
Metadata-Version: 2.4
Name: fivetran-async
Requires-Python: >=3.11
License-Expression: MIT
License-File: LICENSE
Description-Content-Type: text/markdown
Provides-Extra: cli
Provides-Extra: dev
Classifier: Programming Language :: Python :: 3.11

# Title
"""


@pytest.fixture(scope="module")
def built(program: Callable[[str], ModuleType]) -> ModuleType:
    """The tool that builds."""
    return program("tools/built.py")


def project() -> dict[str, Any]:
    """Return what pyproject.toml says of the project."""
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (WHEEL, None),
        ([*WHEEL, "tests/a.py"], "the wheel has tests/a.py, which is not to be installed"),
        ([*WHEEL, "fivetran_async/notes.txt"], "the wheel has fivetran_async/notes.txt, which is not to be installed"),
        (WHEEL[1:], "the wheel lacks fivetran_async/__init__.py"),
        (WHEEL[:-1], "the wheel lacks its licence"),
    ],
)
def test_a_wheel_has_the_packages_and_no_more(built: ModuleType, names: list[str], fault: str | None) -> None:
    """Tests or notes would be installed into everybody's environment, or a template be missing there."""
    assert list(built.faults_of_wheel(names, KEPT)) == ([] if fault is None else [fault])


def test_a_wheel_is_typed(built: ModuleType) -> None:
    """Type checkers would take the packages of all users for untyped, without a word."""
    without = [name for name in KEPT if name != "fivetran_sync/py.typed"]
    assert list(built.faults_of_wheel(without[1:3] + INFO, without)) == ["the wheel lacks fivetran_sync/py.typed"]


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        ([*KEPT, "PKG-INFO"], None),
        ([*KEPT[:-1], "PKG-INFO"], "the sdist lacks tests/a.py"),
        ([*KEPT, ".env"], "the sdist has .env, which git does not"),
    ],
)
def test_an_sdist_has_what_git_has(built: ModuleType, names: list[str], fault: str | None) -> None:
    """Packagers could not run the tests, or a file of somebody's own would be published."""
    assert list(built.faults_of_sdist(names, KEPT)) == ([] if fault is None else [fault])


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("", "", None),
        (">=3.11", ">=3.10", "the metadata have '>=3.10' as Requires-Python, not '>=3.11'"),
        ("License-File: LICENSE\n", "", "the metadata have None as License-File, not 'LICENSE'"),
        ("Provides-Extra: cli\n", "", "the metadata offer other extras: dev"),
        ("Python :: 3.11", "Python :: 3.12", "no classifier names Python 3.11, the lowest that is allowed"),
    ],
)
def test_metadata_say_what_the_project_does(built: ModuleType, old: str, new: str, fault: str | None) -> None:
    """Pip would install it where it cannot run, or an index show no licence."""
    found = list(built.faults_of_metadata(METADATA.replace(old, new), PROJECT))
    assert found == ([] if fault is None else [fault])


def test_every_extra_is_tried(built: ModuleType, program: Callable[[str], ModuleType]) -> None:
    """An extra that brings too little would be found by its first user."""
    extras = project()["optional-dependencies"].keys()
    assert program("tools/smoke.py").USES.keys() == extras - built.INTERNAL


def test_what_a_command_says_when_it_fails_is_the_error(built: ModuleType) -> None:
    """A build would fail and not say why."""
    with pytest.raises(built.BuildError, match=r"out\nerr"):
        built.run("sh", "-c", "echo out; echo err >&2; exit 3")


def test_a_python_that_is_not_here_is_said(built: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """A wheel would count as tried on a Python on which it was not."""
    assert list(built.found(["2.999"])) == []
    assert capsys.readouterr().out == "Python 2.999 is not here: not tried\n"
