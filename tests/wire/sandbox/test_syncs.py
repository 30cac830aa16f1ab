"""Syncs seen from outside: they start, run and end with the box's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

OWN = {"seconds": 600.0}


@pytest.fixture
def group(empty):
    """Return the id of the only group."""
    return next(iter(empty.account.groups))


@pytest.fixture
def ask(empty, caller):
    """Return the caller of `empty`."""
    return caller(empty)


def when(text):
    """Read an instant."""
    return datetime.fromisoformat(text)


def test_one_sync_on_demand(empty, group, ask):
    """A sync that was asked for would not start, not end with the clock, or say nothing of its success."""
    name = empty.account.add_connection(group, sandbox=OWN)["id"]
    path = f"/v1/connections/{name}"
    assert ask.get(path).data["status"]["is_historical_sync"] is True
    assert ask.post(f"{path}/sync", {"force": False}).status == 200
    begun = empty.clock.now()
    assert ask.get(path).data["status"]["sync_state"] == "syncing"
    empty.clock.advance(590)
    assert ask.get(path).data["succeeded_at"] is None
    empty.clock.advance(11)
    data = ask.get(path).data
    assert (data["status"]["sync_state"], data["status"]["is_historical_sync"]) == ("scheduled", False)
    assert abs(when(data["succeeded_at"]) - begun - timedelta(seconds=600)) < timedelta(seconds=5)
    assert data["failed_at"] is None


def test_force(empty, group, ask):
    """`force` would not restart a running sync, or a plain request would."""
    connection = empty.account.add_connection(group, sandbox=OWN)
    path = f"/v1/connections/{connection['id']}/sync"
    ask.post(path)
    first = connection["sandbox"]["started"]
    empty.clock.advance(60)
    ask.post(path, {"force": False})
    assert connection["sandbox"]["started"] == first
    ask.post(path, {"force": True})
    assert connection["sandbox"]["started"] >= first + 60
    assert ask.post(path, {"force": "yes"}).status == 400


@pytest.mark.parametrize("fields", [{"paused": True}, {"status": {"setup_state": "incomplete"}}])
def test_nothing_to_start(empty, group, ask, fields):
    """A connection that is paused or not set up would sync."""
    name = empty.account.add_connection(group, **fields)["id"]
    assert ask.post(f"/v1/connections/{name}/sync", {}).status == 200
    empty.clock.advance(30 * 86_400)
    data = ask.get(f"/v1/connections/{name}").data
    assert (data["succeeded_at"], data["failed_at"]) == (None, None)
    assert data["status"]["sync_state"] != "syncing"


def test_schedule_runs_by_itself(empty, group, ask):
    """Scheduled syncs would not happen while the clock goes on, in the list as in the detail."""
    name = empty.account.add_connection(group, sync_frequency=60, sandbox=OWN)["id"]
    last = None
    for _ in range(3):
        empty.clock.advance(3600)
        item = ask.get("/v1/connections").data["items"][0]
        assert item == {key: value for key, value in ask.get(f"/v1/connections/{name}").data.items() if key != "config"}
        assert item["succeeded_at"] != last
        last = item["succeeded_at"]
        assert empty.clock.now() - when(last) < timedelta(hours=1)


def test_broken_ones_fail(empty, group, ask):
    """A broken connection would succeed, or never be seen to fail."""
    status = {"setup_state": "broken", "tasks": [{"code": "reconnect"}]}
    name = empty.account.add_connection(group, sync_frequency=15, status=status, succeeded_at="2026-07-01T00:00:00Z")[
        "id"
    ]
    empty.clock.advance(86_400)
    data = ask.get(f"/v1/connections/{name}").data
    assert data["succeeded_at"] == "2026-07-01T00:00:00Z"
    assert when(data["failed_at"]) > when(data["succeeded_at"])


def test_pause_and_resume(empty, group, ask):
    """Pausing would not stop a connection, or resuming would make up for the pause."""
    name = empty.account.add_connection(group, sync_frequency=60, sandbox=OWN)["id"]
    path = f"/v1/connections/{name}"
    ask.post(f"{path}/sync", {})
    paused = ask.patch(path, {"paused": True, "run_setup_tests": False}).data
    assert (paused["paused"], paused["status"]["sync_state"]) == (True, "paused")
    empty.clock.advance(86_400)
    assert ask.get(path).data["succeeded_at"] is None
    resumed = ask.patch(path, {"paused": False, "run_setup_tests": False}).data
    assert (resumed["paused"], resumed["status"]["sync_state"], resumed["succeeded_at"]) == (False, "scheduled", None)
    empty.clock.advance(3600 + 600)
    assert ask.get(path).data["succeeded_at"] is not None


def test_historical_sync(empty, group, ask):
    """Asking for a historical sync would not start one at once."""
    name = empty.account.add_connection(group, succeeded_at="2026-08-01T11:00:00Z", sandbox=OWN)["id"]
    path = f"/v1/connections/{name}"
    status = ask.patch(path, {"is_historical_sync": True, "run_setup_tests": False}).data["status"]
    assert (status["sync_state"], status["is_historical_sync"]) == ("syncing", True)
    empty.clock.advance(601)
    assert ask.get(path).data["status"]["is_historical_sync"] is False


def test_manual_schedule(empty, group, ask):
    """A manual schedule would start syncs."""
    name = empty.account.add_connection(group, sync_frequency=15)["id"]
    ask.patch(f"/v1/connections/{name}", {"schedule_type": "manual", "run_setup_tests": False})
    empty.clock.advance(86_400)
    assert ask.get(f"/v1/connections/{name}").data["succeeded_at"] is None
    ask.patch(f"/v1/connections/{name}", {"schedule_type": "auto", "run_setup_tests": False})
    empty.clock.advance(86_400)
    assert ask.get(f"/v1/connections/{name}").data["succeeded_at"] is not None


def test_daily_time(empty, group, ask):
    """A daily sync would not start at its hour."""
    name = empty.account.add_connection(group, sandbox=OWN)["id"]
    body = {"sync_frequency": 1440, "daily_sync_time": "15:00", "run_setup_tests": False}
    ask.patch(f"/v1/connections/{name}", body)
    empty.clock.advance(86_400)
    assert ask.get(f"/v1/connections/{name}").data["succeeded_at"] == "2026-08-01T15:10:00Z"


def test_rescheduled(empty, group, ask):
    """A rescheduled sync would not go on at its time, or would with a manual schedule."""
    status = {"sync_state": "rescheduled", "rescheduled_for": "2026-08-01T14:00:00Z"}
    auto = empty.account.add_connection(group, status=status, sandbox=OWN)["id"]
    manual = empty.account.add_connection(group, status=status, schedule_type="manual", sandbox=OWN)["id"]
    assert ask.get(f"/v1/connections/{auto}").data["status"]["rescheduled_for"] == "2026-08-01T14:00:00Z"
    empty.clock.advance(7200 + 300)
    assert ask.get(f"/v1/connections/{auto}").data["status"]["sync_state"] == "syncing"
    assert ask.get(f"/v1/connections/{auto}").data["status"]["rescheduled_for"] is None
    stuck = ask.get(f"/v1/connections/{manual}").data["status"]
    assert (stuck["sync_state"], stuck["rescheduled_for"]) == ("rescheduled", "2026-08-01T14:00:00Z")
    ask.post(f"/v1/connections/{manual}/sync", {})
    assert ask.get(f"/v1/connections/{manual}").data["status"]["sync_state"] == "syncing"


def test_update_connection_keeps_the_syncs_in_step(empty, group, ask):
    """What a test plants later would contradict what the clock does."""
    name = empty.account.add_connection(group, sync_frequency=15, sandbox=OWN)["id"]
    empty.account.update_connection(name, paused=True)
    assert ask.get(f"/v1/connections/{name}").data["status"]["sync_state"] == "paused"
    empty.account.update_connection(name, paused=False, status={"sync_state": "syncing"})
    assert ask.get(f"/v1/connections/{name}").data["status"]["sync_state"] == "syncing"
    empty.clock.advance(601)
    assert ask.get(f"/v1/connections/{name}").data["succeeded_at"] is not None
    empty.account.update_connection(name, status={"setup_state": "broken"})
    empty.clock.advance(3600)
    assert ask.get(f"/v1/connections/{name}").data["failed_at"] is not None
