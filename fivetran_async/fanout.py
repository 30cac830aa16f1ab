"""Running one coroutine function over many items: bounded, results as they finish, nothing left behind."""

import asyncio
import itertools
import weakref
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast

import attrs

from fivetran_async._deadline import Deadline
from fivetran_async._ledger import RATE_NOT_QUOTA
from fivetran_async.config import positive
from fivetran_async.errors import ArgumentError, ClosedError, FivetranError, RateLimitedError, UnauthorizedError

T = TypeVar("T")
R = TypeVar("R")

STOP_ON: tuple[type[BaseException], ...] = (UnauthorizedError, ClosedError)
"""Errors that every further item would meet as well."""


@attrs.frozen(kw_only=True)
class MapResult(Generic[T, R]):
    """What became of one item.

    Attributes:
        item: The item.
        value: What the function returned; None when it raised.
        error: What it raised; None when it returned.
        index: The item's place among the items, from 0.
    """

    item: T
    value: R | None = None
    error: Exception | None = None
    index: int

    @property
    def ok(self) -> bool:
        """Whether the function returned."""
        return self.error is None

    def unwrap(self) -> R:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return cast("R", self.value)


class Map(Generic[T, R]):
    """The results of a function over many items, in the order in which they finish; may be iterated once.

    ```python
    async for result in ft.map(ft.connections.get, ids):
        print(result.item, result.value or result.error)
    ```

    Leaving the loop, by `break` too, cancels what is still running. As a context manager it does so at once.
    """

    def __init__(
        self,
        fn: Callable[[T], Awaitable[R]],
        items: Iterable[T] | AsyncIterable[T],
        *,
        concurrency: int,
        deadline: float | None = None,
        stop_on: tuple[type[BaseException], ...] = STOP_ON,
        on_progress: Callable[[int], object] | None = None,
    ) -> None:
        """Prepare; nothing runs before the first result is asked for."""
        if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
            raise ArgumentError(f"concurrency must be a whole number from 1, not {concurrency!r}")
        if not callable(fn):
            raise ArgumentError(f"fn must be a function of one item, not {fn!r}")
        if isinstance(items, str | bytes) or not isinstance(items, Iterable | AsyncIterable):
            raise ArgumentError(f"items must be a list of items, not {items!r}")
        positive(deadline, "deadline")
        self._fn = fn
        self._items = items
        self._concurrency = concurrency
        self._deadline = deadline
        self._stop_on = stop_on
        self._on_progress = on_progress
        # Weak: a loop that is left by `break` must be the last to hold what runs, so that dropping it ends it.
        self._results: weakref.ref[AsyncGenerator[list[MapResult[T, R]], None]] | None = None

    async def __aiter__(self) -> AsyncGenerator[MapResult[T, R], None]:
        async with aclosing(self.batches()) as batches:
            async for batch in batches:
                for result in batch:
                    yield result

    def batches(self) -> AsyncGenerator[list[MapResult[T, R]], None]:
        """Iterate over the results as they finish, all that have finished by now at a time.

        Raises:
            ArgumentError: It was iterated before: its items may be gone.
        """
        if self._results is not None:
            raise ArgumentError("a map can be iterated once: its items may be gone; make another one")
        results = self._run()
        self._results = weakref.ref(results)
        return results

    async def collect(self) -> list[MapResult[T, R]]:
        """Return all results, in the order of the items.

        Raises:
            DeadlineExceededError: The deadline for all of it has passed.
            RateLimitedError: The API asks all callers to wait for longer than the deadline leaves.
            FivetranError: One of `stop_on` ended it; `partial` of any of these holds the results until then.
        """
        results: list[MapResult[T, R]] = []
        try:
            async with aclosing(self.batches()) as batches:
                async for batch in batches:
                    results += batch
        except FivetranError as error:
            error.partial = tuple(in_order(results))
            raise
        return in_order(results)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Cancel what still runs, and wait until it has ended."""
        results = None if self._results is None else self._results()
        if results is not None:
            await results.aclose()

    async def _run(self) -> AsyncGenerator[list[MapResult[T, R]], None]:
        # Bounded, so that results do not pile up before a slow consumer.
        finished: asyncio.Queue[MapResult[T, R] | _End] = asyncio.Queue(self._concurrency)
        items = _Numbered(self._items)
        # Plain tasks and no task group: a cancel scope does not survive a yield.
        deadline = Deadline(self._deadline, "map")
        workers = [asyncio.ensure_future(self._work(items, finished, deadline)) for _ in range(self._concurrency)]
        done, running = 0, len(workers)
        failure: BaseException | None = None
        try:
            while running:
                batch: list[MapResult[T, R]] = []
                for result in await self._next(finished, deadline):
                    if isinstance(result, _End):
                        # Not the end of the data but of one worker: all of them have to say so.
                        running -= 1
                        failure = failure or result.error
                        continue
                    batch.append(result)
                    done += 1
                    if self._on_progress is not None:
                        self._on_progress(done)
                    if failure is None and self._ends(result.error, deadline):
                        failure = result.error
                if batch:
                    yield batch
                if failure is not None:
                    raise failure
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _next(
        self, finished: "asyncio.Queue[MapResult[T, R] | _End]", deadline: Deadline
    ) -> "list[MapResult[T, R] | _End]":
        async with deadline.kept():
            found = [await finished.get()]
        while not finished.empty():
            found.append(finished.get_nowait())
        return found

    async def _work(
        self, items: "_Numbered[T]", finished: "asyncio.Queue[MapResult[T, R] | _End]", deadline: Deadline
    ) -> None:
        end = _End(None)
        try:
            with deadline.known():
                while (found := items.at_once() if items.plain else await items.next()) is not None:
                    index, item = found
                    result: MapResult[T, R]
                    try:
                        result = MapResult(item=item, value=await self._fn(item), index=index)
                    except Exception as error:  # noqa: BLE001 - what the function raises is the result of the item
                        result = MapResult(item=item, error=error, index=index)
                    if finished.full():
                        await finished.put(result)
                    else:
                        finished.put_nowait(result)
        except GeneratorExit:
            raise
        except BaseException as broken:
            task = asyncio.current_task()
            if isinstance(broken, asyncio.CancelledError) and (task is None or task.cancelling()):
                raise
            # What the items raise goes to whoever iterates; a worker that ended without a word would be waited for.
            end = _End(broken)
        await finished.put(end)

    def _ends(self, error: Exception | None, deadline: Deadline) -> bool:
        if isinstance(error, self._stop_on):
            return True
        if not isinstance(error, RateLimitedError) or error.retry_after is None or deadline.left is None:
            return False
        # A quota: every further item would have to wait for it as well, and for longer than there is time.
        return error.retry_after > max(deadline.left, RATE_NOT_QUOTA)


def in_order(results: list[MapResult[T, R]]) -> list[MapResult[T, R]]:
    """Return results in the order of their items."""
    return sorted(results, key=lambda result: result.index)


@attrs.frozen
class _End:
    """A worker has nothing more to do, or met an error among the items."""

    error: BaseException | None


class _Numbered(Generic[T]):
    """One iterator for several workers, each item with its number; None at the end."""

    def __init__(self, items: Iterable[T] | AsyncIterable[T]) -> None:
        self._lock = asyncio.Lock()
        self._numbers = itertools.count()
        self._slow: AsyncIterator[T] | None = None if isinstance(items, Iterable) else aiter(items)
        self._quick = enumerate(items) if isinstance(items, Iterable) else enumerate(())

    @property
    def plain(self) -> bool:
        """Whether no item has to be waited for."""
        return self._slow is None

    def at_once(self) -> tuple[int, T] | None:
        """Return the next of the items that need not be waited for."""
        return next(self._quick, None)

    async def next(self) -> tuple[int, T] | None:
        """Return the next item."""
        # An asynchronous iterator can be asked for one item at a time only.
        async with self._lock:
            slow: Any = self._slow
            try:
                item: T = await anext(slow)
            except StopAsyncIteration:
                return None
            return next(self._numbers), item
