"""Rules about how connections are set up to run, by the policy's allow-lists."""

from collections.abc import Iterator
from datetime import datetime

from fivetran_async.audit.findings import Hit
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Allowed, Policy, matches
from fivetran_async.audit.rules._words import named
from fivetran_async.models.connections import Connection, ScheduleType

_DAILY = 1440


def schedule_off_policy(inventory: Inventory, _now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find connections whose frequency, schedule type or hour is not on its allow-list."""
    for connection in inventory.connections.values():
        reasons = list(_off_schedule(connection, policy.allowed))
        if reasons:
            yield Hit(connection, "; ".join(reasons))


def network_off_policy(inventory: Inventory, _now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find connections whose source is reached in a way that is not allowed."""
    allowed = policy.allowed.connection_networks
    for connection in inventory.connections.values():
        method = connection.networking_method
        if allowed is not None and method and not matches(method, allowed):
            yield Hit(connection, f"its source is reached by {method}, and allowed are {named(allowed)}")


def _off_schedule(connection: Connection, allowed: Allowed) -> Iterator[str]:
    kind, minutes, hour = connection.schedule_type, connection.sync_frequency, connection.daily_sync_time
    if allowed.schedule_types is not None and kind and not matches(kind, allowed.schedule_types):
        yield f"its schedule is {kind}, and allowed are {named(allowed.schedule_types)}"
    if kind == ScheduleType.MANUAL:
        return  # neither of the others counts then
    if allowed.sync_frequencies is not None and minutes is not None and minutes not in allowed.sync_frequencies:
        yield f"it syncs every {minutes} minutes, and allowed are {named([str(it) for it in allowed.sync_frequencies])}"
    times = allowed.daily_sync_times
    if times is not None and minutes == _DAILY and hour and not matches(hour, times):
        yield f"it syncs at {hour}, and allowed are {named(times)}"
