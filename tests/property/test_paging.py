"""Laws of the pager: however a list is cut into pages, it comes back whole, and costs no call too many."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fivetran_async
import fivetran_sync
from fivetran_async.paging import Page

laws = settings(max_examples=100, deadline=None)

PAGES = st.lists(st.lists(st.integers(), max_size=4), min_size=1, max_size=8)
DEADLINES = st.none() | st.floats(60, 1e6)
COLOURS = pytest.mark.parametrize("name", ["async", "sync"])


class Source:
    """A list in pages that counts what it is asked for."""

    def __init__(self, pages: list[list[int]], name: str) -> None:
        self.contents = pages
        self.asked: list[str | None] = []
        self.name = name

    def fetch(self, cursor: str | None) -> Page[int]:
        """Return the page at a cursor."""
        self.asked.append(cursor)
        place = int(cursor or 0)
        more = place + 1 < len(self.contents)
        return Page(items=self.contents[place], next_cursor=str(place + 1) if more else None)

    async def fetch_async(self, cursor: str | None) -> Page[int]:
        """Return the page at a cursor."""
        return self.fetch(cursor)

    def collect(self, limit: int | None = None, deadline: float | None = None) -> list[int]:
        """Collect the list in the colour."""
        if self.name == "async":
            pager = fivetran_async.Pager.over(self.fetch_async).with_deadline(deadline)
            return asyncio.run(pager.collect(limit))
        return fivetran_sync.Pager.over(self.fetch).with_deadline(deadline).collect(limit)

    def items(self, deadline: float | None = None) -> list[int]:
        """Iterate over the list in the colour."""

        async def walk() -> list[int]:
            return [item async for item in fivetran_async.Pager.over(self.fetch_async).with_deadline(deadline)]

        if self.name == "async":
            return asyncio.run(walk())
        return list(fivetran_sync.Pager.over(self.fetch).with_deadline(deadline))


@COLOURS
@laws
@given(pages=PAGES, deadline=DEADLINES)
def test_any_split_gives_back_the_list(name: str, pages: list[list[int]], deadline: float | None):
    """Items would be lost, doubled or out of order, depending on where a page ends, or on a deadline that is far."""
    source = Source(pages, name)
    whole = [item for page in pages for item in page]
    assert source.items(deadline) == whole
    assert len(source.asked) == len(pages)
    assert source.collect(deadline=deadline) == whole
    assert len(source.asked) == 2 * len(pages)


@COLOURS
@laws
@given(data=st.data(), pages=PAGES, deadline=DEADLINES)
def test_a_limit_is_exact_and_cheap(name: str, data: st.DataObject, pages: list[list[int]], deadline: float | None):
    """A limit would give another number of items, or cost calls for pages that nobody wants."""
    whole = [item for page in pages for item in page]
    limit: Any = data.draw(st.integers(0, len(whole) + 2))
    source = Source(pages, name)
    assert source.collect(limit, deadline) == whole[:limit]
    needed, seen = 0, 0
    while seen < limit and needed < len(pages):
        seen += len(pages[needed])
        needed += 1
    assert len(source.asked) == needed
