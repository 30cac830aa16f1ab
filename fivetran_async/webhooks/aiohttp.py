"""Webhooks in an aiohttp server: a handler for `app.router.add_post`, or for a `Background` of the application."""

import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, TypeAlias

from aiohttp import ClientError, StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from fivetran_async.webhooks._event import WebhookEvent
from fivetran_async.webhooks.asgi import EVENT_KEY, checked_key
from fivetran_async.webhooks.background import ANSWER_WITHIN, Background, Handler, OnHandlerError
from fivetran_async.webhooks.receiver import (
    MAX_BODY,
    READ_TIMEOUT,
    Answer,
    OnError,
    Receiver,
    SecretSource,
    broken_off,
)
from fivetran_async.webhooks.store import SeenStore

RequestHandler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY_KEY: Final = "fivetran_body"
"""Where in the request the raw body is put: aiohttp gives a body once, and by then it was read."""

_FAULT: Final = 500
# Since aiohttp 3.14.
_KEYS: Final[Any] = getattr(web, "RequestKey", ())


def add_webhook(
    app: web.Application,
    path: str,
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
) -> Background:
    """Take deliveries at a path of an application, and deal with them in the background.

    The background begins and ends with the application. All other arguments are those of `Receiver` and `Background`.

    Args:
        app: The application, before it runs.
        path: The path of deliveries.
        handler: What is called with each event, after its delivery was answered.
        secret: The webhook's secret.
        max_body: How long a body may be, in bytes.
        read_timeout: How long a body may take to come, in seconds.
        on_error: Called with each refusal; what it returns, if anything, is answered instead.
        store: What tells that an event was delivered before.
        queue_size: How many events may wait.
        concurrency: How many are dealt with at the same time.
        answer_within: How long an event waits for a place, in seconds.
        drain_timeout: How long what waits may take at the end, in seconds.
        on_handler_error: Called with an event and what its handler raised.

    Returns:
        The background.

    Raises:
        ArgumentError: An argument cannot be used; the message names it.
        ConfigError: The variable of the environment with the secret is not set.
    """
    receiver = Receiver(secret, max_body=max_body, read_timeout=read_timeout, on_error=on_error, store=store)
    background = Background(
        receiver,
        handler,
        queue_size=queue_size,
        concurrency=concurrency,
        answer_within=answer_within,
        drain_timeout=drain_timeout,
        on_handler_error=on_handler_error,
    )

    async def take(request: web.Request) -> web.StreamResponse:
        began = time.monotonic()
        answer, event, _ = await _receive(receiver, request)
        if event is not None:
            answer = await background.put(event, answer, since=began)
        return response(answer)

    async def begin(_: web.Application) -> None:
        await background.start()

    async def end(_: web.Application) -> None:
        await background.stop()

    app.router.add_route("*", path, take)
    app.on_startup.append(begin)
    app.on_cleanup.append(end)
    return background


def webhook_handler(
    handler: RequestHandler,
    *,
    secret: SecretSource,
    event_key: "str | web.RequestKey[WebhookEvent]" = EVENT_KEY,
    max_body: int = MAX_BODY,
    read_timeout: float = READ_TIMEOUT,
    on_error: OnError | None = None,
    store: SeenStore | None = None,
) -> RequestHandler:
    """Return a handler of requests that lets only verified deliveries through to another one.

    That finds the event in `request[event_key]` and the raw body in `request["fivetran_body"]`, and has to answer
    within 10 seconds. When it answers with anything but 2xx, or raises, the event may come again, and Fivetran delivers
    it again. Add it with `router.add_route("*", ...)`.

    Args:
        handler: What is called with the request of each verified event.
        secret: The webhook's secret.
        event_key: Where in the request the event is put: a name, or a `web.RequestKey`.
        max_body: How long a body may be, in bytes.
        read_timeout: How long a body may take to come, in seconds.
        on_error: Called with each refusal; what it returns, if anything, is answered instead.
        store: What tells that an event was delivered before.

    Raises:
        ArgumentError: An argument cannot be used; the message names it.
        ConfigError: The variable of the environment with the secret is not set.
    """
    receiver = Receiver(secret, max_body=max_body, read_timeout=read_timeout, on_error=on_error, store=store)
    key: Any = event_key if isinstance(event_key, _KEYS) else checked_key(event_key)

    async def take(request: web.Request) -> web.StreamResponse:
        answer, event, body = await _receive(receiver, request)
        if event is None:
            return response(answer)
        with warnings.catch_warnings():
            # aiohttp recommends keys of its own kind, which its older versions do not have.
            warnings.simplefilter("ignore", web.NotAppKeyWarning)
            request[key] = event
            request[BODY_KEY] = body
        status = _FAULT
        try:
            answered = await handler(request)
            status = answered.status
        except web.HTTPException as raised:
            status = raised.status
            raise
        else:
            return answered
        finally:
            await receiver.settle(event, status)

    return take


def response(answer: Answer) -> web.Response:
    """Return an answer as aiohttp has it."""
    return web.Response(status=answer.status, headers=dict(answer.headers), body=answer.body)


async def _receive(receiver: Receiver, request: web.Request) -> tuple[Answer, WebhookEvent | None, bytes]:
    read: list[bytes] = []
    answer, event = await receiver.receive(request.method, request.headers, pieces(request.content, read))
    return answer, event, b"".join(read)


async def pieces(content: StreamReader, read: list[bytes]) -> AsyncIterator[bytes]:
    """Yield a body as it comes, and keep it.

    Raises:
        RefusedError: It did not come whole.
    """
    try:
        async for piece in content.iter_any():
            read.append(piece)
            yield piece
    except (ClientError, web.RequestPayloadError, HttpProcessingError, ConnectionError) as error:
        raise broken_off(f"the body did not come whole: {type(error).__name__}") from None
