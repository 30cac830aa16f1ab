"""What the budget says of itself, and what it refuses, without anybody waiting."""

import pytest

from fivetran_async.budget import Budget, figures
from fivetran_async.errors import ArgumentError, ConfigError
from fivetran_async.operation import RateClass

SETUP, SOURCE = RateClass.SETUP_TESTS, RateClass.SOURCE


def test_estimate_of_a_fresh_account() -> None:
    """Otherwise nobody can tell what a job costs before it runs."""
    budget = Budget()
    estimate = budget.estimate(1_000, SETUP)
    assert (estimate.calls, estimate.share, estimate.seconds, estimate.fits) == (1_000, 0.4, 183.0, False)
    assert (budget.estimate(250, SETUP).seconds, budget.estimate(250, SETUP).fits) == (0.0, True)
    # The hour's window and the minute's take turns.
    assert budget.estimate(5_000, SETUP).seconds == 3601 + 9 * 61
    assert (budget.estimate(40_001).share, budget.estimate(40_001).fits) == (None, True)
    assert (budget.estimate(500, SOURCE).fits, budget.estimate(501, SOURCE).fits) == (True, False)
    assert (budget.estimate(0).share, budget.estimate(0).seconds, budget.estimate(0).fits) == (0.0, 0.0, True)


def test_estimate_of_what_is_left() -> None:
    """Otherwise a job that fits no more, or only into the reserve, would be started."""
    budget = Budget(reserve=100)
    budget.observe({"X-Rate-Limit": "20000", "X-Rate-Limit-Remaining": "1100"})
    assert budget.estimate(1_000).share == 0.05
    assert [budget.estimate(calls).fits for calls in (1_000, 1_001)] == [True, False]
    assert budget.estimate(11_000).seconds == 1800
    budget.refused(3600)
    assert budget.estimate(1).seconds == pytest.approx(3600, abs=1)


def test_an_estimate_changes_nothing() -> None:
    """Otherwise asking what a job costs would cost something."""
    budget = Budget()
    budget.observe({"X-Rate-Limit": "500", "X-Rate-Limit-Remaining": "400"})
    first = budget.estimate(600, SETUP)
    assert [budget.estimate(600, SETUP) for _ in range(3)] == [first] * 3
    assert (budget.remaining, budget.in_flight, budget.waiting) == (400, 0, 0)


@pytest.mark.parametrize("arguments", [(-1,), (1.5,), (True,), ("1",), (None,), (1, "setup_tests"), (1, None)], ids=str)
def test_bad_estimates(arguments: tuple[object, ...]) -> None:
    """Otherwise a typo gives an estimate of something else."""
    with pytest.raises(ArgumentError, match=r"calls|rate_class"):
        Budget().estimate(*arguments)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("pace", [0, -1, True, "5", float("inf"), float("nan")], ids=str)
def test_bad_paces(pace: object) -> None:
    """Otherwise a pace at which nothing ever goes is found out by a hang."""
    with pytest.raises(ConfigError, match="pace"):
        Budget(pace=pace)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_remaining_is_never_negative() -> None:
    """Otherwise a job that compares it with a number of calls reads nonsense."""
    budget = Budget()
    budget.observe({"X-Rate-Limit": "20000", "X-Rate-Limit-Remaining": "0"})
    assert (budget.limit, budget.remaining, budget.closed_for) == (20_000, 0, 0.0)
    assert repr(budget) == "Budget(concurrency=32, reserve=0, remaining=0)"
    assert repr(Budget(4, 5, 2.5)) == "Budget(concurrency=4, reserve=5, pace=2.5, remaining=None)"


@pytest.mark.parametrize("text", ["", "-1", "many", "1.5", "1e3", "+5", "0x10", "9" * 19, "9" * 5000], ids=len)
def test_headers_that_are_no_counts(text: str) -> None:
    """Otherwise a header that cannot be read breaks a call that succeeded."""
    assert figures({"X-Rate-Limit": text, "X-Rate-Limit-Remaining": "7"}) == (None, 7)
    assert figures({"X-Rate-Limit-Remaining": text}) == (None, None)
