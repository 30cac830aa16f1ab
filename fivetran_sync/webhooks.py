"""Receiving webhooks without a loop: the same signature and events, and a listener that is iterated in any thread."""

import ssl as tls
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from fivetran_async.errors import ClosedError, WrongLoopError
from fivetran_async.models.webhooks import Webhook
from fivetran_async.webhooks import (
    SIGNATURE_HEADER,
    ChangeData,
    Secret,
    SyncEndData,
    SyncStatus,
    TransformationRunData,
    WebhookEvent,
    compute_signature,
    parse,
    verify,
)
from fivetran_async.webhooks.listener import SYNC_EVENTS
from fivetran_async.webhooks.listener import WebhookListener as _AsyncListener
from fivetran_async.webhooks.store import SeenStore
from fivetran_sync._bridge import Stream, asyncio_client, run
from fivetran_sync.client import Fivetran

__all__ = [
    "SIGNATURE_HEADER",
    "ChangeData",
    "Secret",
    "SyncEndData",
    "SyncStatus",
    "TransformationRunData",
    "WebhookEvent",
    "WebhookListener",
    "compute_signature",
    "parse",
    "verify",
]


class WebhookListener:
    """What Fivetran delivers, as it comes.

    ```python
    with WebhookListener(ft, url="https://hooks.example.com/fivetran", bind=":8080") as events:
        for event in events:
            print(event.event, event.connection, event.status)
    ```

    It serves on the loop of this package, in a thread of its own, so that deliveries are taken while nobody iterates.
    All else as for `fivetran_async.webhooks.WebhookListener`.
    """

    def __init__(
        self,
        ft: Fivetran | None = None,
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
        self._async = _AsyncListener(
            None if ft is None else asyncio_client(ft),
            url=url,
            bind=bind,
            events=events,
            group_id=group_id,
            secret=secret,
            store=store,
            max_waiting=max_waiting,
            replace=replace,
            keep=keep,
            ssl=ssl,
        )

    def __repr__(self) -> str:
        return repr(self._async)

    @property
    def port(self) -> int:
        """The port that is listened on; 0 before the listener is entered."""
        return self._async.port

    @property
    def url(self) -> str:
        """The public address."""
        return self._async.url

    @property
    def waiting(self) -> int:
        """How many events wait to be read."""
        return self._async.waiting

    @property
    def webhook(self) -> Webhook | None:
        """The webhook, while there is one."""
        return self._async.webhook

    def __enter__(self) -> Self:
        """Listen, and make the webhook. Costs one call.

        Raises:
            ArgumentError: The listener was used before.
            BadRequestError: The API does not reach the address, or does not want it.
            ConfigError: The address cannot be listened on, or the environment has no credentials.
            ReadOnlyError: The client may not make a webhook.
        """
        run(self._async.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Delete the webhook, and end the server. Costs one call."""
        run(self._async.__aexit__(kind, error, traceback))

    def __iter__(self) -> Generator[WebhookEvent, None, None]:
        # Threads are crossed once for all that has come.
        stream = Stream(self._async.batches())
        unread: deque[WebhookEvent] = deque()
        try:
            while (batch := stream.next()) is not None:
                unread.extend(batch)
                while unread:
                    yield unread.popleft()
        finally:
            stream.close()
            if unread:
                # Dropped by the collector on the loop's own thread, or at exit, there is nobody to read the rest.
                with suppress(ClosedError, WrongLoopError):
                    run(self._async.give_back(tuple(unread)))

    def get(self, *, timeout: float | None = None) -> WebhookEvent:
        """Return the next event.

        Args:
            timeout: How long to wait for it, in seconds; None for no bound.

        Raises:
            ClosedError: The listener is not open.
            DeadlineExceededError: None came in that time.
        """
        return run(self._async.get(timeout=timeout))

    def listen(self, wake: Callable[[str], object], /) -> Callable[[], object]:
        """Call a function with the id of each connection that a sync has ended of; for `via=` of a wait.

        Args:
            wake: The function; it is called on the loop of this package and must not block.

        Returns:
            A function that ends it.
        """
        return self._async.listen(wake)
