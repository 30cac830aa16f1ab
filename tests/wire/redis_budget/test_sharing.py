"""What processes that share a budget know of each other: the hour, windows, gates, a pace."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import attrs
import pytest

from fivetran_async import _codec
from fivetran_async import operations as ops
from fivetran_async.errors import NotFoundError, RateLimitedError
from fivetran_async.hooks import Waited
from fivetran_async.operation import RateClass
from fivetran_async.retry import RetryPolicy

REQUEST = _codec.encode(ops.GET_ACCOUNT_INFO)
SETUP_TEST = attrs.evolve(REQUEST, rate_class=RateClass.SETUP_TESTS)
KINDS = [
    ("gate", REQUEST, "the API had asked all callers of this account to wait"),
    ("window", SETUP_TEST, "the account's 250 setup tests a minute are made"),
    ("quota", REQUEST, "the account's calls of this hour are used up"),
    # Not a trial of patience: it goes on by itself.
    ("pace", REQUEST, "all processes together keep to 0.1 calls a second"),
]


async def enter(budget, request=REQUEST, patience=None):
    """Make a call whose reply says nothing."""
    grant = await budget.enter(request, patience)
    budget.leave()
    return grant


async def learn(budget, **headers):
    """Make a call whose reply has such headers, and another one, which tells the others."""
    grant = await budget.enter(REQUEST)
    budget.observe({f"X-Rate-Limit{name}": str(value) for name, value in headers.items()}, grant)
    budget.leave()
    return await enter(budget)


async def let_go(budgets, calls, request=REQUEST):
    """Try so many calls of each at once, without patience, and return how many were let go."""
    outcomes = await asyncio.gather(
        *(enter(budget, request, 0.5) for budget in budgets for _ in range(calls)), return_exceptions=True
    )
    assert all(isinstance(outcome, RateLimitedError) for outcome in outcomes if isinstance(outcome, BaseException))
    return sum(not isinstance(outcome, BaseException) for outcome in outcomes)


def hold(server, key, kind, seconds):
    """Leave in Redis what holds all calls back for so many seconds."""
    now, state = server.now(), f"{{{key}}}:state"
    if kind == "gate":
        server.do("HSET", state, "gate:all", now + seconds)
    elif kind == "window":
        scores = [part for i in range(250) for part in (now - 61 + seconds + i / 1e4, f"old{i}")]
        server.do("ZADD", f"{{{key}}}:setup_tests", *scores)
    elif kind == "quota":
        fields = {"base": 1, "issued": 9, "ceiling": 9, "told_by": 8, "told_at": now, "asked_at": now - 5 + seconds}
        server.do("HSET", state, *(part for pair in fields.items() for part in pair))
    else:
        server.do("HSET", state, "tat", now + seconds)


# The hour


async def test_what_one_learns_holds_the_other(server, budget):
    """A process would run into a refusal that another one has foreseen."""
    one, other = budget(server), budget(server)
    await learn(one, **{"": 20_000, "-Remaining": 1})
    with pytest.raises(RateLimitedError, match="calls of this hour are used up") as caught:
        await other.enter(REQUEST, 1)
    assert (caught.value.sent, other.limit, other.remaining) == (False, 20_000, 0)
    assert 0 < caught.value.retry_after <= 5


async def test_no_more_calls_than_were_left(server, budget):
    """Ten processes would each use what is left once."""
    one, *others = (budget(server) for _ in range(4))
    await learn(one, **{"-Remaining": 11})
    assert await let_go(others, 10) == 10


async def test_what_is_left_is_shown(server, budget):
    """A process would plan with calls that others have made."""
    one, other = budget(server), budget(server)
    await learn(one, **{"": 20_000, "-Remaining": 500})
    for _ in range(9):
        await enter(one)
    await enter(other)
    assert (other.limit, other.remaining) == (20_000, 489)
    assert "remaining=489" in repr(other)


async def test_one_asks_again_for_all(server, budget):
    """A used-up hour would cost a refusal of each process, or never be seen to have calls again."""
    budgets = [budget(server) for _ in range(3)]
    await learn(budgets[0], **{"-Remaining": 1})
    server.do("HSET", f"{{{budgets[0].key}}}:state", "asked_at", server.now() - 5.1)
    assert await let_go(budgets, 3) == 1


async def test_one_alone_asks_at_once(server, budget):
    """A process whose every call is answered before the next would wait between them all the same."""
    one = budget(server)
    for _ in range(3):
        one.observe({"X-Rate-Limit-Remaining": "0"}, await enter(one, REQUEST, 1))


async def test_the_latest_of_several_replies(server, budget):
    """Of what came since its last call a process would tell the oldest."""
    one = budget(server)
    for remaining, grant in [(500, await enter(one)), (3, await enter(one))]:
        one.observe({"X-Rate-Limit-Remaining": str(remaining)}, grant)
    await enter(one)
    assert await let_go([budget(server)], 5) == 2


async def test_an_endless_wait_ends_with_the_patience(server, budget, clock):
    """A call would wait in stages of five seconds for ever, each of them shorter than its patience."""
    one = budget(server, clock=clock)
    hold(server, one.key, "quota", 5)
    with pytest.raises(RateLimitedError, match="used up"):
        await one.enter(REQUEST, 30)
    assert 4 <= len(clock.sleeps) <= 7


async def test_the_reserve_is_left_to_others(server, budget):
    """The calls of several processes would together go into what each of them leaves to others."""
    careful = [budget(server, reserve=10) for _ in range(2)]
    await learn(careful[0], **{"-Remaining": 15})
    assert await let_go(careful, 5) == 4
    with pytest.raises(RateLimitedError, match="the reserve of 10 calls is left to others") as caught:
        await careful[1].enter(REQUEST, 59)
    assert 50 < caught.value.retry_after <= 60
    assert (await enter(budget(server))).shared


async def test_news_of_a_lost_state_is_none(start_redis, budget):
    """After Redis was emptied, a figure of before would hold everyone back, or let them all go."""
    server = start_redis()
    one, other = budget(server), budget(server)
    grant = await enter(one)
    one.observe({"X-Rate-Limit-Remaining": "0"}, grant)
    server.do("FLUSHALL")
    first = await enter(other)
    assert first.shared > grant.shared
    assert (await enter(one)).shared == first.shared + 1
    assert await let_go([budget(server)], 5) == 5
    await learn(other, **{"-Remaining": 3})
    assert await let_go([budget(server)], 5) == 2


async def test_old_news_is_none(server, budget, held_clock):
    """What a process learnt an hour ago and did not tell would stand for the present hour."""
    one = budget(server, clock=held_clock)
    grant = await enter(one)
    one.observe({"X-Rate-Limit-Remaining": "0"}, grant)
    held_clock.advance(3601)
    await enter(one)
    assert await let_go([budget(server)], 5) == 5


async def test_a_later_reply_is_not_overruled(server, budget):
    """A slow reply to an early call would give back calls that are used."""
    one, other = budget(server), budget(server)
    early = await enter(one)
    await learn(other, **{"-Remaining": 3})
    one.observe({"X-Rate-Limit-Remaining": "900"}, early)
    await enter(one)
    assert await let_go([budget(server)], 5) == 1


async def test_huge_figures(server, budget):
    """Figures that no account has would break the script for all."""
    one, other = budget(server), budget(server)
    await learn(one, **{"": 10**17, "-Remaining": 10**17})
    assert (await enter(other)).shared
    assert other.limit == 10**17
    one.refused(1e300)
    await one.share()
    with pytest.raises(RateLimitedError) as caught:
        await other.enter(REQUEST, 1e9)
    assert caught.value.retry_after == pytest.approx(1e300)


# Windows


async def test_windows_are_shared(server, budget):
    """Two processes would make twice the setup tests that the account has in a minute."""
    budgets = [budget(server) for _ in range(2)]
    assert await let_go(budgets, 130, SETUP_TEST) == 250
    with pytest.raises(RateLimitedError, match="250 setup tests a minute") as caught:
        await budgets[0].enter(SETUP_TEST, 30)
    assert 50 < caught.value.retry_after <= 61
    assert (await enter(budgets[0])).shared
    assert await let_go(budgets, 130, attrs.evolve(REQUEST, rate_class=RateClass.SOURCE)) == 250


async def test_the_wait_for_a_window_is_exact(server, budget):
    """A call would be let go when one too few has left the window, or wait for one too many."""
    one = budget(server)
    now = server.now()
    # In order of their end, after 10, 20, 30 ... seconds; the third must go for the 253rd to come.
    ends = [10, 20, 30, 40, *[50] * 248]
    server.do(
        "ZADD", f"{{{one.key}}}:setup_tests", *(p for i, end in enumerate(ends) for p in (now - 61 + end, f"m{i}"))
    )
    with pytest.raises(RateLimitedError) as caught:
        await one.enter(SETUP_TEST, 1)
    assert caught.value.retry_after == pytest.approx(30, abs=3)


async def test_windows_of_a_trial(server, budget):
    """The first calls of a process would be made by the limits of a full account, which it has not."""
    one = budget(server)
    await learn(one, **{"": 500, "-Remaining": 400})
    assert await let_go([one], 30, SETUP_TEST) == 25
    other = budget(server)
    with pytest.raises(RateLimitedError, match="25 calls that reach the source a minute"):
        await other.enter(SETUP_TEST, 1)


async def test_everything_expires(server, budget):
    """Accounts that nobody uses any more would stay in Redis for ever, or the count of an hour go before it is over."""
    one = budget(server)
    await learn(one, **{"-Remaining": 15})
    await enter(one, SETUP_TEST)
    keys = server.do("KEYS", f"{{{one.key}}}:*")
    assert len(keys) == 3
    assert all(3700 < server.do("TTL", name) < 8000 for name in keys)


# Gates


@pytest.mark.parametrize("remaining", [None, "0", "900"])
async def test_a_gate_that_one_closes_is_closed_to_the_other(colour, connect, box, server, budget, remaining):
    """Each process would run into the refusal that the first one met."""
    headers = {"Retry-After": "60"} | ({} if remaining is None else {"X-Rate-Limit-Remaining": remaining})
    box.faults.script("GET", "/v1/account/info", status=429, headers=headers)
    impatient = RetryPolicy(max_retry_after=30)
    one, other = (connect(box.url, budget=budget(server), retry=impatient) for _ in range(2))
    with pytest.raises(colour.package.RateLimitedError) as refused:
        await colour.call(one.account.info)
    with pytest.raises(colour.package.RateLimitedError, match="all callers of this account") as held:
        await colour.call(other.account.info)
    assert (refused.value.sent, held.value.sent, box.calls) == (True, False, 1)
    assert 50 < held.value.retry_after <= 60


async def test_a_gate_of_a_class(server, budget):
    """Plain reads of other processes would stop because setup tests are used up."""
    one, other = budget(server), budget(server)
    grant = await enter(one, SETUP_TEST)
    one.refused(60, grant, {"X-Rate-Limit-Remaining": "900"})
    await one.share()
    assert (await enter(other)).shared
    with pytest.raises(RateLimitedError, match="all setup tests to wait"):
        await other.enter(SETUP_TEST, 1)


async def test_the_longest_refusal_counts(server, budget):
    """The shorter wait that another process was told would open the gate too early."""
    one, other, third = (budget(server) for _ in range(3))
    for refused, seconds in ((one, 100), (other, 10)):
        refused.refused(seconds)
        await refused.share()
    with pytest.raises(RateLimitedError) as caught:
        await third.enter(REQUEST, 1)
    assert caught.value.retry_after > 90


async def test_a_gate_outlives_idle_hours(server, budget):
    """A gate that is closed for a day would be forgotten after two hours without calls."""
    one = budget(server)
    await enter(one, SETUP_TEST)
    one.refused(90_000, await enter(one, SETUP_TEST), {"X-Rate-Limit-Remaining": "900"})
    await one.share()
    await enter(one)
    assert server.do("TTL", f"{{{one.key}}}:state") > 90_000


# Waiting


@pytest.mark.parametrize(("kind", "request_", "why"), KINDS[:3], ids=[kind for kind, *_ in KINDS[:3]])
async def test_too_long_a_wait(server, budget, kind, request_, why):
    """A call would wait longer than it may, or not say for what, and for how long."""
    one = budget(server)
    hold(server, one.key, kind, 4)
    with pytest.raises(RateLimitedError, match=why) as caught:
        await one.enter(request_, 0.5)
    assert (caught.value.sent, caught.value.operation) == (False, REQUEST.operation.id)
    assert 2 < caught.value.retry_after <= 4


@pytest.mark.parametrize(("kind", "request_"), [row[:2] for row in KINDS], ids=[kind for kind, *_ in KINDS])
async def test_a_wait_ends_and_is_told(aconnect, box, server, budget, kind, request_):
    """A call that Redis held back would never go, or nobody would learn why it was slow."""
    events = []
    client = aconnect(box.url, hooks=[events.append], budget=budget(server, pace=3 if kind == "pace" else None))
    await client.account.info()  # what is slow at first is not in the way
    events.clear()
    hold(server, client.budget.key, kind, 0.5)
    if request_ is SETUP_TEST:
        with pytest.raises(NotFoundError):
            await client.connections.test("unknown")
    else:
        assert (await client.account.info()).account_id
    waits = [event for event in events if isinstance(event, Waited)]
    assert [wait.reason for wait in waits] == [kind]
    assert 0 < waits[0].seconds < 10


async def test_first_come_first_served(server, budget, spin):
    """Calls that Redis holds back would overtake each other, the first of them for ever."""
    one, order = budget(server, concurrency=1), []
    hold(server, one.key, "gate", 0.3)

    async def call(name):
        await one.enter(REQUEST)
        order.append(name)
        await spin(3)
        one.leave()

    tasks = []
    for name in range(8):
        tasks.append(asyncio.create_task(call(name)))
        await spin(1)
    await asyncio.gather(*tasks)
    assert order == list(range(8))


async def test_cancelled_while_redis_is_asked(start_redis, budget, spin):
    """A slot would be lost with each call that is given up while Redis is slow, and what was to be told with it."""
    server = start_redis()
    one = budget(server, concurrency=3)
    await enter(one)
    one.refused(60)
    server.freeze()
    sharing = asyncio.create_task(one.share())
    await spin()
    sharing.cancel()
    await asyncio.gather(sharing, return_exceptions=True)
    other = budget(server, concurrency=3)
    calls = [asyncio.create_task(other.enter(REQUEST)) for _ in range(9)]
    await asyncio.sleep(0.05)
    assert other.in_flight == 3
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert all(call.cancelled() for call in calls)
    assert other.in_flight == 0
    server.thaw()
    await one.share()
    with pytest.raises(RateLimitedError, match="all callers"):
        await other.enter(REQUEST, 1)


async def test_cancelled_at_any_step(start_redis, budget, spin):
    """A call that is given up just when it has asked would go on until Redis answers, and be sent."""
    server = start_redis()
    server.freeze()
    for steps in range(60):
        one = budget(server, concurrency=8)
        calls = [asyncio.create_task(one.enter(REQUEST)) for _ in range(8)]
        await spin(steps)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls, timeout=5)
        assert all(call.cancelled() for call in calls), steps
        assert one.in_flight == 0


async def test_cancelled_before_its_place(server, budget):
    """A call that is given up while it waits for its place in the pace would keep a slot."""
    one = budget(server, concurrency=1, pace=12)
    await enter(one)
    call = asyncio.create_task(one.enter(REQUEST))
    await asyncio.sleep(0.04)
    assert not call.done()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert call.cancelled()
    assert one.in_flight == 0


# The pace


async def test_the_pace_is_of_all_together(server, budget):
    """Each process would go at the pace of all."""
    budgets = [budget(server, pace=40) for _ in range(4)]
    began = time.monotonic()
    await asyncio.gather(*(enter(one) for one in budgets for _ in range(6)))
    # Two at once, and each of the others after a fortieth of a second.
    assert time.monotonic() - began > 22 / 40 - 0.01


async def test_at_once_after_a_pause(server, budget):
    """After a pause all that was missed would go at once, or not even what the pace allows."""
    one = budget(server, pace=100)
    grants = [await enter(one) for _ in range(5)]
    assert [grant.waited for grant in grants] == [0.0] * 5
    began = time.monotonic()
    await asyncio.gather(*(enter(one) for _ in range(20)))
    assert time.monotonic() - began > 0.14


async def test_any_second_has_no_more_than_the_pace(server, budget, key):
    """Calls that went late and those that follow in time would be too many for a limit of any second."""
    one, now = budget(server, pace=50), server.now()
    server.do("ZADD", f"{{{key}}}:paced", *(part for i in range(50) for part in (now - 0.6, i)))
    grant = await enter(one)
    assert 0.25 < grant.waited < 2.0
    assert float(server.do("ZSCORE", f"{{{key}}}:paced", grant.shared)) >= now + 0.4 - 1e-5


async def test_others_learn_when_a_call_was_there(server, budget, key):
    """Calls would be counted from when they were due, though their process was late."""
    one, other = budget(server, pace=50), budget(server, pace=50)
    quick = await one.enter(REQUEST)
    one.observe({}, quick)
    one.leave()
    late = await one.enter(REQUEST)
    due = float(server.do("ZSCORE", f"{{{key}}}:paced", late.shared))
    await asyncio.sleep(0.2)
    one.observe({}, late)
    one.leave()
    await enter(one)
    await enter(other)
    there = float(server.do("ZSCORE", f"{{{key}}}:paced", late.shared))
    assert due + 0.05 < there < due + 0.2 + 0.05


async def test_a_pace_that_was_slower(server, budget):
    """A process with a slow pace, or a clock that is set back, would stop all others."""
    slow, quick = budget(server, pace=0.01), budget(server, pace=50)
    await enter(slow)
    await asyncio.wait_for(enter(quick), 5)


async def test_a_clock_that_is_set_back(server, budget, key):
    """All processes would stand still until the clock of Redis is where it was."""
    one = budget(server, pace=50)
    await learn(one, **{"": 20_000, "-Remaining": 1})
    last = int(float(server.do("HGET", f"{{{key}}}:state", "issued")))
    later = server.now() + 7200
    for field in ("asked_at", "tat", "gate:all", "told_at"):
        server.do("HSET", f"{{{key}}}:state", field, later)
    server.do("ZADD", f"{{{key}}}:setup_tests", *(part for i in range(300) for part in (later, f"later{i}")))
    grant = await enter(budget(server, pace=50), SETUP_TEST, 1)
    assert grant.shared == last + 1
    assert 0 < server.do("TTL", f"{{{key}}}:state") < 8000


async def test_what_a_job_takes(server, budget):
    """A job would be estimated, and shown, as if no pace were kept."""
    one = budget(server, pace=5)
    assert one.rate == 5
    assert one.estimate(50).seconds == 10
    assert budget(server).rate is None


# Loops and threads


async def test_numbers_are_unique(server, budget):
    """Two calls of one number would make what a reply says stand for both."""
    grants = await asyncio.gather(*(enter(one) for one in [budget(server) for _ in range(3)] for _ in range(40)))
    assert len({grant.shared for grant in grants}) == 120


def test_two_event_loops(server, key):
    """A connection of one event loop would be used in another, or a slot be lost between them."""
    from fivetran_async.redis_budget import RedisBudget  # noqa: PLC0415 - no fixture: it would be of a third loop

    one = RedisBudget(server.url, key=key, concurrency=2, when_away="closed")
    shared = []

    async def work():
        async with one:
            shared.extend([(await enter(one)).shared for _ in range(60)])
            await asyncio.gather(*(enter(one) for _ in range(60)))

    threads = [threading.Thread(target=asyncio.run, args=(work(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(set(shared)) == 120
    assert one.in_flight == 0


async def test_threads_of_the_sync_facade(server, budget, box):
    """Threads that share a client would share neither its budget nor its connections to Redis."""
    import fivetran_sync  # noqa: PLC0415 - only here

    one = budget(server, concurrency=3)
    with fivetran_sync.Fivetran("key", "secret", base_url=box.url, budget=one) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.account.info(), range(40)))
    assert len({answer.account_id for answer in answers}) == 1
    assert (one.in_flight, box.calls) == (0, 40)
