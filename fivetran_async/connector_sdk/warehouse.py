"""A DuckDB file as the destination of a connector: typed tables, written batch by batch."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from fivetran_async._forks import loading
from fivetran_async.connector_sdk._pending import Change, Pending
from fivetran_async.connector_sdk._tables import Table
from fivetran_async.connector_sdk._types import BINARY, TYPES, ColumnType, decimal
from fivetran_async.errors import ArgumentError, ConfigError

if TYPE_CHECKING:
    import duckdb

DELETED: Final = "_fivetran_deleted"
SYNCED: Final = "_fivetran_synced"
MOST_PENDING: Final = 20_000
"""How many rows wait in memory before they are written."""

_STAGE: Final = "fivetran_stage"


class Warehouse:
    """The tables of one schema in a DuckDB file. What is written counts when it is committed."""

    def __init__(self, path: Path, schema: str, tables: Mapping[str, Table], *, memory: str | None = None) -> None:
        """Open the file, which is made where it does not exist.

        Args:
            path: The file.
            schema: The schema that the tables are in.
            tables: What `schema()` describes.
            memory: How much memory DuckDB may take, such as `256MB`.

        Raises:
            ArgumentError: It cannot be opened, such as when another process has it open.
            ConfigError: DuckDB is not installed.
        """
        self._schema: Final = schema
        self._tables: Final = dict(tables)
        self._pending: Final[dict[str, Pending]] = {}
        self._connection, self._error = _opened(
            path, {} if memory is None else {"memory_limit": memory, "threads": "1"}
        )
        self._folder: Final = tempfile.TemporaryDirectory(prefix="fivetran-stage-")
        try:
            # A file may be called like the schema in it, and then the name of either alone says nothing.
            found = self._run("SELECT current_database()").fetchone()
            self._place: Final = f"{quoted('' if found is None else str(found[0]))}.{quoted(schema)}"
            self._run("BEGIN")
            self._run(f"CREATE SCHEMA IF NOT EXISTS {self._place}")
            for table in self._tables.values():
                self._shape(self.pending(table.name))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop what was not committed, and close the file."""
        self._connection.close()
        self._folder.cleanup()

    def pending(self, table: str) -> Pending:
        """Return the changes of a table, which need not be in the schema."""
        found = self._pending.get(table)
        if found is None:
            if not isinstance(table, str) or not table:
                raise TypeError(f"the name of a table must be a text, not {table!r}")
            stored = {name: kind for name, kind in self._stored(table).items() if name not in {DELETED, SYNCED}}
            found = self._pending[table] = Pending(self._tables.get(table, Table(table)), stored)
        return found

    def relieve(self, pending: Pending, now: datetime) -> None:
        """Write the changes of a table if there are many, so that memory is bounded."""
        if len(pending.changes) >= MOST_PENDING:
            self._write(pending, now)

    def truncate(self, pending: Pending, now: datetime) -> None:
        """Mark all rows of a table as deleted."""
        self._write(pending, now)
        pending.counts["truncates"] += 1
        self._run(f"UPDATE {self._name(pending)} SET {DELETED} = true, {SYNCED} = ? WHERE NOT {DELETED}", [now])

    def commit(self, now: datetime) -> None:
        """Make all that was sent count."""
        for pending in self._pending.values():
            self._write(pending, now)
        self._run("COMMIT")
        self._run("BEGIN")

    def drop(self) -> None:
        """Drop what was not committed."""
        for pending in self._pending.values():
            pending.take()
        self._run("ROLLBACK")
        self._run("BEGIN")

    def rows(self) -> dict[str, int]:
        """Return how many rows each table has, without those that are deleted."""
        counts: dict[str, int] = {}
        for name, pending in self._pending.items():
            self._shape(pending)
            found = self._run(f"SELECT count(*) FROM {self._name(pending)} WHERE NOT {DELETED}").fetchone()
            counts[name] = 0 if found is None else int(found[0])
        return counts

    def counts(self) -> dict[str, Mapping[str, int]]:
        """Return how many operations were sent, by table and operation."""
        return {name: pending.counts for name, pending in self._pending.items()}

    def _write(self, pending: Pending, now: datetime) -> None:
        self._shape(pending)
        changes = pending.take()
        whole = [change for change in changes if change.whole]
        self._replace(pending, [change for change in whole if not change.deleted], now, deleted=False)
        self._replace(pending, [change for change in whole if change.deleted], now, deleted=True)
        parts: dict[tuple[bool, tuple[str, ...]], list[Change]] = {}
        for change in changes:
            if not change.whole:
                parts.setdefault((change.deleted, tuple(change.values)), []).append(change)
        for (deleted, columns), some in parts.items():
            self._change(pending, columns, some, now, deleted=deleted)

    def _replace(self, pending: Pending, changes: Sequence[Change], now: datetime, *, deleted: bool) -> None:
        if not changes:
            return
        columns = _typed(pending, dict.fromkeys(name for change in changes for name in change.values))
        self._stage(pending, columns, changes)
        name = self._name(pending)
        self._run(f"DELETE FROM {name} AS t USING {_STAGE} AS s WHERE {_matches(pending.key)}")
        listed = ", ".join(map(quoted, columns))
        # The rest of a row is null: an upsert is the whole row.
        self._run(
            f"INSERT INTO {name} ({listed}, {DELETED}, {SYNCED}) SELECT {listed}, ?, ? FROM {_STAGE}", [deleted, now]
        )

    def _change(
        self, pending: Pending, columns: Sequence[str], changes: Sequence[Change], now: datetime, *, deleted: bool
    ) -> None:
        columns = _typed(pending, columns)
        self._stage(pending, columns, changes)
        values = [f"{quoted(name)} = s.{quoted(name)}" for name in columns if name not in pending.key]
        changed = ", ".join([*values, f"{SYNCED} = ?", *([f"{DELETED} = true"] if deleted else [])])
        self._run(
            f"UPDATE {self._name(pending)} AS t SET {changed} FROM {_STAGE} AS s WHERE {_matches(pending.key)}", [now]
        )

    def _stage(self, pending: Pending, columns: Iterable[str], changes: Sequence[Change]) -> None:
        path = Path(self._folder.name) / "rows.json"
        encoder = msgspec.json.Encoder()
        with path.open("wb") as file:
            for row in pending.encoded(changes):
                file.write(encoder.encode(row))
                file.write(b"\n")
        types = {name: pending.columns[name].stored for name in columns}
        # Bytes come as base64.
        read = ", ".join(f"{text(name)}: {text('VARCHAR' if kind == BINARY else kind)}" for name, kind in types.items())
        chosen = ", ".join(
            f"from_base64({quoted(name)}) AS {quoted(name)}" if kind == BINARY else quoted(name)
            for name, kind in types.items()
        )
        self._run(
            f"CREATE OR REPLACE TEMP TABLE {_STAGE} AS SELECT {chosen} FROM "
            f"read_json({text(str(path))}, format = 'newline_delimited', columns = {{{read}}})"
        )

    def _shape(self, pending: Pending) -> None:
        """Make the table, and let it have the columns and the types that its rows want."""
        stored = self._stored(pending.table.name)
        wanted = {name: kind.stored for name, kind in pending.columns.items()}
        if not stored:
            columns = "".join(f"{quoted(name)} {kind}, " for name, kind in wanted.items())
            self._run(
                f"CREATE TABLE IF NOT EXISTS {self._name(pending)} "
                f"({columns}{DELETED} BOOLEAN DEFAULT false, {SYNCED} TIMESTAMPTZ)"
            )
            stored = self._stored(pending.table.name)
        for name, kind in wanted.items():
            if name not in stored:
                self._run(f"ALTER TABLE {self._name(pending)} ADD COLUMN {quoted(name)} {kind}")
            elif stored[name].stored != kind:
                self._retype(pending, name, stored[name].stored, kind)

    def _retype(self, pending: Pending, name: str, before: str, kind: str) -> None:
        # What a blob is as a text, here and in what is read from now on.
        value = f"to_base64({quoted(name)})" if before == BINARY else f"CAST({quoted(name)} AS {kind})"
        try:
            self._run(f"ALTER TABLE {self._name(pending)} ALTER COLUMN {quoted(name)} TYPE {kind} USING {value}")
        except self._error as error:
            raise ArgumentError(
                f"{pending.table.name}.{name} is stored as {before}, and cannot become {kind}: begin with a new file "
                f"({str(error).splitlines()[0]})"
            ) from None

    def _stored(self, table: str) -> dict[str, ColumnType]:
        """Return the columns that a table has, and their types; none of one that is not there."""
        found = self._run(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = ? AND table_name = ? "
            "AND database_name = current_database()",
            [self._schema, table],
        ).fetchall()
        return {name: _of_stored(kind) for name, kind in found}

    def _name(self, pending: Pending) -> str:
        return f"{self._place}.{quoted(pending.table.name)}"

    def _run(self, sql: str, values: Sequence[Any] = ()) -> "duckdb.DuckDBPyConnection":
        return self._connection.execute(sql, list(values))


def _opened(path: Path, settings: dict[str, str]) -> "tuple[duckdb.DuckDBPyConnection, type[Exception]]":
    with loading():
        try:
            import duckdb  # noqa: PLC0415 - of the extra `connector`
        except ImportError:
            raise ConfigError("a connector runs into DuckDB: pip install 'fivetran-async[connector]'") from None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = duckdb.connect(str(path), config={"autoinstall_known_extensions": "false", **settings})
    except (OSError, duckdb.Error) as error:
        raise ArgumentError(f"{path} cannot be opened as a DuckDB file: {error}") from None
    connection.execute("SET TimeZone = 'UTC'")
    return connection, duckdb.Error


def _typed(pending: Pending, columns: Iterable[str]) -> list[str]:
    # What has been null until now has no type yet, and no column.
    return [name for name in columns if name in pending.columns]


def _of_stored(kind: str) -> ColumnType:
    if kind.startswith("DECIMAL("):
        precision, _, scale = kind.removeprefix("DECIMAL(").removesuffix(")").partition(",")
        return decimal(int(precision), int(scale))
    spelt = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}.get(kind, kind)
    return next((known for known in TYPES.values() if known.stored == spelt), TYPES["STRING"])


def _matches(key: Iterable[str]) -> str:
    return " AND ".join(f"t.{quoted(name)} = s.{quoted(name)}" for name in key)


def quoted(name: str) -> str:
    """Return a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Return a text as SQL has it."""
    return "'" + value.replace("'", "''") + "'"
