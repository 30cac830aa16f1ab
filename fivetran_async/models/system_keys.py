"""System keys: API keys that belong to the account and have permissions of their own."""

from typing import TYPE_CHECKING, TypeAlias

import attrs

from fivetran_async.models._base import Model, OpenEnum, Timestamp


class SystemKeyResourceType(OpenEnum):
    """What a permission is about."""

    ACCOUNT = "ACCOUNT"
    USER = "USER"
    WEBHOOK = "WEBHOOK"
    TEAM = "TEAM"
    ROLES = "ROLES"
    DESTINATION = "DESTINATION"
    TRANSFORMATION = "TRANSFORMATION"
    REMOTE_EXECUTION_AGENT = "REMOTE_EXECUTION_AGENT"
    CONNECTOR = "CONNECTOR"


class AccessLevel(OpenEnum):
    """What a permission allows."""

    NONE = "NONE"
    READ = "READ"
    MANAGE = "MANAGE"


class ExpirationPeriod(OpenEnum):
    """How long a system key is valid."""

    ONE_WEEK = "ONE_WEEK"
    ONE_MONTH = "ONE_MONTH"
    THREE_MONTHS = "THREE_MONTHS"
    SIX_MONTHS = "SIX_MONTHS"
    INFINITE = "INFINITE"


if TYPE_CHECKING:
    AnySystemKeyResourceType: TypeAlias = SystemKeyResourceType | str
    AnyAccessLevel: TypeAlias = AccessLevel | str
else:
    AnySystemKeyResourceType = SystemKeyResourceType
    AnyAccessLevel = AccessLevel


@attrs.frozen(kw_only=True)
class SystemKeyResourceFilter(Model):
    """Which objects a permission is narrowed to.

    Attributes:
        ids: The objects themselves.
        group_ids: The groups whose objects are meant.
    """

    ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class SystemKeyPermission(Model):
    """One thing that a system key may do.

    Attributes:
        resource_type: What it is about.
        access_level: What is allowed.
        resource_filter: What it is narrowed to; None for everything of its type.
    """

    resource_type: AnySystemKeyResourceType | None = None
    access_level: AnyAccessLevel | None = None
    resource_filter: SystemKeyResourceFilter | None = None


@attrs.frozen(kw_only=True)
class SystemKey(Model):
    """A system key.

    Attributes:
        id: The system key.
        name: Its name.
        key: The first half of its credentials.
        secret: The second half; only in the replies of create and rotate.
        permissions: What it may do.
        created_at: When it was made.
        updated_at: When it was last changed.
        expired_at: When it stops being valid; None for never.
        last_used_at: When it was last used; None for never.
    """

    id: str
    name: str | None = None
    key: str | None = attrs.field(default=None, repr=False)
    secret: str | None = attrs.field(default=None, repr=False)
    permissions: tuple[SystemKeyPermission, ...] = ()
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    expired_at: Timestamp | None = None
    last_used_at: Timestamp | None = None
