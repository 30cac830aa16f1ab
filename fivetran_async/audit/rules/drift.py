"""Rules about what a schema configuration should be: what `schema_plan` would change, if it were applied."""

from collections.abc import Iterator
from datetime import datetime

from fivetran_async.audit.findings import Hit
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy, matches
from fivetran_async.audit.rules._words import named
from fivetran_async.models.connections import Connection
from fivetran_async.models.schemas import SchemaConfig, TableColumns
from fivetran_async.schema_plan.desired import Desired
from fivetran_async.schema_plan.planning import plan
from fivetran_async.schema_plan.plans import SchemaPlan, Setting
from fivetran_async.schema_plan.view import SchemaView, as_view


def drift(inventory: Inventory, _now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find connections whose configuration is not as it is desired, as far as the configuration says it."""
    for connection, config, desired in _wanted(inventory, policy):
        found = _off(plan(config, desired))
        if found:
            yield Hit(connection, named(found), tuple(found))


def column_drift(inventory: Inventory, _now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find what of that only the source's columns say, which a configuration leaves out while nobody sets them."""
    for connection, config, desired in _wanted(inventory, policy):
        read = inventory.columns.get(connection.id)
        if read is not None:
            known = _off(plan(config, desired))
            found = [it for it in _off(plan(_with_columns(config, read), desired)) if it not in known]
            if found:
                yield Hit(connection, named(found), tuple(found))


def _wanted(inventory: Inventory, policy: Policy) -> Iterator[tuple[Connection, SchemaConfig, Desired]]:
    for connection_id, config in inventory.schemas.items():
        connection = inventory.connections.get(connection_id)
        if connection is None:
            continue
        for pattern, desired in policy.desired.items():
            if matches(connection.id, [pattern]) or matches(connection.schema or "", [pattern]):
                yield connection, config, desired


def _off(todo: SchemaPlan) -> list[str]:
    """Return what is not as desired, whether or not it can be changed, in words."""
    missing = todo.missing if todo.on_missing == "error" else ()
    return [*map(_said, (*todo.changes, *todo.blocked)), *map(str, missing)]


def _said(setting: Setting) -> str:
    of = f" of {setting.full_name}" if setting.parts else ""
    return f"{setting.name}{of} is {_text(setting.before)}, not {_text(setting.after)}"


def _text(value: object) -> str:
    return "as its table" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _with_columns(config: SchemaConfig, read: SchemaConfig) -> SchemaView:
    tables = {
        (schema_name, table_name): TableColumns(columns=table.columns)
        for schema_name, schema in (read.schemas or {}).items()
        for table_name, table in (schema.tables or {}).items()
        if table.columns is not None
    }
    return as_view(config).with_read(tables, ())
