"""Rules about roles, teams and memberships."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from fivetran_async.audit.access import ADMINISTRATOR, Access, access_matrix
from fivetran_async.audit.findings import Hit
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy, matches
from fivetran_async.audit.rules._words import named
from fivetran_async.models.teams import Team
from fivetran_async.models.users import User


def role_off_policy(inventory: Inventory, _now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find users and teams whose role in the account is not on the allow-list."""
    allowed = policy.allowed.roles
    if allowed is None:
        return
    for holder in _holders(inventory):
        if holder.role and not matches(holder.role, allowed):
            yield Hit(holder, f"its role is {holder.role}, and allowed are {named(allowed)}")


def membership_off_policy(inventory: Inventory, _now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find users and teams whose role in a group or a connection is not on the allow-list."""
    allowed = policy.allowed.roles
    if allowed is None:
        return
    for row in access_matrix(inventory):
        holder = inventory.users.get(row.user_id)
        # What a team brings is told of the team, below, with or without members.
        if holder is None or row.team_id is not None or (row.group_id is None and row.connection_id is None):
            continue
        if not matches(row.role, allowed):
            yield Hit(holder, f"the role in {row.where} is {row.role}, and allowed are {named(allowed)}")
    for team_id, team in inventory.teams.items():
        places = [*inventory.team_groups.get(team_id, ()), *inventory.team_connections.get(team_id, ())]
        off = sorted({place.role for place in places if place.role and not matches(place.role, allowed)})
        if off:
            yield Hit(team, f"it has the roles {named(off)} in groups or connections, and allowed are {named(allowed)}")


def deprecated_role(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find users and teams whose role in the account should no longer be given."""
    for holder in _holders(inventory):
        role = inventory.roles.get(holder.role or "")
        if role is not None and role.is_deprecated is True:
            instead = f"; in its place there is {role.replacement_role_name}" if role.replacement_role_name else ""
            yield Hit(holder, f"its role {role.name} is deprecated{instead}")


def team_without_members(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find teams whose list of users was read and is empty."""
    for team_id, members in inventory.team_users.items():
        if not members and team_id in inventory.teams:
            yield Hit(inventory.teams[team_id], "it has no users")


def administrator_by_team(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find active users who are administrators of the account through a team alone."""
    for user_id, rows in _by_user(inventory).items():
        user = inventory.users.get(user_id)
        teams = sorted(row.team or row.team_id for row in rows if row.role == ADMINISTRATOR and row.team_id is not None)
        if user is not None and user.active is True and user.role != ADMINISTRATOR and teams:
            yield Hit(user, f"the role {ADMINISTRATOR} comes with {named(teams)}, not with the user's own role")


def inactive_with_access(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find users who may not log in and still belong to teams, groups or connections."""
    for user_id, rows in _by_user(inventory).items():
        user = inventory.users.get(user_id)
        if user is None or user.active is not False:
            continue
        places = [f"{row.role} in {row.where}" for row in rows if row.team_id or row.group_id or row.connection_id]
        if places:
            yield Hit(user, f"the user may not log in, and still has {named(places)}", tuple(places))


def _holders(inventory: Inventory) -> Iterator[User | Team]:
    yield from inventory.users.values()
    yield from inventory.teams.values()


def _by_user(inventory: Inventory) -> dict[str, list[Access]]:
    rows: defaultdict[str, list[Access]] = defaultdict(list)
    for row in access_matrix(inventory):
        rows[row.user_id].append(row)
    return rows
