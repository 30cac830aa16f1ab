"""The queries on a real DuckDB and a real PostgreSQL: the same planted rows give the same answers."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import duckdb
import psycopg
import pytest

from fivetran_async.errors import ArgumentError
from fivetran_async.logs import (
    MonthlyActiveRows,
    SyncDuration,
    SyncRun,
    TableRows,
    failed_syncs,
    monthly_active_rows,
    recent_syncs,
    rows_by_table,
    run,
    schema_changes,
    sync_duration,
)

T0 = datetime(2026, 5, 21, 10, tzinfo=UTC)


def minute(number: float) -> datetime:
    """Return a time so many minutes after the first."""
    return T0 + timedelta(minutes=number)


def log(number: int, at: float, connection: str, event: str, sync: str | None = None, data: object = None) -> tuple:
    """Return a row of LOG."""
    text = data if data is None or isinstance(data, str) else json.dumps(data)
    return (f"e{number:03}", minute(at), connection, "INFO", event, text, sync, None, minute(1000))


LOG = [
    # Ends well.
    log(1, 0, "a", "sync_start", "a1"),
    log(2, 1, "a", "records_modified", "a1", {"schema": "p", "table": "t", "count": 5, "operationType": "UPDATED"}),
    log(3, 1, "a", "records_modified", "a1", {"schema": "p", "table": "t", "count": "7", "operationType": "DELETED"}),
    log(4, 1, "a", "records_modified", "a1", {"schema": "p", "table": "u", "count": "many"}),
    log(5, 2, "a", "sync_end", "a1", {"status": "SUCCESSFUL"}),
    # Fails, with a task.
    log(6, 10, "a", "sync_start", "a2"),
    log(7, 14.5, "a", "sync_end", "a2", {"status": "FAILURE_WITH_TASK", "reason": 'no "way"', "taskType": "reconnect"}),
    # Fails first, and ends well after all.
    log(8, 20, "b", "sync_start", "b1"),
    log(9, 21, "b", "sync_end", "b1", {"status": "FAILURE", "reason": "later"}),
    log(10, 24, "b", "sync_end", "b1", {"status": "successful"}),
    # Runs; began before the log; says nothing one can read; has no id; is another one's with the same id.
    log(11, 30, "b", "sync_start", "b2"),
    log(12, 31, "c", "sync_end", "c1", {"status": "FAILED"}),
    log(13, 32, "c", "sync_end", "c2", "it broke"),
    log(14, 33, "c", "sync_end", None, {"status": "FAILURE"}),
    log(15, 34, "d", "sync_start", "a1"),
    # Texts that are no JSON in other entries, and changes of schemas.
    log(16, 35, "a", "warning", "a2", "{not json"),
    log(17, 36, "a", "alter_table", "a2", {"table": "t"}),
    log(18, 37, "b", "change_schema_config", None, "{not json"),
    log(19, 38, "b", "create_connection", None, {}),
    # Data that was cut off, and data that is spread over lines.
    log(20, 39, "c", "sync_end", "c3", '{"status": "FAIL'),
    log(21, 40, "c", "sync_end", "c4", '\n{\n"status":\n"SUCCESSFUL"}\n'),
    log(22, 41, "c", "records_modified", "c4", '{"schema": "p", "ta'),
]
NO_JSON = {"e013", "e016", "e018", "e020", "e022"}
MAR = [
    ("shop", "g1", "PAID", date(2026, 4, 30), "p", "t", "INCREMENTAL", 3),
    ("shop", "g1", "PAID", date(2026, 5, 1), "p", "t", "INCREMENTAL", 10),
    ("shop", "g1", "PAID", date(2026, 5, 31), "p", "u", "INCREMENTAL", 20),
    ("shop", "g1", None, date(2026, 5, 31), "p", "u", "HISTORICAL", 100),
    ("shop", "g2", "PAID", date(2026, 5, 2), "p", "u", "INCREMENTAL", 7),
]
CONNECTION = [("a", "shop", "g1"), ("b", "shop", "g2"), ("old", "shop", "g1")]

A1 = SyncRun(connection_id="a", sync_id="a1", started=minute(0), ended=minute(2), status="SUCCESSFUL")
A2 = SyncRun(
    connection_id="a",
    sync_id="a2",
    started=minute(10),
    ended=minute(14.5),
    status="FAILURE_WITH_TASK",
    reason='no "way"',
    task_type="reconnect",
)
B1 = SyncRun(connection_id="b", sync_id="b1", started=minute(20), ended=minute(24), status="successful")
B2 = SyncRun(connection_id="b", sync_id="b2", started=minute(30))
C1 = SyncRun(connection_id="c", sync_id="c1", ended=minute(31), status="FAILED")
C2 = SyncRun(connection_id="c", sync_id="c2", ended=minute(32))
C3 = SyncRun(connection_id="c", sync_id="c3", ended=minute(39))
C4 = SyncRun(connection_id="c", sync_id="c4", ended=minute(40), status="SUCCESSFUL")
D1 = SyncRun(connection_id="d", sync_id="a1", started=minute(34))


@pytest.fixture(params=["connection", "connector"])
def planted(request, warehouse, plant):
    """Both warehouses, with tables of each generation; the arguments of a query for them."""
    plant(warehouse, old=request.param == "connector", log=LOG, incremental_mar=MAR, connection=CONNECTION)
    return warehouse, {"columns": request.param}


def test_recent_syncs(planted) -> None:
    """A sync would be missing, be two, or have another one's end."""
    connection, options = planted
    assert list(run(recent_syncs(**options), connection)) == [C4, C3, D1, C2, C1, B2, B1, A2, A1]
    assert list(run(recent_syncs(limit=3, **options), connection)) == [C4, C3, D1]
    assert list(run(recent_syncs(since=minute(10), until=minute(30), **options), connection)) == [B1, A2]
    assert list(run(recent_syncs(connection_ids=["b", "c"], **options), connection)) == [C4, C3, C2, C1, B2, B1]
    assert list(run(recent_syncs(connection_ids=[], **options), connection)) == []


def test_failed_syncs(planted) -> None:
    """A failure would be missed, or a sync that ended well after all be one."""
    connection, options = planted
    assert list(run(failed_syncs(**options), connection)) == [C1, A2]
    assert all(sync.failed for sync in run(failed_syncs(**options), connection))


def test_sync_duration(planted) -> None:
    """Failures, or syncs whose start nobody saw, would count as quick ones."""
    connection, options = planted
    assert list(run(sync_duration(**options), connection)) == [
        SyncDuration(connection_id="b", syncs=1, average_seconds=240, shortest_seconds=240, longest_seconds=240),
        SyncDuration(connection_id="a", syncs=1, average_seconds=120, shortest_seconds=120, longest_seconds=120),
    ]


def test_schema_changes(planted) -> None:
    """A change would be missing, or its data be lost because it is no JSON."""
    connection, options = planted
    found = list(run(schema_changes(**options), connection))
    assert [(entry.id, entry.connection_id, entry.message_data, entry.time_stamp) for entry in found] == [
        ("e018", "b", "{not json", minute(37)),
        ("e017", "a", {"table": "t"}, minute(36)),
    ]
    assert all(entry.is_schema_change for entry in found)
    assert [entry.id for entry in run(schema_changes(since=minute(37), **options), connection)] == ["e018"]


def test_rows_by_table(planted) -> None:
    """Rows would be counted twice, for another table, or a count that is none end the query."""
    connection, options = planted
    assert list(run(rows_by_table(**options), connection)) == [
        TableRows(
            connection_id="a",
            schema_name="p",
            table_name="t",
            replaced_or_inserted=0,
            updated=5,
            deleted=7,
            total=12,
        ),
        TableRows(
            connection_id="a", schema_name="p", table_name="u", replaced_or_inserted=0, updated=0, deleted=0, total=0
        ),
        # Of what it is a row cannot be read.
        TableRows(connection_id="c", replaced_or_inserted=0, updated=0, deleted=0, total=0),
    ]


def test_monthly_active_rows(planted) -> None:
    """Months or destinations would run into one another, or two connections of one name count twice."""
    connection, options = planted

    def rows(**more: object) -> list[MonthlyActiveRows]:
        return list(run(monthly_active_rows(**options, **more), connection))

    april = MonthlyActiveRows(
        month=date(2026, 4, 1), destination_id="g1", connection_name="shop", free_type="PAID", active_rows=3
    )
    paid = MonthlyActiveRows(
        month=date(2026, 5, 1), destination_id="g1", connection_name="shop", free_type="PAID", active_rows=30
    )
    free = MonthlyActiveRows(month=date(2026, 5, 1), destination_id="g1", connection_name="shop", active_rows=100)
    other = MonthlyActiveRows(
        month=date(2026, 5, 1), destination_id="g2", connection_name="shop", free_type="PAID", active_rows=7
    )
    assert rows() == [free, paid, other, april]
    assert rows(connection_ids=["a", "old"]) == [free, paid, april]
    assert rows(connection_ids=["b"]) == [other]
    assert rows(until=datetime(2026, 5, 1, tzinfo=UTC)) == [april]
    assert rows(since=datetime(2026, 5, 2, tzinfo=UTC), until=datetime(2026, 5, 31, 1, tzinfo=UTC))[-1] == other


HOSTILE = ["a'b", 'a"; DROP TABLE log; --', "50%", "%s", "?", ":x", "a\\'b", "\u00e4\u2603"]


def test_hostile_names_are_bound(warehouse, plant) -> None:
    """An id or a schema with quotes in it would end the query, or do what it says."""
    for schema in HOSTILE:
        rows = [log(place, place, name, "sync_start", f"s{place}") for place, name in enumerate(HOSTILE)]
        plant(warehouse, schema=schema, log=rows)
        found = run(recent_syncs(schema=schema, connection_ids=[schema, "none"]), warehouse)
        assert [sync.connection_id for sync in found] == [schema]


def test_rows_come_as_dictionaries_too(postgres, plant) -> None:
    """A connection whose rows are no tuples could not be asked."""
    plant(postgres, log=LOG)
    postgres.row_factory = psycopg.rows.dict_row
    assert list(run(recent_syncs(connection_ids=["d"]), postgres)) == [D1]


def test_json_columns(postgres, plant) -> None:
    """Destinations that have a type for JSON would not be understood."""
    plant(postgres, log=[row for row in LOG if row[5] is None or row[0] not in NO_JSON])
    postgres.execute("ALTER TABLE fivetran_metadata.log ALTER message_data TYPE jsonb USING message_data::jsonb")
    assert list(run(failed_syncs(), postgres)) == [C1, A2]
    assert [entry.message_data for entry in run(schema_changes(), postgres)] == [{"table": "t"}]


async def test_a_connection_for_asyncio_is_refused(postgres_server) -> None:
    """The answer would be a coroutine that nobody awaits."""
    async with await psycopg.AsyncConnection.connect(
        host=str(postgres_server.folder), user="tester", dbname="postgres"
    ) as connection:
        with pytest.raises(ArgumentError, match="asyncio"):
            run(recent_syncs(), connection)


def test_the_cursor_is_closed(duck, plant) -> None:
    """A cursor would stay open after an error of the database, or when somebody stops half-way."""
    plant(duck, log=LOG)
    rows = run(recent_syncs(), duck)
    next(rows)
    rows.close()
    with pytest.raises(duckdb.CatalogException):
        list(run(recent_syncs(schema="elsewhere"), duck))
    assert len(list(run(recent_syncs(), duck))) == 9
