"""How a schema configuration differs from the one that is desired; only what is named in the desired one counts."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from fivetran_async.models.schemas import Column, Schema, SchemaConfig, Table

M = TypeVar("M", Schema, Table, Column)
T = TypeVar("T")


def differences(desired: SchemaConfig, actual: SchemaConfig) -> Iterator[str]:
    """Return each difference in words.

    Args:
        desired: How it should be; what is None in it is not compared.
        actual: How it is.
    """
    handling, wanted = actual.schema_change_handling, desired.schema_change_handling
    if wanted is not None and handling != wanted:
        yield f"schema_change_handling is {handling}, not {wanted}"
    for name, schema in _items(desired.schemas):
        found = (actual.schemas or {}).get(name)
        if found is None:
            if schema.enabled is not False:
                yield f"{name} is not there"
            continue
        yield from _fields(name, schema, found, "enabled", "name_in_destination")
        for table_name, table in _items(schema.tables):
            yield from _table(f"{name}.{table_name}", table, (found.tables or {}).get(table_name))


def _table(name: str, desired: Table, actual: Table | None) -> Iterator[str]:
    if actual is None:
        if desired.enabled is not False:
            yield f"{name} is not there"
        return
    yield from _fields(name, desired, actual, "enabled", "name_in_destination", "sync_mode")
    # A column that nobody ever touched is not listed: it follows its table, and is not hashed.
    untouched = Column(enabled=actual.enabled, hashed=False)
    for column_name, column in _items(desired.columns):
        yield from _fields(
            f"{name}.{column_name}", column, (actual.columns or {}).get(column_name, untouched), "enabled", "hashed"
        )


def _fields(name: str, desired: M, actual: M, *fields: str) -> Iterator[str]:
    for field in fields:
        wanted, found = getattr(desired, field), getattr(actual, field)
        if wanted is not None and found is not None and wanted != found:
            yield f"{field} of {name} is {_text(found)}, not {_text(wanted)}"


def _items(items: Mapping[str, T] | None) -> Iterator[tuple[str, T]]:
    return iter((items or {}).items())


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
