"""Windows read ahead, several at once, handed out in order, with an explicit end for each."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, Protocol, TypeAlias, cast

import attrs

from fivetran_async._clock import Clock, SystemClock
from fivetran_async.connector_sdk.pages import Row
from fivetran_async.connector_sdk.state import State
from fivetran_async.connector_sdk.windows import Window
from fivetran_async.errors import ArgumentError, FivetranError

IN_FLIGHT: Final = 8
BUFFERED: Final = 32

Read: TypeAlias = Callable[[Window], AsyncGenerator[Sequence[Row], None]]
"""Reads a window: an async generator of pages, such as `by_offset` makes. Its end is the end of the window."""


@attrs.frozen
class Rows:
    """A page.

    Attributes:
        window: Where it is from.
        rows: What is on it.
    """

    window: Window
    rows: Sequence[Row] = attrs.field(repr=lambda rows: f"<{len(rows)}>")


@attrs.frozen
class Finished:
    """All pages of a window were handed out, and its reader came to its end without an error.

    Attributes:
        window: The window.
        pages: How many pages it had.
        rows: How many rows.
    """

    window: Window
    pages: int
    rows: int


Event: TypeAlias = Rows | Finished


class ReaderError(FivetranError):
    """A reader ended in a way that is neither its end nor an error, so its window is not read."""


@attrs.define
class _Track:
    """What is known of one window that was begun."""

    window: Window
    number: int
    pages: list[Sequence[Row]] = attrs.field(factory=list[Sequence[Row]])
    ended: bool = False
    error: BaseException | None = None


class _Readers:
    """The windows that are read at one time, and the places that their pages share."""

    def __init__(self, windows: Iterator[Window], read: Read, in_flight: int, buffered: int) -> None:
        self._windows, self._read = windows, read
        self._buffered = buffered
        # Windows that were begun and not yet handed out whole, in order.
        self._tracks: list[_Track] = []
        self._drained = False
        self._begun = 0
        # The first window that failed: nothing behind it is asked for any more.
        self._failed: int | None = None
        # Pages that are held here or being asked for.
        self._held = 0
        self._changed = asyncio.Condition()
        self._tasks = [asyncio.create_task(self._work()) for _ in range(in_flight)]

    async def events(self) -> AsyncGenerator[Event, None]:
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._tracks or self._drained)
            if not self._tracks:
                return
            track = self._tracks[0]
            pages = rows = 0
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda: track.pages or track.ended)  # noqa: B023 - awaited here
                if not track.pages:
                    break
                page = track.pages.pop(0)
                pages, rows = pages + 1, rows + len(page)
                yield Rows(track.window, page)
                del page
                async with self._changed:
                    self._held -= 1
                    self._changed.notify_all()
            if track.error is not None:
                raise track.error
            yield Finished(track.window, pages, rows)
            async with self._changed:
                self._tracks.pop(0)
                self._changed.notify_all()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self) -> None:
        while (track := await self._next()) is not None:
            try:
                await self._drain(track)
            except asyncio.CancelledError as error:
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    raise
                # A reader's own time-out let it out: taken for an end, it would lose the window's other rows.
                track.error = ReaderError(f"the reader of {track.window} was cancelled")
                track.error.__cause__ = error
            except Exception as error:  # noqa: BLE001 - raised where the window's turn comes
                track.error = first_error(error)
            async with self._changed:
                track.ended = True
                if track.error is not None:
                    # What lies behind it is never handed out.
                    self._drained = True
                    self._failed = track.number if self._failed is None else min(self._failed, track.number)
                self._changed.notify_all()

    async def _next(self) -> _Track | None:
        async with self._changed:
            window = None if self._drained else next(self._windows, None)
            if window is None:
                self._drained = True
                self._changed.notify_all()
                return None
            track = _Track(window, self._begun)
            self._begun += 1
            self._tracks.append(track)
            self._changed.notify_all()
            return track

    async def _drain(self, track: _Track) -> None:
        pages = self._read(track.window)
        try:
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda: self._may_ask(track))
                    self._held += 1
                page = None
                try:
                    page = await anext(pages, None)
                finally:
                    async with self._changed:
                        if page:
                            track.pages.append(page)
                        else:
                            self._held -= 1
                        self._changed.notify_all()
                if page is None:
                    return
        finally:
            await pages.aclose()

    def _may_ask(self, track: _Track) -> bool:
        # One place is the first window's alone: the others could fill all, and wait for it for ever.
        if self._failed is not None and track.number > self._failed:
            return False
        first = self._tracks[0] is track
        return self._held < self._buffered - (0 if first else 1)


@asynccontextmanager
async def read_ahead(
    windows: Iterable[Window], read: Read, *, in_flight: int = IN_FLIGHT, buffered: int = BUFFERED
) -> AsyncGenerator[AsyncIterator[Event], None]:
    """Read windows ahead, several at once, and hand out their pages in order.

    ```python
    async with read_ahead(windows, read) as events:
        async for event in events:
            ...
    ```

    A window that failed raises when its turn comes, after all before it were handed out; no `Finished` ever comes for
    it, and no window behind it is begun. Leaving the block early cancels what is being read.

    Args:
        windows: The windows, in order; an iterator is asked for the next one only when there is room.
        read: Reads one window.
        in_flight: How many windows are read at one time, from 1.
        buffered: How many pages are held or being asked for at one time, from 2: memory is that much. With less than
            a window's pages times `in_flight`, windows wait for their turn.

    Raises:
        ArgumentError: A number is below what it may be.
        Exception: What a reader raised; of a group, the first one.
    """
    for name, value, least in (("in_flight", in_flight, 1), ("buffered", buffered, 2)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ArgumentError(f"{name} must be a whole number from {least}, not {value!r}")
    readers = _Readers(iter(windows), read, in_flight, buffered)
    events = readers.events()
    try:
        yield events
    finally:
        await events.aclose()
        await readers.close()


class Emits(Protocol):
    """Where rows and checkpoints go; `Emitter` is one."""

    async def upsert(self, table: str, rows: Sequence[Row]) -> None:
        """Write rows."""
        ...

    async def checkpoint(self, state: State) -> None:
        """Keep a state."""
        ...


async def sync_windows(
    emit: Emits,
    state: State,
    windows: Iterable[Window],
    read: Read,
    *,
    table: str,
    stream: str | None = None,
    checkpoint_every: float = 60.0,
    in_flight: int = IN_FLIGHT,
    buffered: int = BUFFERED,
    clock: Clock | None = None,
) -> State:
    """Read windows into a table, with a checkpoint after the first that ends so many seconds after the last one.

    There is always one at the end, and before an error is raised one for the windows that were finished.

    Args:
        emit: Where the rows go.
        state: What was remembered.
        windows: The windows, in order.
        read: Reads one window.
        table: The table.
        stream: The name of the mark in the state; that of the table if left out.
        checkpoint_every: Seconds between two checkpoints, from 0.
        in_flight: How many windows are read at one time.
        buffered: How many pages are held at one time.
        clock: What the seconds are read from.

    Returns:
        The state, as it was kept.
    """
    clock, stream = clock or SystemClock(), stream or table
    kept, at = state, clock.monotonic()
    emitting = written = False
    try:
        async with read_ahead(windows, read, in_flight=in_flight, buffered=buffered) as events:
            async for event in events:
                emitting = True
                if isinstance(event, Rows):
                    await emit.upsert(table, event.rows)
                    written = True
                else:
                    state = state.marked(stream, event.window.mark)
                    if state != kept and clock.monotonic() - at >= checkpoint_every:
                        await emit.checkpoint(state)
                        kept, at, written = state, clock.monotonic(), False
                emitting = False
    except Exception:
        # What could not be written must not be taken for written.
        if state != kept and not emitting:
            await emit.checkpoint(state)
        raise
    # Rows that were read again move no mark, and count when they are committed all the same.
    if state != kept or written:
        await emit.checkpoint(state)
    return state


def first_error(error: BaseException) -> BaseException:
    """Return the first error of a group that says something; any other error as it is."""
    while isinstance(error, BaseExceptionGroup):
        inner = cast("tuple[BaseException, ...]", error.exceptions)  # pyright: ignore[reportUnknownMemberType]
        error = next((one for one in inner if not isinstance(one, asyncio.CancelledError)), inner[0])
    return error
