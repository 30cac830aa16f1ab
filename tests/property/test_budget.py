"""Laws of the budget: what no order of calls, cancellations, replies and refusals may ever lead to."""

import asyncio
import math
from datetime import UTC, datetime
from typing import Any

import attrs
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fivetran_async import _codec
from fivetran_async import operations as ops
from fivetran_async._ledger import Ledger
from fivetran_async._queue import Grant
from fivetran_async._windows import COUNTED_IN, FULL, HOUR, TRIAL, Windows
from fivetran_async.budget import Budget
from fivetran_async.errors import RateLimitedError
from fivetran_async.operation import RateClass

laws = settings(max_examples=150, deadline=None)

GET = _codec.encode(ops.GET_ACCOUNT_INFO)
REQUESTS = {name: attrs.evolve(GET, rate_class=name) for name in RateClass}
CLASSES = st.sampled_from(list(RateClass))
NEARLY = 1e-5


class HeldClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return a wall time, which nobody here asks for."""
        return datetime(2026, 8, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        """Return the time."""
        return self.time

    @property
    def next_due(self) -> float:
        """When the first sleep ends; infinite if nobody sleeps."""
        return min((due for due, _ in self._asleep()), default=math.inf)

    @property
    def asleep(self) -> int:
        """How many sleep."""
        return len(self._asleep())

    def _asleep(self) -> list[tuple[float, asyncio.Future[None]]]:
        self._sleepers = [pair for pair in self._sleepers if not pair[1].done()]
        return self._sleepers

    async def advance(self, seconds: float) -> None:
        """Move the time, from one end of a sleep to the next."""
        end = self.time + seconds
        while self.next_due <= end:
            self.time = max(self.time, self.next_due)
            for due, sleeper in self._asleep():
                if due <= self.time:
                    sleeper.set_result(None)
            await spin()
        self.time = end

    async def sleep(self, seconds: float) -> None:
        """Sleep until the time has been moved far enough."""
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.time + seconds, sleeper))
        await sleeper


async def spin() -> None:
    """Let all tasks of this loop run until none can go on by itself."""
    for _ in range(12):
        await asyncio.sleep(0)


@attrs.frozen
class Call:
    """One call, and what is known of it from outside."""

    name: int
    rate_class: RateClass
    patience: float | None
    task: "asyncio.Task[None] | None" = None


class Bench:
    """A budget, the calls that were made of it, and what became of them."""

    def __init__(self, concurrency: int, reserve: int) -> None:
        self.clock = HeldClock()
        self.budget = Budget(concurrency, reserve, clock=self.clock)
        for _ in range(32):
            # The few calls that go before the first answers are another matter.
            self.budget.observe({})
        self.waiting: dict[int, Call] = {}
        self.inside: list[Grant] = []
        self.sent: list[tuple[float, RateClass]] = []
        self.let_in: list[tuple[int, int, RateClass]] = []
        self.gates: dict[RateClass, float] = {}
        self.wrong: list[str] = []
        self._names = 0

    def closed_for(self, rate_class: RateClass) -> float:
        """Return for how long the gates of a class are closed, as the refusals said."""
        return max(self.gates.get(name, 0.0) for name in COUNTED_IN[rate_class]) - self.clock.time

    def start(self, rate_class: RateClass, patience: float | None) -> None:
        """Make a call, which stays inside until it is told to leave."""
        name = self._names = self._names + 1

        async def call() -> None:
            try:
                grant = await self.budget.enter(REQUESTS[rate_class], patience)
            except RateLimitedError as error:
                if error.sent or patience is None or error.retry_after is None or error.retry_after <= 0:
                    self.wrong.append(f"{name} was held back with {error.sent}, {patience} and {error.retry_after}")
                return
            finally:
                self.waiting.pop(name, None)
            if self.closed_for(rate_class) > NEARLY:
                self.wrong.append(f"{name} went through a gate")
            self.inside.append(grant)
            self.sent.append((self.clock.time, rate_class))
            self.let_in.append((grant.number, name, rate_class))

        self.waiting[name] = Call(name, rate_class, patience, asyncio.create_task(call()))

    def reply(self, grant: Grant, remaining: int | None, retry_after: float | None = None, status: int = 200) -> None:
        """Answer a call, in the order in which the pipeline hears of it."""
        headers = {} if remaining is None else {"X-Rate-Limit": "20000", "X-Rate-Limit-Remaining": str(remaining)}
        self.budget.observe(headers, grant, let_through=status == 200)
        if status != 200:
            self.budget.refused(retry_after, grant, headers)
            if retry_after is not None and retry_after > 2:
                closed = grant.rate_class if remaining else RateClass.ALL
                self.gates[closed] = max(self.gates.get(closed, 0.0), self.clock.time + retry_after)
        self.budget.leave()

    async def do(self, step: tuple[Any, ...]) -> None:
        """Do one thing."""
        kind, *values = step
        if kind == "call":
            for _ in range(values[2]):
                self.start(values[0], values[1])
        elif kind == "leave" and self.inside:
            self.reply(self.inside.pop(values[0] % len(self.inside)), values[1])
        elif kind == "refuse" and self.inside:
            self.reply(self.inside.pop(), values[1], values[0], 429)
        elif kind == "cancel" and self.waiting:
            names = sorted(self.waiting)
            task = self.waiting[names[values[0] % len(names)]].task
            assert task is not None
            task.cancel()
        elif kind == "advance":
            await self.clock.advance(values[0])
        if step[-1] != "at once":
            await spin()

    def check(self) -> None:
        """Find that no slot is lost, and that nobody waits with nothing to wait for."""
        assert self.wrong == []
        assert self.budget.in_flight == len(self.inside) <= self.budget.concurrency
        assert self.budget.waiting == len(self.waiting)
        if self.waiting and len(self.inside) < self.budget.concurrency:
            assert self.clock.time < self.clock.next_due < math.inf
        classes = {call.rate_class for call in self.waiting.values()}
        # Whoever was sent back by a gate sleeps beside who had come to be first meanwhile.
        assert self.clock.asleep <= len(classes) + self.budget.concurrency
        for call in self.waiting.values():
            assert call.patience is None or self.closed_for(call.rate_class) <= call.patience + NEARLY

    async def drain(self) -> None:
        """Let the API have calls for everybody, for as long as it takes."""
        for _ in range(1_500):
            await spin()
            if not self.waiting:
                break
            while self.inside:
                await self.do(("leave", 0, 10_000))
            await self.clock.advance(60.0)
        assert not self.waiting
        while self.inside:
            await self.do(("leave", 0, None))
        self.check()
        assert self.clock.asleep == 0


def steps(classes: st.SearchStrategy[RateClass], refused_with: list[int | None]) -> st.SearchStrategy[list[Any]]:
    """Return what may happen to a budget, in any order; `at once` is before anybody has noticed the last thing."""
    left = st.none() | st.sampled_from([0, 1, 2, 3, 5, 1000])
    refusals = [None, -1.0, 0.0, 1.0, 2.0, 3.0, 60.0, 3600.0]
    one = st.one_of(
        st.tuples(
            st.just("call"), classes, st.none() | st.sampled_from([0.0, 0.5, 30.0, 70.0, 5000.0]), st.integers(1, 7)
        ),
        st.tuples(st.just("leave"), st.integers(0, 9), left),
        st.tuples(st.just("leave"), st.integers(0, 9), left, st.just("at once")),
        st.tuples(st.just("refuse"), st.sampled_from(refusals), st.sampled_from(refused_with)),
        st.tuples(st.just("refuse"), st.sampled_from(refusals), st.sampled_from(refused_with), st.just("at once")),
        st.tuples(st.just("cancel"), st.integers(0, 99)),
        st.tuples(st.just("cancel"), st.integers(0, 99), st.just("at once")),
        st.tuples(st.just("advance"), st.sampled_from([0.0, 1.0, 2.5, 59.0, 60.0, 3600.0])),
    )
    return st.lists(one, max_size=35)


@settings(max_examples=300, deadline=None)
@example(2, 0, [("call", RateClass.ALL, None, 2), ("leave", 0, 0), ("call", RateClass.ALL, None, 1), ("advance", HOUR)])
@given(st.integers(1, 4), st.sampled_from([0, 0, 1, 3]), steps(CLASSES, [None, 0, 7]))
async def test_no_slot_is_lost_and_nobody_waits_for_nothing(
    concurrency: int, reserve: int, events: list[tuple[Any, ...]]
) -> None:
    """Otherwise fewer and fewer calls would get in, one would go through a closed gate, or one wait for ever."""
    bench = Bench(concurrency, reserve)
    for step in events:
        await bench.do(step)
        if step[-1] != "at once":
            bench.check()
    await spin()
    bench.check()
    order: dict[RateClass, list[int]] = {}
    for _, name, rate_class in sorted(bench.let_in):
        order.setdefault(rate_class, []).append(name)
    assert all(names == sorted(names) for names in order.values())
    await bench.drain()


ALIKE = st.sampled_from([RateClass.ALL, RateClass.SETUP_TESTS, RateClass.SOURCE, RateClass.USER_CREATION])


@laws
@given(st.integers(1, 4), st.sampled_from([0, 2]), steps(ALIKE, [None, 0]))
async def test_first_come_first_served_whatever_the_class(
    concurrency: int, reserve: int, events: list[tuple[Any, ...]]
) -> None:
    """Otherwise calls of one class overtake those of another, and so for ever, where nothing sets the two apart."""
    bench = Bench(concurrency, reserve)
    for step in events:
        await bench.do(step)
    names = [name for _, name, _ in sorted(bench.let_in)]
    assert names == sorted(names)
    await bench.drain()


@laws
@given(st.integers(1, 40), st.integers(0, 60), st.integers(0, 50), st.integers(0, 80), st.data())
async def test_no_more_calls_than_are_left(
    concurrency: int, remaining: int, reserve: int, calls: int, data: st.DataObject
) -> None:
    """Otherwise a fan-out is sent on the word of one reply, or calls that are left are not made."""
    bench = Bench(concurrency, reserve)
    await bench.do(("call", RateClass.ALL, None, 1))
    bench.reply(bench.inside.pop(), remaining)
    await bench.do(("call", data.draw(ALIKE), None, calls))
    left = max(0, remaining - reserve)
    expected = left if left or reserve else 1
    assert len(bench.inside) == min(calls, concurrency, expected)
    sent = len(bench.inside)
    assert bench.budget.remaining == max(0, remaining - sent)
    # Replies that say nothing give back slots, and no more than that.
    while bench.inside:
        await bench.do(("leave", 0, None))
    assert len(bench.sent) == 1 + calls if not reserve and not remaining else len(bench.sent) - 1 >= min(calls, left)
    for call in list(bench.waiting.values()):
        assert call.task is not None
        call.task.cancel()
    await spin()
    assert bench.clock.asleep == 0


@laws
@given(st.integers(1, 30), st.lists(st.booleans(), min_size=1, max_size=60), st.booleans())
async def test_calls_that_were_never_sent_cost_nothing(concurrency: int, cancelled: list[bool], early: bool) -> None:
    """Otherwise cancelling a job makes the account look used up."""
    bench = Bench(concurrency, 0)
    await bench.do(("call", RateClass.ALL, None, 1))
    bench.reply(bench.inside.pop(), 1_000)
    await bench.do(("call", RateClass.ALL, None, concurrency))
    await bench.do(("call", RateClass.ALL, None, len(cancelled)))
    gone = [call for call, dead in zip(list(bench.waiting.values()), cancelled, strict=True) if dead]
    leave = min(concurrency, len(cancelled))
    for turn in (early, not early):
        if turn:
            for call in gone:
                assert call.task is not None
                call.task.cancel()
        else:
            for grant in bench.inside[:leave]:
                bench.reply(grant, None)
            del bench.inside[:leave]
    await spin()
    assert bench.budget.remaining == 1_000 - len(bench.sent) + 1
    bench.check()
    await bench.drain()


# Each example makes a thousand calls.
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(CLASSES, st.integers(1, 300), st.sampled_from([0.0, 0.5, 7.0, 30.0, 61.0, 1000.0])), max_size=12
    ),
    st.booleans(),
)
async def test_no_window_is_ever_overdrawn(bursts: list[tuple[RateClass, int, float]], trial: bool) -> None:
    """Otherwise more calls of a class are sent within a minute or an hour than the account has."""
    bench = Bench(8, 0)
    plan = TRIAL if trial else FULL
    if trial:
        bench.budget.observe({"X-Rate-Limit": "500"})
    for rate_class, calls, pause in bursts:
        for _ in range(calls):
            bench.start(rate_class, None)
        for _ in range(-(-calls // 8)):
            await bench.do(("advance", pause / 100))
            while bench.inside:
                bench.reply(bench.inside.pop(), None)
                await asyncio.sleep(0)
        await bench.do(("advance", pause))
    for name, limits in plan.items():
        times = [at for at, rate_class in bench.sent if name in COUNTED_IN[rate_class]]
        for limit in limits:
            for first, last in zip(times, times[limit.count :], strict=False):
                assert last - first > limit.seconds - NEARLY
    for call in list(bench.waiting.values()):
        assert call.task is not None
        call.task.cancel()
    await spin()
    assert bench.clock.asleep == 0


def simulated(ledger: Ledger, calls: int, rate_class: RateClass, now: float) -> float:
    """Return after how many seconds the last of so many calls goes, when each goes as soon as it may."""
    start = now
    for _ in range(calls):
        while hold := ledger.hold(rate_class, now, 0):
            now = hold.until
        ledger.take(rate_class, now)
    return now - start


def ledger_of(past: list[tuple[RateClass, float]], limit: int | None) -> tuple[Ledger, float]:
    """Return a ledger in which calls were made, and the time."""
    ledger, now = Ledger(0, None), 0.0
    ledger.tell(limit, None, None, 0.0)
    for name, pause in past:
        now += pause
        ledger.take(name, now)
    return ledger, now


PASTS = st.lists(st.tuples(CLASSES, st.floats(0, 200)), max_size=60)


@laws
@given(PASTS, st.integers(1, 3_000), CLASSES, st.sampled_from([None, 500, 20_000]))
def test_an_estimate_is_what_it_takes(
    past: list[tuple[RateClass, float]], calls: int, rate_class: RateClass, limit: int | None
) -> None:
    """Otherwise a job that would be through in time is called off, or takes longer than was said."""
    ledger, now = ledger_of(past, limit)
    calls = min(calls, 60) if rate_class is RateClass.PRIVATE_LINK_CREATION else calls
    estimate = ledger.estimate(calls, rate_class, now)
    seconds = simulated(ledger, calls, rate_class, now)
    assert math.isclose(estimate.seconds, seconds, abs_tol=NEARLY)
    assert estimate.fits == (estimate.seconds == 0) == (seconds == 0)


@laws
@given(
    PASTS,
    st.lists(st.integers(0, 3_000), min_size=2, max_size=2),
    CLASSES,
    st.sampled_from([None, 0, 1, 500, 20_000]),
    st.none() | st.integers(0, 3_000),
    st.sampled_from([0, 100]),
)
def test_more_calls_never_seem_to_cost_less(
    past: list[tuple[RateClass, float]],
    calls: list[int],
    rate_class: RateClass,
    limit: int | None,
    remaining: int | None,
    reserve: int,
) -> None:
    """Otherwise a job is cheaper by being made larger, or one fits into an hour that has no calls left."""
    ledger, now = Ledger(reserve, None), 0.0
    for name, pause in past:
        now += pause
        ledger.take(name, now)
    ledger.tell(limit, remaining, None, now)
    few, many = (ledger.estimate(number, rate_class, now) for number in sorted(calls))
    assert few.seconds <= many.seconds
    assert (few.share or 0.0) <= (many.share or 0.0)
    assert few.fits >= many.fits
    for estimate in (few, many):
        assert estimate.fits == (estimate.seconds == 0)
        if remaining is not None and estimate.calls > max(0, remaining - reserve):
            assert not estimate.fits


@laws
@given(st.lists(st.tuples(CLASSES, st.booleans()), max_size=80), CLASSES, st.sampled_from([FULL, TRIAL]))
def test_what_is_taken_back_was_never_counted(
    calls: list[tuple[RateClass, bool]], rate_class: RateClass, plan: Any
) -> None:
    """Otherwise calls that were cancelled unsent use up the hour, or free what others use."""
    both, kept = Windows(), Windows()
    both.plan = kept.plan = plan
    for now, (name, stays) in enumerate(calls):
        both.record(name, float(now))
        if stays:
            kept.record(name, float(now))
    for now, (name, stays) in enumerate(calls):
        if not stays:
            both.forget(name, float(now))
    assert both.hold(rate_class, 80.0) == kept.hold(rate_class, 80.0)
    assert [both.seconds(n, rate_class, 80.0) for n in (1, 50, 300)] == [
        kept.seconds(n, rate_class, 80.0) for n in (1, 50, 300)
    ]
