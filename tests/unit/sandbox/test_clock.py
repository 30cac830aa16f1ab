"""The sandbox's clock: it runs, it can be moved, and it wakes who sleeps on it in any loop."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from datetime import UTC, datetime

import pytest

from fivetran_async.sandbox import Clock

START = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)


def test_begins_where_it_is_told():
    """The clock would begin at another time than it was told to."""
    assert 0 <= (Clock(START).now() - START).total_seconds() < 60
    assert Clock(START).now().tzinfo is UTC


def test_begins_now_without_a_fraction():
    """A clock would begin in another year, or at no full second."""
    clock = Clock()
    assert abs(clock.start - time.time()) < 60
    assert clock.start == int(clock.start)


def test_naive_start():
    """A time without a zone would be guessed."""
    with pytest.raises(ValueError, match="naive"):
        Clock(datetime(2026, 8, 1))  # noqa: DTZ001 - the naive one is refused


@pytest.mark.parametrize("seconds", [-1, -0.001, math.inf, math.nan])
def test_never_back(seconds):
    """The clock could be moved back, or nowhere."""
    clock = Clock(START)
    with pytest.raises(ValueError, match="ahead"):
        clock.advance(seconds)
    assert (clock.now() - START).total_seconds() < 60


def test_all_times_move_together():
    """Durations and instants would drift apart when the clock is moved."""
    clock = Clock(START)
    before = clock.monotonic(), clock.timestamp(), clock.elapsed()
    clock.advance(86_400)
    after = clock.monotonic(), clock.timestamp(), clock.elapsed()
    for one, two in zip(before, after, strict=True):
        assert 86_400 <= two - one < 86_460


async def test_advance_wakes_who_is_due():
    """A sleeper would sleep on in real time, or one that is not due would wake."""
    clock = Clock(START)
    short, long = (asyncio.ensure_future(clock.sleep(seconds)) for seconds in (100, 10_000))
    await asyncio.sleep(0)
    clock.advance(99)
    await asyncio.sleep(0.01)
    assert not short.done()
    clock.advance(1)
    await short
    assert not long.done()
    clock.advance(10_000)
    await long
    assert not clock._sleepers


async def test_real_time_ends_a_sleep_too():
    """A sleep would only end when somebody moves the clock."""
    clock = Clock(START)
    clock.advance(1000)
    begun = clock.monotonic()
    await clock.sleep(0.02)
    assert clock.monotonic() - begun >= 0.02


async def test_what_was_moved_shortens_the_timer():
    """After a move that was too short, the sleeper would wait for its whole first time."""
    clock = Clock(START)
    task = asyncio.ensure_future(clock.sleep(1000))
    await asyncio.sleep(0)
    clock.advance(999.99)
    await task


@pytest.mark.parametrize("seconds", [0, -5])
async def test_no_time_at_all(seconds):
    """A sleep of nothing would hang, or not let others run."""
    ran = []
    asyncio.get_running_loop().call_soon(ran.append, 1)
    await Clock(START).sleep(seconds)
    assert ran


async def test_cancelled_sleepers_are_forgotten():
    """A cancelled sleep would stay registered, or swallow the cancellation."""
    clock = Clock(START)
    tasks = [asyncio.ensure_future(clock.sleep(1000)) for _ in range(50)]
    await asyncio.sleep(0)
    assert len(clock._sleepers) == 50
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    assert not clock._sleepers
    clock.advance(2000)


def test_wakes_sleepers_of_other_loops():
    """A client in another thread's loop would sleep through a move of the clock."""
    clock = Clock(START)
    done = []

    def client(seconds):
        asyncio.run(clock.sleep(seconds))
        done.append(seconds)

    threads = [threading.Thread(target=client, args=(seconds,)) for seconds in (1000, 2000, 3000)]
    for thread in threads:
        thread.start()
    while len(clock._sleepers) < 3:
        time.sleep(0.001)
    clock.advance(3000)
    for thread in threads:
        thread.join(30)
    assert sorted(done) == [1000, 2000, 3000]


def test_a_loop_that_died_is_no_harm():
    """Moving the clock would fail because a sleeper's loop was closed under it."""
    clock = Clock(START)
    loop = asyncio.new_event_loop()
    clock._sleepers.add(loop.create_future())
    loop.close()
    clock.advance(10)
