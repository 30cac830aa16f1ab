"""Re-syncs in the engine: the same however often somebody looks, and never lost."""

from __future__ import annotations

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from fivetran_async.sandbox.engine import shapes, syncs

NOW = 1_785_585_600.0
DAY = 86_400.0
OPTIONS = settings(deadline=None, database=None, derandomize=True)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["all", "some", "pause", "resume", "start", "force", "note", "nothing"]), st.floats(0, 5_000)
    ),
    max_size=12,
)


def plain(**fields):
    """Return a healthy connection."""
    base = {"id": "a_b", "service": "postgres", "group_id": "g", "schema": "s", "succeeded_at": "2026-08-01T11:00:00Z"}
    return shapes.connection(base | fields, NOW)


def act(connection, step, now):
    """Do to a connection what a step says."""
    if step == "all":
        syncs.resync(connection, now)
    elif step == "some":
        syncs.resync(connection, now, {"public": ["a"]})
    elif step == "note":
        syncs.settle(connection, now)
        syncs.note_resync(connection, {"public": ["b"]})
    elif step == "pause" and not connection["paused"]:
        syncs.pause(connection, now)
    elif step == "resume" and connection["paused"]:
        syncs.settle(connection, now)
        syncs.resume(connection, now)
    elif step in {"start", "force"}:
        syncs.start(connection, now, force=step == "force")


@OPTIONS
@given(
    steps=STEPS,
    frequency=st.sampled_from([1, 15, 60, 1440]),
    seconds=st.integers(60, 1200).map(float),
    outcome=st.sampled_from(["success", "failure"]),
)
def test_looking_often_changes_nothing(steps, frequency, seconds, outcome):
    """A re-sync would end differently for who polls."""
    polled = plain(sync_frequency=frequency, sandbox={"seconds": seconds, "outcome": outcome})
    left = copy.deepcopy(polled)
    now = NOW
    for step, later in steps:
        for connection in (polled, left):
            act(connection, step, now)
        for part in range(1, 8):
            syncs.settle(polled, now + later * part / 7)
        now += later
    for connection in (polled, left):
        syncs.settle(connection, now)
    assert polled == left


@OPTIONS
@given(steps=STEPS)
def test_every_resync_comes_to_its_end(steps):
    """A re-sync would hang for ever, or what shows it would stay after its end."""
    connection = plain(sync_frequency=60)
    now = NOW
    for step, later in steps:
        act(connection, step, now)
        now += later
        syncs.settle(connection, now)
        shown = syncs.TABLE_WARNING in connection["status"]["warnings"] or connection["status"]["is_historical_sync"]
        assert ("resync" in connection["sandbox"]) == shown
    act(connection, "resume", now)
    syncs.settle(connection, now + DAY)
    assert "resync" not in connection["sandbox"]
    assert (connection["status"]["warnings"], connection["status"]["is_historical_sync"]) == ([], False)


def test_a_file_keeps_it():
    """A re-sync that waits for the running sync would be lost by saving the account."""
    connection = plain()
    syncs.start(connection, NOW, force=False)
    syncs.resync(connection, NOW + 1)
    again = shapes.connection(copy.deepcopy(connection), NOW + 2)
    for each in (connection, again):
        syncs.settle(each, NOW + DAY)
    assert again == connection


def test_a_connection_that_is_not_set_up_waits():
    """A re-sync would start without a source, or be forgotten until there is one."""
    connection = plain(status={"setup_state": "incomplete"})
    syncs.resync(connection, NOW)
    syncs.settle(connection, NOW + DAY)
    assert connection["status"]["is_historical_sync"] is True
    connection["status"]["setup_state"] = "connected"
    syncs.reschedule(connection, NOW + DAY)
    syncs.settle(connection, NOW + 2 * DAY)
    assert connection["status"]["is_historical_sync"] is False
