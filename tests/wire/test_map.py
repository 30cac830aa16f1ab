"""One function over many items, in both colours."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from fivetran_async.errors import (
    ArgumentError,
    ClosedError,
    DeadlineExceededError,
    NotFoundError,
    ServerError,
    UnauthorizedError,
)


@pytest.fixture
def ids(box) -> list[str]:
    """The ids of all connections."""
    return list(box.account.connections)


def working(colour) -> int:
    """Return how many tasks or calls of a map are still under way."""
    if colour.name == "async":
        return sum("Map._work" in repr(task) for task in asyncio.all_tasks())
    return 0


async def test_every_item_once(colour, ft, box, ids):
    """An item would be left out, or cost two calls."""
    results = await colour.items(ft.map(ft.connections.get, ids))
    assert sorted(result.item for result in results) == sorted(ids)
    assert all(result.ok and result.value.id == result.item == ids[result.index] for result in results)
    assert box.calls == len(ids)


async def test_in_the_order_of_the_items(colour, ft, ids):
    """Results could not be laid beside their items."""
    results = await colour.call(ft.map(ft.connections.get, ids, concurrency=7).collect)
    assert [result.item for result in results] == ids
    assert [result.index for result in results] == list(range(len(ids)))


async def test_a_failure_is_one_result(colour, ft, ids):
    """One connection that is gone would end the reading of all others."""
    results = await colour.call(ft.map(ft.connections.get, ["nope", *ids[:5]]).collect)
    assert isinstance(results[0].error, NotFoundError)
    assert not results[0].ok
    with pytest.raises(NotFoundError):
        results[0].unwrap()
    assert [result.unwrap().id for result in results[1:]] == ids[:5]


async def test_a_401_ends_it_and_what_was_read_is_kept(colour, ft, box, ids):
    """A key that was revoked would be refused five thousand times, or what came before be lost."""
    box.faults.script("GET", f"/v1/connections/{ids[10]}", status=401)
    with pytest.raises(UnauthorizedError) as caught:
        await colour.call(ft.map(ft.connections.get, ids, concurrency=2).collect)
    read = [result for result in caught.value.partial if result.ok]
    assert 8 <= len(read) <= 12
    assert box.calls < 20


async def test_other_errors_that_end_it(colour, ft, box, ids):
    """Whoever wants to stop at the first fault could not."""
    box.faults.script("GET", f"/v1/connections/{ids[0]}", status=501)
    with pytest.raises(ServerError):
        await colour.call(ft.map(ft.connections.get, ids, concurrency=1, stop_on=(ServerError,)).collect)
    assert box.calls <= 3


async def test_leaving_the_loop_ends_what_runs(colour, ft, box, ids):
    """Calls would go on that nobody waits for."""
    if colour.name == "async":
        async for _ in ft.map(ft.connections.get, ids, concurrency=3):
            break
    else:
        for _ in ft.map(ft.connections.get, ids, concurrency=3):
            break
    # What was on its way has arrived by then.
    await asyncio.sleep(0.1)
    made = box.calls
    await asyncio.sleep(0.1)
    assert box.calls == made < 15
    assert working(colour) == 0


async def test_it_is_bounded(colour, ft, ids):
    """More would run at once than the caller allowed."""
    running, most, lock = [0], [0], threading.Lock()

    def count(step: int) -> None:
        with lock:
            running[0] += step
            most[0] = max(most[0], running[0])

    async def slowly(item):
        count(1)
        await asyncio.sleep(0.01)
        count(-1)

    def blocking(item):
        count(1)
        time.sleep(0.01)
        count(-1)

    await colour.items(ft.map(slowly if colour.name == "async" else blocking, ids[:20], concurrency=4))
    assert most[0] == 4


async def test_a_pager_as_items(colour, ft, box, ids):
    """A list would have to be read whole before its items are looked at."""
    seen = []

    async def service(connection):
        return (await ft.connections.get(connection.id)).service

    def blocking(connection):
        return ft.connections.get(connection.id).service

    pager = ft.connections.list(page_size=10)
    async_or_not = service if colour.name == "async" else blocking
    results = await colour.call(ft.map(async_or_not, pager, on_progress=seen.append).collect)
    assert len(results) == len(ids)
    assert all(result.value for result in results)
    assert seen == list(range(1, len(ids) + 1))


async def test_items_that_break(colour, ft, ids):
    """What is wrong with the items would look like their end."""

    def items():
        yield from ids[:3]
        raise RuntimeError("the items broke")

    with pytest.raises(RuntimeError, match="the items broke"):
        await colour.items(ft.map(ft.connections.get, items()))


async def test_a_deadline_for_all_of_it(colour, ft):
    """A map over items that take too long would have no end."""

    async def slowly(item):
        await asyncio.sleep(0.05)

    def blocking(item):
        time.sleep(0.05)

    with pytest.raises(DeadlineExceededError, match=r"deadline of 0\.12 s for the whole map") as caught:
        await colour.call(
            ft.map(slowly if colour.name == "async" else blocking, range(100), concurrency=1, deadline=0.12).collect
        )
    assert 1 <= len(caught.value.partial) <= 3


async def test_a_closed_client_ends_it(colour, ft, ids):
    """Every item would be told that the client is closed."""
    await colour.call(ft.close)
    with pytest.raises(ClosedError):
        await colour.call(ft.map(ft.connections.get, ids).collect)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"concurrency": 0}, "concurrency"),
        ({"concurrency": True}, "concurrency"),
        ({"items": "an_id"}, "items must be a list"),
        ({"items": 5}, "items must be a list"),
        ({"fn": None}, "fn must be a function"),
    ],
)
async def test_what_cannot_be_mapped(colour, ft, arguments, named):
    """The letters of an id would be taken for ids, or nothing run at all."""
    given = {"fn": ft.connections.get, "items": ["a"], **arguments}
    with pytest.raises(ArgumentError, match=named):
        ft.map(given.pop("fn"), given.pop("items"), **given)


async def test_it_is_iterated_once(colour, ft, ids):
    """The second loop would find no items and look like an empty list."""
    results = ft.map(ft.connections.get, ids[:3])
    await colour.items(results)
    with pytest.raises(ArgumentError, match="once"):
        await colour.items(results)


async def test_as_a_context_manager(colour, ft, ids):
    """Leaving would not wait for the end of what runs."""
    if colour.name == "async":
        async with ft.map(ft.connections.get, ids, concurrency=2) as results:
            async for _ in results:
                break
    else:
        with ft.map(ft.connections.get, ids, concurrency=2) as results:
            for _ in results:
                break
    assert working(colour) == 0


async def test_a_list_that_breaks_off_keeps_what_it_had(colour, connect, serve):
    """Fifty pages would be lost for the fifty-first, and have to be read again."""

    async def behave(exchange):
        if "cursor=second" not in exchange.request.target:
            await exchange.reply(200, b'{"data": {"items": [{"id": "a"}, {"id": "b"}], "next_cursor": "second"}}')
        elif exchange.number == 2:
            await exchange.reply(501, b"{}")
        else:
            await exchange.reply(200, b'{"data": {"items": [{"id": "c"}]}}')

    ft = connect(serve(behave).url)
    with pytest.raises(ServerError) as caught:
        await colour.call(ft.groups.list().collect)
    assert [item.id for item in caught.value.partial] == ["a", "b"]
    rest = await colour.items(ft.groups.list(cursor=caught.value.resume_cursor))
    assert [item.id for item in rest] == ["c"]
