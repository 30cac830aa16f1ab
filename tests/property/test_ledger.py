"""What lets a call go without a look at all that could hold it back says what that look would have said."""

from hypothesis import given
from hypothesis import strategies as st

from fivetran_async._ledger import Ledger
from fivetran_async.operation import RateClass


class Thorough(Ledger):
    """Looks at everything, each time."""

    @property
    def _calm(self) -> bool:
        return False


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["call", "many", "refuse", "quota", "short", "close", "lift"]),
        st.floats(0.001, 40.0),
        st.integers(0, 60),
    ),
    max_size=40,
)


@given(steps=STEPS, reserve=st.sampled_from([0, 5]), pace=st.sampled_from([None, 50.0]))
def test_the_quick_look_says_the_same(steps, reserve, pace):
    """A call would go past a closed gate, a used-up hour or a pace, or wait for nothing."""
    quick, thorough = Ledger(reserve, pace), Thorough(reserve, pace)
    now = 1000.0
    for kind, seconds, number in steps:
        now += seconds / 10
        for ledger in (quick, thorough):
            _happen(ledger, kind, now, seconds, number)
        for rate_class in (RateClass.ALL, RateClass.SETUP_TESTS):
            for later in (0.0, seconds, 3700.0):
                found = [ledger.hold(rate_class, now + later, number) for ledger in (quick, thorough)]
                assert found[0] == found[1]


def _happen(ledger: Ledger, kind: str, now: float, seconds: float, number: int) -> None:
    if kind in {"call", "many", "short"}:
        limit = 20 if kind == "short" else 20_000
        for _ in range(40 if kind == "many" else 1):
            told = ledger.take(RateClass.ALL, now)
            ledger.tell(limit, min(number, limit), told, now + 0.01)
            ledger.let_through(now + 0.01, now, min(number, limit))
    elif kind == "refuse":
        ledger.take(RateClass.ALL, now)
        ledger.refuse(RateClass.ALL, 1.0, number, now + 0.01, now)
    elif kind == "quota":
        ledger.refuse(RateClass.ALL, seconds + 3, number, now, now)
    elif kind == "close":
        ledger.close(RateClass.SETUP_TESTS, now + seconds)
    else:
        ledger.lift(RateClass.ALL, "quota")
