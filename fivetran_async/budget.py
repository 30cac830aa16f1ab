"""What a credential may use: how many requests at once, how many in an hour, and gates that a `Retry-After` closes."""

import asyncio
import math
from collections.abc import Mapping

from fivetran_async import _forks
from fivetran_async._clock import Clock, SystemClock
from fivetran_async._ledger import Estimate, Ledger
from fivetran_async._queue import Desk, Grant, Line, Waiter
from fivetran_async._windows import PLANS, ROUNDING, Hold, PlanName
from fivetran_async._wire import Request
from fivetran_async.config import positive
from fivetran_async.errors import ArgumentError, ConfigError, FivetranError, RateLimitedError
from fivetran_async.operation import RateClass

_DIGITS = 18

# A sleep of so many seconds need not be interruptible, which would cost a task.
_BRIEFLY = 0.05


class Budget:
    """The calls of one account: shared by passing the same object to several clients.

    It may be shared across event loops and threads. First come, first served, among those that may go: a call whose
    class has used up its window, such as 250 setup tests a minute, waits aside and holds up no other class. While
    the API says that calls are left, nothing is paced; when they are used up, all wait together, and one call at a
    time asks again. A limit that the API does not tell is found from the calls that it refuses, and kept to.

    Attributes:
        concurrency: How many requests may be on the wire at once.
        reserve: How many of the hour's calls are left to others, as far as the API says how many there are. While
            only they are left, one call a minute asks again.
        pace: How many calls a second there may be; None for as many as the API lets through.
    """

    def __init__(
        self,
        concurrency: int = 32,
        reserve: int = 0,
        pace: float | None = None,
        *,
        plan: PlanName | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Make a budget.

        Args:
            concurrency: How many requests may be on the wire at once, from 1.
            reserve: How many of the hour's calls to leave to others, from 0.
            pace: How many calls a second there may be, above 0; None for as many as the API lets through.
            plan: By which published limits setup tests, calls that reach the source, and creations of users and of
                private links are held back: `full`, `trial`, or `none` for an account that has others; None for
                those that the hour's limit tells.
            clock: Where the time comes from.

        Raises:
            ConfigError: A number is out of its range.
        """
        self.concurrency = _whole(concurrency, "concurrency", 1, ConfigError)
        self.reserve = _whole(reserve, "reserve", 0, ConfigError)
        positive(pace, "pace", "calls a second")
        self.pace = pace
        self._clock: Clock = clock or SystemClock()
        if plan not in (None, *PLANS):
            raise ConfigError(f"plan must be one of {', '.join(PLANS)}, or None, not {plan!r}")
        self._ledger = Ledger(reserve, pace, plan)
        # After a fork the lock may be held, and the slots be taken, by threads that the child does not have.
        self._desks: dict[int, Desk] = {}

    def __repr__(self) -> str:
        pace = "" if self.pace is None else f", pace={self.pace:g}"
        name = type(self).__name__
        return f"{name}(concurrency={self.concurrency}, reserve={self.reserve}{pace}, remaining={self.remaining})"

    @property
    def limit(self) -> int | None:
        """How many calls the account has in an hour, as the last reply said; None before the first."""
        return self._ledger.limit

    @property
    def remaining(self) -> int | None:
        """How many of them are left now: as the last reply said, less what is on the wire and may not be counted in it.

        None before the first reply, and when the last one is an hour old.
        """
        left = self._ledger.left(self._clock.monotonic())
        return None if left is None else max(0, left)

    @property
    def rate(self) -> float | None:
        """How many calls a second may go now, where a pace, refused calls or a short limit say so; otherwise None."""
        return self._ledger.rate

    @property
    def in_flight(self) -> int:
        """How many requests are on the wire."""
        return self._desk.in_flight

    @property
    def waiting(self) -> int:
        """How many calls wait to be sent."""
        return self._desk.waiting

    @property
    def closed_for(self) -> float:
        """For how many seconds more the gate of all calls is closed; 0.0 when it is open."""
        now = self._clock.monotonic()
        gate = self._ledger.gate(RateClass.ALL, now)
        return gate.until - now if gate else 0.0

    def estimate(self, calls: int, rate_class: RateClass = RateClass.ALL) -> Estimate:
        """Say what a job would take of the account, before it runs. Costs no call.

        Args:
            calls: How many calls it makes, from 0.
            rate_class: Which class of calls they are.

        Returns:
            The share of an hour's calls, for how long the limits would hold the job back, and whether it fits.

        Raises:
            ArgumentError: It is no such number, or no such class.
        """
        _whole(calls, "calls", 0, ArgumentError)
        if not isinstance(rate_class, RateClass):
            raise ArgumentError(f"rate_class must be a RateClass, not {rate_class!r}")
        with self._desk.lock:
            return self._ledger.estimate(calls, rate_class, self._clock.monotonic())

    async def enter(self, request: Request, patience: float | None = None) -> Grant:
        """Wait until a request may be sent, and take a slot for it; `leave` gives it back.

        Args:
            request: What is to be sent.
            patience: The longest wait for a closed gate, a used-up window or the reserve, in seconds; None for any.

        Returns:
            What `observe` and `refused` want to know of the request.

        Raises:
            RateLimitedError: The wait is longer than that; nothing was sent.
        """
        return self._at_once(request) or await self._queued(request, patience)

    def _at_once(self, request: Request, place: int | None = None) -> Grant | None:
        """Let a call go if it need not wait."""
        desk = self._desk
        with desk.lock:
            if desk.waiting or not desk.free:
                return None
            now, rate_class = self._clock.monotonic(), request.rate_class
            if self._ledger.hold(rate_class, now, desk.in_flight) is not None:
                return None
            return self._grant(desk, rate_class, now, desk.place() if place is None else place)

    async def _queued(self, request: Request, patience: float | None, place: int | None = None) -> Grant:
        """Wait for a turn."""
        desk, rate_class = self._desk, request.rate_class
        with desk.lock:
            now = self._clock.monotonic()
            hold = self._ledger.hold(rate_class, now, desk.in_flight)
            if hold is not None and hold.tries and patience is not None and hold.until - now > patience + ROUNDING:
                raise _held_back(request.operation.id, hold, now)
            waiter = desk.join(rate_class, request.operation.id, math.inf if patience is None else patience, now, place)
            self._pump(desk)
        try:
            return await self._turn(desk, waiter)
        except BaseException:
            with desk.lock:
                self._give_up(desk, waiter)
            raise

    def leave(self) -> None:
        """Give a slot back."""
        desk = self._desks.get(_forks.generation())
        if desk is not None:
            with desk.lock:
                desk.free += 1
                if desk.waiting:
                    self._pump(desk)

    def observe(self, headers: Mapping[str, str], grant: Grant | None = None, *, let_through: bool = True) -> None:
        """Learn from a reply what the account has left, before its slot is given back.

        Args:
            headers: The headers of the reply.
            grant: What `enter` returned for the request; None if it was the latest.
            let_through: Whether it is no 429.
        """
        limit, remaining = figures(headers)
        desk = self._desk
        with desk.lock:
            now = self._clock.monotonic()
            if grant is None:
                self._ledger.tell(limit, remaining, None, now)
            else:
                others = max(0, desk.in_flight - 1)
                self._ledger.tell(limit, remaining, grant.number, now, in_flight=others, slots=desk.slots)
            if let_through and grant is not None:
                self._ledger.let_through(now, grant.at, remaining)
            if desk.waiting and desk.free:
                self._pump(desk)

    def refused(
        self, retry_after: float | None, grant: Grant | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Learn from a 429 how long to wait; a wait that is a quota closes a gate.

        It is the gate of the request's class when the reply says that the hour has calls left, otherwise that of all.

        Args:
            retry_after: For how many seconds the API asks to wait; None if it did not say.
            grant: What `enter` returned for the request that was refused; None if that is unknown.
            headers: The headers of the reply; None if there are none.
        """
        remaining = figures(headers or {})[1]
        desk = self._desk
        with desk.lock:
            now = self._clock.monotonic()
            rate_class, sent_at = (RateClass.ALL, now) if grant is None else (grant.rate_class, grant.at)
            closed = self._ledger.refuse(rate_class, retry_after, remaining, now, sent_at)
            if closed is not None:
                self._closed(closed, now + (retry_after or 0.0))
                self._pump(desk, gates=True)

    async def share(self) -> None:
        """Tell other processes what a 429 said, where there are any."""

    async def disconnect(self) -> None:
        """Close what this event loop has open for the budget; the next call opens it again."""

    def _closed(self, rate_class: RateClass, until: float) -> None:
        """Note that the API has closed a gate."""

    @property
    def _desk(self) -> Desk:
        generation = _forks.generation()
        # One step for all threads of a child: two desks would have twice the slots.
        return self._desks.get(generation) or self._desks.setdefault(generation, Desk(self.concurrency))

    def _grant(self, desk: Desk, rate_class: RateClass, now: float, place: int) -> Grant:
        number = self._ledger.take(rate_class, now, desk.in_flight)
        desk.free -= 1
        return Grant(number, rate_class, now, place=place)

    def _give_back(self, desk: Desk, grant: Grant) -> None:
        desk.free += 1
        self._ledger.undo(grant.rate_class, grant.at, self._clock.monotonic())

    async def _turn(self, desk: Desk, waiter: Waiter) -> Grant:
        while True:
            await waiter.turn
            with desk.lock:
                if waiter.error is not None:
                    raise waiter.error
                grant = self._confirmed(desk, waiter)
                if grant is not None:
                    waiter.grant = None
                    return grant
                waiter.turn = waiter.loop.create_future()
                until = waiter.asleep_until
            if until is not None:
                await self._sleep(until, waiter)
            with desk.lock:
                waiter.asleep_until = None
                self._pump(desk)

    def _confirmed(self, desk: Desk, waiter: Waiter) -> Grant | None:
        """Return the grant of a call, unless a gate was closed after it was given: then it goes back to its place."""
        grant = waiter.grant
        if grant is not None and self._ledger.gate(waiter.rate_class, self._clock.monotonic()) is not None:
            waiter.grant = waiter.asleep_until = None
            self._give_back(desk, grant)
            desk.back(waiter)
            return None
        return grant

    async def _sleep(self, until: float, waiter: Waiter) -> None:
        wait = until - self._clock.monotonic()
        if wait <= 0:
            return
        if wait < _BRIEFLY:
            await self._clock.sleep(wait)
            return
        # What holds a call back for long may end earlier, or turn out to be longer than it is willing to wait.
        sleep = asyncio.ensure_future(self._clock.sleep(wait))
        try:
            await asyncio.wait({sleep, waiter.turn}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()

    # All below is called with the desk's lock.

    def _give_up(self, desk: Desk, waiter: Waiter) -> None:
        desk.leave(waiter)
        grant, waiter.grant = waiter.grant, None
        if grant is not None:
            # Cancelled with the slot already in hand: the next one gets it.
            self._give_back(desk, grant)
        self._pump(desk)

    def _pump(self, desk: Desk, *, gates: bool = False) -> None:
        """Let go, in order, whoever may go; who is first of those that are held back sleeps for all behind it."""
        while desk.waiting and (desk.free or gates):
            now = self._clock.monotonic()
            first: Waiter | None = None
            for line in desk.lines.values():
                head = self._head(desk, line, now) if len(line) else None
                first = head if first is None or (head is not None and head.number < first.number) else first
            if first is None or not desk.free:
                return
            if desk.leave(first):
                grant = self._grant(desk, first.rate_class, now, first.number)
                grant.waited, grant.reason = now - first.arrived, desk.lines[first.rate_class].reason(first)
                first.grant = grant
                if not first.wake():
                    first.grant = None
                    self._give_back(desk, grant)

    def _head(self, desk: Desk, line: Line, now: float) -> Waiter | None:
        """Return who may go first of a line; None if none of it may."""
        while (head := line.head()) is not None:
            if head.gone:
                # Not let go first and taken back then: a cancelled job would count as sent until the next reply.
                desk.leave(head)
                continue
            hold = self._ledger.hold(head.rate_class, now, desk.in_flight)
            if hold is None:
                line.opened()
                return head
            since = now if hold.since is None else hold.since
            for waiter in line.impatient(hold.until, since) if hold.tries else ():
                if desk.leave(waiter):
                    waiter.error = _held_back(waiter.operation, hold, now)
                    waiter.wake()
            if head not in line:
                continue
            line.held(hold.kind, now)
            if head.asleep_until is not None and head.asleep_until <= hold.until + ROUNDING:
                return None
            head.asleep_until = hold.until
            if head.wake():
                return None
            desk.leave(head)
        return None


def _held_back(operation: str, hold: Hold, now: float) -> RateLimitedError:
    return RateLimitedError(
        f"held back here, because {hold.why}", sent=False, operation=operation, retry_after=hold.until - now
    )


def _whole(value: int, name: str, least: int, error: type[FivetranError]) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise error(f"{name} must be a whole number from {least}, not {value!r}")
    return value


def figures(headers: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Return how many calls the account has in an hour, and how many are left, as far as headers say so."""
    return _count(headers.get("X-Rate-Limit")), _count(headers.get("X-Rate-Limit-Remaining"))


def _count(text: str | None) -> int | None:
    # Bounded, because Python refuses to read a number of thousands of digits.
    return int(text) if text is not None and text.strip().isdecimal() and len(text) <= _DIGITS else None
