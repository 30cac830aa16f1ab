"""Whole jobs against an account whose limits are enforced: no 429 that could be foreseen, and no idle wait."""

from __future__ import annotations

import asyncio
import gc
import math
import statistics
import time

import pytest

from fivetran_async import _codec, operations
from fivetran_async.budget import Budget
from fivetran_async.errors import RateLimitedError
from fivetran_async.hooks import ResponseReceived, Waited
from fivetran_async.operation import RateClass
from fivetran_async.retry import RetryPolicy
from fivetran_async.sandbox import Sandbox
from fivetran_async.sandbox.clock import Clock

PATIENT = RetryPolicy(max_retry_after=4000)
CALL = 0.01
"""How far each answer moves the clock, in seconds."""


class StandingClock(Clock):
    """A sandbox's clock that stands until it is moved: what a job takes does not depend on the machine."""

    def __init__(self, start=None) -> None:
        super().__init__(start)
        self._due: dict[int, float] = {}
        self._sleeps = 0

    @property
    def next_due(self) -> float:
        """In how many seconds the first sleep ends; infinite if nobody sleeps."""
        return min(self._due.values(), default=math.inf) - self.elapsed()

    def elapsed(self) -> float:
        """Return by how much it was moved."""
        return self._offset

    async def sleep(self, seconds: float) -> None:
        """Sleep until it has been moved far enough."""
        number = self._sleeps = self._sleeps + 1
        self._due[number] = self.elapsed() + seconds
        try:
            await super().sleep(seconds)
        finally:
            del self._due[number]


class Job:
    """A client of a limited account, the calls that are made with it, and the time that goes by meanwhile."""

    def __init__(self, box, events, retry, **budget) -> None:
        self.box = box
        self.budget = Budget(clock=box.clock, **budget)
        self.client = box.client(budget=self.budget, retry=retry, hooks=[self._note])
        self.events = events

    def _note(self, event) -> None:
        self.events.append(event)
        if isinstance(event, ResponseReceived):
            self.box.clock.advance(CALL)

    @property
    def refused(self) -> int:
        """How many 429s there were."""
        return sum(isinstance(event, ResponseReceived) and event.status == 429 for event in self.events)

    @property
    def waits(self) -> list:
        """What was held back."""
        return [event for event in self.events if isinstance(event, Waited)]

    async def until_still(self) -> None:
        """Wait until nothing is on the wire, and nothing is about to be."""
        still = 0
        while still < 50:
            # What is not on the wire goes on within a few turns of the loop, or waits for the clock.
            await asyncio.sleep(0.001 if self.budget.in_flight else 0)
            still = 0 if self.budget.in_flight else still + 1

    async def run(self, calls):
        """Run calls to their end; whenever nothing more happens by itself, the time goes on to where a wait ends."""
        began = self.box.clock.monotonic()
        tasks = [asyncio.ensure_future(call) for call in calls]
        await self.until_still()
        while not all(task.done() for task in tasks):
            assert self.box.clock.next_due < math.inf, "nothing is on the wire, and nobody waits for the clock"
            self.box.clock.advance(self.box.clock.next_due + 1e-6)
            await self.until_still()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        return results, self.box.clock.monotonic() - began


@pytest.fixture
async def job(monkeypatch):
    """Start jobs, each on an account of its own unless one is given; both are closed at the end."""
    monkeypatch.setattr("fivetran_async.sandbox.box.Clock", StandingClock)
    boxes, jobs = [], []

    def start(limits=None, *, box=None, retry=PATIENT, **budget):
        if box is None:
            box = Sandbox(seed=1, groups=1, connections=2, limits=limits)
            box.open()
            boxes.append(box)
        jobs.append(Job(box, [], retry, **budget))
        return jobs[-1]

    yield start
    for one in jobs:
        await one.client.close()
    for box in boxes:
        box.close()


def failures(results) -> list:
    """Which calls failed."""
    return [result for result in results if isinstance(result, BaseException)]


def invite(client, number):
    """Create a user."""
    return client.users.create(email=f"u{number}@example.com", given_name="A", family_name="B")


def link(client, number):
    """Create a private link."""
    config = {"account_url": "https://a.snowflakecomputing.com", "vpce_id": "vpce-1"}
    return client.private_links.create(
        name=f"link_{number}", region="AWS_US_EAST_1", service="SNOWFLAKE_AWS", config=config
    )


async def test_more_setup_tests_than_a_minute_holds(job):
    """Otherwise a job that is spread runs into a 429 that could be foreseen, or takes longer than was said."""
    one = job("full")
    connection = next(iter(one.box.account.connections))
    expected = one.budget.estimate(520).seconds, one.budget.estimate(520, RateClass.SETUP_TESTS).seconds
    results, seconds = await one.run(one.client.connections.test(connection) for _ in range(520))
    assert failures(results) == []
    assert one.refused == 0
    assert expected == (0, 122)
    assert 122 <= seconds <= 160
    assert {event.reason for event in one.waits} <= {"slot", "quota", "window", "pace"}
    assert sum(event.reason == "window" for event in one.waits) >= 270


async def test_reads_go_on_while_setup_tests_wait(job):
    """Otherwise a dashboard stands still because a job tests its connections."""
    one = job({"setup_tests": [(250, 60)]})
    connection = next(iter(one.box.account.connections))
    tests = [asyncio.ensure_future(one.client.connections.test(connection)) for _ in range(260)]
    await one.until_still()
    results, seconds = await one.run(one.client.account.info() for _ in range(60))
    assert failures(results) == []
    assert seconds < 10
    assert sum(test.done() for test in tests) == 250
    one.box.clock.advance(62)
    await asyncio.gather(*tests)
    assert one.refused == 0


@pytest.mark.parametrize(("call", "count", "hours"), [(invite, 12, 1), (link, 2, 1)], ids=["users", "links"])
async def test_a_trial_account_is_known_by_its_headers(job, call, count, hours):
    """Otherwise a trial account is taken for a full one, and refuses what could be foreseen."""
    one = job("trial")
    await one.client.account.info()
    assert one.budget.limit == 500
    results, seconds = await one.run(call(one.client, number) for number in range(count))
    assert failures(results) == []
    assert one.refused == 0
    assert 3600 * hours <= seconds <= 3900 * hours


@pytest.mark.parametrize(("call", "count"), [(invite, 510), (link, 7)], ids=["users", "links"])
async def test_classes_of_a_full_account(job, call, count):
    """Otherwise creations beyond those of an hour are sent to be refused."""
    one = job("full")
    results, seconds = await one.run(call(one.client, number) for number in range(count))
    assert failures(results) == []
    assert one.refused == 0
    assert 3600 <= seconds <= 3900


async def test_whoever_will_not_wait_so_long_is_told_at_once(job):
    """Otherwise a call waits an hour though its policy says two minutes, or is sent to be refused."""
    one = job("full", retry=RetryPolicy())
    results, seconds = await one.run(link(one.client, number) for number in range(7))
    errors = failures(results)
    assert [(type(error), error.sent) for error in errors] == [(RateLimitedError, False)] * 2
    assert "5 creations of private links an hour are made" in str(errors[0])
    assert (one.refused, one.box.calls) == (0, 5)
    assert seconds < 10


@pytest.mark.parametrize("concurrency", [1, 8, 32])
async def test_a_job_larger_than_the_rest_of_the_hour(job, concurrency):
    """Otherwise every call of a job finds out for itself that the hour is used up."""
    one = job({"all": [(100, 3600)]}, concurrency=concurrency)
    results, seconds = await one.run(one.client.account.info() for _ in range(150))
    assert failures(results) == []
    assert one.refused <= 2
    assert one.box.calls == 150 + one.refused
    assert 3600 <= seconds <= 3800


async def test_nothing_is_held_back_while_the_rest_covers_the_work(job):
    """Otherwise a job that fits is slowed down for nothing."""
    one = job("full")
    await one.client.account.info()
    results, seconds = await one.run(one.client.account.info() for _ in range(300))
    assert failures(results) == []
    assert one.refused == 0
    # By the clock of the job, which only waits advance; `pace` is what held the first few back.
    assert seconds < 10
    assert {event.reason for event in one.waits} <= {"slot", "pace"}


async def test_another_client_finds_the_reserve(job):
    """Otherwise `reserve` leaves others less than it says."""
    one = job({"all": [(100, 3600)]}, reserve=30)
    results, _ = await one.run(one.client.account.info() for _ in range(70))
    assert failures(results) == []
    held = [asyncio.ensure_future(one.client.account.info()) for _ in range(20)]
    await one.until_still()
    assert not any(task.done() for task in held)
    other = job(box=one.box)
    results, _ = await other.run(other.client.account.info() for _ in range(30))
    assert failures(results) == []
    assert not any(task.done() for task in held)
    assert (one.refused, other.refused) == (0, 0)
    results, _ = await one.run(held)
    assert failures(results) == []
    assert one.refused <= 2


async def test_one_refusal_of_a_crowd(job):
    """Otherwise a 429 that tells everybody to wait is told to each of them."""
    one = job()
    one.box.faults.script("GET", "/v1/account/info", status=429, headers={"Retry-After": "60"})
    results, seconds = await one.run(one.client.account.info() for _ in range(60))
    assert failures(results) == []
    assert (one.refused, one.box.calls) == (1, 61)
    assert 60 <= seconds <= 80
    refused = next(request for request in one.box.requests if request.status == 429)
    late = [request.at for request in one.box.requests if request.at > refused.at]
    assert all((at - refused.at).total_seconds() < 1 or (at - refused.at).total_seconds() >= 60 for at in late)


async def test_each_wait_says_its_reason(job):
    """Otherwise nobody can tell why a job is slow."""
    one = job({"private_link_creation": [(5, 3600)], "all": [(100, 3600)]}, concurrency=1, reserve=10)
    await one.run(one.client.account.info() for _ in range(3))
    assert [event.reason for event in one.waits] == ["slot"] * 2
    one.events.clear()
    await one.run(link(one.client, number) for number in range(6))
    assert [event.reason for event in one.waits] == ["slot"] * 4 + ["window"]
    assert 3600 <= one.waits[-1].seconds <= 3900
    one.events.clear()
    one.box.faults.script("GET", "/v1/account/info", status=429, headers={"Retry-After": "60"})
    await one.run(one.client.account.info() for _ in range(2))
    # The refused call waits in its retry, and then behind the other one.
    assert [event.reason for event in one.waits][:1] == ["gate"]
    assert 60 <= one.waits[0].seconds <= 70
    one.events.clear()
    await one.run(one.client.account.info() for _ in range(95))
    assert [event.reason for event in one.waits].count("quota") >= 1
    assert one.refused == 0
    slow = job(pace=10)
    await slow.run(slow.client.account.info() for _ in range(4))
    assert {event.reason for event in slow.waits} == {"pace"}


@pytest.fixture
def no_collection():
    """Keep the garbage collector away, which looks at everything there is, the more often the more there is."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("end", ["cancelled", "refused", "opened"])
async def test_the_cost_of_many_at_a_gate(held_clock, spin, no_collection, end):
    """Otherwise the end of a large job costs more than its calls: each step must cost the same, however many wait."""
    request = _codec.encode(operations.GET_ACCOUNT_INFO)

    async def measured(calls):
        budget = Budget(concurrency=32, clock=held_clock)
        budget.refused(60)

        async def call():
            await budget.enter(request, None if end == "opened" else 100)
            await asyncio.sleep(0)
            budget.leave()

        tasks = [asyncio.create_task(call()) for _ in range(calls)]
        await spin(3)
        assert budget.waiting == calls
        began = time.process_time()
        if end == "refused":
            budget.refused(3600)
        elif end == "opened":
            held_clock.advance(3600)
        else:
            for task in tasks:
                task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        seconds = time.process_time() - began
        assert (budget.in_flight, budget.waiting) == (0, 0)
        expected = {"cancelled": asyncio.CancelledError, "refused": RateLimitedError, "opened": type(None)}
        assert {type(result) for result in results} == {expected[end]}
        return seconds

    few = statistics.median([await measured(1_000) for _ in range(3)])
    # Eight times as many cost eight times as much, on any machine; where each looks at all others, up to 64 times.
    assert await measured(8_000) < 24 * few
