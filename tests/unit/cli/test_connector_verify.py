"""`connector verify`: what is missing, and what is there twice, in a DuckDB file."""

from __future__ import annotations

import io
import json
import re
import sys

import duckdb
import pytest

from fivetran_async.cli import app

ASKED = ["--schema", "shop", "--table", "orders"]


@pytest.fixture
def rows(tmp_path):
    """Return what writes a file with orders of days, and names it."""

    def write(name="rows.duckdb", days=(("2024-01-01", 3), ("2024-01-02", 2)), schema="shop", repeated=0):
        file = tmp_path / name
        with duckdb.connect(str(file)) as connection:
            connection.execute(f"CREATE SCHEMA {schema}; USE {file.stem}.{schema}")
            connection.execute("CREATE TABLE orders (id BIGINT, updated_at TIMESTAMPTZ, _fivetran_deleted BOOLEAN)")
            times = [f"{day} 12:00:00+00" for day, count in days for _ in range(count)]
            for number, at in enumerate(times, 1):
                connection.execute("INSERT INTO orders VALUES (?, ?, false)", [max(number - repeated, 1), at])
            connection.execute("INSERT INTO orders VALUES (1, now(), true)")
        return str(file)

    return write


@pytest.fixture
def counts(tmp_path):
    """Return what writes expected counts, and names the file."""

    def write(content):
        file = tmp_path / "counts.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(file)

    return write


def verify(file, *more):
    """Verify the orders in a file; return the status."""
    return app.run(["connector", "verify", file, *ASKED, *more])


def complaint(capsys):
    """Return the line that a command has complained with; it printed nothing else."""
    captured = capsys.readouterr()
    assert not captured.out
    assert re.fullmatch(r"error: .+\n", captured.err)
    return captured.err


def test_all_is_there(capsys, rows, counts):
    """Rows that are all there would be called wrong, or nobody see what was compared."""
    expected = counts({"2024-01-01": 3, "2024-01-02": 2})
    # Named as the schema in it is: to be told apart all the same.
    for name in ("rows.duckdb", "shop.duckdb"):
        assert verify(rows(name), "--key", "id", "--day", "updated_at", "--expected", expected) == 0
        captured = capsys.readouterr()
        assert captured.out.startswith("shop.orders: ok: 5 rows, 5 expected, 2 days\n")
        assert not captured.err


def test_a_gap(capsys, rows, counts):
    """A day of which rows are missing would pass."""
    expected = counts({"2024-01-01": 3, "2024-01-02": 3, "2024-01-03": 1})
    assert verify(rows(), "--day", "updated_at", "--expected", expected) == 1
    out = capsys.readouterr().out
    assert "2024-01-02: 2 rows, 3 expected" in out
    assert "2024-01-03: 0 rows, 1 expected" in out


def test_a_key_that_is_there_twice(capsys, rows):
    """A row that arrived twice would pass."""
    assert verify(rows(repeated=1), "--key", "id", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["duplicates"] == [{"key": {"id": 1}, "count": 2}]
    assert (told["ok"], told["expected"]) == (False, None)


def test_json(capsys, rows, monkeypatch):
    """A script would have to read sentences, or could not pipe its counts in."""
    monkeypatch.setattr("sys.stdin", io.StringIO('{"2024-01-01": 3, "2024-01-02": 2}'))
    assert verify(rows(), "--key", "id", "--day", "updated_at", "--expected", "-", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["table"], told["found"], told["expected"]) == (True, "shop.orders", 5, 5)
    assert told["days"][0] == {"day": "2024-01-01", "expected": 3, "found": 3, "ok": True}


def test_a_table_without_marks(capsys, rows):
    """A table that something else than Fivetran has made could not be verified, or rows that are gone count."""
    file = rows()
    with duckdb.connect(file) as connection:
        connection.execute("ALTER TABLE shop.orders DROP _fivetran_deleted")
    assert verify(file, "--key", "id", "--deleted", "") == 1
    assert "id 1: 2 rows" in capsys.readouterr().out


def test_against_another_file(capsys, rows):
    """What a local run has made could not be compared with what arrived."""
    local = rows("local.duckdb", days=(("2024-01-01", 3), ("2024-01-02", 2), ("2024-01-03", 4)), schema="debug")
    against = ["--day", "updated_at", "--against", local, "--against-schema", "debug"]
    assert verify(rows(), *against) == 1
    assert "2024-01-03: 0 rows, 4 expected" in capsys.readouterr().out
    # The day that was not synced yet is left out.
    assert verify(rows("again.duckdb"), *against, "--until", "2024-01-03") == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "there is nothing to look at"),
        (["--key", "nothing"], "nothing"),
        (["--expected", "x.json"], "x.json cannot be read as counts by day"),
        (["--expected", "x.json", "--against", "y.duckdb"], "--expected cannot be used with --against"),
        (["--against-schema", "debug"], "--against-schema wants --against"),
        (["--day", "updated_at", "--against", "none.duckdb"], "none.duckdb"),
        (["--day", "updated_at", "--since", "yesterday"], "since must be a date"),
        (["--day", "updated_at", "--timezone", "Nowhere/Else"], "there is no time zone 'Nowhere/Else'"),
        (["--day", "updated_at", "--day-type", "TIME"], "'TIME' is not one of"),
    ],
)
def test_what_cannot_be_asked(capsys, rows, options, said):
    """A slip would end in a traceback, or look like a difference."""
    assert verify(rows(), *options) == 2
    assert said in complaint(capsys)


@pytest.mark.parametrize("content", ["{", "[1]", '{"monday": 1}', '{"2024-01-01": -1}', '{"2024-01-01": "3"}'])
def test_counts_that_are_none(capsys, rows, counts, content):
    """A slip in the counts would look like a difference."""
    assert verify(rows(), "--day", "updated_at", "--expected", counts(content)) == 2
    complaint(capsys)


def test_other_warehouses(capsys):
    """Somebody with another warehouse would not be told how."""
    assert verify("snowflake://me@account/db") == 2
    assert "in Python: `await verify(connection, " in complaint(capsys)
    assert app.run(["connector", "verify", "--help"]) == 0
    assert "Other warehouses than" in capsys.readouterr().out


def test_without_duckdb(capsys, rows, monkeypatch):
    """A missing extra would end in a traceback, or not be named."""
    file = rows()
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert verify(file, "--key", "id") == 2
    assert "pip install 'fivetran-async[connector]'" in complaint(capsys)


@pytest.mark.parametrize("content", [None, "not a database"])
def test_files_that_are_none(capsys, tmp_path, content):
    """A mistyped file would be made, or end in a traceback."""
    file = tmp_path / "rows.duckdb"
    if content is not None:
        file.write_text(content)
    assert verify(str(file), "--key", "id") == 2
    assert "rows.duckdb" in complaint(capsys)
    assert file.exists() is (content is not None)
