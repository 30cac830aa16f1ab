"""What the build itself has to say."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def hook(monkeypatch, program):
    """The hook of the build, with a stand-in for what it extends: only environments of a build have hatchling."""
    interface = ModuleType("hatchling.metadata.plugin.interface")
    interface.MetadataHookInterface = object
    for name in ("hatchling", "hatchling.metadata", "hatchling.metadata.plugin"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, interface.__name__, interface)
    return program("hatch_build.py")


def test_a_python_that_is_too_old(hook, monkeypatch):
    """The pip of Ubuntu 22.04 would search for minutes, and never say that it is the Python."""
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, and this is 3\.10: "):
        hook.NeedsPython().update({})


def test_a_python_that_will_do(hook):
    """Nobody could build it; or one that the package cannot run on would pass."""
    hook.NeedsPython().update({})
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert wanted == f">={'.'.join(map(str, hook.LEAST))}"
