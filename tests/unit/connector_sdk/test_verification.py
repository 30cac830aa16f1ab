"""Verifications: what is in a destination is counted by day and by key, and compared with what should be there."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest
import sqlglot

from fivetran_async.connector_sdk import DayCount, Verification, verify
from fivetran_async.connector_sdk.verification import Question
from fivetran_async.errors import ArgumentError
from fivetran_async.logs import DIALECTS

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
SHOP = {"schema": "shop", "table": "emails"}
BY_DAY = SHOP | {"day": "sent_at"}


@pytest.fixture
def warehouse(tmp_path):
    """Return three days of 24 emails, one of them deleted, in a session that is in another zone."""
    connection = duckdb.connect(str(tmp_path / "rows.duckdb"))
    connection.execute("SET TimeZone = 'America/New_York'; CREATE SCHEMA shop")
    connection.execute("CREATE TABLE shop.emails (id BIGINT, sent_at TIMESTAMPTZ, _fivetran_deleted BOOLEAN)")
    rows = [(number, FIRST + timedelta(hours=number), number == 30) for number in range(72)]
    connection.executemany("INSERT INTO shop.emails VALUES (?, ?, ?)", rows)
    yield connection
    connection.close()


def expected(**other):
    """Return what should be there, but for some days."""
    return {"2024-01-01": 24, "2024-01-02": 23, "2024-01-03": 24} | {
        f"2024-01-{day[1:]}": n for day, n in other.items()
    }


@pytest.fixture
def check(colour, warehouse):
    """Return what verifies the table, in both colours."""
    sdk = __import__(f"{colour.package.__name__}.connector_sdk", fromlist=["verify"])

    async def run(connection=warehouse, **options):
        return await colour.call(sdk.verify, connection, **(BY_DAY | options))

    return run


async def test_all_is_there(check):
    """A complete destination would be reported as wrong, or deleted rows be counted."""
    found = await check(key="id", expected=expected())
    assert found.ok
    assert (found.expected, found.found, found.undated) == (71, 71, 0)
    assert [(day.day, day.expected, day.found) for day in found.days] == [
        (date(2024, 1, 1), 24, 24),
        (date(2024, 1, 2), 23, 23),
        (date(2024, 1, 3), 24, 24),
    ]
    assert (found.missing, found.extra, found.wrong, found.duplicates) == ((), (), (), ())
    assert str(found) == ("shop.emails: ok: 71 rows, 71 expected, 3 days\n  no key (id) is there twice")


async def test_the_last_second_of_a_day_is_of_that_day(check, warehouse):
    """The fault that loses a day's last second would not show, or show on another day."""
    warehouse.execute("INSERT INTO shop.emails VALUES (100, '2024-01-01 23:59:59.999999+00', NULL)")
    found = await check(expected=expected())
    assert not found.ok
    assert [(day.day, day.expected, day.found) for day in found.wrong] == [(date(2024, 1, 1), 24, 25)]
    assert "2024-01-01: 25 rows, 24 expected" in str(found)


async def test_days_that_are_missing_and_days_too_many(check, warehouse):
    """A gap, or rows that nobody sent, would go unseen."""
    warehouse.execute("DELETE FROM shop.emails WHERE id BETWEEN 24 AND 47")
    warehouse.execute("INSERT INTO shop.emails VALUES (100, '2024-02-01 00:00:00+00', false)")
    found = await check(expected=expected())
    assert (found.ok, found.missing, found.extra) == (False, (date(2024, 1, 2),), (date(2024, 2, 1),))
    assert len(found.days) == 4


async def test_keys_that_are_there_twice(check, warehouse):
    """Duplicates would go unseen, deleted rows count as such, or a null hide a column of the key."""
    warehouse.execute("INSERT INTO shop.emails VALUES (5, NULL, false), (5, '2024-01-09 00:00:00+00', false)")
    warehouse.execute("INSERT INTO shop.emails VALUES (6, '2024-01-01 06:00:00+00', NULL), (30, now(), false)")
    found = await check(key=["id"], since="2024-01-01", until="2024-01-04")
    assert [(one.key, one.count) for one in found.duplicates] == [({"id": 5}, 3), ({"id": 6}, 2)]
    assert (found.ok, found.more_duplicates, found.checked) == (False, False, ("id",))
    assert "id 5: 3 rows" in str(found)
    fewer = await check(key=["id"], duplicates=1)
    assert ([one.count for one in fewer.duplicates], fewer.more_duplicates) == ([3], True)
    both = await check(key=["id", "sent_at"], day=None)
    assert [(one.key["id"], one.count) for one in both.duplicates] == [(6, 2)]
    assert both.days == ()


async def test_rows_without_a_time(check, warehouse):
    """Rows that belong to no day would be lost sight of."""
    warehouse.execute("INSERT INTO shop.emails VALUES (100, NULL, false)")
    found = await check(expected=expected())
    assert (found.ok, found.undated, found.found) == (False, 1, 72)
    assert "1 rows without a time" in str(found)
    assert (await check()).ok


async def test_a_range_and_a_zone(check):
    """Days would be cut elsewhere than where the source cuts them, or the range's last day be counted."""
    found = await check(expected={"2024-01-02": 23}, since="2024-01-02", until=date(2024, 1, 3))
    assert found.ok
    berlin = await check(timezone="Europe/Berlin", since=date(2024, 1, 1), until=date(2024, 1, 3))
    # The row of 06:00 UTC on the second is deleted; the first day began an hour before the first row.
    assert [(str(day.day), day.found) for day in berlin.days] == [("2024-01-01", 23), ("2024-01-02", 23)]


@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP"])
async def test_columns_without_a_zone(check, warehouse, kind):
    """A date would be taken for midnight somewhere, and be of the day before."""
    warehouse.execute(f"CREATE TABLE shop.days AS SELECT CAST(d AS {kind}) AS at FROM (VALUES ('2024-01-01')) t(d)")
    options = {"table": "days", "day": "at", "deleted": None, "since": "2024-01-01", "until": "2024-01-02"}
    day_type = "NAIVE_DATE" if kind == "DATE" else "NAIVE_DATETIME"
    assert (await check(**options, day_type=day_type, expected=[("2024-01-01", 1)])).ok


async def test_expected_counts_come_in_many_shapes(check):
    """A function that asks the source would not be called, or not be waited for."""

    async def asked():
        return expected()

    pairs = [(date.fromisoformat(day), count) for day, count in expected().items()]
    for shape in (pairs, iter(pairs), expected, asked, lambda: iter(pairs)):
        assert (await check(expected=shape)).ok
    assert not (await check(expected={})).ok


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"day": None}, "there is nothing to look at"),
        ({"day": None, "key": "id", "expected": {}}, "expected= wants day="),
        ({"day": None, "key": "id", "since": "2024-01-01"}, "want day="),
        ({"expected": {"1 January": 1}}, "must be a date"),
        ({"expected": {"2024-02-30": 1}}, "is no day"),
        ({"expected": {FIRST: 1}}, "must be a date"),
        ({"expected": {"2024-01-01": -1}}, "0 or more"),
        ({"expected": {"2024-01-01": True}}, "0 or more"),
        ({"expected": [("2024-01-01", 1), (date(2024, 1, 1), 2)]}, "twice"),
        ({"expected": ["2024-01-01"]}, "pairs"),
        ({"expected": 5}, "must be a mapping"),
        ({"expected": {"2024-01-01": 1}, "since": "2024-01-02"}, "not looked at"),
        ({"since": "2024-01-02", "until": "2024-01-02"}, "must be after"),
        ({"timezone": "Mars/Olympus"}, "no time zone"),
        ({"day_type": "DATE"}, "day_type is"),
        ({"key": ["id", "id"]}, "twice"),
        ({"key": [5]}, "must be a name"),
        ({"duplicates": 0}, "1 or more"),
        ({"table": ""}, "table must be a name"),
        ({"dialect": "oracle"}, "no dialect"),
    ],
)
async def test_what_cannot_be_asked_is_refused(check, options, words):
    """A slip would be a strange answer, or an error of the database."""
    with pytest.raises(ArgumentError, match=words):
        await check(**options)


async def test_an_unknown_driver_wants_its_dialect(check):
    """SQL of the wrong warehouse would be sent."""
    with pytest.raises(ArgumentError, match="give dialect="):
        await check(connection=object())


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("day_type", ["UTC_DATETIME", "NAIVE_DATE"])
def test_the_sql_is_sql_in_each_dialect(dialect, day_type):
    """A warehouse that is not at hand here would get what it cannot read."""
    look = Question(
        **SHOP,
        database="p",
        key=("id", "order"),
        day="sent_at",
        day_type=day_type,
        since="2024-01-01",
        until="2024-02-01",
        timezone="Europe/Berlin",
        deleted="_fivetran_deleted",
        duplicates=5,
        dialect=None,
        paramstyle=None,
    ).checked(compares=True)
    name = str.upper if dialect == "snowflake" else str
    for query in look.queries():
        rendered = query.render(dialect)
        (tree,) = sqlglot.parse(rendered.sql.replace("%(", ":").replace(")s", "").replace("%s", "?"), dialect=dialect)
        table = next(tree.find_all(sqlglot.exp.Table))
        assert (table.catalog, table.db, table.name) == (name("p"), name("shop"), name("emails"))
        assert name("_fivetran_deleted") in {column.name for column in tree.find_all(sqlglot.exp.Column)}
    bound = look.queries()[0].parameters
    if day_type == "UTC_DATETIME":
        assert bound == {
            "since": datetime(2023, 12, 31, 23, tzinfo=UTC),
            "until": datetime(2024, 1, 31, 23, tzinfo=UTC),
        }
    else:
        assert bound == {"since": date(2024, 1, 1), "until": date(2024, 2, 1)}


def test_big_query_is_asked_for_days_in_the_zone():
    """BigQuery has no AT TIME ZONE, and days would be those of UTC."""
    look = Question(
        **BY_DAY,
        database=None,
        key="id",
        day_type="UTC_DATETIME",
        since=None,
        until=None,
        timezone="Europe/Berlin",
        deleted="_fivetran_deleted",
        duplicates=2,
        dialect=None,
        paramstyle=None,
    ).checked(compares=False)
    days, keys = (query.render("bigquery").sql for query in look.queries())
    assert days == (
        "SELECT `day`, COUNT(*) AS `found` FROM (SELECT DATE(`sent_at`, 'Europe/Berlin') AS `day` FROM `shop`.`emails` "
        "WHERE NOT COALESCE(`_fivetran_deleted`, FALSE)) AS `rows_by_day` GROUP BY `day`"
    )
    assert keys == (
        "SELECT `id`, COUNT(*) AS `found` FROM `shop`.`emails` WHERE NOT COALESCE(`_fivetran_deleted`, FALSE) "
        "GROUP BY `id` HAVING COUNT(*) > 1 ORDER BY COUNT(*) DESC, `id` LIMIT 3"
    )


def test_many_lines_are_cut():
    """A table that is empty would fill the screen."""
    days = [{"day": date(2024, 1, day), "expected": 1, "found": 0} for day in range(1, 32)]
    found = Verification(table="shop.emails", days=tuple(DayCount(**day) for day in days), compared=True)
    assert str(found).count("\n") == 11
    assert str(found).endswith("and 21 more")


@pytest.mark.skipif(
    not {"FIVETRAN_TEST_BIGQUERY_PROJECT", "FIVETRAN_TEST_BIGQUERY_DATASET"} <= set(os.environ),
    reason="wants a real BigQuery: FIVETRAN_TEST_BIGQUERY_PROJECT, FIVETRAN_TEST_BIGQUERY_DATASET and credentials",
)
async def test_a_real_big_query():
    """What is only parsed here would not be what BigQuery understands."""
    bigquery = pytest.importorskip("google.cloud.bigquery")
    dbapi = pytest.importorskip("google.cloud.bigquery.dbapi")
    project, dataset = (os.environ[f"FIVETRAN_TEST_BIGQUERY_{name}"] for name in ("PROJECT", "DATASET"))
    client = bigquery.Client(project=project)
    table = f"{project}.{dataset}.verify_{os.getpid()}"
    rows = ", ".join(f"({n}, TIMESTAMP '2024-01-0{n} 23:59:59', FALSE)" for n in (1, 2, 3))
    client.query_and_wait(
        f"CREATE TABLE `{table}` AS SELECT * FROM UNNEST(ARRAY<STRUCT<id INT64, sent_at TIMESTAMP, "
        f"_fivetran_deleted BOOL>>[{rows}])"
    )
    try:
        found = await verify(
            dbapi.connect(client),
            schema=dataset,
            table=table.rpartition(".")[2],
            database=project,
            key="id",
            day="sent_at",
            since="2024-01-01",
            until="2024-01-03",
            expected={"2024-01-01": 1, "2024-01-02": 1},
        )
        assert found.ok, str(found)
    finally:
        client.delete_table(table)
