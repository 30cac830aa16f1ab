"""When schedules start something: intervals, days and cron expressions, far jumps of the clock included."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivetran_async.sandbox.engine.schedules import Calendar, Interval, Several, cron, minute_of_day

HOUR, DAY = 3600.0, 86_400.0


def at(text):
    """Return an instant of 2026 in seconds since the epoch."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC).timestamp()


def shown(instants):
    """Return instants as texts."""
    return [datetime.fromtimestamp(instant, UTC).strftime("%m-%d %H:%M") for instant in instants]


def test_an_interval_begins_after_its_anchor():
    """An interval would start at its anchor, miss a start, or have one twice when it is looked at in steps."""
    table = Interval(anchor=1000.0, period=60.0)
    assert list(table.starts(0.0, 1180.0)) == [1060.0, 1120.0, 1180.0]
    assert list(table.starts(1060.0, 1120.0)) == [1120.0]
    assert list(table.starts(1121.0, 1179.0)) == []
    assert table.last(0.0, 1059.0) is None
    assert table.last(1120.0, 1179.0) is None
    assert table.last(0.0, 1e9) == 1000.0 + 60.0 * ((1e9 - 1000) // 60)


@pytest.mark.parametrize(
    ("expression", "after", "starts"),
    [
        ("30 6 * * *", "08-01T06:30", ["08-02 06:30", "08-03 06:30"]),
        ("*/30 22 * * *", "08-01T00:00", ["08-01 22:00", "08-01 22:30", "08-02 22:00", "08-02 22:30"]),
        ("0 0 1,15 * *", "08-01T00:01", ["08-15 00:00"]),
        ("0 12 * * MON-FRI", "08-01T00:00", ["08-03 12:00", "08-04 12:00", "08-05 12:00"]),
        ("0 12 * * 0", "08-01T00:00", ["08-02 12:00"]),
        ("0 12 * * 7", "08-01T00:00", ["08-02 12:00"]),
        ("5 0-2 * aug *", "08-01T00:00", ["08-01 00:05", "08-01 01:05", "08-01 02:05"]),
        ("0 4/8 * * ?", "08-01T00:00", ["08-01 04:00", "08-01 12:00", "08-01 20:00"]),
        # A day of the month or of the week is enough when both are given.
        ("0 0 5 * MON", "08-01T00:00", ["08-03 00:00", "08-05 00:00", "08-10 00:00"]),
        ("0 0 31 9 *", "08-01T00:00", []),
    ],
)
def test_cron(expression, after, starts):
    """A cron expression would mean other times than it does everywhere else."""
    found = list(cron(expression).starts(at(after), at("08-20T00:00")))
    assert shown(found)[: len(starts)] == starts
    assert bool(found) is bool(starts)


@pytest.mark.parametrize(
    "expression",
    [
        *("", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8"),
        *("5-1 * * * *", "x * * * *", "1,, * * * *", "*-5 * * * *x", "-1 * * * *", "1/ * * * *"),
    ],
)
def test_what_is_no_cron(expression):
    """A text that is no cron expression would be taken for one, and never start anything."""
    with pytest.raises(ValueError, match=r".+"):
        cron(expression)


def test_times_of_day():
    """A time of day would be read wrongly, or one that does not exist be accepted."""
    assert [minute_of_day(text) for text in ("00:00", "07:30", "23:59")] == [0, 450, 1439]
    for text in ("", "7:30", "24:00", "12:60", "12:5", "noon"):
        with pytest.raises(ValueError, match="no time of day"):
            minute_of_day(text)


TABLES = st.one_of(
    st.builds(Interval, st.floats(-1e6, 1e6), st.floats(600, 1e6)),
    st.builds(
        Calendar,
        st.lists(st.integers(0, 1439), min_size=1, max_size=3, unique=True).map(sorted),
        st.frozensets(st.integers(0, 6)),
        st.frozensets(st.integers(1, 31)),
        either=st.booleans(),
    ),
)


@given(
    tables=st.lists(TABLES, min_size=1, max_size=3),
    after=st.floats(0, 1e7),
    length=st.floats(0, 60 * DAY),
    cut=st.floats(0, 1),
)
def test_laws(tables, after, length, cut):
    """Starts would get lost between two looks, come in another order, or differ from the last one found by a jump."""
    table = Several(tables)
    until, middle = after + length, after + length * cut
    starts = list(table.starts(after, until))
    assert starts == sorted(starts)
    assert all(after < start <= until for start in starts)
    assert list(table.starts(after, middle)) + list(table.starts(middle, until)) == starts
    assert table.last(after, until) == (starts[-1] if starts else None)
