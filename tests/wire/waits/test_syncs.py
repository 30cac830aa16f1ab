"""A sync that is started and waited for, in both colours: how it ends, and what must not end it."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from fivetran_async.errors import (
    ArgumentError,
    ConfirmationError,
    ForbiddenError,
    NotFoundError,
    NotSetUpError,
    ReadOnlyError,
    ServerError,
    SyncFailedError,
    SyncTimeoutError,
    UnauthorizedError,
)
from fivetran_async.models.waits import SyncOutcome
from fivetran_async.retry import RetryPolicy

pytestmark = pytest.mark.usefixtures("hurry")

TASK = {"code": "reconnect", "message": "The password is wrong.", "details": ""}


async def test_a_sync_that_succeeds(colour, ft, plant, count):
    """A wait would not end, or tell other times than those of the sync."""
    name = plant(120)
    result = await colour.call(ft.connections.sync_and_wait, name)
    assert (result.status, result.ok, result.connection_id) == (SyncOutcome.SUCCEEDED, True, name)
    assert result.ended == result.connection.succeeded_at
    assert result.started < result.ended
    assert 100 <= result.duration <= 125
    assert result.polls == count("GET")
    assert count("POST", "/sync") == 1


async def test_one_that_ends_before_the_first_look(colour, ft, plant):
    """A sync quicker than the first look would be missed, and the next one be waited for."""
    result = await colour.call(ft.connections.sync_and_wait, plant(0.5), poll_interval=60)
    assert (result.ok, result.polls) == (True, 2)


async def test_a_sync_that_fails(colour, ft, plant):
    """A failure would be waited on, or be told without its reason."""
    name = plant(outcome="failure", status={"tasks": [TASK]}, sandbox={"outcome": "failure"})
    with pytest.raises(SyncFailedError, match=f"connection {name}: reconnect: The password is wrong") as caught:
        await colour.call(ft.connections.sync_and_wait, name)
    result = caught.value.result
    assert (result.status, result.ended) == (SyncOutcome.FAILED, result.connection.failed_at)
    unchecked = await colour.call(ft.connections.sync_and_wait, name, check=False)
    assert (unchecked.ok, unchecked.ended > result.ended) == (False, True)


async def test_one_that_failed_before(colour, ft, plant):
    """The failure of last night would fail the sync of today."""
    name = plant(failed_at="2026-08-01T11:59:00Z", sandbox={"outcome": "success"})
    assert (await colour.call(ft.connections.sync_and_wait, name)).ok


async def test_a_running_sync_is_joined(colour, ft, plant, count):
    """A second sync would be started, or the end of the running one not count."""
    name = plant(120)
    await colour.call(ft.connections.sync, name)
    result = await colour.call(ft.connections.sync_and_wait, name)
    assert (result.ok, result.started) == (True, None)
    assert count("POST", "/sync") == 2


async def test_a_forced_sync_is_one_of_its_own(colour, ft, box, plant):
    """The sync that was to be begun anew would go on, and its end be taken for that of the new one."""
    name = plant(300)
    await colour.call(ft.connections.sync, name)
    box.clock.advance(200)
    result = await colour.call(ft.connections.sync_and_wait, name, force=True)
    assert result.duration > 280


async def test_a_timeout_says_what_was_seen(colour, ft, box, plant):
    """A sync that hangs would be waited for, for ever, or nobody know what it did."""
    name = plant(1e6)
    with pytest.raises(SyncTimeoutError, match=r"no sync ended within 300 s; after \d+ looks it was syncing") as caught:
        await colour.call(ft.connections.sync_and_wait, name, timeout=300)
    assert "its last sync had ended well at 2026-08-01 10:00:00 UTC" in str(caught.value)
    assert caught.value.result.connection.is_syncing
    assert box.clock.elapsed() >= 300


async def test_transient_failures_of_looks(colour, ft, box, plant, caplog):
    """A job of hours would fail because of one moment, or nobody hear of it."""
    name = plant(100)
    box.faults.script("GET", "/v1/connections", status=503, times=9, skip=1)
    box.faults.script("GET", "/v1/connections", drop="before", times=5)
    box.faults.script("GET", "/v1/connections", kind="invalid_json", times=2)
    box.faults.script("GET", "/v1/connections", status=404, body=b"<html>", times=1)
    with caplog.at_level(logging.WARNING, "fivetran_async"):
        assert (await colour.call(ft.connections.sync_and_wait, name)).ok
    assert sum(record.levelname == "WARNING" for record in caplog.records) >= 1


async def test_a_429_longer_than_calls_wait(colour, ft, box, plant):
    """A used-up hour would end all waits instead of making them slower."""
    name = plant(100)
    box.faults.script("GET", "/v1/connections", status=429, headers={"Retry-After": "600"}, skip=1)
    result = await colour.call(ft.connections.sync_and_wait, name)
    assert result.ok
    assert box.clock.elapsed() >= 600


async def test_only_failing_looks_until_the_timeout(colour, ft, box, plant):
    """Whoever reads the error could not tell an outage from a slow sync."""
    name = plant(100)
    box.faults.script("GET", "/v1/connections", status=503, times=None, skip=1)
    with pytest.raises(SyncTimeoutError, match=r"the last call failed: connection_details: 503") as caught:
        await colour.call(ft.connections.sync_and_wait, name, timeout=120)
    assert caught.value.result.polls == 1


@pytest.mark.parametrize(("status", "error"), [(401, UnauthorizedError), (403, ForbiddenError)])
async def test_what_cannot_get_better_ends_it_at_once(colour, ft, box, plant, status, error):
    """A key that was revoked would be waited with until the time is over."""
    name = plant(1e6)
    box.faults.script("GET", "/v1/connections", status=status, skip=2, times=None)
    with pytest.raises(error):
        await colour.call(ft.connections.sync_and_wait, name)


async def test_deleted_meanwhile(colour, ft, box, plant):
    """What is gone would be waited for."""
    name = plant(1e6)

    def delete(_):
        box.account.connections.pop(name, None)

    with pytest.raises(NotFoundError):
        await colour.call(ft.connections.sync_and_wait, name, on_poll=delete)


async def test_no_such_connection(colour, ft, count):
    """A misspelt id would be waited for, or a sync be asked for."""
    with pytest.raises(NotFoundError):
        await colour.call(ft.connections.sync_and_wait, "nope")
    assert (count("GET"), count("POST")) == (1, 0)


@pytest.mark.parametrize("state", ["broken", "incomplete"])
async def test_a_connection_that_is_not_set_up(colour, ft, plant, count, state):
    """A sync that cannot succeed would be started."""
    name = plant(status={"setup_state": state, "tasks": [TASK]})
    with pytest.raises(NotSetUpError, match="password is wrong"):
        await colour.call(ft.connections.sync_and_wait, name)
    assert count("POST") == 0


async def test_a_sync_that_cannot_be_asked_for(colour, ft, box, plant):
    """A trigger that failed would be waited for."""
    name = plant()
    box.faults.script("POST", "/v1/connections", status=403)
    with pytest.raises(ForbiddenError):
        await colour.call(ft.connections.sync_and_wait, name)


async def test_a_trigger_that_fails_for_longer_than_there_is_time(colour, ft, box, plant, count):
    """The time of a wait would not hold while a sync is being asked for."""
    name = plant()
    box.faults.script("POST", "/v1/connections", status=503, times=None)
    # Pauses of one length: the third would end after the wait, which is foreseen. By chance, as usual, the time might
    # end in an attempt.
    ft = ft.with_options(retry=RetryPolicy(attempts=1000, retry_if=lambda _: 25.0))
    with pytest.raises(ServerError):
        await colour.call(ft.connections.sync_and_wait, name, timeout=60)
    assert count("POST") == 3
    assert box.clock.elapsed() < 300


async def test_a_resync(colour, ft, plant, count):
    """The end of the sync that ran before would be taken for that of the re-sync."""
    name = plant(200)
    await colour.call(ft.connections.sync, name)
    result = await colour.call(ft.connections.resync_and_wait, name, confirm=True)
    assert result.ok
    assert result.connection.status.is_historical_sync is False
    assert (result.ended - datetime(2026, 8, 1, 12, tzinfo=UTC)).total_seconds() > 390
    assert count("POST", "/resync") == 1


async def test_a_resync_of_tables(colour, ft, plant, box):
    """A re-sync of some tables would end with the sync that ran before it."""
    name = plant(200)
    config = await colour.call(ft.schemas.reload, name)
    schema, held = next(iter(config.schemas.items()))
    tables = [next(iter(held.tables))]
    await colour.call(ft.connections.sync, name)
    result = await colour.call(ft.connections.resync_and_wait, name, scope={schema: tables}, confirm=True)
    assert (result.ok, result.connection.status.warnings) == (True, ())
    assert (result.ended - datetime(2026, 8, 1, 12, tzinfo=UTC)).total_seconds() > 390


async def test_a_resync_wants_to_be_confirmed(colour, ft, plant, box):
    """Data would be loaded anew by mistake."""
    with pytest.raises(ConfirmationError):
        await colour.call(ft.connections.resync_and_wait, plant())
    assert box.calls == 0


async def test_a_sync_of_others(colour, ft, plant):
    """Who did not start the sync could not wait for it."""
    name = plant(100)
    await colour.call(ft.connections.sync, name)
    assert (await colour.call(ft.connections.wait_for_sync, name)).ok


async def test_one_that_already_ended(colour, ft, box, plant, count):
    """A sync that ended between two steps of a job would be missed, and the job hang."""
    name = plant(10)
    before = await colour.call(ft.connections.get, name)
    await colour.call(ft.connections.sync, name)
    box.clock.advance(60)
    looks = count("GET")
    for since in (before, before.last_ended_at, datetime(2026, 8, 1, 11, tzinfo=UTC)):
        assert (await colour.call(ft.connections.wait_for_sync, name, since=since)).ok
    assert count("GET") == looks + 3


async def test_one_that_never_synced(colour, ft, box, plant):
    """The first sync of a connection would be missed, since there is no time it ended after."""
    name = plant(10, succeeded_at=None)
    before = await colour.call(ft.connections.get, name)
    await colour.call(ft.connections.sync, name)
    box.clock.advance(60)
    assert (await colour.call(ft.connections.wait_for_sync, name, since=before)).ok


async def test_the_clock_of_the_caller_does_not_count(colour, box, plant):
    """A machine whose clock is a day ahead would never see a sync end."""

    class Ahead:
        """The sandbox's clock, with the wall time of tomorrow."""

        sleep, monotonic = box.clock.sleep, box.clock.monotonic

        def now(self):
            return box.clock.now() + timedelta(days=1)

    client = colour.client(box, clock=Ahead())
    result = await colour.call(client.connections.sync_and_wait, plant())
    assert (result.ok, result.duration) == (True, 0)
    await colour.call(client.close)


async def test_what_is_seen_is_told(colour, ft, plant):
    """Progress could not be shown, or one that fails end the wait."""
    seen = []

    def tell(connection):
        seen.append(str(connection.sync_state))
        raise ValueError("a mistake of the user's")

    result = await colour.call(ft.connections.sync_and_wait, plant(), on_poll=tell)
    assert (len(seen), seen[0], "syncing" in seen) == (result.polls, "scheduled", True)


@pytest.mark.parametrize(
    "arguments",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": True},
        {"timeout": "60"},
        {"timeout": float("inf")},
        {"timeout": float("nan")},
        {"poll_interval": 0},
        {"on_reschedule": "ignore"},
        {"force": "no"},
        {"unpause": 1},
        {"check": None},
        {"on_poll": "print"},
        {"via": "webhook"},
        {"via": None},
    ],
    ids=str,
)
async def test_bad_arguments(colour, ft, box, plant, arguments):
    """A mistake would cost calls, or be found after an hour."""
    with pytest.raises(ArgumentError, match=next(iter(arguments))):
        await colour.call(ft.connections.sync_and_wait, plant(), **arguments)
    assert box.calls == 0


@pytest.mark.parametrize("since", ["2026-08-01", 7, datetime(2026, 8, 1)], ids=str)  # noqa: DTZ001 - naive on purpose
async def test_a_bad_since(colour, ft, box, plant, since):
    """A naive time would be taken for another instant than was meant."""
    with pytest.raises(ArgumentError, match="since must"):
        await colour.call(ft.connections.wait_for_sync, plant(), since=since)
    assert box.calls == 0


async def test_read_only(colour, box, plant):
    """A client that may not write would look first and then be refused, or refuse even to look."""
    client = colour.client(box, read_only=True)
    for method in (client.connections.sync_and_wait, client.connections.wait_for_sync):
        with pytest.raises(ReadOnlyError):
            await colour.call(method, plant(), on_reschedule="trigger")
    with pytest.raises(ReadOnlyError):
        await colour.call(client.connections.resync_and_wait, plant(), confirm=True)
    assert box.calls == 0
    with pytest.raises(SyncTimeoutError):
        await colour.call(client.connections.wait_for_sync, plant(), timeout=10)
    await colour.call(client.close)


def test_many_threads_share_one_poller(box, plant, count):
    """A thread pool of waits would cost one call each at every look."""
    names = [plant(200) for _ in range(30)]
    with box.sync_client() as ft, ThreadPoolExecutor(30) as threads:
        for name in names:
            ft.connections.sync(name)
        results = list(threads.map(ft.connections.wait_for_sync, names))
    assert [result.ok for result in results] == [True] * 30
    assert count("GET") <= 30 + 30, "one for each that begins, and one a look"


async def test_many_at_once(colour, ft, plant, count):
    """One colour could not wait for many, or would tell them in another order than they were named."""
    names = [plant(60 + number) for number in range(20)]
    told = []
    results = await colour.call(ft.connections.sync_all_and_wait, names, on_result=told.append)
    assert [result.connection_id for result in results] == names
    assert sorted(told, key=str) == sorted(results, key=str)
    before = await colour.call(ft.connections.list().collect)
    for name in names:
        await colour.call(ft.connections.sync, name)
    assert all(result.ok for result in await colour.call(ft.connections.wait_all, names, since=before))
    failing = plant(60, sandbox={"outcome": "failure"})
    with pytest.raises(SyncFailedError) as caught:
        await colour.call(ft.connections.sync_all_and_wait, [names[0], failing])
    assert [result.ok for result in caught.value.partial] == [True, False]
    both = await colour.call(ft.connections.sync_all_and_wait, [names[0], failing], check=False)
    assert [result.status for result in both] == [SyncOutcome.SUCCEEDED, SyncOutcome.FAILED]
    assert count("POST", "/sync") == 44


async def test_a_401_among_many(colour, ft, box, plant):
    """What ended before a key was revoked would be lost."""
    names = [plant(10), plant(1e6)]

    def revoke(_):
        box.faults.script("GET", "/v1/connections", status=401, times=None)

    with pytest.raises(UnauthorizedError) as caught:
        await colour.call(ft.connections.sync_all_and_wait, names, check=False, on_result=revoke)
    assert [result.connection_id for result in caught.value.partial] == names[:1]


async def test_a_failing_on_result(colour, ft, plant):
    """A mistake in a progress bar would end a thousand waits."""

    def tell(_):
        raise ValueError("a mistake of the user's")

    assert (await colour.call(ft.connections.sync_all_and_wait, [plant()], on_result=tell))[0].ok


@pytest.mark.parametrize(
    ("ids", "arguments", "named"),
    [
        ("abc", {}, "connection_ids"),
        (7, {}, "connection_ids"),
        (["a", ""], {}, r"connection_ids\[1\]"),
        ([None], {}, r"connection_ids\[0\]"),
        (["a"], {"since": "2026-08-01"}, "since"),
        (["a"], {"since": ["a"]}, "since"),
        (["a"], {"since": datetime(2026, 8, 1)}, "since"),  # noqa: DTZ001 - naive on purpose
        (["a"], {"timeout": 0}, "timeout"),
        (["a"], {"on_reschedule": "never"}, "on_reschedule"),
        (["a"], {"on_result": 7}, "on_result"),
        (["a"], {"check": "no"}, "check"),
        (["."], {}, r"'\.'"),
    ],
    ids=str,
)
async def test_bad_arguments_for_many(colour, ft, box, ids, arguments, named):
    """A mistake would be found once for each of a thousand, or be taken for a failed sync."""
    with pytest.raises(ArgumentError, match=named):
        await colour.call(ft.connections.wait_all, ids, **arguments)
    assert box.calls == 0
