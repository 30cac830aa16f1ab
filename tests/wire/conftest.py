"""What wire tests share: clocks that need no waiting, servers on raw sockets, and clients that get closed."""

from __future__ import annotations

import asyncio
import inspect
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from unittest import mock

import aiohttp
import pytest
from aioresponses import aioresponses

START = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)

ACCOUNT = b'{"code":"Success","data":{"account_id":"acc","account_name":"Acme","user_id":"u1"}}'
"""A reply that fits `account.info()`."""


class FakeClock:
    """A clock on which every sleep ends at once, after moving the time by itself."""

    def __init__(self) -> None:
        self.sleeps: list[float] = []
        """How long each sleep was asked to be, in order."""
        self.on_sleep: Callable[[float], object] = lambda _: None
        """Called at the beginning of each sleep."""
        self._elapsed = 0.0

    def now(self) -> datetime:
        """Return the wall time."""
        return START + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return 1000.0 + self._elapsed

    def advance(self, seconds: float) -> None:
        """Move the time."""
        self._elapsed += seconds

    async def sleep(self, seconds: float) -> None:
        """Note the sleep, move the time, and let others run."""
        self.sleeps.append(seconds)
        self.on_sleep(seconds)
        self._elapsed += seconds
        await asyncio.sleep(0)


class HeldClock(FakeClock):
    """A clock that stands still until a test moves it, in one event loop."""

    def __init__(self) -> None:
        super().__init__()
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._noticed = asyncio.Event()

    async def until_asleep(self, times: int) -> None:
        """Wait until so many sleeps have begun."""
        while len(self.sleeps) < times:
            self._noticed.clear()
            await self._noticed.wait()

    def advance(self, seconds: float) -> None:
        """Move the time and wake who is due."""
        super().advance(seconds)
        for due, sleeper in self._sleepers:
            if due <= self._elapsed and not sleeper.done():
                sleeper.set_result(None)

    async def sleep(self, seconds: float) -> None:
        """Sleep until the time has been moved far enough."""
        self.sleeps.append(seconds)
        self.on_sleep(seconds)
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._elapsed + seconds, sleeper))
        self._noticed.set()
        await sleeper


@dataclass(frozen=True)
class Received:
    """One request as it stood on the wire; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int


@dataclass
class Exchange:
    """One request at a raw server, and the ways to answer it."""

    request: Received
    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    stopped: asyncio.Event
    closed: bool = field(default=False)

    async def send(self, data: bytes) -> None:
        """Write bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def reply(
        self, status: int = 200, body: bytes = ACCOUNT, *, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer as an HTTP server does."""
        lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
        head = f"HTTP/1.1 {status} Whatever\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        await self.send(head.encode() + b"\r\n" + body)

    async def stall(self) -> None:
        """Answer nothing until the test is over."""
        await self.stopped.wait()
        self.closed = True

    def close(self) -> None:
        """Close the connection after this."""
        self.closed = True


Behaviour = Callable[[Exchange], Awaitable[object]]


class RawServer:
    """A server on raw sockets, with a loop in a thread of its own; a function says what each request gets."""

    def __init__(self, behave: Behaviour, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.port = 0
        self._behave = behave
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="raw-server", daemon=True)
        self._ready: Future[int] = Future()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    async def until(self, requests: int) -> None:
        """Wait until so many requests have arrived."""
        while len(self.requests) < requests:  # noqa: ASYNC110 - it is another thread that counts
            await asyncio.sleep(0.001)

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = self._ready.result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join(10)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._stopped = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._context)
        self._ready.set_result(server.sockets[0].getsockname()[1])
        await self._stopped.wait()
        # asyncio drops a connection, open, that was accepted just before its server is closed.
        self._loop.remove_reader(server.sockets[0].fileno())
        await _turns()
        server.close()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await _turns()  # and the sockets are closed

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.connections += 1
        connection = self.connections
        try:
            while request := await _read(reader, connection):
                self.requests.append(request)
                exchange = Exchange(request, len(self.requests), reader, writer, self._stopped)
                await self._behave(exchange)
                if exchange.closed:
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            # Not awaited: whoever waits for the end of a TLS connection waits for the other side.
            writer.transport.abort() if self._context else writer.close()


async def _turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def _read(reader: asyncio.StreamReader, connection: int) -> Received | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, target, headers, body, connection)


@pytest.fixture
def clock() -> FakeClock:
    """A clock on which nothing waits."""
    return FakeClock()


@pytest.fixture
def held_clock() -> HeldClock:
    """A clock that only the test moves."""
    return HeldClock()


@pytest.fixture
def serve() -> Iterator[Callable[..., RawServer]]:
    """Start servers on raw sockets, which end with the test."""
    servers: list[RawServer] = []

    def start(behave: Behaviour | None = None, context: ssl.SSLContext | None = None) -> RawServer:
        server = RawServer(behave or (lambda exchange: exchange.reply()), context)
        server.__enter__()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture
async def connect(colour: Any, clock: FakeClock) -> AsyncIterator[Callable[..., Any]]:
    """Make clients of any address in the colour of the test, on the fake clock; they are closed with the test."""
    clients: list[Any] = []

    def make(base_url: str, **options: Any) -> Any:
        settings = {"api_key": "key", "api_secret": "secret", "clock": clock} | options
        client = colour.package.Fivetran(base_url=base_url, **settings)
        clients.append(client)
        return client

    yield make
    for client in clients:
        await colour.call(client.close)


@pytest.fixture
async def aconnect(clock: FakeClock) -> AsyncIterator[Callable[..., Any]]:
    """Make asyncio clients of any address, on the fake clock; they are closed with the test."""
    from fivetran_async import Fivetran  # noqa: PLC0415 - only where it is asked for

    clients: list[Fivetran] = []

    def make(base_url: str, **options: Any) -> Fivetran:
        settings = {"api_key": "key", "api_secret": "secret", "clock": clock} | options
        clients.append(Fivetran(base_url=base_url, **settings))
        return clients[-1]

    yield make
    for client in clients:
        await client.close()


@pytest.fixture(params=["direct", "session"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which way plain requests go: the direct one, or the session's, as they do under mocks and tracers."""
    original = aiohttp.ClientSession._request

    async def watched(self: aiohttp.ClientSession, method: str, url: Any, **options: Any) -> aiohttp.ClientResponse:
        return await original(self, method, url, **options)

    if request.param == "session":
        monkeypatch.setattr(aiohttp.ClientSession, "_request", watched)
    return str(request.param)


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without a word on proxies; the test may add its own."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUEST_METHOD", "NETRC"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


class MockedReply(aiohttp.ClientResponse):
    """What aioresponses 0.7.9 does not know to give since aiohttp 3.14."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "stream_writer" in inspect.signature(aiohttp.ClientResponse.__init__).parameters:
            kwargs.setdefault("stream_writer", mock.Mock())
        super().__init__(*args, **kwargs)


@pytest.fixture
def replies() -> Iterator[Callable[..., None]]:
    """Answer requests without a server: `replies("GET", url, status=200, body=b"")`."""
    with aioresponses() as mocked:

        def add(method: str, url: str, **reply: Any) -> None:
            mocked.add(url, method, response_class=MockedReply, **reply)

        yield add


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and fivetran.test, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=fivetran.test"),
        *("-addext", "subjectAltName=DNS:fivetran.test,IP:127.0.0.1"),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    except FileNotFoundError:
        pytest.skip("there is no openssl command to make a certificate with")
    return cert, key


@pytest.fixture
def server_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """The server's side of that certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def spin() -> Callable[..., Awaitable[None]]:
    """Let all tasks of this loop run until none can go on without the outside."""

    async def turn(times: int = 50) -> None:
        for _ in range(times):
            await asyncio.sleep(0)

    return turn
