"""Rules about connections, by what the account-wide list says of them.

One trouble is told once. Setup that is broken or incomplete, and a pause, explain all that follows from them: such a
connection is not also failing, stale, delayed, stuck or slow. A failed last sync, a sync that is stuck and a running
historical sync explain an old success: such a connection is not also stale. What the API did not say is no finding.
"""

from collections.abc import Iterator
from datetime import datetime

from fivetran_async.audit.findings import Hit, Kind
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy
from fivetran_async.audit.rules._words import DAY, HOUR, moment, notes, seconds_since, span
from fivetran_async.models.connections import (
    Connection,
    ConnectionStatus,
    ScheduleType,
    SetupState,
    SyncState,
    UpdateState,
)

# No schedule is slower; a figure beyond it is garbage that must not overflow.
_SLOWEST_MINUTES = 366 * 24 * 60


def broken(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find connections whose setup is broken."""
    for connection, status in _with_status(inventory):
        if status.setup_state == SetupState.BROKEN:
            yield Hit(connection, _setup_reason("its setup is broken", status))


def incomplete(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find connections whose setup was not finished."""
    for connection, status in _with_status(inventory):
        if status.setup_state == SetupState.INCOMPLETE:
            yield Hit(connection, _setup_reason("its setup is incomplete", status))


def failing(inventory: Inventory, now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find connections whose last sync failed."""
    for connection, _ in _working(inventory):
        if _fails(connection) and connection.failed_at is not None:
            reason = f"the last sync failed {span(seconds_since(connection.failed_at, now))} ago"
            yield Hit(connection, f"{reason}; {_last_success(connection, now)}")


def stale(inventory: Inventory, now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find connections that have not succeeded for much longer than their own frequency promises.

    One that never succeeded counts from when it was made. A manual schedule promises nothing.
    """
    for connection, status in _working(inventory):
        since = connection.succeeded_at or connection.created_at
        if since is None or connection.sync_frequency is None or connection.schedule_type == ScheduleType.MANUAL:
            continue
        if _fails(connection) or _loads_history(status) or _stuck(connection, status, now, policy):
            continue
        minutes = min(max(connection.sync_frequency, 0), _SLOWEST_MINUTES)
        allowed = max(policy.thresholds.stale_factor * minutes * 60, policy.thresholds.stale_hours * HOUR)
        if seconds_since(since, now) > allowed:
            yield Hit(connection, f"{_last_success(connection, now)}, with a sync due every {span(minutes * 60)}")


def stuck_rescheduled(inventory: Inventory, now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find connections whose rescheduled sync is overdue, or will never start because their schedule is manual."""
    for connection, status in _working(inventory):
        reason = _stuck(connection, status, now, policy)
        if reason:
            yield Hit(connection, reason)


def delayed(inventory: Inventory, now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find connections that Fivetran itself calls delayed."""
    for connection, status in _working(inventory):
        if status.update_state == UpdateState.DELAYED:
            yield Hit(connection, f"Fivetran calls its data delayed; {_last_success(connection, now)}")


def historical_sync_long(inventory: Inventory, now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find historical syncs that run for long.

    The API does not say when one began: it counts from the last success, or from when the connection was made.
    """
    for connection, status in _working(inventory):
        since = connection.succeeded_at or connection.created_at
        if not _loads_history(status) or since is None:
            continue
        seconds = seconds_since(since, now)
        if seconds > policy.thresholds.historical_sync_days * DAY:
            begun = "the last success" if connection.succeeded_at else "it was made"
            yield Hit(connection, f"it loads its history, {span(seconds)} after {begun}")


def tasks(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find open tasks of connections whose setup is not said to be broken or incomplete for them."""
    for connection, status in _with_status(inventory):
        if status.tasks and status.setup_state not in _UNUSABLE:
            yield Hit(connection, notes(status.tasks))


def warnings(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find connections with warnings."""
    for connection, status in _with_status(inventory):
        if status.warnings:
            yield Hit(connection, notes(status.warnings))


def paused_long(inventory: Inventory, now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find connections that are paused and have not synced for long.

    The API does not say since when one is paused: it counts from its last sync, or from when it was made.
    """
    for connection in inventory.connections.values():
        since = connection.last_ended_at or connection.created_at
        if connection.paused is not True or since is None:
            continue
        seconds = seconds_since(since, now)
        if seconds > policy.thresholds.paused_days * DAY:
            last = "its last sync ended" if connection.last_ended_at else "it was made"
            yield Hit(connection, f"it is paused, and {last} {span(seconds)} ago")


def orphan(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find connections of groups that were not listed."""
    if Kind.GROUP not in inventory.whole:
        return
    for connection in inventory.connections.values():
        if connection.group_id and connection.group_id not in inventory.groups:
            yield Hit(connection, f"its group {connection.group_id} is not in the list of groups")


_UNUSABLE = (SetupState.BROKEN, SetupState.INCOMPLETE)


def _with_status(inventory: Inventory) -> Iterator[tuple[Connection, ConnectionStatus]]:
    for connection in inventory.connections.values():
        if connection.status is not None:
            yield connection, connection.status


def _working(inventory: Inventory) -> Iterator[tuple[Connection, ConnectionStatus]]:
    """Return the connections that are known to be set up and not paused: those that ought to sync."""
    for connection, status in _with_status(inventory):
        if connection.paused is False and status.setup_state and status.setup_state not in _UNUSABLE:
            yield connection, status


def _setup_reason(what: str, status: ConnectionStatus) -> str:
    return f"{what}: {notes(status.tasks)}" if status.tasks else what


def _fails(connection: Connection) -> bool:
    failed, succeeded = connection.failed_at, connection.succeeded_at
    return failed is not None and (succeeded is None or failed > succeeded)


def _loads_history(status: ConnectionStatus) -> bool:
    # Every new connection is marked as historical; one that only waits for its schedule is loading nothing.
    return status.is_historical_sync is True and status.sync_state != SyncState.SCHEDULED


def _stuck(connection: Connection, status: ConnectionStatus, now: datetime, policy: Policy) -> str:
    """Return why a rescheduled sync will not start, or an empty text."""
    if status.sync_state != SyncState.RESCHEDULED:
        return ""
    if connection.schedule_type == ScheduleType.MANUAL:
        until = f" for {moment(status.rescheduled_for)}" if status.rescheduled_for else ""
        return f"its sync was rescheduled{until}, but its schedule is manual: it will not start by itself"
    if status.rescheduled_for is None:
        return ""
    seconds = seconds_since(status.rescheduled_for, now)
    if seconds <= policy.thresholds.rescheduled_hours * HOUR:
        return ""
    return f"its sync was rescheduled for {moment(status.rescheduled_for)}, {span(seconds)} ago, and did not start"


def _last_success(connection: Connection, now: datetime) -> str:
    if connection.succeeded_at is not None:
        return f"the last success was {span(seconds_since(connection.succeeded_at, now))} ago"
    if connection.created_at is None:
        return "it has never succeeded"
    return f"it has never succeeded since it was made {span(seconds_since(connection.created_at, now))} ago"
