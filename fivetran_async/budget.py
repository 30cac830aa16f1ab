"""What a credential may use: how many requests at once, and a gate that a long `Retry-After` closes for all."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Mapping

from fivetran_async import _forks
from fivetran_async._clock import Clock, SystemClock
from fivetran_async._wire import Request
from fivetran_async.errors import ConfigError, RateLimitedError

RATE_NOT_QUOTA = 2.0
"""A `Retry-After` up to this many seconds is a rate, which the refused call waits out alone; a longer one is a
quota, which all calls wait for."""

_DIGITS = 18

# What sums of seconds are off by: not worth another turn at the gate.
_ROUNDING = 1e-6


class Budget:
    """The calls of one account: shared by passing the same object to several clients.

    It may be shared across event loops and threads. First come, first served.

    Attributes:
        concurrency: How many requests may be on the wire at once.
        reserve: How many of the hour's calls are left to others. Reported, and not yet kept.
        limit: How many calls the account has in an hour, as the last reply said; None before the first.
        remaining: How many of them are left, as the last reply said; None before the first.
    """

    def __init__(self, concurrency: int = 32, reserve: int = 0, *, clock: Clock | None = None) -> None:
        """Make a budget.

        Args:
            concurrency: How many requests may be on the wire at once, from 1.
            reserve: How many of the hour's calls to leave to others, from 0.
            clock: Where the time comes from.

        Raises:
            ConfigError: A number is out of its range.
        """
        self.concurrency = _whole(concurrency, "concurrency", 1)
        self.reserve = _whole(reserve, "reserve", 0)
        self.limit: int | None = None
        self.remaining: int | None = None
        self._clock: Clock = clock or SystemClock()
        self._opens_at = 0.0
        self._reset()

    def _reset(self) -> None:
        # After a fork the lock may be held, and the slots be taken, by threads that the child does not have.
        self._generation = _forks.generation()
        self._lock = threading.Lock()
        self._free = self.concurrency
        self._waiting: OrderedDict[asyncio.Future[None], None] = OrderedDict()

    def __repr__(self) -> str:
        return f"Budget(concurrency={self.concurrency}, reserve={self.reserve}, remaining={self.remaining})"

    @property
    def in_flight(self) -> int:
        """How many requests are on the wire."""
        return self.concurrency - self._free

    @property
    def closed_for(self) -> float:
        """For how many seconds more the gate is closed; 0.0 when it is open."""
        left = self._opens_at - self._clock.monotonic()
        return left if left > _ROUNDING else 0.0

    async def enter(self, request: Request, patience: float | None = None) -> None:
        """Wait until a request may be sent, and take a slot for it; `leave` gives it back.

        Args:
            request: What is to be sent.
            patience: The longest wait at a closed gate, in seconds; None for any.

        Raises:
            RateLimitedError: The gate stays closed for longer than that; nothing was sent.
        """
        while True:
            while (wait := self.closed_for) > 0:
                if patience is not None and wait > patience:
                    raise RateLimitedError(
                        "held back here, because the API had asked all callers of this account to wait",
                        sent=False,
                        operation=request.operation.id,
                        retry_after=wait,
                    )
                await self._clock.sleep(wait)
            await self._take()
            if not self.closed_for:
                return
            self.leave()

    def leave(self) -> None:
        """Give a slot back."""
        if self._generation == _forks.generation():
            self._hand_on()

    def observe(self, headers: Mapping[str, str]) -> None:
        """Learn from the headers of a reply what the account has left."""
        limit, remaining = _count(headers.get("X-Rate-Limit")), _count(headers.get("X-Rate-Limit-Remaining"))
        self.limit = self.limit if limit is None else limit
        self.remaining = self.remaining if remaining is None else remaining

    def refused(self, retry_after: float | None) -> None:
        """Learn from a 429 how long to wait; a wait that is a quota closes the gate for all."""
        if retry_after is not None and retry_after > RATE_NOT_QUOTA:
            with self._lock:
                self._opens_at = max(self._opens_at, self._clock.monotonic() + retry_after)

    async def _take(self) -> None:
        if self._generation != _forks.generation():
            self._reset()
        with self._lock:
            if self._free > 0 and not self._waiting:
                self._free -= 1
                return
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting[turn] = None
        try:
            await turn
        except asyncio.CancelledError:
            with self._lock:
                self._waiting.pop(turn, None)
            # Cancelled with the slot already in hand: the next one gets it. A turn that was cancelled before its
            # slot came is passed over by _hand_on.
            if turn.done() and not turn.cancelled():
                self._hand_on()
            raise

    def _hand_on(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._free += 1
                    return
                turn, _ = self._waiting.popitem(last=False)
            if turn.get_loop() is _running_loop():
                if not turn.done():
                    turn.set_result(None)
                    return
                continue
            try:
                turn.get_loop().call_soon_threadsafe(self._deliver, turn)
            except RuntimeError:
                # The loop of that waiter is closed; it will never want its slot.
                continue
            return

    def _deliver(self, turn: "asyncio.Future[None]") -> None:
        if turn.done():
            self._hand_on()
        else:
            turn.set_result(None)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _whole(value: int, name: str, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigError(f"{name} must be a whole number from {least}, not {value!r}")
    return value


def _count(text: str | None) -> int | None:
    # Bounded, because Python refuses to read a number of thousands of digits.
    return int(text) if text is not None and text.strip().isdecimal() and len(text) <= _DIGITS else None
