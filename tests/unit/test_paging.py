"""The pager, in both colours, over fetch functions of the test's own."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest

from fivetran_async import _deadline
from fivetran_async.errors import (
    ArgumentError,
    ConfigError,
    DeadlineExceededError,
    PaginationError,
    ServerError,
)
from fivetran_async.paging import Page


class Source:
    """A list in pages, at the cursors None, "1", "2" ...; it counts what it is asked for."""

    def __init__(self, colour: Any, *pages: list[int], cursors: list[Any] | None = None, end: Any = None) -> None:
        self.colour = colour
        self.contents = pages
        # What each page says about the next one.
        self.cursors = cursors or [*(str(number) for number in range(1, len(pages))), end]
        self.asked: list[str | None] = []
        self.failing: dict[str | None, Exception] = {}

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


async def walk(pager: Any, items: list[Any], count: int | None = None, pause: float = 0.0) -> list[Any]:
    """Iterate over a pager in its own way, note each item, take a while over it, and leave the loop after so many."""
    if hasattr(pager, "__aiter__"):
        async for item in pager:
            items.append(item)
            if len(items) == count:
                break
            await asyncio.sleep(pause)
    else:
        for item in pager:
            items.append(item)
            if len(items) == count:
                break
            time.sleep(pause)  # noqa: ASYNC251 - a plain loop, over a client with a loop elsewhere
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


class Slow(Source):
    """A list whose page at one cursor does not come; it notes what is left for each page, and what is cancelled."""

    def __init__(self, colour: Any, *pages: list[int], stalls_at: str | None = "never") -> None:
        super().__init__(colour, *pages)
        self.stalls_at = stalls_at
        self.left: list[float | None] = []
        self.cancelled: list[str | None] = []
        self.released = threading.Event()

    def _fetch(self, cursor: str | None) -> Page[int]:
        page = super()._fetch(cursor)
        self.left.append(_deadline.left())
        if cursor == self.stalls_at:
            self.released.wait(30)
        return page

    async def _fetch_async(self, cursor: str | None) -> Page[int]:
        page = super()._fetch(cursor)
        self.left.append(_deadline.left())
        if cursor == self.stalls_at:
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                self.cancelled.append(cursor)
                raise
        return page


@pytest.fixture
def slow(colour: Any) -> Iterator[Callable[..., Slow]]:
    """Make slow lists, whose threads end with the test."""
    made: list[Slow] = []

    def make(*pages: list[int], **options: Any) -> Slow:
        made.append(Slow(colour, *pages, **options))
        return made[-1]

    yield make
    for source in made:
        source.released.set()


OVER = r"the deadline of 0\.3 s for the whole list has passed"


class TestDeadline:
    async def test_a_page_that_does_not_come(self, colour: Any, slow: Callable[..., Slow]):
        """A list would have no end, or its call go on behind the error, or what it had be lost."""
        source = slow([1, 2], [3], stalls_at="1")
        with pytest.raises(DeadlineExceededError, match=OVER) as caught:
            await colour.call(source.pager().with_deadline(0.3).collect)
        assert (caught.value.partial, caught.value.resume_cursor) == ((1, 2), "1")
        assert source.asked == [None, "1"]
        assert source.cancelled == (["1"] if colour.name == "async" else [])

    async def test_iteration(self, colour: Any, slow: Callable[..., Slow]):
        """A loop would not end, or could not be gone on with."""
        source = slow([1, 2], [3], stalls_at="1")
        seen: list[int] = []
        with pytest.raises(DeadlineExceededError, match=OVER) as caught:
            await walk(source.pager().with_deadline(0.3), seen)
        assert (seen, caught.value.partial, caught.value.resume_cursor) == ([1, 2], (), "1")
        source.stalls_at = "never"
        assert await colour.items(source.pager(caught.value.resume_cursor).with_deadline(30)) == [3]

    @pytest.mark.parametrize("method", ["first", "page"])
    async def test_a_single_item_or_page(self, colour: Any, slow: Callable[..., Slow], method: str):
        """A deadline would be forgotten by whoever wants no more than the beginning."""
        source = slow([1], stalls_at=None)
        with pytest.raises(DeadlineExceededError, match=OVER) as caught:
            await colour.call(getattr(source.pager().with_deadline(0.3), method))
        assert caught.value.resume_cursor is None

    async def test_whole_pages(self, colour: Any, slow: Callable[..., Slow]):
        """A deadline would bound the items alone."""
        source = slow([1], stalls_at=None)
        with pytest.raises(DeadlineExceededError, match=OVER):
            await colour.pages(source.pager().with_deadline(0.3))

    async def test_what_is_done_between_the_pages_counts(self, colour: Any):
        """A job that works on each page would take as long as it likes, and pages be paid for after the end."""
        source = Source(colour, [1, 2], [3])
        seen: list[int] = []
        with pytest.raises(DeadlineExceededError, match=OVER) as caught:
            await walk(source.pager().with_deadline(0.3), seen, pause=0.2)
        # The second item had come when the time was over.
        assert (seen, source.asked, caught.value.resume_cursor) == ([1, 2], [None], "1")

    async def test_a_list_that_has_come_whole(self, colour: Any):
        """Items that had come in time would be thrown away."""
        pager = Source(colour, [1, 2]).pager().with_deadline(0.3)
        iterator = aiter(pager) if colour.name == "async" else iter(pager)
        step = iterator.__anext__ if colour.name == "async" else iterator.__next__
        assert await colour.call(step) == 1
        await asyncio.sleep(0.35)
        assert await colour.call(step) == 2
        with pytest.raises(StopAsyncIteration if colour.name == "async" else StopIteration):
            step() if colour.name == "sync" else await step()

    async def test_it_begins_with_each_iteration(self, colour: Any):
        """A pager that is kept would be of no use after a while."""
        pager = Source(colour, [1], [2]).pager().with_deadline(0.5)
        assert await colour.items(pager) == [1, 2]
        await asyncio.sleep(0.55)
        assert await colour.items(pager) == [1, 2]
        assert await colour.call(pager.collect) == [1, 2]

    async def test_it_is_another_pager(self, colour: Any, slow: Callable[..., Slow]):
        """The pager it was made from would be bounded as well, or the new one begin elsewhere."""
        source = slow([1], [2], [3])
        pager = source.pager("1")
        bounded = pager.with_deadline(30)
        assert type(bounded) is type(pager)
        assert await colour.items(bounded) == [2, 3]
        assert await colour.items(pager) == [2, 3]
        assert await colour.items(bounded.with_deadline(None)) == [2, 3]
        assert [left is not None for left in source.left] == [True, True, False, False, False, False]

    @pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), True, "5"])
    async def test_a_deadline_that_is_none(self, colour: Any, seconds: Any):
        """A list would be unbounded, or end before it begins."""
        with pytest.raises(ConfigError, match="deadline must be a number of seconds above 0"):
            Source(colour, [1]).pager().with_deadline(seconds)

    async def test_a_time_out_of_the_functions_own(self, colour: Any):
        """An error of the function would be taken for the end of the deadline."""
        source = Source(colour, [1])
        source.failing[None] = TimeoutError("mine")
        with pytest.raises(TimeoutError, match="mine"):
            await colour.call(source.pager().with_deadline(30).collect)

    async def test_its_pages_know_what_is_left(self, colour: Any, slow: Callable[..., Slow]):
        """The call for a page could not know which wait fits; or other calls would take the deadline for theirs."""
        source = slow([1], [2])
        pager = source.pager().with_deadline(30)
        outside: list[float | None] = []
        if colour.name == "async":
            outside.extend([_deadline.left() async for _ in pager])
        else:
            outside.extend(_deadline.left() for _ in pager)
        assert all(left is not None and 20 < left <= 30 for left in source.left)
        assert outside == [None, None]
        with _deadline.Deadline(10, "map").known():
            await colour.items(pager)
        assert all(left is not None and 5 < left <= 10 for left in source.left[2:])
        with _deadline.Deadline(60, "map").known():
            await colour.items(pager)
        assert all(left is not None and 20 < left <= 30 for left in source.left[4:])
        assert _deadline.left() is None


def test_page_is_a_value():
    """A page could be changed under somebody's hands."""
    page = Page(items=[1], next_cursor="c")
    assert page == Page(items=[1], next_cursor="c")
    assert Page(items=[1]).next_cursor is None
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        page.next_cursor = None  # type: ignore[misc]
