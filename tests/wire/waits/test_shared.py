"""One watcher for all waits of a client: what they cost together, and that none can hurt another."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from datetime import UTC, datetime

import pytest
from waits_stage import settled, through

from fivetran_async import Budget, Fivetran, _polls
from fivetran_async._ends import SyncWait
from fivetran_async.errors import (
    ClosedError,
    DeadlineExceededError,
    ForbiddenError,
    NotFoundError,
    SyncFailedError,
    SyncTimeoutError,
    TransformationTimeoutError,
    UnauthorizedError,
    WaitError,
)
from fivetran_async.models.waits import SyncOutcome

MANY = 1000
# A pattern, and so for the whole path: for the list alone.
LIST = "/v1/connection[s]"


@pytest.fixture
async def ft(box, stepped):
    """A client on a clock that only the test moves."""
    # Few at once: more would first wait to see what the API lets through in a second.
    budget = Budget(concurrency=8, plan="none", clock=stepped)
    async with box.client(clock=stepped, budget=budget) as client:
        yield client


def watchers():
    """Return the tasks of watchers, and of what waits."""
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def test_a_thousand_that_ended_before_the_first_look(ft, box, plant, stepped):
    """Syncs that were quicker than the first look would be missed, or each be looked up alone."""
    names = [plant(1, group=number % 3) for number in range(MANY)]
    before = await ft.connections.list().collect()
    for name in names:
        await ft.connections.sync(name)
    stepped.advance(5)
    calls = box.calls
    results = await ft.connections.wait_all(names, since=before)
    print(f"{MANY} syncs that had ended: {box.calls - calls} calls")  # noqa: T201 - the figure is what is asked for
    assert [result.connection_id for result in results] == names
    assert all(result.ok for result in results)
    assert box.calls - calls <= 2


async def test_a_thousand_are_started_and_waited_for(ft, box, plant, stepped, count):
    """A night's job would use up a fifth of the account's hour for looking."""
    names = [plant(30 + number, group=number % 3) for number in range(MANY)]
    told = []
    waiting = asyncio.create_task(ft.connections.sync_all_and_wait(names, on_result=told.append))
    await settled(ft)
    looks = await through(ft, waiting)
    results = waiting.result()
    print(f"{MANY} syncs of 30 to 1,029 s: {count('GET')} calls in {looks} looks")  # noqa: T201
    assert all(result.ok for result in results)
    assert len(told) == MANY
    assert count("POST", "/sync") == MANY
    assert count("GET") <= 2 * (looks + 1)
    assert count("GET") < 100
    assert not watchers()


async def test_a_thousand_waits_that_began_apart(ft, box, plant, stepped, count):
    """Waits that began at different times would each look at a time of its own, one call for each at every look."""
    names = [plant(2000, group=number % 3) for number in range(MANY)]
    for name in names:
        await ft.connections.sync(name)
    began = count("GET")
    waits = []
    for first in range(0, MANY, 50):
        waits += [asyncio.create_task(ft.connections.wait_for_sync(name)) for name in names[first : first + 50]]
        await settled(ft)
        stepped.advance(2.3)
    gathered = asyncio.gather(*waits)
    looks = await through(ft, gathered)
    calls = count("GET") - began
    print(f"{MANY} waits that began in 20 steps: {calls} calls in {looks} looks")  # noqa: T201
    assert all(result.ok for result in gathered.result())
    assert calls <= 2 * (looks + 20)
    assert count("GET", "/v1/connections") == count("GET"), "none was looked at alone"


async def test_views_share_it(ft, box, plant, stepped, count):
    """Every `with_options` would look for itself."""
    names = [plant(60) for _ in range(20)]
    views = [ft.with_options(timeout=5 + number) for number in range(20)]
    for name in names:
        await ft.connections.sync(name)
    gathered = asyncio.gather(*(view.connections.wait_for_sync(name) for view, name in zip(views, names, strict=True)))
    await settled(ft)
    looks = await through(ft, gathered)
    assert all(result.ok for result in gathered.result())
    assert count("GET") <= looks + 1


async def test_one_alone_is_asked_for_alone(ft, box, plant, stepped, count):
    """Whoever waits for one connection would read a page of the whole account."""
    names = [plant(60) for _ in range(20)]
    waiting = asyncio.create_task(ft.connections.sync_and_wait(names[3]))
    await settled(ft)
    await through(ft, waiting)
    assert waiting.result().ok
    assert count("GET", names[3]) == count("GET")


async def test_a_few_in_a_large_account(ft, box, plant, stepped, count):
    """Two waits would read all pages of an account at every look."""
    for number in range(2500):
        plant(group=number % 2)
    names = [plant(600, group=number) for number in range(3)]
    waiting = asyncio.create_task(ft.connections.sync_all_and_wait(names))
    await settled(ft)
    first = count("GET")
    looks = await through(ft, waiting)
    assert first <= 6
    assert count("GET") - first <= 3 * looks


async def test_those_of_one_group_are_read_from_it(ft, box, plant, stepped, count):
    """A page of the whole account would be read for what one small group holds."""
    for _ in range(30):
        plant(group=0)
    names = [plant(60, group=1) for _ in range(5)]
    waiting = asyncio.create_task(ft.connections.sync_all_and_wait(names))
    await settled(ft)
    await through(ft, waiting)
    group = list(box.account.groups)[1]
    queries = [request.query for request in box.requests if request.method == "GET"]
    assert "group_id" not in queries[0]
    assert all(query["group_id"] == group for query in queries[1:])


async def test_the_looks_slow_down(ft, box, plant, stepped, count):
    """A sync of hours would cost a call every few seconds."""
    waiting = asyncio.create_task(ft.connections.sync_and_wait(plant(7200)))
    await settled(ft)
    assert stepped.next == 5
    await through(ft, waiting)
    assert count("GET") < 170, "7,200 s at 5 s are 1,440"


async def test_the_callers_pace(ft, box, plant, stepped, count):
    """An interval that was asked for would not be kept to."""
    waiting = asyncio.create_task(ft.connections.sync_and_wait(plant(3000), poll_interval=300))
    await settled(ft)
    await through(ft, waiting)
    assert count("GET") == 11


async def test_the_budget_wins_over_the_pace(box, plant, stepped, count):
    """Waits would use up the hour of an account on trial."""
    async with box.client(clock=stepped, budget=Budget(reserve=19_900, plan="none", clock=stepped)) as ft:
        waiting = asyncio.create_task(ft.connections.sync_and_wait(plant(3000)))
        await settled(ft)
        await through(ft, waiting)
    assert count("GET") <= 15, "a tenth of the hundred that are left"


async def test_what_ends_shortly_before_the_timeout(ft, plant, stepped):
    """A sync that ended in time would be reported as late, because the next look was due afterwards."""
    waiting = asyncio.create_task(ft.connections.sync_and_wait(plant(500), timeout=600, poll_interval=3600))
    await settled(ft)
    await through(ft, waiting)
    assert waiting.result().ok
    assert stepped.monotonic() == pytest.approx(598)


async def test_the_timeout_is_kept(ft, plant, stepped):
    """A wait would end with the look that follows its time, which may be a minute late."""
    waiting = asyncio.create_task(ft.connections.sync_and_wait(plant(1e6), timeout=600, poll_interval=250))
    await settled(ft)
    await through(ft, waiting)
    with pytest.raises(SyncTimeoutError):
        waiting.result()
    assert stepped.monotonic() == pytest.approx(600)


async def test_the_timeout_is_kept_while_a_look_hangs(box, plant):
    """A look that is not answered would hold up the end of the time."""
    async with box.client() as ft:
        name = plant(1e6)
        box.faults.script("GET", "/v1/connections", delay=20, times=None, skip=1)
        with pytest.raises(SyncTimeoutError):
            await asyncio.wait_for(ft.connections.sync_and_wait(name, timeout=0.5, poll_interval=0.1), 10)


async def test_the_timeout_is_kept_while_a_sync_is_asked_for(box, plant):
    """A trigger that is not answered would hold up the end of the time."""
    async with box.client() as ft:
        box.faults.script("POST", "/v1/connections", delay=20)
        with pytest.raises(SyncTimeoutError, match=r"the last call failed: POST .*deadline"):
            await asyncio.wait_for(ft.connections.sync_and_wait(plant(), timeout=0.5), 10)


async def test_the_timeout_is_kept_before_anything_was_seen(box, plant):
    """An outage at the very beginning would be waited out, whatever the time was."""
    async with box.client() as ft:
        box.faults.script("GET", "/v1", delay=20, times=None)
        for wait in (
            ft.connections.sync_and_wait(plant(), timeout=0.3),
            ft.connections.wait_for_sync(plant(), timeout=0.3),
            ft.transformations.run_and_wait("t", timeout=0.3),
        ):
            with pytest.raises(WaitError, match=r"within 0\.3 s; it was never seen"):
                await asyncio.wait_for(wait, 10)


async def test_the_timeout_is_kept_while_a_run_is_asked_for(box):
    """A run that is asked for, and not answered, would hold up the end of the time."""
    box.account.things["transformations"]["t"] = {"id": "t"}
    async with box.client() as ft:
        box.faults.script("POST", "/v1/transformations", delay=20)
        with pytest.raises(TransformationTimeoutError, match=r"the last call failed: POST .*deadline"):
            await asyncio.wait_for(ft.transformations.run_and_wait("t", timeout=0.3), 10)


async def test_the_clients_own_deadline_is_not_the_waits(box, plant):
    """A call that took too long would be reported as a sync that did."""
    async with box.client(deadline=0.3) as ft:
        box.faults.script("POST", "/v1/connections", delay=20)
        with pytest.raises(DeadlineExceededError, match=r"deadline of 0\.3 s"):
            await asyncio.wait_for(ft.connections.sync_and_wait(plant(), timeout=3600), 10)


async def test_a_look_that_breaks_its_own_wait(ft, plant, stepped, monkeypatch):
    """A mistake in what one look means would end the waits of all, or hang its own."""
    odd, names = plant(60), [plant(60) for _ in range(5)]
    look = SyncWait.look

    def broken(self, connection, moment):
        if connection.id == odd:
            raise RuntimeError("broken")
        return look(self, connection, moment)

    monkeypatch.setattr(SyncWait, "look", broken)
    waits = [asyncio.create_task(ft.connections.sync_and_wait(name)) for name in (odd, *names)]
    gathered = asyncio.gather(*waits, return_exceptions=True)
    await through(ft, gathered)
    first, *others = gathered.result()
    assert isinstance(first, RuntimeError)
    assert all(result.ok for result in others)


async def test_a_watcher_that_breaks_ends_its_waits(ft, plant, stepped, monkeypatch):
    """Whoever waits would wait for ever, for something that is broken."""

    def broken(*_):
        raise RuntimeError("broken")

    waits = [asyncio.create_task(ft.connections.sync_and_wait(plant(60))) for _ in range(3)]
    await settled(ft)
    with monkeypatch.context() as patched:
        patched.setattr(_polls, "survey", broken)
        gathered = asyncio.gather(*waits, return_exceptions=True)
        await through(ft, gathered)
    assert all(isinstance(result, RuntimeError) for result in gathered.result())
    again = asyncio.create_task(ft.connections.sync_and_wait(plant(60)))
    await through(ft, again)
    assert again.result().ok


async def test_a_watcher_that_somebody_cancels_ends_its_waits(ft, plant, stepped):
    """A framework that cancels all tasks it does not know would make waits hang."""
    waits = [asyncio.create_task(ft.connections.sync_and_wait(plant(60))) for _ in range(3)]
    await settled(ft)
    (task,) = [task for task in watchers() if task.get_name() == "fivetran-watcher"]
    task.cancel()
    results = await asyncio.gather(*waits, return_exceptions=True)
    assert all(isinstance(result, ClosedError) for result in results)


async def test_a_list_that_would_never_end(ft, box, plant, stepped, count):
    """A cursor that comes twice would make a look go round for ever, or end the waits."""
    names = [plant(60, status={"sync_state": "syncing"}) for _ in range(2100)]
    gathered = asyncio.gather(*(ft.connections.wait_for_sync(name) for name in names))
    await settled(ft)
    box.faults.script("GET", LIST, kind="repeated_cursor", times=2)
    looks = await through(ft, gathered)
    assert all(result.ok for result in gathered.result())
    assert count("GET") <= 3 * (looks + 1)
    assert box.faults.fired["repeated_cursor"] == 2


async def test_a_cancelled_wait_hurts_no_other(ft, plant, stepped):
    """One task that gives up would end the waits of all."""
    names = [plant(60) for _ in range(10)]
    waits = [asyncio.create_task(ft.connections.sync_and_wait(name)) for name in names]
    await settled(ft)
    for wait in waits[::2]:
        wait.cancel()
    gathered = asyncio.gather(*waits[1::2])
    await through(ft, gathered)
    assert all(result.ok for result in gathered.result())
    assert all(wait.cancelled() for wait in waits[::2])


async def test_the_last_that_is_cancelled_leaves_no_task(ft, plant, stepped):
    """Looks would go on that nobody waits for."""
    waits = [asyncio.create_task(ft.connections.sync_and_wait(plant(1e6))) for _ in range(10)]
    await settled(ft)
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    assert not watchers()
    assert ft.budget.in_flight == 0


async def test_cancelled_while_a_look_is_on_its_way(box, plant):
    """A call would go on that nobody waits for."""
    async with box.client() as ft:
        box.faults.script("GET", "/v1/connections", delay=20)
        waiting = asyncio.create_task(ft.connections.sync_and_wait(plant()))
        while not ft.budget.in_flight:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.001)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert ft.budget.in_flight == 0
        assert not watchers()


async def test_closing_ends_all(ft, plant, stepped):
    """Waits would sleep on after the client is closed, for as long as a minute, or for ever."""
    waits = [asyncio.create_task(ft.connections.sync_and_wait(plant(1e6))) for _ in range(10)]
    await settled(ft)
    await ft.close()
    results = await asyncio.gather(*waits, return_exceptions=True)
    assert all(isinstance(result, ClosedError) for result in results)
    assert len({id(result) for result in results}) == len(results)
    assert not watchers()
    with pytest.raises(ClosedError):
        await ft.connections.sync_and_wait("c")


async def test_a_401_ends_all(ft, box, plant, stepped):
    """A key that was revoked would be tried once for each that waits."""
    waits = [asyncio.create_task(ft.connections.sync_and_wait(plant(1e6))) for _ in range(10)]
    await settled(ft)
    calls = box.calls
    box.faults.script("GET", "/v1/connections", status=401, times=None)
    gathered = asyncio.gather(*waits, return_exceptions=True)
    assert await through(ft, gathered) == 1
    assert all(isinstance(result, UnauthorizedError) for result in await gathered)
    assert box.calls == calls + 1


async def test_one_that_is_deleted_hurts_no_other(ft, box, plant, stepped):
    """One connection that is gone would end the waits for all, or be waited for."""
    names = [plant(60) for _ in range(10)]
    waiting = asyncio.create_task(ft.connections.sync_all_and_wait(names, check=False))
    await settled(ft)
    del box.account.connections[names[4]]
    await through(ft, waiting)
    results = waiting.result()
    assert [result.status for result in results].count(SyncOutcome.SUCCEEDED) == 9
    assert isinstance(results[4].error, NotFoundError)
    assert results[4].status is SyncOutcome.ERROR


async def test_who_may_not_list_looks_at_each(ft, box, plant, stepped, count):
    """A key that may see two connections, and not the account, could not wait for them together."""
    names = [plant(60) for _ in range(3)]
    for name in names:
        await ft.connections.sync(name)
    box.faults.script("GET", LIST, status=403, times=None)
    gathered = asyncio.gather(*(ft.connections.wait_for_sync(name) for name in names))
    await settled(ft)
    await through(ft, gathered)
    assert all(result.ok for result in gathered.result())
    assert sum(request.status == 403 for request in box.requests) <= 2


async def test_an_item_that_slipped_from_one_page_to_another(ft, box, plant, stepped):
    """A connection that a walk through a changing list missed would be taken for deleted."""
    names = [plant(60) for _ in range(1200)]
    chosen = names[990:1010]
    gathered = asyncio.create_task(ft.connections.sync_all_and_wait(chosen))
    await settled(ft)
    # Between two pages, items before them vanish, so that those behind move up.
    for name in names[:15]:
        del box.account.connections[name]
    await through(ft, gathered)
    assert all(result.ok for result in gathered.result())


async def test_a_failed_page_is_read_again(ft, box, plant, stepped, count):
    """One reset would end a thousand waits, or be followed by a thousand single calls."""
    names = [plant(60) for _ in range(50)]
    waiting = asyncio.create_task(ft.connections.sync_all_and_wait(names))
    await settled(ft)
    box.faults.script("GET", "/v1/connections", kind="invalid_json", times=3)
    await through(ft, waiting)
    assert all(result.ok for result in waiting.result())
    assert count("GET") < 25


async def test_a_look_that_was_sent_before_says_nothing(box, plant):
    """How things stood before a wait began would be its baseline, and a sync that ended meanwhile be taken for new."""
    async with box.client() as ft:
        names = [plant(0.2) for _ in range(3)]
        await ft.connections.sync(names[0])
        box.faults.script("GET", "/v1/connections", delay=0.7)
        first = asyncio.create_task(ft.connections.wait_for_sync(names[0], since=datetime(2020, 1, 1, tzinfo=UTC)))
        while not ft.budget.in_flight:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.001)
        second = asyncio.create_task(ft.connections.wait_for_sync(names[0], timeout=30, check=False))
        assert (await first).ok
        await asyncio.sleep(0.1)
        assert not second.done()
        second.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await second


async def test_the_deadline_of_one_map_is_not_that_of_others(ft, box, plant, stepped):
    """Whoever began to wait first would give its deadline to the looks for all."""
    slow, quick = plant(2000), plant(2000)
    await ft.connections.sync(slow)
    await ft.connections.sync(quick)
    mapped = asyncio.create_task(ft.map(ft.connections.wait_for_sync, [quick], deadline=0.3).collect())
    await settled(ft)
    other = asyncio.create_task(ft.connections.wait_for_sync(slow))
    with pytest.raises(DeadlineExceededError):
        await mapped
    await through(ft, other)
    assert other.result().ok


async def test_a_map_of_waits(ft, box, plant, stepped, count):
    """Results could not be taken as they come."""
    names = [plant(100 * number + 1) for number in range(1, 6)]
    for name in names:
        await ft.connections.sync(name)
    order = []

    async def collect():
        async for result in ft.map(ft.connections.wait_for_sync, reversed(names), concurrency=5):
            order.append(result.item)  # noqa: PERF401 - one by one, as they come

    waiting = asyncio.create_task(collect())
    await settled(ft)
    await through(ft, waiting)
    assert order == names


async def test_failures_among_many(ft, plant, stepped):
    """A failure among a thousand would be lost, or take the other results with it."""
    names = [plant(60), plant(60, sandbox={"outcome": "failure"}), plant(1e6), plant(60, paused=True)]
    waiting = asyncio.create_task(ft.connections.sync_all_and_wait([*names, names[0]], timeout=300))
    await settled(ft)
    await through(ft, waiting)
    with pytest.raises(SyncFailedError) as caught:
        waiting.result()
    assert [result.status.value for result in caught.value.partial] == [
        "succeeded",
        "failed",
        "timed_out",
        "paused",
        "succeeded",
    ]
    assert caught.value.result.connection_id == names[1]
    assert "3 of 5 did not succeed" in caught.value.__notes__[0]


async def test_nothing_to_wait_for(ft, box):
    """An empty list would hang, or cost a call."""
    assert await ft.connections.wait_all([]) == []
    assert await ft.connections.sync_all_and_wait(iter(())) == []
    assert box.calls == 0


async def test_a_client_that_is_dropped_is_forgotten(box, plant):
    """A process that makes many clients would keep all of them, for the waits they once made."""
    ft = Fivetran(box.api_key, box.api_secret, base_url=box.url)
    assert (await ft.connections.sync_and_wait(plant(0.1), poll_interval=0.1)).ok
    transport = weakref.ref(ft._pipeline.transport)
    await ft.close()
    del ft
    gc.collect()
    assert transport() is None


class Receiver:
    """A source of hints that a test gives."""

    def __init__(self):
        self.wakes = []
        self.ended = 0

    def listen(self, wake, /):
        """Begin."""
        self.wakes.append(wake)
        return self.end

    def end(self):
        """End."""
        self.ended += 1


async def test_hints_make_it_look(ft, box, plant, stepped, count):
    """A webhook that says that a sync has ended would change nothing before the next look by time."""
    names, receiver = [plant(3600) for _ in range(20)], Receiver()
    quick = plant(15)
    waiting = asyncio.create_task(ft.connections.sync_all_and_wait([*names, quick], via=receiver, check=False))
    await settled(ft)
    assert stepped.next == 60
    looks = count("GET")
    stepped.advance(16)
    receiver.wakes[0](quick)
    await settled(ft)
    assert count("GET") == looks + 1
    assert count("GET", quick) == 1
    await through(ft, waiting)
    assert all(result.ok for result in waiting.result())
    assert (len(receiver.wakes), receiver.ended) == (1, 1)
    assert count("GET") < 40


async def test_a_hint_that_comes_while_a_sync_is_asked_for(ft, box, plant, stepped):
    """The end of a sync that was over before its start was answered would be noticed a minute later."""
    name, receiver = plant(0.05), Receiver()
    box.faults.script("POST", "/v1/connections", kind="drip")
    waiting = asyncio.create_task(ft.connections.sync_and_wait(name, via=receiver))
    while not receiver.wakes:  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0)
    receiver.wakes[0](name)
    await settled(ft)
    stepped.advance(2)
    await settled(ft)
    assert stepped.monotonic() < 10
    await through(ft, waiting)
    assert waiting.result().ok
    assert stepped.monotonic() < 10


async def test_a_hint_may_come_too_early(ft, box, plant, stepped, count):
    """A hint that is a moment ahead of the API would be wasted, and the end be noticed minutes later."""
    name, receiver = plant(33), Receiver()
    waiting = asyncio.create_task(ft.connections.sync_and_wait(name, via=receiver))
    await settled(ft)
    stepped.advance(31)
    receiver.wakes[0](name)
    await settled(ft)
    assert stepped.next == 5
    await through(ft, waiting)
    assert waiting.result().ok
    assert stepped.monotonic() == pytest.approx(36)


async def test_hints_of_others_and_storms_of_them(ft, box, plant, stepped, count):
    """A receiver that repeats itself would use up the account's calls."""
    name, receiver = plant(3000), Receiver()
    waiting = asyncio.create_task(ft.connections.sync_and_wait(name, via=receiver))
    await settled(ft)
    looks = count("GET")
    for _ in range(100):
        receiver.wakes[0](name)
        receiver.wakes[0]("nobody")
        await asyncio.sleep(0)
    await asyncio.sleep(0.2)
    assert count("GET") <= looks + 2
    await through(ft, waiting)
    assert waiting.result().ok


async def test_hints_are_no_longer_listened_to(ft, plant, stepped):
    """A receiver would call into a wait that is over, or keep it for ever."""
    receiver = Receiver()
    waiting = asyncio.create_task(ft.connections.sync_and_wait(plant(1e6), via=receiver))
    await settled(ft)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert receiver.ended >= 1
    receiver.wakes[0]("anything")
    await asyncio.sleep(0)


async def test_a_forbidden_connection_hurts_no_other(ft, box, plant, stepped):
    """One connection that the key may not see any more would end the waits for all."""
    names = [plant(60), plant(60)]
    waits = [asyncio.create_task(ft.connections.sync_and_wait(name)) for name in names]
    await settled(ft)
    box.faults.script("GET", f"/v1/connections/{names[0]}", status=403, times=None)
    box.faults.script("GET", LIST, status=403, times=None)
    gathered = asyncio.gather(*waits, return_exceptions=True)
    await through(ft, gathered)
    first, second = gathered.result()
    assert second.ok
    assert isinstance(first, ForbiddenError)
