"""WebhookListener: an embedded server that registers its own webhook, hands out what is delivered, and tidies up."""

import asyncio
import logging
import os
import secrets
import ssl as tls
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, cast
from urllib.parse import urlsplit

import anyio

from fivetran_async._forks import loading
from fivetran_async.errors import (
    ArgumentError,
    ClosedError,
    ConfigError,
    DeadlineExceededError,
    DecodeError,
    FivetranError,
)
from fivetran_async.models.webhooks import WebhookEventType
from fivetran_async.retry import may_have_arrived
from fivetran_async.webhooks._event import WebhookEvent
from fivetran_async.webhooks.background import no_room
from fivetran_async.webhooks.receiver import Answer, Receiver
from fivetran_async.webhooks.store import SeenStore

if TYPE_CHECKING:
    from aiohttp import web

    from fivetran_async.client import Fivetran
    from fivetran_async.models.webhooks import Webhook
    from fivetran_async.resources.webhooks import Webhooks

logger = logging.getLogger("fivetran_async")

URL_VARIABLE: Final = "FIVETRAN_WEBHOOK_URL"
BIND_VARIABLE: Final = "FIVETRAN_WEBHOOK_BIND"
SYNC_EVENTS: Final = (WebhookEventType.SYNC_START.value, WebhookEventType.SYNC_END.value)

_HANDSHAKE: Final = "test_event"
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_HIGHEST_PORT: Final = 65_535
# How long the removal of the webhook may take once nothing else is left to do, in seconds.
_TIDYING: Final = 30.0
_LEFT_BEHIND: Final = (
    "the answer did not come, and the webhook may have been made: with replace=True the next listener at this address "
    "deletes it"
)
# How long requests that are being answered at the end may take, in seconds.
_GRACE: Final = 2.0


class WebhookListener:
    """What Fivetran delivers, as it comes.

    ```python
    async with WebhookListener(ft, url="https://hooks.example.com/fivetran", bind=":8080") as events:
        async for event in events:
            print(event.event, event.connection, event.status)
    ```

    While it is open a server takes deliveries, and a webhook of the account, or of a group, sends them: it is made at
    the beginning, with a secret of its own, and deleted at the end, whatever ends it. Each event is handed out once,
    although it may be delivered several times. Events wait for their reader in memory; when `max_waiting` of them do,
    deliveries are put off (503), and Fivetran makes them again later.

    It says as well when a connection is worth a look: `ft.connections.wait_all(ids, via=events)`.
    """

    def __init__(
        self,
        ft: "Fivetran | None" = None,
        *,
        url: str | None = None,
        bind: str | tuple[str, int] | None = None,
        events: Sequence[str] = SYNC_EVENTS,
        group_id: str | None = None,
        secret: str | None = None,
        store: SeenStore | None = None,
        max_waiting: int = 10_000,
        replace: bool = False,
        keep: bool = True,
        ssl: tls.SSLContext | None = None,
    ) -> None:
        """Prepare; nothing is sent, and nothing listens, before it is entered.

        Args:
            ft: The client that makes and deletes the webhook; None for one of the environment's credentials.
            url: The public https address that leads here; http only to this machine, for the sandbox. `{port}` in
                it stands for the port that is listened on. None for `FIVETRAN_WEBHOOK_URL` of the environment.
            bind: Where to listen: `"host:port"`, `":port"` for all addresses, or a pair; port 0 takes a free one. None
                for `FIVETRAN_WEBHOOK_BIND`, or else `127.0.0.1:8080`.
            events: Which ones, such as `sync_end`.
            group_id: Only those of this group; None for the whole account.
            secret: What signs the deliveries; None for a strong one of its own.
            store: What tells that an event was delivered before; None for the memory of this process.
            max_waiting: How many events may wait for their reader.
            replace: Whether to delete, first, webhooks that lead to the very same URL, as a killed run leaves one
                behind. Costs one call for every 1,000 webhooks, and one for each that is deleted.
            keep: Whether events wait to be read; False for a listener that only serves as `via=`.
            ssl: What to serve TLS with; None for plain HTTP, behind a proxy that speaks TLS.

        Raises:
            ArgumentError: An argument cannot be used; the message names it.
        """
        self._client = ft
        self._api: Webhooks | None = None
        self._url = _url(url)
        self._bind = _bind(bind)
        self._events = _events(events)
        self._group_id = _group(group_id)
        self._secret = secret or secrets.token_hex(32)
        if isinstance(max_waiting, bool) or not isinstance(max_waiting, int) or max_waiting < 1:
            raise ArgumentError(f"max_waiting must be a whole number from 1, not {max_waiting!r}")
        self._max_waiting = max_waiting
        self._replace = replace
        self._keep = keep
        self._ssl = ssl
        self._receiver = Receiver(self._secret, store=store)
        self._waiting: deque[WebhookEvent] = deque()
        self._news: asyncio.Future[None] | None = None
        self._wakes: list[Callable[[str], object]] = []
        self._stack: AsyncExitStack | None = None
        self._used = False
        self._port = 0
        self.webhook: Webhook | None = None
        """The webhook, while there is one."""

    @classmethod
    def through(cls, api: "Webhooks", **options: Any) -> Self:
        """Return a listener that makes its webhook by a resource instead of a client; options as for the class."""
        listener = cls(None, **options)
        listener._api = api
        return listener

    def __repr__(self) -> str:
        state = "listening" if self._stack is not None else "not listening"
        return f"<{type(self).__name__} {state} on {self._bind[0]}:{self._port or self._bind[1]}>"

    @property
    def port(self) -> int:
        """The port that is listened on; 0 before the listener is entered."""
        return self._port

    @property
    def url(self) -> str:
        """The public address."""
        return self._url.replace("{port}", str(self._port))

    @property
    def waiting(self) -> int:
        """How many events wait to be read."""
        return len(self._waiting)

    async def __aenter__(self) -> Self:
        """Listen, and make the webhook. Costs one call.

        Raises:
            ArgumentError: The listener was used before.
            BadRequestError: The API does not reach the address, or does not want it.
            ConfigError: The address cannot be listened on, or the environment has no credentials.
            ReadOnlyError: The client may not make a webhook.
        """
        if self._used:
            raise ArgumentError("a listener can be entered once; make another one")
        self._used = True
        async with AsyncExitStack() as stack:
            await self._serve(stack)
            stack.push_async_callback(self._receiver.release)
            stack.callback(self._end)
            await self._register(stack, await self._resource(stack))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Delete the webhook, and end the server. Costs one call."""
        stack, self._stack = self._stack, None
        if stack is not None:
            await stack.__aexit__(kind, error, traceback)

    async def __aiter__(self) -> AsyncIterator[WebhookEvent]:
        # One at a time: what a loop that is left has not read is there for the next.
        while await self._some():
            yield self._waiting.popleft()

    async def batches(self) -> AsyncGenerator[list[WebhookEvent], None]:
        """Iterate over what has come, all that waits at a time; ends when the listener is left.

        What was handed out and not dealt with can be given back: `give_back`.
        """
        while await self._some():
            batch = list(self._waiting)
            self._waiting.clear()
            yield batch

    async def give_back(self, events: Sequence[WebhookEvent]) -> None:
        """Put events in front of those that wait, in their order: whoever took them has not dealt with them."""
        self._waiting.extendleft(reversed(events))
        self._tell()

    async def get(self, *, timeout: float | None = None) -> WebhookEvent:  # noqa: ASYNC109 - an argument like the others
        """Return the next event.

        Args:
            timeout: How long to wait for it, in seconds; None for no bound.

        Raises:
            ClosedError: The listener is not open.
            DeadlineExceededError: None came in that time.
        """
        try:
            async with asyncio.timeout(timeout):
                if not await self._some():
                    raise ClosedError("the listener is not open: use it in an async with statement")
        except TimeoutError:
            raise DeadlineExceededError(f"no event came within {timeout:g} s") from None
        return self._waiting.popleft()

    def listen(self, wake: Callable[[str], object], /) -> Callable[[], object]:
        """Call a function with the id of each connection that a sync has ended of; for `via=` of a wait.

        Args:
            wake: The function.

        Returns:
            A function that ends it.
        """
        self._wakes.append(wake)
        return lambda: self._wakes.remove(wake)

    async def _some(self) -> bool:
        while not self._waiting:
            if self._stack is None:
                return False
            if self._news is None or self._news.done():
                self._news = asyncio.get_running_loop().create_future()
            # Shielded: several may wait for the same.
            await asyncio.shield(self._news)
        return True

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def _end(self) -> None:
        self._stack = None
        self._tell()

    async def _resource(self, stack: AsyncExitStack) -> "Webhooks":
        if self._api is not None:
            return self._api
        if self._client is None:
            with loading():
                from fivetran_async.client import Fivetran  # noqa: PLC0415 - nothing else here needs it

            self._client = await stack.enter_async_context(Fivetran.from_env())
        return self._client.webhooks

    async def _serve(self, stack: AsyncExitStack) -> None:
        with loading():
            from aiohttp import web  # noqa: PLC0415 - what only reads deliveries needs no server

        app = web.Application(client_max_size=0)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_GRACE)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        host, port = self._bind
        try:
            await web.TCPSite(runner, host or None, port, ssl_context=self._ssl).start()
        except OSError as error:
            raise ConfigError(
                f"bind: {host or '*'}:{port} cannot be listened on: {error.strerror or error}; port 0 takes a free one"
            ) from error
        self._port = int(runner.addresses[0][1])

    async def _register(self, stack: AsyncExitStack, api: "Webhooks") -> None:
        if self._replace:
            async for old in api.list():
                if old.url == self.url:
                    await api.delete(old.id)
        settings: dict[str, Any] = {
            "url": self.url,
            "events": list(self._events),
            "active": True,
            "secret": self._secret,
        }
        try:
            if self._group_id is None:
                webhook = await api.create_account(**settings)
            else:
                webhook = await api.create_group(self._group_id, **settings)
        except BaseException as error:
            if _may_be_there(error):
                # It cannot be told from others that lead here: the API shows no secret.
                error.add_note(_LEFT_BEHIND)
                logger.warning(_LEFT_BEHIND)
            raise
        self.webhook = webhook
        stack.push_async_callback(self._remove, api, webhook.id)

    async def _remove(self, api: "Webhooks", webhook_id: str) -> None:
        # Also when whoever listens is cancelled: what is left behind would be delivered to nobody for three days.
        with anyio.move_on_after(_TIDYING, shield=True) as scope:
            try:
                await api.delete(webhook_id)
            except FivetranError as error:
                logger.warning("the webhook %s could not be deleted, do it by hand: %s", webhook_id, error)
        if scope.cancelled_caught:
            logger.warning("the webhook %s could not be deleted within %g s, do it by hand", webhook_id, _TIDYING)
        self.webhook = None

    async def _handle(self, request: "web.Request") -> "web.Response":
        with loading():
            from aiohttp import web  # noqa: PLC0415 - loaded by now

            from fivetran_async.webhooks.aiohttp import pieces  # noqa: PLC0415 - it needs aiohttp's server

        chunks = pieces(request.content, [])
        answer, event = await self._receiver.receive(request.method, request.headers, chunks)
        if event is not None:
            answer = await self._take(event, answer)
        return web.Response(status=answer.status, headers=dict(answer.headers), body=answer.body)

    async def _take(self, event: WebhookEvent, answer: Answer) -> Answer:
        if str(event.event) == _HANDSHAKE:
            await self._receiver.confirm(event)
            return answer
        if event.is_sync_end and event.connection is not None:
            for wake in tuple(self._wakes):
                wake(event.connection)
        if not self._keep:
            await self._receiver.confirm(event)
            return answer
        if len(self._waiting) >= self._max_waiting:
            await self._receiver.forget(event)
            logger.warning("%d events wait to be read; Fivetran is asked to deliver again later", len(self._waiting))
            return await self._receiver.refuse(no_room())
        self._waiting.append(event)
        self._tell()
        await self._receiver.confirm(event)
        return answer


def _may_be_there(error: BaseException) -> bool:
    """Return whether a webhook may have been made although the call for it failed."""
    if isinstance(error, DecodeError):
        return True
    # What is no error of a call has cut it short.
    return not isinstance(error, FivetranError) or may_have_arrived(error)


def _url(given: str | None) -> str:
    url = given if given is not None else os.environ.get(URL_VARIABLE, "")
    if not isinstance(url, str) or not url:
        raise ArgumentError(f"url must be the public https address that leads here; pass it, or set {URL_VARIABLE}")
    try:
        # The port that is not known yet may stand in it.
        parts = urlsplit(url.replace("{port}", "1"))
        fits = bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
        parts = urlsplit("")
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not fits or not secure or any(char.isspace() for char in url):
        # Without the value: the address of a receiver may hold a token.
        raise ArgumentError("url must be a whole https address, or http to this machine for the sandbox")
    return url


def _bind(given: str | tuple[str, int] | None) -> tuple[str, int]:
    bind: Any = given if given is not None else os.environ.get(BIND_VARIABLE) or "127.0.0.1:8080"
    host: Any = None
    port: Any = None
    if isinstance(bind, str):
        host, _, text = bind.rpartition(":")
        host = host.strip("[]")
        port = int(text) if text.isascii() and text.isdigit() else None
    elif isinstance(bind, tuple) and len(cast("tuple[Any, ...]", bind)) == 2:  # noqa: PLR2004 - host and port
        host, port = cast("tuple[Any, Any]", bind)
    number = isinstance(port, int) and not isinstance(port, bool) and 0 <= port <= _HIGHEST_PORT
    if not isinstance(host, str) or not number:
        raise ArgumentError(f"bind must be 'host:port', ':port' or (host, port), not {given!r}")
    return host, port


def _events(given: Any) -> tuple[str, ...]:
    names: tuple[Any, ...] = ()
    if isinstance(given, Sequence) and not isinstance(given, str):
        names = tuple(cast("Sequence[Any]", given))
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ArgumentError(f"events must be a list of names such as 'sync_end', at least one, not {given!r}")
    return tuple(name.value if isinstance(name, WebhookEventType) else name for name in names)


def _group(given: Any) -> str | None:
    if given is not None and (not isinstance(given, str) or not given.strip()):
        raise ArgumentError(f"group_id must be the id of a group, or None, not {given!r}")
    return given
