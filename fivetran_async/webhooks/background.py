"""Background: deals with events after their deliveries were answered, since Fivetran waits for 10 seconds only."""

import asyncio
import inspect
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

import anyio
import anyio.to_thread

from fivetran_async.errors import ArgumentError, ClosedError
from fivetran_async.webhooks._event import WebhookEvent
from fivetran_async.webhooks.receiver import Answer, Problem, Receiver

logger = logging.getLogger("fivetran_async")

ANSWER_WITHIN: Final = 8.0
"""How long an event waits for room in the queue unless told otherwise, in seconds: below the 10 s of Fivetran."""

# When Fivetran may come again with what there was no room for, in seconds.
_AGAIN: Final = "60"

Handler: TypeAlias = Callable[[WebhookEvent], "Awaitable[object] | object"]
"""A function of one event, async or not; one that is not runs in a worker thread."""

OnHandlerError: TypeAlias = Callable[[WebhookEvent, BaseException], object]
"""A function, async or not, of an event and what its handler raised."""


class Background:
    """A bounded queue of events, and what works on it; to be used with `async with`.

    A delivery is answered as soon as its event has a place in the queue. When there is none within `answer_within`
    seconds the answer is 503, and Fivetran delivers the event again later: nothing is lost, and nothing piles up.
    An event whose handler raises may come again likewise, if Fivetran delivers it twice anyway; it was answered well.
    What was dealt with is confirmed in the receiver's store.
    """

    def __init__(
        self,
        receiver: Receiver,
        handler: Handler,
        *,
        queue_size: int = 1000,
        concurrency: int = 8,
        answer_within: float = ANSWER_WITHIN,
        drain_timeout: float = 10.0,
        on_handler_error: OnHandlerError | None = None,
    ) -> None:
        """Prepare.

        Args:
            receiver: What checks deliveries.
            handler: What is called with each event.
            queue_size: How many events may wait.
            concurrency: How many are dealt with at the same time.
            answer_within: How long an event waits for a place, in seconds.
            drain_timeout: How long what waits may take at the end, in seconds; the rest is given back and logged.
            on_handler_error: Called with an event and what its handler raised, after that was logged.

        Raises:
            ArgumentError: An argument cannot be used; the message names it.
        """
        if not callable(handler):
            raise ArgumentError(f"handler must be a function of one event, not {handler!r}")
        for name, number in (("queue_size", queue_size), ("concurrency", concurrency)):
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise ArgumentError(f"{name} must be a whole number from 1, not {number!r}")
        for name, seconds in (("answer_within", answer_within), ("drain_timeout", drain_timeout)):
            if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
                raise ArgumentError(f"{name} must be a number of seconds from 0, not {seconds!r}")
        self.receiver: Final = receiver
        self._handler = handler
        self._queue_size = queue_size
        self._concurrency = concurrency
        self._answer_within = answer_within
        self._drain_timeout = drain_timeout
        self._on_handler_error = on_handler_error
        self._queue: asyncio.Queue[WebhookEvent] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._workers: list[asyncio.Task[None]] = []
        self._threads: anyio.CapacityLimiter | None = None

    @property
    def waiting(self) -> int:
        """How many events wait."""
        return 0 if self._queue is None else self._queue.qsize()

    @property
    def running(self) -> bool:
        """Whether it works."""
        return self._queue is not None

    async def start(self) -> None:
        """Begin to work, in this event loop."""
        loop = asyncio.get_running_loop()
        if self._queue is not None and self._loop is loop:
            return
        # Begun in another loop, it is a parent's from before a fork, which goes on with what waits there.
        self._loop = loop
        self._queue = asyncio.Queue(self._queue_size)
        self._threads = anyio.CapacityLimiter(self._concurrency)
        self._workers = [asyncio.create_task(self._work(self._queue)) for _ in range(self._concurrency)]

    async def stop(self) -> None:
        """Deal with what waits, for `drain_timeout` seconds at the most, and end."""
        queue, self._queue = self._queue, None
        if queue is None:
            return
        with anyio.move_on_after(self._drain_timeout):
            await queue.join()
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        left = 0
        while not queue.empty():
            left += 1
            await self.receiver.forget(queue.get_nowait())
        if left:
            logger.error("%d events of webhooks were not dealt with before the end", left)
        await self.receiver.release()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    async def put(self, event: WebhookEvent, answer: Answer, *, since: float | None = None) -> Answer:
        """Give an event a place in the queue.

        Args:
            event: The event.
            answer: What is answered when it has one.
            since: When its delivery began, as `time.monotonic()` has it: the wait for a place counts from there.

        Returns:
            The answer.

        Raises:
            ClosedError: It does not work: it was not started, or has been stopped.
        """
        queue = self._queue
        if queue is None:
            await self.receiver.forget(event)
            raise ClosedError("the background is not running: use it in an async with statement, or start() it")
        gone = 0.0 if since is None else time.monotonic() - since
        try:
            async with asyncio.timeout(max(0.0, self._answer_within - gone)):
                await queue.put(event)
        except TimeoutError:
            await self.receiver.forget(event)
            logger.warning("%d events of webhooks wait; Fivetran is asked to deliver again later", queue.qsize())
            return await self.receiver.refuse(no_room())
        except asyncio.CancelledError:
            await self.receiver.forget(event)
            raise
        return answer

    async def _work(self, queue: "asyncio.Queue[WebhookEvent]") -> None:
        while True:
            event = await queue.get()
            try:
                await self._deal(event)
            finally:
                queue.task_done()

    async def _deal(self, event: WebhookEvent) -> None:
        try:
            await call(self._handler, event, self._threads)
        except Exception as error:  # noqa: BLE001 - a handler may raise anything
            await self._failed(event, error)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                await self.receiver.forget(event)
                raise
            # It is the handler's own: something that it waited for was cancelled.
            await self._failed(event, error)
        else:
            await self.receiver.confirm(event)

    async def _failed(self, event: WebhookEvent, error: BaseException) -> None:
        logger.error("the handler of webhooks failed with %s of %s", event.event, event.connection, exc_info=error)
        await self.receiver.forget(event)
        await self._tell(event, error)

    async def _tell(self, event: WebhookEvent, error: BaseException) -> None:
        if self._on_handler_error is None:
            return
        try:
            found: Any = self._on_handler_error(event, error)
            if inspect.isawaitable(found):
                await found
        except Exception:
            logger.exception("on_handler_error %r raised", self._on_handler_error)


def no_room() -> Problem:
    """Return the refusal of an event that there is no room for now."""
    return Problem(
        status=503, code="no_room", message="too many events wait; deliver again later", headers={"Retry-After": _AGAIN}
    )


async def call(handler: Handler, event: WebhookEvent, threads: anyio.CapacityLimiter | None = None) -> None:
    """Call a handler with an event, in a worker thread unless it is async."""
    found: Any = handler
    if inspect.iscoroutinefunction(found) or inspect.iscoroutinefunction(getattr(found, "__call__", None)):  # noqa: B004
        await found(event)
        return
    result = await anyio.to_thread.run_sync(partial(found, event), limiter=threads)
    if inspect.isawaitable(result):
        # A function that returns a coroutine, such as a lambda around one.
        await result
