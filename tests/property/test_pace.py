"""What the pace reaches against servers of four kinds, in simulated time, and the laws that it keeps."""

import math
import statistics

import pace_simulator as simulator
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivetran_async._ledger import Ledger
from fivetran_async._pace import Pace

# No deadline: how long an example takes says nothing on a busy machine.
# The same examples each time: bounds on what a chance may do have chances beyond them.
laws = settings(deadline=None, max_examples=60, derandomize=True)
runs = settings(deadline=None, max_examples=10, derandomize=True)

RATE = 200.0
# What a pace that is asked for bounds answers is never further ahead.
FURTHEST = 4.0

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["sent", "unsent", "passed", "refused", "refused", "again"]),
        st.floats(-0.01, 3.0) | st.sampled_from([0.0, 1e-9, 1e-3, 100.0]),
        st.floats(-0.01, 1.0),
        st.none() | st.floats(0.0, 2.0),
    ),
    max_size=120,
)


@pytest.mark.parametrize("header", [True, False], ids=["whole seconds", "no header"])
@pytest.mark.parametrize(
    ("server", "goodput", "share", "failed"),
    [
        ("bucket, burst 20", 0.98, 0.0125, 0),
        ("bucket, burst R", 0.98, 0.05, 1),
        ("R per rolling 1 s", 0.85, 0.07, 1),
        ("R/10 per rolling 0.1 s", 0.88, 0.015, 0),
        ("bucket, burst 20, told", 0.98, 0.01, 0),
        ("R per rolling 1 s, told", 0.98, 0.01, 0),
        ("R/10 per rolling 0.1 s, told", 0.92, 0.01, 0),
    ],
)
def test_most_of_the_limit_is_used_and_few_calls_are_refused(
    server: str, goodput: float, share: float, failed: int, header: bool
):
    """Otherwise a fan-out would be slower than the account allows, or waste its calls on refusals."""
    outcomes = [
        simulator.Simulation(simulator.SERVERS[server](RATE), Ledger(0, None), seed=seed, header=header).run()
        for seed in range(3)
    ]
    assert statistics.median(outcome.goodput(RATE) for outcome in outcomes) >= goodput
    assert statistics.median(outcome.share for outcome in outcomes) < share
    assert sum(outcome.failed for outcome in outcomes) <= failed


@pytest.mark.parametrize(("changed", "refused"), [(100.0, 45), (400.0, 25)])
def test_a_limit_that_changes_is_found_again(changed: float, refused: int):
    """Otherwise another user who comes would cost refusals without end, and one who goes would change nothing."""
    server = simulator.Bucket(RATE, 20)

    def change() -> None:
        server.rate = changed

    outcome = simulator.Simulation(server, Ledger(0, None), calls=9000, header=False, events=((5.0, change),)).run()
    reached, _ = outcome.between(27.0, 28.0)
    assert reached >= 0.9 * changed
    assert outcome.between(5.0, 28.0)[1] <= refused
    assert not outcome.failed


@runs
@given(st.floats(30, 3000), st.floats(0.002, 0.2), st.integers(0, 99), st.sampled_from([8, 32, 64]))
def test_every_limit_is_lived_with(rate: float, latency: float, seed: int, tasks: int):
    """Otherwise some pair of limit and latency would stand still, or have most of its calls refused."""
    calls = 600
    outcome = simulator.Simulation(
        simulator.Bucket(rate, 20), Ledger(0, None), seed=seed, tasks=tasks, calls=calls, latency=latency, jitter=0.5
    ).run()
    assert len(outcome.passed) + outcome.failed == calls
    assert outcome.failed <= 0.02 * calls
    slowest = calls / min(rate, tasks / latency)
    assert outcome.passed[-1] < 4 * slowest + 10


@runs
@given(st.floats(20, 500), st.floats(0.3, 0.9), st.integers(0, 99), st.sampled_from(sorted(simulator.SERVERS)))
def test_who_asks_for_less_than_the_limit_is_never_held(rate: float, part: float, seed: int, server: str):
    """Otherwise calls would wait for a limit that they do not reach."""
    outcome = simulator.Simulation(
        simulator.SERVERS[server](rate), Ledger(0, None), seed=seed, calls=300, every=1 / (rate * part), jitter=0.01
    ).run()
    assert not outcome.refused
    assert outcome.waited == 0.0


@laws
@given(EVENTS, st.none() | st.floats(0.5, 5000))
def test_no_order_of_events_makes_a_pace_that_nobody_can_keep(
    events: list[tuple[str, float, float, float | None]], most: float | None
):
    """Otherwise answers in a strange order, or a clock that steps back, would stop all calls or divide by zero."""
    pace, now = Pace(most), 100.0
    for kind, later, took, retry_after in events:
        now += later
        if kind == "sent":
            pace.sent(now)
        elif kind == "unsent":
            pace.unsent(now)
        elif kind == "passed":
            pace.let_through(now, now - took)
        elif kind == "refused":
            pace.refused(now, now - took, retry_after)
        again, rate = pace.again(now), pace.rate
        assert math.isfinite(again)
        assert again <= now + FURTHEST
        assert rate is None or (math.isfinite(rate) and rate > 0)
        assert most is None or (rate is not None and rate <= most)
    # Whatever came before: as soon as calls pass, they go on.
    for _ in range(50):
        now = max(now, pace.again(now)) + 0.001
        pace.sent(now)
        pace.let_through(now + 0.001, now)
        now += 0.001
    assert pace.again(now) <= now + FURTHEST
