"""What an account may call: gates that the API has closed, rolling windows by class, what is left of the hour."""

from collections.abc import Mapping
from typing import Final

import attrs

from fivetran_async._pace import Pace
from fivetran_async._short_limit import ShortLimit
from fivetran_async._windows import (
    COUNTED_IN,
    FULL,
    HOUR,
    MINUTE,
    NAMES,
    PLANS,
    ROUNDING,
    TRIAL,
    Hold,
    HoldKind,
    Plan,
    PlanName,
    Windows,
)
from fivetran_async.operation import RateClass

RATE_NOT_QUOTA: Final = 2.0
"""A `Retry-After` up to this many seconds is a rate, which the refused call waits out alone; a longer one is a
quota, which all calls wait for."""

_TRIAL = 500

# While the account is used up, one call at a time asks again; a slow one must not hold the question up for minutes.
ASK_AGAIN: Final = 5.0

# How many more calls than an hour's, for it to be no hour: clocks and what is on the way blur its ends.
_MORE = 1.1
# A limit that the pace of the user uses up within so many seconds is no limit of an hour.
_AT_ONCE = 2.0

# Nothing is known yet of what lets only so many calls through a second: a few answers first, then the burst.
_FIRST_IN_FLIGHT = 16
_FIRST_ANSWERS = 32
_FIRST_SECONDS = 0.25


@attrs.frozen(kw_only=True)
class Estimate:
    """What a job would take of the account.

    Attributes:
        calls: How many calls it makes.
        share: How much of what the account may make in an hour that is, of the scarcest class that the calls count
            in; above 1 for more than an hour's. None before the first reply has said what the account may make.
        seconds: For how long the limits would hold its last call back, as far as they are known here; the time that
            the calls themselves take comes on top.
        fits: Whether nothing that is known here would hold a call of it back.
    """

    calls: int
    share: float | None
    seconds: float
    fits: bool


class Quota:
    """How many of the hour's calls are left: what a reply said, less what it may not have counted.

    Those are the calls that are on the wire when it comes, in whatever order they arrive there, and all later ones.
    Calls are numbered in the order in which they are let go, so one figure stands for both: the number up to which
    calls may go.
    """

    def __init__(self, reserve: int) -> None:
        self._reserve = reserve
        self._ceiling: int | None = None
        self._told_by = 0
        self._told = 0
        self._told_at = 0.0
        self._asked_at = self._asked_before = 0.0
        self._used_up_at: float | None = None

    def left(self, issued: int, now: float) -> int | None:
        """Return how many calls are left, below 0 if more are on their way; None where that is unknown."""
        if self._ceiling is None or now - self._told_at >= HOUR - ROUNDING:
            return None
        return self._ceiling - issued

    def tell(self, remaining: int, number: int, counted: int, slots: int, now: float) -> None:
        """Take up what the reply to a call says, when so many of those that were let go are surely counted in it.

        That to an earlier call than the last that told is old news, unless they were sent together and it says less.
        """
        old = number < self._told_by and (remaining >= self._told or number < self._told_by - slots)
        if old and now - self._told_at < HOUR:
            return
        self._ceiling, self._told, self._told_at = remaining + counted, remaining, now
        self._told_by = max(number, self._told_by)

    def plenty(self, issued: int) -> bool:
        """Say whether more than the reserve is left, or nothing is known of it."""
        if self._ceiling is None or self._ceiling - issued <= self._reserve:
            return self._ceiling is None
        self._used_up_at = None
        return True

    def take(self, now: float) -> None:
        """Note that a call goes, whose reply will tell."""
        self._asked_before, self._asked_at = self._asked_at, now

    def undo(self, at: float) -> None:
        """Note that a call that was let go at that time did not go after all, so that its reply will tell nothing."""
        if self._ceiling is not None:
            self._ceiling += 1
        if self._asked_at == at:
            self._asked_at = self._asked_before

    def hold(self, issued: int, now: float, in_flight: int) -> Hold | None:
        """Say until when no call may go because nothing, or nothing but the reserve, is left."""
        left = self.left(issued, now)
        if left is None or left > self._reserve:
            self._used_up_at = None
            return None
        if self._used_up_at is None:
            self._used_up_at = now
        if not self._reserve and not in_flight:
            return None
        if not self._reserve:
            until = self._asked_at + ASK_AGAIN
        elif in_flight and left + in_flight > self._reserve:
            # Some of those on the wire may be counted already: the last of their replies will tell.
            until = now + ASK_AGAIN
        else:
            until = self._asked_at + MINUTE
        return used_up(self._reserve, until, self._used_up_at) if until > now + ROUNDING else None


class Ledger:
    """All that decides when a call may go. Times are seconds of one clock; nothing here waits."""

    def __init__(self, reserve: int, pace: float | None, plan: PlanName | None = None) -> None:
        self.limit: int | None = None
        self.pace = Pace(pace)
        self._reserve = reserve
        self._windows = Windows()
        self._plan = plan
        if plan is not None:
            self._windows.plan = PLANS[plan]
        self._quota = Quota(reserve)
        self._short = ShortLimit(self.pace.start)
        self._gates: dict[RateClass, Hold] = {}
        self._offs: dict[RateClass, Hold] = {}
        self._issued = 0
        self._answers = 0
        self._first_at = 0.0
        # The pace that the user has set; where many processes keep to it together, `shared` as well.
        self.paced = pace
        self.shared = False
        self.known_no_hour = False
        self._through = 0
        self._through_since = 0.0

    @property
    def plan(self) -> Plan:
        """The windows of the account's plan, by class."""
        return self._windows.plan

    @property
    def no_hour(self) -> bool:
        """Whether the API means a shorter time than an hour.

        More calls came through than it says there are, or the user's pace would use them up at once.
        """
        if self.limit is None:
            return self.known_no_hour
        at_once = self.paced is not None and self.limit <= self.paced * _AT_ONCE
        return self.known_no_hour or at_once or self._through > self.limit * _MORE

    @property
    def _paced_together(self) -> bool:
        """Whether many processes keep to a pace that the user has set: then none of them finds a rate by itself."""
        return self.shared and self.paced is not None

    @property
    def _calm(self) -> bool:
        """Whether nothing but the hour, and the windows of classes, could hold a call back; asked for each of them."""
        return (
            self._answers >= _FIRST_ANSWERS
            and not self._gates
            and not self._offs
            and not self._short.holds
            and self.pace.rate is None
        )

    @property
    def rate_known(self) -> bool:
        """Whether calls go by a rate that was found; where the user has set one, whether the limit is a short one."""
        return self._short.rate is not None or (self.pace.rate is not None if self.paced is None else self.no_hour)

    @property
    def rate(self) -> float | None:
        """How many calls a second may go now; None while nothing limits them."""
        rates = [rate for rate in (self.pace.rate, self._short.rate) if rate is not None]
        return min(rates, default=None)

    def left(self, now: float) -> int | None:
        """Return how many of the hour's calls are left; None where that is unknown."""
        return self._quota.left(self._issued, now)

    def gate(self, rate_class: RateClass, now: float) -> Hold | None:
        """Return the gate that the API has closed to a class for the longest; None if it may go."""
        return _longest(self._gates, rate_class, now)

    def hold(self, rate_class: RateClass, now: float, in_flight: int) -> Hold | None:
        """Say until when, and why, a call may not go; None if it may.

        Args:
            rate_class: The class of the call.
            now: The time.
            in_flight: How many calls are on their way.
        """
        if rate_class is RateClass.ALL and self._calm and self._quota.plenty(self._issued):
            return None
        found = _later(self.gate(rate_class, now), _longest(self._offs, rate_class, now))
        if rate_class is not RateClass.ALL:
            found = _later(found, self._windows.hold(rate_class, now))
        if self._reserve or not self.rate_known:
            # Where the rate of a short time is known, it says all that a figure of the last instant could.
            found = _later(found, self._quota.hold(self._issued, now, in_flight))
        found = _later(found, self._short.hold(now, in_flight))
        again = self.pace.again(now)
        if again > now + ROUNDING:
            found = _later(found, Hold(again, "pace", "calls follow each other at the pace that the API lets through"))
        if in_flight >= _FIRST_IN_FLIGHT and self._answers < _FIRST_ANSWERS:
            until = self._first_at + _FIRST_SECONDS
            if until > now + ROUNDING:
                found = _later(found, Hold(until, "pace", "the first answers say what the API lets through"))
        return found

    def take(self, rate_class: RateClass, now: float, in_flight: int = 0) -> int:
        """Count a call that is let go now, while so many others are on their way, and return its number."""
        self._first_at = self._first_at if self._issued else now
        self._issued += 1
        if rate_class is not RateClass.ALL:
            self._windows.record(rate_class, now)
        self._quota.take(now)
        self._short.sent(now, in_flight)
        self.pace.sent(now)
        return self._issued

    def undo(self, rate_class: RateClass, at: float, now: float) -> None:
        """Take back a call that was counted at that time and not sent."""
        self._quota.undo(at)
        self._short.settled()
        self._windows.forget(rate_class, at)
        self.pace.unsent(now)

    def let_through(self, now: float, sent_at: float, remaining: int | None = None) -> None:
        """Note that the API did not refuse a call, and how many it says are left."""
        if not self._paced_together:
            known = self._short.holds and self._short.rate is not None
            self._short.let_through(self.limit, remaining, sent_at, now)
            if not known and self._short.holds and self._short.rate is not None:
                self.pace.forget()
        self.pace.let_through(now, sent_at)
        if now - self._through_since > HOUR:
            self._through, self._through_since = 0, now
        self._through += 1

    def tell(
        self,
        limit: int | None,
        remaining: int | None,
        number: int | None,
        now: float,
        *,
        in_flight: int = 0,
        slots: int = 0,
    ) -> None:
        """Take up what a reply says of the hour.

        Args:
            limit: How many calls the account has.
            remaining: How many of them are left.
            number: The number of the call; None for the latest.
            now: The time.
            in_flight: How many other calls are on their way.
            slots: How many calls may be on their way at once.
        """
        self._answers += 1
        if number is not None:
            self._short.settled()
        if limit is not None and limit != self.limit:
            self.limit = limit
            if self._plan is None:
                self._windows.plan = TRIAL if limit == _TRIAL else FULL
        if remaining is not None:
            number = self._issued if number is None else number
            self._quota.tell(remaining, number, self._issued - in_flight, slots, now)

    def refuse(
        self, rate_class: RateClass, retry_after: float | None, remaining: int | None, now: float, sent_at: float
    ) -> RateClass | None:
        """Take up a 429, and return the class whose gate it closes; None if it closes none.

        A long wait closes the gate of the call's class when the hour has calls left, otherwise that of all; a short
        one says something about the rate of all calls, unless the class has one of its own.

        Args:
            rate_class: The class of the call.
            retry_after: For how many seconds the API asks to wait; None if it did not say.
            remaining: How many calls of the hour are left, as the same reply said.
            now: The time.
            sent_at: When the call went.
        """
        if retry_after is None or retry_after <= RATE_NOT_QUOTA:
            if rate_class is not RateClass.ALL or self._paced_together:
                return None
            if remaining != 0 or not self._short.refused(self.limit, sent_at, now, retry_after):
                self.pace.refused(now, sent_at, retry_after)
            return None
        closed = rate_class if remaining else RateClass.ALL
        return closed if self.close(closed, now + retry_after) else None

    def close(self, rate_class: RateClass, until: float) -> bool:
        """Close the gate of a class until then, and return whether it was to open earlier."""
        gate = self._gates.get(rate_class)
        if gate is not None and gate.until >= until:
            return False
        self._gates[rate_class] = asked_to_wait(rate_class, until)
        return True

    def hold_off(self, rate_class: RateClass, hold: Hold) -> None:
        """Let no call of a class go, for a reason that is known elsewhere."""
        off = self._offs.get(rate_class)
        if off is None or off.until < hold.until:
            self._offs[rate_class] = hold

    def lift(self, rate_class: RateClass, kind: HoldKind) -> None:
        """Let the calls of a class go again that were held off for such a reason."""
        off = self._offs.get(rate_class)
        if off is not None and off.kind == kind:
            del self._offs[rate_class]

    def estimate(self, calls: int, rate_class: RateClass, now: float) -> Estimate:
        """Say what so many calls would take."""
        if not calls:
            return Estimate(calls=0, share=0.0, seconds=0.0, fits=True)
        gate = self.gate(rate_class, now)
        waits = [gate.until - now if gate else 0.0, self._windows.seconds(calls, rate_class, now)]
        left, limit = self.left(now), self.limit
        if self.no_hour or self._short.rate is not None:
            left = limit = None
        if left is not None and calls > left - self._reserve:
            # As calls of others and of oneself leave the hour, which is taken to have been an even one.
            missing = calls - max(0, left - self._reserve)
            waits.append(missing / limit * HOUR if limit else HOUR)
        share = self._windows.share(calls, rate_class)
        wait = max(waits) if max(waits) > ROUNDING else 0.0
        rate = self.rate
        return Estimate(
            calls=calls,
            share=max(share, calls / limit) if limit else share or None,
            seconds=max(wait, calls / rate) if rate else wait,
            fits=not wait,
        )


def asked_to_wait(rate_class: RateClass, until: float) -> Hold:
    """Return the hold of a closed gate."""
    who = "all callers of this account" if rate_class is RateClass.ALL else f"all {NAMES[rate_class]}"
    return Hold(until, "gate", f"the API had asked {who} to wait")


def used_up(reserve: int, until: float, since: float | None = None) -> Hold:
    """Return the hold of an hour of which nothing, or nothing but the reserve, is left."""
    why = (
        f"the reserve of {reserve} calls is left to others"
        if reserve
        else "the account's calls of this hour are used up"
    )
    return Hold(until, "quota", why, since)


def _longest(holds: Mapping[RateClass, Hold], rate_class: RateClass, now: float) -> Hold | None:
    found: Hold | None = None
    if holds:
        for name in COUNTED_IN[rate_class]:
            hold = holds.get(name)
            if hold is not None and hold.until > now + ROUNDING and (found is None or hold.until > found.until):
                found = hold
    return found


def _later(one: Hold | None, other: Hold | None) -> Hold | None:
    return other if one is None or (other is not None and other.until > one.until) else one
