"""The snapshot of what users may build on, and the tool that keeps it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import fivetran_async
import fivetran_sync

ROOT = Path(__file__).resolve().parent.parent.parent
TOOL = ROOT / "tools" / "public_api.py"

KNOWN = {
    "a.Budget": "class",
    "a.Budget.pace": "field: float, optional: 4.0",
    "a.Budget.name": "field: str",
    "a.LateError": "class (FivetranError)",
    "a.Budget.estimate": "def estimate(self, calls: int, *, share: float=1.0) -> Estimate",
    "a.State.NEW": "member 'new'",
}
RELEASED = "# Changelog\n\n## 1.1, not released yet\n{}\n## 1.0, 2026-12-01\n\n### Breaking\n\n- `State.NEW` is gone\n"


@pytest.fixture(scope="module")
def tool(program: Callable[[str], ModuleType]) -> ModuleType:
    """The tool as a module."""
    return program("tools/public_api.py")


def test_the_snapshot_is_of_today() -> None:
    """A user's code would break, or a new name be public, and nobody have decided it."""
    done = subprocess.run([sys.executable, str(TOOL), "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("package", [fivetran_async, fivetran_sync])
def test_all_exports_stand_in_the_snapshot(tool: ModuleType, package: ModuleType) -> None:
    """A name that can be imported would not be guarded."""
    known = json.loads(tool.TARGET.read_text(encoding="utf-8"))
    assert {f"{package.__name__}.{name}" for name in package.__all__} <= known.keys()


def test_inherited_members_count(tool: ModuleType) -> None:
    """A method that a base class loses would be gone from all models, unseen."""
    found = tool.snapshot()
    assert found["fivetran_async.Connection.to_dict"] == "def to_dict(self) -> dict[str, Any]"
    assert found["fivetran_async.SyncState.SYNCING"] == "member 'syncing'"
    assert found["fivetran_async.Connection.id"] == "field: str"
    assert found["fivetran_async.Connection.schema"] == "field: str | None, optional"
    assert found["fivetran_async.RetryPolicy.attempts"] == "field: int, optional: 4"
    assert found["fivetran_sync.resources.groups.Groups.users"] == "property: GroupUsers"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.Budget.estimate", None),
        ("a.State.NEW", "member 'fresh'"),
        ("a.Budget.estimate", "def estimate(self, calls: int, *, share: float=0.5) -> Estimate"),
        ("a.Budget.estimate", "def estimate(self, calls: int, *, share: float=1.0, safe: bool) -> Estimate"),
        ("a.Budget.estimate", "def estimate(self, calls: int, safe: bool, *, share: float=1.0) -> Estimate"),
        ("a.Budget.estimate", "def estimate(self, first: int=0, calls: int=0, *, share: float=1.0) -> Estimate"),
        ("a.Budget.estimate", "def estimate(self, calls: int) -> Estimate"),
        ("a.Budget.estimate", "def estimate(self, calls: int, *, share: float=1.0) -> Estimate | None"),
        ("a.Budget.estimate", "async def estimate(self, calls: int, *, share: float=1.0) -> Estimate"),
        ("a.Budget.estimate", "property: Estimate"),
        ("a.Budget.pace", "field: float, optional: 3.0"),
        ("a.Budget.pace", "field: float"),
        ("a.Budget.pace", None),
        ("a.Budget.name", "field: str | None"),
        ("a.Budget.key", "field: str"),
    ],
)
def test_a_break_is_seen(tool: ModuleType, name: str, text: str | None) -> None:
    """Users' code would stop to work, and no word of it stand in the changelog."""
    now = {other: known for other, known in KNOWN.items() if other != name} | ({} if text is None else {name: text})
    broken = tool.breaks(KNOWN, now)
    assert broken == [name]
    words = tool.told(KNOWN, now, broken)
    assert f"- {name}: {KNOWN.get(name, 'nothing')}\n  + {name}: {text or 'nothing'}" in words
    assert "CHANGELOG.md" in words
    assert "### Breaking" in words


# In which file what becomes what, and the name that is broken by it.
BREAKS = {
    "an argument is gone": (
        "resources/groups.py",
        "def list(self, *, page_size: int = 1000, cursor: str | None = None)",
        "def list(self, *, page_size: int = 1000)",
        "fivetran_async.resources.groups.Groups.list",
    ),
    "a default is another one": (
        "resources/roles.py",
        "def list(self, *, page_size: int = 1000, cursor",
        "def list(self, *, page_size: int = 500, cursor",
        "fivetran_async.resources.roles.Roles.list",
    ),
    "an argument must be given": (
        "resources/groups.py",
        "async def create(self, *, name: str)",
        "async def create(self, *, name: str, region: str)",
        "fivetran_async.resources.groups.Groups.create",
    ),
    "a method has another name": (
        "resources/connections.py",
        "async def pause(",
        "async def halt(",
        "fivetran_async.resources.connections.Connections.pause",
    ),
    "a setting's default is another one": (
        "retry.py",
        "    attempts: int = 4\n",
        "    attempts: int = 3\n",
        "fivetran_async.RetryPolicy.attempts",
    ),
    "a model's field is gone": (
        "models/groups.py",
        "    created_at: Timestamp | None = None\n",
        "",
        "fivetran_async.Group.created_at",
    ),
    "a model's field must be given": (
        "models/groups.py",
        "    id: str\n",
        "    id: str\n    key: str\n",
        "fivetran_async.Group.key",
    ),
}


@pytest.fixture(scope="module")
def broken_code(tmp_path_factory: pytest.TempPathFactory) -> "subprocess.CompletedProcess[str]":
    """What the check says of the code, broken in all these ways."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("fivetran_async", "fivetran_sync", "tests/spec"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tools").mkdir()
    shutil.copy(TOOL, folder / "tools")
    for file, old, new, _ in BREAKS.values():
        path = folder / "fivetran_async" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    command = [sys.executable, str(folder / "tools" / TOOL.name), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("broken", BREAKS)
def test_a_break_in_the_code_fails_the_check(broken_code: "subprocess.CompletedProcess[str]", broken: str) -> None:
    """A release would break users' code, and nothing in the check have said what to do."""
    assert (broken_code.returncode, broken_code.stderr) == (1, "")
    said = broken_code.stdout
    assert f"  - {BREAKS[broken][-1]}: " in said.partition("The public API grows")[0]
    assert said.startswith("The public API breaks:")
    assert "under `### Breaking`" in said
    assert "Then run `python tools/public_api.py`" in said


@pytest.mark.parametrize(
    "now",
    [
        {**KNOWN, "a.Budget.rate": "property: float"},
        {**KNOWN, "a.Budget.key": "field: str, optional"},
        {**KNOWN, "a.Budget.name": "field: str, optional: 'mine'"},
        {**KNOWN, "a.LateError.until": "field: float"},
        {**KNOWN, "a.Pool": "class", "a.Pool.size": "field: int"},
        {
            **KNOWN,
            "a.Budget.estimate": "def estimate(self, calls: int, *, safe: bool=True, share: float=1.0) -> Estimate",
        },
        {
            **KNOWN,
            "a.Budget.estimate": "def estimate(self, calls: int, safe: bool=True, *, share: float=1.0) -> Estimate",
        },
        {**KNOWN, "a.Budget.estimate": "def estimate(self, calls: int, *, share: float=1.0, **more: int) -> Estimate"},
    ],
)
def test_growth_is_no_break(tool: ModuleType, now: dict[str, str]) -> None:
    """An addition that hurts nobody would have to be announced as a break."""
    assert tool.breaks(KNOWN, now) == []
    words = tool.told(KNOWN, now, [])
    assert "grows" in words
    assert "Breaking" not in words


@pytest.mark.parametrize(
    ("changelog", "missing"),
    [
        (RELEASED.format(""), ["a.Budget.estimate", "a.State.NEW"]),
        (
            RELEASED.format("\n### Breaking\n\n- `Budget.estimate` wants `safe`.\n\n### Added\n\n- `a.State.NEW`\n"),
            ["a.State.NEW"],
        ),
        (RELEASED.format("\n### Breaking\n\n- `estimate` and `NEW`\n"), ["a.Budget.estimate"]),
        (RELEASED.format("\n### Breaking\n\n- `Budget.estimate`, `a.State.NEW`\n"), []),
        ("# Changelog\n\n## 0.1.0, not released yet\n\n### Added\n", []),
    ],
)
def test_a_break_is_written_when_it_is_announced(tool: ModuleType, changelog: str, missing: list[str]) -> None:
    """A break would get into the snapshot silently, or not at all before there are users."""
    assert tool.unannounced(["a.Budget.estimate", "a.State.NEW"], changelog) == missing


def test_an_unannounced_break_is_not_written(tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Running the tool would be enough to get rid of its warning."""
    monkeypatch.setattr(tool, "TARGET", tmp_path / "api.json")
    monkeypatch.setattr(tool, "CHANGELOG", tmp_path / "CHANGELOG.md")
    (tmp_path / "api.json").write_text(json.dumps({"fivetran_async.Gone": "class"}), encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(RELEASED.format(""), encoding="utf-8")
    assert tool.main([]) == 1
    assert "Gone" in (tmp_path / "api.json").read_text(encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(RELEASED.format("\n### Breaking\n\n- `Gone`\n"), encoding="utf-8")
    assert tool.main([]) == 0
    assert json.loads((tmp_path / "api.json").read_text(encoding="utf-8")) == tool.snapshot()
