"""The tables that `schema()` describes, read and checked."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import attrs

from fivetran_async.connector_sdk._types import TYPES, ColumnType, decimal
from fivetran_async.errors import ArgumentError

RESERVED: Final = re.compile(r"_fivetran_.*", re.IGNORECASE)
"""Names of columns that are Fivetran's own."""

_KNOWN: Final = frozenset({"table", "primary_key", "columns"})


@attrs.frozen
class Table:
    """A table as `schema()` describes it.

    Attributes:
        name: Its name.
        key: The columns of its primary key; none for a table without.
        columns: The types that are declared, by column.
    """

    name: str
    key: tuple[str, ...] = ()
    columns: Mapping[str, ColumnType] = attrs.field(factory=dict[str, ColumnType], hash=False)


def read_schema(value: object) -> dict[str, Table]:
    """Return the tables that `schema()` returned, by name.

    Raises:
        ArgumentError: It is not what Fivetran takes; the message says where.
    """
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        kind = type(cast("object", value)).__name__
        raise ArgumentError(f"schema() must return a list of tables, not {kind}")
    tables: dict[str, Table] = {}
    for number, item in enumerate(cast("Iterable[Any]", value)):
        table = _table(item, f"schema()[{number}]")
        if table.name.lower() in {name.lower() for name in tables}:
            raise ArgumentError(f"schema() describes the table {table.name} twice")
        tables[table.name] = table
    return tables


def _table(item: Any, where: str) -> Table:
    if not isinstance(item, Mapping):
        raise ArgumentError(f"{where} must be an object with table, primary_key and columns")
    fields = cast("Mapping[str, Any]", item)
    unknown = sorted(map(str, set(fields) - _KNOWN))
    if unknown:
        raise ArgumentError(f"{where}: unknown: {', '.join(unknown)} (known: {', '.join(sorted(_KNOWN))})")
    name = fields.get("table")
    if not isinstance(name, str) or not name.strip():
        raise ArgumentError(f"{where}: table must be a name")
    key: Any = fields.get("primary_key") or ()
    columns: Any = fields.get("columns") or {}
    if not isinstance(key, list | tuple) or not all(isinstance(column, str) for column in cast("list[Any]", key)):
        raise ArgumentError(f"{name}: primary_key must be a list of columns")
    if not isinstance(columns, Mapping):
        raise ArgumentError(f"{name}: columns must be an object of types by column")
    types = {
        str(column): _type(kind, f"{name}.{column}") for column, kind in cast("Mapping[Any, Any]", columns).items()
    }
    names = tuple(cast("Iterable[str]", key))
    own = sorted(column for column in {*types, *names} if RESERVED.fullmatch(column))
    if own:
        raise ArgumentError(f"{name}: {', '.join(own)}: names that begin with _fivetran_ are Fivetran's")
    return Table(name, names, types)


def _type(kind: Any, where: str) -> ColumnType:
    fields: Mapping[str, Any] = cast("Mapping[str, Any]", kind) if isinstance(kind, Mapping) else {"type": kind}
    name: Any = fields.get("type")
    if name == "DECIMAL":
        precision, scale = fields.get("precision"), fields.get("scale")
        if not isinstance(precision, int) or not isinstance(scale, int):
            raise ArgumentError(
                f'{where}: DECIMAL wants its digits: {{"type": "DECIMAL", "precision": 15, "scale": 2}}'
            )
        try:
            return decimal(precision, scale)
        except ValueError as error:
            raise ArgumentError(f"{where}: {error}") from None
    if not isinstance(name, str) or name not in TYPES:
        raise ArgumentError(f"{where}: {name!r} is no type: {', '.join(sorted([*TYPES, 'DECIMAL']))}")
    return TYPES[name]
