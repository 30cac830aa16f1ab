"""Polling, webhooks and the log tables tell one story, each asked the way a user asks it."""

import asyncio
import collections
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from fivetran_async import Fivetran, SyncOutcome
from fivetran_async.logs import SyncRun, recent_syncs, run
from fivetran_async.sandbox import Sandbox
from fivetran_async.webhooks import SyncStatus, WebhookListener

COUNT = 50
FAILED, WITH_TASK, GOES_ON, PUT_OFF, PAUSED = range(6), range(6, 10), range(10, 13), range(13, 16), 16

# What a wait says of how the last event, or the last row, says that a sync ended.
OUTCOMES = {
    SyncStatus.SUCCESSFUL: SyncOutcome.SUCCEEDED,
    SyncStatus.FAILURE: SyncOutcome.FAILED,
    SyncStatus.FAILURE_WITH_TASK: SyncOutcome.FAILED,
    SyncStatus.RESCHEDULED: SyncOutcome.RESCHEDULED,
    None: SyncOutcome.PAUSED,
}


def plant(box: Sandbox) -> list[str]:
    """Make connections with a sync yesterday, and say how the next one ends."""
    group = next(iter(box.account.groups))
    yesterday = (datetime.now(UTC) - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    ids: list[str] = []
    for number in range(COUNT):
        fields = {"succeeded_at": yesterday, "sync_frequency": 1440, "paused": number == PAUSED}
        ids.append(box.account.add_connection(group, schema=f"shop_{number}", **fields)["id"])
    for number, name in enumerate(ids):
        seconds = 60.0 + 7 * number
        if number in FAILED:
            box.syncs.script(name, "failure", seconds=seconds, reason=f"no network {number}")
        elif number in WITH_TASK:
            box.syncs.script(name, "failure_with_task", seconds=seconds, tasks=[("reconnect", "Log in again.")])
        elif number in GOES_ON:
            box.syncs.script(name, "rescheduled", seconds=seconds, after=600)
            box.syncs.script(name, "success", seconds=seconds)
        elif number in PUT_OFF:
            box.syncs.script(name, "rescheduled", seconds=seconds, after=36_000)
        else:
            box.syncs.script(name, "success", seconds=seconds)
    return ids


async def polled(box: Sandbox, ft: Fivetran, ids: list[str]) -> dict[str, SyncOutcome]:
    """Start all syncs, and tell by GETs how they ended."""
    put_off = [ids[number] for number in PUT_OFF]
    others = [name for name in ids if name not in put_off]
    waits = asyncio.gather(
        ft.connections.sync_all_and_wait(others, check=False, timeout=7200),
        ft.connections.sync_all_and_wait(put_off, check=False, timeout=7200, on_reschedule="raise"),
    )
    while not waits.done():
        box.clock.advance(5)
        await asyncio.sleep(0.005)
    return {result.connection_id: result.status for results in await waits for result in results}


async def delivered(events: WebhookListener, count: int) -> dict[str | None, list[SyncStatus | str | None]]:
    """Read so many ends of syncs as they were delivered; tell them by connection, in the order of their times."""
    found = []
    async with asyncio.timeout(60):
        async for event in events:
            if event.is_sync_end:
                found.append(event)
            if len(found) == count:
                break
    ends = collections.defaultdict(list)
    for event in sorted(found, key=lambda event: event.created or datetime.max.replace(tzinfo=UTC)):
        ends[event.connection].append(event.status)
    return ends


def logged(path: Path) -> dict[str | None, list[SyncRun]]:
    """Ask the exported tables how syncs ended, by connection, in the order of their times."""
    with duckdb.connect(str(path), read_only=True) as tables:
        rows = sorted(run(recent_syncs(), tables), key=lambda row: row.ended or datetime.max.replace(tzinfo=UTC))
    found = collections.defaultdict(list)
    for row in rows:
        found[row.connection_id].append(row)
    return found


async def test_three_sources_tell_one_story(tmp_path: Path) -> None:
    """A user who asks one source would be told something else than one who asks another."""
    path = tmp_path / "logs.duckdb"
    async with Sandbox(seed=11, groups=1, connections=0) as box, box.client() as ft:
        ids = plant(box)
        box.deliveries.repeat, box.deliveries.shuffle = 0.2, True
        async with WebhookListener(ft, url="http://127.0.0.1:{port}/", bind="127.0.0.1:0") as listener:
            by_polling = await polled(box, ft, ids)
            # Those that go on end twice; the one that is paused never begins.
            by_webhook = await delivered(listener, COUNT - 1 + len(GOES_ON))
            await box.deliveries.settled()
            left = [await listener.get() for _ in range(listener.waiting)]
            assert not [event for event in left if event.is_sync_end]
        await asyncio.to_thread(box.export_logs, path)
    by_logs = logged(path)

    for number, name in enumerate(ids):
        ends = by_webhook.get(name, [])
        assert [row.status for row in by_logs.get(name, [])] == ends, number
        assert by_polling[name] is OUTCOMES[ends[-1] if ends else None], number
    told = collections.Counter(by_polling.values())
    assert told == {
        SyncOutcome.SUCCEEDED: COUNT - len(FAILED) - len(WITH_TASK) - len(PUT_OFF) - 1,
        SyncOutcome.FAILED: len(FAILED) + len(WITH_TASK),
        SyncOutcome.RESCHEDULED: len(PUT_OFF),
        SyncOutcome.PAUSED: 1,
    }
    for number in GOES_ON:
        assert by_webhook[ids[number]] == [SyncStatus.RESCHEDULED, SyncStatus.SUCCESSFUL]
    for number in FAILED:
        assert by_logs[ids[number]][0].reason == f"no network {number}"
