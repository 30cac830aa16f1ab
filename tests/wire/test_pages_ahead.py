"""Pages ahead: when the next page of a list is asked for, as the server sees it, in both colours."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fivetran_async import Budget
from fivetran_async.errors import ApiError, NotFoundError

ITEMS = 4
PAGES = 4


class Listing:
    """A list of groups, four on a page; pages wait where they are held, and the server says what it was asked for."""

    def __init__(self, serve: Callable[..., Any]) -> None:
        self.asked: list[int] = []
        self.holding: dict[int, threading.Event] = {}
        self.refused: set[int] = set()
        self._come = threading.Condition()
        self.server = serve(self._answer)

    async def _answer(self, exchange: Any) -> None:
        query = parse_qs(urlsplit(exchange.request.target).query)
        place = int(query.get("cursor", ["0"])[0])
        with self._come:
            self.asked.append(place)
            self._come.notify_all()
        held = self.holding.get(place)
        while held is not None and not held.is_set() and not exchange.stopped.is_set():  # noqa: ASYNC110 - in a thread
            await asyncio.sleep(0.002)
        if place in self.refused:
            await exchange.reply(404, b'{"code":"NotFound","message":"gone"}')
            return
        items = ",".join(f'{{"id":"g{place}_{number}","name":"n"}}' for number in range(ITEMS))
        cursor = f'"{place + 1}"' if place + 1 < PAGES else "null"
        await exchange.reply(body=f'{{"data":{{"items":[{items}],"next_cursor":{cursor}}}}}'.encode())

    def hold(self, place: int) -> threading.Event:
        """Answer a page only when the event that is returned is set."""
        self.holding[place] = threading.Event()
        return self.holding[place]

    def seen(self, place: int) -> bool:
        """Block, as a consumer does that never waits, until a page has been asked for; return whether it ever was."""
        with self._come:
            return self._come.wait_for(lambda: place in self.asked, 5)


@pytest.fixture
def listing(serve: Callable[..., Any]) -> Listing:
    """A list on a server."""
    return Listing(serve)


async def take(pager: Any, each: Callable[[int, Any], bool | None]) -> int:
    """Iterate over a pager in its own way, call a function with each number and item, leave when it says so."""
    number = 0
    if hasattr(pager, "__aiter__"):
        async for item in pager:
            if each(number, item):
                break
            number += 1
    else:
        for item in pager:
            if each(number, item):
                break
            number += 1
    return number


async def until(true: Callable[[], bool]) -> None:
    """Wait, but not for ever, until something is so."""
    for _ in range(2000):
        if true():
            return
        await asyncio.sleep(0.002)
    pytest.fail("it never was")


async def test_the_next_page_is_on_its_way_before_a_page_is_handed_out(
    colour: Any, connect: Callable[..., Any], listing: Listing
) -> None:
    """A consumer that is busy would keep the next request from the wire, and read-ahead gain nothing."""
    ft = connect(listing.server.url)

    def busy(number: int, _: Any) -> None:
        page, place = divmod(number, ITEMS)
        if page == 0 and place < ITEMS // 2:
            assert listing.asked == [0]
        elif page + 1 < PAGES:
            # No `await` here: what is not on the wire by now will not be, in the loop of an asyncio client.
            assert listing.seen(page + 1)
            assert listing.asked == [*range(page + 2)]

    assert await take(ft.groups.list(), busy) == PAGES * ITEMS
    assert listing.asked == [*range(PAGES)]


async def test_the_first_item_does_not_wait_for_the_second_page(
    colour: Any, connect: Callable[..., Any], listing: Listing
) -> None:
    """A page that is there would be held back until the next one has come."""
    held = listing.hold(1)
    ft = connect(listing.server.url)

    def let_go(number: int, _: Any) -> None:
        if number == ITEMS - 1:
            assert listing.seen(1)
            held.set()

    assert await take(ft.groups.list(), let_go) == PAGES * ITEMS


@pytest.mark.parametrize(("taken", "calls"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3)])
async def test_a_loop_that_is_left_asks_for_no_more_than_it_began(
    colour: Any, connect: Callable[..., Any], listing: Listing, taken: int, calls: int
) -> None:
    """Leaving a loop would cost calls for pages that nobody wants, or leave one under way."""
    if calls > 1:
        listing.hold(calls - 1)
    ft = connect(listing.server.url)

    def leave(number: int, _: Any) -> bool:
        return number + 1 == taken and listing.seen(calls - 1)

    assert await take(ft.groups.list(), leave) == taken - 1
    # The generator of a loop that was left is closed by the event loop, soon.
    await until(lambda: not ft.budget.in_flight)
    assert not [task for task in asyncio.all_tasks() if "Walk" in repr(task)]
    assert listing.asked == [*range(calls)]


async def test_a_context_manager_cancels_the_page_ahead(
    colour: Any, connect: Callable[..., Any], listing: Listing
) -> None:
    """A call would go on behind the end of the block that it was made in."""
    listing.hold(1)
    ft = connect(listing.server.url)
    if colour.name == "async":
        async with ft.groups.list() as pager:
            items = aiter(pager)
            for _ in range(3):
                await anext(items)
            assert ft.budget.in_flight == 1
        assert ft.budget.in_flight == 0
        await items.aclose()
    else:
        with ft.groups.list() as pager:
            items = iter(pager)
            for _ in range(3):
                next(items)
            assert listing.seen(1)
        assert ft.budget.in_flight == 0
        items.close()


async def test_one_page_and_the_first_item_cost_one_call(
    colour: Any, connect: Callable[..., Any], listing: Listing
) -> None:
    """A caller who pages by hand, or looks for one thing, would pay for pages that nobody asked for."""
    ft = connect(listing.server.url)
    page = await colour.call(ft.groups.list().page)
    assert [group.id for group in page.items] == [f"g0_{number}" for number in range(ITEMS)]
    assert (await colour.call(ft.groups.list().first)).id == "g0_0"
    await asyncio.sleep(0.02)
    assert listing.asked == [0, 0]


@pytest.mark.parametrize(("limit", "calls"), [(1, 1), (4, 1), (5, 2), (8, 2), (9, 3), (None, 4)])
async def test_nothing_is_asked_for_beyond_a_limit(
    colour: Any, connect: Callable[..., Any], listing: Listing, limit: int | None, calls: int
) -> None:
    """A limit would cost a call for a page beyond it."""
    ft = connect(listing.server.url)
    found = await colour.call(ft.groups.list().collect, limit)
    assert len(found) == (PAGES * ITEMS if limit is None else limit)
    await asyncio.sleep(0.02)
    assert listing.asked == [*range(calls)]


async def test_whole_pages_are_ahead_from_the_second_on(
    colour: Any, connect: Callable[..., Any], listing: Listing
) -> None:
    """Somebody who takes whole pages would wait for each, or pay for a second one that he did not want."""
    ft = connect(listing.server.url)

    def look(number: int, page: Any) -> None:
        assert isinstance(page.items, list)
        if number == 0:
            assert listing.asked == [0]
        elif number + 1 < PAGES:
            assert listing.seen(number + 1)

    assert await take(ft.groups.list().pages(), look) == PAGES


async def test_an_error_of_the_page_ahead_comes_when_its_items_are_due(
    colour: Any, connect: Callable[..., Any], listing: Listing
) -> None:
    """An error of a page that is not wanted yet would cost the items before it, or not say where to go on."""
    listing.refused.add(2)
    ft = connect(listing.server.url)
    seen: list[str] = []
    with pytest.raises(NotFoundError) as caught:
        await take(ft.groups.list(), lambda _, item: seen.append(item.id))
    assert len(seen) == 2 * ITEMS
    assert caught.value.resume_cursor == "2"
    with pytest.raises(ApiError) as collected:
        await colour.call(ft.groups.list().collect)
    assert collected.value.partial is not None
    assert len(collected.value.partial) == 2 * ITEMS
    assert ft.budget.in_flight == 0


async def test_a_page_ahead_that_the_budget_holds_back_does_not_hold_up_this_one(
    aconnect: Callable[..., Any], listing: Listing
) -> None:
    """A slot that others have, or a gate that is closed, would keep items back that have come."""
    held = listing.hold(3)
    ft = aconnect(listing.server.url, budget=Budget(concurrency=1))
    others: list[asyncio.Future[Any]] = []
    seen = 0
    async for _ in ft.groups.list():
        seen += 1
        if seen == 1:
            others.append(asyncio.ensure_future(ft.groups.list(cursor="3").page()))
            await until(lambda: 3 in listing.asked)
        elif seen == ITEMS:
            assert 1 not in listing.asked
            held.set()
    assert seen == PAGES * ITEMS
    assert len((await others[0]).items) == ITEMS


async def test_cancelling_the_consumer_cancels_the_page_ahead(aconnect: Callable[..., Any], listing: Listing) -> None:
    """A consumer that is cancelled while it waits for a page would leave the call for it behind."""
    listing.hold(1)
    ft = aconnect(listing.server.url)
    consumer = asyncio.ensure_future(take(ft.groups.list(), lambda *_: None))
    await until(lambda: 1 in listing.asked)
    consumer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consumer
    assert ft.budget.in_flight == 0
