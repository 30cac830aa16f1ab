"""Deliveries of events to webhooks: each at least once, tried again by the sandbox's clock, then given up."""

from __future__ import annotations

import asyncio
import heapq
import logging
import random
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import aiohttp
import msgspec

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.clock import Clock
from fivetran_async.sandbox.engine import deliveries
from fivetran_async.sandbox.engine.deliveries import Delivery, Outcome
from fivetran_async.sandbox.engine.entries import Entry

_log = logging.getLogger(__name__)

RETRIES: Final = (360.0, 1_620.0, 6_300.0, 23_100.0, 83_580.0)
"""When a failed delivery is tried again, in seconds after its first attempt; after the last of them it is given up."""

PATIENCE: Final = 3 * 86_400.0
"""For how long nothing but failures is borne before a webhook is deactivated, in seconds."""

CONCURRENCY: Final = 8
"""How many deliveries to one webhook are on their way at once."""

KEPT_ATTEMPTS: Final = 100_000
KEPT_PENDING: Final = 100_000
"""How many events wait for one sandbox at most; of more than these the new ones are lost."""

_TIMEOUT: Final = 30.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver an event.

    Attributes:
        webhook_id: The webhook.
        event: The kind of the event, such as `sync_end`.
        connection_id: The connection that the event is about; None for none.
        sync_id: The sync that it is about; None for none.
        number: 1 for the first attempt, and so on.
        status: What the endpoint answered; 0 when it answered nothing.
        message: The status in words, or what went wrong.
        at: When, by the sandbox's clock.
    """

    webhook_id: str
    event: str
    connection_id: str | None
    sync_id: str | None
    number: int
    status: int
    message: str
    at: datetime

    @property
    def succeeded(self) -> bool:
        """Whether the endpoint took the event."""
        return Outcome(self.status, self.message).succeeded


@dataclass(slots=True, eq=False)
class _Pending:
    """An event that is still to be delivered."""

    webhook_id: str
    entry: Entry
    number: int = 1
    first: float | None = None
    again: bool = False
    content: bytes = field(default=b"", repr=False)


class Deliveries:
    """What goes out to webhooks, and what became of it.

    Args:
        clock: The sandbox's.
        lock: The account's.
        webhooks: The account's, by id; live.
        seed: What decides which events come twice, and their order where that is shuffled.

    Attributes:
        https_only: Whether plain http is refused even to this machine.
        repeat: The share of the events that is delivered once more after it was taken, as if the answer had been lost.
        shuffle: Whether events that become due together go out in an order of chance, not in the one they happened in.
    """

    def __init__(self, clock: Clock, lock: threading.RLock, webhooks: dict[str, JsonObject], seed: int = 0) -> None:
        self.https_only = False
        self.repeat = 0.0
        self.shuffle = False
        self._clock = clock
        self._lock = lock
        self._webhooks = webhooks
        self._rng = random.Random(f"deliveries/{seed}")  # noqa: S311 - repeatable, not secret
        self._attempts: deque[Attempt] = deque(maxlen=KEPT_ATTEMPTS)
        self._later: list[tuple[float, int, _Pending]] = []
        self._ready: dict[str, deque[_Pending]] = {}
        self._number = 0
        self._given_up = 0
        self._lost = 0
        self._flying = 0
        self._workers: dict[asyncio.Task[None], str] = {}
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._look: Callable[[], object] = _nothing
        self._wake: Callable[[], object] = _nothing

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts so far, oldest first: the newest 100,000."""
        with self._lock:
            return tuple(self._attempts)

    @property
    def pending(self) -> int:
        """How many events are still to be delivered, those that wait to be tried again among them."""
        with self._lock:
            return len(self._later) + sum(len(queue) for queue in self._ready.values()) + self._flying

    @property
    def given_up(self) -> int:
        """How many events were given up after their last attempt."""
        return self._given_up

    @property
    def lost(self) -> int:
        """How many events were never tried, because too many waited."""
        return self._lost

    @property
    def active(self) -> bool:
        """Whether there is anything to look after: a webhook that gets events, or a delivery to be made."""
        return bool(self._later or self._ready) or any(hook.get("active") for hook in self._webhooks.values())

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of events that active webhooks get."""
        wanted = (kind for hook in self._webhooks.values() if hook.get("active") for kind in hook.get("events", ()))
        return deliveries.EVENTS.intersection(wanted)

    @property
    def next_due(self) -> float | None:
        """When the next delivery is tried again; None for never."""
        return self._later[0][0] if self._later else None

    def wait(self, timeout: float = _TIMEOUT) -> None:
        """Block until everything is delivered that is due by the sandbox's clock, or has failed for now.

        Args:
            timeout: How long to wait at most, in real seconds.

        Raises:
            TimeoutError: It took longer.
            RuntimeError: The sandbox is not open.
        """
        loop = self._open_loop()
        asyncio.run_coroutine_threadsafe(self._until_idle(timeout), loop).result()

    async def settled(self, timeout: float = _TIMEOUT) -> None:  # noqa: ASYNC109 - as of `wait`
        """Wait until everything is delivered that is due; as `wait`, for asyncio."""
        loop = self._open_loop()
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._until_idle(timeout), loop))

    def offer(self, entries: Iterable[Entry]) -> None:
        """Have events delivered to all webhooks that want them; called with the account's lock held."""
        hooks = [(name, hook) for name, hook in self._webhooks.items() if hook.get("active")]
        wanted: dict[str, list[_Pending]] = {}
        for entry in entries:
            for name, hook in hooks:
                if deliveries.wants(hook, entry):
                    wanted.setdefault(name, []).append(_Pending(name, entry))
        for name, new in wanted.items():
            room = max(0, KEPT_PENDING - self.pending)
            self._lost += len(new[room:])
            if self.shuffle:
                self._rng.shuffle(new)
            self._ready.setdefault(name, deque()).extend(new[:room])

    def go(self) -> None:
        """Start to deliver what is due; called in the server's loop, with the account's lock held."""
        now = self._clock.timestamp()
        while self._later and self._later[0][0] <= now:
            _, _, pending = heapq.heappop(self._later)
            self._ready.setdefault(pending.webhook_id, deque()).append(pending)
        for name, queue in self._ready.items():
            busy = sum(other == name for other in self._workers.values())
            for _ in range(min(len(queue), CONCURRENCY - busy)):
                worker = asyncio.get_running_loop().create_task(self._work(name))
                self._workers[worker] = name
                worker.add_done_callback(self._ended)

    async def send(self, delivery: Delivery) -> Outcome:
        """Deliver an event once, beside all others; whatever the endpoint does is an outcome, never an error."""
        if self._session is None:
            return Outcome(0, "The sandbox is closed")
        return await deliveries.send(delivery, self._session, https_only=self.https_only)

    async def open(self, look: Callable[[], object], wake: Callable[[], object]) -> None:
        """Begin to deliver.

        Args:
            look: Takes in what has happened up to now, and lets what is due go.
            wake: Has that done soon, and anew when something is due.
        """
        self._look, self._wake = look, wake
        self._loop = asyncio.get_running_loop()
        # A connection for each attempt: one that the endpoint has closed meanwhile would look like a failure of it.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        """Break off what is on its way, and deliver nothing any more."""
        self._loop = None
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise RuntimeError("the sandbox is not open: nothing is delivered before or after")
        return self._loop

    async def _until_idle(self, timeout: float) -> None:  # noqa: ASYNC109 - of the whole wait
        async with asyncio.timeout(timeout):
            self._look()
            while self._workers:
                await asyncio.wait(list(self._workers), return_when=asyncio.FIRST_COMPLETED)
                # What comes of a delivery, or has happened meanwhile, is due as well.
                self._look()
        self._wake()

    def _ended(self, worker: asyncio.Task[None]) -> None:
        del self._workers[worker]
        if not worker.cancelled() and (error := worker.exception()) is not None:
            _log.error("the sandbox could not deliver an event", exc_info=error)

    async def _work(self, name: str) -> None:
        while True:
            with self._lock:
                queue = self._ready.get(name)
                if not queue:
                    self._ready.pop(name, None)
                    return
                pending = queue.popleft()
                delivery = self._prepare(pending)
                if delivery is None:
                    continue
                self._flying += 1
            try:
                outcome = await self.send(delivery)
                with self._lock:
                    self._conclude(pending, outcome)
            finally:
                self._flying -= 1

    def _prepare(self, pending: _Pending) -> Delivery | None:
        """Return what goes out, to where the webhook is now; None when it gets nothing any more."""
        hook = self._webhooks.get(pending.webhook_id)
        if hook is None or not hook.get("active") or not deliveries.is_later(hook, pending.entry):
            return None
        if not pending.content:
            pending.content = msgspec.json.encode(deliveries.body_of(pending.entry))
        if pending.first is None:
            pending.first = self._clock.timestamp()
        return deliveries.sign(hook, pending.content)

    def _conclude(self, pending: _Pending, outcome: Outcome) -> None:
        now = self._clock.timestamp()
        entry = pending.entry
        self._attempts.append(
            Attempt(
                webhook_id=pending.webhook_id,
                event=entry.kind,
                connection_id=entry.connection_id,
                sync_id=entry.sync_id,
                number=pending.number,
                status=outcome.status,
                message=outcome.message,
                at=datetime.fromtimestamp(now, UTC),
            )
        )
        hook = self._webhooks.get(pending.webhook_id)
        if hook is None:
            return
        deliveries.keep_record(hook, now, PATIENCE, succeeded=outcome.succeeded)
        if outcome.succeeded:
            self._repeat(pending)
        elif not pending.again:
            self._retry(pending)

    def _repeat(self, pending: _Pending) -> None:
        if not pending.again and self.repeat and self._rng.random() < self.repeat:
            again = _Pending(pending.webhook_id, pending.entry, pending.number + 1, pending.first, again=True)
            again.content = pending.content
            queue = self._ready.setdefault(pending.webhook_id, deque())
            queue.insert(self._rng.randint(0, len(queue)) if self.shuffle else 0, again)

    def _retry(self, pending: _Pending) -> None:
        if pending.number > len(RETRIES) or pending.first is None:
            self._given_up += 1
            return
        due = pending.first + RETRIES[pending.number - 1]
        pending.number += 1
        self._number += 1
        heapq.heappush(self._later, (due, self._number, pending))
        self._wake()


def _nothing() -> None:
    pass
