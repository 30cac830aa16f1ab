"""A short limit that the headers tell of: over how long a time it counts, found from when it gives calls back."""

import math
from bisect import bisect_left
from collections.abc import Callable
from typing import Final

from fivetran_async._windows import MINUTE, ROUNDING, Hold

# A larger limit is one of an hour, or so large that the calls need not be kept; so many of them are kept.
_LARGEST: Final = 2_000
_KEPT: Final = 2 * _LARGEST
# A window that turns out to be longer than it was taken to be is taken to be so much longer each time, up to where
# others must have a part in it.
_LONGER, _MUCH_LONGER = 0.01, 0.04
# For how long others are counted on who use the account as well.
_DOUBT: Final = 60.0
# While none is left, the next probe comes after this share of the time since; or of Retry-After, if sooner, which is
# taken to be so many seconds where it is not said.
_SHARE, _RETRY_AFTER_SHARE, _RETRY_AFTER = 1.0, 1 / 4, 1.0
# A window is known well enough when what is not known of it is such a part of it.
_SURE: Final = 0.02
# What is not known of the way there and back is lost in each window: a pace makes more of one of fewer round trips.
_LEAST_TRIPS: Final = 4
# The shortest round trip, where a clock is coarse.
_TICK: Final = 1e-3


class ShortLimit:
    """So many calls in any stretch of some time: `X-Rate-Limit` tells how many, and nothing tells the time.

    An answer tells how many calls count in the window. If all are of here, they are the latest ones, and the one before
    them has left it: so the window is no longer than from that one to this. From then on each call goes when the one
    that many places before it has surely left. Where others use the account as well, more count than went from here:
    then this keeps out of the way. An hour's limit gives nothing back in so short a time, and is left alone, too.

    A call arrived no later than it was answered, less the way back; and the next one arrives no sooner than it goes,
    and the way there. Both ways together are the quickest round trip. Times are seconds of any one clock.
    """

    def __init__(self, found: Callable[[float, int, float], None]) -> None:
        """Begin with a limit of which nothing is known.

        Args:
            found: Told when a pace is to take over, because others use the limit too or its window is too short: the
                time, and how many calls passed in so many seconds.
        """
        self._found = found
        self.limit: int | None = None
        # When calls that passed were answered, in that order, and when they went.
        self._answered: list[float] = []
        self._went: list[float] = []
        self._quickest = math.inf
        # So many calls went and were not answered yet, those included whose answer was lost.
        self._open = 0
        # From when the last call that has left the window went to when one was answered: the shortest such time.
        self._span: float | None = None
        self._longer = 0.0
        # The first refusal since which nothing passed; when the last call went, which is a probe then.
        self._closed: float | None = None
        self._probed = 0.0
        self._trip, self._pause = _TICK, _RETRY_AFTER
        self._doubted_until = -math.inf
        # For how long a call surely counts; when one went before its time, to find out whether it counts that long.
        self._least = 0.0
        self._tried: float | None = None

    @property
    def seconds(self) -> float | None:
        """For how long a call counts; None while that is unknown, or so short that this is no use."""
        if self._span is None or self._too_short:
            return None
        return max(self._span - self._quickest, _TICK) * (1 + self._longer)

    @property
    def holds(self) -> bool:
        """Whether anything is known by which calls may have to wait."""
        return self._span is not None or self._closed is not None

    @property
    def _too_short(self) -> bool:
        return self._span is not None and self._span - self._quickest < _LEAST_TRIPS * self._quickest

    @property
    def rate(self) -> float | None:
        """How many calls a second the limit comes to; None while the time is unknown."""
        return None if self.seconds is None or self.limit is None else self.limit / self.seconds

    def sent(self, now: float, in_flight: int) -> None:
        """Learn that a call goes, while so many others are on their way."""
        seconds, limit = self.seconds if self.holds else None, self.limit
        if seconds is not None and limit is not None and self._may_try(limit, seconds, in_flight):
            early = now < self._answered[-limit] - self._quickest + seconds - ROUNDING
            self._tried = now if early else None
        self._probed = now
        self._open += 1

    def settled(self) -> None:
        """Learn that a call was answered in any way, or did not go after all."""
        self._open -= 1

    def let_through(self, limit: int | None, remaining: int | None, sent_at: float, now: float) -> None:
        """Learn what the answer to a call says that passed.

        Args:
            limit: How many calls there may be.
            remaining: How many of them are left.
            sent_at: When the call went.
            now: The time.
        """
        if self._closed is not None and sent_at > self._closed:
            self._closed = None
        if sent_at == self._tried:
            self._tried = None
        if not self._concerns(limit) or limit is None or remaining is None:
            return
        before = bisect_left(self._answered, sent_at)
        self._answered.append(now)
        self._went.append(sent_at)
        self._quickest = min(self._quickest, max(now - sent_at, 0.0))
        counted = max(1, limit - remaining)
        if counted > self._own(sent_at):
            self._doubt(now)
        # So many had surely arrived before it, of which only the latest count.
        if before >= counted and now > self._doubted_until:
            span = now - self._went[before - counted]
            if span <= MINUTE and (self._span is None or span < self._span):
                self._span = span
                if self._too_short:
                    self._closed = None
                    self._found(now, limit, span)
        if len(self._answered) > _KEPT:
            del self._answered[:_LARGEST], self._went[:_LARGEST]

    def refused(self, limit: int | None, sent_at: float, now: float, retry_after: float | None) -> bool:
        """Learn that a call was refused because none was left.

        Args:
            limit: How many calls there may be.
            sent_at: When the call went.
            now: The time.
            retry_after: For how many seconds the API asks to wait; None if it does not say.

        Returns:
            Whether that is taken care of here.
        """
        if not self._concerns(limit) or limit is None or now <= self._doubted_until or self._too_short:
            return False
        if sent_at == self._tried:
            self._tried = None
            self._least = max(self._least, sent_at - self._answered[-limit] + self._quickest)
            return True
        self._trip = max(now - sent_at, _TICK)
        self._pause = (retry_after or _RETRY_AFTER) * _RETRY_AFTER_SHARE
        if limit > self._own(sent_at) or self._longer > _MUCH_LONGER:
            self._doubt(now)
            return False
        if self._closed is None:
            self._closed = now
            self._longer += 0.0 if self._span is None else _LONGER
        return True

    def hold(self, now: float, in_flight: int) -> Hold | None:
        """Say until when, and why, no call may go; None if one may."""
        seconds, limit = self.seconds, self.limit
        if seconds is not None and limit is not None and in_flight + len(self._answered) >= limit:
            # Those on their way are the latest; if they are all that there may be, the next answer tells.
            place = limit - in_flight
            arrived = self._answered[-place] - self._quickest if place > 0 else now
            # A clock that went back would hold the queue for as long.
            if self._may_try(limit, seconds, in_flight):
                seconds = (self._least + seconds) / 2
            until = min(arrived, now) + (seconds if place > 0 else self._quickest)
            if until > now + ROUNDING:
                return Hold(until, "quota", f"the {limit} calls are made that the API lets through in {seconds:.3g} s")
        if self._closed is not None and not self._too_short:
            until = min(self._probed, now) + min(max((now - self._closed) * _SHARE, self._trip), self._pause)
            if until > now + ROUNDING:
                return Hold(until, "pace", "the API lets nothing through for the moment")
        return None

    def _may_try(self, limit: int, seconds: float, in_flight: int) -> bool:
        """Say whether one call may go before its time, to find out whether that is not its time already.

        Calls that go together, and then wait together, say nothing of a window that is shorter than they wait.
        """
        return (
            not in_flight
            and self._tried is None
            and len(self._answered) >= limit
            and seconds - self._least > max(_SURE * seconds, self._quickest / 2)
        )

    def _concerns(self, limit: int | None) -> bool:
        if limit != self.limit:
            self._forget()
            self.limit = limit
            self._answered.clear()
            self._went.clear()
        return limit is not None and 0 < limit <= _LARGEST

    def _own(self, sent_at: float) -> int:
        """Return how many of the calls that went from here may count in the answer to one."""
        first = 0 if self.seconds is None else bisect_left(self._answered, sent_at - self.seconds)
        return len(self._answered) - first + max(self._open, 0)

    def _doubt(self, now: float) -> None:
        seconds = self.seconds
        self._forget()
        self._doubted_until = now + _DOUBT
        if seconds is not None:
            self._found(now, len(self._answered) - bisect_left(self._answered, now - seconds), seconds)

    def _forget(self) -> None:
        self._span, self._closed, self._longer, self._least, self._tried = None, None, 0.0, 0.0, None
