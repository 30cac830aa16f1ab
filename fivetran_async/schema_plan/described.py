"""A schema configuration written as a desired state: plain data, always in the same order."""

from collections.abc import Iterable, Mapping
from typing import Any

from fivetran_async.models.schemas import Column, SchemaConfig, Table
from fivetran_async.schema_plan.view import SchemaView


def desired_of(current: SchemaView | SchemaConfig) -> dict[str, Any]:
    """Write a schema configuration as the desired state that it is.

    Planned against the configuration that it was made of, it changes nothing. It holds what can be set, and nothing
    else: of the columns those that the API lists, which a user has touched. Columns that follow their table are left
    out even where they were read.

    Args:
        current: The configuration, or a view of it.

    Returns:
        Plain data for YAML or JSON; the order of all names is that of the alphabet.
    """
    config = current.config if isinstance(current, SchemaView) else current
    found: dict[str, Any] = {}
    if config.schema_change_handling is not None:
        found["schema_change_handling"] = str(config.schema_change_handling)
    schemas = {
        name: _given(enabled=schema.enabled) | _under("tables", {n: _table(t) for n, t in _sorted(schema.tables)})
        for name, schema in _sorted(config.schemas)
    }
    return found | _under("schemas", schemas)


def _table(table: Table) -> dict[str, Any]:
    mode = None if table.sync_mode is None else str(table.sync_mode)
    columns = {name: _column(column) for name, column in _sorted(table.columns)}
    return _given(enabled=table.enabled, sync_mode=mode) | _under("columns", columns)


def _column(column: Column) -> dict[str, Any]:
    return _given(enabled=column.enabled, hashed=column.hashed, is_primary_key=column.is_primary_key)


def _given(**settings: Any) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def _under(name: str, items: Mapping[str, Any]) -> dict[str, Any]:
    return {name: items} if items else {}


def _sorted(items: Mapping[str, Any] | None) -> Iterable[tuple[str, Any]]:
    return sorted((items or {}).items())
