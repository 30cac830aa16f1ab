"""Schema configs: what Fivetran knows of a source, and what users decided that differs from the default.

A connection that was never looked at keeps nothing, so that thousands of them stay cheap: its config is worked out from
its source. What was decided, and what is known of a source that can change, stands in its `Record`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, TypedDict

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.engine import sources
from fivetran_async.sandbox.replies import RefusalError

ALLOW_ALL: Final = "ALLOW_ALL"
ALLOW_COLUMNS: Final = "ALLOW_COLUMNS"
BLOCK_ALL: Final = "BLOCK_ALL"
HANDLINGS: Final = (ALLOW_ALL, ALLOW_COLUMNS, BLOCK_ALL)

PRESERVE: Final = "PRESERVE"
EXCLUDE: Final = "EXCLUDE"
INCLUDE: Final = "INCLUDE"
EXCLUDE_MODES: Final = (PRESERVE, EXCLUDE, INCLUDE)

Known: TypeAlias = dict[str, dict[str, list[str] | None]]
"""By schema and table the columns, where the source names them."""


class Record(TypedDict, total=False):
    """What is kept of a schema config, under `schemas` in a connection's `sandbox`."""

    handling: str
    """The `schema_change_handling`; left out, `ALLOW_ALL`."""
    type_locked: bool
    """The `is_type_locked` that was sent last."""
    base: bool
    """Whether a schema or table is enabled that nobody decided about; left out, true."""
    ahead: bool
    """Whether it was set before the source was read for the first time; left out, false."""
    known: Known
    """The schemas and tables that were found, with their columns where the source names them; left out, all of them."""
    gone: dict[str, list[str]]
    """The known tables that the last look at the source did not find."""
    chosen: dict[str, JsonObject]
    """What was decided, in the shape of a change: by schema, table and column."""


def exists(connection: JsonObject) -> bool:
    """Tell whether there is a config: since the first successful sync, reload, setup test by request, or create."""
    return "schemas" in connection["sandbox"] or connection["succeeded_at"] is not None


def plant(connection: JsonObject) -> JsonObject:
    """Return the live source of a connection, all its columns written out.

    What is added to it or removed from it is found by the next reload, setup test by request, or successful sync.
    """
    own: JsonObject = connection["sandbox"]
    record = record_of(connection) if exists(connection) else None
    if not sources.is_planted(connection):
        own["source"] = sources.written_out(connection)
        if record is not None:
            record.setdefault("known", _names(own["source"]))
            own["schemas"] = record
    source: JsonObject = own["source"]
    return source


def synced(connection: JsonObject) -> None:
    """Take in what a successful sync found at the source."""
    if "schemas" in connection["sandbox"] or sources.is_planted(connection):
        discover(connection)


def discover(connection: JsonObject, mode: str = PRESERVE) -> None:
    """Look at the source and take in what is new there and what is gone.

    Args:
        connection: Whose source it is.
        mode: `PRESERVE` enables what is new as the schema change handling says and keeps all else; `EXCLUDE` disables
            and `INCLUDE` enables everything that is not locked.
    """
    record = record_of(connection)
    first = "schemas" not in connection["sandbox"]
    connection["sandbox"]["schemas"] = record
    record.pop("ahead", None)
    if not first:
        _merge(connection, record)
    if mode != PRESERVE:
        _forget_enabled(record.get("chosen", {}))
        record["base"] = mode == INCLUDE


def create(connection: JsonObject, schemas: dict[str, JsonObject], handling: str | None) -> None:
    """Set a config before the source is read; what that turns out not to have counts as deleted from then on."""
    if exists(connection):
        # What the API answers here is not documented; overwriting what exists would hide a caller's mistake.
        raise RefusalError(409, f"Schema config of connection '{connection['id']}' already exists")
    known: Known = {schema: dict.fromkeys(given.get("tables", {})) for schema, given in schemas.items()}
    record = Record(ahead=True, known=known, chosen=schemas)
    if handling is not None:
        record["handling"] = handling
    connection["sandbox"]["schemas"] = record


def record_of(connection: JsonObject) -> Record:
    """Return what is kept of a config; of one that was never looked at something new, which is not kept yet."""
    own: JsonObject = connection["sandbox"]
    record: Record | None = own.get("schemas")
    if record is None:
        record = Record()
        if sources.is_planted(connection):
            record["known"] = _names(own["source"])
            if connection["succeeded_at"] is not None:
                # What is planted from now on is new to a connection that has synced.
                own["schemas"] = record
    return record


def choice(record: Record, schema: str, table: str | None = None) -> JsonObject:
    """Return what was decided about a schema or a table, to be written to."""
    chosen: JsonObject = record.setdefault("chosen", {}).setdefault(schema, {})
    return chosen if table is None else chosen.setdefault("tables", {}).setdefault(table, {})


def _names(source: JsonObject) -> Known:
    return {
        schema: {
            table: list(about["columns"]) if about.get("columns") is not None else None
            for table, about in sources.tables_of(source, schema).items()
        }
        for schema in source["schemas"]
    }


def _merge(connection: JsonObject, record: Record) -> None:
    if not sources.is_planted(connection) and "known" not in record:
        return
    known = record.setdefault("known", _names(sources.made_up(connection)))
    found = _names(sources.of(connection))
    for schema, tables in found.items():
        if schema not in known:
            known[schema] = {}
            _admit(record, schema)
        for table, columns in tables.items():
            if table not in known[schema]:
                _admit(record, schema, table)
            elif record.get("handling") == BLOCK_ALL:
                _block(record, schema, table, known[schema][table], columns)
            known[schema][table] = columns
    gone = {schema: [name for name in tables if name not in found.get(schema, {})] for schema, tables in known.items()}
    record["gone"] = {schema: names for schema, names in gone.items() if names}


def _admit(record: Record, schema: str, table: str | None = None) -> None:
    """Enable or disable what is new at the source, as the schema change handling says."""
    enabled = record.get("handling", ALLOW_ALL) == ALLOW_ALL
    if enabled != record.get("base", True):
        choice(record, schema, table)["enabled"] = enabled


def _block(record: Record, schema: str, table: str, before: Sequence[str] | None, after: Sequence[str] | None) -> None:
    if before is None:
        return
    for name in sorted(set(after or ()) - set(before)):
        choice(record, schema, table).setdefault("columns", {}).setdefault(name, {})["enabled"] = False


def _forget_enabled(chosen: Mapping[str, JsonObject]) -> None:
    for given in chosen.values():
        given.pop("enabled", None)
        for about in given.get("tables", {}).values():
            about.pop("enabled", None)
            columns: dict[str, JsonObject] = about.get("columns") or {}
            for column in columns.values():
                column.pop("enabled", None)
