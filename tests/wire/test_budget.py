"""How many requests are on the wire at once, who goes first, and who waits when the account's calls are used up."""

from __future__ import annotations

import asyncio
import threading

import pytest

from fivetran_async import _codec
from fivetran_async import operations as ops
from fivetran_async.budget import Budget
from fivetran_async.errors import ClosedError, ConfigError, RateLimitedError, ServerError
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
    assert held == [0, 0, 0]


# The gate


async def test_short_retry_after_holds_one_call(aconnect, box, held_clock, spin):
    """A mere rate of 2 s would stop all calls of the account."""
    client = aconnect(box.url, clock=held_clock)
    box.faults.script("GET", "/v1/account/info", status=429, headers={"Retry-After": "2"})
    refused = asyncio.create_task(client.account.info())
    await held_clock.until_asleep(1)
    assert client.budget.closed_for == 0
    assert (await client.account.info()).account_id  # another call goes on
    assert not refused.done()
    held_clock.advance(2)
    await refused
    await spin()
    assert held_clock.sleeps == [2]


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
    await held_clock.until_asleep(3)
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
