"""The schema config of one connection: shown as the API shows it, changed as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.engine import sources
from fivetran_async.sandbox.engine.schemas import ALLOW_ALL, choice, exists, record_of
from fivetran_async.sandbox.replies import RefusalError, invalid

HISTORY: Final = "HISTORY"
SYNC_MODES: Final = ("SOFT_DELETE", HISTORY, "LIVE")


class SchemaConfig:
    """The config of one connection, to be shown and changed.

    Args:
        connection: A connection that has one.
        live: Whether its source is asked now, also when it was never read.

    Raises:
        RefusalError: It has none yet.
    """

    def __init__(self, connection: JsonObject, *, live: bool = False) -> None:
        if not exists(connection):
            message = f"Schema config of connection '{connection['id']}' doesn't exist"
            raise RefusalError(404, message, "NotFound_SchemaConfig")
        self._connection = connection
        self._record = record_of(connection)
        # Of a source that was never read nothing is known: not what is locked in it, and not what is missing.
        self._unread = self._record.get("ahead", False) and not live
        self._source: JsonObject = {"schemas": {}} if self._unread else sources.of(connection)
        known: Mapping[str, Iterable[str]] | None = self._record.get("known")
        if known is None:
            known = {schema: sources.tables_of(self._source, schema) for schema in self._source["schemas"]}
        self._known = known
        self._gone = {schema: frozenset(tables) for schema, tables in self._record.get("gone", {}).items()}

    def view(self) -> JsonObject:
        """Return the whole config as the API shows it: of the columns only those that somebody decided about."""
        handling = self._record.get("handling", ALLOW_ALL)
        return {
            "enable_new_by_default": handling == ALLOW_ALL,
            "schema_change_handling": handling,
            "schemas": {schema: self._schema_view(schema) for schema in self._known},
        }

    def enabled_tables(self) -> Iterator[tuple[str, str]]:
        """Yield the tables that are synced, each with its schema."""
        for schema, tables in self._known.items():
            if self._schema_enabled(schema):
                gone = self._gone.get(schema, ())
                yield from (
                    (schema, table) for table in tables if table not in gone and self._table_enabled(schema, table)
                )

    def columns_view(self, schema: str, table: str) -> JsonObject:
        """Return all columns of a table, as the source has them now."""
        self._find(schema, table)
        self._want_columns_config(schema, table)
        enabled = self._table_enabled(schema, table)
        columns = self._columns(schema, table)
        chosen = self._chosen_columns(schema, table)
        every = [*columns, *(name for name in chosen if name not in columns)]
        return {"columns": {name: self._column_view(name, columns, chosen, enabled=enabled) for name in every}}

    def set_policy(self, handling: str | None, type_locked: bool | None) -> None:
        """Set what happens to what is new at the source, and whether types may change."""
        if handling is not None:
            self._record["handling"] = handling
        if type_locked is not None:
            self._record["type_locked"] = type_locked
        self._keep()

    def change(self, wanted: Mapping[str, JsonObject]) -> dict[str, list[str]]:
        """Decide about schemas, tables and columns; all of it or, when one part is refused, nothing.

        Args:
            wanted: By schema its `enabled` and `tables`; by table its `enabled`, `sync_mode` and `columns`; by column
                its `enabled`, `hashed` and `is_primary_key`. What is left out stays as it is.

        Returns:
            The tables that were excluded and now are not, by schema.
        """
        for schema, given in wanted.items():
            self._find(schema)
            for table, about in given.get("tables", {}).items():
                self._check_table(schema, table, about)
        enabled: dict[str, list[str]] = {}
        for schema, given in wanted.items():
            if given.get("enabled") not in {None, self._schema_enabled(schema)}:
                choice(self._record, schema)["enabled"] = given["enabled"]
            tables: dict[str, JsonObject] = given.get("tables", {})
            included = [table for table, about in tables.items() if self._decide(schema, table, about)]
            if included:
                enabled[schema] = included
        self._keep()
        return enabled

    def drop(self, wanted: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        """Drop blocked columns in the destination; all of them or, when one is refused, none.

        What is still at the source stays blocked; what is not there any more is forgotten.

        Args:
            wanted: By schema and table, the names of columns.
        """
        named = [(schema, table, names) for schema, tables in wanted.items() for table, names in tables.items()]
        for schema, table, names in named:
            self._check_drop(schema, table, names)
        for schema, table, names in named:
            columns, chosen = self._columns(schema, table), self._chosen_columns(schema, table)
            for name in names:
                if self._is_gone(name, columns):
                    chosen.pop(name, None)

    def find_tables(self, wanted: Mapping[str, Iterable[str]]) -> None:
        """Refuse schemas and tables that the config does not know."""
        for schema, tables in wanted.items():
            self._find(schema)
            for table in tables:
                self._find(schema, table)

    def _find(self, schema: str, table: str | None = None) -> None:
        if schema not in self._known:
            raise _unknown("Schema", schema)
        if table is not None and table not in self._known[schema]:
            raise _unknown("Table", f"{schema}.{table}")

    def _described(self, schema: str, table: str) -> JsonObject:
        return sources.tables_of(self._source, schema).get(table) or {}

    def _columns(self, schema: str, table: str) -> dict[str, JsonObject]:
        if table not in sources.tables_of(self._source, schema):
            return {}
        return sources.columns_of(self._connection, schema, table, self._described(schema, table))

    def _is_gone(self, column: str, columns: Mapping[str, JsonObject]) -> bool:
        return column not in columns and not self._unread

    def _chosen(self, schema: str) -> JsonObject:
        return self._record.get("chosen", {}).get(schema) or {}

    def _chosen_table(self, schema: str, table: str) -> JsonObject:
        return self._chosen(schema).get("tables", {}).get(table) or {}

    def _chosen_columns(self, schema: str, table: str) -> dict[str, JsonObject]:
        return self._chosen_table(schema, table).get("columns") or {}

    def _schema_enabled(self, schema: str) -> bool:
        return bool(self._chosen(schema).get("enabled", self._record.get("base", True)))

    def _table_enabled(self, schema: str, table: str) -> bool:
        described = self._described(schema, table)
        usual = "locked" in described or self._record.get("base", True)
        return bool(self._chosen_table(schema, table).get("enabled", described.get("enabled", usual)))

    def _table_lock(self, schema: str, table: str) -> JsonObject:
        return _lock(self._described(schema, table), gone=table in self._gone.get(schema, ()))

    def _schema_view(self, schema: str) -> JsonObject:
        return {
            "name_in_destination": sources.destination_schema(self._connection, schema),
            "enabled": self._schema_enabled(schema),
            "tables": {table: self._table_view(schema, table) for table in self._known[schema]},
        }

    def _table_view(self, schema: str, table: str) -> JsonObject:
        described, chosen = self._described(schema, table), self._chosen_table(schema, table)
        enabled = self._table_enabled(schema, table)
        history = sources.keeps_history(self._connection, described)
        touched: dict[str, JsonObject] = chosen.get("columns") or {}
        columns = self._columns(schema, table) if touched else {}
        shown: JsonObject = {
            "name_in_destination": sources.destination_name(self._connection, table),
            "enabled": enabled,
            "enabled_patch_settings": self._table_lock(schema, table),
            "columns": {name: self._column_view(name, columns, touched, enabled=enabled) for name in touched},
            "supports_columns_config": sources.has_columns_config(self._connection, described),
            "supports_history_mode": history,
        }
        mode = chosen.get("sync_mode", SYNC_MODES[0] if history else None)
        return shown if mode is None else {"sync_mode": mode} | shown

    def _column_view(
        self, name: str, columns: Mapping[str, JsonObject], chosen: Mapping[str, JsonObject], *, enabled: bool
    ) -> JsonObject:
        described, decided = columns.get(name) or {}, chosen.get(name) or {}
        return {
            "name_in_destination": sources.destination_name(self._connection, name),
            "enabled": _column_enabled(described, decided, enabled=enabled),
            "hashed": decided.get("hashed", False),
            "enabled_patch_settings": _lock(described, gone=self._is_gone(name, columns)),
            "is_primary_key": decided.get("is_primary_key", described.get("is_primary_key", False)),
        }

    def _check_table(self, schema: str, table: str, about: JsonObject) -> None:
        self._find(schema, table)
        if about.get("enabled") not in {None, self._table_enabled(schema, table)}:
            _want_unlocked(f"table '{schema}.{table}'", self._table_lock(schema, table))
        history = sources.keeps_history(self._connection, self._described(schema, table))
        if about.get("sync_mode") == HISTORY and not history:
            raise invalid(f"Table '{schema}.{table}' does not support the sync mode {HISTORY}")
        if about.get("columns"):
            self._check_columns(schema, table, about)

    def _check_columns(self, schema: str, table: str, about: JsonObject) -> None:
        self._want_columns_config(schema, table)
        columns, chosen = self._columns(schema, table), self._chosen_columns(schema, table)
        usual = about.get("enabled", self._table_enabled(schema, table))
        for name, given in about["columns"].items():
            if name not in columns and name not in chosen:
                raise _unknown("Column", f"{schema}.{table}.{name}")
            described, decided = columns.get(name) or {}, chosen.get(name) or {}
            if given["enabled"] != _column_enabled(described, decided, enabled=usual):
                _want_unlocked(f"column '{schema}.{table}.{name}'", _lock(described, gone=self._is_gone(name, columns)))

    def _check_drop(self, schema: str, table: str, names: Sequence[str]) -> None:
        self._find(schema, table)
        self._want_columns_config(schema, table)
        columns, chosen = self._columns(schema, table), self._chosen_columns(schema, table)
        enabled = self._table_enabled(schema, table)
        for name in names:
            if name not in columns and name not in chosen:
                raise _unknown("Column", f"{schema}.{table}.{name}")
            if _column_enabled(columns.get(name) or {}, chosen.get(name) or {}, enabled=enabled):
                raise RefusalError(409, f"Column '{schema}.{table}.{name}' is not blocked")

    def _want_columns_config(self, schema: str, table: str) -> None:
        if not sources.has_columns_config(self._connection, self._described(schema, table)):
            raise invalid(f"Table '{schema}.{table}' does not support the configuration of columns")

    def _decide(self, schema: str, table: str, about: JsonObject) -> bool:
        """Keep what was decided about a table; tell whether it is included anew."""
        before = self._table_enabled(schema, table)
        after = about.get("enabled", before)
        if after != before:
            choice(self._record, schema, table)["enabled"] = after
        if about.get("sync_mode") is not None:
            choice(self._record, schema, table)["sync_mode"] = about["sync_mode"]
        if about.get("columns"):
            columns = choice(self._record, schema, table).setdefault("columns", {})
            for name, given in about["columns"].items():
                columns[name] = columns.get(name, {}) | given
        return bool(after and not before)

    def _keep(self) -> None:
        self._connection["sandbox"]["schemas"] = self._record


def _column_enabled(described: JsonObject, decided: JsonObject, *, enabled: bool) -> bool:
    # A column that nobody decided about follows its table, unless it cannot be excluded at all.
    return bool(decided.get("enabled", described.get("enabled", "locked" in described or enabled)))


def _lock(described: JsonObject, *, gone: bool) -> JsonObject:
    code: Any = sources.DELETED if gone else described.get("locked")
    if code is None:
        return {"allowed": True}
    shown: JsonObject = {"allowed": False, "reason_code": code}
    return shown | {"reason": described.get("reason", "It cannot be changed")} if code == sources.OTHER else shown


def _want_unlocked(what: str, lock: JsonObject) -> None:
    # That the API refuses this, rather than to ignore it, is not documented.
    if not lock["allowed"]:
        why = lock.get("reason", lock["reason_code"])
        raise invalid(f"Field 'enabled' of {what} cannot be changed: {why}")


def _unknown(kind: str, name: str) -> RefusalError:
    # The code strings of these are not documented; they follow those that are.
    return RefusalError(404, f"{kind} with name '{name}' doesn't exist", f"NotFound_{kind}")
