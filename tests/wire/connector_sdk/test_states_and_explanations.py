"""States that are kept, changed and brought back; and what is said of a connection that fails."""

from __future__ import annotations

import json

import pytest
from deploy_stage import connector

from fivetran_async.errors import ArgumentError, BadRequestError, ConflictError, ServerError, SyncTimeoutError


@pytest.fixture
def plant(stage):
    """Return what plants a custom connector with a state."""

    def make(**fields):
        own = {"state": {"cursor": "2024-01-05"}, "seconds": 60.0} | fields.pop("sandbox", {})
        given = {"succeeded_at": "2026-08-01T10:00:00Z", "schedule_type": "manual"} | fields
        return stage.box.account.add_connection(stage.group, "connector_sdk", schema="shop", sandbox=own, **given)["id"]

    return make


def kept(stage, name):
    """Return the state that the sandbox has."""
    return stage.box.account.connections[name]["sandbox"]["state"]


async def test_a_state_is_saved(stage, plant, tmp_path):
    """A state could not be brought back, or everybody read it."""
    name = plant()
    saved = await stage.do("save_state", name, tmp_path / "old.json")
    assert (saved.connection_id, saved.state) == (name, {"cursor": "2024-01-05"})
    assert saved.path.stat().st_mode & 0o777 == 0o600
    assert json.loads(saved.path.read_text())["state"] == {"cursor": "2024-01-05"}
    with pytest.raises(ArgumentError, match="is there already, and may hold an older state"):
        await stage.do("save_state", name, saved.path)


@pytest.mark.parametrize("paused", [False, True])
async def test_a_state_is_edited(stage, plant, tmp_path, paused):
    """A state would be changed under a sync, the old one be lost, or the pause not be as it was."""
    name = plant(paused=paused)
    old = await stage.do("edit_state", name, {"cursor": "2024-01-01"}, backup=tmp_path / "old.json")
    assert kept(stage, name) == {"cursor": "2024-01-01"}
    assert old.state == {"cursor": "2024-01-05"}
    assert stage.box.account.connections[name]["paused"] is paused
    path = "/v1/connections/<connection>"
    change = [f"GET {path}/state", f"PATCH {path}/state"]
    around = change if paused else [f"PATCH {path}", *change, f"PATCH {path}"]
    assert stage.calls() == [f"GET {path}", *around]


async def test_a_state_is_edited_by_a_function(stage, plant, tmp_path):
    """A small change would want the whole state to be written out."""
    name = plant()
    await stage.do("edit_state", name, lambda state: {**state, "more": 1}, backup=tmp_path / "old.json")
    assert kept(stage, name) == {"cursor": "2024-01-05", "more": 1}


async def test_a_state_is_restored(stage, plant, tmp_path):
    """A saved state could not be brought back, or be that of another connection."""
    name = plant()
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    await stage.do("edit_state", name, {"cursor": "x"}, backup=first)
    before = await stage.do("restore_state", name, first, backup=second)
    assert (before.state, kept(stage, name)) == ({"cursor": "x"}, {"cursor": "2024-01-05"})
    assert json.loads(second.read_text())["state"] == {"cursor": "x"}
    bare = tmp_path / "bare.json"
    bare.write_text('{"cursor": "by hand"}')
    await stage.do("restore_state", name, bare, backup=tmp_path / "3.json")
    assert kept(stage, name) == {"cursor": "by hand"}
    bare.write_text(first.read_text().replace(name, "another"))
    for wrong, reason in (
        (bare, f"was saved of connection another, not of {name}"),
        (tmp_path / "no", "cannot be read"),
    ):
        with pytest.raises(ArgumentError, match=reason):
            await stage.do("restore_state", name, wrong, backup=tmp_path / "4.json")
    bare.write_text("[1]")
    with pytest.raises(ArgumentError, match="holds no state"):
        await stage.do("restore_state", name, bare, backup=tmp_path / "4.json")


async def test_the_pause_ends_after_a_failure(stage, plant, tmp_path):
    """A connection would stay paused, and nobody know of it, because its state could not be changed."""
    name = plant()
    stage.box.faults.script("PATCH", f"/v1/connections/{name}/state", status=409)
    with pytest.raises(ConflictError):
        await stage.do("edit_state", name, {}, backup=tmp_path / "old.json")
    assert stage.box.account.connections[name]["paused"] is False
    with pytest.raises(ArgumentError, match="the new state must be a mapping"):
        await stage.do("edit_state", name, lambda _: None, backup=tmp_path / "other.json")
    assert stage.box.account.connections[name]["paused"] is False
    assert kept(stage, name) == {"cursor": "2024-01-05"}


async def test_a_pause_that_cannot_be_ended_is_named(stage, plant, tmp_path):
    """A connection would stay paused without a word."""
    name = plant()
    stage.box.faults.script("PATCH", f"/v1/connections/{name}", status=500, skip=2, times=None)
    with pytest.raises(ServerError) as caught:
        await stage.do("edit_state", name, {}, backup=tmp_path / "old.json")
    assert caught.value.__notes__ == [f"the state of connection {name} was changed, and the connection is still paused"]


async def test_a_sync_that_runs(stage, plant, tmp_path):
    """The state would be changed under a sync, or a sync be cancelled for it."""
    name = plant(sandbox={"seconds": 30.0})
    await stage.colour.call(stage.ft.connections.sync, name)
    with pytest.raises(ConflictError, match=r"pass wait=seconds"):
        await stage.do("edit_state", name, {}, backup=tmp_path / "old.json")
    with pytest.raises(SyncTimeoutError):
        await stage.do("edit_state", name, {}, backup=tmp_path / "old.json", wait=0.01)
    assert stage.box.account.connections[name]["paused"] is False
    stage.box.clock.advance(29.9)
    await stage.do("edit_state", name, {"cursor": "new"}, backup=tmp_path / "old.json", wait=300)
    assert kept(stage, name) == {"cursor": "new"}
    assert stage.box.account.connections[name]["succeeded_at"] != "2026-08-01T10:00:00Z"


async def test_a_state_that_is_not_there(stage, tmp_path):
    """A database would be given a state, or a file of nothing be left."""
    name = stage.box.account.add_connection(stage.group, "postgres")["id"]
    with pytest.raises(BadRequestError):
        await stage.do("save_state", name, tmp_path / "old.json")
    assert not list(tmp_path.iterdir())


async def test_a_change_that_is_none(stage, plant, tmp_path):
    """A connection would be paused for nothing."""
    with pytest.raises(ArgumentError, match="change must be the new state"):
        await stage.do("edit_state", plant(), [1], backup=tmp_path / "old.json")
    (tmp_path / "old.json").touch()
    with pytest.raises(ArgumentError, match="is there already"):
        await stage.do("edit_state", "x", {}, backup=tmp_path / "old.json")
    assert stage.box.calls == 0


async def test_a_healthy_connection(stage, tmp_path):
    """A connection that works would be called broken."""
    done = await stage.deploy(connector(tmp_path / "shop"))
    seen = await stage.do("explain", done.connection_id)
    assert seen.healthy
    assert (seen.connection, seen.package_id, seen.setup_state) == ("shop", done.package_id, "connected")
    assert seen.text.splitlines() == [
        f"shop (connector_sdk, {done.connection_id}): no sync has ended yet, and it is paused",
        "last success: never; last failure: never",
        f"package: {done.package_id}",
        "all 2 setup tests passed",
    ]


async def test_a_failing_connection(stage, plant):
    """Somebody would have to look in five places for why a connection fails."""
    name = plant(
        failed_at="2026-08-02T10:00:00Z",
        status={
            "setup_state": "broken",
            "tasks": [{"code": "reconnect", "message": "The key has expired", "details": ""}],
            "warnings": [{"code": "slow", "message": "It is slow", "details": ""}],
        },
        config={"package_id": "p"},
    )
    asked = []

    def log(connection_id):
        asked.append(connection_id)
        return [f"ERROR line {number}" for number in range(30)]

    seen = await stage.do("explain", name, log=log)
    assert not seen.healthy
    assert seen.failing
    assert asked == [name]
    lines = seen.text.splitlines()
    assert lines[:7] == [
        f"shop (connector_sdk, {name}): its setup is broken",
        "last success: 2026-08-01 10:00:00 UTC; last failure: 2026-08-02 10:00:00 UTC",
        "package: p",
        "to do: reconnect: The key has expired",
        "warning: slow: It is slow",
        "setup test failed: Connecting to the source: The key has expired",
        "log: ERROR line 10",
    ]
    assert len(seen.log) == 30
    assert len(lines) == 26
    without = await stage.do("explain", name, run_setup_tests=False)
    assert (without.setup_tests, without.log) == ((), ())
    assert sum(call.endswith("/test") for call in stage.calls()) == 1


async def test_a_task_that_the_setup_tests_clear(stage, plant):
    """Asking why a sync failed would make the answer go away."""
    task = {"code": "connector_failed", "message": "no route to host", "details": ""}
    name = plant(failed_at="2026-08-02T10:00:00Z", status={"setup_state": "connected", "tasks": [task]})
    seen = await stage.do("explain", name)
    assert (seen.tasks, [one.code for one in seen.cleared]) == ((), ["connector_failed"])
    assert "to do until the setup tests passed: connector_failed: no route to host" in seen.text.splitlines()


async def test_a_log_that_is_awaited(stage, plant):
    """A log that is read asynchronously could not be asked."""

    async def log(_):
        return ["one"]

    assert (await stage.do("explain", plant(), log=log)).log == ("one",)
    with pytest.raises(ArgumentError, match="log must be a function"):
        await stage.do("explain", "x", log=["one"])
