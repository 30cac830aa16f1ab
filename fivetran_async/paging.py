"""Pages and what walks over them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Generic, Self, TypeVar

import attrs

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

    def __init__(self, fetch: Callable[[str | None], Awaitable[Page[T_co]]], *, cursor: str | None = None) -> None:
        """Make a pager of a function that fetches the page at a cursor, None being the first."""
        self._fetch = fetch
        self._cursor = cursor

    @staticmethod
    def over(fetch: Callable[[str | None], Awaitable[Page[U]]], *, cursor: str | None = None) -> "Pager[U]":
        """Make a pager of any function that fetches the page at a cursor.

        Args:
            fetch: Called with None for the first page, then with each page's `next_cursor`.
            cursor: Where to begin.
        """
        return Pager(fetch, cursor=cursor)

    async def page(self, cursor: str | None = None) -> Page[T_co]:
        """Fetch one page, at a cursor or where this pager begins. Costs one call."""
        return await self._fetch(self._cursor if cursor is None else cursor)

    async def pages(self) -> AsyncGenerator[Page[T_co], None]:
        """Iterate over whole pages. Costs one call a page.

        Raises:
            PaginationError: The API repeated a cursor.
        """
        cursor = self._cursor
        seen: set[str] = set() if cursor is None else {cursor}
        while True:
            try:
                page = await self._fetch(cursor)
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
