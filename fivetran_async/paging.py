"""Pages and what walks over them."""

import asyncio
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

import attrs

from fivetran_async._deadline import Deadline
from fivetran_async._wire import on_wire
from fivetran_async.config import positive
from fivetran_async.errors import ArgumentError, FivetranError, PaginationError
from fivetran_async.models._twins import Unbuilt

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")

# How long a page is held back, in seconds, for the request for the next one to be written. Longer than a connection
# takes to be made; one that the budget holds back is not waited for.
_PATIENCE: Final = 0.1

_parked: list[object] = []
"""Calls of a parent process for a next page."""


@attrs.frozen(kw_only=True)
class Page(Generic[T_co]):
    """One page.

    Attributes:
        items: What is on it.
        next_cursor: Where the next page begins; None after the last.
    """

    items: Sequence[T_co] = attrs.field(repr=lambda items: f"<{len(items)}>")
    next_cursor: str | None = None


class Pager(Generic[T_co]):
    """All items of a list, asked for page by page while one iterates; may be iterated again, which asks again.

    ```python
    async for connection in ft.connections.list():
        print(connection.id)
    ```

    A list ends where there is no next cursor, never at an empty page. Once half of the first page of one of the API's
    lists is used up, the next page is always on its way before a page is handed out; leaving the loop cancels it.
    """

    def __init__(
        self,
        fetch: Callable[[str | None], Awaitable[Page[T_co]]],
        *,
        cursor: str | None = None,
        deadline: float | None = None,
        ahead: bool = False,
    ) -> None:
        """Make a pager of a function that fetches the page at a cursor, None being the first.

        Args:
            fetch: The function.
            cursor: Where to begin.
            deadline: How long the list may take, in seconds; None for no bound.
            ahead: Whether it may be called while the page before is still in use.
        """
        self._fetch = fetch
        self._cursor = cursor
        self._deadline = deadline
        self._ahead = ahead
        self._walks: weakref.WeakSet[Walk[T_co]] = weakref.WeakSet()

    @staticmethod
    def over(fetch: Callable[[str | None], Awaitable[Page[U]]], *, cursor: str | None = None) -> "Pager[U]":
        """Make a pager of any function that fetches the page at a cursor.

        Args:
            fetch: Called with None for the first page, then with each page's `next_cursor`.
            cursor: Where to begin.
        """
        return Pager(fetch, cursor=cursor)

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
        return type(self)(self._fetch, cursor=self._cursor, deadline=positive(seconds, "deadline"), ahead=self._ahead)

    async def page(self, cursor: str | None = None) -> Page[T_co]:
        """Fetch one page, at a cursor or where this pager begins. Costs one call."""
        return built(await _get(self._fetch, self._cursor if cursor is None else cursor, self._begin()))

    async def pages(self) -> AsyncGenerator[Page[T_co], None]:
        """Iterate over whole pages. Costs one call a page.

        Raises:
            PaginationError: The API repeated a cursor.
            DeadlineExceededError: The time of `with_deadline` is over.
        """
        async with aclosing(self.walk()) as walk:
            async for page in walk:
                yield built(page)
                # A page that the consumer is done with must not live on while the next one is decoded.
                del page

    def _begin(self) -> Deadline:
        return Deadline(self._deadline, "list")

    def walk(self) -> "Walk[T_co]":
        """Begin to walk over the pages as they come; each of their items is made a model whenever it is looked at."""
        walk = Walk(self._fetch, self._cursor, self._begin(), ahead=self._ahead)
        self._walks.add(walk)
        return walk

    async def __aiter__(self) -> AsyncGenerator[T_co, None]:
        async with aclosing(self.walk()) as walk:
            async for page in walk:
                items = page.items
                if walk.may_look_ahead:
                    # The first page: who leaves the loop before half of it wants no other one.
                    half = half_of(items)
                    for item in items[:half]:
                        yield item
                    await walk.look_ahead()
                    items = items[half:]
                for item in items:
                    yield item
                del page, items

    async def first(self) -> T_co | None:
        """Return the first item, or None if there is none. Costs one call, more only for empty pages."""
        walk = self.walk()
        while (page := await walk.next()) is not None:
            if page.items:
                return page.items[0]
        return None

    async def collect(self, limit: int | None = None) -> list[T_co]:
        """Return all items as a list.

        Args:
            limit: How many items at the most, in total; None for all. A page beyond them is not asked for.

        Raises:
            ArgumentError: The limit is negative or no whole number.
            PaginationError: The API repeated a cursor.
            FivetranError: A page could not be read; its `partial` holds the items until then, and
                `list(cursor=error.resume_cursor)` goes on from there.
        """
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
            raise ArgumentError(f"limit must be a whole number from 0, or None, not {limit!r}")
        items: list[T_co] = []
        if limit == 0:
            return items
        try:
            async with aclosing(self.walk()) as walk:
                while (page := await walk.next()) is not None:
                    if limit is None or len(items) + len(page.items) < limit:
                        # All of them are wanted, and this page is used up at once.
                        await walk.look_ahead()
                    items.extend(page.items if limit is None else page.items[: limit - len(items)])
                    if len(items) == limit:
                        break
        except FivetranError as error:
            error.partial = tuple(items)
            raise
        return items

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave, and cancel the call for the next page, if there is one under way."""
        for walk in list(self._walks):
            await walk.aclose()


class Walk(Generic[T_co]):
    """One way through a list; from the second page on, the next one is on its way before a page is handed out."""

    def __init__(
        self,
        fetch: Callable[[str | None], Awaitable[Page[T_co]]],
        cursor: str | None,
        deadline: Deadline,
        *,
        ahead: bool,
    ) -> None:
        self._fetch = fetch
        self._cursor = cursor
        self._deadline = deadline
        self._ahead = ahead
        self._seen: set[str] = set()
        self._begun = self._over = False
        self._coming: asyncio.Task[Page[T_co]] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Page[T_co]:
        first = not self._begun
        page = await self.next()
        if page is None:
            raise StopAsyncIteration
        if not first:
            await self.look_ahead()
        return page

    async def next(self) -> Page[T_co] | None:
        """Return the next page, and ask for none beyond it; None behind the last.

        Raises:
            PaginationError: The API repeated a cursor.
            FivetranError: The page cannot be had; `resume_cursor` says which.
        """
        if self._over:
            return None
        self._begun = True
        cursor = self._cursor
        if cursor is not None:
            if cursor in self._seen:
                raise PaginationError(
                    f"the API sent the cursor {cursor!r} a second time; the list would never end", cursor=cursor
                )
            self._seen.add(cursor)
        coming = self._coming
        if coming is not None and coming.get_loop() is not asyncio.get_running_loop():
            # Begun before a fork, and the parent goes on with it. Not dropped: it would complain that it is pending.
            _parked.append(coming)
            coming = self._coming = None
        try:
            # Kept while it is awaited: who is cancelled meanwhile has to see it end.
            page = await (coming or _get(self._fetch, cursor, self._deadline))
        except FivetranError as error:
            error.resume_cursor = cursor
            raise
        self._coming = None
        self._cursor = page.next_cursor or None
        self._over = self._cursor is None
        return page

    @property
    def may_look_ahead(self) -> bool:
        """Whether there is a next page that may be asked for now."""
        return self._ahead and not self._over and self._coming is None and self._cursor not in self._seen

    async def look_ahead(self) -> None:
        """Ask for the next page, and see the request written: until then, a busy consumer would keep it from that."""
        if not self.may_look_ahead:
            return
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        self._coming = coming = loop.create_task(self._fetched(written))
        both: tuple[asyncio.Future[Any], ...] = (written, coming)
        await asyncio.wait(both, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)

    async def _fetched(self, written: "asyncio.Future[None]") -> Page[T_co]:
        on_wire.set(written)
        return await _get(self._fetch, self._cursor, self._deadline)

    async def aclose(self) -> None:
        """Cancel the call for the next page, and see it ended."""
        coming, self._coming = self._coming, None
        if coming is not None:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


async def _get(fetch: Callable[[str | None], Awaitable[Page[U]]], cursor: str | None, deadline: Deadline) -> Page[U]:
    deadline.check()
    with deadline.known():
        async with deadline.kept():
            return await fetch(cursor)


def half_of(items: Sequence[object]) -> int:
    """Return how many items are half of a page."""
    return (len(items) + 1) // 2


def built(page: Page[U]) -> Page[U]:
    """Return a page whose items are made, once."""
    return attrs.evolve(page, items=list(page.items)) if isinstance(page.items, Unbuilt) else page
