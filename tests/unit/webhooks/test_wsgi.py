"""How long a WSGI adapter waits for a body, seen from the connection and from servers that hide it."""

import io
import json
import os
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from fivetran_async.webhooks import SIGNATURE_HEADER, WebhookEvent, compute_signature
from fivetran_async.webhooks.wsgi import WebhookApp

BODY = b'{"event":"sync_start","connector_id":"shop"}'


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def app() -> Iterator[WebhookApp]:
    """An application with little patience."""
    made = WebhookApp(lambda _: None, secret="secret", read_timeout=0.1)
    yield made
    made.close()


def ask(
    app: WebhookApp, stream: Any, length: int | None = len(BODY), body: bytes = BODY, **more: Any
) -> tuple[int, dict[str, Any]]:
    """Return what a request is answered."""
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": "" if length is None else str(length),
        "HTTP_" + SIGNATURE_HEADER.upper().replace("-", "_"): compute_signature(body, "secret"),
        "wsgi.input": stream,
        **more,
    }
    answered = app(environ, lambda status, _: told.append(status))
    return int(told[0].split()[0]), json.loads(b"".join(answered))


def limit(connection: socket.socket) -> bytes:
    """Return how long a read of a connection may wait."""
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16)


def test_the_connection_is_as_before(app: WebhookApp, ends: tuple[socket.socket, socket.socket]) -> None:
    """The next request on the connection would be cut off after the time of a body."""
    ours, theirs = ends
    before = limit(ours)
    with ours.makefile("rb") as stream:
        theirs.sendall(BODY)
        assert ask(app, stream)[0] == 200
        assert limit(ours) == before


@pytest.mark.parametrize("name", ["werkzeug.socket", "gunicorn.socket", "wsgi.input"])
def test_silence_ends(app: WebhookApp, ends: tuple[socket.socket, socket.socket], name: str) -> None:
    """A thread of the server would wait for ever."""
    ours, theirs = ends
    with ours.makefile("rb") as stream:
        theirs.sendall(BODY[:5])
        began = time.monotonic()
        hidden: Any = stream if name == "wsgi.input" else io.BufferedReader(_Raw(ours))
        status, said = ask(app, hidden, **({} if name == "wsgi.input" else {name: ours}))
        assert (status, said["error"]) == (408, "too_slow")
        assert time.monotonic() - began >= 0.1


def test_a_server_that_has_read_the_body(app: WebhookApp) -> None:
    """An adapter would work with one kind of server only."""
    assert ask(app, io.BytesIO(BODY))[0] == 200
    status, said = ask(app, io.BytesIO(BODY[:5]))
    assert (status, said["error"]) == (400, "broken_off")


def test_no_length(app: WebhookApp) -> None:
    """A read without an end would wait for ever where the server does not say where it is."""
    status, said = ask(app, io.BytesIO(BODY), None)
    assert (status, said["error"]) == (400, "no_body")
    assert ask(app, io.BytesIO(BODY), None, **{"wsgi.input_terminated": True})[0] == 200


class _Raw(io.RawIOBase):
    """A stream of a connection that does not say which."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        return self._connection.recv_into(into)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="wants fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_has_a_background_of_its_own() -> None:
    """A worker that is forked after the first delivery would answer 200 and deal with nothing."""
    read, write = os.pipe()

    def tell(event: WebhookEvent) -> None:
        os.write(write, f"{os.getpid()} {event.connection}\n".encode())

    def deliver(connection: str) -> int:
        body = f'{{"event":"sync_start","connector_id":"{connection}"}}'.encode()
        return ask(made, io.BytesIO(body), len(body), body)[0]

    made = WebhookApp(tell, secret="secret")
    assert deliver("before") == 200
    child = os.fork()
    if child == 0:
        status = deliver("child")
        made.close()
        os._exit(0 if status == 200 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert deliver("after") == 200
    made.close()
    os.close(write)
    with os.fdopen(read) as told:
        lines = told.read().splitlines()
    assert sorted(lines) == sorted([f"{os.getpid()} before", f"{child} child", f"{os.getpid()} after"])
