"""Rules about system keys."""

from collections.abc import Iterator
from datetime import datetime

from fivetran_async.audit.findings import Hit
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy
from fivetran_async.audit.rules._words import DAY, moment, seconds_since, span
from fivetran_async.models.system_keys import AccessLevel, SystemKey, SystemKeyPermission, SystemKeyResourceType


def expired(inventory: Inventory, now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find system keys that are no longer valid."""
    for key in inventory.system_keys.values():
        if key.expired_at is not None and key.expired_at <= now:
            yield Hit(key, f"it expired {span(seconds_since(key.expired_at, now))} ago")


def expiring(inventory: Inventory, now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find system keys that are valid and soon will not be."""
    for key in inventory.system_keys.values():
        if key.expired_at is None:
            continue
        left = -seconds_since(key.expired_at, now)
        if 0 < left < policy.thresholds.key_expiring_days * DAY:
            yield Hit(key, f"it expires in {span(left)}, at {moment(key.expired_at)}")


def unused(inventory: Inventory, now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find valid system keys that were not used for long, or never since they were made."""
    for key in _valid(inventory, now):
        since = key.last_used_at or key.created_at
        if since is None:
            continue
        seconds = seconds_since(since, now)
        if seconds > policy.thresholds.key_unused_days * DAY:
            last = "it was last used" if key.last_used_at else "it was never used since it was made"
            yield Hit(key, f"{last} {span(seconds)} ago")


def powerful(inventory: Inventory, now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find valid system keys that may manage the whole account."""
    for key in _valid(inventory, now):
        if any(_manages_account(permission) for permission in key.permissions):
            never = ", and it never expires" if key.expired_at is None else ""
            yield Hit(key, f"it may manage the account{never}")


def _valid(inventory: Inventory, now: datetime) -> Iterator[SystemKey]:
    return (key for key in inventory.system_keys.values() if key.expired_at is None or key.expired_at > now)


def _manages_account(permission: SystemKeyPermission) -> bool:
    kept = permission.resource_filter
    return (
        permission.resource_type == SystemKeyResourceType.ACCOUNT
        and permission.access_level == AccessLevel.MANAGE
        and (kept is None or not (kept.ids or kept.group_ids))
    )
