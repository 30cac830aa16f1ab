"""Who may do what: each user's roles, own or through a team, in the account, in groups and in connections."""

from collections.abc import Iterator

import attrs

from fivetran_async.audit.inventory import Inventory

ADMINISTRATOR = "Account Administrator"
"""The role that may do everything in the account."""


@attrs.frozen(kw_only=True, order=False)
class Access:
    """One role that one user has somewhere: a row of the access matrix.

    Attributes:
        user_id: The user.
        email: The user's address; None if it is not known.
        active: Whether the user may log in; None if that is not known.
        role: The role.
        team_id: The team that brings it; None for the user's own right.
        team: The team's name.
        group_id: The group that it is for, or the connection's group; None for the whole account.
        group: The group's name.
        connection_id: The connection that it is for; None for the whole group or account.
        connection: The connection's name.
    """

    user_id: str
    email: str | None = None
    active: bool | None = None
    role: str
    team_id: str | None = None
    team: str | None = None
    group_id: str | None = None
    group: str | None = None
    connection_id: str | None = None
    connection: str | None = None

    @property
    def where(self) -> str:
        """What the role is for, in words."""
        if self.connection_id is not None:
            return f"the connection {self.connection or self.connection_id}"
        return "the account" if self.group_id is None else f"the group {self.group or self.group_id}"


def access_matrix(inventory: Inventory) -> tuple[Access, ...]:
    """Return every role that every user has, sorted by user, then place, then team.

    A role for the account or for a group reaches what is in it: it is one row, not one for each connection. Of what
    the inventory does not hold, because it was not asked for or could not be read, there are no rows: `inventory.whole`
    says what was read to its end.

    Args:
        inventory: What an audit read: users and teams, and the three kinds of memberships.
    """
    rows = {*_own(inventory), *_through_teams(inventory)}
    return tuple(sorted(rows, key=_place))


def _own(inventory: Inventory) -> Iterator[Access]:
    for user in inventory.users.values():
        if user.role:
            yield _row(inventory, user.id, user.role)
    for group_id, users in inventory.group_users.items():
        for user in users:
            if user.role:
                yield _row(inventory, user.id, user.role, group_id=group_id, email=user.email, active=user.active)
    for user_id, memberships in inventory.user_connections.items():
        for membership in memberships:
            if membership.role:
                yield _row(inventory, user_id, membership.role, connection_id=membership.id)


def _through_teams(inventory: Inventory) -> Iterator[Access]:
    for team_id, members in inventory.team_users.items():
        team = inventory.teams.get(team_id)
        groups = inventory.team_groups.get(team_id, ())
        connections = inventory.team_connections.get(team_id, ())
        for member in members:
            if member.user_id is None:
                continue
            if team is not None and team.role:
                yield _row(inventory, member.user_id, team.role, team_id)
            for place in groups:
                if place.role:
                    yield _row(inventory, member.user_id, place.role, team_id, group_id=place.id)
            for place in connections:
                if place.role:
                    yield _row(inventory, member.user_id, place.role, team_id, connection_id=place.id)


def _row(
    inventory: Inventory,
    user_id: str,
    role: str,
    team_id: str | None = None,
    *,
    group_id: str | None = None,
    connection_id: str | None = None,
    email: str | None = None,
    active: bool | None = None,
) -> Access:
    user = inventory.users.get(user_id)
    team = inventory.teams.get(team_id or "")
    connection = inventory.connections.get(connection_id or "")
    if connection is not None:
        group_id = connection.group_id
    return Access(
        user_id=user_id,
        email=email if user is None else user.email,
        active=active if user is None else user.active,
        role=role,
        team_id=team_id,
        team=None if team is None else team.name,
        group_id=group_id,
        group=inventory.group_name(group_id),
        connection_id=connection_id,
        connection=None if connection is None else connection.schema,
    )


def _place(row: Access) -> tuple[str, ...]:
    return (row.user_id, row.group_id or "", row.connection_id or "", row.team_id or "", row.role)
