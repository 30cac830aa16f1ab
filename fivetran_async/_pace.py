"""How quickly calls may follow each other, found from the calls that the API refuses."""

import math

# Just below what was measured: above it, every error is a refusal.
_BELOW = 0.997
# The first guess is so much of what passed until then, most of which was a burst; it grows by this step.
_GUESS, _GUESS_STEP = 0.3, 0.2
# Steps upwards double in so many seconds of sending: for a guess, and at least and at most for what was measured.
_GUESS_DOUBLES, _DOUBLES_LEAST, _DOUBLES_MOST = 0.3, 0.5, 2.0
# ... but never in less than so many round trips and calls, after which their effect is known.
_DOUBLES_TRIPS, _DOUBLES_CALLS = 4, 4
# The first step upwards after a long measurement, and after a stop, which tells less.
_STEP, _STEP_REOPENED = 0.002, 0.02
# By how many calls a count between two refusals may be wrong: a part of a token at each end.
_SLACK = 1.5
# A count below this corrects the rate only as far as its error allows.
_FEW = 8
# A rate that has grown by this since the last measurement may have left calls unused that a bucket did not keep.
_GROWN = 1.1
# A measurement over so many seconds makes place for the next one.
_ENOUGH = 1.0
# A loop that was busy for so many seconds may send what it missed at once.
_CATCH_UP = 0.05
# While nothing passes, the next probe comes after this share of the time since; or of Retry-After, if sooner.
_CLOSED_SHARE, _RETRY_AFTER_SHARE = 1 / 5, 1 / 8
# No bucket of the rate that was found lets so many places pass without a call.
_LONG = 4
# A found rate never holds a call for longer than so many seconds, and is never above the other.
_LONGEST, _MOST = 2.0, 1e5
# After so many seconds without a refusal there is no limit any more.
_FORGET = 60.0
# Fewer answers in a second are no rate: a refusal among them is waited out by the call that met it.
_CROWD = 16
# The shortest round trip, where a clock is coarse.
_TICK = 1e-3


class Pace:
    """How quickly calls may follow each other, found from the calls that the API refuses.

    At a refusal the bucket is empty: between two of them, what passed is what the API allows in that time. The pace
    stays just below that, and tries more in steps that double until the next refusal. When nothing passes any more,
    a window is full: probes are sparse until it opens, and what passed from one opening to the next is the rate.
    Times are seconds of any one clock.
    """

    def __init__(self, most: float | None = None) -> None:
        """Make a pace.

        Args:
            most: The calls per second that the user allows, above 0; None for any.
        """
        self._most = most
        self._found: float | None = None
        self._step, self._doubling = _GUESS_STEP, _GUESS_DOUBLES
        # Seconds of sending at the pace, and with calls waiting, since the last refusal.
        self._busy = 0.0
        # The place of the last call, of those that lie a gap apart.
        self._slot = 0.0
        self._trip = _TICK
        self._pause = _LONGEST
        # The last refusal that counted; the first one since which nothing passes.
        self._decided = 0.0
        self._closed: float | None = None
        # Calls that passed, and when counts of them began: at a refusal, and when it last opened.
        self._passed = 0
        self._refusal = (0.0, 0)
        self._opened: tuple[float, int] | None = None
        # Answers of any kind since then: how many a second there are.
        self._answers, self._answers_since = 0, -math.inf
        # Whether calls have waited ever since that refusal, so that no token was lost.
        self._waited = False
        # Whether the rate is the first guess still.
        self._guessed = False

    @property
    def rate(self) -> float | None:
        """Calls per second now; None while nothing limits them."""
        if self._found is None:
            return self._most
        # Bounded, because the power grows beyond what a float holds.
        steps = math.pow(2.0, min(self._busy / self._doubling, 40.0)) - 1
        rate = min(max(self._found * (_BELOW + self._step * steps), 1 / _LONGEST), _MOST)
        return rate if self._most is None else min(rate, self._most)

    def forget(self) -> None:
        """Forget what was found: what the API lets through is known otherwise."""
        self._found = self._closed = self._opened = None

    def start(self, now: float, count: int, seconds: float) -> None:
        """Begin with a rate that is known: so many calls passed in so many seconds until now."""
        self._trust(max(count, 1) / seconds, _GUESS_STEP, _GUESS_DOUBLES)
        self._slot = self._decided = now
        self._opened = self._refusal = (now - seconds, self._passed - count)
        self._waited, self._busy = True, 0.0

    def again(self, now: float) -> float:
        """Return the time from which the next call may go; at most `now` if at once."""
        if (rate := self.rate) is None:
            return now
        # A clock that went back would hold the queue for as long.
        self._slot = min(self._slot, now + _LONGEST - 1 / rate if rate * _LONGEST > 1 else now)
        return self._slot + self._gap(now, rate)

    def sent(self, now: float) -> None:
        """Learn that a call goes."""
        if self._found is not None and now - self._decided > _FORGET:
            self.forget()
        if (rate := self.rate) is None:
            return
        self._slot += self._gap(now, rate)
        if self._slot >= now - _CATCH_UP:
            self._busy += 1 / rate
            return
        self._slot = now - _CATCH_UP
        self._waited = False
        if self._closed is None:
            self._opened = None

    def unsent(self, now: float) -> None:
        """Learn that the last call did not go: its place is free."""
        if (rate := self.rate) is not None:
            self._slot -= self._gap(now, rate)

    def let_through(self, now: float, sent_at: float) -> None:
        """Learn that a call that was sent at some time was answered, and not by a 429."""
        self._answered(now)
        if self._opened is None or (self._found is None and now - self._opened[0] > _ENOUGH):
            self._opened = (sent_at, self._passed)
        self._passed += 1
        if self._found is not None and self._closed is not None and sent_at > self._closed:
            if sent_at - self._closed > _LONG / self._found + 2 * self._trip:
                self._reopen(now, self._found, self._closed)
            self._closed = None

    def refused(self, now: float, sent_at: float, retry_after: float | None) -> None:
        """Learn that a call that was sent at some time was answered by a 429.

        Args:
            now: The time.
            sent_at: When it was sent.
            retry_after: For how many seconds the API asks to wait; None if it does not say.
        """
        self._answered(now)
        if self._found is None and self._answers < _CROWD:
            return
        if self._found is not None and sent_at <= self._decided:
            # Of one burst with the last: sent before anything was known of it.
            return
        self._trip = max(now - sent_at, _TICK)
        if self._found is None:
            self._guess(now, sent_at)
        elif self._closed is None:
            self._measure(now, self._found)
        self._closed = now if self._closed is None else self._closed
        self._pause = retry_after * _RETRY_AFTER_SHARE if retry_after else _LONGEST
        self._decided, self._busy = now, 0.0

    def _answered(self, now: float) -> None:
        if not 0 <= now - self._answers_since <= 1:
            self._answers, self._answers_since = 0, now
        self._answers += 1

    def _guess(self, now: float, sent_at: float) -> None:
        start, passed = self._opened or (sent_at, self._passed)
        self._trust(_GUESS * max(self._passed - passed, 1) / max(now - start, self._trip), _GUESS_STEP, _GUESS_DOUBLES)
        self._slot, self._refusal, self._waited, self._guessed = now, (now, self._passed), True, True

    def _measure(self, now: float, found: float) -> None:
        time, count = max(now - self._refusal[0], self._trip), self._passed - self._refusal[1]
        error = self._trip / 8
        least, most = (count - _SLACK) / (time + error), (count + _SLACK) / (time - error)
        step, doubling = _precision(count, time)
        if not self._waited:
            # Tokens were lost, or a bucket was full: no less than this, and perhaps more.
            self._trust(max(found, least), step, doubling)
        elif least <= found <= most:
            self._step, self._doubling = min(self._step, step), max(self._doubling, doubling)
        elif count < _FEW:
            self._trust(max(found, least) if found < least else max(most, found / 2), step, doubling)
        else:
            measured, rate = count / time, self.rate or found
            self._trust(max(measured, (measured + rate) / 2 if rate > _GROWN * found else 0), step, doubling)
        if not self._waited or time > _ENOUGH:
            self._refusal, self._waited = (now, self._passed), True

    def _reopen(self, now: float, found: float, closed: float) -> None:
        if self._opened is not None:
            # It opened at some time between the last probe that was refused and this one.
            opened = max(self._decided, now - (now - closed) * _CLOSED_SHARE)
            time, count = max(opened - self._opened[0], _TICK), self._passed - self._opened[1]
            step, doubling = _precision(count, time)
            rate = count / time if self._guessed else min(count / time, found)
            self._trust(rate, max(step, _STEP_REOPENED), doubling)
        self._opened = self._refusal = (now, self._passed)
        self._slot, self._waited, self._busy = min(self._slot, now), True, 0.0

    def _trust(self, found: float, step: float, doubling: float) -> None:
        self._guessed = False
        self._found, self._step = min(max(found, 1 / _LONGEST), _MOST), step
        self._doubling = max(doubling, _DOUBLES_TRIPS * self._trip, _DOUBLES_CALLS / self._found)

    def _gap(self, now: float, rate: float) -> float:
        closed = 0.0 if self._closed is None else now - self._closed
        if closed < 2 * self._trip:
            return 1 / rate
        return max(1 / rate, min(max(closed * _CLOSED_SHARE, self._trip), self._pause))


def _precision(count: int, time: float) -> tuple[float, float]:
    # The less a rate is known, the larger the steps away from it, and the sooner they double.
    return max(1 / (count + _FEW), _STEP), min(max(time, _DOUBLES_LEAST), _DOUBLES_MOST)
