"""How the length of a short window is found: from answers, from single calls, and when it is left alone."""

import math
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivetran_async._ledger import RATE_NOT_QUOTA
from fivetran_async._short_limit import ShortLimit

TRIP = 0.02
laws = settings(deadline=None, max_examples=200, derandomize=True)


class _Server:
    """So many calls in any stretch of some seconds; refused ones do not count."""

    def __init__(self, count: int, seconds: float) -> None:
        self.count, self.seconds = count, seconds
        self._times: deque[float] = deque()

    def admit(self, now: float) -> bool:
        self._drop(now)
        if len(self._times) >= self.count:
            return False
        self._times.append(now)
        return True

    def remaining(self, now: float) -> int:
        self._drop(now)
        return self.count - len(self._times)

    def retry_after(self, now: float) -> int:
        return math.ceil(self._times[0] + self.seconds - now)

    def _drop(self, now: float) -> None:
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()


class _Taken:
    """What a pace is told."""

    def __init__(self) -> None:
        self.told: list[tuple[float, int, float]] = []

    def __call__(self, now: float, count: int, seconds: float) -> None:
        self.told.append((now, count, seconds))


def _one_by_one(short: ShortLimit, server: _Server, calls: int, trip: float = TRIP) -> tuple[float, int]:
    """Make calls one after another; return how long it took and how many were refused."""
    now, refused = 0.0, 0
    for _ in range(calls):
        while (hold := short.hold(now, 0)) is not None:
            assert hold.until > now
            now = hold.until
        short.sent(now, 0)
        there, back = now + trip / 2, now + trip
        passed, remaining = server.admit(there), server.remaining(there)
        if passed:
            short.let_through(server.count, remaining, now, back)
        else:
            refused += 1
            retry_after = server.retry_after(there)
            if retry_after > RATE_NOT_QUOTA:
                # A gate is closed then, and this not told.
                back += retry_after
            else:
                assert short.refused(server.count, now, back, float(retry_after))
        short.settled()
        now = back
    return now, refused


@pytest.mark.parametrize(("count", "seconds"), [(5, 1.0), (20, 2.0), (1, 0.5), (100, 10.0), (30, 50.0)])
def test_the_length_is_found(count: int, seconds: float):
    """Calls would go too early, and be refused, or wait longer than they must."""
    taken = _Taken()
    short, server = ShortLimit(taken), _Server(count, seconds)
    took, refused = _one_by_one(short, server, 12 * count + 60)
    assert short.seconds is not None
    assert seconds - 1e-6 <= short.seconds <= seconds * 1.05
    assert short.rate == pytest.approx(count / seconds, rel=0.05)
    # The first ones, then one for each halving.
    assert refused <= 16
    assert took <= (12 * count + 60) / count * seconds * 1.1 + 2 * seconds
    assert not taken.told


def test_a_window_of_few_round_trips_is_left_to_the_pace():
    """Most of such a window would be lost to what is not known of the way there and back."""
    taken = _Taken()
    short, server = ShortLimit(taken), _Server(2, 0.03)
    now = 0.0
    for _ in range(40):
        short.sent(now, 0)
        if server.admit(now + TRIP / 2):
            short.let_through(2, server.remaining(now + TRIP / 2), now, now + TRIP)
        short.settled()
        now += TRIP
    assert short.seconds is None
    assert short.rate is None
    assert short.hold(now, 0) is None
    assert not short.refused(2, now, now + TRIP, 1.0)
    assert taken.told
    assert all(count == 2 and seconds < 6 * TRIP for _, count, seconds in taken.told)


def test_others_make_it_keep_out_of_the_way():
    """Calls would be held back by a window that others fill and empty."""
    taken = _Taken()
    short, server = ShortLimit(taken), _Server(5, 1.0)
    _one_by_one(short, server, 40)
    assert short.seconds is not None
    now = 100.0
    short.sent(now, 0)
    short.let_through(5, 0, now, now + TRIP)
    short.settled()
    assert short.seconds is None
    assert short.hold(now + TRIP, 0) is None
    assert not short.refused(5, now + TRIP, now + 2 * TRIP, 1.0)
    assert len(taken.told) == 1


def test_a_limit_that_changes_is_found_anew():
    """An account whose plan changes would be held to its old limit."""
    short = ShortLimit(_Taken())
    _one_by_one(short, _Server(5, 1.0), 40)
    short.let_through(8, 7, 100.0, 100.0 + TRIP)
    assert short.limit == 8
    assert short.seconds is None


@pytest.mark.parametrize("limit", [None, 0, 20_000])
def test_an_hour_is_left_alone(limit: int | None):
    """The documented limit of an hour would be taken for one of seconds."""
    short = ShortLimit(_Taken())
    for call in range(50):
        short.sent(call / 10, 0)
        short.let_through(limit, 10, call / 10, call / 10 + TRIP)
        short.settled()
    assert short.seconds is None
    assert short.hold(6.0, 0) is None
    assert not short.refused(limit, 6.0, 6.0 + TRIP, 1.0)


def test_a_trial_hour_is_no_short_window():
    """The 500 calls of a trial hour would be taken for those of the time since the process began."""
    short, server = ShortLimit(_Taken()), _Server(500, 3600.0)
    for call in range(500):
        now = call / 10
        short.sent(now, 0)
        assert server.admit(now)
        short.let_through(500, server.remaining(now), now, now + TRIP)
        short.settled()
    assert short.seconds is None


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["go", "pass", "refuse", "lose"]),
        st.floats(0.0, 3.0) | st.sampled_from([0.0, 1e-9, -5.0, 100.0]),
        st.integers(-1, 6),
        st.sampled_from([None, 1, 3, 5, 500]),
    ),
    max_size=80,
)


@laws
@given(events=EVENTS)
def test_no_hold_is_without_an_end(events: list[tuple[str, float, int, int | None]]):
    """Replies in any order, with any figures, and a clock that goes back, would hold calls for good."""
    short, now, out = ShortLimit(_Taken()), 10.0, deque([10.0])
    for kind, wait, remaining, limit in events:
        now += wait
        if kind == "go":
            short.sent(now, len(out))
            out.append(now)
        elif out:
            sent_at = out.popleft()
            if kind == "pass":
                short.let_through(limit, remaining, sent_at, now)
            elif kind == "refuse":
                short.refused(limit, sent_at, now, 1.0)
            if kind != "lose":
                short.settled()
        hold = short.hold(now, len(out))
        assert hold is None or now < hold.until <= now + 61 * 1.06
