"""Questions to the Platform Connector's log tables: SQL for six warehouses, and typed rows as answers."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias

from fivetran_async.logs._query import Query, Question, limited, moment
from fivetran_async.logs._sqlglot import Expression, exp
from fivetran_async.logs.dialects import json_text, month_of, seconds_between, whole
from fivetran_async.logs.results import MonthlyActiveRows, SyncDuration, SyncRun, TableRows
from fivetran_async.logs.rows import FAILED, SCHEMA_CHANGES, LogEntry, LogEvent
from fivetran_async.models._base import field_names
from fivetran_async.webhooks._event import SyncStatus

Columns: TypeAlias = Literal["connection", "connector"]
"""The generation of the tables: `connector` where the Platform Connector was set up before 12 May 2025 and still has
CONNECTOR, `connector_id` and `connector_name`."""

SCHEMA: Final = "fivetran_metadata"
"""Where the tables are when Fivetran makes the connection itself; `fivetran_log` in many an older destination."""

_REPLACED, _UPDATED, _DELETED = "REPLACED_OR_INSERTED", "UPDATED", "DELETED"


def recent_syncs(
    *,
    schema: str = SCHEMA,
    database: str | None = None,
    columns: Columns = "connection",
    since: datetime | None = None,
    until: datetime | None = None,
    connection_ids: Iterable[str] | None = None,
    limit: int | None = None,
) -> Query[SyncRun]:
    """Ask for syncs, the latest first, those that still run included.

    A sync is at the time of its start, or of its end where its start is older than the log. Entries of before Fivetran
    gave syncs ids are left out.

    Args:
        schema: The schema (BigQuery: the dataset) of the tables.
        database: The database, project or catalog that it is in; left out, the connection's own.
        columns: The generation of the tables: `connection`, or `connector` before May 2025.
        since: Only syncs of then or later; aware.
        until: Only syncs of before; aware.
        connection_ids: Only these connections.
        limit: So many at most.

    Raises:
        ArgumentError: A time has no zone, or another argument cannot be used.
    """
    asked = Question(schema, database, columns)
    tree = _chosen_syncs(asked, since, until, connection_ids)
    return asked.query("recent_syncs", SyncRun, _latest_first(tree, limit))


def failed_syncs(
    *,
    schema: str = SCHEMA,
    database: str | None = None,
    columns: Columns = "connection",
    since: datetime | None = None,
    until: datetime | None = None,
    connection_ids: Iterable[str] | None = None,
    limit: int | None = None,
) -> Query[SyncRun]:
    """Ask for syncs that failed, the latest first; one that ended well after all is none.

    Args:
        schema: As of `recent_syncs`, as all others.
        database: Likewise.
        columns: Likewise.
        since: Likewise.
        until: Likewise.
        connection_ids: Likewise.
        limit: So many at most.

    Raises:
        ArgumentError: A time has no zone, or another argument cannot be used.
    """
    asked = Question(schema, database, columns)
    tree = _chosen_syncs(asked, since, until, connection_ids)
    failed = [exp.Literal.string(status.value) for status in FAILED]
    tree = tree.where(exp.In(this=exp.Upper(this=exp.column("status")), expressions=failed))
    return asked.query("failed_syncs", SyncRun, _latest_first(tree, limit))


def sync_duration(
    *,
    schema: str = SCHEMA,
    database: str | None = None,
    columns: Columns = "connection",
    since: datetime | None = None,
    until: datetime | None = None,
    connection_ids: Iterable[str] | None = None,
    limit: int | None = None,
) -> Query[SyncDuration]:
    """Ask how long the successful syncs of each connection took, the slowest on average first.

    Args:
        schema: As of `recent_syncs`, as all others.
        database: Likewise.
        columns: Likewise.
        since: Likewise.
        until: Likewise.
        connection_ids: Likewise.
        limit: So many connections at most.

    Raises:
        ArgumentError: A time has no zone, or another argument cannot be used.
    """
    asked = Question(schema, database, columns)
    runs = _chosen_syncs(asked, since, until, connection_ids)
    runs = runs.where(exp.Upper(this=exp.column("status")).eq(exp.Literal.string(SyncStatus.SUCCESSFUL.value)))
    runs = runs.where(exp.column("started").is_(exp.null()).not_(), exp.column("ended").is_(exp.null()).not_())
    timed = exp.select(
        exp.column("connection_id"), seconds_between(exp.column("started"), exp.column("ended")).as_("seconds")
    ).from_(runs.subquery("ended_well"))
    seconds = exp.column("seconds")
    tree = (
        exp.select(
            exp.column("connection_id"),
            exp.Count(this=exp.Star()).as_("syncs"),
            exp.Avg(this=seconds.copy()).as_("average_seconds"),
            exp.Min(this=seconds.copy()).as_("shortest_seconds"),
            exp.Max(this=seconds.copy()).as_("longest_seconds"),
        )
        .from_(timed.subquery("timed"))
        .group_by(exp.column("connection_id"))
        .order_by(exp.column("average_seconds").desc(), exp.column("connection_id"))
    )
    return asked.query("sync_duration", SyncDuration, limited(tree, limit))


def schema_changes(
    *,
    schema: str = SCHEMA,
    database: str | None = None,
    columns: Columns = "connection",
    since: datetime | None = None,
    until: datetime | None = None,
    connection_ids: Iterable[str] | None = None,
    limit: int | None = None,
) -> Query[LogEntry]:
    """Ask for changes of schemas and tables, and of which are synced, the latest first.

    Args:
        schema: As of `recent_syncs`, as all others.
        database: Likewise.
        columns: Likewise.
        since: Only entries of then or later; aware.
        until: Only entries of before; aware.
        connection_ids: Only these connections.
        limit: So many at most.

    Raises:
        ArgumentError: A time has no zone, or another argument cannot be used.
    """
    asked = Question(schema, database, columns)
    tree = exp.select(
        *(exp.column(name) for name in ("id", "time_stamp")),
        exp.column(asked.id_column).as_("connection_id"),
        *(exp.column(name) for name in ("event", "message_event", "message_data", "sync_id", "transformation_id")),
    ).from_(asked.table("log"))
    tree = tree.where(_one_of("message_event", SCHEMA_CHANGES))
    tree = asked.within(tree, exp.column("time_stamp"), moment(since, "since"), moment(until, "until"))
    tree = asked.only(tree, asked.id_column, connection_ids)
    tree = tree.order_by(exp.column("time_stamp").desc(), exp.column("id"))
    return asked.query("schema_changes", LogEntry, limited(tree, limit))


def rows_by_table(
    *,
    schema: str = SCHEMA,
    database: str | None = None,
    columns: Columns = "connection",
    since: datetime | None = None,
    until: datetime | None = None,
    connection_ids: Iterable[str] | None = None,
    limit: int | None = None,
) -> Query[TableRows]:
    """Ask how many rows were written to each table, the most first.

    Args:
        schema: As of `recent_syncs`, as all others.
        database: Likewise.
        columns: Likewise.
        since: Only rows of then or later; aware.
        until: Only rows of before; aware.
        connection_ids: Only these connections.
        limit: So many tables at most.

    Raises:
        ArgumentError: A time has no zone, or another argument cannot be used.
    """
    asked = Question(schema, database, columns)
    data = exp.column("message_data")
    said = exp.select(
        exp.column(asked.id_column).as_("connection_id"),
        _when(LogEvent.RECORDS_MODIFIED, json_text(data.copy(), "schema")).as_("schema_name"),
        _when(LogEvent.RECORDS_MODIFIED, json_text(data.copy(), "table")).as_("table_name"),
        exp.Upper(this=_when(LogEvent.RECORDS_MODIFIED, json_text(data.copy(), "operationType"))).as_("operation"),
        whole(_when(LogEvent.RECORDS_MODIFIED, json_text(data.copy(), "count"))).as_("counted"),
    ).from_(asked.table("log"))
    said = said.where(_one_of("message_event", [LogEvent.RECORDS_MODIFIED]))
    said = asked.within(said, exp.column("time_stamp"), moment(since, "since"), moment(until, "until"))
    said = asked.only(said, asked.id_column, connection_ids)
    named = [exp.column(name) for name in ("connection_id", "schema_name", "table_name")]
    tree = (
        exp.select(
            *named,
            _sum(_if(exp.column("operation").eq(exp.Literal.string(_REPLACED)))).as_("replaced_or_inserted"),
            _sum(_if(exp.column("operation").eq(exp.Literal.string(_UPDATED)))).as_("updated"),
            _sum(_if(exp.column("operation").eq(exp.Literal.string(_DELETED)))).as_("deleted"),
            _sum(exp.column("counted")).as_("total"),
        )
        .from_(said.subquery("said"))
        .group_by(*(column.copy() for column in named))
        .order_by(exp.column("total").desc(), *(column.copy() for column in named))
    )
    return asked.query("rows_by_table", TableRows, limited(tree, limit))


def monthly_active_rows(
    *,
    schema: str = SCHEMA,
    database: str | None = None,
    columns: Columns = "connection",
    since: datetime | None = None,
    until: datetime | None = None,
    connection_ids: Iterable[str] | None = None,
    limit: int | None = None,
) -> Query[MonthlyActiveRows]:
    """Ask for the active rows of each connection and month, free and paid apart, the latest month first.

    Args:
        schema: As of `recent_syncs`, as all others.
        database: Likewise.
        columns: Likewise.
        since: Only days, in UTC, that are not over by then; aware.
        until: Only days, in UTC, that have begun before; aware.
        connection_ids: Only these connections; found by their names, which CONNECTION tells.
        limit: So many rows at most.

    Raises:
        ArgumentError: A time has no zone, or another argument cannot be used.
    """
    asked = Question(schema, database, columns)
    day = exp.cast(exp.column("measured_date", table="mar"), "date")
    named = [
        exp.column("destination_id", table="mar"),
        exp.column(asked.name_column, table="mar").as_("connection_name"),
        exp.column("free_type", table="mar"),
    ]
    days = exp.select(
        month_of(day).as_("month"), *named, exp.column("incremental_rows", table="mar").as_("counted")
    ).from_(asked.table("incremental_mar").as_("mar"))
    first, last = moment(since, "since"), moment(until, "until")
    if last is not None:
        # A day that begins at the very moment has not begun before.
        last = last if last == datetime.combine(last.date(), datetime.min.time(), UTC) else last + timedelta(days=1)
    days = asked.within(days, day, None if first is None else first.date(), None if last is None else last.date())
    if connection_ids is not None:
        mine = exp.select(exp.Literal.number(1)).from_(asked.table(columns).as_("mine"))
        for name in ("destination_id", asked.name_column):
            mine = mine.where(exp.column(name, table="mine").eq(exp.column(name, table="mar")))
        mine = asked.only(mine, asked.id_column, connection_ids, table="mine")
        days = days.where(exp.Exists(this=mine))
    keys = [exp.column(name) for name in ("month", "destination_id", "connection_name", "free_type")]
    tree = (
        exp.select(*keys, _sum(exp.column("counted")).as_("active_rows"))
        .from_(days.subquery("days"))
        .group_by(*(key.copy() for key in keys))
        .order_by(keys[0].copy().desc(), exp.column("active_rows").desc(), *(key.copy() for key in keys[1:]))
    )
    return asked.query("monthly_active_rows", MonthlyActiveRows, limited(tree, limit))


def _chosen_syncs(
    asked: Question, since: datetime | None, until: datetime | None, ids: Iterable[str] | None
) -> exp.Select:
    """Return syncs, one row each: how a sync ended is what its last end says."""
    same = [exp.column(asked.id_column), exp.column("sync_id")]
    placed = exp.Window(
        this=exp.RowNumber(),
        partition_by=[*same, exp.column("message_event")],
        order=exp.Order(expressions=[exp.column("time_stamp").desc(), exp.column("id").desc()]),
    )
    entries = exp.select(
        same[0].as_("connection_id"),
        *(exp.column(name) for name in ("sync_id", "time_stamp", "message_event", "message_data")),
        placed.as_("place"),
    ).from_(asked.table("log"))
    entries = entries.where(
        _one_of("message_event", [LogEvent.SYNC_START, LogEvent.SYNC_END]),
        exp.column("sync_id").is_(exp.null()).not_(),
    )
    entries = asked.only(entries, asked.id_column, ids)
    time, data = exp.column("time_stamp"), exp.column("message_data")
    last = exp.column("place").eq(exp.Literal.number(1))
    syncs = (
        exp.select(
            exp.column("connection_id"),
            exp.column("sync_id"),
            exp.Min(this=_when(LogEvent.SYNC_START, time.copy())).as_("started"),
            exp.Max(this=_when(LogEvent.SYNC_END, time.copy())).as_("ended"),
            *(
                exp.Max(this=_when(LogEvent.SYNC_END, json_text(data.copy(), key), last.copy())).as_(name)
                for name, key in (("status", "status"), ("reason", "reason"), ("task_type", "taskType"))
            ),
        )
        .from_(entries.subquery("entries"))
        .group_by(exp.column("connection_id"), exp.column("sync_id"))
    )
    tree = exp.select(*(exp.column(name) for name in field_names(SyncRun))).from_(syncs.subquery("syncs"))
    return asked.within(tree, _at(), moment(since, "since"), moment(until, "until"))


def _at() -> Expression:
    return exp.Coalesce(this=exp.column("started"), expressions=[exp.column("ended")])


def _latest_first(tree: exp.Select, limit: int | None) -> exp.Select:
    return limited(tree.order_by(exp.Ordered(this=_at(), desc=True), exp.column("sync_id")), limit)


def _one_of(column: str, events: Iterable[LogEvent]) -> Expression:
    return exp.In(this=exp.column(column), expressions=[exp.Literal.string(event.value) for event in events])


def _when(event: LogEvent, then: Expression, also: Expression | None = None) -> Expression:
    """Return a value where an entry is of this event, so that no other entry's data is taken apart."""
    condition: Expression = exp.column("message_event").eq(exp.Literal.string(event.value))
    if also is not None:
        condition = exp.And(this=condition, expression=also)
    return exp.Case(ifs=[exp.If(this=condition, true=then)])


def _if(condition: Expression) -> Expression:
    return exp.Case(ifs=[exp.If(this=condition, true=exp.column("counted"))], default=exp.Literal.number(0))


def _sum(counted: Expression) -> Expression:
    total = exp.Coalesce(this=exp.Sum(this=counted), expressions=[exp.Literal.number(0)])
    return exp.cast(total, "bigint")
