"""Read what an audit needs: the fewest calls, all at once, and note what could not be read.

First the survey: lists, 1,000 objects a call. Then what costs a call for each object, and at last what costs one for
each table and reaches the source.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias

import anyio.to_thread

from fivetran_async._forks import loading
from fivetran_async._ledger import RATE_NOT_QUOTA
from fivetran_async.audit._allowance import Allowance, UsedUpError
from fivetran_async.audit._collection import Reading, Readings
from fivetran_async.audit._sources import with_owners
from fivetran_async.audit.findings import DEEP_KINDS, SOURCE_KINDS, TEST_KINDS, AnyKind, Kind
from fivetran_async.audit.inventory import LEFT, Progress
from fivetran_async.errors import (
    ApiError,
    BadRequestError,
    DecodeError,
    FivetranError,
    ForbiddenError,
    NotFoundError,
    PaginationError,
    RateLimitedError,
    TransportError,
    UnauthorizedError,
)
from fivetran_async.paging import Page

if TYPE_CHECKING:
    from fivetran_async.audit._journal import Journal
    from fivetran_async.client import Fivetran

OnProgress: TypeAlias = Callable[[Progress], object]
"""Called after every page, on the event loop; it must return quickly. What it raises ends the audit."""

# What the account or the way to it does. A closed client or a wrong argument is the caller's, and is raised.
_NOT_READABLE = (ApiError, TransportError, DecodeError, PaginationError)

# So many refusals, and no answer, are taken for all of a group of operations.
_REFUSALS = 32


class Collector:
    """Reads an account, in steps."""

    def __init__(
        self,
        ft: "Fivetran",
        kinds: Collection[AnyKind],
        *,
        allowance: Allowance,
        journal: "Journal | None" = None,
        on_progress: OnProgress | None = None,
        on_kind: Callable[[Kind], object] | None = None,
    ) -> None:
        """Prepare.

        Args:
            ft: The client.
            kinds: What is to be read; what it takes to know whose that is, is read as well.
            allowance: How many calls there may be.
            journal: Where what was read is written, and what an earlier run has read.
            on_progress: Told how far it is.
            on_kind: Told when no more of a kind will be read.
        """
        self.readings = Readings(with_owners(kinds))
        self.allowance = allowance
        self._ft = ft
        self._journal = journal
        self._on_progress = on_progress
        self._on_kind = on_kind
        self._left: Counter[Kind] = Counter()
        self._answers: Counter[str] = Counter()
        self._refusals: Counter[str] = Counter()
        self._closed: dict[str, FivetranError] = {}
        self._stopped: FivetranError | None = None
        if journal is not None:
            self.readings.remember(journal.reads)
            journal.reads.clear()

    @property
    def as_of(self) -> datetime | None:
        """The time that a resume file judges by; None without one."""
        return None if self._journal is None else self._journal.header.as_of

    async def survey(self) -> None:
        """Read all lists.

        Raises:
            UnauthorizedError: The credentials are not accepted, and nothing at all could be read.
            ClosedError: The client is closed.
            WrongLoopError: The client belongs to another event loop.
            FivetranError: The resume file cannot be written.
        """
        lists = self.readings.lists()
        listed = self.readings.kinds - DEEP_KINDS - SOURCE_KINDS - TEST_KINDS
        await self._read_all(lists, listed, concurrency=max(1, len(lists)))
        if not any(reading.pages for reading in lists):
            for reading in lists:
                if isinstance(reading.error, UnauthorizedError):
                    raise reading.error

    async def each(self, readings: list[Reading]) -> None:
        """Read the lists of single objects, `readings.each()`."""
        await self._read_all(readings, self.readings.kinds & (DEEP_KINDS | TEST_KINDS))

    async def columns(self, readings: list[Reading]) -> None:
        """Read the columns, `readings.columns()`."""
        await self._read_all(readings, self.readings.kinds & SOURCE_KINDS)

    async def _read_all(
        self, readings: list[Reading], kinds: Iterable[Kind], *, concurrency: int | None = None
    ) -> None:
        self._left = Counter(reading.source.kind for reading in readings)
        asked: list[Reading] = []
        for reading in readings:
            if reading.whole or reading.left:
                self._answers[reading.source.name] += reading.whole
                self._done(reading)
            else:
                asked.append(reading)
        for kind in Kind:
            if kind in kinds and not self.readings.of(kind):
                self._tell(kind)
        async with self._ft.map(self._read, asked, concurrency=concurrency, stop_on=()) as results:
            async for result in results:
                result.unwrap()

    async def _read(self, reading: Reading) -> None:
        try:
            while not reading.whole:
                reading.error = self._stopped or self._closed.get(reading.source.name)
                if reading.error is not None:
                    break
                await self._page(reading)
                if not reading.whole and not reading.of:
                    self._tell(reading.source.kind)
        except UsedUpError as used_up:
            reading.left, reading.reason = LEFT, str(used_up)
        except _NOT_READABLE as error:
            reading.error = error
            self._heed(error, reading)
        self._done(reading)

    async def _page(self, reading: Reading) -> None:
        source, cursor = reading.source, reading.cursor
        try:
            async with self.allowance.turn() as ft:
                page: Page[Any] = await source.pager(ft, reading.of).page(cursor)
        except NotFoundError as error:
            # One without the API's code is a gateway's, and says nothing about the object.
            if not source.optional or not error.code:
                raise
            self._keep(reading, None, None)
            reading.take_absence()
            return
        except BadRequestError:
            if cursor is None or not reading.resumed:
                raise
            # A cursor that an earlier run was given need not be good for ever.
            reading.begin_anew()
            return
        after = page.next_cursor or None
        if after is not None and after in reading.cursors:
            raise PaginationError(
                f"the API sent the cursor {after!r} a second time; the list would never end", cursor=after
            )
        reading.take(self._keep(reading, page.items, after), after)
        self._answers[source.name] += 1

    def _keep(self, reading: Reading, items: Any, after: str | None) -> Any:
        if self._journal is None:
            return items
        return self._journal.add(reading.source, reading.of, reading.cursor, after, items)

    def _heed(self, error: FivetranError, reading: Reading) -> None:
        """Note what all further calls would meet as well."""
        quota = isinstance(error, RateLimitedError) and (error.retry_after or 0.0) > RATE_NOT_QUOTA
        if quota or isinstance(error, UnauthorizedError):
            self._stopped = self._stopped or error
        elif isinstance(error, ForbiddenError):
            name = reading.source.name
            self._refusals[name] += 1
            if self._refusals[name] >= _REFUSALS and not self._answers[name]:
                self._closed[name] = error

    def _done(self, reading: Reading) -> None:
        kind = reading.source.kind
        self._left[kind] -= 1
        self._tell(kind)

    def _tell(self, kind: Kind) -> None:
        readings = self.readings.of(kind)
        done = not self._left[kind]
        if self._on_progress is not None:
            if kind in DEEP_KINDS | SOURCE_KINDS | TEST_KINDS:
                total = len(readings)
                self._on_progress(Progress(kind=kind, items=total - self._left[kind], done=done, total=total))
            else:
                items = sum(len(reading.items) for reading in readings)
                self._on_progress(Progress(kind=kind, items=items, done=done))
        if done and self._on_kind is not None:
            self._on_kind(kind)


@asynccontextmanager
async def collecting(
    ft: "Fivetran",
    kinds: Collection[AnyKind],
    *,
    max_calls: int | None = None,
    reserve: int | None = None,
    resume: str | PathLike[str] | None = None,
    on_progress: OnProgress | None = None,
    on_kind: Callable[[Kind], object] | None = None,
) -> "AsyncGenerator[Collector]":
    """Open the resume file, and close it.

    Raises:
        ArgumentError: A number is out of its range, or the file belongs to something else.
        FivetranError: The file cannot be read or written.
    """
    allowance = Allowance(ft, max_calls=max_calls, reserve=reserve)
    if resume is None:
        yield Collector(ft, kinds, allowance=allowance, on_progress=on_progress, on_kind=on_kind)
        return
    with loading():
        from fivetran_async.audit._journal import Header, Journal  # noqa: PLC0415 - most audits keep no file

    pipeline = ft._pipeline  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    header = Header(
        account=f"{pipeline.transport.key_digest} {ft.base_url}",
        kinds=tuple(sorted(with_owners(kinds))),
        as_of=ft.clock.now(),
    )
    # In a thread: the file of a large account takes a while to read.
    journal = await anyio.to_thread.run_sync(lambda: Journal(resume, header, keep_raw=pipeline.keep_raw))
    try:
        yield Collector(ft, kinds, allowance=allowance, journal=journal, on_progress=on_progress, on_kind=on_kind)
    finally:
        journal.close()
