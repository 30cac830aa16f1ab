"""Webhooks in a WSGI server: an application of its own, and a middleware for Flask, Django and others.

Pure WSGI: no framework is imported. A server of this kind has a thread for each request; what is asynchronous, such as
a store in Redis, runs on one event loop in a thread of its own, which begins with the first delivery.
"""

import asyncio
import io
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, TypeAlias, TypeVar

from fivetran_async.webhooks._event import WebhookEvent
from fivetran_async.webhooks.asgi import EVENT_KEY, checked_key, checked_path
from fivetran_async.webhooks.background import ANSWER_WITHIN, Background, Handler, OnHandlerError
from fivetran_async.webhooks.receiver import (
    MAX_BODY,
    READ_TIMEOUT,
    Answer,
    OnError,
    Receiver,
    RefusedError,
    SecretSource,
    broken_off,
)
from fivetran_async.webhooks.store import SeenStore

T = TypeVar("T")

Environ: TypeAlias = dict[str, Any]
ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType]
StartResponse: TypeAlias = Callable[..., Callable[[bytes], object]]
App: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]

_PIECE: Final = 64 * 1024
_FAULT: Final = 500
# Where servers keep the connection of a request; a stream that reads from it directly knows its number as well.
_CONNECTIONS: Final = ("werkzeug.socket", "gunicorn.socket", "wsgi.input")


class _Loop:
    """One event loop in a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._started()).result()

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            # After a fork the thread did not come along.
            if self._loop is None or self._thread is None or not self._thread.is_alive():
                ready: Future[asyncio.AbstractEventLoop] = Future()
                self._thread = threading.Thread(target=_live, args=(ready,), name="fivetran-webhooks", daemon=True)
                self._thread.start()
                self._loop = ready.result()
            return self._loop

    def stop(self) -> None:
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


def _live(ready: "Future[asyncio.AbstractEventLoop]") -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    ready.set_result(loop)
    try:
        loop.run_forever()
    finally:
        asyncio.set_event_loop(None)
        loop.close()


class WebhookApp:
    """A WSGI application that takes deliveries, on whichever path it is mounted.

    ```python
    application = WebhookApp(handle, secret=Env("FIVETRAN_WEBHOOK_SECRET"))
    ```

    Deliveries are answered at once and dealt with in the background: see `Background`. `close()` deals with what waits.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        secret: SecretSource,
        max_body: int = MAX_BODY,
        read_timeout: float = READ_TIMEOUT,
        on_error: OnError | None = None,
        store: SeenStore | None = None,
        queue_size: int = 1000,
        concurrency: int = 8,
        answer_within: float = ANSWER_WITHIN,
        drain_timeout: float = 10.0,
        on_handler_error: OnHandlerError | None = None,
    ) -> None:
        """Prepare; the arguments are those of `Receiver` and `Background`.

        Raises:
            ArgumentError: An argument cannot be used; the message names it.
            ConfigError: The variable of the environment with the secret is not set.
        """
        receiver = Receiver(secret, max_body=max_body, read_timeout=read_timeout, on_error=on_error, store=store)
        self.background = Background(
            receiver,
            handler,
            queue_size=queue_size,
            concurrency=concurrency,
            answer_within=answer_within,
            drain_timeout=drain_timeout,
            on_handler_error=on_handler_error,
        )
        self._loop = _Loop()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        began = time.monotonic()
        answer, event, _ = _take(self.background.receiver, environ, self._loop)
        if event is not None:
            answer = self._loop.run(self._put(event, answer, began))
        return _answered(answer, start_response)

    def close(self) -> None:
        """Deal with what waits, and end."""
        self._loop.run(self.background.stop())
        self._loop.stop()

    async def _put(self, event: WebhookEvent, answer: Answer, began: float) -> Answer:
        await self.background.start()
        return await self.background.put(event, answer, since=began)


class WebhookMiddleware:
    """Lets only verified deliveries through to a path of an application, which finds the event in its environment.

    ```python
    app.wsgi_app = WebhookMiddleware(app.wsgi_app, secret=Env("FIVETRAN_WEBHOOK_SECRET"), path="/fivetran")

    @app.post("/fivetran")
    def fivetran() -> str:
        event = request.environ["fivetran_event"]
    ```

    The application can read the body as well. It has to answer within 10 seconds; what takes longer is for
    `WebhookApp`. When it answers with anything but 2xx, or raises, the event may come again, and Fivetran delivers it
    again.
    """

    def __init__(
        self,
        app: App,
        *,
        secret: SecretSource,
        path: str,
        event_key: str = EVENT_KEY,
        max_body: int = MAX_BODY,
        read_timeout: float = READ_TIMEOUT,
        on_error: OnError | None = None,
        store: SeenStore | None = None,
    ) -> None:
        """Prepare; all other arguments are those of `Receiver`.

        Args:
            app: The application.
            secret: The webhook's secret.
            path: The path of deliveries; everything else goes by untouched.
            event_key: Where in the environment of the request the event is put.
            max_body: How long a body may be, in bytes.
            read_timeout: How long a body may take to come, in seconds.
            on_error: Called with each refusal; what it returns, if anything, is answered instead.
            store: What tells that an event was delivered before.

        Raises:
            ArgumentError: An argument cannot be used; the message names it.
            ConfigError: The variable of the environment with the secret is not set.
        """
        self._app = app
        self._path = checked_path(path)
        self._event_key = checked_key(event_key)
        self._receiver = Receiver(secret, max_body=max_body, read_timeout=read_timeout, on_error=on_error, store=store)
        self._loop = _Loop()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, or hand it on."""
        if environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "") != self._path:
            return self._app(environ, start_response)
        answer, event, body = _take(self._receiver, environ, self._loop)
        if event is None:
            return _answered(answer, start_response)
        status = _FAULT

        def starting(line: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None) -> Any:
            nonlocal status
            status = int(line.split(" ", 1)[0])
            return start_response(line, headers) if exc_info is None else start_response(line, headers, exc_info)

        handed_on = {
            **environ,
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            self._event_key: event,
        }
        handed_on.pop("HTTP_TRANSFER_ENCODING", None)
        try:
            # To its end: an application may begin its answer as late as with its first piece.
            answered = self._app(handed_on, starting)
            try:
                pieces = list(answered)
            finally:
                close = getattr(answered, "close", None)
                if close is not None:
                    close()
            return pieces
        finally:
            self._loop.run(self._receiver.settle(event, status))

    def close(self) -> None:
        """End the loop of this middleware."""
        self._loop.run(self._receiver.release())
        self._loop.stop()


def _take(receiver: Receiver, environ: Environ, loop: _Loop) -> tuple[Answer, WebhookEvent | None, bytes]:
    headers = _headers(environ)
    try:
        length = receiver.check_head(environ["REQUEST_METHOD"], headers)
        body = _read(receiver, environ, length)
        answer, event = loop.run(receiver.judge(headers, body))
    except RefusedError as refusal:
        return loop.run(receiver.refuse(refusal.problem)), None, b""
    return answer, event, body


def _read(receiver: Receiver, environ: Environ, length: int | None) -> bytes:
    if length is None and not environ.get("wsgi.input_terminated"):
        # Whoever reads on without a length, where the server does not say where it ends, waits for ever.
        return b""
    stream = environ["wsgi.input"]
    read = getattr(stream, "read1", stream.read)
    gives_up_at = time.monotonic() + receiver.read_timeout
    pieces: list[bytes] = []
    size = 0
    with _patience(environ) as wait_at_most:
        while length is None or size < length:
            left = gives_up_at - time.monotonic()
            if left <= 0:
                raise receiver.too_slow()
            wait_at_most(left)
            try:
                piece = read(_PIECE if length is None else min(_PIECE, length - size))
            except (OSError, ValueError) as error:
                if isinstance(error, TimeoutError) or time.monotonic() >= gives_up_at:
                    raise receiver.too_slow() from None
                raise broken_off("the connection was closed before the body had come") from None
            if not piece:
                if time.monotonic() >= gives_up_at:
                    raise receiver.too_slow()
                break
            size += len(piece)
            if size > receiver.max_body:
                raise receiver.too_large()
            pieces.append(piece)
    return receiver.whole(b"".join(pieces), length)


@contextmanager
def _patience(environ: Environ) -> Generator[Callable[[float], None]]:
    """Give a function that says how long the next read may wait: a sender may say nothing at all.

    A read that blocks cannot be ended from outside. The kernel ends it, where the server lets the connection be found;
    where it does not, the server has read the body before (waitress, mod_wsgi), or has a limit of its own (uWSGI).
    """
    connection = _connection(environ)
    if connection is None:
        yield lambda _: None
        return
    before = connection.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, len(_span(0)))

    def wait_at_most(seconds: float) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _span(seconds))

    try:
        yield wait_at_most
        # After a refusal it stays: what is left of the body is not worth waiting for either.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, before)
    finally:
        connection.detach()


def _connection(environ: Environ) -> socket.socket | None:
    for name in _CONNECTIONS:
        # Absent, a stream without a number, or a file.
        with suppress(KeyError, AttributeError, TypeError, ValueError, OSError):
            return socket.socket(fileno=environ[name].fileno())
    return None


def _span(seconds: float) -> bytes:
    """Return a time as the option of the socket wants it; a millisecond at the least, since 0 is for ever."""
    millis = max(1, int(seconds * 1000)) if seconds else 0
    if os.name == "nt":
        return struct.pack("@I", millis)
    return struct.pack("@ll", millis // 1000, millis % 1000 * 1000)


def _headers(environ: Environ) -> Mapping[str, str]:
    found = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    if environ.get("CONTENT_LENGTH"):
        found["content-length"] = environ["CONTENT_LENGTH"]
    return found


def _answered(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "connection"}
    pairs = [*headers.items(), ("Content-Length", str(len(answer.body)))]
    start_response(f"{answer.status} {_phrase(answer.status)}", pairs)
    return [answer.body]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
