"""Rules about destinations, by what the account-wide list says of them."""

from collections.abc import Iterator
from datetime import datetime

from fivetran_async.audit.findings import Hit
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.thresholds import Thresholds
from fivetran_async.models.destinations import DestinationSetupStatus


def broken(inventory: Inventory, _now: datetime, _thresholds: Thresholds) -> Iterator[Hit]:
    """Find destinations whose setup is broken."""
    for destination in inventory.destinations.values():
        if destination.setup_status == DestinationSetupStatus.BROKEN:
            yield Hit(destination, "its setup is broken")


def incomplete(inventory: Inventory, _now: datetime, _thresholds: Thresholds) -> Iterator[Hit]:
    """Find destinations whose setup was not finished."""
    for destination in inventory.destinations.values():
        if destination.setup_status == DestinationSetupStatus.INCOMPLETE:
            yield Hit(destination, "its setup is incomplete")
