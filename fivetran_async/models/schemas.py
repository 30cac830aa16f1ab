"""Schema configuration: which schemas, tables and columns a connection loads, and how."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

import attrs

from fivetran_async.models._base import Model, OpenEnum


class SchemaChangeHandling(OpenEnum):
    """What happens to schemas, tables and columns that appear at the source."""

    ALLOW_ALL = "ALLOW_ALL"
    ALLOW_COLUMNS = "ALLOW_COLUMNS"
    BLOCK_ALL = "BLOCK_ALL"


class SyncMode(OpenEnum):
    """What becomes of rows that are changed or deleted at the source."""

    SOFT_DELETE = "SOFT_DELETE"
    HISTORY = "HISTORY"
    LIVE = "LIVE"


class ExcludeMode(OpenEnum):
    """What a reload does with what is new at the source."""

    PRESERVE = "PRESERVE"
    EXCLUDE = "EXCLUDE"
    INCLUDE = "INCLUDE"


class LockReason(OpenEnum):
    """Why a table or a column cannot be switched on or off."""

    SYSTEM_TABLE = "SYSTEM_TABLE"
    SYSTEM_COLUMN = "SYSTEM_COLUMN"
    DELETED = "DELETED"
    OTHER = "OTHER"


if TYPE_CHECKING:
    AnySchemaChangeHandling: TypeAlias = SchemaChangeHandling | str
    AnySyncMode: TypeAlias = SyncMode | str
    AnyExcludeMode: TypeAlias = ExcludeMode | str
    AnyLockReason: TypeAlias = LockReason | str
else:
    AnySchemaChangeHandling = SchemaChangeHandling
    AnySyncMode = SyncMode
    AnyExcludeMode = ExcludeMode
    AnyLockReason = LockReason


@attrs.frozen(kw_only=True)
class EnabledPatchSettings(Model):
    """Whether a table or a column can be switched on and off.

    Attributes:
        allowed: Whether it can.
        reason: Why not, in words; with `OTHER` alone.
        reason_code: Why not.
    """

    allowed: bool | None = None
    reason: str | None = None
    reason_code: AnyLockReason | None = None


@attrs.frozen(kw_only=True)
class Column(Model):
    """A column.

    Attributes:
        name_in_destination: Its name in the destination.
        enabled: Whether it is loaded.
        hashed: Whether its values are hashed.
        enabled_patch_settings: Whether it can be switched on and off.
        is_primary_key: Whether it is part of the primary key.
    """

    name_in_destination: str | None = None
    enabled: bool | None = None
    hashed: bool | None = None
    enabled_patch_settings: EnabledPatchSettings | None = None
    is_primary_key: bool | None = None

    @property
    def is_locked(self) -> bool:
        """Whether it cannot be switched on or off."""
        return self.enabled_patch_settings is not None and self.enabled_patch_settings.allowed is False


@attrs.frozen(kw_only=True)
class Table(Model):
    """A table.

    Attributes:
        name_in_destination: Its name in the destination.
        enabled: Whether it is loaded.
        sync_mode: What becomes of changed and deleted rows.
        columns: By name, those that a user ever touched; one that is missing follows the table.
        enabled_patch_settings: Whether it can be switched on and off.
        supports_columns_config: Whether its columns can be configured.
        supports_history_mode: Whether its sync mode may be `HISTORY`.
    """

    name_in_destination: str | None = None
    enabled: bool | None = None
    sync_mode: AnySyncMode | None = None
    columns: Mapping[str, Column] | None = attrs.field(default=None, hash=False)
    enabled_patch_settings: EnabledPatchSettings | None = None
    supports_columns_config: bool | None = None
    supports_history_mode: bool | None = None

    @property
    def is_locked(self) -> bool:
        """Whether it cannot be switched on or off."""
        return self.enabled_patch_settings is not None and self.enabled_patch_settings.allowed is False


@attrs.frozen(kw_only=True)
class Schema(Model):
    """A schema.

    Attributes:
        name_in_destination: Its name in the destination.
        enabled: Whether it is loaded.
        tables: By name.
    """

    name_in_destination: str | None = None
    enabled: bool | None = None
    tables: Mapping[str, Table] | None = attrs.field(default=None, hash=False)


@attrs.frozen(kw_only=True)
class SchemaConfig(Model):
    """The whole schema configuration of a connection.

    Attributes:
        schemas: By name; names are case-sensitive.
        schema_change_handling: What happens to what appears at the source.
        enable_new_by_default: The older form of it: true for `ALLOW_ALL` alone.
    """

    schemas: Mapping[str, Schema] | None = attrs.field(default=None, hash=False)
    schema_change_handling: AnySchemaChangeHandling | None = None
    enable_new_by_default: bool | None = None


@attrs.frozen(kw_only=True)
class TableColumns(Model):
    """All columns of a table, as the source has them now.

    Attributes:
        columns: By name.
    """

    columns: Mapping[str, Column] | None = attrs.field(default=None, hash=False)
