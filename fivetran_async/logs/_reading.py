"""How rows of a database become models: names in any case and of both generations, values as any driver gives them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import msgspec

from fivetran_async._converter import structure_model
from fivetran_async.errors import ArgumentError
from fivetran_async.models._base import Model, field_names

M = TypeVar("M", bound=Model)

_OLD: Final = "connector_"
_NEW: Final = "connection_"
# Not of the old generation: what a connection is a configuration of is called so to this day.
_KEPT: Final = frozenset({"connector_type_id"})
# Columns whose text is JSON.
_JSON: Final = frozenset({"message_data", "old_values", "new_values"})
# So many rows are asked of a cursor at a time.
_BATCH: Final = 1000


def read_row(cls: type[M], row: Mapping[str, Any]) -> M:
    """Make a model of one row.

    Raises:
        ArgumentError: The row is no mapping.
    """
    if not isinstance(row, Mapping):
        raise ArgumentError(
            f"a row is a mapping of column names to values, not {type(row).__name__}; for tuples use "
            f"{cls.__name__}.from_rows(cursor) or {cls.__name__}.from_rows(rows, columns=[...])"
        )
    known = field_names(cls)
    values: dict[str, Any] = {}
    for column, value in row.items():
        name = _name(str(column), known)
        # Where both generations are there, that one counts which holds something.
        if values.get(name) is None or (str(column).lower() == name and value is not None):
            values[name] = _value(name, value)
    return structure_model(cls, values)


def read_rows(cls: type[M], rows: Any, columns: Iterable[str] | None) -> Iterator[M]:
    """Make a model of each row of a cursor, or of rows with their column names."""
    if columns is not None and isinstance(columns, str):
        raise ArgumentError(f"columns is a list of names, not the text {columns!r}")
    names = None if columns is None else tuple(columns)
    if names is None and hasattr(rows, "fetchmany"):
        names = column_names(rows)
    return (read_row(cls, _mapping(row, names)) for row in _each(rows))


def column_names(cursor: Any) -> tuple[str, ...]:
    """Return the names of a cursor's columns.

    Raises:
        ArgumentError: It has none, because nothing was executed that gives rows.
    """
    if cursor.description is None:
        raise ArgumentError("the cursor has no rows: execute a SELECT with it first")
    return tuple(str(column[0]) for column in cursor.description)


def _each(rows: Any) -> Iterator[Any]:
    # To iterate over a cursor is an extension of DB-API that not every driver has.
    if not hasattr(rows, "fetchmany"):
        yield from rows
        return
    while batch := rows.fetchmany(_BATCH):
        yield from batch


def _mapping(row: Any, names: Sequence[str] | None) -> Mapping[str, Any]:
    if isinstance(row, Mapping):
        return cast("Mapping[str, Any]", row)
    if names is None:
        raise ArgumentError("rows that are no mappings want their names: columns=[...], or give the cursor itself")
    values = tuple(row)
    if len(values) != len(names):
        raise ArgumentError(f"a row has {len(values)} values, and there are {len(names)} columns")
    return dict(zip(names, values, strict=True))


def _name(column: str, known: Sequence[str]) -> str:
    name = column.lower()
    if name.startswith(_OLD) and name not in _KEPT:
        newer = _NEW + name.removeprefix(_OLD)
        if newer in known:
            return newer
    # Fivetran's own columns begin with an underscore, which a field that one may use does not.
    public = name.removeprefix("_")
    return public if name.startswith("_fivetran_") and public in known else name


def _value(name: str, value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    if isinstance(value, UUID):
        return str(value)
    if name in _JSON and isinstance(value, str | bytes):
        return _decoded(value)
    return value


def _decoded(value: str | bytes) -> Any:
    """Return the object that a text is the JSON of, and every other text as it is."""
    try:
        found: Any = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        found = None
    if isinstance(found, Mapping):
        return cast("Mapping[str, Any]", found)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
