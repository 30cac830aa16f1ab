"""Laws of waits: nothing is missed, nothing is dearer than it must be, and the end of the time is kept."""

import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fivetran_async._ends import Moment, SyncWait
from fivetran_async._polls import Pace, Sizes, floor, next_look, survey
from fivetran_async.models.connections import Connection, ConnectionStatus
from fivetran_async.models.waits import SyncOutcome, SyncResult

START = datetime(2026, 8, 1, tzinfo=UTC)

wanted_ids = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.none() | st.sampled_from("ghi"), min_size=1)
lists = st.dictionaries(st.none() | st.sampled_from("ghi"), st.none() | st.integers(1, 60))
seconds = st.floats(0.001, 1e6)


def sizes_of(pages: dict[str | None, int | None]) -> Sizes:
    """Return what is known of lists; None for one that may not be read."""
    sizes = Sizes()
    for group, count in pages.items():
        if count is None:
            sizes.bar(group, 0)
        else:
            sizes.learn(group, count)
    return sizes


@given(wanted_ids, lists)
def test_everything_is_looked_at_once(wanted: dict[str, str | None], pages: dict[str | None, int | None]) -> None:
    """A wait would never be told, or pay for two looks."""
    found = survey(wanted, sizes_of(pages), 1)
    looked_at = [*found.singles, *(name for names in found.walks.values() for name in names)]
    assert sorted(looked_at) == sorted(wanted)
    assert all(pages.get(group, 1) is not None for group in found.walks)
    assert all(group is None or wanted[name] == group for group, names in found.walks.items() for name in names)


@given(wanted_ids, lists)
def test_no_other_way_is_cheaper(wanted: dict[str, str | None], pages: dict[str | None, int | None]) -> None:
    """Looks would cost more calls than single ones, the pages of the account, or those of the groups."""
    sizes = sizes_of(pages)
    found = survey(wanted, sizes, 1)
    assert found.calls == len(found.singles) + sum(sizes.pages(group, 1) or 0 for group in found.walks)
    assert found.calls <= len(wanted)
    account = sizes.pages(None, 1)
    assert account is None or found.calls <= account
    groups = [sizes.pages(group, 1) for group in set(wanted.values())]
    if None not in wanted.values() and all(count is not None for count in groups):
        assert found.calls <= sum(count or 0 for count in groups)


@given(st.floats(0, 1e9), seconds, st.none() | st.floats(0, 1e9))
def test_no_look_after_the_end(at: float, interval: float, deadline: float | None) -> None:
    """A wait would outlast its time, or look again and again at its end."""
    due = next_look(at, interval, deadline)
    if due is None:
        assert deadline is not None
    else:
        assert due >= at
        assert deadline is None or due < deadline
    if due is not None and deadline is not None and due < at + interval:
        assert next_look(due, interval, deadline) is None


@given(seconds, seconds, seconds, seconds)
def test_the_pace_only_slows_down(first: float, most: float, early: float, late: float) -> None:
    """Looks would become denser while one waits, or so rare that the end is noticed hours later."""
    pace = Pace(first, most)
    early, late = sorted((early, late))
    assert first <= pace.interval(early) <= pace.interval(late) <= max(first, most)


@given(st.integers(1, 100), st.integers(1, 20_000), st.integers(0, 20_000))
def test_looks_never_use_up_the_hour(calls: int, remaining: int, reserve: int) -> None:
    """Waits would take what is left of the hour, or what is reserved for others."""
    least = floor(calls, remaining, reserve, 0.0)
    assert least == 600 or calls * 3600 / least <= 0.1 * max(remaining - reserve, 1) + 1e-6


ends = st.lists(st.tuples(st.booleans(), st.integers(1, 1000)), max_size=6, unique_by=lambda end: end[1])


@given(ends, ends, st.data())
def test_the_latest_of_the_newer_ends_decides(
    before: list[tuple[bool, int]], after: list[tuple[bool, int]], data: st.DataObject
) -> None:
    """A sync that ended before the first look would be missed, or an old failure be taken for that of this one."""
    # Ends of syncs, well or not, before and after the wait began; what lies in between is not seen.
    old = {well: max((at for ok, at in before if ok is well), default=None) for well in (True, False)}
    new = {well: max((1000 + at for ok, at in after if ok is well), default=old[well]) for well in (True, False)}
    skew = timedelta(days=data.draw(st.integers(-400, 400)))
    wait = SyncWait("c", on_reschedule="wait")
    assert wait.refusal(connection(old), Moment(at=0.0, now=START + skew), unpause=False) is None
    wait.triggered(Moment(at=1.0, now=START + skew), anew=False)
    step = wait.look(connection(new), Moment(at=10.0, now=START + skew))
    if not after:
        assert not isinstance(step, SyncResult)
        return
    assert isinstance(step, SyncResult)
    well, at = max(after, key=lambda end: end[1])
    assert step.status is (SyncOutcome.SUCCEEDED if well else SyncOutcome.FAILED)
    assert step.ended == START + timedelta(seconds=1000 + at)
    assert step.duration is not None
    assert 0 <= step.duration < math.inf


def connection(ends: dict[bool, int | None]) -> Connection:
    """Return a connection whose syncs last ended so."""
    times = {well: None if at is None else START + timedelta(seconds=at) for well, at in ends.items()}
    status = ConnectionStatus(sync_state="scheduled", setup_state="connected")
    return Connection(id="c", service="postgres", status=status, succeeded_at=times[True], failed_at=times[False])
