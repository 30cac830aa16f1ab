"""Running one function over many items without a loop: threads are crossed once for all that has finished."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Sized
from types import TracebackType
from typing import Generic, Self, TypeVar

import anyio.to_thread

from fivetran_async.errors import FivetranError
from fivetran_async.fanout import STOP_ON, MapResult, in_order
from fivetran_async.fanout import Map as AsyncMap
from fivetran_sync._bridge import Stream

__all__ = ["Map", "MapResult"]

T = TypeVar("T")
R = TypeVar("R")

_END = object()


class Map(Generic[T, R]):
    """The results of a function over many items, in the order in which they finish; may be iterated once.

    ```python
    for result in ft.map(ft.connections.get, ids):
        print(result.item, result.value or result.error)
    ```

    Leaving the loop, by `break` too, cancels what is still running. A bound method of the client runs as its coroutine
    on the client's loop; any other function in threads.
    """

    def __init__(
        self,
        fn: Callable[[T], R],
        items: Iterable[T],
        *,
        concurrency: int,
        deadline: float | None = None,
        stop_on: tuple[type[BaseException], ...] | None = None,
        on_progress: Callable[[int], object] | None = None,
    ) -> None:
        """Prepare; nothing runs before the first result is asked for."""
        # Items that are at hand are taken on the loop; others are asked for in a thread, where they may block.
        ready = isinstance(items, Sized) or not isinstance(items, Iterable)
        self._async: AsyncMap[T, R] = AsyncMap(
            _coroutine_function(fn, concurrency) if callable(fn) else fn,
            items if ready else _asked_for(items),
            concurrency=concurrency,
            deadline=deadline,
            stop_on=STOP_ON if stop_on is None else stop_on,
            on_progress=on_progress,
        )
        self._stream: Stream[list[MapResult[T, R]]] | None = None

    def __iter__(self) -> Generator[MapResult[T, R], None, None]:
        self._stream = stream = Stream(self._async.batches())
        try:
            while (batch := stream.next()) is not None:
                yield from batch
        finally:
            stream.close()

    def collect(self) -> list[MapResult[T, R]]:
        """Return all results, in the order of the items.

        Raises:
            DeadlineExceededError: The deadline for all of it has passed.
            RateLimitedError: The API asks all callers to wait for longer than the deadline leaves.
            FivetranError: One of `stop_on` ended it; `partial` of any of these holds the results until then.
        """
        results: list[MapResult[T, R]] = []
        try:
            results.extend(self)
        except FivetranError as error:
            error.partial = tuple(in_order(results))
            raise
        return in_order(results)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Cancel what still runs, and wait until it has ended."""
        if self._stream is not None:
            self._stream.close()


def _coroutine_function(fn: Callable[[T], R], concurrency: int) -> Callable[[T], Awaitable[R]]:
    owner = getattr(getattr(fn, "__self__", None), "_async", None)
    twin = getattr(owner, getattr(fn, "__name__", ""), None)
    if inspect.iscoroutinefunction(twin):
        found: Callable[[T], Awaitable[R]] = twin
        return found
    threads: list[anyio.CapacityLimiter] = []

    async def in_a_thread(item: T) -> R:
        if not threads:
            threads.append(anyio.CapacityLimiter(concurrency))
        return await anyio.to_thread.run_sync(fn, item, limiter=threads[0])

    return in_a_thread


async def _asked_for(items: Iterable[T]) -> AsyncIterator[T]:
    source = iter(items)
    while (item := await anyio.to_thread.run_sync(next, source, _END)) is not _END:
        yield item  # type: ignore[misc]
