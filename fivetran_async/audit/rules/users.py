"""Rules about users, by what the list of users says of them.

A user who may not log in is no trouble: of those, only `access` tells what they still have.
"""

from collections.abc import Iterator
from datetime import datetime

from fivetran_async.audit.access import ADMINISTRATOR
from fivetran_async.audit.findings import Hit
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy
from fivetran_async.audit.rules._words import DAY, named, seconds_since, span
from fivetran_async.models.roles import Role
from fivetran_async.models.users import User


def never_logged_in(inventory: Inventory, now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find users who were made some time ago and have never logged in; an open invitation explains that."""
    for user in _active(inventory):
        if user.logged_in_at is not None or user.created_at is None or _waits(user):
            continue
        seconds = seconds_since(user.created_at, now)
        if seconds > policy.thresholds.never_logged_in_days * DAY:
            yield Hit(user, f"no login since the user was made {span(seconds)} ago")


def idle(inventory: Inventory, now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find users who last logged in long ago."""
    for user in _active(inventory):
        if user.logged_in_at is None:
            continue
        seconds = seconds_since(user.logged_in_at, now)
        if seconds > policy.thresholds.user_idle_days * DAY:
            yield Hit(user, f"the last login was {span(seconds)} ago")


def unverified(inventory: Inventory, now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find users who were invited some time ago and have not verified their address."""
    for user in _active(inventory):
        if not _waits(user) or user.created_at is None:
            continue
        seconds = seconds_since(user.created_at, now)
        if seconds > policy.thresholds.invitation_days * DAY:
            yield Hit(user, f"invited {span(seconds)} ago, and the address is not verified")


def administrators(inventory: Inventory, _now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find that too many active users are administrators of the account by their own role."""
    found = [user for user in _active(inventory) if user.role == ADMINISTRATOR]
    if len(found) > policy.thresholds.administrators:
        role = inventory.roles.get(ADMINISTRATOR) or Role(name=ADMINISTRATOR)
        who = tuple(sorted(user.email or user.id for user in found))
        may = f"{policy.thresholds.administrators:g} may"
        yield Hit(role, f"{len(found)} active users have it, and {may}: {named(who)}", who)


def _active(inventory: Inventory) -> Iterator[User]:
    return (user for user in inventory.users.values() if user.active is True)


def _waits(user: User) -> bool:
    return user.invited is True and user.verified is False
