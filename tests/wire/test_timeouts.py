"""When the time runs out, for one attempt and for a whole call, and when nobody can be reached."""

from __future__ import annotations

import asyncio
import socket
import sys

import aiohttp
import pytest

from fivetran_async._direct import Direct
from fivetran_async.budget import Budget
from fivetran_async.config import Timeout
from fivetran_async.errors import (
    ConfigError,
    ConnectError,
    DeadlineExceededError,
    RateLimitedError,
    TimedOutError,
)
from fivetran_async.retry import RetryPolicy

pytestmark = pytest.mark.usefixtures("way")

ONCE = RetryPolicy(attempts=1)
SHORT = Timeout(read=0.05)


@pytest.fixture
def free_port():
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def limits(monkeypatch, way):
    """The timeouts that aiohttp was given, one for each request."""
    seen = []
    by_session, directly = aiohttp.ClientSession._request, Direct.exchange

    async def spy(self, method, url, **options):
        seen.append(options["timeout"])
        return await by_session(self, method, url, **options)

    async def direct_spy(self, request, limits, progress):
        seen.append(limits)
        return await directly(self, request, limits, progress)

    if way == "session":
        monkeypatch.setattr(aiohttp.ClientSession, "_request", spy)
    monkeypatch.setattr(Direct, "exchange", direct_spy)
    return seen


# One attempt


async def test_no_reply_in_time(colour, connect, serve):
    """A server that says nothing would be waited for without end, or its error say that nothing was sent."""
    server = serve(lambda exchange: exchange.stall())
    client = connect(server.url, timeout=SHORT, retry=ONCE)
    with pytest.raises(TimedOutError, match=f"GET /v1/account/info.*127.0.0.1:{server.port}") as caught:
        await colour.call(client.account.info)
    assert caught.value.sent is None
    await server.until(1)
    assert len(server.requests) == 1


async def test_half_a_reply_in_time(colour, connect, serve):
    """A server that stops in the middle of a reply would be waited for without end, or its error be vague."""

    async def behave(exchange):
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        await exchange.stall()

    client = connect(serve(behave).url, timeout=Timeout(read=0.3), retry=ONCE)
    with pytest.raises(TimedOutError) as caught:
        await colour.call(client.account.info)
    assert caught.value.sent is True


async def test_a_slow_but_steady_reply(colour, connect, serve):
    """The read timeout would bound the whole reply, and large pages fail."""

    async def behave(exchange):
        body = b'{"code":"Success","data":{"account_id":"acc"}}'
        await exchange.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        for start in range(0, len(body), 4):
            await asyncio.sleep(0.03)
            await exchange.send(body[start : start + 4])

    client = connect(serve(behave).url, timeout=Timeout(read=0.25))
    assert (await colour.call(client.account.info)).account_id == "acc"


async def test_a_number_bounds_the_attempt(colour, connect, serve):
    """`timeout=0.1` would bound every piece of the reply, not the attempt."""

    async def behave(exchange):
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            await asyncio.sleep(0.01)
            await exchange.send(b" ")

    client = connect(serve(behave).url, timeout=0.1, retry=ONCE)
    with pytest.raises(TimedOutError):
        await colour.call(client.account.info)


async def test_timed_out_reads_are_repeated(colour, connect, serve, clock):
    """A read would fail because of one silent server."""

    async def behave(exchange):
        await (exchange.stall() if exchange.number == 1 else exchange.reply())

    server = serve(behave)
    client = connect(server.url, timeout=Timeout(read=0.3))
    assert (await colour.call(client.account.info)).account_id == "acc"
    assert len(server.requests) >= 2
    assert len(clock.sleeps) == len(server.requests) - 1


async def test_timed_out_creates_are_not_repeated(colour, connect, serve):
    """A create that is merely slow would be done twice."""
    server = serve(lambda exchange: exchange.stall())
    client = connect(server.url, timeout=SHORT)
    with pytest.raises(TimedOutError):
        await colour.call(client.groups.create, name="once")
    await server.until(1)
    assert len(server.requests) == 1


async def test_no_connection_in_time(aconnect, monkeypatch, box):
    """A host that swallows packets would be waited for without end, or a create not be tried again."""

    async def swallow(*_args, **_options):
        await asyncio.sleep(60)

    monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", swallow)
    client = aconnect(box.url, timeout=Timeout(connect=0.02))
    with pytest.raises(TimedOutError, match=r"no connection to 127\.0\.0\.1") as caught:
        await client.groups.create(name="once")
    assert caught.value.sent is False
    assert len(caught.value.attempts) == 4


# Which timeout


async def test_default_timeouts(colour, connect, box, limits):
    """Ordinary calls would get other bounds than 10 s to connect and 60 s between two pieces."""
    client = connect(box.url)
    await colour.call(client.account.info)
    await colour.items(client.connections.list())
    assert limits == [aiohttp.ClientTimeout(total=None, connect=10, sock_read=60)] * 2


async def test_setup_tests_get_time(colour, connect, box, limits):
    """Setup tests, which take minutes, would be cut off after 60 s; or calls without them wait for 330."""
    client = connect(box.url)
    name, group = next(iter(box.account.connections)), next(iter(box.account.groups))
    config = {"schema_prefix": "fresh"}
    await colour.call(client.connections.update, name, sync_frequency=60)
    await colour.call(client.connections.update, name, sync_frequency=60, run_setup_tests=True)
    await colour.call(client.connections.create, group_id=group, service="postgres", config=config)
    await colour.call(client.connections.update, name, sync_frequency=60, run_setup_tests=False)
    await colour.call(
        client.connections.create,
        group_id=group,
        service="postgres",
        config={"schema_prefix": "fresh2"},
        run_setup_tests=False,
    )
    await colour.call(client.connections.pause, name)
    await colour.call(client.connections.resume, name)
    assert [limit.sock_read for limit in limits] == [330, 330, 330, 60, 60, 60, 60]


async def test_timeouts_of_a_user(colour, connect, box, limits):
    """What a user asks for would be overruled, for setup tests too."""
    name = next(iter(box.account.connections))
    client = connect(box.url, timeout=Timeout(connect=3, read=7, total=9))
    await colour.call(client.connections.update, name, sync_frequency=60)
    await colour.call(client.with_options(timeout=5).account.info)
    await colour.call(client.with_options(timeout=None).account.info)
    assert [(it.connect, it.sock_read, it.total) for it in limits] == [(3, 7, 9), (5, 5, 5), (10, 60, None)]


@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan"), "5", True, Timeout(read=0), Timeout(connect=-1)])
def test_timeouts_that_are_none(value, colour):
    """A timeout of nothing would be found out by calls that fail at once, or never."""
    with pytest.raises(ConfigError, match="timeout"):
        colour.package.Fivetran("key", "secret", timeout=value)


@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan"), "5", True])
def test_deadlines_that_are_none(value, colour):
    """A deadline of nothing would be found out by calls that fail at once, or never."""
    with pytest.raises(ConfigError, match="deadline"):
        colour.package.Fivetran("key", "secret", deadline=value)


# Nobody there


async def test_nobody_listens(colour, connect, free_port):
    """The error would not say where nobody listens."""
    client = connect(f"http://127.0.0.1:{free_port}", retry=ONCE)
    with pytest.raises(ConnectError, match=f"127.0.0.1:{free_port}") as caught:
        await colour.call(client.account.info)
    assert (caught.value.host, caught.value.port, caught.value.sent) == ("127.0.0.1", free_port, False)


async def test_name_that_does_not_resolve(colour, connect):
    """A misspelt host would be reported as a bug of aiohttp, without its name."""
    client = connect("http://nowhere.invalid", retry=ONCE, trust_env=False)
    with pytest.raises(ConnectError, match=r"nowhere\.invalid:80") as caught:
        await colour.call(client.account.info)
    assert (caught.value.host, caught.value.port, caught.value.sent) == ("nowhere.invalid", 80, False)


async def test_address_that_is_none(colour, connect):
    """An address that can reach nobody would leave as an error of aiohttp, or say that something was sent."""
    client = connect("http://127.1:9", retry=ONCE, trust_env=False)
    with pytest.raises(ConnectError, match=r"127\.1:9") as caught:
        await colour.call(client.account.info)
    assert (caught.value.host, caught.value.port, caught.value.sent) == ("127.1", 9, False)


# The whole call


async def test_deadline_in_flight(colour, connect, serve):
    """A deadline would not end a request that is on the wire."""
    server = serve(lambda exchange: exchange.stall())
    client = connect(server.url, deadline=0.1)
    with pytest.raises(DeadlineExceededError, match=r"0\.1 s") as caught:
        await colour.call(client.account.info)
    assert caught.value.sent is None
    assert [attempt.number for attempt in caught.value.attempts] == [1]
    await server.until(1)
    assert len(server.requests) == 1
    assert client.budget.in_flight == 0


async def test_deadline_while_waiting_for_a_slot(aconnect, serve):
    """A call that never got its turn would claim that it may have been sent."""
    server = serve(lambda exchange: exchange.stall())
    client = aconnect(server.url, budget=Budget(concurrency=1))
    first = asyncio.create_task(client.account.info())
    while not client.budget.in_flight:  # noqa: ASYNC110 - the budget has no event
        await asyncio.sleep(0)
    with pytest.raises(DeadlineExceededError) as caught:
        await client.with_options(deadline=0.05).groups.create(name="never")
    assert caught.value.sent is False
    assert all(request.method == "GET" for request in server.requests)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert client.budget.in_flight == 0


async def test_deadline_leaves_others_alone(aconnect, serve, spin):
    """The deadline of one call would end another one on the same client."""

    async def behave(exchange):
        await (exchange.stall() if exchange.request.target.endswith("slow") else exchange.reply())

    client = aconnect(serve(behave).url)
    view = client.with_options(deadline=0.05)
    slow, quick = await asyncio.gather(view.request("GET", "/v1/slow"), client.account.info(), return_exceptions=True)
    assert isinstance(slow, DeadlineExceededError)
    assert quick.account_id == "acc"


async def test_cancelling_is_not_a_deadline(aconnect, serve):
    """Cancelling a call that has a deadline would look like the deadline, and the task go on."""
    server = serve(lambda exchange: exchange.stall())
    client = aconnect(server.url, deadline=30)
    with pytest.raises(TimeoutError) as caught:
        await asyncio.wait_for(client.account.info(), 0.05)
    assert not isinstance(caught.value, DeadlineExceededError)
    assert client.budget.in_flight == 0


async def test_retry_after_beyond_the_deadline(colour, connect, box, clock):
    """A call would sleep towards a deadline that it cannot meet."""
    client = connect(box.url, deadline=30)
    box.faults.script("GET", "/v1/account/info", status=429, headers={"Retry-After": "60"})
    with pytest.raises(RateLimitedError) as caught:
        await colour.call(client.account.info)
    assert (caught.value.retry_after, caught.value.sent) == (60, True)
    assert (box.calls, clock.sleeps) == (1, [])


@pytest.fixture
def full_port():
    """A port whose queue is full, so that a connection is neither made nor refused."""
    waiting: list[socket.socket] = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(8):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(server.getsockname())
        yield server.getsockname()[1]
        for one in waiting:
            one.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a full queue refuses")
async def test_no_connection_within_the_whole_attempt(colour, connect, full_port):
    """A create of which nothing was sent would not be sent again, when one number bounds the attempt."""
    ft = connect(f"http://127.0.0.1:{full_port}", timeout=0.2, retry=RetryPolicy(attempts=2, initial_wait=0))
    with pytest.raises(TimedOutError) as caught:
        await colour.call(ft.groups.create, name="g")
    assert caught.value.sent is False
    assert len(caught.value.attempts) == 2


async def test_https_where_nobody_speaks_it(colour, connect, box):
    """Someone who wrote https for http would read of a wrong version number."""
    ft = connect(box.url.replace("http://", "https://"), retry=ONCE)
    with pytest.raises(ConnectError, match="should the base URL begin with http://"):
        await colour.call(ft.account.info)
