"""Reading ahead: order, bounds, ends and errors."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fivetran_async.connector_sdk import Finished, Rows, State, Window, plan_windows, read_ahead, sync_windows
from fivetran_async.connector_sdk.extract import ReaderError
from fivetran_async.errors import ArgumentError

FIRST = datetime(2024, 1, 1, tzinfo=UTC)


def days(count: int) -> list[Window]:
    """Return whole days."""
    return list(plan_windows(first=FIRST, now=FIRST + timedelta(days=count)))


class Source:
    """Pages of one row, counted: how many are asked for, held and read at one time."""

    def __init__(
        self, pages: int = 3, fail: dict[int, BaseException] | None = None, slow: dict[int, int] | None = None
    ):
        self.pages, self.fail, self.slow = pages, fail or {}, slow or {}
        self.asked: list[int] = []
        self.running = self.most = 0
        self.given = self.taken = self.held = 0
        self.closed = 0

    async def read(self, window: Window) -> AsyncGenerator[Sequence[dict[str, Any]], None]:
        """Read one day."""
        day = (window.start - FIRST).days
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            for page in range(self.pages):
                self.asked.append(day)
                for _ in range(self.slow.get(day, 1)):
                    await asyncio.sleep(0)
                if page == 1 and day in self.fail:
                    raise self.fail[day]
                self.given += 1
                self.held = max(self.held, self.given - self.taken)
                yield [{"id": f"{day}-{page}"}]
        finally:
            self.running -= 1
            self.closed += 1


class Sink:
    """An emitter that keeps what it gets."""

    def __init__(self, broken: BaseException | None = None):
        self.rows: list[Any] = []
        self.states: list[Any] = []
        self.broken = broken

    async def upsert(self, table: str, rows: Sequence[Any]) -> None:
        """Keep rows."""
        assert table == "t"
        if self.broken is not None and len(self.rows) >= 4:
            raise self.broken
        self.rows.extend(row["id"] for row in rows)

    async def checkpoint(self, state: State) -> None:
        """Keep a state."""
        self.states.append(state.to_dict())


@pytest.mark.parametrize("in_flight", [1, 3, 8])
@pytest.mark.parametrize("buffered", [2, 5, 32])
async def test_windows_come_in_order_each_with_its_end(in_flight: int, buffered: int):
    """A checkpoint would cover rows that are not there yet, or the whole would stand still."""
    source, seen = Source(slow={0: 9, 3: 5}), []
    async with read_ahead(days(6), source.read, in_flight=in_flight, buffered=buffered) as events:
        async for event in events:
            if isinstance(event, Rows):
                seen.extend(row["id"] for row in event.rows)
                await asyncio.sleep(0)
                source.taken += 1
            else:
                assert (event.pages, event.rows) == (3, 3)
                seen.append("end")
    assert seen == [name for day in range(6) for name in (*(f"{day}-{page}" for page in range(3)), "end")]
    assert source.most <= in_flight
    assert source.held <= buffered


async def test_no_more_pages_are_held_than_allowed_while_nobody_takes_one():
    """A slow destination would fill the memory, of which production has 1 GB."""
    source = Source(pages=50)
    async with read_ahead(days(20), source.read, in_flight=4, buffered=7) as events:
        first = await anext(events)
        for _ in range(500):
            await asyncio.sleep(0)
        assert isinstance(first, Rows)
        assert len(source.asked) == 7
    assert source.running == 0


async def test_pages_are_read_while_the_first_ones_are_written():
    """Each window's last page would only be asked for when its turn comes, and nothing be gained."""
    source = Source()
    async with read_ahead(days(8), source.read, in_flight=8, buffered=32) as events:
        await anext(events)
        for _ in range(200):
            await asyncio.sleep(0)
        assert len(source.asked) == 24


async def test_a_window_that_failed_is_not_taken_for_read():
    """Its rows would never be read again."""
    sink, source = Sink(), Source(fail={2: ValueError("broken")})
    with pytest.raises(ValueError, match="broken"):
        await sync_windows(sink, State(), days(20), source.read, table="t", in_flight=4)
    assert sink.states == [{"version": 1, "marks": {"t": "2024-01-03T00:00:00Z"}}]
    assert sink.rows == ["0-0", "0-1", "0-2", "1-0", "1-1", "1-2", "2-0"]
    assert max(source.asked) < 19
    assert source.running == 0


async def test_a_reader_that_fails_at_once_leaves_no_state():
    """A wrong key would skip a day at each run."""
    sink = Sink()

    async def read(window: Window) -> AsyncGenerator[Sequence[Any], None]:
        raise PermissionError("401")
        yield []

    with pytest.raises(PermissionError):
        await sync_windows(sink, State(), days(9), read, table="t")
    assert (sink.rows, sink.states) == ([], [])


async def test_a_reader_that_is_cancelled_from_within_is_an_error():
    """A time-out inside a reader would look like the end of the window."""
    with pytest.raises(ReaderError, match="cancelled"):
        await sync_windows(
            Sink(), State(), days(3), Source(fail={1: asyncio.CancelledError()}).read, table="t", in_flight=2
        )


async def test_the_first_error_of_a_group_is_raised():
    """The log would say 'unhandled errors in a TaskGroup (1 sub-exception)'."""
    group = ExceptionGroup("unhandled", [ExceptionGroup("inner", [KeyError("first")]), ValueError()])
    with pytest.raises(KeyError, match="first"):
        await sync_windows(Sink(), State(), days(3), Source(fail={0: group}).read, table="t")


async def test_a_consumer_that_stops_early_leaves_no_task():
    """Readers would go on asking a source that nobody reads any more."""
    source = Source(pages=1000)
    before = asyncio.all_tasks()
    async with read_ahead(days(9), source.read) as events:
        async for _ in events:
            break
    assert asyncio.all_tasks() == before
    assert source.running == 0
    assert source.closed > 0


async def test_cancelling_leaves_no_task():
    """The end of a run would leave readers behind."""
    source, before = Source(slow=dict.fromkeys(range(9), 10**6)), asyncio.all_tasks()
    run = asyncio.create_task(sync_windows(Sink(), State(), days(9), source.read, table="t"))
    for _ in range(20):
        await asyncio.sleep(0)
    assert source.asked
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert asyncio.all_tasks() == before
    assert source.running == 0


async def test_what_could_not_be_written_is_not_checkpointed():
    """A destination that fails would lose the rows of its window."""
    sink = Sink(broken=OSError("full"))
    with pytest.raises(OSError, match="full"):
        await sync_windows(sink, State(), days(4), Source().read, table="t")
    assert sink.states == []


class Ticking:
    """A clock on which each look takes a second."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> datetime:
        """Return the time."""
        return FIRST

    def monotonic(self) -> float:
        """Return one second more each time."""
        self.at += 1
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Wait for nothing."""


@pytest.mark.parametrize(("every", "checkpoints"), [(0, 10), (3, 4), (1000, 1)])
async def test_checkpoints_are_by_time(every: float, checkpoints: int):
    """Commits would take most of the time, or a failure cost hours."""
    sink = Sink()
    state = await sync_windows(
        sink, State(), days(10), Source().read, table="t", checkpoint_every=every, clock=Ticking()
    )
    assert len(sink.states) == checkpoints
    assert sink.states[-1] == state.to_dict()
    assert state.mark("t") == FIRST + timedelta(days=10)


async def test_nothing_new_makes_no_checkpoint():
    """A run without windows would commit for nothing."""
    sink = Sink()
    await sync_windows(sink, State(), [], Source().read, table="t")
    assert sink.states == []


async def test_rows_that_were_read_again_are_committed():
    """What a look-back reads would wait for the next new day, as it moves no mark."""
    sink = Sink()
    before = State(marks={"t": FIRST + timedelta(days=3)})
    assert await sync_windows(sink, before, days(3), Source().read, table="t") == before
    assert sink.states == [before.to_dict()]


async def test_empty_windows_end_too():
    """A quiet day would stop the marks."""
    async with read_ahead(days(3), Source(pages=0).read, buffered=2) as events:
        ends = [event async for event in events]
    assert [type(event) for event in ends] == [Finished] * 3


@pytest.mark.parametrize("wrong", [{"in_flight": 0}, {"in_flight": True}, {"buffered": 1}, {"buffered": 2.5}])
async def test_bounds_are_checked(wrong: dict[str, Any]):
    """A run would stand still for ever."""
    with pytest.raises(ArgumentError, match="whole number from"):
        async with read_ahead([], Source().read, **wrong):
            pass
