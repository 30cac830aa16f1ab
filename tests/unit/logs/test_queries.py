"""The questions as SQL: what is quoted, what is bound, what is refused. Run on real databases they are in `wire`."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import sqlglot
from sqlglot import exp

from fivetran_async import logs
from fivetran_async.errors import ArgumentError
from fivetran_async.logs import DIALECTS, failed_syncs, monthly_active_rows, recent_syncs, rows_by_table, run

NOON = datetime(2026, 5, 21, 12, tzinfo=UTC)
QUESTIONS = [
    logs.recent_syncs,
    logs.failed_syncs,
    logs.sync_duration,
    logs.schema_changes,
    logs.rows_by_table,
    logs.monthly_active_rows,
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
def test_names_are_quoted(question, dialect) -> None:
    """A name that is a word of SQL would end the query, and Snowflake not find one in lower case."""
    sql = question(database="acme", connection_ids=["a"], limit=3).render(dialect, "qmark").sql
    tree = sqlglot.parse_one(sql, read=dialect)
    names = list(tree.find_all(exp.Identifier))
    assert names
    assert all(name.quoted for name in names)
    assert {name.name == name.name.upper() for name in names} == {dialect == "snowflake"}
    quote = "`" if dialect in {"bigquery", "databricks"} else '"'
    place = f"{quote}acme{quote}.{quote}fivetran_metadata{quote}."
    assert (place.upper() if dialect == "snowflake" else place) in sql
    assert sql.endswith("LIMIT 3")


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
def test_the_older_generation(question) -> None:
    """Columns that older tables do not have would be asked for."""
    sql = question(columns="connector", connection_ids=["a"]).render("duckdb").sql
    inner = sql[sql.rindex("SELECT") :]
    assert '"connector_id"' in inner
    assert '"connection_id" IN' not in sql
    if question is monthly_active_rows:
        assert '"fivetran_metadata"."connector"' in sql
        assert '"mar"."connector_name"' in sql


@pytest.mark.parametrize(
    ("style", "marks"),
    [
        ("qmark", ["?", "?"]),
        ("numeric", [":1", ":2"]),
        ("named", [":since", ":connection_1"]),
        ("format", ["%s", "%s"]),
        ("pyformat", ["%(since)s", "%(connection_1)s"]),
    ],
)
def test_styles(style, marks) -> None:
    """A driver would not find its values, or find them in the wrong order."""
    query = rows_by_table(schema="50% ?", since=NOON, connection_ids=["a"])
    rendered = query.render("duckdb", style)
    doubled = "50%% ?" if style in {"format", "pyformat"} else "50% ?"
    assert f'FROM "{doubled}"."log"' in rendered.sql
    assert f'"time_stamp" >= {marks[0]}' in rendered.sql
    assert f'"connection_id" IN ({marks[1]})' in rendered.sql
    values = {"since": NOON, "connection_1": "a"}
    assert rendered.parameters == (values if style in {"named", "pyformat"} else tuple(values.values()))


def test_the_usual_style_of_each() -> None:
    """The SQL could not be given to the warehouse's own driver as it is."""
    marks = {dialect: recent_syncs(connection_ids=["a"]).render(dialect).sql for dialect in DIALECTS}
    assert "IN (%(connection_1)s)" in marks["snowflake"]
    assert "IN (%(connection_1)s)" in marks["bigquery"]
    assert "IN (%s)" in marks["redshift"]
    assert "IN (:connection_1)" in marks["databricks"]
    assert "IN (%(connection_1)s)" in marks["postgres"]
    assert "IN (?)" in marks["duckdb"]


def test_json_in_each() -> None:
    """A warehouse would be asked for what it does not know, or stop at a text that is no JSON."""
    said = {dialect: failed_syncs().render(dialect).sql for dialect in DIALECTS}
    assert """GET_PATH(TRY_PARSE_JSON(TO_VARCHAR("MESSAGE_DATA")), 'status')""" in said["snowflake"]
    assert "JSON_VALUE(`message_data`, '$.status')" in said["bigquery"]
    assert "'status', TRUE), '')" in said["redshift"]
    assert "GET_JSON_OBJECT(CAST(`message_data` AS STRING), '$.status')" in said["databricks"]
    assert """JSON_EXTRACT_PATH_TEXT(CAST(CAST("message_data" AS TEXT) AS JSON), 'status')""" in said["postgres"]
    assert """TRY_CAST(CAST("message_data" AS TEXT) AS JSON) ->> '$.status'""" in said["duckdb"]


def test_times_are_bound_in_utc_and_months_by_days() -> None:
    """A time of another zone would be hours off where the warehouse has no zones."""
    there = NOON.astimezone(timezone(timedelta(hours=-11)))
    assert recent_syncs(since=there).parameters == {"since": NOON}
    assert recent_syncs(since=there).parameters["since"].utcoffset() == timedelta(0)
    assert monthly_active_rows(since=there, until=there).parameters == {
        "since": date(2026, 5, 21),
        "until": date(2026, 5, 22),
    }
    midnight = datetime(2026, 5, 21, tzinfo=UTC)
    assert monthly_active_rows(until=midnight).parameters == {"until": date(2026, 5, 21)}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"since": datetime(2026, 5, 21)}, "since is a datetime with a zone"),  # noqa: DTZ001 - what is refused
        ({"until": "2026-05-21"}, "until is a datetime with a zone"),
        ({"until": date(2026, 5, 21)}, "until is a datetime with a zone"),
        ({"limit": 0}, "limit is a whole number"),
        ({"limit": True}, "limit is a whole number"),
        ({"limit": "5; DROP TABLE log"}, "limit is a whole number"),
        ({"connection_ids": "abc"}, "connection_ids is a list"),
        ({"connection_ids": [7]}, "connection_ids is a list"),
        ({"connection_ids": [""]}, "connection_ids is a list"),
        ({"columns": "connections"}, "columns is 'connection' or 'connector'"),
        ({"schema": ""}, "schema is the name of one"),
        ({"schema": None}, "schema is the name of one"),
        ({"database": "a\0b"}, "database is the name of one"),
    ],
)
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
def test_what_cannot_be_asked(question, wrong, said) -> None:
    """The warehouse would say so, in its own words, or answer another question."""
    with pytest.raises(ArgumentError, match=said):
        question(**wrong)


@pytest.mark.parametrize(("dialect", "style"), [("oracle", None), (None, None), ("duckdb", "dollar")])
def test_dialects_and_styles_that_are_none(dialect, style) -> None:
    """A misspelt dialect would be SQL of no warehouse."""
    with pytest.raises(ArgumentError, match="there is no"):
        recent_syncs().render(dialect, style)
    assert recent_syncs().render("PostgreSQL") == recent_syncs().render("postgres")


class Connection:
    """One of a driver that nobody knows; it is its own cursor, and keeps what it was asked."""

    description = (("CONNECTION_ID",),)

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.rows = [("a",)]
        self.closed = 0

    def cursor(self) -> Connection:
        """Return the cursor."""
        return self

    def execute(self, *asked: object) -> None:
        """Keep what was asked."""
        self.asked.append(asked)

    def fetchmany(self, _number: int) -> list[tuple[str]]:
        """Return the rows, once."""
        rows, self.rows = self.rows, []
        return rows

    def close(self) -> None:
        """Count."""
        self.closed += 1


def test_a_driver_that_is_not_known() -> None:
    """SQL of another warehouse would be sent to it."""
    connection = Connection()
    with pytest.raises(ArgumentError, match="give dialect="):
        run(recent_syncs(), connection)
    rows = run(recent_syncs(connection_ids=["a"]), connection, dialect="redshift", paramstyle="numeric")
    assert connection.asked == []  # until the first row is asked for
    assert [sync.connection_id for sync in rows] == ["a"]
    assert connection.asked[0][1] == ("a",)
    assert "IN (:1)" in str(connection.asked[0][0])
    assert connection.closed == 1


@pytest.mark.parametrize(
    ("module", "mark"),
    [
        ("snowflake.connector.connection", "%(connection_1)s"),
        ("google.cloud.bigquery.dbapi.connection", "%(connection_1)s"),
        ("redshift_connector.core", "%s"),
        ("databricks.sql.client", ":connection_1"),
        ("psycopg2.extensions", "%(connection_1)s"),
    ],
)
def test_drivers_are_known_by_their_modules(module, mark) -> None:
    """Everybody would have to say what their connection is connected to."""
    kind = type("Theirs", (Connection,), {"__module__": module})
    ours = type("Ours", (kind,), {"__module__": "my.pool"})
    for made in (kind(), ours(), type("Pooled", (), {"driver_connection": kind(), "cursor": kind().cursor})()):
        cursor = made.cursor()
        list(run(recent_syncs(connection_ids=["a"]), made))
        assert f"IN ({mark})" in str(cursor.asked[0][0])


def test_without_sqlglot_it_says_what_to_install() -> None:
    """A user would see that a module is missing, and not which extra has it; or could not even read rows."""
    code = (
        "import sys; sys.modules['sqlglot'] = None\n"
        "from fivetran_async.logs import LogEntry\n"
        "LogEntry.from_row({})\n"
        "from fivetran_async.errors import ConfigError\n"
        "try:\n"
        "    from fivetran_async.logs import recent_syncs\n"
        "except ConfigError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'fivetran-async[logs]'" in done.stdout


def test_all_that_is_promised_is_there() -> None:
    """A name in `__all__` could not be imported."""
    for name in logs.__all__:
        assert getattr(logs, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = logs.nothing
