"""A small box, and a caller that sends exactly what it is told."""

from __future__ import annotations

import base64
import http.client
import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from fivetran_async.sandbox import Sandbox

START = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
AUTH = "Basic " + base64.b64encode(b"key:secret").decode()


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    raw: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.raw)

    @property
    def data(self) -> Any:
        """What the envelope holds."""
        return self.json["data"]

    @property
    def code(self) -> str:
        """The envelope's code."""
        return self.json["code"]


class Caller:
    """Sends requests to one sandbox, the path and the headers untouched."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
        auth: str | None = AUTH,
    ) -> Answer:
        """Send one request."""
        sent = {} if auth is None else {"Authorization": auth}
        if body is not None:
            raw = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        address = urlsplit(self.box.url)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
        try:
            connection.request(method, path, raw, sent | (headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, **options: Any) -> Answer:
        """Send a GET."""
        return self("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        """Send a POST."""
        return self("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        """Send a PATCH."""
        return self("PATCH", path, body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        """Send a DELETE."""
        return self("DELETE", path, **options)

    def walk(self, path: str, limit: int) -> list[Any]:
        """Follow the cursors to the end."""
        items: list[Any] = []
        cursor = ""
        while True:
            mark = "&" if "?" in path else "?"
            data = self.get(f"{path}{mark}limit={limit}{cursor}").data
            items += data["items"]
            if "next_cursor" not in data:
                return items
            cursor = f"&cursor={data['next_cursor']}"


class _Server(ThreadingHTTPServer):
    # A thousand events come quicker than threads are made.
    request_queue_size = 256


class Listener:
    """An endpoint on the loopback address: keeps what arrives and answers as it is told."""

    def __init__(self, port: int = 0) -> None:
        self.status = 200
        self.location = ""
        self.arrived: list[tuple[dict[str, str], bytes]] = []
        self.before_answer = lambda: None
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.arrived.append((dict(self.headers), body))
                listener.before_answer()
                self.send_response(listener.status)
                if listener.location:
                    self.send_header("Location", listener.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Stay silent."""

        self._server = _Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """Stop to listen; once is enough."""
        if not self._thread.is_alive():
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def bodies(self):
        """What arrived, decoded, oldest first."""
        return [json.loads(body) for _, body in self.arrived]


@pytest.fixture
def box(opened):
    """Return a box with every condition in it."""
    return opened(seed=7, groups=5, connections=60, start=START)


@pytest.fixture
def call(box):
    """Return the caller of `box`."""
    return Caller(box)


@pytest.fixture
def empty(opened):
    """Return a box with one group and nothing in it."""
    return opened(seed=1, groups=1, connections=0, start=START)


@pytest.fixture
def caller():
    """Return what makes callers, for boxes of a test's own."""
    return Caller


@pytest.fixture
def make_listener():
    """Open endpoints that take everything, on a port of their own or on a given one; they are closed with the test."""
    opened = []

    def make(port: int = 0) -> Listener:
        opened.append(Listener(port))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def listener(make_listener):
    """Return an endpoint that takes everything."""
    return make_listener()
