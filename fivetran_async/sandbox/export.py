"""The history as the tables that Fivetran's Platform Connector would write, in a DuckDB file.

What the tables say beyond the history is made up as little as can be:

- LOG has an entry for each event, by the Platform Connector's names, and `records_modified` for each table of a sync;
- INCREMENTAL_MAR counts every row that was written as an active one, and leaves `free_type` empty;
- CONNECTOR_SDK_LOG is empty: no code is run that could write to it.
"""

from __future__ import annotations

import functools
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec

from fivetran_async.sandbox import storage, trail
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.engine import changes, transformations
from fivetran_async.sandbox.engine.entries import SUCCESSFUL, SYNC_END, Entry
from fivetran_async.sandbox.times import stamp

if TYPE_CHECKING:
    import duckdb

Generation: TypeAlias = Literal["connection", "connector"]
"""What the tables call a connection: `connector` as before May 2025."""

SCHEMA: Final = "fivetran_metadata"

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "log": {
        "id": "VARCHAR",
        "time_stamp": "TIMESTAMPTZ",
        "connection_id": "VARCHAR",
        "event": "VARCHAR",
        "message_event": "VARCHAR",
        "message_data": "VARCHAR",
        "sync_id": "VARCHAR",
        "transformation_id": "VARCHAR",
        "_fivetran_synced": "TIMESTAMPTZ",
    },
    "connector_sdk_log": {
        "id": "VARCHAR",
        "event_time": "TIMESTAMPTZ",
        "connection_id": "VARCHAR",
        "sync_id": "VARCHAR",
        "level": "VARCHAR",
        "message": "VARCHAR",
        "message_origin": "VARCHAR",
        "_fivetran_synced": "TIMESTAMPTZ",
    },
    "audit_trail": {
        "id": "VARCHAR",
        "captured_at": "TIMESTAMPTZ",
        "user_id": "VARCHAR",
        "action": "VARCHAR",
        "interaction_method": "VARCHAR",
        "primary_resource_type": "VARCHAR",
        "primary_resource_id": "VARCHAR",
        "secondary_resource_type": "VARCHAR",
        "secondary_resource_id": "VARCHAR",
        "old_values": "VARCHAR",
        "new_values": "VARCHAR",
        "_fivetran_synced": "TIMESTAMPTZ",
    },
    "connection": {
        "connection_id": "VARCHAR",
        "connection_name": "VARCHAR",
        "connector_type_id": "VARCHAR",
        "destination_id": "VARCHAR",
        "connecting_user_id": "VARCHAR",
        "paused": "BOOLEAN",
        "signed_up": "TIMESTAMPTZ",
        "service_version": "VARCHAR",
        "sync_frequency": "BIGINT",
        "deployment_type": "VARCHAR",
        "_fivetran_deleted": "BOOLEAN",
        "_fivetran_synced": "TIMESTAMPTZ",
    },
    "incremental_mar": {
        "connection_name": "VARCHAR",
        "destination_id": "VARCHAR",
        "free_type": "VARCHAR",
        "measured_date": "DATE",
        "schema_name": "VARCHAR",
        "table_name": "VARCHAR",
        "sync_type": "VARCHAR",
        "incremental_rows": "BIGINT",
        "updated_at": "TIMESTAMPTZ",
        "_fivetran_synced": "TIMESTAMPTZ",
    },
    "transformation_runs": {
        "destination_id": "VARCHAR",
        "free_type": "VARCHAR",
        "job_id": "VARCHAR",
        "job_name": "VARCHAR",
        "measured_date": "DATE",
        "model_runs": "BIGINT",
        "project_type": "VARCHAR",
        "updated_at": "TIMESTAMPTZ",
    },
}
"""The tables with their columns, in the names of today."""

# Named after what is a connection now, in the Platform Connector's words.
_CALLED: Final = {changes.TABLE_RESYNCED: "forced_resync_table"}
# How grave it is that a sync ended so; of other ends it is a failure's.
_GRAVITY: Final = {SUCCESSFUL: "INFO", "RESCHEDULED": "WARNING", "CANCELED": "WARNING"}
_GRAVE: Final = frozenset({changes.TESTED[False], transformations.FAILED})

# What DuckDB calls a file while it is open, after its name; said, since a schema may have the same.
_CATALOG: Final = "made"
_encode: Final = msgspec.json.Encoder().encode

Row: TypeAlias = dict[str, Any]
_Put: TypeAlias = Callable[[str, Row], None]


class ExportError(RuntimeError):
    """The history cannot be exported; the message says what to do."""


def load_duckdb() -> Any:
    """Return the library that writes the file.

    Raises:
        ExportError: It is not installed.
    """
    try:
        import duckdb  # noqa: PLC0415 - an extra, and slow to load
    except ModuleNotFoundError as error:
        raise ExportError(
            "exporting the history wants duckdb, which is not installed: pip install 'fivetran-async[sandbox]'"
        ) from error
    return duckdb


def check_target(path: Path) -> None:
    """Find out whether an export could be written.

    Raises:
        ExportError: duckdb is not installed.
        OSError: The file could not be written there.
    """
    load_duckdb()
    storage.check_target(path, "the history")


def export_logs(
    account: Account, path: str | PathLike[str], schema: str = SCHEMA, generation: Generation = "connection"
) -> None:
    """Write the history up to now into a DuckDB file; whoever opens it sees the old one or the new one, never a part.

    Args:
        account: Whose.
        path: The file; one that is there is replaced.
        schema: The schema of the tables.
        generation: What the tables call a connection.

    Raises:
        ExportError: duckdb is not installed.
        OSError: It could not be written; the old file is as it was.
        ValueError: There is no such generation, or no schema of that name can be.
    """
    if generation not in {"connection", "connector"}:
        raise ValueError(f"generation is 'connection' or 'connector', not {generation!r}")
    if not schema or "\0" in schema:
        raise ValueError(f"schema is the name of one, not {schema!r}")
    duckdb = load_duckdb()
    target = Path(path).resolve()
    # In the same folder, for only there is a file moved in one step.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.", suffix=".part") as folder:
        made = Path(folder) / f"{_CATALOG}.duckdb"
        _write_rows(account, Path(folder))
        try:
            with duckdb.connect(str(made)) as connection:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_CATALOG}.{_quoted(schema)}")
                for name in TABLES:
                    _fill(connection, Path(folder) / name, schema, name, generation)
        except duckdb.IOException as error:
            raise OSError(f"cannot write {made}: {error}") from error
        made.replace(target)


def _fill(connection: duckdb.DuckDBPyConnection, file: Path, schema: str, name: str, generation: Generation) -> None:
    columns = TABLES[name]
    place = f"{_CATALOG}.{_quoted(schema)}.{_quoted(_named(name, generation))}"
    listed = ", ".join(f"{_quoted(_named(column, generation))} {kind}" for column, kind in columns.items())
    connection.execute(f"CREATE TABLE {place} ({listed})")
    if file.exists():
        # Row by row it would take a hundred times as long.
        kinds = "{" + ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items()) + "}"
        read = f"read_json(?, format = 'newline_delimited', columns = {kinds}, maximum_object_size = 1073741824)"
        connection.execute(f"INSERT INTO {place} SELECT * FROM {read}", [str(file)])  # noqa: S608 - quoted names


def _named(name: str, generation: Generation) -> str:
    """Return what a table or a column was called then."""
    old = generation == "connector" and (name == "connection" or name.startswith("connection_"))
    return name.replace("connection", "connector", 1) if old else name


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _write_rows(account: Account, folder: Path) -> None:
    """Write one file of JSON lines for each table that has rows."""
    with ExitStack() as stack:
        files: dict[str, Any] = {}

        def put(table: str, row: Row) -> None:
            if table not in files:
                files[table] = stack.enter_context((folder / table).open("wb"))
            files[table].write(_encode(row) + b"\n")

        _Tables(account, put).write()


class _Tables:
    """The rows of all tables, made in one walk through the history."""

    def __init__(self, account: Account, put: _Put) -> None:
        self._account = account
        self._put = put
        self._entries = 0
        self._synced = stamp(account.now)
        # By what a row of these tables is about: how many, and when the last ones came.
        self._active: defaultdict[tuple[str | None, ...], list[Any]] = defaultdict(lambda: [0, ""])
        self._runs: defaultdict[tuple[str | None, ...], list[Any]] = defaultdict(lambda: [0, ""])
        self._gone: dict[str, Entry] = {}

    def write(self) -> None:
        """Write them."""
        for entry in self._account.history.entries():
            if entry.kind == trail.KIND:
                self._audit(entry)
            else:
                self._log(entry)
        self._sums()
        for row in self._connections():
            self._put("connection", row | {"_fivetran_synced": self._synced})

    def _audit(self, entry: Entry) -> None:
        values = {name: _json(entry.data[name]) for name in ("old_values", "new_values")}
        row = {"id": self._id(entry), "captured_at": stamp(entry.at), "user_id": entry.user_id}
        self._put("audit_trail", {**row, **entry.data, **values, "_fivetran_synced": self._synced})

    def _log(self, entry: Entry) -> None:
        if entry.kind == SYNC_END:
            self._written(entry)
        elif entry.kind in {transformations.SUCCEEDED, transformations.FAILED}:
            self._ran(entry)
        elif entry.kind == changes.DELETED and entry.connection_id is not None:
            self._gone[entry.connection_id] = entry
        event = _CALLED.get(entry.kind, entry.kind.replace("_connector", "_connection"))
        self._put("log", self._entry(entry, event, _gravity(entry), entry.data))

    def _written(self, entry: Entry) -> None:
        kind, day = "HISTORICAL" if entry.historical else "INCREMENTAL", _day(entry)
        for schema, tables in entry.rows.items():
            for table, count in tables.items():
                data = {"schema": schema, "table": table, "count": count, "operationType": "REPLACED_OR_INSERTED"}
                self._put("log", self._entry(entry, "records_modified", "INFO", data))
                key = (entry.connection_name, entry.group_id, day, schema, table, kind)
                _add(self._active[key], count, entry)

    def _ran(self, entry: Entry) -> None:
        steps = entry.data["result"]["stepResults"]
        count = sum(step["successfulModelRuns"] + step["failedModelRuns"] for step in steps)
        key = (entry.group_id, entry.transformation_id, entry.connection_name, _day(entry))
        _add(self._runs[key], count, entry)

    def _entry(self, entry: Entry, event: str, gravity: str, data: JsonObject) -> Row:
        return {
            "id": self._id(entry),
            "time_stamp": _stamp(entry.at),
            "connection_id": entry.connection_id,
            "event": gravity,
            "message_event": event,
            "message_data": _json(data),
            "sync_id": entry.sync_id,
            "transformation_id": entry.transformation_id,
            "_fivetran_synced": self._synced,
        }

    def _sums(self) -> None:
        for (name, group, day, schema, table, kind), (count, last) in self._active.items():
            self._put(
                "incremental_mar",
                {
                    "connection_name": name,
                    "destination_id": group,
                    "measured_date": day,
                    "schema_name": schema,
                    "table_name": table,
                    "sync_type": kind,
                    "incremental_rows": count,
                    "updated_at": last,
                    "_fivetran_synced": self._synced,
                },
            )
        for (group, transformation, name, day), (count, last) in self._runs.items():
            self._put(
                "transformation_runs",
                {
                    "destination_id": group,
                    "job_id": transformation,
                    "job_name": name,
                    "measured_date": day,
                    "model_runs": count,
                    "project_type": self._project_type(transformation),
                    "updated_at": last,
                },
            )

    def _project_type(self, transformation_id: str | None) -> str | None:
        found = self._account.things[transformations.PART].get(transformation_id or "")
        return None if found is None else found.get("type")

    def _connections(self) -> Iterator[Row]:
        with self._account.lock:
            there = [dict(connection) for connection in self._account.connections.values()]
        for connection in there:
            version = connection.get("service_version")
            yield {
                "connection_id": connection["id"],
                "connection_name": connection["schema"],
                "connector_type_id": connection["service"],
                "destination_id": connection["group_id"],
                "connecting_user_id": connection.get("connected_by"),
                "paused": connection.get("paused"),
                "signed_up": connection.get("created_at"),
                "service_version": None if version is None else str(version),
                "sync_frequency": connection.get("sync_frequency"),
                "_fivetran_deleted": False,
            }
        for name, entry in self._gone.items():
            yield {
                "connection_id": name,
                "connection_name": entry.connection_name,
                "connector_type_id": entry.service,
                "destination_id": entry.group_id,
                "_fivetran_deleted": True,
            }

    def _id(self, entry: Entry) -> str:
        # The same for the same history, and another one for each row; there may be millions.
        self._entries += 1
        return f"{int(entry.at):010x}-{self._entries:08x}"


def _gravity(entry: Entry) -> str:
    if entry.kind == SYNC_END:
        return _GRAVITY.get(entry.data["status"], "SEVERE")
    return "SEVERE" if entry.kind in _GRAVE else "INFO"


def _day(entry: Entry) -> str:
    return _stamp(entry.at)[:10]


def _add(total: list[Any], count: int, entry: Entry) -> None:
    total[0] += count
    total[1] = _stamp(entry.at)


# Of one moment there are as many rows as a sync wrote tables.
_stamp = functools.lru_cache(maxsize=16)(stamp)


def _json(values: Mapping[str, Any]) -> str:
    return _encode(values).decode()
