"""The deadline of a whole list and of a whole map: what it ends, and which waits it does not even begin."""

from __future__ import annotations

import time

import pytest

from fivetran_async.errors import DeadlineExceededError, RateLimitedError, ServerError
from fivetran_async.retry import RetryPolicy

MINUTE = {"Retry-After": "60"}


@pytest.fixture
def ids(box) -> list[str]:
    """The ids of all connections."""
    return list(box.account.connections)


def own(colour, ft):
    """Return a function of the user's own that makes a call for one connection."""

    async def service(connection):
        return (await ft.connections.get(getattr(connection, "id", connection))).service

    def blocking(connection):
        return ft.connections.get(getattr(connection, "id", connection)).service

    return service if colour.name == "async" else blocking


async def test_a_page_that_does_not_come(colour, connect, serve):
    """A list would hang for as long as its slowest page, or leave the call behind."""

    async def behave(exchange):
        if "cursor=second" in exchange.request.target:
            await exchange.stall()
        else:
            await exchange.reply(200, b'{"data": {"items": [{"id": "a"}, {"id": "b"}], "next_cursor": "second"}}')

    ft = connect(serve(behave).url)
    with pytest.raises(DeadlineExceededError, match=r"deadline of 0\.3 s for the whole list") as caught:
        await colour.call(ft.groups.list().with_deadline(0.3).collect)
    assert [group.id for group in caught.value.partial] == ["a", "b"]
    assert caught.value.resume_cursor == "second"
    assert ft.budget.in_flight == 0


async def test_the_deadline_of_a_call_is_for_each_page(colour, connect, serve, clock):
    """A long list could not be read by a client whose calls have a deadline."""

    async def behave(exchange):
        clock.advance(4)
        following = b"null" if exchange.number == 3 else b'"%d"' % exchange.number
        await exchange.reply(200, b'{"data": {"items": [{"id": "a"}], "next_cursor": %s}}' % following)

    ft = connect(serve(behave).url, deadline=5)
    assert len(await colour.items(ft.groups.list())) == 3


async def test_a_wait_that_does_not_fit_into_a_list(colour, connect, box, clock):
    """A list would sleep towards a deadline that it cannot meet, and not say how long the API asked for."""
    ft = connect(box.url)
    box.faults.script("GET", "/v1/connections", status=429, headers=MINUTE, skip=2)
    with pytest.raises(RateLimitedError) as caught:
        await colour.call(ft.connections.list(page_size=20).with_deadline(5).collect)
    assert (caught.value.retry_after, caught.value.sent) == (60, True)
    assert (len(caught.value.partial), box.calls, clock.sleeps) == (40, 3, [])
    rest = await colour.items(ft.connections.list(page_size=20, cursor=caught.value.resume_cursor))
    assert (len(rest), clock.sleeps) == (20, [60])


async def test_a_gate_that_does_not_open_in_time_for_a_list(colour, connect, box, clock):
    """A list would wait at a gate that opens after its deadline."""
    ft = connect(box.url, retry=RetryPolicy(attempts=1))
    box.faults.script("GET", "/v1/account/info", status=429, headers=MINUTE)
    with pytest.raises(RateLimitedError):
        await colour.call(ft.account.info)
    with pytest.raises(RateLimitedError) as caught:
        await colour.call(ft.groups.list().with_deadline(5).first)
    assert (caught.value.retry_after, caught.value.sent) == (60, False)
    assert (box.calls, clock.sleeps) == (1, [])


async def test_a_wait_that_fits_into_a_list(colour, connect, box, clock):
    """A list would be given up although it had the time."""
    ft = connect(box.url)
    box.faults.script("GET", "/v1/connections", status=429, headers=MINUTE, skip=1)
    assert len(await colour.call(ft.connections.list(page_size=20).with_deadline(90).collect)) == 60
    assert (box.calls, clock.sleeps) == (4, [60])


@pytest.mark.parametrize("bound", [True, False])
async def test_a_wait_that_does_not_fit_into_a_map(colour, connect, box, clock, ids, bound):
    """A map would sleep towards a deadline that it cannot meet, or refuse its items one by one."""
    ft = connect(box.url)
    fn = ft.connections.get if bound else own(colour, ft)
    box.faults.script("GET", f"/v1/connections/{ids[3]}", status=429, headers=MINUTE)
    began = time.monotonic()
    with pytest.raises(RateLimitedError) as caught:
        await colour.call(ft.map(fn, ids, concurrency=1, deadline=20).collect)
    assert time.monotonic() - began < 10
    assert caught.value.retry_after == 60
    # The one after it may have been taken up by then, and was held back.
    partial = caught.value.partial
    assert [result.ok for result in partial[:4]] == [True, True, True, False]
    assert not any(result.ok for result in partial[4:])
    assert (box.calls, clock.sleeps) == (4, [])


async def test_a_wait_that_fits_into_a_map(colour, connect, box, clock, ids):
    """A map would be given up although it had the time."""
    ft = connect(box.url)
    box.faults.script("GET", f"/v1/connections/{ids[3]}", status=429, headers=MINUTE)
    results = await colour.call(ft.map(ft.connections.get, ids[:10], concurrency=1, deadline=90).collect)
    assert all(result.ok for result in results)
    assert clock.sleeps == [60]


@pytest.mark.parametrize(("status", "wait", "error"), [(429, "2", RateLimitedError), (503, "60", ServerError)])
async def test_a_wait_of_one_item_does_not_end_a_map(colour, connect, box, clock, ids, status, wait, error):
    """A fault of one item, or a moment's rate, would end the reading of all others."""
    ft = connect(box.url)
    box.faults.script("GET", f"/v1/connections/{ids[0]}", status=status, headers={"Retry-After": wait})
    results = await colour.call(ft.map(ft.connections.get, ids[:5], concurrency=1, deadline=1.9).collect)
    assert [type(result.error) for result in results] == [error] + [type(None)] * 4
    assert clock.sleeps == []


async def test_a_list_as_the_items_of_a_map(colour, connect, box, clock):
    """The pages that a map reads would wait for longer than the map may take."""
    ft = connect(box.url)
    box.faults.script("GET", "/v1/connections", status=429, headers=MINUTE, skip=1)
    with pytest.raises(RateLimitedError) as caught:
        await colour.call(ft.map(own(colour, ft), ft.connections.list(page_size=20), deadline=20).collect)
    assert caught.value.retry_after == 60
    # Where the first answers are slow, calls wait a moment for them.
    assert all(seconds < 1 for seconds in clock.sleeps)


async def test_the_deadline_ends_with_the_map(colour, connect, box, clock, ids):
    """Calls after a map would be bound by the deadline of the map."""
    ft = connect(box.url)
    await colour.call(ft.map(ft.connections.get, ids[:3], deadline=20).collect)
    box.faults.script("GET", "/v1/account/info", status=429, headers=MINUTE)
    await colour.call(ft.account.info)
    assert clock.sleeps == [60]
