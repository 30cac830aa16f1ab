"""Rules about schema configurations; findings are about the connection and name its tables."""

from collections.abc import Iterator
from datetime import datetime

from fivetran_async.audit.findings import Hit
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy, matches
from fivetran_async.audit.rules._words import named
from fivetran_async.audit.tables import every_table, is_loaded, tables_of
from fivetran_async.models.connections import Connection
from fivetran_async.models.schemas import Column, EnabledPatchSettings, LockReason, SchemaConfig


def change_handling_off_policy(inventory: Inventory, _now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find connections that treat what is new at the source as they may not."""
    allowed = policy.allowed.schema_change_handling
    for connection, config in _with_schemas(inventory):
        handling = config.schema_change_handling
        if allowed is not None and handling and not matches(handling, allowed):
            yield Hit(connection, f"its schema change handling is {handling}, and allowed are {named(allowed)}")


def new_tables(inventory: Inventory, _now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find tables that an earlier moment did not know; a connection that it did not know is not judged."""
    for connection, config in _with_schemas(inventory):
        before = (policy.previous or {}).get(connection.id)
        if before is None:
            continue
        found = [f"{name} ({_state(on)})" for name, on in tables_of(config).items() if name not in before]
        if found:
            yield Hit(connection, f"new since the earlier moment: {named(found)}", tuple(found))


def disabled_tables(inventory: Inventory, _now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find tables that were loaded at an earlier moment and are not any more."""
    for connection, config in _with_schemas(inventory):
        tables = tables_of(config)
        before = (policy.previous or {}).get(connection.id, {})
        off = [name for name, was_on in before.items() if was_on and tables.get(name) is False]
        gone = [f"{name} (gone)" for name, was_on in before.items() if was_on and name not in tables]
        if off or gone:
            yield Hit(
                connection, f"not loaded any more since the earlier moment: {named([*off, *gone])}", (*off, *gone)
            )


def deleted_at_source(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find enabled tables and columns that are not at the source any more."""
    for connection, config in _with_schemas(inventory):
        found = [
            name
            for table_name, schema, table in every_table(config)
            if is_loaded(schema, table)
            for name in (
                [table_name]
                if _deleted(table.enabled_patch_settings)
                else [f"{table_name}.{column}" for column, it in (table.columns or {}).items() if _gone(it)]
            )
        ]
        if found:
            yield Hit(connection, f"enabled, and deleted at the source: {named(found)}", tuple(found))


def personal_columns(inventory: Inventory, _now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find columns that are loaded as they are though their names look personal."""
    looked_for = policy.personal_columns.matcher()
    for connection, config in _with_columns(inventory):
        found = [
            f"{name}.{column}"
            for name, schema, table in every_table(config)
            if is_loaded(schema, table)
            for column, it in (table.columns or {}).items()
            if it.hashed is False
            and it.enabled is not False
            and looked_for(column)
            and not policy.personal_columns.allows(connection.id, f"{name}.{column}")
        ]
        if found:
            yield Hit(connection, f"loaded without hashing: {named(found)}", tuple(found))


def without_primary_key(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find enabled tables of which no column is part of a primary key."""
    for connection, config in _with_columns(inventory):
        found = [
            name
            for name, schema, table in every_table(config)
            if is_loaded(schema, table)
            and table.columns
            and all(column.is_primary_key is False for column in table.columns.values())
        ]
        if found:
            yield Hit(connection, f"no primary key: {named(found)}", tuple(found))


def _with_schemas(inventory: Inventory) -> Iterator[tuple[Connection, SchemaConfig]]:
    for connection_id, config in inventory.schemas.items():
        connection = inventory.connections.get(connection_id)
        if connection is not None:
            yield connection, config


def _with_columns(inventory: Inventory) -> Iterator[tuple[Connection, SchemaConfig]]:
    for connection_id, config in inventory.columns.items():
        connection = inventory.connections.get(connection_id)
        if connection is not None:
            yield connection, config


def _deleted(settings: EnabledPatchSettings | None) -> bool:
    return settings is not None and settings.reason_code == LockReason.DELETED


def _gone(column: Column) -> bool:
    return column.enabled is not False and _deleted(column.enabled_patch_settings)


def _state(on: bool) -> str:
    return "loaded" if on else "not loaded"
