"""Laws of paging while rows come and go, of windows and of rate limits."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fivetran_async.connector_sdk import RateLimit, State, UnstablePagesError, Window, by_offset, plan_windows

laws = settings(deadline=None, max_examples=300)
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
SPANS = st.timedeltas(timedelta(0), timedelta(days=40))


class Restless:
    """A sorted list in which rows come and go between any two pages."""

    def __init__(self, size: int, moves: int, seed: int) -> None:
        self.rng, self.moves = random.Random(seed), moves
        self.rows = list(range(0, 1000 * size, 1000))
        self.always = set(self.rows)
        self.fetches = 0

    async def fetch(self, offset: int, limit: int) -> Sequence[dict[str, Any]]:
        """Let rows come and go, and return a page."""
        if self.fetches and self.fetches <= 30:
            for _ in range(self.rng.randrange(self.moves + 1)):
                self.move()
        self.fetches += 1
        return [{"id": row} for row in self.rows[offset : offset + limit]]

    def move(self) -> None:
        """Let one row come or go."""
        if self.rows and self.rng.random() < 0.6:
            # At the beginning more often, where it shifts most.
            gone = self.rows.pop(min(self.rng.randrange(len(self.rows)), self.rng.randrange(len(self.rows))))
            self.always.discard(gone)
        else:
            row = self.rng.randrange(1000 * 60)
            if row % 1000 and row not in self.rows:
                self.rows.append(row)
                self.rows.sort()


@laws
@given(st.integers(0, 60), st.integers(2, 12), st.integers(1, 3), st.integers(0, 3), st.integers(0, 10**6))
def test_a_row_that_was_there_all_the_time_is_read_once(size: int, limit: int, overlap: int, moves: int, seed: int):
    """A row that leaves the window between two pages would lose another one."""
    source = Restless(size, moves, seed)

    async def read() -> list[Any]:
        pages = by_offset(source.fetch, limit=limit, key="id", overlap=min(overlap, limit - 1), rereads=100)
        return [row["id"] async for page in pages for row in page]

    found = asyncio.run(read())
    assert len(found) == len(set(found))
    assert source.always <= set(found)


@laws
@given(st.integers(1, 40), st.integers(2, 8), st.integers(0, 10**6))
def test_a_list_that_never_rests_is_given_up(size: int, limit: int, seed: int):
    """A run would never end."""
    rng, asked = random.Random(seed), 0

    async def fetch(offset: int, most: int) -> Sequence[dict[str, Any]]:
        nonlocal asked
        asked += 1
        return [{"id": (asked, rng.random())} for _ in range(most if offset < size * limit else 0)]

    async def read() -> None:
        async for _ in by_offset(fetch, limit=limit, key="id", rereads=5):
            pass

    try:
        asyncio.run(read())
    except UnstablePagesError:
        assert asked <= size * limit + 20
    else:
        raise AssertionError


@laws
@given(SPANS, st.timedeltas(timedelta(minutes=90), timedelta(days=3)), st.none() | SPANS, SPANS)
def test_windows_leave_no_moment_out(span: timedelta, step: timedelta, mark: timedelta | None, back: timedelta):
    """A second between two windows would never be read, or be read twice."""
    now = FIRST + span
    marked = None if mark is None else FIRST + mark
    windows = list(plan_windows(first=FIRST, now=now, mark=marked, step=step, look_back=back))
    begin = FIRST if marked is None else max(FIRST, marked - back)
    if not windows:
        assert begin >= now or begin - FIRST >= (now - FIRST) // step * step
        return
    assert windows[0].start <= begin < windows[0].start + step or begin >= now
    assert windows[-1].end == now
    assert all(left.end == right.start for left, right in pairwise(windows))
    assert all((window.start - FIRST) % step == timedelta(0) for window in windows)
    assert all(not window.is_open for window in windows[:-1])
    # The next run goes on where this one was sure.
    state = State()
    for window in windows:
        state = state.marked("s", window.mark)
    again = State.from_dict(state.to_dict())
    following = next(plan_windows(first=FIRST, now=now + step, mark=again.mark("s"), step=step))
    assert following.start <= now


class Virtual:
    """A clock whose sleep is over at once."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> datetime:
        """Return the time."""
        return FIRST + timedelta(seconds=self.at)

    def monotonic(self) -> float:
        """Return its seconds."""
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Move on."""
        self.at += seconds
        await asyncio.sleep(0)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 12),
    st.integers(1, 60),
    st.lists(st.tuples(st.floats(0, 5), st.none() | st.floats(0, 90)), min_size=1, max_size=80),
)
def test_no_window_is_ever_overdrawn_and_turns_are_kept(
    second: int, minute: int, calls: list[tuple[float, float | None]]
):
    """The source would refuse, or a reader starve."""
    clock = Virtual()
    rate = RateLimit(per_second=second, per_minute=minute, clock=clock)
    starts: list[float] = []
    order: list[int] = []

    async def call(number: int, pause: float | None) -> None:
        await rate.wait()
        starts.append(clock.at)
        order.append(number)
        if pause is not None:
            rate.pause(pause)
            pauses.append((clock.at, pause))

    pauses: list[tuple[float, float]] = []

    async def whole() -> None:
        tasks = []
        for number, (gap, pause) in enumerate(calls):
            if not number % 5:
                clock.at += gap
            tasks.append(asyncio.create_task(call(number, pause)))
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)

    asyncio.run(whole())
    assert order == sorted(order)
    for count, seconds in ((second, 1.0), (minute, 60.0)):
        for first, last in zip(starts, starts[count:], strict=False):
            assert last - first >= seconds - 1e-6
    for at, pause in pauses:
        assert all(start <= at or start >= at + pause - 1e-6 for start in starts)


def test_a_window_holds_its_start_and_not_its_end():
    """The last second of a day would be lost, or the first one of the next read twice."""
    window = Window(FIRST, FIRST + timedelta(days=1))
    assert FIRST in window
    assert FIRST + timedelta(hours=23, minutes=59, seconds=59, microseconds=999999) in window
    assert window.end not in window
