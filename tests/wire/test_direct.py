"""The direct way of plain requests: what it puts on the wire, and who makes it step aside."""

from __future__ import annotations

import functools

import aiohttp
import pytest
from aioresponses import aioresponses

import fivetran_async
from fivetran_async._direct import Direct, unwatched

REPLY = b'{"data":{"id":"x","service":"s","account_id":"acc","items":[]}}'


@pytest.fixture
def direct(monkeypatch):
    """The targets of the requests that went the direct way."""
    seen = []
    exchange = Direct.exchange

    async def spy(self, request, limits, progress):
        seen.append(request.target)
        return await exchange(self, request, limits, progress)

    monkeypatch.setattr(Direct, "exchange", spy)
    return seen


@pytest.fixture
def by_session(monkeypatch):
    """A function that puts a wrapper around aiohttp's own method, as tracers and recorders do, and counts by it."""

    def begin():
        seen = []
        original = aiohttp.ClientSession._request

        @functools.wraps(original)
        async def watched(self, method, url, **options):
            seen.append(f"{method} {url.raw_path_qs}")
            return await original(self, method, url, **options)

        monkeypatch.setattr(aiohttp.ClientSession, "_request", watched)
        return seen

    return begin


async def _life(client):
    await client.account.info()
    await client.groups.list(page_size=2, cursor="a b+c").page()
    await client.request("GET", "/v1/groups/ünï", query={"q": "ü &="})
    await client.groups.create(name="Ünï")
    await client.connections.sync("c1")
    await client.connections.update("c1", paused=True)
    await client.groups.delete("g1", confirm=True)
    await client.public.connector_types().page()


@pytest.mark.parametrize("prefix", ["", "/gateway/v1"])
async def test_both_ways_put_the_same_on_the_wire(aconnect, serve, direct, by_session, prefix):
    """What a mock, a tracer or a proxy sees would not be what is sent without one."""

    async def requests():
        server = serve(lambda exchange: exchange.reply(body=REPLY))
        client = aconnect(server.url + prefix, user_agent_suffix="app/1")
        await _life(client)
        await client.close()
        # The port of each server is its own.
        return [
            (one.method, one.target, {**one.headers, "host": one.headers["host"].split(":")[0]}, one.body)
            for one in server.requests
        ]

    directly = await requests()
    assert len(direct) == len(directly) == 8
    watched = by_session()
    assert await requests() == directly
    assert len(watched) == len(directly)
    assert len(direct) == 8


async def test_a_mock_sees_every_request(aconnect, direct):
    """A user's mocks of aiohttp would be passed by, and a test of theirs ask the real API."""
    with aioresponses() as mocked:
        mocked.get("http://127.0.0.1:9/v1/account/info", exception=aiohttp.ClientConnectionError("mocked"), repeat=True)
        with pytest.raises(fivetran_async.TransportError, match="mocked"):
            await aconnect("http://127.0.0.1:9").account.info()
    assert direct == []


async def test_a_tracer_sees_every_request(aconnect, serve, direct, monkeypatch):
    """Tracers that add a configuration to each new session would see nothing."""
    seen = []
    traced = aiohttp.TraceConfig()

    async def started(_session, _context, params):
        seen.append(params.url.path)

    traced.on_request_start.append(started)
    begin = aiohttp.ClientSession.__init__

    def instrumented(self, *args, **options):
        begin(self, *args, **{**options, "trace_configs": [traced]})

    monkeypatch.setattr(aiohttp.ClientSession, "__init__", instrumented)
    await aconnect(serve().url).account.info()
    assert (seen, direct) == (["/v1/account/info"], [])


class _Proxy:
    """As wrapper libraries make them: it looks like what it wraps, whatever is asked of it."""

    def __init__(self, wrapped):
        self._wrapped = wrapped

    def __getattr__(self, name):
        return getattr(self._wrapped, name)

    def __eq__(self, other):
        return self._wrapped == other

    def __hash__(self):
        return hash(self._wrapped)


def _wrapped(method):
    @functools.wraps(method)
    def wrapper(*args, **options):
        return method(*args, **options)

    return wrapper


@pytest.mark.parametrize("name", ["_request", "request"])
@pytest.mark.parametrize("wrap", [_Proxy, _wrapped])
async def test_who_watches_is_found(monkeypatch, name, wrap):
    """Something between a session and its requests would be taken for aiohttp itself."""
    async with aiohttp.ClientSession() as session:
        assert unwatched(session)
        monkeypatch.setattr(aiohttp.ClientSession, name, wrap(getattr(aiohttp.ClientSession, name)))
        assert not unwatched(session)


async def test_connections_are_shared_between_the_ways(aconnect, serve, by_session):
    """A second connection would be opened, and a second handshake made, when a tracer comes."""
    server = serve()
    client = aconnect(server.url)
    await client.account.info()
    by_session()
    await client.account.info()
    assert [one.connection for one in server.requests] == [1, 1]


async def test_announcements_before_the_reply(aconnect, serve, way):
    """A 103 before the reply would be taken for it."""

    async def behave(exchange):
        await exchange.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        await exchange.reply(body=b'{"data":{"account_id":"acc"}}')

    assert (await aconnect(serve(behave).url).account.info()).account_id == "acc", way
