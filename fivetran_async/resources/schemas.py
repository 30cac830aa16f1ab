"""Schemas of connections: which tables and columns are loaded, and how."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from fivetran_async import operations as ops
from fivetran_async._pipeline import changed, confirmed
from fivetran_async.errors import ArgumentError
from fivetran_async.models.schemas import (
    Column,
    ExcludeMode,
    Schema,
    SchemaChangeHandling,
    SchemaConfig,
    SyncMode,
    Table,
    TableColumns,
)
from fivetran_async.resources._base import Resource, check_choice, check_flags, check_scope, check_texts, finite
from fivetran_async.types import UNSET, JsonObject, Unset


class Schemas(Resource):
    """Schemas of connections. API: https://fivetran.com/docs/rest-api/api-reference/connection-schema.

    Names of schemas, tables and columns are those of the source, and case-sensitive.
    """

    async def get(self, connection_id: str) -> SchemaConfig:
        """Return the schema configuration of a connection.

        Args:
            connection_id: The connection.

        Returns:
            The configuration, with all schemas and tables; of the columns those that a user ever touched. Costs one
            call.

        Raises:
            NotFoundError: There is no such connection, or it has no configuration before its first sync or reload.
        """
        return await self._pipeline.call(ops.CONNECTION_SCHEMA_CONFIG, connection_id)

    async def create(
        self,
        connection_id: str,
        *,
        schemas: JsonObject,
        schema_change_handling: str | Unset = UNSET,
    ) -> SchemaConfig:
        """Set a configuration in advance, before the first sync or reload.

        Args:
            connection_id: The connection.
            schemas: By name, each with `enabled` and, by name, its `tables`, each with `enabled`: mappings, or
                `Schema`s and `Table`s, of which only what can be set is sent.
            schema_change_handling: `ALLOW_ALL`, `ALLOW_COLUMNS` or `BLOCK_ALL`.

        Returns:
            The configuration. Costs one call, which is not repeated when its outcome is unknown.

        Raises:
            ArgumentError: Something was refused before it was sent.
            NotFoundError: There is no such connection.
        """
        schemas = _settable(schemas, "schemas")
        _check_config(schemas, schema_change_handling)
        body = {"schemas": schemas, "schema_change_handling": schema_change_handling}
        return await self._pipeline.call(ops.PRE_CREATE_CONNECTION_SCHEMA_CONFIG, connection_id, body=body)

    async def update(
        self,
        connection_id: str,
        *,
        schemas: JsonObject | Unset = UNSET,
        schema_change_handling: str | Unset = UNSET,
        is_type_locked: bool | Unset = UNSET,
    ) -> SchemaConfig:
        """Change a configuration: any number of schemas, tables and columns in one call.

        Args:
            connection_id: The connection.
            schemas: By name, only what changes; `enabled` is required at each level that is named. Mappings, or
                `Schema`s, `Table`s and `Column`s, of which only what can be set is sent.
            schema_change_handling: `ALLOW_ALL`, `ALLOW_COLUMNS` or `BLOCK_ALL`.
            is_type_locked: Whether the types of columns in the destination stay as they are.

        Returns:
            The whole configuration as it is now. Costs one call.

        Raises:
            ArgumentError: Nothing would change, or something was refused before it was sent.
            BadRequestError: Something of it is locked.
            ConflictError: Somebody else changed the configuration at the same time; read it again.
            NotFoundError: There is no such connection, schema, table or column.
        """
        schemas = _settable(schemas, "schemas")
        _check_config(schemas, schema_change_handling)
        check_flags(is_type_locked=is_type_locked)
        body = {
            "schemas": schemas,
            "schema_change_handling": schema_change_handling,
            "is_type_locked": is_type_locked,
        }
        return await self._pipeline.call(ops.MODIFY_CONNECTION_SCHEMA_CONFIG, connection_id, body=changed(body))

    async def update_schema(
        self, connection_id: str, schema_name: str, *, enabled: bool, tables: JsonObject | Unset = UNSET
    ) -> SchemaConfig:
        """Change one schema.

        Args:
            connection_id: The connection.
            schema_name: The schema.
            enabled: Whether it is loaded.
            tables: By name, only what changes; `enabled` is required at each level that is named.

        Returns:
            The whole configuration as it is now. Costs one call.

        Raises:
            NotFoundError: There is no such connection, schema, table or column.
        """
        body = {"enabled": enabled, "tables": _settable(tables, "tables")}
        _check_level(body, "", _LEVELS[1:])
        return await self._pipeline.call(
            ops.MODIFY_CONNECTION_DATABASE_SCHEMA_CONFIG, connection_id, schema_name, body=body
        )

    async def update_table(
        self,
        connection_id: str,
        schema_name: str,
        table_name: str,
        *,
        enabled: bool,
        columns: JsonObject | Unset = UNSET,
        sync_mode: str | Unset = UNSET,
    ) -> SchemaConfig:
        """Change one table.

        Args:
            connection_id: The connection.
            schema_name: The schema.
            table_name: The table.
            enabled: Whether it is loaded.
            columns: By name, only what changes, each with `enabled`.
            sync_mode: `SOFT_DELETE`, `HISTORY` or `LIVE`.

        Returns:
            The whole configuration as it is now. Costs one call.

        Raises:
            BadRequestError: The table is locked, or does not support the sync mode.
            NotFoundError: There is no such connection, schema, table or column.
        """
        body = {"enabled": enabled, "columns": _settable(columns, "columns"), "sync_mode": sync_mode}
        _check_level(body, "", _LEVELS[2:])
        return await self._pipeline.call(
            ops.MODIFY_CONNECTION_TABLE_CONFIG, connection_id, schema_name, table_name, body=body
        )

    async def update_column(
        self,
        connection_id: str,
        schema_name: str,
        table_name: str,
        column_name: str,
        *,
        enabled: bool,
        hashed: bool | Unset = UNSET,
        is_primary_key: bool | Unset = UNSET,
    ) -> SchemaConfig:
        """Change one column.

        Args:
            connection_id: The connection.
            schema_name: The schema.
            table_name: The table.
            column_name: The column.
            enabled: Whether it is loaded.
            hashed: Whether its values are hashed.
            is_primary_key: Whether it is part of the primary key.

        Returns:
            The whole configuration as it is now. Costs one call.

        Raises:
            BadRequestError: The column is locked.
            NotFoundError: There is no such connection, schema, table or column.
        """
        body = {"enabled": enabled, "hashed": hashed, "is_primary_key": is_primary_key}
        _check_level(body, "", ())
        return await self._pipeline.call(
            ops.MODIFY_CONNECTION_COLUMN_CONFIG, connection_id, schema_name, table_name, column_name, body=body
        )

    async def reload(self, connection_id: str, *, exclude_mode: str | Unset = UNSET) -> SchemaConfig:
        """Read the source anew and bring the configuration up to date; it may take minutes.

        Args:
            connection_id: The connection; it must be set up.
            exclude_mode: What becomes of what is new: `PRESERVE` (the API's default) leaves it to the connection's
                change handling, `EXCLUDE` leaves it out, `INCLUDE` takes it in.

        Returns:
            The configuration. Costs one call that reaches the source; it is not repeated when its outcome is unknown.

        Raises:
            ArgumentError: The mode is none; nothing was sent.
            BadRequestError: The connection is not set up.
            NotFoundError: There is no such connection.
        """
        check_choice(exclude_mode, "exclude_mode", ExcludeMode)
        return await self._pipeline.call(
            ops.RELOAD_CONNECTION_SCHEMA_CONFIG, connection_id, body={"exclude_mode": exclude_mode}
        )

    async def columns(self, connection_id: str, schema_name: str, table_name: str) -> TableColumns:
        """Return all columns of a table, as the source has them now.

        Args:
            connection_id: The connection; it must be set up.
            schema_name: The schema.
            table_name: The table.

        Returns:
            The columns. Costs one call that reaches the source.

        Raises:
            BadRequestError: The connection is not set up.
            NotFoundError: There is no such connection, schema or table.
        """
        return await self._pipeline.call(ops.CONNECTION_COLUMN_CONFIG, connection_id, schema_name, table_name)

    async def resync_tables(
        self, connection_id: str, *, tables: Mapping[str, Sequence[str]], confirm: bool = False
    ) -> None:
        """Load single tables anew from the beginning.

        Costs one call, which is not repeated when its outcome is unknown.

        Args:
            connection_id: The connection.
            tables: By schema, the tables to load anew.
            confirm: Must be True: what is loaded anew replaces what is there, and counts as usage.

        Raises:
            ArgumentError: No table is named; nothing was sent.
            ConfirmationError: `confirm` is not True; nothing was sent.
            NotFoundError: There is no such connection, schema or table.
        """
        check_scope(tables, "tables")
        confirmed(f"schemas.resync_tables({connection_id!r}) loads tables anew", confirm=confirm)
        return await self._pipeline.call(ops.RESYNC_TABLES, connection_id, body=tables)

    async def drop_columns(self, connection_id: str, *, schemas: JsonObject, confirm: bool = False) -> None:
        """Drop columns in the destination, with what is in them.

        Costs one call, which is not repeated when its outcome is unknown.

        Args:
            connection_id: The connection.
            schemas: By name, each with its `tables` by name, each with a list of `columns`. Each column must be
                switched off first.
            confirm: Must be True: what is dropped cannot be brought back.

        Raises:
            ArgumentError: No column is named; nothing was sent.
            ConfirmationError: `confirm` is not True; nothing was sent.
            ConflictError: A column is still loaded.
            NotFoundError: There is no such connection, schema, table or column.
        """
        for schema, place in _named(schemas, "schemas"):
            for table, inner in _named(schema.get("tables"), f"{place}.tables"):
                check_texts(table.get("columns"), f"{inner}.columns")
        confirmed(f"schemas.drop_columns({connection_id!r}) drops columns and what is in them", confirm=confirm)
        return await self._pipeline.call(
            ops.DELETE_MULTIPLE_COLUMNS_CONNECTION_CONFIG, connection_id, body={"schemas": schemas}
        )

    async def delete_column(
        self, connection_id: str, schema_name: str, table_name: str, column_name: str, *, confirm: bool = False
    ) -> None:
        """Drop a column in the destination, with what is in it.

        Costs one call.

        Args:
            connection_id: The connection.
            schema_name: The schema.
            table_name: The table.
            column_name: The column. It must be switched off first.
            confirm: Must be True: what is dropped cannot be brought back.

        Raises:
            ConfirmationError: `confirm` is not True; nothing was sent.
            ConflictError: The column is still loaded.
            NotFoundError: There is no such connection, schema, table or column.
        """
        confirmed(
            f"schemas.delete_column({connection_id!r}, ..., {column_name!r}) drops the column and what is in it",
            confirm=confirm,
        )
        return await self._pipeline.call(
            ops.DELETE_COLUMN_CONNECTION_CONFIG, connection_id, schema_name, table_name, column_name
        )


_LEVELS = ("schemas", "tables", "columns")
_SETTABLE = {
    Schema: ("enabled", "tables"),
    Table: ("enabled", "sync_mode", "columns"),
    Column: ("enabled", "hashed", "is_primary_key"),
}


def _settable(value: Any, name: str) -> Any:
    """Return a part of a configuration with its models as mappings of what can be set.

    Raises:
        ArgumentError: It is nested too deep, or holds itself.
    """
    with finite(name):
        return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Schema | Table | Column):
        fields = {name: getattr(value, name) for name in _SETTABLE[type(value)]}
        return {name: _plain(item) for name, item in fields.items() if item is not None and item != {}}
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in cast("Mapping[Any, Any]", value).items()}
    return value


def _check_config(schemas: Any, schema_change_handling: Any) -> None:
    check_choice(schema_change_handling, "schema_change_handling", SchemaChangeHandling)
    if schemas is not UNSET:
        _check_named(schemas, "schemas", _LEVELS[1:])


def _named(items: Any, place: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    if not isinstance(items, Mapping) or not items:
        raise ArgumentError(f"{place} must be a mapping by name with at least one in it, not {items!r}")
    for name, item in cast("Mapping[Any, Any]", items).items():
        if not isinstance(item, Mapping):
            raise ArgumentError(f"{place}[{name!r}] must be a mapping, not {type(item).__name__}")
        yield cast("Mapping[str, Any]", item), f"{place}[{name!r}]"


def _check_named(items: Any, place: str, below: tuple[str, ...]) -> None:
    if not isinstance(items, Mapping):
        raise ArgumentError(f"{place} must be a mapping by name, not {type(items).__name__}")
    for name, item in cast("Mapping[Any, Any]", items).items():
        if not isinstance(item, Mapping):
            raise ArgumentError(f"{place}[{name!r}] must be a mapping with 'enabled', not {type(item).__name__}")
        _check_level(cast("Mapping[str, Any]", item), f"{place}[{name!r}].", below)


def _check_level(item: Mapping[str, Any], place: str, below: tuple[str, ...]) -> None:
    if not isinstance(item.get("enabled"), bool):
        # The API wants it wherever something is named, and silence would be taken for no change.
        raise ArgumentError(f"{place}enabled must be True or False at each level that is named")
    check_flags(**{f"{place}{name}": item.get(name, UNSET) for name in ("hashed", "is_primary_key")})
    check_choice(item.get("sync_mode", UNSET), f"{place}sync_mode", SyncMode)
    if below and item.get(below[0], UNSET) is not UNSET:
        _check_named(item[below[0]], f"{place}{below[0]}", below[1:])
