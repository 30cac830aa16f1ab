"""JSON over HTTP: what is tried again, and what an error says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from fivetran_async.connector_sdk import JsonSource, RateLimit, SourceError
from fivetran_async.errors import ClosedError, ConnectError, DecodeError, TimedOutError, TransportError
from fivetran_async.retry import RetryPolicy

TWICE = RetryPolicy(attempts=2, initial_wait=0)


class Server:
    """Answers as it is told, in turn, and at last with JSON."""

    def __init__(self) -> None:
        self.url = ""
        self.script: list[Callable[[web.Request], Awaitable[web.StreamResponse]]] = []
        self.seen: list[web.Request] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer."""
        self.seen.append(request)
        return await self.script.pop(0)(request) if self.script else web.json_response({"path": request.path_qs})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server on loopback."""
    made, application = Server(), web.Application()
    application.router.add_get("/{path:.*}", made.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


async def drop(request: web.Request) -> web.StreamResponse:
    """Drop the connection."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def cut(request: web.Request) -> web.StreamResponse:
    """Drop the connection in the middle of the body."""
    reply = web.StreamResponse(headers={"Content-Length": "100"})
    await reply.prepare(request)
    await reply.write(b'{"half')
    return await drop(request)


async def hang(_: web.Request) -> web.StreamResponse:
    """Say nothing."""
    await asyncio.sleep(30)
    return web.Response()


def answer(status: int, text: str = "{}", **headers: str) -> Callable[[Any], Awaitable[web.StreamResponse]]:
    """Return what answers with a status."""

    async def send(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, headers=headers)

    return send


@pytest.mark.parametrize("fault", [drop, cut, answer(503), answer(408), answer(429)])
async def test_what_may_pass_is_tried_again(server: Server, fault: Any):
    """A run of hours would end at one lost connection."""
    server.script = [fault]
    async with JsonSource(server.url, retry=TWICE, headers={"X-Key": "k"}) as source:
        assert await source.get("/a", {"since": "2024-01-01T00:00:00.000Z", "n": 1}) == {
            "path": "/a?since=2024-01-01T00:00:00.000Z&n=1"
        }
    assert len(server.seen) == 2
    assert server.seen[1].headers["X-Key"] == "k"


@pytest.mark.parametrize(
    ("fault", "kind", "attempts"),
    [
        (answer(404), SourceError, 1),
        # A redirect could lead the key to another server.
        (answer(302, Location="http://127.0.0.1:9/"), SourceError, 1),
        (answer(200, "<html>"), DecodeError, 1),
        (answer(500), SourceError, 2),
        (drop, TransportError, 2),
    ],
)
async def test_what_does_not_pass_is_raised(server: Server, fault: Any, kind: type[Exception], attempts: int):
    """A run would hang, or an error page be read as an empty one."""
    server.script = [fault] * 9
    async with JsonSource(server.url, retry=TWICE, headers={"X-Key": "s3cret"}) as source:
        with pytest.raises(kind, match="GET /a") as met:
            await source.get("a")
    assert len(server.seen) == attempts
    assert "s3cret" not in str(met.value)


async def test_a_silent_source_is_not_waited_for(server: Server):
    """One lost reply would hold a run for ever."""
    server.script = [hang]
    async with JsonSource(server.url, timeout=0.1, retry=RetryPolicy(attempts=1)) as source:
        with pytest.raises(TimedOutError, match=r"no reply within 0\.1 s"):
            await source.get("/a")


async def test_nobody_there_is_said():
    """An address that is wrong would look like a fault of the SDK."""
    async with JsonSource("http://127.0.0.1:9", retry=RetryPolicy(attempts=1)) as source:
        with pytest.raises(ConnectError, match="GET /a"):
            await source.get("/a")
    with pytest.raises(ClosedError, match="async with"):
        await source.get("/a")


async def test_retry_after_holds_all_readers(server: Server):
    """The others would run into the same refusal."""
    server.script = [answer(429, **{"Retry-After": "0.3"})]
    loop = asyncio.get_running_loop()
    async with JsonSource(server.url, rate=RateLimit(), retry=TWICE) as source:
        first = asyncio.create_task(source.get("/a"))
        while not server.seen:  # noqa: ASYNC110 - the server's own turn
            await asyncio.sleep(0.005)
        began = loop.time()
        await asyncio.sleep(0.1)
        await source.get("/b")
        assert loop.time() - began >= 0.28
        await first


async def test_headers_are_observed(server: Server):
    """A quota would be overdrawn although each reply tells it."""
    seen = []
    async with JsonSource(server.url, observe=lambda headers, rate: seen.append((headers["Date"], rate))) as source:
        await source.get("/a")
    assert len(seen) == 1
