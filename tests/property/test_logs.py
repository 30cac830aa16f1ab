"""Laws of the questions to the log tables: what is written can be read, and nothing of a user's is pasted in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from fivetran_async import logs
from fivetran_async.errors import ArgumentError
from fivetran_async.logs import DIALECTS, LogEntry

QUESTIONS = [
    logs.recent_syncs,
    logs.failed_syncs,
    logs.sync_duration,
    logs.schema_changes,
    logs.rows_by_table,
    logs.monthly_active_rows,
]
# What a name may be made of, quotes of all kinds and marks of all styles more often than others.
NAMES = st.text(st.sampled_from("ab'\"`\\%?:;-$@()s\n") | st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis's
# No speed is tested here, and a parser that is used for the first time has much to load.
CALM = settings(deadline=None)


@CALM
@given(
    question=st.sampled_from(QUESTIONS),
    dialect=st.sampled_from(DIALECTS),
    columns=st.sampled_from(["connection", "connector"]),
    since=st.none() | TIMES,
    until=st.none() | TIMES,
    ids=st.none() | st.lists(NAMES, max_size=4),
    limit=st.none() | st.integers(1, 10**9),
)
def test_what_is_written_is_read_back_the_same(question, dialect, columns, since, until, ids, limit) -> None:
    """A warehouse that no test runs on would refuse the SQL, or a user's text be a part of it."""
    query = question(columns=columns, since=since, until=until, connection_ids=ids, limit=limit)
    rendered = query.render(dialect, "qmark")
    tree = sqlglot.parse_one(rendered.sql, read=dialect)
    assert isinstance(tree, exp.Select)
    # As text: in older versions, trees differ in what a warehouse takes for said.
    again = tree.sql(dialect=dialect)
    assert sqlglot.parse_one(again, read=dialect).sql(dialect=dialect) == again
    # The text is the same whatever the values are: there is nothing of them in it.
    other = question(
        columns=columns,
        since=since and datetime(1970, 1, 1, tzinfo=UTC),
        until=until and datetime(1970, 1, 1, tzinfo=UTC),
        connection_ids=None if ids is None else [f"other{number}" for number in range(len(set(ids)))],
        limit=limit,
    )
    assert rendered.sql == other.render(dialect, "qmark").sql
    assert rendered.sql.count("?") == len(rendered.parameters) == len(query.parameters)
    assert [value for value in rendered.parameters if isinstance(value, str)] == list(dict.fromkeys(ids or ()))


@CALM
@given(question=st.sampled_from(QUESTIONS), dialect=st.sampled_from(DIALECTS), schema=NAMES, database=NAMES)
def test_any_name_is_one_name(question, dialect, schema, database) -> None:
    """A schema with a quote in its name would end there, and the rest of it be SQL."""
    if dialect == "bigquery":
        # There a dot is one between names, quoted or not.
        schema, database = schema.replace(".", "_"), database.replace(".", "_")
        if any(char in schema + database for char in "`\\\n"):
            with pytest.raises(ArgumentError, match="no name in BigQuery"):
                question(schema=schema, database=database).render(dialect, "qmark")
            return
    sql = question(schema=schema, database=database).render(dialect, "qmark").sql
    tree = sqlglot.parse_one(sql, read=dialect)
    upper = dialect == "snowflake"
    expected = (database.upper(), schema.upper()) if upper else (database, schema)
    found = {(table.catalog, table.db) for table in tree.find_all(exp.Table) if table.db}
    assert found == {expected}
    plain = sqlglot.parse_one(question(schema="s", database="d").render(dialect, "qmark").sql, read=dialect)
    for table in tree.find_all(exp.Table):
        if table.db:
            table.set("db", exp.to_identifier("S" if upper else "s", quoted=True))
            table.set("catalog", exp.to_identifier("D" if upper else "d", quoted=True))
    assert tree == plain


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.datetimes() | st.dates()


@CALM
@given(
    st.dictionaries(
        st.sampled_from([*LogEntry.from_row({}).to_dict(), "CONNECTOR_ID", "_fivetran_synced"]) | st.text(),
        VALUES | st.lists(VALUES, max_size=2) | st.dictionaries(st.text(), VALUES, max_size=2),
    )
)
def test_no_row_is_too_strange(row) -> None:
    """One row that is garbage would cost all that come after it."""
    entry = LogEntry.from_row(row)
    assert entry.time_stamp is None or entry.time_stamp.tzinfo is not None
    assert isinstance(entry.message_data, str | dict | None)
    assert entry.failed in {True, False}
