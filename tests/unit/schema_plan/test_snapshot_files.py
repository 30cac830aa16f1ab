"""Snapshots as files: their names, their bytes, and what is left of a writer that was killed."""

import json
import re
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivetran_async.errors import ArgumentError, FivetranError
from fivetran_async.schema_plan.snapshots import compare, directory
from fivetran_async.schema_plan.snapshots.directory import file_name, load, name_of, prepared, store
from fivetran_async.schema_plan.snapshots.kinds import SnapshotKind, configuration
from fivetran_async.schema_plan.snapshots.reading import joined
from fivetran_async.schema_plan.snapshots.states import Gap, State

GROUPS, WEBHOOKS = SnapshotKind.GROUPS, SnapshotKind.WEBHOOKS


def state(*gaps, configs=False, **kinds):
    """Return a state of some kinds."""
    objects = {
        SnapshotKind(kind): {name: {"id": name} | item for name, item in of.items()} for kind, of in kinds.items()
    }
    return State(objects=objects, configs=configs, gaps=gaps)


FIRST = state(groups={"a": {"name": "A"}, "b": {"name": "B"}, "c": {"name": "C"}})
SECOND = state(groups={"a": {"name": "A"}, "b": {"name": "new"}, "d": {"name": "D"}}, webhooks={"w": {}})


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_names_are_safe_and_stable(one, two):
    """Two objects would share a file, on a file system that takes capitals for small letters as well."""
    names = [file_name(one), file_name(two)]
    for name, text in zip((one, two), names, strict=True):
        assert re.fullmatch(r"[a-z0-9_%+~-]+\.json", text)
        assert len(text) < 200
        assert name_of(Path(text), {"id": name}) == name
    assert (names[0].casefold() == names[1].casefold()) == (one == two)


def test_names_that_people_know():
    """An id would not be its file's name, or a name that Windows reserves be one."""
    assert file_name("warm_enquiry") == "warm_enquiry.json"
    assert file_name("Account Analyst") == "+account%20+analyst.json"
    assert file_name("con") != "con.json"
    assert "/" not in file_name("../../etc/passwd")


def test_stored_and_loaded(tmp_path):
    """A snapshot would not come back as it was, or a second one change its files."""
    stored = store(tmp_path, FIRST)
    assert stored.written == ("groups/a.json", "groups/b.json", "groups/c.json", "snapshot.json")
    assert load(tmp_path) == FIRST
    before = contents(tmp_path)
    assert store(tmp_path, FIRST) == directory.Stored((), ())
    assert contents(tmp_path) == before
    assert store(tmp_path, SECOND).removed == ("groups/c.json",)
    assert load(tmp_path) == SECOND


def test_others_files_stay(tmp_path):
    """A file of somebody else would be lost."""
    store(tmp_path, FIRST)
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "groups" / "notes.txt").write_text("mine")
    store(tmp_path, SECOND)
    assert (tmp_path / "README.md").exists()
    assert (tmp_path / "groups" / "notes.txt").exists()


class KilledError(BaseException):
    """Stands for the end of the process: nothing is tidied up after it."""


@pytest.mark.parametrize("step", range(1, 14))
@pytest.mark.parametrize("method", ["write_text", "rename", "replace", "unlink"])
def test_killed_at_any_step(tmp_path, monkeypatch, method, step):
    """A killed run would leave half a snapshot behind, of neither moment."""
    store(tmp_path, FIRST)
    whole, left = getattr(Path, method), [step]

    def dies(self, *args, **options):
        left[0] -= 1
        if not left[0]:
            raise KilledError
        return whole(self, *args, **options)

    monkeypatch.setattr(Path, method, dies)
    monkeypatch.setattr(directory.shutil, "rmtree", lambda *_, **__: None)
    try:
        store(tmp_path, SECOND)
        killed = False
    except KilledError:
        killed = True
    monkeypatch.undo()
    after = load(tmp_path)
    assert after == (FIRST if killed and method in {"write_text", "rename"} else SECOND)
    store(prepared(tmp_path), SECOND)
    assert not list(tmp_path.glob(".next*"))
    assert load(tmp_path) == SECOND


def test_a_full_disk_changes_nothing(tmp_path, monkeypatch):
    """A file that cannot be written would leave the snapshot half new."""
    store(tmp_path, FIRST)
    before = contents(tmp_path)
    full = OSError(28, "No space left on device")

    def refuse(*_, **__):
        raise full

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(FivetranError, match="No space left"):
        store(tmp_path, SECOND)
    assert contents(tmp_path) == before


def test_a_foreign_directory_is_refused(tmp_path):
    """Files of somebody's folder `users` would be taken for those of users that are gone."""
    (tmp_path / "users").mkdir()
    with pytest.raises(ArgumentError, match="users"):
        prepared(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ArgumentError, match="written to"):
        prepared(tmp_path / "file")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("groups/a.json", "<<<<<<< HEAD", "is no JSON"),
        ("groups/a.json", "[]", "JSON object"),
        ("snapshot.json", '{"version": 2}', "version must be 1"),
        ("snapshot.json", '{"version": 1}', "none of a snapshot"),
    ],
)
def test_a_broken_file_is_named(tmp_path, name, text, reason):
    """A conflict that was committed would look like drift, or end in a traceback."""
    store(tmp_path, FIRST)
    (tmp_path / name).write_text(text)
    with pytest.raises(ArgumentError, match=reason) as caught:
        load(tmp_path)
    assert str(tmp_path / name) in str(caught.value)


def test_two_moments(tmp_path):
    """What came, went or changed between two snapshots would not be told."""
    store(tmp_path, FIRST)
    later = tmp_path / "later"
    later.mkdir()
    store(later, SECOND)
    found = compare(tmp_path, later)
    assert [(change.what, change.id) for change in found.changes] == [
        ("changed", "b"),
        ("removed", "c"),
        ("added", "d"),
    ]
    (field,) = found.changes[0].fields
    assert (field.name, field.before, field.after) == ("name", "B", "new")
    assert found.compared == ("groups",)
    assert json.loads(json.dumps(found.to_dict()))["same"] is False
    assert compare(later, later).same


def test_a_list_that_broke_off_proves_nothing(tmp_path):
    """Objects on a page that could not be read would be removed, and told as drift."""
    gap = Gap(kind="groups", part="list", reason="503", error="ServerError")
    after = state(gap, groups={"b": {"name": "new"}})
    kept = joined(FIRST, after)
    assert set(kept.objects[GROUPS]) == {"a", "b", "c"}
    assert kept.objects[GROUPS]["b"]["name"] == "new"
    store(tmp_path, kept)
    assert load(tmp_path).gaps == (gap,)
    store(tmp_path, attrs.evolve(FIRST))
    part = tmp_path / "part"
    part.mkdir()
    store(part, after)
    assert [(change.what, change.id) for change in compare(tmp_path, part).changes] == [("changed", "b")]


def test_settings_that_are_not_known_stay(tmp_path):
    """The settings of a connection that could not be read would vanish from its file."""
    before = state(configs=True, connections={"x": {"config": {"host": "db"}}, "y": {"config": {"host": "db"}}})
    gap = Gap(kind="connections", part="config", ids=("x",), reason="429", error="RateLimitedError")
    after = state(gap, configs=True, connections={"x": {}, "y": {"config": {"host": "new"}}})
    kept = joined(before, after).objects[SnapshotKind.CONNECTIONS]
    assert kept["x"]["config"] == {"host": "db"}
    assert kept["y"]["config"] == {"host": "new"}


def test_what_changes_by_itself_is_left_out():
    """Every sync would be drift, or a service's own setting called `status` be lost."""
    item = {
        "id": "a",
        "status": {"sync_state": "syncing"},
        "succeeded_at": "2026-01-01T00:00:00Z",
        "paused": False,
        "config": {"status": "open", "tables": ["b", "a"]},
        "events": ["sync_start", "sync_end"],
        "schedule": {"cron": "0 0 * * *"},
    }
    assert configuration(item) == {
        "id": "a",
        "paused": False,
        "config": {"status": "open", "tables": ["b", "a"]},
        "events": ["sync_end", "sync_start"],
        "schedule": {"cron": "0 0 * * *"},
    }
