"""What the ledger decides: windows by class, gates, what is left of the hour, estimates."""

import pytest

from fivetran_async._ledger import Ledger
from fivetran_async._windows import FULL, TRIAL, Windows
from fivetran_async.operation import RateClass

SETUP, SOURCE, ALL = RateClass.SETUP_TESTS, RateClass.SOURCE, RateClass.ALL
USERS, LINKS = RateClass.USER_CREATION, RateClass.PRIVATE_LINK_CREATION


def test_the_plans_are_those_of_the_api() -> None:
    """Otherwise calls are held back that need not be, or run into a 429 that could be foreseen."""
    figures = [
        {rate_class.value: [(limit.count, limit.seconds) for limit in limits] for rate_class, limits in plan.items()}
        for plan in (FULL, TRIAL)
    ]
    assert figures == [
        {
            "setup_tests": [(250, 60), (2_500, 3600)],
            "source": [(500, 60), (5_000, 3600)],
            "user_creation": [(500, 3600)],
            "private_link_creation": [(5, 3600)],
        },
        {
            "setup_tests": [(50, 3600)],
            "source": [(25, 60), (250, 3600)],
            "user_creation": [(10, 3600)],
            "private_link_creation": [(1, 3600)],
        },
    ]


@pytest.mark.parametrize(
    ("made", "asked", "free", "opens"),
    [
        (SETUP, SETUP, 250, 61),
        (SOURCE, SOURCE, 500, 61),
        (SOURCE, SETUP, 500, 61),
        (USERS, USERS, 500, 3601),
        (LINKS, LINKS, 5, 3601),
    ],
)
def test_a_window_closes_with_its_last_call(made: RateClass, asked: RateClass, free: int, opens: int) -> None:
    """Otherwise a class is overdrawn by one, closed one too early, or not counted where it should be."""
    windows = Windows()
    for _ in range(free - 1):
        windows.record(made, 10.0)
    assert windows.hold(asked, 10.0) is None
    windows.record(made, 12.0)
    hold = windows.hold(asked, 13.0)
    assert hold is not None
    assert (hold.kind, hold.until) == ("window", 10 + opens)
    assert windows.hold(asked, hold.until - 0.01) is not None
    assert windows.hold(asked, hold.until) is None


@pytest.mark.parametrize("other", [ALL, SOURCE, USERS])
def test_a_used_up_class_closes_no_other(other: RateClass) -> None:
    """Otherwise plain reads wait for setup tests."""
    ledger = Ledger(0, None)
    for _ in range(250):
        ledger.take(SETUP, 0.0)
    assert ledger.hold(SETUP, 1.0, 0) is not None
    assert ledger.hold(other, 1.0, 0) is None


def test_the_hour_of_a_class_counts_as_well_as_its_minute() -> None:
    """Otherwise a job that keeps to 250 setup tests a minute is refused after ten minutes."""
    ledger = Ledger(0, None)
    now = 0.0
    for _ in range(2_500):
        while hold := ledger.hold(SETUP, now, 0):
            now = hold.until
        ledger.take(SETUP, now)
    hold = ledger.hold(SETUP, now, 0)
    assert hold is not None
    assert (hold.until, hold.why) == (3601, "the account's 2500 setup tests an hour are made")


def test_the_plan_is_learnt() -> None:
    """Otherwise a trial account runs into its limits, or the full one is held to those of the trial."""
    ledger = Ledger(0, None)
    for _ in range(60):
        ledger.take(SETUP, 0.0)
    assert ledger.hold(SETUP, 0.0, 0) is None
    ledger.tell(500, None, None, 0.0)
    hold = ledger.hold(SETUP, 0.0, 0)
    assert hold is not None
    assert (hold.until, hold.why) == (3601.0, "the account's 50 setup tests an hour are made")
    ledger.tell(20_000, None, None, 0.0)
    assert ledger.hold(SETUP, 0.0, 0) is None


def test_what_is_left_counts_what_is_on_the_wire() -> None:
    """Otherwise a fan-out sends all its calls on the word of one old reply."""
    ledger = Ledger(0, None)
    first, second, _, last = [ledger.take(ALL, 0.0) for _ in range(4)]
    ledger.tell(None, 10, first, 0.0, in_flight=3, slots=4)
    assert ledger.left(0.0) == 7
    ledger.take(ALL, 1.0)
    assert ledger.left(1.0) == 6
    ledger.undo(ALL, 1.0, 1.0)
    assert ledger.left(1.0) == 7
    ledger.tell(None, 6, last, 1.0, in_flight=2, slots=4)
    assert ledger.left(1.0) == 4
    ledger.tell(None, 9, second, 2.0, in_flight=1, slots=4)
    assert ledger.left(2.0) == 4  # it was counted earlier, though it was answered later
    ledger.tell(None, 5, second, 2.0, in_flight=0, slots=4)
    assert ledger.left(2.0) == 5  # it arrived after the last one, and was counted last
    assert ledger.left(3602.0) is None


def test_replies_that_overtake_each_other_do_not_overdraw() -> None:
    """Otherwise the first reply of a burst, which counts the fewest calls, lets the whole burst go again."""
    ledger = Ledger(30, None)
    numbers = [ledger.take(ALL, 0.0) for _ in range(32)]
    # The server has counted the last call first.
    for remaining, number in zip(range(99, 67, -1), reversed(numbers), strict=True):
        left = ledger.left(0.0)
        assert left is None or left <= 68
        ledger.tell(100, remaining, number, 0.0, in_flight=remaining - 68, slots=32)
    assert ledger.left(0.0) == 68


def test_a_slow_reply_of_long_ago_says_nothing() -> None:
    """Otherwise a setup test that took minutes tells of an hour that was used up then, and stops everybody."""
    ledger = Ledger(10, None)
    slow = ledger.take(ALL, 0.0)
    for _ in range(40):
        ledger.tell(None, 15_000, ledger.take(ALL, 300.0), 300.0, in_flight=1, slots=8)
    ledger.tell(None, 3, slow, 300.0, in_flight=0, slots=8)
    assert ledger.hold(ALL, 300.0, 0) is None
    ledger.tell(None, 3, slow, 4000.0, in_flight=0, slots=8)
    assert ledger.left(4000.0) == 3


def test_the_last_of_the_reserve_waits_for_replies_first() -> None:
    """Otherwise a call waits a minute, or enters the reserve, because replies are on their way."""
    ledger = Ledger(30, None)
    numbers = [ledger.take(ALL, 100.0) for _ in range(8)]
    ledger.tell(100, 35, numbers[0], 100.0, in_flight=7, slots=8)
    hold = ledger.hold(ALL, 100.0, 7)
    assert hold is not None
    assert hold.until == 105.0
    assert ledger.hold(ALL, 1000.0, 7) is not None
    ledger.tell(100, 34, numbers[7], 100.0, in_flight=0, slots=8)
    assert ledger.hold(ALL, 100.0, 0) is None
    ledger.tell(100, 30, numbers[7], 100.0, in_flight=0, slots=8)
    hold = ledger.hold(ALL, 100.0, 0)
    assert hold is not None
    assert hold.until == 160.0
    assert ledger.hold(ALL, 160.0, 0) is None


@pytest.mark.parametrize("limit", [0, 1, 500])
def test_figures_that_make_no_sense(limit: int) -> None:
    """Otherwise a limit of 0, or more calls left than there are, stops everything or divides by nothing."""
    ledger = Ledger(0, None)
    ledger.tell(limit, 10_000, ledger.take(ALL, 0.0), 0.0)
    assert ledger.hold(ALL, 0.0, 0) is None
    assert ledger.estimate(10_000, ALL, 0.0).fits
    ledger.tell(limit, 0, ledger.take(ALL, 0.0), 0.0)
    estimate = ledger.estimate(1, ALL, 0.0)
    assert not estimate.fits
    assert estimate.seconds > 0
    assert ledger.hold(ALL, 0.0, 0) is None  # one call asks again


@pytest.mark.parametrize(("remaining", "closed"), [(7, SETUP), (0, ALL), (None, ALL)], ids=["class", "hour", "unknown"])
def test_a_quota_closes_one_gate(remaining: int | None, closed: RateClass) -> None:
    """Otherwise a quota of setup tests stops reads, or one of the hour stops setup tests only."""
    ledger = Ledger(0, None)
    assert ledger.refuse(SETUP, 60.0, remaining, 100.0, 99.0) is closed
    assert ledger.gate(SETUP, 159.0) is not None
    assert (ledger.gate(SOURCE, 159.0) is not None) == (closed is ALL)
    assert ledger.gate(SETUP, 160.0) is None
    assert ledger.refuse(SETUP, 50.0, remaining, 100.0, 99.0) is None


@pytest.mark.parametrize("retry_after", [None, -5.0, 0.0, 1.0, 2.0])
def test_a_rate_closes_no_gate(retry_after: float | None) -> None:
    """Otherwise all calls wait out what one was told."""
    ledger = Ledger(0, None)
    for rate_class in (ALL, SETUP):
        assert ledger.refuse(rate_class, retry_after, 0, 100.0, 99.0) is None
        assert ledger.gate(rate_class, 100.0) is None


def test_a_rate_of_a_class_is_no_pace_of_all() -> None:
    """Otherwise a refused setup test slows down every read."""
    ledger = Ledger(0, None)
    for rate_class, found in ((SETUP, False), (ALL, True)):
        for _ in range(20):
            ledger.let_through(100.0, 99.0)
        ledger.refuse(rate_class, 1.0, 10, 100.0, 99.0)
        assert (ledger.pace.rate is not None) is found
