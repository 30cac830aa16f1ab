"""Connections that are paused, and syncs that Fivetran puts off, in both colours."""

from __future__ import annotations

import asyncio
import signal
import threading

import pytest

from fivetran_async.errors import ForbiddenError, PausedError, RescheduledError, SyncFailedError, SyncTimeoutError
from fivetran_async.models.waits import SyncOutcome

pytestmark = pytest.mark.usefixtures("hurry")


async def test_a_paused_connection_is_refused(colour, ft, plant, count):
    """A sync that never starts would be waited for, or the pause be ended unasked."""
    name = plant(paused=True)
    with pytest.raises(PausedError, match=r"connections\.resume\('\w+'\) first, or pass unpause=True") as caught:
        await colour.call(ft.connections.sync_and_wait, name)
    assert caught.value.result.status is SyncOutcome.PAUSED
    unchecked = await colour.call(ft.connections.sync_and_wait, name, check=False)
    assert unchecked.status is SyncOutcome.PAUSED
    with pytest.raises(PausedError):
        await colour.call(ft.connections.wait_for_sync, name)
    assert (count("POST"), count("PATCH")) == (0, 0)


@pytest.mark.parametrize("outcome", ["success", "failure"])
async def test_unpaused_and_paused_again(colour, ft, box, plant, count, outcome):
    """A connection that was paused on purpose would go on syncing after the job, above all after one that failed."""
    name = plant(outcome=outcome, paused=True, sandbox={"outcome": outcome})
    result = await colour.call(ft.connections.sync_and_wait, name, unpause=True, check=False)
    assert result.ok is (outcome == "success")
    assert result.ended is not None
    assert box.account.connection(name)["paused"] is True
    assert count("PATCH") == 2
    bodies = [request.body for request in box.requests if request.method == "PATCH"]
    assert all(b'"run_setup_tests":false' in body for body in bodies)


async def test_paused_again_after_a_timeout(colour, ft, box, plant):
    """A job that gives up would leave the connection running."""
    name = plant(1e6, paused=True)
    with pytest.raises(SyncTimeoutError):
        await colour.call(ft.connections.sync_and_wait, name, unpause=True, timeout=200)
    assert box.account.connection(name)["paused"] is True


async def test_one_that_is_not_paused_stays_so(colour, ft, box, plant, count):
    """A connection that was running would be paused by a job that said `unpause=True`."""
    name = plant()
    assert (await colour.call(ft.connections.sync_and_wait, name, unpause=True)).ok
    assert count("PATCH") == 0
    assert box.account.connection(name)["paused"] is False


async def test_one_that_cannot_be_paused_again(colour, ft, box, plant):
    """Somebody would believe that the connection is paused."""
    name = plant(paused=True)
    box.faults.script("PATCH", "/v1/connections", status=403, skip=1)
    with pytest.raises(ForbiddenError) as caught:
        await colour.call(ft.connections.sync_and_wait, name, unpause=True)
    assert any("could not be paused again" in note for note in caught.value.__notes__)
    name = plant(paused=True, sandbox={"outcome": "failure"})
    box.faults.script("PATCH", "/v1/connections", status=403, skip=1)
    with pytest.raises(SyncFailedError) as failed:
        await colour.call(ft.connections.sync_and_wait, name, unpause=True)
    assert any("could not be paused again" in note for note in failed.value.__notes__)


async def test_paused_meanwhile(colour, ft, box, plant):
    """Who pauses the connection would make the job hang."""
    name = plant(1e6)
    looks = 0

    def pause(connection):
        nonlocal looks
        looks += 1
        if connection.is_syncing:
            box.account.update_connection(name, paused=True)

    with pytest.raises(PausedError):
        await colour.call(ft.connections.sync_and_wait, name, on_poll=pause)
    assert looks >= 3


async def test_a_resync_of_a_paused_connection(colour, ft, box, plant):
    """A re-sync that runs only when it is resumed would be waited for, or not be done."""
    name = plant(paused=True)
    with pytest.raises(PausedError):
        await colour.call(ft.connections.resync_and_wait, name, confirm=True)
    assert (await colour.call(ft.connections.resync_and_wait, name, confirm=True, unpause=True)).ok
    assert box.account.connection(name)["paused"] is True


def putting_off(postpone, name, seconds, times=1):
    """Return what puts a sync off when it is first seen running."""
    left = times

    def put_off(connection):
        nonlocal left
        if connection.is_syncing and left:
            left -= 1
            postpone(name, seconds)

    return put_off


async def test_put_off_and_waited_for(colour, ft, plant, postpone, count):
    """A sync that goes on by itself would fail, or be looked at all the while."""
    name = plant(60, schedule_type="auto", sync_frequency=1440)
    result = await colour.call(
        ft.connections.sync_and_wait, name, on_poll=putting_off(postpone, name, 900), poll_interval=20
    )
    assert result.ok
    assert result.duration > 900
    assert count("POST", "/sync") == 1
    assert result.polls < 25, "900 s at 20 s are 45"


async def test_put_off_with_a_manual_schedule(colour, ft, plant, postpone):
    """A sync that nothing takes up again would be waited for, for ever."""
    name = plant(60)
    with pytest.raises(RescheduledError, match="on_reschedule='trigger'") as caught:
        await colour.call(ft.connections.sync_and_wait, name, on_poll=putting_off(postpone, name, 3600))
    assert caught.value.result.rescheduled_for is not None


@pytest.mark.parametrize("schedule", ["auto", "manual"])
async def test_put_off_and_raised(colour, ft, plant, postpone, schedule):
    """A caller who has better to do than wait would not be told."""
    name = plant(60, schedule_type=schedule, sync_frequency=1440)
    with pytest.raises(RescheduledError, match="the sync was put off until 2026-08-01"):
        await colour.call(
            ft.connections.sync_and_wait, name, on_reschedule="raise", on_poll=putting_off(postpone, name, 3600)
        )


@pytest.mark.parametrize(("schedule", "asked"), [("auto", 1), ("manual", 3)])
async def test_put_off_and_triggered(colour, ft, plant, postpone, count, schedule, asked):
    """A sync with a manual schedule would never go on, or one that went on by itself be asked for again."""
    name = plant(60, schedule_type=schedule, sync_frequency=1440)
    put_off = putting_off(postpone, name, 200, times=2)
    result = await colour.call(ft.connections.sync_and_wait, name, on_reschedule="trigger", on_poll=put_off)
    assert result.ok
    assert count("POST", "/sync") == asked if schedule == "manual" else count("POST", "/sync") <= 3


async def test_put_off_for_longer_than_there_is_time(colour, ft, box, plant, postpone):
    """The time of a wait would not hold while it sleeps until a sync goes on."""
    name = plant(60, schedule_type="auto", sync_frequency=1440)
    with pytest.raises(SyncTimeoutError, match="it was rescheduled"):
        await colour.call(ft.connections.sync_and_wait, name, timeout=1200, on_poll=putting_off(postpone, name, 86_400))
    assert box.clock.elapsed() < 10_000


async def test_a_sync_of_others_that_was_put_off(colour, ft, plant, postpone):
    """A sensor could not start again what its orchestrator had started."""
    name = plant(60)
    postpone(name, 600)
    result = await colour.call(ft.connections.wait_for_sync, name, on_reschedule="trigger")
    assert result.ok


async def test_a_cancelled_wait_pauses_again(box, plant):
    """A job that is cancelled would leave running what was paused on purpose."""
    name = plant(1e6, paused=True)
    syncing = asyncio.Event()
    async with box.client() as ft:
        running = asyncio.create_task(
            ft.connections.sync_and_wait(
                name, unpause=True, on_poll=lambda it: syncing.set() if it.is_syncing else None
            )
        )
        await syncing.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert box.account.connection(name)["paused"] is True


def test_ctrl_c_pauses_again(box, plant):
    """Who interrupts a script would leave running what was paused on purpose."""
    name = plant(1e6, paused=True)
    here = threading.get_ident()

    def interrupt(connection):
        if connection.is_syncing:
            signal.pthread_kill(here, signal.SIGINT)

    with box.sync_client() as ft, pytest.raises(KeyboardInterrupt):
        ft.connections.sync_and_wait(name, unpause=True, on_poll=interrupt)
    assert box.account.connection(name)["paused"] is True
