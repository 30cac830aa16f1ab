"""How many requests are on the wire at once, who goes first, and who waits when the account's calls are used up."""

from __future__ import annotations

import asyncio
import threading

import attrs
import pytest

from fivetran_async import _codec
from fivetran_async import operations as ops
from fivetran_async.budget import Budget
from fivetran_async.errors import ClosedError, ConfigError, RateLimitedError, ServerError
from fivetran_async.operation import RateClass
from fivetran_async.retry import RetryPolicy

REQUEST = _codec.encode(ops.GET_ACCOUNT_INFO)
ONCE = RetryPolicy(attempts=1)


class Gate:
    """A server's behaviour: holds every request until it is opened, and counts what is in flight."""

    def __init__(self, full: int) -> None:
        self.full = threading.Event()
        self.open = threading.Event()
        self.active = self.peak = 0
        self._want = full

    async def __call__(self, exchange) -> None:
        """Hold one request."""
        self.active += 1
        self.peak = max(self.peak, self.active)
        if self.active >= self._want:
            self.full.set()
        await asyncio.to_thread(self.open.wait, 10)
        await exchange.reply()
        self.active -= 1


async def enter_all(budget, order, names):
    """Start tasks that enter in turn, note themselves, and stay in."""

    async def one(name):
        await budget.enter(REQUEST)
        order.append(name)

    tasks = []
    for name in names:
        tasks.append(asyncio.create_task(one(name)))
        await asyncio.sleep(0)
    return tasks


# Slots


async def test_bound_holds_at_the_server(aconnect, serve):
    """More requests than the budget allows would be on the wire at once, or fewer."""
    gate = Gate(3)
    server = serve(gate)
    client = aconnect(server.url, budget=Budget(concurrency=3))
    calls = [asyncio.create_task(client.account.info()) for _ in range(20)]
    await asyncio.to_thread(gate.full.wait, 10)
    assert client.budget.in_flight == 3
    gate.open.set()
    await asyncio.gather(*calls)
    assert gate.peak == 3
    assert len(server.requests) == 20
    assert client.budget.in_flight == 0


async def test_one_budget_for_two_clients(aconnect, serve):
    """Two clients that share a budget would each take all of it."""
    gate = Gate(2)
    server = serve(gate)
    budget = Budget(concurrency=2)
    clients = [aconnect(server.url, budget=budget) for _ in range(2)]
    calls = [asyncio.create_task(client.account.info()) for client in clients for _ in range(5)]
    await asyncio.to_thread(gate.full.wait, 10)
    assert budget.in_flight == 2
    gate.open.set()
    await asyncio.gather(*calls)
    assert gate.peak == 2


async def test_one_budget_for_two_colours_and_threads(aconnect, serve):
    """A budget that is shared by an event loop and by threads of the sync facade would bound neither, or hang."""
    import fivetran_sync  # noqa: PLC0415 - only here both colours meet

    gate = Gate(2)
    server = serve(gate)
    budget = Budget(concurrency=2)
    with fivetran_sync.Fivetran("key", "secret", base_url=server.url, budget=budget) as sync:
        client = aconnect(server.url, budget=budget)
        calls = [asyncio.create_task(client.account.info()) for _ in range(5)]
        calls += [asyncio.create_task(asyncio.to_thread(sync.account.info)) for _ in range(5)]
        await asyncio.to_thread(gate.full.wait, 10)
        gate.open.set()
        answers = await asyncio.gather(*calls)
    assert [answer.account_id for answer in answers] == ["acc"] * 10
    assert gate.peak == 2
    assert budget.in_flight == 0


def test_one_budget_for_two_event_loops():
    """A slot that one loop gives back would not wake who waits in another, or would be lost on the way."""
    budget = Budget(concurrency=1)
    inside, peak, turns = [], [], []
    lock = threading.Lock()

    both = threading.Barrier(2)

    async def work(name):
        async def once():
            await budget.enter(REQUEST)
            with lock:
                inside.append(1)
                peak.append(len(inside))
            await asyncio.sleep(0)
            with lock:
                inside.pop()
                turns.append(name)
            budget.leave()

        both.wait(10)
        await asyncio.gather(*(once() for _ in range(300)))

    threads = [threading.Thread(target=asyncio.run, args=(work(name),)) for name in ("one", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert max(peak) == 1
    assert len(turns) == 600
    assert set(turns) == {"one", "other"}
    assert budget.in_flight == 0


async def test_first_come_first_served():
    """A call could be overtaken for ever."""
    budget, order = Budget(concurrency=1), []
    tasks = await enter_all(budget, order, range(6))
    for _ in range(5):
        budget.leave()
        await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0))
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3, 4, 5]


async def test_no_one_slips_in_between(spin):
    """A newcomer would take the slot that was given to the one who had waited."""
    budget, order = Budget(concurrency=1), []
    tasks = await enter_all(budget, order, ["first", "waiting"])
    budget.leave()
    tasks += await enter_all(budget, order, ["newcomer"])
    await spin()
    assert order == ["first", "waiting"]
    budget.leave()
    await asyncio.gather(*tasks)
    assert order == ["first", "waiting", "newcomer"]


async def test_cancelled_while_waiting(spin):
    """A cancelled call would stay in the queue and swallow a slot."""
    budget, order = Budget(concurrency=1), []
    tasks = await enter_all(budget, order, ["in", "cancelled", "next"])
    tasks[1].cancel()
    await spin()
    budget.leave()
    await tasks[2]
    assert order == ["in", "next"]
    budget.leave()
    assert budget.in_flight == 0


@pytest.mark.parametrize("first", ["leave", "cancel"])
async def test_cancelled_when_handed_the_slot(spin, first):
    """A call that is cancelled in the very moment it gets its slot would lose the slot for good."""
    budget, order = Budget(concurrency=1), []
    tasks = await enter_all(budget, order, ["in", "cancelled", "next"])
    steps = [budget.leave, tasks[1].cancel]
    for step in steps if first == "leave" else reversed(steps):
        step()
    await spin()
    assert tasks[1].cancelled()
    assert order == ["in", "next"]
    budget.leave()
    assert budget.in_flight == 0


async def test_cancelled_when_another_thread_hands_the_slot(spin):
    """A slot on its way to another loop would be lost when its taker is cancelled meanwhile."""
    budget, order = Budget(concurrency=1), []
    tasks = await enter_all(budget, order, ["in", "cancelled", "next"])
    giver = threading.Thread(target=budget.leave)
    giver.start()
    giver.join()  # handed over to this loop, which has not run since
    tasks[1].cancel()
    await spin()
    assert tasks[1].cancelled()
    assert order == ["in", "next"]
    budget.leave()
    assert budget.in_flight == 0


async def test_ten_thousand_cancelled_waiters(spin):
    """Cancelling a large fan-out would end in a recursion error, or leave its dead in the queue."""
    budget, order = Budget(concurrency=1), []
    await budget.enter(REQUEST)
    tasks = [asyncio.create_task(budget.enter(REQUEST)) for _ in range(10_000)]
    await spin(3)
    for task in tasks:
        task.cancel()
    budget.leave()  # before any of them has noticed
    last = await enter_all(budget, order, ["last"])
    await asyncio.gather(*tasks, *last, return_exceptions=True)
    assert order == ["last"]
    assert all(task.cancelled() for task in tasks)
    budget.leave()
    assert budget.in_flight == 0


async def test_waiters_of_a_closed_loop():
    """A loop that ended while a call waited in it would take a slot with it."""
    budget = Budget(concurrency=1)
    await budget.enter(REQUEST)

    def die() -> None:
        loop = asyncio.new_event_loop()
        task = loop.create_task(budget.enter(REQUEST))
        loop.run_until_complete(asyncio.sleep(0))
        task._log_destroy_pending = False
        loop.close()
        task.get_coro().close()

    await asyncio.to_thread(die)
    budget.leave()
    await asyncio.wait_for(budget.enter(REQUEST), 5)
    budget.leave()
    assert budget.in_flight == 0


async def test_slots_come_back_from_every_ending(aconnect, box):
    """A call that failed, timed out or was cancelled would keep its slot for ever."""
    client = aconnect(box.url, budget=Budget(concurrency=1), retry=ONCE)
    box.faults.script("GET", "/v1/account/info", status=500)
    with pytest.raises(ServerError):
        await client.account.info()
    box.faults.script("GET", "/v1/account/info", drop="before")
    with pytest.raises(Exception, match="connection broke"):
        await client.account.info()
    box.faults.script("GET", "/v1/account/info", delay=30)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.account.info(), 0.05)
    assert client.budget.in_flight == 0
    assert (await client.account.info()).account_id


async def test_nothing_sleeps_in_a_slot(aconnect, box, clock):
    """Calls that pause would keep others off the wire."""
    client = aconnect(box.url, budget=Budget(concurrency=1, clock=clock))
    held: list[int] = []
    clock.on_sleep = lambda _: held.append(client.budget.in_flight)
    box.faults.script("GET", "/v1/account/info", status=503)
    box.faults.script("GET", "/v1/account/info", status=429, headers={"Retry-After": "1"})
    box.faults.script("GET", "/v1/account/info", status=429, headers={"Retry-After": "50"})
    await client.account.info()
    assert len(held) >= 3
    assert set(held) == {0}


# The gate


async def test_short_retry_after_holds_one_call(aconnect, box, held_clock):
    """A mere rate of 2 s would stop all calls of the account."""
    client = aconnect(box.url, clock=held_clock)
    box.faults.script("GET", "/v1/account/info", status=429, headers={"Retry-After": "2"})
    refused = asyncio.create_task(client.account.info())
    await held_clock.until_asleep(1)
    assert client.budget.closed_for == 0
    other = asyncio.create_task(client.account.info())
    while not other.done():  # another call goes on, at a pace
        held_clock.advance(0.001)
        await asyncio.sleep(0.001)
    assert held_clock.monotonic() < 1001
    assert not refused.done()
    held_clock.advance(2)
    while not refused.done():
        held_clock.advance(0.001)
        await asyncio.sleep(0.001)
    assert held_clock.monotonic() < 1004
    assert (box.calls, client.budget.in_flight) == (3, 0)


async def test_long_retry_after_closes_the_gate_for_all(aconnect, box, held_clock, spin):
    """Other calls, or other clients of the same budget, would run into a 429 that was foreseen."""
    budget = Budget(clock=held_clock)
    client, other = (aconnect(box.url, clock=held_clock, budget=budget) for _ in range(2))
    box.faults.script("GET", "/v1/account/info", status=429, headers={"Retry-After": "60"})
    calls = [asyncio.create_task(client.account.info())]
    await held_clock.until_asleep(1)
    assert budget.closed_for == 60
    calls += [asyncio.create_task(it.account.info()) for it in (client, other)]
    await spin()
    held_clock.advance(59)
    await spin()
    assert box.calls == 1
    held_clock.advance(1)
    await asyncio.gather(*calls)
    assert box.calls == 4
    assert budget.in_flight == 0


async def test_gate_that_closes_while_a_call_waits_for_its_slot(aconnect, box, held_clock, spin):
    """A call that already waited for a slot would be sent through the closed gate."""
    client = aconnect(box.url, clock=held_clock, budget=Budget(concurrency=1, clock=held_clock))
    box.faults.script("GET", "/v1/account/info", status=429, headers={"Retry-After": "60"})
    calls = [asyncio.create_task(client.account.info()) for _ in range(3)]
    await held_clock.until_asleep(2)  # the refused call, and one for the two at the gate
    await spin()
    assert (box.calls, client.budget.in_flight) == (1, 0)
    held_clock.advance(60)
    await asyncio.gather(*calls)
    assert box.calls == 4


async def test_patience_at_the_gate(colour, connect, box, clock):
    """A call would wait an hour at the gate, or be sent into a refusal that was foreseen."""
    budget = Budget(clock=clock)
    client = connect(box.url, budget=budget)
    box.faults.script("GET", "/v1/account/info", status=429, headers={"Retry-After": "3600"})
    with pytest.raises(RateLimitedError) as sent:
        await colour.call(client.account.info)
    clock.advance(600)
    with pytest.raises(RateLimitedError, match="held back") as held:
        await colour.call(client.groups.create, name="once")
    assert (sent.value.sent, held.value.sent) == (True, False)
    assert held.value.retry_after == 3000
    assert held.value.operation == "create_group"
    assert len(held.value.attempts) == 1
    assert (box.calls, clock.sleeps) == (1, [])
    clock.advance(3000)
    await colour.call(client.groups.create, name="once")
    assert box.calls == 2


async def test_patience_is_bounded_by_the_deadline(aconnect, box, clock):
    """A call whose deadline ends before the gate opens would wait for nothing."""
    budget = Budget(clock=clock)
    budget.refused(60)
    with pytest.raises(RateLimitedError) as caught:
        await aconnect(box.url, budget=budget, deadline=30).account.info()
    assert (caught.value.sent, box.calls, clock.sleeps) == (False, 0, [])
    await aconnect(box.url, budget=budget, deadline=90).account.info()
    assert (box.calls, clock.sleeps) == (1, [60])


async def test_the_longest_refusal_counts(clock):
    """A later, shorter refusal would open the gate too early."""
    budget = Budget(clock=clock)
    budget.refused(100)
    budget.refused(10)
    budget.refused(None)
    assert budget.closed_for == 100
    clock.advance(100)
    assert budget.closed_for == 0


async def test_cancelled_at_the_gate(aconnect, box, held_clock, spin):
    """A call that is cancelled at the gate would be sent later, or keep a slot."""
    budget = Budget(concurrency=1, clock=held_clock)
    budget.refused(60)
    client = aconnect(box.url, clock=held_clock, budget=budget)
    call = asyncio.create_task(client.account.info())
    await spin()
    call.cancel()
    held_clock.advance(60)
    await spin()
    assert call.cancelled()
    assert (box.calls, budget.in_flight) == (0, 0)


async def test_closed_at_the_gate(aconnect, box, held_clock, spin):
    """A call that waited at the gate would be sent by a client that was closed meanwhile."""
    budget = Budget(clock=held_clock)
    budget.refused(60)
    client = aconnect(box.url, clock=held_clock, budget=budget)
    call = asyncio.create_task(client.account.info())
    await spin()
    await client.close()
    held_clock.advance(60)
    with pytest.raises(ClosedError):
        await call
    assert (box.calls, budget.in_flight) == (0, 0)


def of(rate_class):
    """A request of a class."""
    return attrs.evolve(REQUEST, rate_class=rate_class)


@pytest.mark.parametrize(
    ("remaining", "closed"), [("7", True), ("0", False), (None, False)], ids=["class", "hour", "unknown"]
)
async def test_a_refusal_closes_the_gate_of_its_class(held_clock, spin, remaining, closed):
    """Plain reads would stop because setup tests are used up, or go on when the hour is."""
    budget = Budget(clock=held_clock)
    headers = {} if remaining is None else {"X-Rate-Limit-Remaining": remaining}
    grant = await budget.enter(of(RateClass.SETUP_TESTS))
    budget.refused(60, grant, headers)
    budget.leave()
    entries = [asyncio.create_task(budget.enter(of(name))) for name in (RateClass.SETUP_TESTS, RateClass.ALL)]
    await spin()
    assert [entry.done() for entry in entries] == [False, closed]
    held_clock.advance(60)
    await asyncio.gather(*entries)
    assert budget.in_flight == 2


async def test_a_refused_setup_test_does_not_stop_reads(aconnect, box, held_clock):
    """The class of the request, or the figure of the reply, would not reach the budget."""
    client = aconnect(box.url, clock=held_clock, budget=Budget(clock=held_clock))
    connection = await client.connections.list().first()
    path = f"/v1/connections/{connection.id}/test"
    box.faults.script("POST", path, status=429, headers={"Retry-After": "60", "X-Rate-Limit-Remaining": "900"})
    refused = asyncio.create_task(client.connections.test(connection.id))
    await held_clock.until_asleep(1)
    assert client.budget.closed_for == 0
    assert (await client.account.info()).account_id
    other = asyncio.create_task(client.connections.test(connection.id))
    await held_clock.until_asleep(2)
    held_clock.advance(60)
    await asyncio.gather(refused, other)


async def test_a_closed_gate_is_told_at_once_to_the_impatient(held_clock, spin):
    """A call that waits for a slot would wait out its patience, and be refused then."""
    budget = Budget(concurrency=1, clock=held_clock)
    await budget.enter(REQUEST)
    calls = [asyncio.create_task(budget.enter(REQUEST, patience)) for patience in (30, None, 59, 61)]
    await spin()
    budget.refused(60)
    await spin()
    assert [call.done() for call in calls] == [True, False, True, False]
    with pytest.raises(RateLimitedError, match="all callers") as caught:
        await calls[0]
    assert (caught.value.sent, caught.value.retry_after) == (False, 60)
    with pytest.raises(RateLimitedError):
        await calls[2]
    budget.leave()
    held_clock.advance(60)
    await calls[1]
    budget.leave()
    await calls[3]


async def test_setup_tests_wait_aside(held_clock, spin):
    """Plain calls would queue behind setup tests whose window is used up, or a setup test take up a slot."""
    budget = Budget(concurrency=2, clock=held_clock)
    for _ in range(250):
        await budget.enter(of(RateClass.SETUP_TESTS))
        budget.leave()
    late = [asyncio.create_task(budget.enter(of(RateClass.SETUP_TESTS))) for _ in range(3)]
    await spin()
    assert (budget.in_flight, len(held_clock.sleeps)) == (0, 1)
    await asyncio.wait_for(budget.enter(REQUEST), 5)
    with pytest.raises(RateLimitedError, match="250 setup tests a minute"):
        await budget.enter(of(RateClass.SETUP_TESTS), 59)
    held_clock.advance(61)  # one second for the way there
    await spin()
    assert [task.done() for task in late] == [True, False, False]
    budget.leave()
    budget.leave()
    await asyncio.gather(*late)


async def test_first_come_first_served_across_classes(spin):
    """A class could overtake all others, for as long as it has calls."""
    budget, order = Budget(concurrency=1), []
    await budget.enter(REQUEST)

    async def one(rate_class):
        await budget.enter(of(rate_class))
        order.append(rate_class)
        budget.leave()

    names = [RateClass.SOURCE, RateClass.ALL, RateClass.USER_CREATION, RateClass.SETUP_TESTS, RateClass.ALL]
    tasks = [asyncio.create_task(one(name)) for name in names]
    await spin()
    budget.leave()
    await asyncio.gather(*tasks)
    assert order == names


async def test_one_probe_at_a_time(held_clock, spin):
    """A used-up hour would cost as many refusals as there are slots, or never be seen to have calls again."""
    budget = Budget(concurrency=8, clock=held_clock)

    def answer(grant, remaining, retry_after=None):
        headers = {"X-Rate-Limit-Remaining": str(remaining)}
        budget.observe(headers, grant, let_through=retry_after is None)
        if retry_after is not None:
            budget.refused(retry_after, grant, headers)
        budget.leave()

    answer(await budget.enter(REQUEST), 0)
    calls = [asyncio.create_task(budget.enter(REQUEST)) for _ in range(20)]
    await spin()
    assert (budget.in_flight, budget.remaining) == (1, 0)
    answer(await calls[0], 3)
    await spin()
    assert (budget.in_flight, sum(call.done() for call in calls)) == (3, 4)
    for place in (1, 2, 3):
        answer(await calls[place], 3 - place)
        await spin()
    assert budget.in_flight == 1
    answer(await calls[4], 0, retry_after=60)
    await spin()
    assert budget.in_flight == 0
    held_clock.advance(60)
    await spin()
    assert budget.in_flight == 1
    answer(await calls[5], 500)
    await spin()
    assert budget.in_flight == 8
    for call in calls:
        call.cancel()
    await spin()


async def test_the_reserve_is_left_to_others(held_clock, spin):
    """Calls would go into what was reserved, wait for ever, or longer than they were willing to."""
    budget = Budget(reserve=10, clock=held_clock)
    grant = await budget.enter(REQUEST)
    budget.leave()
    budget.observe({"X-Rate-Limit-Remaining": "12"}, grant)
    patient = [asyncio.create_task(budget.enter(REQUEST)) for _ in range(4)]
    await spin()
    assert (budget.in_flight, budget.remaining) == (2, 10)
    budget.leave()
    budget.leave()
    with pytest.raises(RateLimitedError, match="the reserve of 10 calls is left to others") as caught:
        await budget.enter(REQUEST, 59)
    assert (caught.value.sent, caught.value.retry_after) == (False, 60)
    impatient = asyncio.create_task(budget.enter(REQUEST, 100))
    await spin()
    assert not impatient.done()
    held_clock.advance(60)
    await spin()
    assert budget.in_flight == 1  # one call asks again
    budget.observe({"X-Rate-Limit-Remaining": "9"}, await patient[2])
    budget.leave()
    await spin()
    assert budget.in_flight == 0
    with pytest.raises(RateLimitedError, match="reserve"):
        await impatient
    held_clock.advance(60)
    await patient[3]
    assert budget.in_flight == 1


async def test_ten_thousand_behind_a_closed_gate(held_clock, spin):
    """A large fan-out would sleep ten thousand times, or leave something behind when it is cancelled."""
    budget = Budget(concurrency=4, clock=held_clock)
    budget.refused(60)

    async def call():
        await budget.enter(REQUEST, 1000)
        budget.leave()

    tasks = [asyncio.create_task(call()) for _ in range(10_000)]
    await spin(3)
    assert len(held_clock.sleeps) == 1
    for task in tasks[:9_000]:
        task.cancel()
    await asyncio.gather(*tasks[:9_000], return_exceptions=True)
    assert budget.in_flight == 0
    held_clock.advance(60)
    await asyncio.wait_for(asyncio.gather(*tasks[9_000:]), 60)
    assert (len(held_clock.sleeps), budget.in_flight) == (2, 0)
    await spin(3)
    assert len(asyncio.all_tasks()) == 1


async def test_the_sleep_is_not_lost_with_its_sleeper(held_clock, spin):
    """Those at a gate would wait for ever when the first of them, or the sleep itself, is cancelled."""
    budget = Budget(clock=held_clock)
    budget.refused(60)
    first, second = (asyncio.create_task(budget.enter(REQUEST)) for _ in range(2))
    await spin()
    first.cancel()
    for task in asyncio.all_tasks() - {asyncio.current_task(), first, second}:
        task.cancel()
    await spin()
    held_clock.advance(60)
    await asyncio.wait_for(second, 5)
    assert first.cancelled()
    assert budget.in_flight == 1


def test_a_gate_for_two_event_loops():
    """The calls of one loop would sleep on when the other, which slept for both, has ended."""
    budget = Budget(concurrency=4)
    budget.refused(2.2)

    async def stay():
        await asyncio.gather(*(budget.enter(REQUEST) for _ in range(2)))

    async def give_up():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(budget.enter(REQUEST), 0.2)

    one, other = (threading.Thread(target=asyncio.run, args=(work(),)) for work in (give_up, stay))
    one.start()
    other.start()
    one.join(10)
    other.join(10)
    assert not other.is_alive()
    assert budget.in_flight == 2


# What is learnt


async def test_learns_from_headers(colour, connect, box):
    """A job could not tell how many calls are left."""
    client = connect(box.url)
    assert (client.budget.limit, client.budget.remaining) == (None, None)
    headers = {"X-Rate-Limit": "20000", "X-Rate-Limit-Remaining": "19876"}
    box.faults.script("GET", "/v1/account/info", status=404, headers=headers)
    with pytest.raises(colour.package.NotFoundError):
        await colour.call(client.account.info)
    assert (client.budget.limit, client.budget.remaining) == (20000, 19876)
    assert "remaining=19876" in repr(client.budget)


@pytest.mark.parametrize("text", ["", "-1", "many", "1.5", "9" * 5000])
async def test_headers_that_are_no_counts(colour, connect, serve, text):
    """A header that cannot be read would break a call that succeeded."""
    server = serve(lambda exchange: exchange.reply(headers={"X-Rate-Limit-Remaining": text}))
    client = connect(server.url)
    assert (await colour.call(client.account.info)).account_id == "acc"
    assert client.budget.remaining is None


@pytest.mark.parametrize(
    "arguments",
    [
        {"concurrency": 0},
        {"concurrency": -1},
        {"concurrency": 1.5},
        {"concurrency": True},
        {"concurrency": "8"},
        {"concurrency": None},
        {"reserve": -1},
        {"reserve": 0.5},
    ],
)
def test_bad_arguments(arguments):
    """A budget that lets nothing through, or is no number, would be found out by a hang."""
    with pytest.raises(ConfigError, match=next(iter(arguments))):
        Budget(**arguments)


# What was held back for one reason, and is now for another


async def test_a_call_that_a_gate_sends_back_is_told_at_once(held_clock, spin):
    """Otherwise a call that had its slot when the gate closed waits an hour, whatever its patience."""
    budget = Budget(concurrency=2, clock=held_clock)
    grants = [await budget.enter(REQUEST) for _ in range(2)]
    calls = [asyncio.create_task(budget.enter(REQUEST, patience)) for patience in (30, None)]
    await spin()
    budget.leave()  # the first of them is let go, and does not know it yet
    budget.refused(3600, grants[1])
    await spin()
    assert [call.done() for call in calls] == [True, False]
    with pytest.raises(RateLimitedError, match="held back"):
        await calls[0]
    held_clock.advance(3600)
    await calls[1]
    assert budget.in_flight == 2


async def test_a_hold_that_gets_shorter(held_clock, spin):
    """Otherwise a call sleeps out the hour of a trial account that has become a full one."""
    budget = Budget(clock=held_clock)
    for _ in range(250):
        await budget.enter(of(RateClass.SETUP_TESTS))
        budget.leave()
    budget.observe({"X-Rate-Limit": "500"})
    late = asyncio.create_task(budget.enter(of(RateClass.SETUP_TESTS)))
    await spin()
    assert held_clock.sleeps == [3601]
    budget.observe({"X-Rate-Limit": "20000"})
    await spin()
    held_clock.advance(61)
    await asyncio.wait_for(late, 5)
    assert held_clock.sleeps == [3601, 61]


async def test_a_slow_pace_does_not_hide_a_gate(held_clock, spin):
    """Otherwise a call that waits for its place learns minutes later that it would wait for longer than it may."""
    budget = Budget(pace=0.01, clock=held_clock)
    await budget.enter(REQUEST)
    budget.leave()
    call = asyncio.create_task(budget.enter(REQUEST, 150))
    await spin()
    assert not call.done()
    budget.refused(3600)
    await spin()
    assert call.done()
    with pytest.raises(RateLimitedError, match="held back"):
        await call


@pytest.mark.parametrize("tenths", range(0, 40, 3))
async def test_patience_of_just_the_wait(held_clock, spin, tenths):
    """Otherwise it hangs on the rounding of a sum whether a `Retry-After` is waited out that may just be."""
    held_clock.advance(tenths * 0.1)
    budget = Budget(concurrency=1, clock=held_clock)
    await budget.enter(REQUEST)
    calls = [asyncio.create_task(budget.enter(REQUEST, 120)) for _ in range(2)]
    await spin()
    budget.refused(120)
    calls.append(asyncio.create_task(budget.enter(REQUEST, 120)))
    await spin()
    assert not any(call.done() for call in calls)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    with pytest.raises(RateLimitedError):
        await budget.enter(REQUEST, 119.9)


async def test_no_other_class_slips_in_when_a_gate_opens(held_clock, spin):
    """Otherwise whoever comes just when a gate opens is let in before all who waited for it."""
    budget, order = Budget(concurrency=1, clock=held_clock), []

    async def one(rate_class):
        await budget.enter(of(rate_class))
        order.append(rate_class)
        budget.leave()

    budget.refused(60)
    calls = [asyncio.create_task(one(RateClass.ALL)) for _ in range(2)]
    await spin()
    held_clock.advance(60)
    calls.append(asyncio.create_task(one(RateClass.SOURCE)))
    await asyncio.gather(*calls)
    assert order == [RateClass.ALL, RateClass.ALL, RateClass.SOURCE]


async def test_a_cancelled_job_leaves_the_hour_as_it_was(held_clock, spin):
    """Otherwise the account looks used up because ten thousand calls were cancelled before they were sent."""
    budget = Budget(concurrency=1, reserve=100, clock=held_clock)
    grant = await budget.enter(REQUEST)
    budget.observe({"X-Rate-Limit": "20000", "X-Rate-Limit-Remaining": "5000"}, grant)
    calls = [asyncio.create_task(budget.enter(REQUEST)) for _ in range(10_000)]
    await spin(3)
    for call in calls:
        call.cancel()
    budget.leave()  # before any of them has noticed
    await asyncio.gather(*calls, return_exceptions=True)
    assert budget.remaining == 5000
    await asyncio.wait_for(budget.enter(REQUEST, 0), 5)
