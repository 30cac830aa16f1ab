"""Pages and what walks over them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Generic, Self, TypeVar

import attrs

from fivetran_async._deadline import Deadline
from fivetran_async.config import positive
from fivetran_async.errors import ArgumentError, FivetranError, PaginationError

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


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

    A list ends where there is no next cursor, never at an empty page.
    """

    def __init__(
        self,
        fetch: Callable[[str | None], Awaitable[Page[T_co]]],
        *,
        cursor: str | None = None,
        deadline: float | None = None,
    ) -> None:
        """Make a pager of a function that fetches the page at a cursor, None being the first."""
        self._fetch = fetch
        self._cursor = cursor
        self._deadline = deadline

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
        return type(self)(self._fetch, cursor=self._cursor, deadline=positive(seconds, "deadline"))

    async def page(self, cursor: str | None = None) -> Page[T_co]:
        """Fetch one page, at a cursor or where this pager begins. Costs one call."""
        return await self._get(self._cursor if cursor is None else cursor, self._begin())

    async def pages(self) -> AsyncGenerator[Page[T_co], None]:
        """Iterate over whole pages. Costs one call a page.

        Raises:
            PaginationError: The API repeated a cursor.
            DeadlineExceededError: The time of `with_deadline` is over.
        """
        deadline = self._begin()
        cursor = self._cursor
        seen: set[str] = set() if cursor is None else {cursor}
        while True:
            try:
                page = await self._get(cursor, deadline)
            except FivetranError as error:
                error.resume_cursor = cursor
                raise
            cursor = page.next_cursor or None
            yield page
            # A page that the consumer is done with must not live on while the next one is decoded.
            del page
            if cursor is None:
                return
            if cursor in seen:
                raise PaginationError(
                    f"the API sent the cursor {cursor!r} a second time; the list would never end",
                    cursor=cursor,
                )
            seen.add(cursor)

    def _begin(self) -> Deadline:
        return Deadline(self._deadline, "list")

    async def _get(self, cursor: str | None, deadline: Deadline) -> Page[T_co]:
        deadline.check()
        with deadline.known():
            async with deadline.kept():
                return await self._fetch(cursor)

    async def __aiter__(self) -> AsyncGenerator[T_co, None]:
        async with aclosing(self.pages()) as pages:
            async for page in pages:
                for item in page.items:
                    yield item
                del page

    async def first(self) -> T_co | None:
        """Return the first item, or None if there is none. Costs one call, more only for empty pages."""
        async with aclosing(self.pages()) as pages:
            async for page in pages:
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
            async with aclosing(self.pages()) as pages:
                async for page in pages:
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
        """Leave; a pager that was not iterated to its end holds nothing open."""
