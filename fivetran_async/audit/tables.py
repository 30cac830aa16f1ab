"""Which tables connections load: what one audit leaves behind for the next to compare with."""

from collections.abc import Iterator

from fivetran_async.audit.inventory import Inventory
from fivetran_async.models.schemas import Schema, SchemaConfig, Table


def loaded_tables(inventory: Inventory) -> dict[str, dict[str, bool]]:
    """Return whether each table is loaded, by connection and then by `schema.table`, in the source's names.

    It is plain JSON, and what `Policy.previous` takes.

    Args:
        inventory: What an audit read, schemas included.
    """
    return {connection_id: tables_of(config) for connection_id, config in inventory.schemas.items()}


def tables_of(config: SchemaConfig) -> dict[str, bool]:
    """Return whether each table of one connection is loaded, by `schema.table`."""
    return {name: is_loaded(schema, table) for name, schema, table in every_table(config)}


def every_table(config: SchemaConfig) -> Iterator[tuple[str, Schema, Table]]:
    """Return all tables, each with its name as `schema.table` and its schema."""
    for schema_name, schema in (config.schemas or {}).items():
        for table_name, table in (schema.tables or {}).items():
            yield f"{schema_name}.{table_name}", schema, table


def is_loaded(schema: Schema, table: Table) -> bool:
    """Return whether a table is known to be loaded: it is enabled, and so is its schema."""
    return schema.enabled is True and table.enabled is True
