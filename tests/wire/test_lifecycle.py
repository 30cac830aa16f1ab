"""Opening, closing, event loops, and the views that `with_options` makes."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest

import fivetran_async
import fivetran_sync
from fivetran_async.budget import Budget
from fivetran_async.errors import ClosedError, ConfigError, ReadOnlyError, ServerError, WrongLoopError
from fivetran_async.retry import RetryPolicy

pytestmark = pytest.mark.usefixtures("way")


async def test_use_after_close(colour, connect, box):
    """A closed client would open a second session that nobody closes, or send."""
    client = connect(box.url)
    await colour.call(client.account.info)
    assert client.closed is False
    await colour.call(client.close)
    assert client.closed is True
    with pytest.raises(ClosedError, match="make a new one"):
        await colour.call(client.account.info)
    with pytest.raises(ClosedError):
        await colour.items(client.groups.list())
    assert box.calls == 1


async def test_close_before_use(colour, connect, box):
    """Closing a client that was never used would fail, or not close it."""
    client = connect(box.url)
    await colour.call(client.close)
    with pytest.raises(ClosedError):
        await colour.call(client.account.info)
    assert box.calls == 0


async def test_close_twice(colour, connect, box):
    """A second close would raise."""
    client = connect(box.url)
    await colour.call(client.account.info)
    await colour.call(client.close)
    await colour.call(client.close)
    assert client.closed


async def test_closes_at_once_together(aconnect, box):
    """Two tasks that close the same client would trip over each other."""
    client = aconnect(box.url)
    await client.account.info()
    await asyncio.gather(client.close(), client.close(), client.close())
    assert client.closed


async def test_with_block(colour, box):
    """A `with` block would leave its client open."""
    client = colour.client(box)
    if colour.name == "async":
        async with client as entered:
            assert (await entered.account.info()).account_id
    else:
        with client as entered:
            assert entered.account.info().account_id
    assert entered is client
    assert client.closed


async def test_with_block_after_an_error(colour, box):
    """An error in a `with` block would be swallowed, or leave the client open."""
    client = colour.client(box)
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the block is what is tested
        if colour.name == "async":
            async with client:
                await client.account.info()
                raise ZeroDivisionError
        with client:
            client.account.info()
            raise ZeroDivisionError
    assert client.closed


async def test_closed_in_a_with_block(colour, box):
    """Entering a closed client would open it again."""
    client = colour.client(box)
    await colour.call(client.close)
    with pytest.raises(ClosedError):  # noqa: PT012 - the block is what is tested
        if colour.name == "async":
            async with client:
                pass
        with client:
            pass


async def test_close_during_a_call(aconnect, serve):
    """A call under way would hang, or raise an error of aiohttp, when its client is closed."""
    server = serve(lambda exchange: exchange.stall())
    client = aconnect(server.url)
    calls = [asyncio.create_task(client.account.info()) for _ in range(3)]
    await server.until(3)
    await client.close()
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(error) for error in errors] == [ClosedError] * 3
    assert len(server.requests) == 3
    assert client.budget.in_flight == 0


def test_close_during_a_call_of_another_thread(serve):
    """A thread would wait without end for a client that another thread closed."""
    server = serve(lambda exchange: exchange.stall())
    client = fivetran_sync.Fivetran("key", "secret", base_url=server.url)
    errors = []
    arrived = threading.Event()
    server._behave = lambda exchange: (arrived.set(), exchange.stall())[1]

    def call() -> None:
        try:
            client.account.info()
        except ClosedError as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    assert arrived.wait(10)
    client.close()
    thread.join(10)
    assert not thread.is_alive()
    assert len(errors) == 1


async def test_close_while_a_name_is_looked_up(aconnect, monkeypatch):
    """Closing while a name is looked up would cancel the caller's task instead of raising."""
    asked = asyncio.Event()

    async def resolve(*_args, **_options):
        asked.set()
        await asyncio.sleep(60)

    monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", resolve)
    monkeypatch.setattr("aiohttp.resolver.DefaultResolver.resolve", resolve)
    client = aconnect("http://fivetran.test", trust_env=False)
    calls = [asyncio.create_task(client.account.info()) for _ in range(2)]
    await asked.wait()
    await client.close()
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(error) for error in errors] == [ClosedError] * 2
    assert client.budget.in_flight == 0


async def test_close_while_connecting(aconnect, monkeypatch, box):
    """Closing while a connection is made would leave the call hanging, or cancel the caller's task."""
    asked, go_on = asyncio.Event(), asyncio.Event()
    import aiohappyeyeballs  # noqa: PLC0415 - aiohttp's own

    start = aiohappyeyeballs.start_connection

    async def slowly(*args, **options):
        asked.set()
        await go_on.wait()
        return await start(*args, **options)

    monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", slowly)
    client = aconnect(box.url)
    call = asyncio.create_task(client.account.info())
    await asked.wait()
    await client.close()
    go_on.set()
    with pytest.raises(ClosedError):
        await call
    # Another call, so that the server has taken in both connections before it ends.
    assert (await aconnect(box.url).account.info()).account_id
    assert box.calls == 1


async def test_close_during_a_pause(aconnect, box, held_clock):
    """A call that pauses before its next attempt would go on with a client that was closed."""
    client = aconnect(box.url, clock=held_clock)
    box.faults.script("GET", "/v1/account/info", status=503)
    call = asyncio.create_task(client.account.info())
    await held_clock.until_asleep(1)
    await client.close()
    held_clock.advance(60)
    with pytest.raises(ClosedError) as caught:
        await call
    assert [attempt.status for attempt in caught.value.attempts] == [503, None]
    assert box.calls == 1


async def test_close_cancelled_caller_stays_cancelled(aconnect, serve):
    """A task that was cancelled would get `ClosedError` instead, and go on."""
    server = serve(lambda exchange: exchange.stall())
    client = aconnect(server.url)
    call = asyncio.create_task(client.account.info())
    await server.until(1)
    call.cancel()
    await client.close()
    await asyncio.gather(call, return_exceptions=True)
    assert call.cancelled()


# Event loops


def test_made_without_a_loop(box):
    """A client could not be made at the top of a module."""
    client = fivetran_async.Fivetran(box.api_key, box.api_secret, base_url=box.url)

    async def main():
        async with client as ft:
            return await ft.account.info()

    assert asyncio.run(main()).account_id


def test_second_loop(box):
    """A client would hang or fail inside aiohttp when it is used from a second loop."""
    client = fivetran_async.Fivetran(box.api_key, box.api_secret, base_url=box.url)

    async def other():
        with pytest.raises(WrongLoopError, match="fivetran_sync") as caught:
            await client.account.info()
        assert "one client in each loop" in str(caught.value)

    async def main():
        await client.account.info()
        await asyncio.to_thread(asyncio.run, other())
        assert (await client.account.info()).account_id
        await client.close()

    asyncio.run(main())
    assert box.calls == 2


# A loop that ends under open connections leaves them to the collector, which says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_closed_in_a_second_loop(box):
    """A client that outlived its loop could not be closed without an error."""
    client = fivetran_async.Fivetran(box.api_key, box.api_secret, base_url=box.url)

    async def use():
        await client.account.info()

    asyncio.run(use())
    asyncio.run(client.close())
    assert client.closed
    gc.collect()


def test_closed_in_a_second_loop_while_the_first_stands_still(box):
    """Closing would hang, or leave the client half closed, when its loop neither runs nor is closed."""
    client = fivetran_async.Fivetran(box.api_key, box.api_secret, base_url=box.url)
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(client.account.info())
        with pytest.raises(WrongLoopError, match="close it there"):
            asyncio.run(client.close())
        assert not client.closed
        loop.run_until_complete(client.close())
        assert client.closed
    finally:
        loop.close()


def test_closed_from_another_thread(box):
    """Closing from another loop, while the client's own one runs, would hang or break that loop."""
    client = fivetran_async.Fivetran(box.api_key, box.api_secret, base_url=box.url)

    async def main():
        await client.account.info()
        await asyncio.to_thread(asyncio.run, client.close())
        with pytest.raises(ClosedError):
            await client.account.info()

    asyncio.run(main())


async def test_inside_a_running_loop(box):
    """The sync client could not be used in a notebook, whose loop always runs."""
    with box.sync_client() as ft:
        assert ft.account.info().account_id


# Views


async def test_view_shares_everything(colour, connect, serve):
    """A view would open connections and a budget of its own."""
    server = serve()
    client = connect(server.url)
    view = client.with_options(timeout=5)
    await colour.call(client.account.info)
    await colour.call(view.account.info)
    assert server.connections == 1
    assert len(server.requests) == 2
    assert view.budget is client.budget
    assert type(view) is type(client)


async def test_closing_a_view_closes_nothing(colour, connect, box):
    """A function that was lent a view could close the client of its caller."""
    client = connect(box.url)
    view = client.with_options(read_only=True)
    await colour.call(view.close)
    if colour.name == "async":
        async with view:
            pass
    else:
        with view:
            pass
    assert client.closed is False
    assert (await colour.call(view.account.info)).account_id
    assert (await colour.call(client.account.info)).account_id


async def test_view_of_a_closed_client(colour, connect, box):
    """A view would go on after its client was closed."""
    client = connect(box.url)
    view = client.with_options()
    await colour.call(client.close)
    assert view.closed
    with pytest.raises(ClosedError):
        await colour.call(view.account.info)


async def test_view_leaves_its_client_alone(colour, connect, box):
    """An option of a view would leak into the client it was made from."""
    client = connect(box.url)
    view = client.with_options(read_only=True)
    with pytest.raises(ReadOnlyError):
        await colour.call(view.groups.create, name="no")
    assert (await colour.call(client.groups.create, name="yes")).name == "yes"
    writable = view.with_options(read_only=False)
    assert (await colour.call(writable.groups.create, name="too")).name == "too"


async def test_view_with_another_retry(colour, connect, box):
    """`with_options(retry=)` would keep the old policy."""
    client = connect(box.url)
    box.faults.script("GET", "/v1/account/info", status=503, times=None)
    with pytest.raises(ServerError) as caught:
        await colour.call(client.with_options(retry=RetryPolicy(attempts=2)).account.info)
    assert len(caught.value.attempts) == 2


def test_deadline_and_retry_of_a_view():
    """A view would lose a deadline that it did not mention, or keep one that it replaced."""

    def deadline(client):
        return client._pipeline.retry.deadline

    client = fivetran_async.Fivetran("key", "secret", deadline=30)
    assert deadline(client) == 30
    assert deadline(client.with_options()) == 30
    assert deadline(client.with_options(retry=RetryPolicy(attempts=2))) == 30
    assert client.with_options(retry=RetryPolicy(attempts=2))._pipeline.retry.attempts == 2
    assert deadline(client.with_options(retry=RetryPolicy(deadline=5))) == 5
    assert deadline(client.with_options(retry=RetryPolicy(deadline=5), deadline=7)) == 7
    assert deadline(client.with_options(deadline=7)) == 7
    assert deadline(client.with_options(deadline=None)) is None
    assert deadline(fivetran_async.Fivetran("key", "secret", retry=RetryPolicy(deadline=9))) == 9
    assert deadline(fivetran_async.Fivetran("key", "secret", retry=RetryPolicy(deadline=9), deadline=3)) == 3


@pytest.mark.parametrize("options", [{"deadline": 0}, {"deadline": -1}, {"timeout": 0}, {"timeout": "5"}])
def test_bad_options_of_a_view(colour, options):
    """A view with an option that cannot be used would be found out by its first call."""
    client = colour.package.Fivetran("key", "secret")
    with pytest.raises(ConfigError, match=next(iter(options))):
        client.with_options(**options)


def test_budget_of_a_view():
    """Views would not share the budget that was passed to their client."""
    budget = Budget(concurrency=3)
    client = fivetran_async.Fivetran("key", "secret", budget=budget)
    assert client.budget is budget
    assert client.with_options(timeout=3).with_options(deadline=3).budget is budget


def test_repr_says_the_state(colour):
    """A client in a log line would show a secret, or not whether it is closed."""
    client = colour.package.Fivetran("the-key", "the-secret")
    assert "open" in repr(client)
    assert "the-" not in repr(client)
    view = client.with_options()
    if colour.name == "async":
        asyncio.run(client.close())
    else:
        client.close()
    assert "closed" in repr(client)
    assert "closed" in repr(view)
