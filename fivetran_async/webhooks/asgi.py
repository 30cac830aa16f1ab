"""Webhooks in an ASGI server: an application of its own, and a middleware for Starlette, FastAPI and others.

Pure ASGI: no framework is imported.
"""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import aclosing
from typing import Any, TypeAlias

from fivetran_async.errors import ArgumentError
from fivetran_async.webhooks._event import WebhookEvent
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

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

EVENT_KEY = "fivetran_event"
"""Where the middleware puts an event unless told otherwise."""


class WebhookApp:
    """An ASGI application that takes deliveries, on whichever path it is mounted.

    ```python
    app = WebhookApp(handle, secret=Env("FIVETRAN_WEBHOOK_SECRET"))
    ```

    Deliveries are answered at once and dealt with in the background: see `Background`. Its `lifespan` starts and ends
    that; mounted in another application it starts with the first delivery, and `await app.close()` at the end of that
    application's life deals with what waits.
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live as long as the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            began = time.monotonic()
            await self.background.start()
            answer, event, _ = await _take(self.background.receiver, scope, receive)
            if event is not None:
                answer = await self.background.put(event, answer, since=began)
            await _send(answer, send)
        else:
            raise ArgumentError(f"an endpoint of webhooks takes http, not {scope['type']}")

    async def close(self) -> None:
        """Deal with what waits, and end."""
        await self.background.stop()

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.background.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.background.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


class WebhookMiddleware:
    """Lets only verified deliveries through to a path of an application, which finds the event in its request.

    ```python
    app.add_middleware(WebhookMiddleware, secret=Env("FIVETRAN_WEBHOOK_SECRET"), path="/fivetran")

    @app.post("/fivetran")
    async def fivetran(request: Request) -> None:
        event = request.scope["fivetran_event"]
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
            event_key: Where in the scope the event is put.
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        if scope["type"] != "http" or scope["path"] != self._path:
            await self._app(scope, receive, send)
            return
        answer, event, body = await _take(self._receiver, scope, receive)
        if event is None:
            await _send(answer, send)
            return
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app({**scope, self._event_key: event}, _again(body, receive), sending)
        finally:
            await self._receiver.settle(event, status)


async def _take(receiver: Receiver, scope: Scope, receive: Receive) -> tuple[Answer, WebhookEvent | None, bytes]:
    headers = _headers(scope)
    pieces: list[bytes] = []
    try:
        async with aclosing(_chunks(receive, pieces)) as chunks:
            answer, event = await receiver.receive(scope["method"], headers, chunks)
    except RefusedError as refusal:
        return await receiver.refuse(refusal.problem), None, b""
    return answer, event, b"".join(pieces)


async def _chunks(receive: Receive, pieces: list[bytes]) -> AsyncGenerator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise broken_off("the connection was closed before the body had come")
        piece = message.get("body", b"")
        pieces.append(piece)
        yield piece
        if not message.get("more_body", False):
            return


def _headers(scope: Scope) -> Mapping[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what gives the body once more, and then what the server has to say."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def once_more() -> Message:
        return messages.pop() if messages else await receive()

    return once_more


async def _send(answer: Answer, send: Send) -> None:
    headers = {**answer.headers, "Content-Length": str(len(answer.body))}
    pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    await send({"type": "http.response.body", "body": answer.body})


def checked_path(path: Any) -> str:
    """Return the path of deliveries.

    Raises:
        ArgumentError: It is none.
    """
    if not isinstance(path, str) or not path.startswith("/"):
        raise ArgumentError(f"path must be the path of deliveries, such as '/fivetran', not {path!r}")
    return path


def checked_key(event_key: Any) -> str:
    """Return where an event is put.

    Raises:
        ArgumentError: It is no name.
    """
    if not isinstance(event_key, str) or not event_key:
        raise ArgumentError(f"event_key must be a name, such as {EVENT_KEY!r}, not {event_key!r}")
    return event_key
