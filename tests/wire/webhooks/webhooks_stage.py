"""Servers of three kinds with the adapters in them, and senders that behave as they should, or do not."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import itertools
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, NamedTuple

import uvicorn
from aiohttp import web
from werkzeug.serving import WSGIRequestHandler, make_server

from fivetran_async.webhooks import SIGNATURE_HEADER, WebhookEvent, asgi, compute_signature, wsgi
from fivetran_async.webhooks.aiohttp import add_webhook, webhook_handler

SECRET = "the secret of the webhook"
PATH = "/fivetran"
KINDS = ("asgi", "wsgi", "aiohttp")

_numbers = itertools.count()

Endpoint = Callable[[WebhookEvent, bytes], int]


class Reply(NamedTuple):
    """What a sender got."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def code(self) -> str:
        """Why it was refused."""
        return json.loads(self.body)["error"]


def delivery(**changes: Any) -> bytes:
    """Return the body of an event, another one at each call."""
    said = {
        "event": "sync_end",
        "created": "2026-08-01T12:00:00.000Z",
        "connector_type": "postgres",
        "connector_id": "shop",
        "connector_name": "prod",
        "sync_id": f"sync-{next(_numbers)}",
        "destination_group_id": "warehouse",
        "data": {"status": "SUCCESSFUL"},
    }
    return json.dumps(said | changes, separators=(",", ":")).encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Return the headers of a delivery."""
    return {"Content-Type": "application/json", SIGNATURE_HEADER: compute_signature(body, secret)}


def until(reached: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is so, or say that it never was."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


class Served:
    """A server that runs, and the ways to send it something."""

    def __init__(self, kind: str, port: int) -> None:
        self.kind = kind
        self.port = port

    @property
    def url(self) -> str:
        """Where deliveries go."""
        return f"http://127.0.0.1:{self.port}{PATH}"

    def send(
        self, body: bytes | None, headers: dict[str, str] | None = None, *, method: str = "POST", path: str = PATH
    ) -> Reply:
        """Send one request as a good client does."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def deliver(self, body: bytes | None = None) -> Reply:
        """Send a delivery that is as it should be."""
        sent = delivery() if body is None else body
        return self.send(sent, signed(sent))

    def connect(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(("127.0.0.1", self.port), 30)

    def begin(self, length: int | None, headers: dict[str, str] | None = None) -> socket.socket:
        """Send the head of a request, announcing a body of so many bytes, or one in chunks."""
        connection = self.connect()
        lines = {"Host": "127.0.0.1", **(headers or {})}
        lines |= {"Transfer-Encoding": "chunked"} if length is None else {"Content-Length": str(length)}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        connection.sendall(f"POST {PATH} HTTP/1.1\r\n{head}\r\n".encode())
        return connection


def status_of(connection: socket.socket) -> int | None:
    """Return the status of the answer; None if the connection was closed without one."""
    response = http.client.HTTPResponse(connection)
    try:
        response.begin()
    except (http.client.HTTPException, OSError):
        return None
    else:
        return response.status
    finally:
        response.close()
        connection.close()


def pour(connection: socket.socket, total: int) -> int:
    """Send so many bytes, for as long as they are taken and no answer has come; return how many were."""
    piece = bytes(64 * 1024)
    sent = 0
    connection.settimeout(0.2)
    with contextlib.suppress(OSError):
        while sent < total:
            try:
                sent += connection.send(piece[: total - sent])
            except TimeoutError:
                break
    connection.settimeout(30)
    return sent


def application(kind: str, handler: Callable[[WebhookEvent], Any], **options: Any) -> Any:
    """Return an application that deals with events in the background."""
    settings = {"secret": SECRET} | options
    if kind == "aiohttp":
        app = web.Application()
        add_webhook(app, PATH, handler, **settings)
        return app
    return {"asgi": asgi, "wsgi": wsgi}[kind].WebhookApp(handler, **settings)


def passage(kind: str, endpoint: Endpoint, **options: Any) -> Any:
    """Return an application behind the middleware; `endpoint` is told the event and the body, and says the status."""
    settings = {"secret": SECRET} | options
    key = settings.get("event_key", "fivetran_event")
    if kind == "asgi":
        return asgi.WebhookMiddleware(_asgi(endpoint, key), path=PATH, **settings)
    if kind == "wsgi":
        return wsgi.WebhookMiddleware(_wsgi(endpoint, key), path=PATH, **settings)
    app = web.Application()

    async def take(request: web.Request) -> web.Response:
        return web.Response(status=endpoint(request[key], request["fivetran_body"]))

    app.router.add_route("*", PATH, webhook_handler(take, **settings))
    return app


def _asgi(endpoint: Endpoint, key: str) -> asgi.App:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        status = 299
        if key in scope:
            message = await receive()
            status = endpoint(scope[key], message["body"])
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    return app


def _wsgi(endpoint: Endpoint, key: str) -> wsgi.App:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        status = 299
        if key in environ:
            status = endpoint(environ[key], environ["wsgi.input"].read())
        start_response(f"{status} Whatever", [("Content-Length", "0")])
        return [b""]

    return app


@contextlib.contextmanager
def served(kind: str, app: Any) -> Iterator[Served]:
    """Run an application on a real server, in a thread of its own."""
    run = {"asgi": _uvicorn, "wsgi": _werkzeug, "aiohttp": _aiohttp}[kind]
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening, run(app, listening):
        yield Served(kind, listening.getsockname()[1])


@contextlib.contextmanager
def _uvicorn(app: Any, listening: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(app, log_config=None, lifespan="on", ws="none", http="h11", timeout_graceful_shutdown=10)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until(lambda: server.started)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        logging.getLogger("werkzeug.tests").debug("%s: %s %r", type, message, args)


@contextlib.contextmanager
def _werkzeug(app: Any, listening: socket.socket) -> Iterator[None]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet, fd=listening.fileno())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(30)
        server.server_close()
        app.close()
        assert not thread.is_alive()


@contextlib.contextmanager
def _aiohttp(app: web.Application, listening: socket.socket) -> Iterator[None]:
    ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def live() -> None:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        over = asyncio.Event()
        ready.set_result((asyncio.get_running_loop(), over))
        await over.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(live()), daemon=True)
    thread.start()
    loop, over = ready.result(30)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(30)
        assert not thread.is_alive()
