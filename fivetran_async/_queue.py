"""The slots of one process and who waits for them: first come, first served, across event loops and threads."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Iterator

import attrs

from fivetran_async._windows import ROUNDING
from fivetran_async.errors import RateLimitedError
from fivetran_async.hooks import WaitReason
from fivetran_async.operation import RateClass


@attrs.define(slots=True, eq=False)
class Grant:
    """Leave to send one request.

    Attributes:
        number: Its number among all that were let go.
        rate_class: Its class.
        at: When it was let go, in seconds of the budget's clock.
        waited: For how many seconds it was held back.
        reason: By what, at last: `slot` where only the other requests on the wire held it back.
        place: Its place in the queue of its class.
        shared: Its number among those of all processes, where they share a budget.
    """

    number: int
    rate_class: RateClass
    at: float
    waited: float = 0.0
    reason: WaitReason = "slot"
    place: int = 0
    shared: int | None = None


@attrs.define(slots=True, eq=False)
class Waiter:
    """One call that waits, and what became of it."""

    number: int
    rate_class: RateClass
    operation: str
    patience: float
    arrived: float
    loop: asyncio.AbstractEventLoop
    turn: "asyncio.Future[None]"
    asleep_until: float | None = None
    grant: Grant | None = None
    error: RateLimitedError | None = None

    @property
    def gone(self) -> bool:
        """Whether it was cancelled, or its event loop was closed, before it could leave its line."""
        return self.turn.cancelled() or self.loop.is_closed()

    def wake(self) -> bool:
        """Let it see what became of it; return whether there is anyone to see it."""
        if self.turn.done():
            return not self.turn.cancelled()
        if self.loop is _running_loop():
            self.turn.set_result(None)
            return True
        try:
            self.loop.call_soon_threadsafe(_resolve, self.turn)
        except RuntimeError:
            # The loop is closed; nobody there will ever want anything.
            return False
        return True


class Line:
    """Those who wait in one class. Whoever leaves it leaves no trace, from any place."""

    def __init__(self) -> None:
        self._waiters: OrderedDict[Waiter, None] = OrderedDict()
        self._first: dict[Waiter, None] = {}
        self._least_patience = float("inf")
        self._held_by: WaitReason = "slot"
        self._held_at = float("-inf")
        self._judged = float("-inf")

    def __len__(self) -> int:
        return len(self._waiters) + len(self._first)

    def __contains__(self, waiter: object) -> bool:
        return waiter in self._waiters or waiter in self._first

    def join(self, waiter: Waiter) -> None:
        """Come last."""
        self._waiters[waiter] = None
        self._expect(waiter)

    def back(self, waiter: Waiter) -> None:
        """Come back to the place that one had; they are few, no more than there are slots."""
        self._first[waiter] = None
        self._expect(waiter)

    def _expect(self, waiter: Waiter) -> None:
        self._least_patience = min(self._least_patience, waiter.patience)
        if waiter.arrived + waiter.patience < self._judged:
            # It was not there when the others were told.
            self._judged = float("-inf")

    def leave(self, waiter: Waiter) -> bool:
        """Go, and return whether one was there."""
        missing = waiter
        return self._waiters.pop(waiter, missing) is None or self._first.pop(waiter, missing) is None

    def held(self, kind: WaitReason, now: float) -> None:
        """Note what holds the line back now."""
        self._held_by, self._held_at = kind, now

    def reason(self, waiter: Waiter) -> WaitReason:
        """Return what held a call of the line back at last."""
        return self._held_by if self._held_at >= waiter.arrived else "slot"

    def head(self) -> Waiter | None:
        """Return who is first; None if nobody is there."""
        # A forgotten coroutine that ends just now may empty the line between any two steps.
        if self._first:
            return min([*self._first], key=_number, default=None)
        return next(iter(self._waiters), None)

    def opened(self) -> None:
        """Note that nothing holds the line back."""
        self._judged = float("-inf")

    def impatient(self, until: float, since: float) -> Iterator[Waiter]:
        """Return those who would not wait so long, and are to leave; whoever joins later knows it by then.

        Args:
            until: When the line may go on.
            since: From when on the wait counts, of those who had come by then.
        """
        if until <= self._judged or self._least_patience >= until - since:
            return
        self._judged = until
        everyone = [*self._first, *self._waiters]
        stay: list[float] = []
        for waiter in everyone:
            if waiter.patience + ROUNDING >= until - max(since, waiter.arrived):
                stay.append(waiter.patience)
            else:
                yield waiter
        self._least_patience = min(stay, default=float("inf"))


class Desk:
    """The slots, and who waits for them, in one process."""

    def __init__(self, slots: int) -> None:
        # Reentrant: the end of a forgotten coroutine, which may come at any moment, gives its slot back.
        self.lock = threading.RLock()
        self.free = slots
        self.slots = slots
        self.lines = {rate_class: Line() for rate_class in RateClass}
        self.waiting = 0
        self._numbers = 0

    @property
    def in_flight(self) -> int:
        """How many requests are on the wire."""
        return self.slots - self.free

    def place(self) -> int:
        """Return the next place."""
        self._numbers += 1
        return self._numbers

    def join(
        self, rate_class: RateClass, operation: str, patience: float, now: float, place: int | None = None
    ) -> Waiter:
        """Queue a call of the running event loop: last, or in a place that it had."""
        loop = asyncio.get_running_loop()
        waiter = Waiter(
            number=self.place() if place is None else place,
            rate_class=rate_class,
            operation=operation,
            patience=patience,
            arrived=now,
            loop=loop,
            turn=loop.create_future(),
        )
        line = self.lines[rate_class]
        (line.join if place is None else line.back)(waiter)
        self.waiting += 1
        return waiter

    def back(self, waiter: Waiter) -> None:
        """Queue a call again, in the place that it had."""
        self.lines[waiter.rate_class].back(waiter)
        self.waiting += 1

    def leave(self, waiter: Waiter) -> bool:
        """Take a call out of its line, and return whether it was there."""
        there = self.lines[waiter.rate_class].leave(waiter)
        self.waiting -= there
        return there


def _number(waiter: Waiter) -> int:
    return waiter.number


def _resolve(turn: "asyncio.Future[None]") -> None:
    if not turn.done():
        turn.set_result(None)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
