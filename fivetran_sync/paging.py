"""Pages and what walks over them, without a loop: threads are crossed once a page, never once an item."""

import weakref
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import anyio.to_thread

from fivetran_async.paging import Page, built, half_of
from fivetran_async.paging import Pager as AsyncPager
from fivetran_sync._bridge import Stream, run

__all__ = ["Page", "Pager"]

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


class Pager(Generic[T_co]):
    """All items of a list, asked for page by page while one iterates; may be iterated again, which asks again.

    ```python
    for connection in ft.connections.list():
        print(connection.id)
    ```

    A list ends where there is no next cursor, never at an empty page. Once half of the first page of one of the API's
    lists is used up, the next page is always on its way before a page is handed out; leaving the loop cancels it.
    """

    def __init__(self, pager: AsyncPager[T_co]) -> None:
        """Make a pager that walks an asyncio one."""
        self._async = pager
        self._streams: weakref.WeakSet[Stream[Any]] = weakref.WeakSet()

    @staticmethod
    def over(fetch: Callable[[str | None], Page[U]], *, cursor: str | None = None) -> "Pager[U]":
        """Make a pager of any function that fetches the page at a cursor; it is called in a worker thread.

        A call that a deadline interrupts runs to its end in that thread; nobody waits for it.

        Args:
            fetch: Called with None for the first page, then with each page's `next_cursor`.
            cursor: Where to begin.
        """

        async def fetch_in_thread(at: str | None) -> Page[U]:
            return await anyio.to_thread.run_sync(fetch, at)

        return Pager(AsyncPager.over(fetch_in_thread, cursor=cursor))

    def with_deadline(self, seconds: float | None) -> Self:
        """Return a pager over the same list that bounds how long it takes, the whole of it.

        The time runs from the beginning of each iteration, of `first()` or of `collect()`. What is done between the
        pages counts as well. When it is over, the call under way is cancelled, and no further page is asked for;
        items that have come are still handed out. A wait that the API asks for and that does not fit into what is
        left raises at once. `deadline=` of the client, or of `with_options`, is for each call, that is, each page.

        Args:
            seconds: How long the list may take, in seconds; None for no bound.

        Returns:
            The pager. It raises `DeadlineExceededError`, or `RateLimitedError` for a wait that does not fit, whose
            `resume_cursor` is where to go on.

        Raises:
            ConfigError: That is no number of seconds above 0.
        """
        return type(self)(self._async.with_deadline(seconds))

    def page(self, cursor: str | None = None) -> Page[T_co]:
        """Fetch one page, at a cursor or where this pager begins. Costs one call."""
        return run(self._async.page(cursor))

    def pages(self) -> Iterator[Page[T_co]]:
        """Iterate over whole pages. Costs one call a page.

        Raises:
            PaginationError: The API repeated a cursor.
            DeadlineExceededError: The time of `with_deadline` is over.
        """
        for page in self._walk(Stream(self._async.walk(), resumable=True)):
            yield built(page)
            # A page that the consumer is done with must not live on while the next one is decoded.
            del page

    def __iter__(self) -> Iterator[T_co]:
        walk = self._async.walk()
        stream = Stream(walk, resumable=True)
        for page in self._walk(stream):
            items = page.items
            if walk.may_look_ahead:
                # The first page: who leaves the loop before half of it wants no other one.
                half = half_of(items)
                yield from items[:half]
                stream.soon(walk.look_ahead)
                items = items[half:]
            yield from items
            del page, items

    def _walk(self, stream: Stream[Page[T_co]]) -> Iterator[Page[T_co]]:
        self._streams.add(stream)
        try:
            while (page := run(stream.step())) is not None:
                yield page
                del page
        finally:
            stream.close()

    def first(self) -> T_co | None:
        """Return the first item, or None if there is none. Costs one call, more only for empty pages."""
        return run(self._async.first())

    def collect(self, limit: int | None = None) -> list[T_co]:
        """Return all items as a list.

        Args:
            limit: How many items at the most, in total; None for all. A page beyond them is not asked for.

        Raises:
            ArgumentError: The limit is negative or no whole number.
            PaginationError: The API repeated a cursor.
            FivetranError: A page could not be read; its `partial` holds the items until then, and
                `list(cursor=error.resume_cursor)` goes on from there.
        """
        return run(self._async.collect(limit))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave, and cancel the call for the next page, if there is one under way."""
        for stream in list(self._streams):
            stream.close()
