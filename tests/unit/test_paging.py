"""The pager, in both colours, over fetch functions of the test's own."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from fivetran_async.errors import ArgumentError, FivetranError, PaginationError, ServerError
from fivetran_async.paging import Page


class Source:
    """A list in pages, at the cursors None, "1", "2" ...; it counts what it is asked for."""

    def __init__(self, colour: Any, *pages: list[int], cursors: list[Any] | None = None, end: Any = None) -> None:
        self.colour = colour
        self.contents = pages
        # What each page says about the next one.
        self.cursors = cursors or [*(str(number) for number in range(1, len(pages))), end]
        self.asked: list[str | None] = []
        self.failing: dict[str | None, FivetranError] = {}

    def pager(self, cursor: str | None = None) -> Any:
        """Return a pager of the colour over this list."""
        fetch: Callable[[str | None], Any] = self._fetch_async if self.colour.name == "async" else self._fetch
        return self.colour.package.Pager.over(fetch, cursor=cursor)

    def _fetch(self, cursor: str | None) -> Page[int]:
        self.asked.append(cursor)
        if cursor in self.failing:
            raise self.failing[cursor]
        place = int(cursor or 0)
        return Page(items=self.contents[place], next_cursor=self.cursors[place])

    async def _fetch_async(self, cursor: str | None) -> Page[int]:
        return self._fetch(cursor)


async def walk(pager: Any, items: list[Any], count: int | None = None) -> list[Any]:
    """Iterate over a pager in its own way, note each item, and leave the loop after so many."""
    if hasattr(pager, "__aiter__"):
        async for item in pager:
            items.append(item)
            if len(items) == count:
                break
    else:
        for item in pager:
            items.append(item)
            if len(items) == count:
                break
    return items


@pytest.mark.parametrize("end", [None, ""])
class TestEnd:
    async def test_missing_null_or_empty_cursor(self, colour: Any, end: Any):
        """A list would go on for ever, or raise, at its end."""
        source = Source(colour, [1, 2], [3], end=end)
        assert await colour.items(source.pager()) == [1, 2, 3]
        assert source.asked == [None, "1"]

    async def test_not_an_empty_page(self, colour: Any, end: Any):
        """Everything behind an empty page would be lost."""
        source = Source(colour, [], [1], [], [], [2], [], end=end)
        assert await colour.items(source.pager()) == [1, 2]
        assert await colour.call(source.pager().collect) == [1, 2]
        assert len(await colour.pages(source.pager())) == 6

    async def test_nothing_at_all(self, colour: Any, end: Any):
        """An empty list would raise, or be asked for more."""
        source = Source(colour, [], end=end)
        assert await colour.items(source.pager()) == []
        assert await colour.call(source.pager().first) is None
        assert source.asked == [None, None]


class TestRepeatedCursor:
    @pytest.mark.parametrize(
        ("cursors", "start", "delivered", "repeated"),
        [
            (["1", "1"], None, [0, 1], "1"),
            (["1", "2", "1"], None, [0, 1, 2], "1"),
            (["x", "1"], "1", [1], "1"),
            (["1", "2", "2"], "1", [1, 2], "2"),
        ],
    )
    async def test_raises(
        self, colour: Any, cursors: list[str], start: str | None, delivered: list[int], repeated: str
    ):
        """A list whose cursor comes again would never end, or would lose the page that carried it."""
        source = Source(colour, *([number] for number in range(len(cursors))), cursors=cursors)
        seen: list[int] = []
        with pytest.raises(PaginationError) as caught:
            await walk(source.pager(start), seen)
        assert seen == delivered
        assert caught.value.cursor == repeated
        assert repeated in str(caught.value)
        assert len(source.asked) == len(delivered)
        with pytest.raises(PaginationError):
            await colour.call(source.pager(start).collect)

    async def test_not_when_nobody_goes_on(self, colour: Any):
        """Someone who has enough would get an error about what he did not ask for."""
        source = Source(colour, [1], [2], cursors=["1", "1"])
        assert await colour.call(source.pager().collect, limit=2) == [1, 2]
        assert await walk(source.pager(), [], 2) == [1, 2]


class TestCollect:
    @pytest.mark.parametrize(
        ("limit", "items", "calls"),
        [
            (None, [1, 2, 3, 4, 5], 3),
            (0, [], 0),
            (1, [1], 1),
            (2, [1, 2], 1),
            (3, [1, 2, 3], 2),
            (4, [1, 2, 3, 4], 2),
            (5, [1, 2, 3, 4, 5], 3),
            (6, [1, 2, 3, 4, 5], 3),
        ],
    )
    async def test_limit_is_a_total(self, colour: Any, limit: int | None, items: list[int], calls: int):
        """A limit would be one of a page, or calls be spent on pages that nobody wants."""
        source = Source(colour, [1, 2], [3, 4], [5])
        assert await colour.call(source.pager().collect, limit=limit) == items
        assert await colour.call(source.pager().collect, limit) == items
        assert len(source.asked) == 2 * calls

    @pytest.mark.parametrize("limit", [-1, True, False, 1.0, "5", float("nan"), []])
    async def test_limit_of_nonsense(self, colour: Any, limit: Any):
        """A limit that is none would give everything, or nothing."""
        source = Source(colour, [1])
        with pytest.raises(ArgumentError, match="limit must be a whole number from 0"):
            await colour.call(source.pager().collect, limit=limit)
        assert source.asked == []

    async def test_the_list_is_the_callers(self, colour: Any):
        """Changing what was collected would change a page."""
        source = Source(colour, [1, 2])
        (await colour.call(source.pager().collect)).append(3)
        assert source.contents == ([1, 2],)


class TestFirst:
    @pytest.mark.parametrize(
        ("pages", "item", "calls"), [([[1, 2], [3]], 1, 1), ([[], [], [7], [8]], 7, 3), ([[], []], None, 2)]
    )
    async def test_first(self, colour: Any, pages: list[list[int]], item: int | None, calls: int):
        """The first item would be missed behind an empty page, or cost calls for more."""
        source = Source(colour, *pages)
        assert await colour.call(source.pager().first) == item
        assert len(source.asked) == calls

    @pytest.mark.parametrize("item", [0, None, ""])
    async def test_an_item_that_counts_as_false(self, colour: Any, item: Any):
        """A first item that counts as false would be passed over."""
        source = Source(colour, [item, 5])
        assert await colour.call(source.pager().first) == item
        assert source.asked == [None]


class TestPages:
    async def test_one_page(self, colour: Any):
        """A caller who pages by himself would not get the page he names."""
        source = Source(colour, [1], [2], [3])
        page = await colour.call(source.pager().page)
        assert (list(page.items), page.next_cursor) == ([1], "1")
        page = await colour.call(source.pager().page, page.next_cursor)
        assert (list(page.items), page.next_cursor) == ([2], "2")
        page = await colour.call(source.pager("1").page)
        assert list(page.items) == [2]
        page = await colour.call(source.pager("1").page, cursor="2")
        assert (list(page.items), page.next_cursor) == ([3], None)
        assert source.asked == [None, "1", "1", "2"]

    async def test_all_pages(self, colour: Any):
        """Whole pages would lose their cursors, with which somebody means to go on later."""
        source = Source(colour, [1], [], [2])
        pages = await colour.pages(source.pager())
        assert [(list(page.items), page.next_cursor) for page in pages] == [([1], "1"), ([], "2"), ([2], None)]

    async def test_begins_at_a_cursor(self, colour: Any):
        """A list that is resumed would begin anew."""
        source = Source(colour, [1], [2], [3])
        assert await colour.items(source.pager("1")) == [2, 3]
        assert await colour.call(source.pager("2").collect) == [3]
        assert await colour.call(source.pager("1").first) == 2


class TestUse:
    async def test_again(self, colour: Any):
        """A pager would be empty the second time."""
        source = Source(colour, [1], [2])
        pager = source.pager()
        assert await colour.items(pager) == [1, 2]
        assert await colour.items(pager) == [1, 2]
        assert await colour.call(pager.collect) == [1, 2]
        assert source.asked == [None, "1"] * 3

    async def test_break(self, colour: Any):
        """A loop that is left early would go on asking, or spoil the next one."""
        source = Source(colour, [1, 2], [3, 4], [5])
        pager = source.pager()
        assert await walk(pager, [], 3) == [1, 2, 3]
        assert source.asked == [None, "1"]
        assert await colour.items(pager) == [1, 2, 3, 4, 5]

    async def test_nothing_is_asked_before_it_is_wanted(self, colour: Any):
        """Making a pager would cost a call."""
        source = Source(colour, [1], [2])
        source.pager()
        assert source.asked == []
        assert await walk(source.pager(), [], 1) == [1]
        assert source.asked == [None]

    async def test_context_manager(self, colour: Any):
        """A pager could not be used in a `with` block, or would swallow an error in it."""
        source = Source(colour, [1], [2])
        if colour.name == "async":
            async with source.pager() as pager:
                assert [item async for item in pager] == [1, 2]
            with pytest.raises(KeyError):
                async with source.pager():
                    raise KeyError
        else:
            with source.pager() as pager:
                assert list(pager) == [1, 2]
            with pytest.raises(KeyError), source.pager():
                raise KeyError

    async def test_an_error_ends_the_list(self, colour: Any):
        """A page that could not be read would look like the end of the list."""
        source = Source(colour, [1], [2], [3])
        source.failing["1"] = ServerError("m", status=503)
        with pytest.raises(ServerError) as caught:
            await colour.call(source.pager().collect)
        assert caught.value is source.failing["1"]
        with pytest.raises(ServerError):
            await colour.items(source.pager())
        assert await colour.call(source.pager().first) == 1
        source.failing.clear()
        assert await colour.items(source.pager()) == [1, 2, 3]


def test_page_is_a_value():
    """A page could be changed under somebody's hands."""
    page = Page(items=[1], next_cursor="c")
    assert page == Page(items=[1], next_cursor="c")
    assert Page(items=[1]).next_cursor is None
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        page.next_cursor = None  # type: ignore[misc]
