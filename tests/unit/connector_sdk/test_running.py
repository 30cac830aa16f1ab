"""Local runs: rows arrive as they were sent, count when they were checkpointed, and are what the schema says."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import textwrap
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pytest

from fivetran_async.connector_sdk import debug, standin
from fivetran_async.errors import ArgumentError

HEAD = """
from datetime import UTC, date, datetime
from decimal import Decimal
from fivetran_connector_sdk import Connector, Logging as log, Operations as op
"""
TAIL = "\nconnector = Connector(update=update, schema=schema)\n"
SCHEMA = "def schema(configuration):\n    return [{'table': 'orders', 'primary_key': ['id']}]\n"


@pytest.fixture
def make(tmp_path):
    """Return what writes the folder of a connector from the body of `update`."""

    def write(body, schema=SCHEMA, **files):
        folder = tmp_path / "shop"
        folder.mkdir(exist_ok=True)
        update = "def update(configuration, state):\n" + textwrap.indent(textwrap.dedent(body), "    ")
        (folder / "connector.py").write_text(HEAD + schema + update + TAIL)
        for name, text in files.items():
            (folder / name.replace("__", ".")).write_text(text)
        return folder

    return write


def declared(**columns):
    """Return the source of a schema with these types."""
    return (
        f"def schema(configuration):\n    return [{{'table': 'orders', 'primary_key': ['id'], 'columns': {columns}}}]\n"
    )


def query(run, sql):
    """Ask the DuckDB file of a run."""
    with duckdb.connect(str(run.warehouse), read_only=True) as connection:
        connection.execute(f"SET TimeZone = 'UTC'; SET search_path = '{run.schema}'")
        return connection.execute(sql).fetchall()


def orders(run, columns="id, name"):
    """Return the rows that are not deleted."""
    return query(run, f"SELECT {columns} FROM orders WHERE NOT _fivetran_deleted ORDER BY id")


def test_rows_arrive_and_the_state_is_kept(make):
    """A run would not write what the connector sends, or the next one not go on from it."""
    folder = make(
        """
        first = state.get("next", 1)
        for number in range(first, first + 3):
            op.upsert(table="orders", data={"id": number, "name": f"n{number}"})
        op.checkpoint(state={"next": first + 3})
        """
    )
    run = debug(folder)
    assert run.ok
    assert (run.checkpoints, run.state, run.sent) == (1, {"next": 4}, 3)
    assert [(table.name, table.upserts, table.rows) for table in run.tables] == [("orders", 3, 3)]
    assert json.loads((folder / "files" / "local-state.json").read_text()) == {"next": 4}
    again = debug(folder)
    assert (again.state, again.tables[0].rows) == ({"next": 7}, 6)
    assert orders(again) == [(number, f"n{number}") for number in range(1, 7)]
    assert not run.warnings


def test_operations(make):
    """An operation would not do what it is documented to do."""
    folder = make(
        """
        for number in range(1, 6):
            op.upsert("orders", {"id": number, "name": "a", "price": 1.5})
        op.checkpoint({})
        op.upsert("orders", {"id": 1, "name": "b"})       # the rest becomes null
        op.update(table="orders", modified={"id": 2, "name": "c"})  # the rest stays
        op.delete(table="orders", keys={"id": 3})
        op.upsert("orders", {"id": 4, "name": "x"}); op.update("orders", {"id": 4, "name": "y"})
        op.upsert("orders", {"id": 5}); op.delete("orders", {"id": 5})
        op.delete("orders", {"id": 99})
        op.update("orders", {"id": 98, "name": "z"})
        op.checkpoint({})
        """
    )
    run = debug(folder)
    assert run.ok, run.error
    assert orders(run, "id, name, price") == [(1, "b", None), (2, "c", 1.5), (4, "y", None)]
    assert query(run, "SELECT id FROM orders WHERE _fivetran_deleted ORDER BY id") == [(3,), (5,)]
    (table,) = run.tables
    assert (table.upserts, table.updates, table.deletes, table.truncates, table.rows) == (8, 3, 3, 0, 3)


def test_truncate(make):
    """Rows that were there before would stay, or those that come after it be gone."""
    folder = make(
        """
        op.upsert("orders", {"id": 1}); op.upsert("orders", {"id": 2})
        op.truncate(table="orders")
        op.upsert("orders", {"id": 2})
        op.checkpoint({})
        """
    )
    run = debug(folder)
    assert orders(run, "id") == [(2,)]
    assert query(run, "SELECT count(*) FROM orders") == [(2,)]


def test_what_follows_the_last_checkpoint_is_dropped_on_failure(make):
    """A connector that checkpoints too soon would look right here, and lose rows in production."""
    folder = make(
        """
        for day in range(state.get("day", 1), 6):
            op.upsert("orders", {"id": day, "name": "x"})
            if day == 3 and not state:
                raise ConnectionError("the source fails with hunter22secret")
            op.checkpoint({"day": day + 1})
        """,
        configuration__json='{"api_key": "hunter22secret"}',
    )
    run = debug(folder)
    assert not run.ok
    assert run.error == "ConnectionError: the source fails with ******"
    assert run.where == ("connector.py:12 in update",)
    assert (run.state, run.checkpoints) == ({"day": 3}, 2)
    assert orders(run, "id") == [(1,), (2,)]
    resumed = debug(folder)
    assert resumed.ok
    assert orders(resumed, "id") == [(1,), (2,), (3,), (4,), (5,)]


def test_the_end_counts_without_a_checkpoint_and_is_warned_of(make):
    """Rows of a connector without checkpoints would be lost, or nobody learn that it sends them again each time."""
    run = debug(make('op.upsert("orders", {"id": 1})'))
    assert (run.tables[0].rows, run.checkpoints) == (1, 0)
    assert "1 operations came after the last checkpoint" in run.warnings[0]


def test_types_that_are_found(make):
    """A value would arrive as another one, or its column have a type that cannot hold it."""
    folder = make(
        """
        op.upsert("orders", {
            "id": 1, "flag": True, "whole": 2**40, "huge": 2**70, "real": 1.5, "exact": Decimal("12.34"),
            "text": "a\\u0000'\\n\\u00e9", "day": date(2024, 2, 29), "naive": datetime(2024, 2, 29, 1, 2, 3, 4),
            "aware": datetime.fromisoformat("2024-02-29T23:00:00-05:00"), "raw": b"\\x00\\xff", "none": None,
            "tree": {"a": [1, None]}, "items": [1, 2], "nan": float("nan"),
        })
        op.checkpoint({})
        """
    )
    run = debug(folder)
    assert run.ok, run.error
    kinds = dict(query(run, "SELECT column_name, column_type FROM (DESCRIBE orders)"))
    assert kinds | {"id": "BIGINT", "huge": "VARCHAR", "aware": "TIMESTAMP WITH TIME ZONE", "tree": "JSON"} == kinds
    assert "none" not in kinds
    columns = "flag, whole, huge, real, exact, text, day, naive, aware::VARCHAR, raw, tree, items, isnan(nan)"
    assert query(run, f"SELECT {columns} FROM orders") == [
        (
            True,
            2**40,
            str(2**70),
            1.5,
            Decimal("12.3400000000"),
            "a\0'\n\u00e9",
            date(2024, 2, 29),
            datetime(2024, 2, 29, 1, 2, 3, 4),  # noqa: DTZ001 - naive is what it is
            "2024-03-01 04:00:00+00",
            b"\x00\xff",
            '{"a":[1,null]}',
            "[1,2]",
            True,
        )
    ]


def test_columns_come_and_widen(make):
    """A column that comes later, or has another type than before, would end the run or lose what is there."""
    folder = make(
        """
        step = state.get("step", 0)
        value = [1, 2.5, "text", b"\\x01", {"a": 1}, True][step]
        op.upsert("orders", {"id": step, "v": value, **({"late": step} if step else {})})
        op.checkpoint({"step": step + 1})
        """
    )
    for _ in range(6):
        run = debug(folder)
        assert run.ok, run.error
    assert orders(run, "id, v, late") == [
        (0, "1.0", None),
        (1, "2.5", 1),
        (2, "text", 2),
        (3, "AQ==", 3),
        (4, '{"a": 1}', 4),
        (5, "true", 5),
    ]


DECLARED = {
    "BOOLEAN": ("True", "1", True),
    "SHORT": ("7", "40000", 7),
    "INT": ("7", "2**31", 7),
    "LONG": ("2**40", "'7'", 2**40),
    "FLOAT": ("1.5", "'1.5'", 1.5),
    "DOUBLE": ("2", "True", 2.0),
    "NAIVE_DATE": ("'2024-02-29'", "'2024-02-30'", date(2024, 2, 29)),
    "NAIVE_DATETIME": ("'2024-02-29T01:00:00'", "datetime(2024, 1, 1, tzinfo=UTC)", datetime(2024, 2, 29, 1)),  # noqa: DTZ001
    "UTC_DATETIME": ("'2024-02-29T01:00:00Z'", "datetime(2024, 1, 1)", datetime(2024, 2, 29, 1, tzinfo=UTC)),
    "BINARY": ("b'x'", "'x'", b"x"),
    "XML": ("'<a/>'", "b'x'", "<a/>"),
    "STRING": ("7", "[1]", "7"),
    "JSON": ("'{\"a\": 1}'", "'{a}'", '{"a":1}'),
}


@pytest.mark.parametrize("kind", DECLARED)
def test_types_that_are_declared(make, kind):
    """A wrong value would be found out only in production, or a right one be refused here."""
    right, wrong, stored = DECLARED[kind]
    body = f"op.upsert('orders', {{'id': 1, 'v': {right}}})\nop.checkpoint({{}})"
    run = debug(make(body, declared(v=kind)))
    assert run.ok, run.error
    assert query(run, "SELECT v FROM orders") == [(stored,)]
    run = debug(make(f"op.upsert('orders', {{'id': 2, 'v': {wrong}}})", declared(v=kind)))
    assert run.error is not None
    assert f"orders.v is declared {kind}, which wants " in run.error


def test_decimals_that_are_declared(make):
    """Digits would be cut off without a word."""
    kind = {"type": "DECIMAL", "precision": 5, "scale": 2}
    run = debug(make("op.upsert('orders', {'id': 1, 'v': '123.45'})", declared(v=kind)))
    assert query(run, "SELECT v FROM orders") == [(Decimal("123.45"),)]
    for wrong in ("'123.456'", "1000", "'x'", "float('nan')"):
        run = debug(make(f"op.upsert('orders', {{'id': 1, 'v': {wrong}}})", declared(v=kind)))
        assert run.error is not None
        assert "orders.v is declared DECIMAL, which wants a number of at most 5 digits" in run.error


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("op.upsert('orders', {'name': 'x'})", "upsert without a value of the primary key: id"),
        ("op.upsert('orders', {'id': None})", "upsert without a value of the primary key: id"),
        ("op.upsert('orders', {'id': 1, 'x': {1}})", r"orders\.x: a value of the type set, which Fivetran has no type"),
        ("op.upsert('orders', [1])", "a row must be a dict, not list"),
        ("op.upsert('orders', {'id': 1, '_fivetran_x': 1})", "names that begin with _fivetran_ are Fivetran's"),
        ("op.upsert('orders', {'id': 1, 'A': 1, 'a': 1})", "orders.a and A are one column in a destination"),
        ("op.upsert('orders', {'id': 1, 7: 1})", "the name of a column must be a text"),
        ("op.upsert(7, {'id': 1})", "the name of a table must be a text"),
        ("op.delete('free', {'id': 1})", "free: delete wants a primary key, and schema"),
        ("op.checkpoint([1])", "a state must be a dict, not list"),
        ("op.checkpoint({'at': date(2024, 1, 1)})", "a state must be JSON"),
        ("raise SystemExit(3)", r"called exit\(3\), which Fivetran does not see"),
        ("import nonsense_module", "ModuleNotFoundError: No module named 'nonsense_module'"),
    ],
)
def test_what_is_refused(make, body, reason):
    """A mistake would pass here and fail in production, or end this process."""
    run = debug(make(body))
    assert run.error is not None
    assert re.search(reason, run.error), run.error
    assert run.where[-1].startswith("connector.py:")


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ("return {'table': 'x'}", "must return a list of tables, not dict"),
        ("return [7]", r"schema\(\)\[0\] must be an object"),
        ("return [{'primary_key': ['id']}]", "table must be a name"),
        ("return [{'table': 'x', 'keys': ['id']}]", "unknown: keys"),
        ("return [{'table': 'x', 'primary_key': 'id'}]", "primary_key must be a list"),
        ("return [{'table': 'x', 'columns': {'a': 'TEXT'}}]", r"x\.a: 'TEXT' is no type: BINARY, BOOLEAN"),
        ("return [{'table': 'x', 'columns': {'a': 'DECIMAL'}}]", r"x\.a: DECIMAL wants its digits"),
        ("return [{'table': 'x', 'columns': {'a': {'type': 'DECIMAL', 'precision': 50, 'scale': 1}}}]", "from 1 to 38"),
        ("return [{'table': 'x', 'columns': {'_fivetran_id': 'STRING'}}]", "are Fivetran's"),
        ("return [{'table': 'x'}, {'table': 'X'}]", "describes the table X twice"),
        ("raise KeyError('region')", "KeyError: 'region'"),
    ],
)
def test_a_schema_that_is_none(make, schema, reason):
    """A schema that Fivetran refuses would be found out only there."""
    run = debug(make("pass", f"def schema(configuration):\n    {schema}\n"))
    assert run.error is not None
    assert re.search(reason, run.error), run.error


def test_a_table_without_a_key(make):
    """Rows of a table without a primary key would overwrite each other, or the same one come twice."""
    folder = make("op.upsert('free', {'a': 1}); op.upsert('free', {'a': 2}); op.upsert('free', {'a': 1})")
    debug(folder)
    run = debug(folder)
    assert query(run, "SELECT a FROM free ORDER BY a") == [(1,), (2,)]


def test_many_rows(make):
    """More rows than wait in memory would be lost, doubled, or end the run."""
    folder = make(
        """
        for number in range(45_000):
            op.upsert("orders", {"id": number % 42_000, "name": str(number)})
        op.checkpoint({})
        """
    )
    run = debug(folder)
    assert run.tables[0].rows == 42_000
    assert query(run, "SELECT count(*), count(DISTINCT id) FROM orders WHERE name::INT >= 42000") == [(3000, 3000)]


def test_a_connector_of_the_first_version(make):
    """A connector that yields its operations would send nothing."""
    run = debug(make("yield op.upsert('orders', {'id': 1})\nyield op.checkpoint({'a': 1})"))
    assert (run.tables[0].rows, run.state) == (1, {"a": 1})


def test_a_coroutine_is_refused(make):
    """Nothing of it would run, and the run look fine."""
    folder = make("pass")
    file = folder / "connector.py"
    file.write_text(file.read_text().replace("def update", "async def update"))
    assert "update() is a coroutine function" in (debug(folder).error or "")


def test_threads_may_send(make):
    """Operations of a connector that reads in threads would be lost."""
    folder = make(
        """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: op.upsert("orders", {"id": n}), range(500)))
        op.checkpoint({})
        """
    )
    assert debug(folder).tables[0].rows == 500


def test_the_log(make, capsys):
    """Lines of the log would be missing, or show a secret."""
    folder = make(
        """
        log.info("key " + configuration["api_key"]); log.warning("w"); log.error("e", ValueError("bad"))
        log.debug("d"); log.critical("c"); log.fine("f"); log.severe("s")
        """,
        configuration__json='{"api_key": "hunter22secret"}',
    )
    seen = []
    run = debug(folder, on_line=lambda level, text: seen.append((level, text)))
    assert seen == [
        ("INFO", "key ******"),
        ("WARNING", "w"),
        ("ERROR", "e: ValueError: bad"),
        ("DEBUG", "d"),
        ("CRITICAL", "c"),
        ("DEBUG", "f"),
        ("ERROR", "s"),
    ]
    assert run.lines == tuple(seen)
    assert run.warnings == ("3 lines of the log are errors",)
    assert "hunter22" not in repr(run)


def test_nothing_stays_in_the_process(make, monkeypatch):
    """A second connector would get the modules of the first one, or this process another folder."""
    monkeypatch.delenv("FIVETRAN_CONNECTION_ID", raising=False)
    body = """
        import os, part
        name = os.environ["FIVETRAN_CONNECTION_ID"] + os.path.basename(os.getcwd())
        op.upsert("orders", {"id": part.VALUE, "name": name})
    """
    folder = make(body, part__py="VALUE = 1\n")
    path, modules = list(sys.path), set(sys.modules)
    assert orders(debug(folder)) == [(1, "test_connection_idshop")]
    make(body, part__py="VALUE = 22\n")
    assert orders(debug(folder)) == [(1, "test_connection_idshop"), (22, "test_connection_idshop")]
    assert sys.path == path
    assert not {"part", "connector", standin.NAME} & (set(sys.modules) - modules)
    assert "FIVETRAN_CONNECTION_ID" not in os.environ
    assert not list(folder.rglob("__pycache__"))
    with pytest.raises(RuntimeError, match=r"inside update\(\) only"):
        standin.Operations.upsert("orders", {"id": 1})


def test_a_connector_without_its_name(make):
    """A connector that Fivetran does not find would run here."""
    folder = make("pass")
    file = folder / "connector.py"
    file.write_text(file.read_text().replace("connector = Connector", "shop = Connector"))
    assert "must define `connector = Connector(" in (debug(folder).error or "")


def test_a_script_that_runs_itself_says_what_to_do(make):
    """A connector that calls itself would run without a destination."""
    folder = make("pass")
    file = folder / "connector.py"
    file.write_text(file.read_text() + "\nconnector.debug()\n")
    assert "run `fivetran-async connector debug`" in (debug(folder).error or "")


def test_a_syntax_error_is_placed(make):
    """Nobody would know where the connector cannot be read."""
    folder = make("pass")
    (folder / "connector.py").write_text("x = 1\nif\n")
    run = debug(folder)
    assert run.error is not None
    assert run.error.startswith("SyntaxError: ")
    assert run.where == ("connector.py:2",)


async def test_not_inside_a_loop(make):
    """`asyncio.run` inside `update()` would fail, as it does not in production."""
    folder = make("import asyncio\nasyncio.run(asyncio.sleep(0))")
    with pytest.raises(ArgumentError, match=r"asyncio\.to_thread"):
        debug(folder)
    assert (await asyncio.to_thread(debug, folder)).ok


def test_files_that_are_none(make, tmp_path):
    """A damaged state would be taken for the beginning, or a file that is no database be written over."""
    folder = make("pass")
    broken = tmp_path / "state.json"
    for content, reason in (("[1]", "holds no state"), ("{", "cannot be read as a state")):
        broken.write_text(content)
        with pytest.raises(ArgumentError, match=reason):
            debug(folder, state_file=broken)
    text = tmp_path / "notes.txt"
    text.write_text("notes " * 100)
    with pytest.raises(ArgumentError, match="cannot be opened as a DuckDB file"):
        debug(folder, warehouse=text)
    assert text.read_text() == "notes " * 100


def test_a_type_that_was_declared_too_late(make):
    """A run would end in an error of the database, and nobody know what to do."""
    debug(make("op.upsert('orders', {'id': 1, 'v': 'text'})"))
    with pytest.raises(
        ArgumentError, match=r"orders\.v is stored as VARCHAR, and cannot become BIGINT: begin with a new"
    ):
        debug(make("pass", declared(v="LONG")))
