"""The pace, step by step: what each refusal and each answer does to it."""

import pytest

from fivetran_async._pace import Pace

TRIP = 0.02


def _limited(passed: int = 40) -> Pace:
    # So many calls passed from 0.0 to 0.1 s, and one was refused at 0.1 s.
    pace = Pace()
    for _ in range(passed):
        pace.sent(0.0)
        pace.let_through(TRIP, 0.0)
    pace.sent(0.08)
    pace.refused(0.1, 0.08, 1.0)
    return pace


def _run(pace: Pace, start: float, end: float, allowed: float) -> tuple[float, int]:
    # Calls that always wait, one answer after another, at a bucket without a burst.
    now, tokens, passed, refused = start, 0.0, 0, 0
    while now < end:
        due = max(now, pace.again(now))
        tokens = min(20.0, tokens + (due + TRIP / 2 - now) * allowed)
        now = due + TRIP / 2
        pace.sent(due)
        if tokens >= 1:
            tokens -= 1
            passed += 1
            pace.let_through(now, due)
        else:
            refused += 1
            pace.refused(now, due, 1.0)
    return passed / (end - start), refused


def test_nothing_is_held_before_the_first_refusal():
    """Otherwise an account without a limit would be slow."""
    pace = Pace()
    for call in range(1000):
        assert pace.again(1.0) <= 1.0
        pace.sent(1.0)
        pace.let_through(1.0 + TRIP, 1.0)
        assert pace.rate is None, call


def test_the_users_limit_holds_from_the_first_call():
    """Otherwise the first second would go beyond what the user allows."""
    pace, now, times = Pace(most=50.0), 100.0, []
    for _ in range(101):
        now = max(now, pace.again(now))
        pace.sent(now)
        times.append(now)
    assert pace.rate == 50.0
    assert 1.9 <= times[-1] - times[0] <= 2.0
    assert sum(time == times[0] for time in times) <= 5


def test_a_slow_limit_of_the_user_is_kept():
    """Otherwise one call in ten seconds would become one in two."""
    pace = Pace(most=0.1)
    pace.sent(100.0)
    assert pace.again(100.0) == pytest.approx(110.0, abs=0.1)


def test_what_is_found_does_not_exceed_the_users_limit():
    """Otherwise a refusal would raise the rate above what the user allows."""
    pace = Pace(most=5.0)
    for _ in range(100):
        pace.let_through(TRIP, 0.0)
    pace.refused(0.1, 0.08, None)
    assert pace.rate == 5.0


def test_a_first_refusal_makes_a_careful_guess():
    """Otherwise all waiting calls would go on at the speed that was refused."""
    rate = _limited().rate
    assert rate is not None
    assert 100 < rate < 400


def test_the_refusals_of_one_burst_count_once():
    """Otherwise 64 calls in flight would be taken for 64 signs of a low rate."""
    pace = _limited()
    rate = pace.rate
    for late in range(63):
        pace.refused(0.1 + late / 10_000, 0.09, 1.0)
    assert pace.rate == rate


@pytest.mark.parametrize("allowed", [5.0, 20.0, 45.0])
def test_the_rate_is_found_between_refusals(allowed: float):
    """Otherwise calls would be refused for as long as they wait, or go slower than they may."""
    pace = _limited(4)
    _run(pace, 0.1, 20.0, allowed)
    reached, refused = _run(pace, 20.0, 40.0, allowed)
    assert reached == pytest.approx(allowed, rel=0.05)
    # About one each second or two, however low the rate is.
    assert refused <= 20


def test_while_nothing_passes_calls_are_sparse_and_then_come_back():
    """Otherwise a full window would be asked hundreds of times, or be found open late."""
    pace, now, probes = _limited(), 0.1, 0
    before = pace.rate
    assert before is not None
    while now < 1.0:
        now = max(now, pace.again(now))
        pace.sent(now)
        pace.refused(now + TRIP, now, None)
        now += TRIP
        probes += 1
    assert 5 < probes < 25
    assert pace.again(now) - now < 0.25
    pace.sent(now)
    pace.let_through(now + TRIP, now)
    # 40 calls in about a second were what the window allows.
    assert pace.rate == pytest.approx(40, rel=0.2)
    assert pace.again(now + TRIP) - now < 0.1


def test_a_short_retry_after_makes_probes_more_frequent():
    """Otherwise an API that says when it opens would be found open late."""
    pauses = []
    for retry_after in (0.4, None):
        pace = _limited()
        for now in (0.2, 0.5, 1.0, 2.0):
            pace.sent(now)
            pace.refused(now + TRIP, now, retry_after)
        pauses.append(pace.again(2.1) - 2.1)
    assert pauses[0] < pauses[1]


def test_a_long_time_without_refusals_ends_the_limit():
    """Otherwise one refusal would slow a process down for the rest of its life."""
    pace = _limited()
    pace.sent(61.0)
    assert pace.rate is None
    assert pace.again(61.0) <= 61.0


def test_a_pause_in_the_calls_is_not_a_low_rate():
    """Otherwise a user who called seldom for a while would be held to that."""
    pace = _limited()
    _run(pace, 0.1, 10.0, 45.0)
    for call in range(100):
        now = 10.0 + call / 10
        pace.sent(now)
        pace.let_through(now + TRIP, now)
    found = pace.rate
    pace.sent(20.0)
    pace.refused(20.02, 20.0, None)
    assert found is not None
    assert pace.rate is not None
    assert pace.rate > 0.9 * 45


def test_a_call_that_did_not_go_gives_its_place_back():
    """Otherwise cancelled calls would slow down those that are not."""
    pace = Pace(most=10.0)
    pace.sent(100.0)
    before = pace.again(100.0)
    pace.sent(before)
    pace.unsent(before)
    assert pace.again(100.0) == pytest.approx(before)
    Pace().unsent(1.0)


def test_a_clock_that_went_back_holds_nobody_for_long():
    """Otherwise the queue would stand still until the clock has caught up."""
    pace = _limited()
    pace.sent(50.0)
    assert pace.again(10.0) <= 10.0 + 4.0
