"""The sync engine: closed form, and equal to going through time step by step."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivetran_async.sandbox.engine import regular, shapes, syncs
from fivetran_async.sandbox.times import epoch, stamp

NOW = 1_785_585_600.0
DAY = 86_400.0
OPTIONS = settings(deadline=None, database=None, derandomize=True)


def plain(**fields):
    """Return a healthy connection."""
    base = {"id": "a_b", "service": "postgres", "group_id": "g", "schema": "s", "sandbox": {"seconds": 300.0}}
    return shapes.connection(base | fields, NOW)


@OPTIONS
@given(
    period=st.sampled_from([60.0, 300.0, 900.0, 3600.0, 86_400.0]),
    seconds=st.integers(60, 1200).map(float),
    later=st.floats(0, 100_000),
)
def test_closed_form_is_what_stepping_gives(period, seconds, later):
    """Jumping over many syncs would end elsewhere than living through them."""
    due, ended, started = NOW, None, None
    now = NOW + later
    while True:
        if started is not None and now >= started + seconds:
            ended, started = started + seconds, None
        if started is None and due <= now and (ended is None or due >= ended):
            started = due
        elif due > now:
            break
        if started is None or due <= started:
            due += period
        elif now >= started + seconds:
            continue
        else:
            due += period
    runs = regular.scheduled_runs(NOW, period, seconds, now)
    assert (runs.ended, runs.started) == (ended, started)
    assert runs.due > now


@OPTIONS
@given(
    moves=st.lists(st.floats(0, 50_000), min_size=1, max_size=20),
    frequency=st.sampled_from([1, 5, 15, 60, 1440]),
    seconds=st.integers(60, 1200).map(float),
    outcome=st.sampled_from(["success", "failure"]),
)
def test_looking_often_changes_nothing(moves, frequency, seconds, outcome):
    """A connection that is polled would end up differently from one that nobody looks at."""
    polled = plain(sync_frequency=frequency, sandbox={"seconds": seconds, "outcome": outcome})
    left = copy.deepcopy(polled)
    now = NOW
    for move in moves:
        now += move
        syncs.settle(polled, now)
    syncs.settle(left, now)
    assert polled == left


def test_a_month_of_minutes_is_quick(growth):
    """Moving the clock by 30 days would take a loop through every sync of every connection."""

    def settle(connections, days):
        for connection in connections:
            syncs.settle(connection, NOW + days * DAY)

    hours, connections = [
        [plain(sync_frequency=1, sandbox={"seconds": 30.0}) for _ in range(count)] for count in (3000, 1000)
    ]
    some = iter([hours[:1000], hours[1000:2000], hours[2000:]])
    assert growth(lambda: settle(next(some), 1 / 24), lambda: settle(connections, 30)) < 20  # of 720 times the syncs
    assert all(NOW + 30 * DAY - epoch(item["succeeded_at"]) < 120 for item in connections)


def test_success_and_failure():
    """The end of a sync would be written to the wrong field, or not at all."""
    well, ill = plain(), plain(status={"setup_state": "broken"})
    for connection in (well, ill):
        syncs.start(connection, NOW, force=False)
        syncs.settle(connection, NOW + 300)
    assert (well["succeeded_at"], well["failed_at"]) == (stamp(NOW + 300), None)
    assert (ill["succeeded_at"], ill["failed_at"]) == (None, stamp(NOW + 300))
    assert (well["status"]["is_historical_sync"], ill["status"]["is_historical_sync"]) == (False, True)


def test_success_ends_a_delay():
    """A delayed connection would stay delayed after its data arrived."""
    connection = plain(status={"update_state": "delayed"})
    syncs.start(connection, NOW, force=False)
    syncs.settle(connection, NOW + 301)
    assert connection["status"]["update_state"] == "on_schedule"


def test_on_demand_does_not_shift_the_schedule():
    """A sync on demand would move the regular ones."""
    connection = plain(sync_frequency=60, sandbox={"seconds": 300.0, "due": NOW + 1800})
    syncs.start(connection, NOW, force=False)
    syncs.settle(connection, NOW + 1799)
    assert connection["succeeded_at"] == stamp(NOW + 300)
    syncs.settle(connection, NOW + 1801)
    assert connection["sandbox"]["started"] == NOW + 1800


def test_a_sync_runs_over_its_next_start():
    """A start that falls into a running sync would be made up for, or shift the others."""
    connection = plain(sync_frequency=5, sandbox={"seconds": 700.0, "due": NOW})
    syncs.settle(connection, NOW + 1)
    syncs.settle(connection, NOW + 701)
    assert connection["sandbox"]["due"] == NOW + 900
    assert connection["succeeded_at"] == stamp(NOW + 700)


def test_stalled():
    """A stale connection would recover by waiting."""
    connection = plain(sandbox={"stalled": True}, succeeded_at=stamp(NOW - 9 * DAY))
    syncs.settle(connection, NOW + 30 * DAY)
    assert connection["succeeded_at"] == stamp(NOW - 9 * DAY)


@pytest.mark.parametrize(("schedule", "due"), [("auto", NOW + 3600), ("manual", None)])
def test_postpone(schedule, due):
    """A rescheduled sync would not wait, or be taken up again with a manual schedule."""
    connection = plain(schedule_type=schedule)
    syncs.start(connection, NOW, force=False)
    syncs.postpone(connection, NOW + 3600)
    assert connection["sandbox"]["due"] == due
    assert connection["status"]["rescheduled_for"] == stamp(NOW + 3600)
    syncs.settle(connection, NOW + 3599)
    assert connection["status"]["sync_state"] == "rescheduled"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-08-01T12:00:00Z", NOW),
        ("2026-08-01T12:00:00", NOW),
        ("2026-08-01T14:00:00+02:00", NOW),
        ("2026-08-01T12:00:00.250000Z", NOW + 0.25),
    ],
)
def test_instants(text, at):
    """An instant would be read in the wrong zone."""
    assert epoch(text) == at
    assert epoch(stamp(at)) == at
    assert stamp(at).endswith("Z")
