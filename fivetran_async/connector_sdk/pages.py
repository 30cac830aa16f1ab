"""Pages of a source: by offset, cursor, number or link, each row once, and none lost while rows come and go."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import urljoin, urlsplit

from fivetran_async.errors import ArgumentError, FivetranError, PaginationError

Row: TypeAlias = Mapping[str, Any]
Key: TypeAlias = str | Sequence[str] | Callable[[Row], Hashable]
"""What identifies a row: a column, several, or a function."""

Pages: TypeAlias = AsyncGenerator[Sequence[Row], None]

REREADS: Final = 20
"""How often a page is read again from further back before its list is called unstable."""


class UnstablePagesError(FivetranError):
    """Rows left a list so quickly that its pages never joined; read it in shorter windows, or again later."""


def _whole(value: int, name: str, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ArgumentError(f"{name} must be a whole number from {least}, not {value!r}")


class _Once:
    """The rows of one list that were not seen before."""

    def __init__(self, key: Key) -> None:
        self._key = key if callable(key) else None
        self._columns = () if callable(key) else (key,) if isinstance(key, str) else tuple(key)
        if self._key is None and not self._columns:
            raise ArgumentError("key must name at least one column")
        self._seen = set[Hashable]()

    def identity(self, row: Row) -> Hashable:
        if self._key is not None:
            return self._key(row)
        found = tuple(row.get(column) for column in self._columns)
        if None in found:
            raise ArgumentError(
                f"a row has no {' and '.join(self._columns)}, and no key to tell it by; its columns are "
                f"{', '.join(sorted(map(str, row)))}"
            )
        return found

    def saw(self, row: Row) -> bool:
        return self.identity(row) in self._seen

    def fresh(self, rows: Sequence[Row]) -> list[Row]:
        found: list[Row] = []
        for row in rows:
            identity = self.identity(row)
            if identity not in self._seen:
                self._seen.add(identity)
                found.append(row)
        return found


async def by_offset(
    fetch: Callable[[int, int], Awaitable[Sequence[Row]]],
    *,
    limit: int,
    key: Key,
    overlap: int = 1,
    rereads: int = REREADS,
) -> Pages:
    """Read a list by offset and limit, so that rows that come and go meanwhile lose no other row.

    Every page begins with rows of the page before. If its first row was not seen there, rows before it have gone and
    others have moved up unseen: it is read again from further back, up to the beginning. The source must sort by what
    does not change, such as an id or the time of creation. Keeps the keys of the list in memory.

    Args:
        fetch: Fetches the rows from an offset on, at most `limit` of them.
        limit: Rows on a page, from 2, and no more than the source gives at most: a page with fewer is the last.
        key: What identifies a row.
        overlap: How many rows a page has in common with the one before, from 1 and below the limit.
        rereads: How often in all a page may be read again, from 0.

    Yields:
        The rows of each page that were not on an earlier one; never none.

    Raises:
        UnstablePagesError: The pages never joined.
        ArgumentError: An argument is out of its bounds, or a row has no key.
    """
    _whole(limit, "limit", 2)
    _whole(overlap, "overlap", 1)
    _whole(rereads, "rereads", 0)
    if overlap >= limit:
        raise ArgumentError(f"overlap must be below the limit of {limit}, not {overlap}")
    once = _Once(key)
    offset, back, left = 0, overlap, rereads
    while True:
        rows = await fetch(offset, limit)
        if offset and not (rows and once.saw(rows[0])):
            if not left:
                raise UnstablePagesError(
                    f"rows left the list so quickly that the page at offset {offset} never joined the one before, in "
                    f"{rereads} further attempts: read shorter windows, or again later"
                )
            left -= 1
            back *= 2
            offset = max(0, offset - back)
            continue
        count = len(rows)
        fresh = once.fresh(rows)
        del rows
        if fresh:
            # What is read again is no step ahead, and the next one must not be smaller for it.
            back = overlap
            yield fresh
            del fresh
        if count < limit:
            return
        offset += count - overlap


async def by_cursor(
    fetch: Callable[[str | None], Awaitable[tuple[Sequence[Row], str | None]]], *, key: Key | None = None
) -> Pages:
    """Read a list by cursor: it ends where there is no next one, never at an empty page.

    Args:
        fetch: Fetches the page at a cursor, None being the first; returns its rows and the next cursor.
        key: What identifies a row, to have each once; None to take the rows as they come.

    Yields:
        The rows of each page; never none.

    Raises:
        PaginationError: The source repeated a cursor.
    """
    once = None if key is None else _Once(key)
    cursor: str | None = None
    seen = set[str]()
    while True:
        rows, cursor = await fetch(cursor)
        if once is not None:
            rows = once.fresh(rows)
        if rows:
            yield rows
        del rows
        if not cursor:
            return
        if cursor in seen:
            raise PaginationError(
                f"the source sent the cursor {cursor!r} a second time; the list would never end", cursor=cursor
            )
        seen.add(cursor)


async def by_link(
    fetch: Callable[[str], Awaitable[tuple[Sequence[Row], str | None]]], first: str, *, key: Key | None = None
) -> Pages:
    """Read a list by the links that each page has to the next one.

    Args:
        fetch: Fetches the page at a URL; returns its rows and the link to the next page, absolute or not.
        first: The URL of the first page.
        key: What identifies a row, to have each once; None to take the rows as they come.

    Yields:
        The rows of each page; never none.

    Raises:
        PaginationError: A link came twice, or leads to another server, to which credentials must not go.
    """
    here = first

    async def follow(cursor: str | None) -> tuple[Sequence[Row], str | None]:
        nonlocal here
        here = first if cursor is None else cursor
        rows, link = await fetch(here)
        if not link:
            return rows, None
        target = urljoin(here, link)
        if urlsplit(target)[:2] != urlsplit(first)[:2]:
            raise PaginationError(f"the next page is said to be on {urlsplit(target).netloc}", cursor=target)
        if target == first:
            raise PaginationError("the last link leads to the first page; the list would never end", cursor=target)
        return rows, target

    async for page in by_cursor(follow, key=key):
        yield page


async def by_number(fetch: Callable[[int], Awaitable[Sequence[Row]]], *, limit: int, key: Key, first: int = 1) -> Pages:
    """Read a list by the numbers of its pages, up to the first that is not full.

    Numbered pages cannot overlap: a row that goes while they are read can hide another one until the next look-back.
    Where a source has offsets, or cursors, use those.

    Args:
        fetch: Fetches the page of a number.
        limit: Rows on a full page, from 1: a page with fewer is the last.
        key: What identifies a row, to have each once.
        first: The number of the first page.

    Yields:
        The rows of each page that were not on an earlier one; never none.
    """
    _whole(limit, "limit", 1)
    once, number = _Once(key), first
    while True:
        rows = await fetch(number)
        count = len(rows)
        fresh = once.fresh(rows)
        del rows
        if fresh:
            yield fresh
        if count < limit:
            return
        number += 1
