"""Receivers of webhooks behind real servers, one of each kind, and a sender that can do wrong."""

import asyncio
import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from aiohttp import web
from werkzeug.serving import WSGIRequestHandler, make_server

from fivetran_async.webhooks import SIGNATURE_HEADER, Background, asgi, compute_signature, wsgi
from fivetran_async.webhooks import aiohttp as for_aiohttp

SECRET = "one secret"
KINDS = ("asgi", "wsgi", "aiohttp")


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def asgi_server(app: Any) -> Iterator[str]:
    """Serve an ASGI application; give its URL."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    config = uvicorn.Config(app, http="h11", ws="none", log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@contextlib.contextmanager
def wsgi_server(app: Any) -> Iterator[str]:
    """Serve a WSGI application, with a thread for each request; give its URL."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    server.socket.listen(512)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def aiohttp_server(app: web.Application) -> Iterator[str]:
    """Serve an aiohttp application in a loop of its own; give its URL."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0, backlog=512).start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextlib.contextmanager
def receiving(kind: str, handler: Callable[[Any], Any], **options: Any) -> Iterator[tuple[str, Background]]:
    """Serve what takes deliveries at every path and deals with them in the background."""
    settings = {"secret": SECRET, "drain_timeout": 1.0} | options
    if kind == "asgi":
        app = asgi.WebhookApp(handler, **settings)
        with asgi_server(app) as url:
            yield url, app.background
    elif kind == "wsgi":
        application = wsgi.WebhookApp(handler, **settings)
        with wsgi_server(application) as url:
            yield url, application.background
        application.close()
    else:
        served = web.Application()
        background = for_aiohttp.add_webhook(served, "/", handler, **settings)
        with aiohttp_server(served) as url:
            yield url, background


def body_of(number: int = 0, **fields: Any) -> bytes:
    """Return the body of an event."""
    event = {
        "event": "sync_end",
        "created": "2026-05-21T10:00:00.000Z",
        "connector_id": f"connection_{number}",
        "sync_id": f"sync_{number}",
        "data": {"status": "SUCCESSFUL"},
    }
    return json.dumps(event | fields, separators=(",", ":")).encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Return the headers of a delivery."""
    return {"Content-Type": "application/json", SIGNATURE_HEADER: compute_signature(body, secret)}


def post(
    url: str, body: bytes, headers: Mapping[str, str] | None = None, method: str = "POST"
) -> tuple[int, Mapping[str, str], bytes]:
    """Send a delivery; return the status, the headers and the body of the answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request(method, parts.path or "/", body, dict(signed(body) if headers is None else headers))
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def raw(url: str, *pieces: bytes, finish: bool = False) -> int:
    """Send bytes as they are, and no more; return the status of the answer, 0 where there is none."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as sender:
        for piece in pieces:
            sender.sendall(piece)
        if finish:
            sender.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while b"\r\n" not in answer and (some := sender.recv(4096)):
                answer += some
    return int(answer.split(b" ")[1]) if answer else 0


def head(length: int, body: bytes) -> bytes:
    """Return the head of a delivery, as bytes."""
    return (
        f"POST / HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
        f"{SIGNATURE_HEADER}: {compute_signature(body, SECRET)}\r\n\r\n"
    ).encode()
