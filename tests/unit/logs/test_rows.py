"""Rows of the log tables read: both generations, any case, what drivers give, and garbage."""

from __future__ import annotations

import pickle
import sqlite3
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import attrs
import pytest

from fivetran_async.errors import ArgumentError
from fivetran_async.logs import (
    SCHEMA_CHANGES,
    AuditTrailEntry,
    ConnectionRow,
    ConnectorSdkLogEntry,
    IncrementalMar,
    LogEntry,
    LogEvent,
    SyncEndData,
    SyncRun,
    SyncStatus,
    TransformationRun,
)
from fivetran_async.models._base import field_names
from fivetran_async.sandbox.export import TABLES
from fivetran_async.webhooks import parse

NOON = datetime(2026, 5, 21, 12, tzinfo=UTC)
ROWS = {
    "log": LogEntry,
    "connector_sdk_log": ConnectorSdkLogEntry,
    "audit_trail": AuditTrailEntry,
    "connection": ConnectionRow,
    "incremental_mar": IncrementalMar,
    "transformation_runs": TransformationRun,
}
END = {"message_event": "sync_end", "message_data": '{"status": "FAILURE_WITH_TASK", "taskType": "reconnect"}'}


@pytest.mark.parametrize(("table", "cls"), ROWS.items())
def test_every_column_has_its_field(table, cls) -> None:
    """A column of Fivetran's own tables would be unknown."""
    columns = [column.removeprefix("_") for column in TABLES[table]]
    assert list(field_names(cls)) == columns


def test_the_wrong_names_of_examples_in_the_wild_are_not_ours() -> None:
    """What is no column of Fivetran's would seem to be one that is always empty."""
    assert not {"log_message", "log_level", "time_stamp", "connector_id"} & set(field_names(ConnectorSdkLogEntry))
    assert not {"actor", "object_type", "object_id", "time_stamp"} & set(field_names(AuditTrailEntry))
    assert not {"connector_id", "connector_name"} & set(field_names(LogEntry))
    wrong = LogEntry.from_row({"event": "sync_start"})
    assert not wrong.is_sync_start  # the event is how grave it is


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("thing", ["connection", "connector"])
def test_both_generations_in_any_case(thing, upper) -> None:
    """Older tables, or those of Snowflake, would give rows without a connection."""

    def named(row):
        return {name.upper() if upper else name: value for name, value in row.items()}

    entry = LogEntry.from_row(named({"id": "1", f"{thing}_id": "abc", "_fivetran_synced": NOON}))
    assert (entry.id, entry.connection_id, entry.fivetran_synced, entry.extra) == ("1", "abc", NOON, {})
    row = ConnectionRow.from_row(
        named({f"{thing}_id": "abc", f"{thing}_name": "shop", "connector_type_id": "pg", "_fivetran_deleted": True})
    )
    assert (row.connection_id, row.connection_name, row.connector_type_id) == ("abc", "shop", "pg")
    assert (row.fivetran_deleted, row.extra) == (True, {})
    assert IncrementalMar.from_row(named({f"{thing}_name": "shop"})).connection_name == "shop"
    assert ConnectorSdkLogEntry.from_row(named({f"{thing}_id": "abc"})).connection_id == "abc"


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(("old", "new", "read"), [("o", "n", "n"), ("o", None, "o"), (None, "n", "n")])
def test_both_names_at_once(order, old, new, read) -> None:
    """A view that has both names would give the older one, or none."""
    row = dict([("connector_id", old), ("connection_id", new)][::order])
    assert LogEntry.from_row(row).connection_id == read


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (NOON, NOON),
        (NOON.replace(tzinfo=None), NOON),
        ("2026-05-21 12:00:00", NOON),
        ("2026-05-21T12:00:00.000Z", NOON),
        ("2026-05-21 14:00:00+02:00", NOON),
        (NOON.astimezone(timezone(timedelta(hours=5, minutes=30))), NOON),
        ("yesterday", None),
        ("", None),
        (5, None),
        (None, None),
    ],
)
def test_times(given, read) -> None:
    """A time would be an hour off, without a zone, or end the reading."""
    found = LogEntry.from_row({"time_stamp": given}).time_stamp
    assert found == read
    assert found is None or found.tzinfo is not None


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (date(2026, 5, 21), date(2026, 5, 21)),
        (NOON, date(2026, 5, 21)),
        (datetime(2026, 5, 21, 1, tzinfo=timezone(timedelta(hours=2))), date(2026, 5, 20)),
        ("2026-05-21", date(2026, 5, 21)),
        ("2026-05-21T00:00:00Z", date(2026, 5, 21)),
        ("May", None),
        (7, None),
    ],
)
def test_days(given, read) -> None:
    """Active rows would be those of the day before, or of no day."""
    assert IncrementalMar.from_row({"measured_date": given}).measured_date == read


@pytest.mark.parametrize(
    ("given", "read", "data"),
    [
        ('{"status": "FAILURE"}', {"status": "FAILURE"}, {"status": "FAILURE"}),
        ({"status": "FAILURE"}, {"status": "FAILURE"}, {"status": "FAILURE"}),
        (b'{"status": "FAILURE"}', {"status": "FAILURE"}, {"status": "FAILURE"}),
        ("it broke", "it broke", {}),
        ("{broken", "{broken", {}),
        ("[1]", "[1]", {}),
        ("7", "7", {}),
        ("", "", {}),
        (b"\xff", "\ufffd", {}),
        ("[" * 100_000, "[" * 100_000, {}),
        (None, None, {}),
    ],
)
def test_message_data(given, read, data) -> None:
    """A text that is no JSON would be lost, or end the reading."""
    entry = LogEntry.from_row({"message_event": "sync_end", "message_data": given})
    assert (entry.message_data, entry.data) == (read, data)
    assert entry.failed == bool(data)


@pytest.mark.parametrize(
    ("event", "start", "end", "change"),
    [
        ("sync_start", True, False, False),
        ("sync_end", False, True, False),
        *((event.value, False, False, True) for event in SCHEMA_CHANGES),
        ("records_modified", False, False, False),
        ("something_new", False, False, False),
        (None, False, False, False),
    ],
)
def test_helpers(event, start, end, change) -> None:
    """A start would be an end, or a change of a schema be missed."""
    entry = LogEntry.from_row({"message_event": event})
    assert (entry.is_sync_start, entry.is_sync_end, entry.is_schema_change) == (start, end, change)


def test_the_words_are_those_of_webhooks() -> None:
    """The same end of a sync would be told in two vocabularies."""
    entry = LogEntry.from_row(END)
    assert entry.sync_end == SyncEndData(status=SyncStatus.FAILURE_WITH_TASK, task_type="reconnect")
    assert (entry.failed, entry.succeeded) == (True, False)
    event = parse('{"event": "sync_end", "data": {"status": "FAILURE_WITH_TASK", "taskType": "reconnect"}}')
    assert event.payload == entry.sync_end
    assert LogEntry.from_row(END | {"message_event": "sync_start"}).status is None


@pytest.mark.parametrize(
    ("status", "succeeded", "failed"),
    [("successful", True, False), ("FAILED", False, True), ("RESCHEDULED", False, False), (None, False, False)],
)
def test_how_a_sync_ended(status, succeeded, failed) -> None:
    """A sync that was put off would be a failure, or one that failed be none."""
    sync = SyncRun.from_row({"STATUS": status, "STARTED": NOON, "ENDED": NOON + timedelta(seconds=90)})
    assert (sync.succeeded, sync.failed, sync.seconds) == (succeeded, failed, 90)
    assert SyncRun(started=NOON).seconds is None


def test_what_drivers_give() -> None:
    """Numbers and ids in a driver's own types would be lost."""
    name = "6f1c0a3e-0000-4000-8000-000000000000"
    assert LogEntry.from_row({"sync_id": UUID(name)}).sync_id == name
    for number in (Decimal(7), Decimal("7.00"), 7.0, "7"):
        assert IncrementalMar.from_row({"incremental_rows": number}).incremental_rows == 7
    for number in (Decimal("7.5"), Decimal("NaN"), Decimal("Infinity"), "many", True):
        assert IncrementalMar.from_row({"incremental_rows": number}).incremental_rows is None


def test_unknown_columns_are_kept() -> None:
    """A column that Fivetran adds would be lost."""
    entry = LogEntry.from_row({"id": "1", "BRAND_NEW": 7, "_fivetran_other": 8})
    assert entry.extra == {"brand_new": 7, "_fivetran_other": 8}
    assert attrs.evolve(entry, id="2").extra == entry.extra
    assert pickle.loads(pickle.dumps(entry)) == entry  # noqa: S301 - our own
    assert entry.to_dict()["brand_new"] == 7
    assert LogEntry.from_row({"message_event": "new"}).message_event == "new"
    assert IncrementalMar(measured_date=date(2026, 5, 21)).to_dict()["measured_date"] == "2026-05-21"
    assert hash(LogEntry.from_row(END)) == hash(LogEntry.from_row(END))


def test_rows_of_a_cursor() -> None:
    """What a database gives would have to be made mappings of by hand."""
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE log (ID, CONNECTOR_ID, message_event)")
        connection.executemany("INSERT INTO log VALUES (?, ?, ?)", [(str(n), "abc", "sync_start") for n in range(2500)])
        rows = LogEntry.from_rows(connection.execute("SELECT * FROM log"))
        assert next(rows) == LogEntry(id="0", connection_id="abc", message_event=LogEvent.SYNC_START)
        assert sum(1 for _ in rows) == 2499
        with pytest.raises(ArgumentError, match="SELECT"):
            LogEntry.from_rows(connection.cursor())
    connection.close()


class Named(NamedTuple):
    id: str
    event: str


def test_rows_with_names() -> None:
    """Rows that are no mappings could not be read."""
    assert [entry.id for entry in LogEntry.from_rows([("1", "INFO")], columns=["ID", "EVENT"])] == ["1"]
    assert [entry.id for entry in LogEntry.from_rows([Named("1", "INFO")], columns=Named._fields)] == ["1"]
    assert [entry.id for entry in LogEntry.from_rows(iter([{"ID": "1"}]))] == ["1"]


@pytest.mark.parametrize(
    ("rows", "columns", "said"),
    [([("1",)], None, "columns="), ([("1",)], ["id", "event"], "1 values"), ([("1",)], "id", "list of names")],
)
def test_rows_without_their_names(rows, columns, said) -> None:
    """Values would land in the wrong columns, or in none."""
    with pytest.raises(ArgumentError, match=said):
        list(LogEntry.from_rows(rows, columns=columns))


@pytest.mark.parametrize("row", [("1",), None, "row", [("id", "1")]])
def test_what_is_no_row(row) -> None:
    """A tuple would be read as a row without columns."""
    with pytest.raises(ArgumentError, match="from_rows"):
        LogEntry.from_row(row)
