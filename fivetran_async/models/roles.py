"""Roles: what users and teams may do."""

from typing import TYPE_CHECKING, TypeAlias

import attrs

from fivetran_async.models._base import Model, OpenEnum


class RoleScope(OpenEnum):
    """What a role can be given for."""

    ACCOUNT = "ACCOUNT"
    DESTINATION = "DESTINATION"
    CONNECTOR = "CONNECTOR"
    TEAM = "TEAM"


if TYPE_CHECKING:
    AnyRoleScope: TypeAlias = RoleScope | str
else:
    AnyRoleScope = RoleScope


@attrs.frozen(kw_only=True)
class Role(Model):
    """A role; its name is what identifies it.

    Attributes:
        name: The name, as it is passed wherever a role is given.
        description: What it allows.
        scope: What it can be given for.
        is_custom: Whether it was made for this account.
        is_deprecated: Whether it should no longer be given.
        replacement_role_name: The role to give in its place, when it is deprecated.
    """

    name: str | None = None
    description: str | None = None
    scope: tuple[AnyRoleScope, ...] = ()
    is_custom: bool | None = None
    is_deprecated: bool | None = None
    replacement_role_name: str | None = None
