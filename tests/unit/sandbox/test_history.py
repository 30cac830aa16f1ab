"""The journal: in order, the same however often somebody looks, bounded, and what it says of syncs."""

from __future__ import annotations

import copy
import threading
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivetran_async.sandbox import Account, Clock, storage
from fivetran_async.sandbox.engine import entries, schemas, shapes, syncs
from fivetran_async.sandbox.engine.history import History
from fivetran_async.sandbox.engine.schema_config import SchemaConfig
from fivetran_async.sandbox.times import stamp

NOW = 1_785_585_600.0
DAY = 86_400.0
OPTIONS = settings(deadline=None, database=None, derandomize=True)


def plain(**fields):
    """Return a healthy connection."""
    base = {"id": "a_b", "service": "postgres", "group_id": "g", "schema": "s", "sandbox": {"seconds": 300.0}}
    return shapes.connection(base | fields, NOW)


def journal(seed=7):
    """Return a history that nothing but a test writes to."""
    return History(seed, threading.RLock(), lambda: None)


def told(history, **chosen):
    """Return what a history says, its instants to the millisecond."""
    return [
        (round(entry.at, 3), entry.kind, entry.sync_id, entry.data.get("status"), entry.historical, entry.rows)
        for entry in history.entries(**chosen)
    ]


@OPTIONS
@given(
    moves=st.lists(st.floats(0, 50_000), min_size=1, max_size=12),
    frequency=st.sampled_from([5, 15, 60, 1440]),
    seconds=st.integers(60, 1200).map(float),
    outcome=st.sampled_from(["success", "failure"]),
    script=st.lists(
        st.sampled_from(
            [
                {"outcome": "success", "seconds": 10.0, "rows": {"s": {"t": 3}}},
                {"outcome": "failure"},
                {"outcome": "failure_with_task", "seconds": 500.0},
                {"outcome": "rescheduled", "after": 700.0},
                {"outcome": "canceled"},
            ]
        ),
        max_size=4,
    ),
)
def test_looking_often_changes_nothing(moves, frequency, seconds, outcome, script):
    """What happened would depend on who asked, and when."""
    own = {"seconds": seconds, "outcome": outcome} | ({"script": script} if script else {})
    polled = plain(sync_frequency=frequency, sandbox=own)
    left = copy.deepcopy(polled)
    often, once = journal(), journal()
    now = NOW
    for move in moves:
        now += move
        syncs.settle(polled, now, often)
    syncs.settle(left, now, once)
    assert polled == left
    assert told(often) == told(once)
    starts = [name for _, kind, name, *_ in told(once) if kind == "sync_start"]
    ends = [name for _, kind, name, *_ in told(once) if kind == "sync_end"]
    assert len(set(starts)) == len(starts)
    assert ends == starts[: len(ends)]
    assert len(starts) - len(ends) == (polled["sandbox"]["ends"] is not None)


def test_every_sync_of_a_schedule_is_there():
    """Syncs that went by while the clock was moved would be missing, or stand at the wrong time."""
    connection = plain(sync_frequency=60, sandbox={"seconds": 300.0, "due": NOW})
    history = journal()
    syncs.settle(connection, NOW + 7 * DAY - 1, history)
    found = [(entry.at, entry.kind) for entry in history.entries()]
    hours = [NOW + 3600 * hour for hour in range(7 * 24)]
    assert found == [moment for at in hours for moment in ((at, "sync_start"), (at + 300, "sync_end"))]
    first, *rest = history.entries(kinds=["sync_end"])
    assert first.historical
    assert not any(entry.historical for entry in rest)
    assert sum(sum(tables.values()) for tables in first.rows.values()) > 0
    assert connection["succeeded_at"] == stamp(found[-1][0])


def test_a_month_of_minutes_is_kept_small():
    """Moving the clock would fill the memory with millions of entries, and take as long."""
    history = journal()
    connections = [plain(id=f"c_{number}", sync_frequency=1, sandbox={"seconds": 30.0}) for number in range(300)]
    for connection in connections:
        syncs.settle(connection, NOW + 30 * DAY, history)
    assert len(history._items) <= 2 * 300
    history.kept = 10_000
    assert 9_000 <= len(history) <= 10_000
    assert history.dropped + len(history) > 25_000_000
    kept = list(history.entries())
    assert len(kept) == len(history)
    assert [entry.at for entry in kept] == sorted(entry.at for entry in kept)
    # By time, not by who was looked at first.
    assert {entry.connection_id for entry in kept} == {connection["id"] for connection in connections}


@OPTIONS
@given(
    kept=st.integers(1, 60),
    notes=st.lists(st.tuples(st.floats(0, 1000), st.integers(0, 5)), max_size=60),
)
def test_the_newest_are_kept(kept, notes):
    """An old entry would push out a newer one, or one would vanish without being counted."""
    history, whole = journal(), journal()
    history.kept = kept
    for each in (history, whole):
        for at, turns in notes:
            if turns:
                connection = plain(sync_frequency=1, sandbox={"seconds": 1.0, "due": NOW + at})
                syncs.settle(connection, NOW + at + 60 * (turns - 1) + 1, each)
            else:
                each.note("edit_connector", NOW + at, plain())
    every, left = told(whole), told(history)
    assert len(left) == len(history) <= kept
    assert len(left) + history.dropped == len(every)
    # A sync goes whole, by its end.
    ends = [entry for entry in every if entry[1] != "sync_start"]
    stayed = [entry for entry in left if entry[1] != "sync_start"]
    went = Counter(map(str, ends)) - Counter(map(str, stayed))
    oldest = min((entry[0] for entry in stayed), default=NOW + 10_000)
    assert all(entry[0] <= oldest for entry in ends if str(entry) in went)


def test_entries_are_chosen():
    """A reader would get what it did not ask for."""
    history = journal()
    one, other = plain(sync_frequency=60), plain(id="other", sync_frequency=60)
    for connection in (one, other):
        syncs.settle(connection, NOW + DAY, history)
    history.note("pause_connector", NOW + 100, one, user_id="u", data={"actor": "user"})
    (pause,) = history.entries(kinds={"pause_connector"})
    assert (pause.connection_id, pause.service, pause.connection_name, pause.group_id) == ("a_b", "postgres", "s", "g")
    assert (pause.user_id, pause.data, pause.sync_id) == ("u", {"actor": "user"}, None)
    assert {entry.connection_id for entry in history.entries(connection_id="other")} == {"other"}
    hour = list(history.entries(since=NOW + 3600, until=NOW + 7200))
    assert hour == [entry for entry in history.entries() if NOW + 3600 <= entry.at < NOW + 7200] != []
    assert list(history.entries(since=NOW + 2 * DAY)) == []


def test_one_moment_keeps_its_order():
    """The end of one sync would come behind the start of the next."""
    connection = plain()
    history = journal()
    for _ in range(3):
        syncs.start(connection, NOW, history, force=True)
        history.note("edit_connector", NOW, connection)
    assert [entry.kind for entry in history.entries()] == [
        "sync_start",
        "edit_connector",
        *(["sync_end", "sync_start", "edit_connector"] * 2),
    ]


def test_ids_of_syncs():
    """Two syncs would share an id, or the same one have another each time."""
    name = entries.sync_id(7, "a_b", NOW)
    assert name == entries.sync_id(7, "a_b", NOW)
    others = {entries.sync_id(*other) for other in ((8, "a_b", NOW), (7, "a_c", NOW), (7, "a_b", NOW + 0.001))}
    assert len(others | {name}) == 4


def test_rows_are_those_of_the_tables_that_are_synced():
    """A table that is excluded, or not there, would get rows."""
    source = {"schemas": {"public": {"tables": {"orders": {}, "users": {}, "logs": {"enabled": False}}}}}
    connection = plain(sandbox={"source": source, "seconds": 10.0, "due": NOW}, sync_frequency=5)
    history = journal()
    syncs.settle(connection, NOW + 11, history)
    (first,) = history.entries(kinds={"sync_end"})
    assert set(first.rows["public"]) == {"orders", "users"}
    schemas.discover(connection)
    SchemaConfig(connection).change({"public": {"enabled": True, "tables": {"users": {"enabled": False}}}})
    syncs.settle(connection, NOW + DAY, history)
    later = [entry for entry in history.entries(kinds={"sync_end"}) if not entry.historical]
    assert {table for entry in later for tables in entry.rows.values() for table in tables} == {"orders"}
    # What was is not changed by what is decided later.
    assert next(history.entries(kinds={"sync_end"})).rows == first.rows


@pytest.mark.parametrize(
    ("fields", "data"),
    [
        ({}, {"status": "SUCCESSFUL"}),
        ({"sandbox": {"outcome": "failure"}}, {"status": "FAILURE", "reason": "The source could not be read"}),
        (
            {"status": {"setup_state": "broken", "tasks": [{"code": "reconnect", "message": "Wrong password"}]}},
            {"status": "FAILURE_WITH_TASK", "reason": "Wrong password", "taskType": "reconnect"},
        ),
    ],
)
def test_how_it_ended(fields, data):
    """A sync would be said to have ended otherwise than the connection shows."""
    connection = plain(**fields)
    history = journal()
    syncs.start(connection, NOW, history, force=False)
    syncs.settle(connection, NOW + DAY, history)
    ends = list(history.entries(kinds={"sync_end"}))
    assert [entry.data for entry in ends] == [data] * len(ends)
    assert len(ends) > 2
    assert [bool(entry.rows) for entry in ends] == [data["status"] == "SUCCESSFUL"] * len(ends)


def test_a_file_has_no_history(tmp_path):
    """What was tried while a file was read would count as what happened."""
    account = Account(Clock(), 7)
    group = account.add_group()["id"]
    account.add_connection(group, id="shop", status={"sync_state": "syncing"})
    account.things["transformations"]["t"] = {
        "id": "t",
        "created_at": "2026-01-01T00:00:00Z",
        "schedule": {"schedule_type": "INTERVAL", "interval": 5},
        "sandbox": {"mark": NOW - DAY, "ends": NOW - DAY},
        "status": "RUNNING",
        "last_started_at": "2026-01-01T00:00:00Z",
    }
    path = tmp_path / "account.json"
    storage.save(account, path)
    loaded = storage.load(path)
    assert loaded.history.number > 0
    assert loaded.history._items == []
