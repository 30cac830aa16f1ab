"""Rules about groups."""

from collections.abc import Iterator
from datetime import datetime

from fivetran_async.audit.findings import Hit, Kind
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy


def without_destination(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find groups that have no destination; a destination's id is its group's."""
    if Kind.DESTINATION not in inventory.whole:
        return
    served = {destination.group_id or destination.id for destination in inventory.destinations.values()}
    for group in inventory.groups.values():
        if group.id not in served and group.id not in inventory.destinations:
            yield Hit(group, "no destination is listed for it")


def empty(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find groups that have no connection."""
    if Kind.CONNECTION not in inventory.whole:
        return
    used = {connection.group_id for connection in inventory.connections.values()}
    for group in inventory.groups.values():
        if group.id not in used:
            yield Hit(group, "no connection is listed for it")
