"""Memberships: which role a user or a team has in a connection or a group, and a user in a team."""

import attrs

from fivetran_async.models._base import Model, Timestamp


@attrs.frozen(kw_only=True)
class Membership(Model):
    """The role of a user or a team in one connection or group.

    Attributes:
        id: The connection or the group.
        role: The role in it.
        created_at: When the membership was made.
    """

    id: str
    role: str | None = None
    created_at: Timestamp | None = None


@attrs.frozen(kw_only=True)
class TeamMembership(Model):
    """The role of a user in a team.

    Attributes:
        user_id: The user.
        role: The role in the team.
        created_at: When the membership was made.
    """

    user_id: str | None = None
    role: str | None = None
    created_at: Timestamp | None = None
