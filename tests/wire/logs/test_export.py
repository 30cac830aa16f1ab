"""What the sandbox exports is its history, in tables that the queries understand."""

from __future__ import annotations

import builtins
import json
from collections import Counter
from datetime import UTC, datetime

import duckdb
import pytest

from fivetran_async.logs import (
    AuditTrailEntry,
    ConnectionRow,
    IncrementalMar,
    LogEntry,
    SyncStatus,
    TransformationRun,
    failed_syncs,
    monthly_active_rows,
    recent_syncs,
    rows_by_table,
    run,
    schema_changes,
    sync_duration,
)
from fivetran_async.sandbox import ExportError, Sandbox
from fivetran_async.sandbox.export import TABLES

START = datetime(2026, 5, 30, 22, tzinfo=UTC)
HOURS = 5


@pytest.fixture(scope="module")
def lived():
    """A small account in which syncs ended in every way, and things were changed."""
    with Sandbox(seed=7, groups=2, connections=12, start=START) as box, box.sync_client() as ft:
        group = next(iter(box.account.groups))
        name = box.account.add_connection(group, "postgres", schema="shop", sync_frequency=60)["id"]
        box.syncs.script(name, "success", seconds=120, rows={"public": {"orders": 5, "it's": 7}})
        box.syncs.script(name, "failure", seconds=60, reason="The network is down")
        box.syncs.script(name, "failure_with_task", seconds=60, tasks=[("reconnect", "No password")])
        box.syncs.script(name, "success", seconds=90.5, rows={"public": {"orders": 2}})
        ft.connections.sync(name)
        for _ in range(HOURS):
            box.clock.advance(3600)
            ft.connections.sync(name)
        ft.schemas.reload(name)
        ft.connections.update(name, paused=True, run_setup_tests=False)
        gone = ft.connections.create(
            group_id=group, service="postgres", config={"schema_prefix": "gone"}, run_setup_tests=False, paused=True
        )
        ft.connections.delete(gone.id, confirm=True)
        for transformation in ft.transformations.list(page_size=100):
            ft.transformations.run(transformation.id)
        box.clock.advance(1200)
        # What goes on with real time would be in one of two looks only.
        now = box.clock.elapsed()
        box.clock.elapsed = lambda: now
        yield box, name, gone.id


@pytest.fixture(params=["connection", "connector"])
def exported(request, lived, tmp_path):
    """The file of either generation, opened, and the arguments of queries to it."""
    lived[0].export_logs(tmp_path / "logs.duckdb", schema='it\'s "logs"', generation=request.param)
    with duckdb.connect(str(tmp_path / "logs.duckdb"), read_only=True) as connection:
        yield connection, {"schema": 'it\'s "logs"', "columns": request.param}


def table(exported, name):
    """Return a cursor over one of the tables."""
    connection, options = exported
    quoted = options["schema"].replace('"', '""')
    return connection.execute(f'SELECT * FROM "{quoted}"."{name}"')  # noqa: S608 - quoted


def at(entry):
    """Return the time of an entry of the history."""
    return datetime.fromtimestamp(entry.at, UTC)


def test_the_syncs_are_those_of_the_history(lived, exported) -> None:
    """A sync would be missing in one of the sources, or end otherwise in it."""
    box, name, _ = lived
    ends = {entry.sync_id: entry for entry in box.history.entries(kinds={"sync_end"})}
    starts = {entry.sync_id: entry for entry in box.history.entries(kinds={"sync_start"})}
    found = {sync.sync_id: sync for sync in run(recent_syncs(**exported[1]), exported[0])}
    assert found.keys() == starts.keys() | ends.keys()
    for sync_id, sync in found.items():
        end, start = ends.get(sync_id), starts.get(sync_id)
        assert sync.started == (None if start is None else at(start))
        assert sync.ended == (None if end is None else at(end))
        assert (sync.status, sync.reason, sync.task_type) == (
            (None, None, None) if end is None else tuple(end.data.get(key) for key in ("status", "reason", "taskType"))
        )
    failed = {sync_id for sync_id, end in ends.items() if end.data["status"].startswith("FAIL")}
    assert {sync.sync_id for sync in run(failed_syncs(**exported[1]), exported[0])} == failed
    assert failed
    mine = list(run(recent_syncs(connection_ids=[name], **exported[1]), exported[0]))
    assert {sync.status for sync in mine} >= {
        SyncStatus.SUCCESSFUL,
        SyncStatus.FAILURE,
        SyncStatus.FAILURE_WITH_TASK,
    }
    (took,) = run(sync_duration(connection_ids=[name], **exported[1]), exported[0])
    well = [sync.seconds for sync in mine if sync.succeeded]
    assert (took.syncs, took.longest_seconds) == (len(well), max(well))
    assert took.average_seconds == pytest.approx(sum(well) / len(well))


def test_the_rows_are_those_of_the_history(lived, exported) -> None:
    """Rows would be counted for another table, or get lost between the tables."""
    box = lived[0]
    written: Counter[tuple[str | None, str, str]] = Counter()
    months: Counter[tuple[str | None, str]] = Counter()
    for entry in box.history.entries(kinds={"sync_end"}):
        for schema, tables in entry.rows.items():
            for name, count in tables.items():
                written[entry.connection_id, schema, name] += count
                months[entry.connection_name, f"{at(entry):%Y-%m}"] += count
    found = run(rows_by_table(**exported[1]), exported[0])
    assert {(row.connection_id, row.schema_name, row.table_name): row.total for row in found} == written
    assert any(name == "it's" for _, _, name in written)
    active = run(monthly_active_rows(**exported[1]), exported[0])
    assert {(row.connection_name, f"{row.month:%Y-%m}"): row.active_rows for row in active} == months
    mar = list(IncrementalMar.from_rows(table(exported, "incremental_mar")))
    assert sum(row.incremental_rows for row in mar) == sum(written.values())
    assert {row.sync_type for row in mar} == {"HISTORICAL", "INCREMENTAL"}


def test_every_event_is_in_the_log(lived, exported) -> None:
    """An event would be told by webhooks, and not by the log."""
    box, name, _ = lived
    entries = list(LogEntry.from_rows(table(exported, "log")))
    assert len({entry.id for entry in entries}) == len(entries)
    events = Counter(str(entry.message_event) for entry in entries if entry.message_event != "records_modified")
    kinds = Counter(entry.kind for entry in box.history.entries() if entry.kind != "audit_trail")
    assert events == {kind.replace("_connector", "_connection"): count for kind, count in kinds.items()}
    assert events["create_connection"] == events["delete_connection"] == 1
    (change,) = run(schema_changes(**exported[1]), exported[0])
    assert (change.connection_id, change.message_event) == (name, "change_schema_config")
    assert {str(entry.event) for entry in entries if entry.failed} == {"SEVERE"}
    assert all(isinstance(entry.message_data, dict) and entry.time_stamp for entry in entries)


def test_who_did_what(lived, exported) -> None:
    """The trail would not say what it was, or who did it."""
    box = lived[0]
    found = list(AuditTrailEntry.from_rows(table(exported, "audit_trail")))
    noted = list(box.history.entries(kinds={"audit_trail"}))
    assert [
        {
            "captured_at": entry.captured_at,
            "user_id": entry.user_id,
            **{key: getattr(entry, key) for key in noted[0].data},
        }
        for entry in found
    ] == [{"captured_at": at(entry), "user_id": entry.user_id, **entry.data} for entry in noted]


def test_connections_and_transformations(lived, exported) -> None:
    """A connection would be missing, or one that was deleted seem to be there."""
    box, name, gone = lived
    rows = {row.connection_id: row for row in ConnectionRow.from_rows(table(exported, exported[1]["columns"]))}
    assert rows.keys() == box.account.connections.keys() | {gone}
    assert {row.connection_id for row in rows.values() if row.fivetran_deleted} == {gone}
    mine = rows[name]
    assert (mine.connection_name, mine.connector_type_id, mine.paused) == ("shop", "postgres", True)
    runs = list(TransformationRun.from_rows(table(exported, "transformation_runs")))
    ended = {
        entry.transformation_id
        for entry in box.history.entries(kinds={"transformation_succeeded", "transformation_failed"})
    }
    assert ended
    assert {row.job_id for row in runs} == ended


def test_the_columns_are_fivetrans(lived, exported) -> None:
    """A query that works on the export would not work on Fivetran's own tables."""
    old = exported[1]["columns"] == "connector"
    for name, columns in TABLES.items():
        named = [column.replace("connection_", "connector_") if old else column for column in columns]
        cursor = table(exported, "connector" if old and name == "connection" else name)
        assert [column[0] for column in cursor.description] == named


def test_the_file_is_whole_or_the_old_one(lived, tmp_path, monkeypatch) -> None:
    """A file half written would be left, or the old one be lost."""
    box = lived[0]
    path = tmp_path / "logs.duckdb"
    path.write_text("old")
    with monkeypatch.context() as patched:
        patched.setattr("fivetran_async.sandbox.export._fill", lambda *_: json.loads("{"))
        with pytest.raises(json.JSONDecodeError):
            box.export_logs(path)
    assert path.read_text() == "old"
    box.export_logs(path)
    assert [found.name for found in tmp_path.iterdir()] == ["logs.duckdb"]
    with pytest.raises(FileNotFoundError):
        box.export_logs(tmp_path / "no" / "logs.duckdb")


@pytest.mark.parametrize("schema", ["made", "main", "logs"])
def test_a_schema_may_be_called_like_the_file(lived, tmp_path, schema) -> None:
    """DuckDB would not know which of the two a name means, or have the schema already."""
    lived[0].export_logs(tmp_path / "logs.duckdb", schema=schema)
    with duckdb.connect(str(tmp_path / "logs.duckdb"), read_only=True) as connection:
        found = run(recent_syncs(schema=schema, database="logs", limit=1), connection)
        assert [sync.sync_id is not None for sync in found] == [True]


@pytest.mark.parametrize("wrong", [{"generation": "old"}, {"schema": ""}])
def test_what_cannot_be_is_refused(lived, tmp_path, wrong) -> None:
    """A misspelt generation would make tables that nobody finds."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        lived[0].export_logs(tmp_path / "logs.duckdb", **wrong)
    assert list(tmp_path.iterdir()) == []


def test_without_duckdb_it_says_what_to_install(lived, tmp_path, monkeypatch) -> None:
    """A user would see that a module is missing, and not which extra has it."""
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "duckdb":
            raise ModuleNotFoundError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ExportError, match=r"pip install 'fivetran-async\[sandbox\]'"):
        lived[0].export_logs(tmp_path / "logs.duckdb")
