"""Scripts of syncs: what the next ones do, one after the other, and what is left of it in the connection."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from fivetran_async.sandbox import Account, AccountFileError, Clock, Syncs, storage
from fivetran_async.sandbox.engine import syncs
from fivetran_async.sandbox.replies import RefusalError
from fivetran_async.sandbox.times import epoch

START = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
MINUTE = 60.0
HOUR = 3600.0


@pytest.fixture
def account():
    """Return an account with one connection that syncs every hour for a minute, the next time in half an hour."""
    made = Account(Clock(START), 7)
    group = made.add_group(id="g")["id"]
    own = {"seconds": 60.0, "due": made.clock.start + HOUR / 2}
    made.add_connection(group, id="shop", succeeded_at="2026-08-01T11:00:00Z", sync_frequency=60, sandbox=own)
    return made


@pytest.fixture
def script(account):
    """Return the scripts of that account."""
    return Syncs(account)


def ends(account):
    """Return how the syncs ended so far: minutes since the start, and what was said."""
    begun = account.clock.start
    found = account.history.entries(kinds={"sync_end"})
    return [(round((entry.at - begun) / MINUTE, 1), entry.data) for entry in found]


def test_a_sequence(account, script):
    """Consecutive syncs would not do what was said of each, or go on with it when the script is at its end."""
    script.script("shop", rows={"public": {"orders": 5}})
    script.script("shop", "failure", reason="no network", seconds=600, times=2)
    assert script.left("shop") == 3
    account.clock.advance(4 * HOUR)
    assert ends(account) == [
        (31.0, {"status": "SUCCESSFUL"}),
        (100.0, {"status": "FAILURE", "reason": "no network"}),
        (160.0, {"status": "FAILURE", "reason": "no network"}),
        (211.0, {"status": "SUCCESSFUL"}),
    ]
    rows = [entry.rows for entry in account.history.entries(kinds={"sync_end"})]
    assert (rows[0], rows[1], rows[2]) == ({"public": {"orders": 5}}, {}, {})
    assert script.left("shop") == 0


def test_tasks(account, script):
    """What is to be done would not show while it is, or go on showing afterwards."""
    script.script("shop", "failure_with_task", tasks=[("reconnect", "Wrong password")])
    account.clock.advance(HOUR)
    status = account.connection("shop")["status"]
    assert status["tasks"] == [{"code": "reconnect", "message": "Wrong password", "details": ""}]
    assert (status["setup_state"], status["sync_state"]) == ("broken", "scheduled")
    told = {"status": "FAILURE_WITH_TASK", "reason": "Wrong password", "taskType": "reconnect"}
    assert ends(account) == [(31.0, told)]
    account.clock.advance(HOUR)
    status = account.connection("shop")["status"]
    assert (status["tasks"], status["setup_state"]) == ([], "connected")


def test_a_task_without_words(account, script):
    """A failure that leaves something to do would not say what."""
    script.script("shop", "failure_with_task")
    account.clock.advance(HOUR)
    assert [task["code"] for task in account.connection("shop")["status"]["tasks"]] == ["reconnect"]


@pytest.mark.parametrize("when", [{"after": 45 * MINUTE}, {"until": datetime(2026, 8, 1, 13, 16, tzinfo=UTC)}])
def test_rescheduled(account, script, when):
    """A rescheduled sync would not wait, or not go on at its time."""
    script.script("shop", "rescheduled", reason="quota", **when)
    account.clock.advance(HOUR)
    status = account.connection("shop")["status"]
    assert (status["sync_state"], status["rescheduled_for"][:16]) == ("rescheduled", "2026-08-01T13:16")
    (minutes, data) = ends(account)[0]
    assert (minutes, data["status"], data["reason"]) == (31.0, "RESCHEDULED", "quota")
    assert data["rescheduledAt"].startswith("2026-08-01T13:16:00.")
    account.clock.advance(15 * MINUTE)
    assert account.connection("shop")["status"]["sync_state"] == "rescheduled"
    account.clock.advance(90)
    assert account.connection("shop")["status"]["sync_state"] == "syncing"
    account.clock.advance(HOUR / 2)
    assert [minutes for minutes, _ in ends(account)] == [31.0, 77.0]
    assert account.connection("shop")["failed_at"] is None


def test_a_manual_schedule_goes_on_by_hand_only(account, script):
    """A rescheduled sync of a manual schedule would be taken up by itself."""
    account.update_connection("shop", schedule_type="manual")
    script.script("shop", "rescheduled", after=600)
    script.script("shop", "failure")
    start(account)
    account.clock.advance(30 * 24 * HOUR)
    assert account.connection("shop")["status"]["sync_state"] == "rescheduled"
    assert len(ends(account)) == 1
    start(account)
    account.clock.advance(HOUR)
    assert [data["status"] for _, data in ends(account)] == ["RESCHEDULED", "FAILURE"]
    assert account.connection("shop")["status"]["rescheduled_for"] is None


def start(account):
    """Start a sync on demand."""
    syncs.start(account.connection("shop"), account.now, account.history, force=False)


def test_canceled(account, script):
    """A cancelled sync would count as a success or a failure."""
    before = account.connection("shop")["succeeded_at"]
    script.script("shop", "canceled")
    account.clock.advance(HOUR)
    assert ends(account) == [(31.0, {"status": "CANCELED"})]
    connection = account.connection("shop")
    assert (connection["succeeded_at"], connection["failed_at"]) == (before, None)
    assert connection["status"]["sync_state"] == "scheduled"


def test_a_running_sync_goes_on_as_it_is(account, script):
    """A script would change what is under way."""
    account.clock.advance(HOUR / 2 + 1)
    account.connection("shop")
    script.script("shop", "failure")
    account.clock.advance(2 * HOUR)
    assert [data["status"] for _, data in ends(account)][:2] == ["SUCCESSFUL", "FAILURE"]


def test_clear(account, script):
    """What was said could not be taken back."""
    script.script("shop", "failure", times=5)
    script.clear("shop")
    account.clock.advance(3 * HOUR)
    assert {data["status"] for _, data in ends(account)} == {"SUCCESSFUL"}


def test_pausing_cancels(account, script):
    """A sync that is cut short by a pause would have no end, or what was said of it hit the next one."""
    script.script("shop", "failure", seconds=600)
    account.clock.advance(HOUR / 2 + 60)
    account.update_connection("shop", paused=True)
    account.update_connection("shop", paused=False)
    account.clock.advance(2 * HOUR)
    assert [data["status"] for _, data in ends(account)][:2] == ["CANCELED", "SUCCESSFUL"]


def test_a_file_keeps_it(account, script, tmp_path):
    """What is to come, or what runs, would be forgotten by saving the account."""
    script.script("shop", "failure", seconds=600, reason="slow")
    script.script("shop", "rescheduled", after=600)
    script.script("shop", "failure_with_task", tasks=[("reconnect", "m")])
    script.script("shop", rows={"public": {"orders": 5}})
    account.clock.advance(HOUR / 2 + 60)
    account.connection("shop")
    path = tmp_path / "account.json"
    storage.save(account, path)
    loaded = storage.load(path, account.clock.now(), seed=7)
    told = []
    for each in (account, loaded):
        each.clock.advance(4 * HOUR)
        found = each.history.entries(kinds={"sync_end"})
        told.append([(entry.sync_id, entry.data["status"], entry.rows) for entry in found])
    assert told[0] == told[1]
    assert [status for _, status, _ in told[0]][:4] == ["FAILURE", "RESCHEDULED", "FAILURE_WITH_TASK", "SUCCESSFUL"]


@pytest.mark.parametrize(
    ("own", "place"),
    [
        ({"script": {}}, "script"),
        ({"script": [{"outcome": "never"}]}, "script[0].outcome"),
        ({"script": [{}, {"seconds": -1}]}, "script[1].seconds"),
        ({"script": [{"tasks": [{"code": 1}]}]}, "script[0].tasks[0].code"),
        ({"plan": {"rows": {"public": {"orders": -1}}}}, "plan.rows"),
    ],
)
def test_a_file_with_a_wrong_script(own, place):
    """A file would be loaded that cannot be played."""
    item = {"id": "shop", "service": "postgres", "group_id": "g", "schema": "s", "sandbox": own}
    document = {
        "format": storage.FORMAT,
        "version": storage.VERSION,
        "groups": [{"id": "g"}],
        "connections": [item],
    }
    with pytest.raises(AccountFileError, match=re.escape(f"connections[0].sandbox.{place}")):
        storage.parse(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"outcome": "well"}, "outcome must be one of"),
        ({"seconds": -1}, "seconds must be"),
        ({"seconds": float("nan")}, "seconds must be"),
        ({"after": 5}, "after goes with the outcome rescheduled only"),
        ({"outcome": "failure", "until": START}, "until goes with"),
        ({"outcome": "rescheduled", "until": START, "after": 5}, "give one of them"),
        ({"outcome": "rescheduled", "until": datetime(2026, 8, 1)}, "aware"),  # noqa: DTZ001 - that is the mistake
        ({"reason": "none"}, "reason goes with"),
        ({"outcome": "failure", "tasks": [("a", "b")]}, "tasks goes with"),
        ({"outcome": "failure", "rows": {}}, "rows goes with"),
        ({"rows": {"s": {"t": -1}}}, "must not be negative"),
        ({"times": 0}, "times must be between"),
    ],
)
def test_bad_arguments(script, arguments, message):
    """A script would be kept that cannot be meant, and surprise later."""
    with pytest.raises(ValueError, match=message):
        script.script("shop", **arguments)
    assert script.left("shop") == 0


def test_unknown_connection(script):
    """A misspelt id would go unnoticed."""
    with pytest.raises(RefusalError):
        script.script("shopp")


def test_a_success_mends(account):
    """A connection that works again would go on calling itself broken."""
    account.update_connection(
        "shop", status={"setup_state": "broken", "tasks": [{"code": "reconnect", "message": "m"}]}
    )
    Syncs(account).script("shop", "success")
    account.clock.advance(HOUR)
    connection = account.connection("shop")
    assert (connection["status"]["setup_state"], connection["status"]["tasks"]) == ("connected", [])
    assert epoch(connection["succeeded_at"]) > account.clock.start
