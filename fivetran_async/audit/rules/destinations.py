"""Rules about destinations, by what the account-wide list says of them."""

from collections.abc import Iterator
from datetime import datetime

from fivetran_async.audit.findings import Hit
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy, matches
from fivetran_async.audit.rules._words import named
from fivetran_async.models.destinations import DestinationSetupStatus


def broken(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find destinations whose setup is broken."""
    for destination in inventory.destinations.values():
        if destination.setup_status == DestinationSetupStatus.BROKEN:
            yield Hit(destination, "its setup is broken")


def incomplete(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find destinations whose setup was not finished."""
    for destination in inventory.destinations.values():
        if destination.setup_status == DestinationSetupStatus.INCOMPLETE:
            yield Hit(destination, "its setup is incomplete")


def region_off_policy(inventory: Inventory, _now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find destinations whose data is processed where it may not be."""
    allowed = policy.allowed.destination_regions
    for destination in inventory.destinations.values():
        if allowed is not None and destination.region and not matches(destination.region, allowed):
            yield Hit(destination, f"its region is {destination.region}, and allowed are {named(allowed)}")


def network_off_policy(inventory: Inventory, _now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find destinations that are reached in a way that is not allowed."""
    allowed = policy.allowed.destination_networks
    for destination in inventory.destinations.values():
        method = destination.networking_method
        if allowed is not None and method and not matches(method, allowed):
            yield Hit(destination, f"it is reached by {method}, and allowed are {named(allowed)}")
