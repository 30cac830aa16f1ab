"""The tool that reads the dependencies: the lowest versions, and what is held back."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TOOL = ROOT / "tools" / "dependencies.py"
PROJECT = """
[project]
name = "fivetran-async"
dependencies = [
    # Why.
    "one>=3.9",
]
[project.optional-dependencies]
more = [
    # Why more.
    "one>=3.12; sys_platform != 'win32'",
    # Two.
    "two-words>=1.0.1",
]
dev = [
    "fivetran-async[more]",
    # A tool.
    "tool>=7",
]
"""


@pytest.fixture(scope="module")
def tool(program: Callable[[str], ModuleType]) -> ModuleType:
    """The tool as a module."""
    return program("tools/dependencies.py")


def test_the_lowest_versions_are_those_of_users(tool: ModuleType) -> None:
    """The tests would run with versions that pip would not choose, or with tools of years ago."""
    assert tool.lowest(dict(tool.parsed(PROJECT))) == ["one==3.12", "two-words==1.0.1"]


def test_a_dependency_without_a_lower_bound_is_refused(tool: ModuleType) -> None:
    """Its lowest version would be whatever was released first."""
    with pytest.raises(SystemExit, match="one has no lower bound"):
        tool.lowest(dict(tool.parsed(PROJECT.replace('"one>=3.9"', '"one"'))))


def test_a_dependency_without_a_reason_is_refused(tool: ModuleType) -> None:
    """Nobody would know any more whether it can go."""
    with pytest.raises(SystemExit, match="two-words has no reason"):
        dict(tool.parsed(PROJECT.replace("    # Two.\n", "")))


def test_what_is_held_back_is_said(tool: ModuleType) -> None:
    """The newest version of a dependency would count as tried, and was not installed."""
    newer = [
        {"name": "Two_Words", "version": "1.2", "latest_version": "2.0"},
        {"name": "tool", "version": "7", "latest_version": "8"},
        {"name": "stranger", "version": "1", "latest_version": "2"},
    ]
    held = list(tool.held_back(dict(tool.parsed(PROJECT)), newer))
    assert held == ["Two_Words 1.2 is installed, and 2.0 is not tried"]


def test_it_runs_before_anything_is_installed() -> None:
    """The session that asks for the lowest versions would have to install others first."""
    done = subprocess.run(
        [sys.executable, "-S", "-I", str(TOOL), "--lowest"], capture_output=True, text=True, check=True
    )
    assert any(line.startswith("aiohttp==") for line in done.stdout.splitlines())
