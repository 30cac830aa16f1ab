"""`fivetran-async connector verify`: whether what arrived is what the source has."""

import contextlib
import json
import re
import sys
from pathlib import Path
from typing import Any, cast, get_args

import click

from fivetran_async._loops import run_on_quickest
from fivetran_async.cli import output
from fivetran_async.cli.app import Exit
from fivetran_async.cli.connector._duckdb import database, reading
from fivetran_async.cli.connector._shared import print_json
from fivetran_async.connector_sdk.lifecycle import Verification, verify
from fivetran_async.connector_sdk.verification import DELETED, Counts, DayType
from fivetran_async.errors import ArgumentError

_PYTHON = "in Python: `await verify(connection, schema=..., table=..., key=..., day=..., expected=...)`"


@click.command(
    name="verify",
    short_help="Compare the rows of each day with the source's, and look for keys that are there twice.",
    epilog=f"""\b
    Examples:
      fivetran-async connector verify rows.duckdb --schema shop --table orders --key id
      fivetran-async connector verify rows.duckdb --schema shop --table orders --day updated_at --expected counts.json
      fivetran-async connector verify rows.duckdb --schema shop --table orders --day updated_at \\
          --against shop/files/local.duckdb --against-schema debug

    The counts are a JSON object of days and numbers of rows: {{"2024-01-31": 2500}}.

    Other warehouses than DuckDB are verified, with any driver of DB-API, {_PYTHON} of fivetran_async.connector_sdk;
    without `await` of fivetran_sync.connector_sdk.

    Exit status: 0 as it should be, 1 it is not, 2 usage, or a file that cannot be read.""",
)
@click.argument("warehouse", metavar="FILE")
@click.option("--schema", required=True, help="The schema of the table: the name of the connection.")
@click.option("--table", required=True, help="The table.")
@click.option("--key", "keys", multiple=True, metavar="COLUMN", help="A column of the primary key; may be repeated.")
@click.option("--day", metavar="COLUMN", help="The column that says of which day a row is.")
@click.option("--expected", metavar="FILE", help="How many rows the source has by day, as JSON; `-` reads stdin.")
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Another DuckDB file with the table, such as a local run's, whose days are expected.",
)
@click.option("--against-schema", metavar="SCHEMA", help="The schema of the table in that file. [default: --schema]")
@click.option("--since", metavar="DAY", help="The first day that is counted, such as 2024-01-31.")
@click.option("--until", metavar="DAY", help="The first day no more counted.")
@click.option("--timezone", default="UTC", show_default=True, help="The zone whose days are meant.")
@click.option(
    "--day-type",
    type=click.Choice(get_args(DayType)),
    default=get_args(DayType)[0],
    show_default=True,
    help="What the column of days was declared as.",
)
@click.option(
    "--deleted",
    default=DELETED,
    show_default=True,
    metavar="COLUMN",
    help="The column that marks rows that do not count; an empty text for a table without.",
)
@output.json_option
def command(
    *,
    warehouse: str,
    expected: str | None,
    against: Path | None,
    against_schema: str | None,
    as_json: bool,
    keys: tuple[str, ...],
    **options: Any,
) -> int:
    """Look at a table in the DuckDB file FILE: its rows by day, and keys that are there more than once."""
    options["deleted"] = options["deleted"] or None
    if re.match(r"[a-z][a-z0-9+.-]+://", warehouse):
        raise click.UsageError(f"FILE is a DuckDB file. Other warehouses are verified {_PYTHON}.")
    if expected is not None and against is not None:
        raise click.UsageError("--expected cannot be used with --against.")
    if against_schema is not None and against is None:
        raise click.UsageError("--against-schema wants --against.")
    counts: Counts | None
    if against is None:
        counts = None if expected is None else _read(expected)
    else:
        there = options | {"schema": against_schema or options["schema"]}
        counts = {day.day: day.found for day in _look(against, there).days}
    found = _look(Path(warehouse), options | {"key": keys, "expected": counts})
    if as_json:
        print_json(_as_dict(found))
    else:
        with output.to_reader():
            to = output.writer()
            for line in str(found).splitlines():
                to.line(line)
    return Exit.FINE if found.ok else Exit.FOUND


def _look(file: Path, options: dict[str, Any]) -> Verification:
    with reading(file) as connection:
        return run_on_quickest(verify(connection, database=database(connection), **options))


def _read(file: str) -> dict[str, Any]:
    try:
        with contextlib.nullcontext(sys.stdin) if file == "-" else Path(file).open(encoding="utf-8") as stream:
            counts: Any = json.load(stream)
    except (OSError, ValueError) as error:
        raise ArgumentError(f"{file} cannot be read as counts by day: {error}") from None
    if not isinstance(counts, dict):
        raise ArgumentError(f'{file} holds no counts by day, which are a JSON object such as {{"2024-01-31": 2500}}')
    return cast("dict[str, Any]", counts)


def _as_dict(found: Verification) -> dict[str, Any]:
    return {
        "ok": found.ok,
        "table": found.table,
        "found": found.found,
        "expected": found.expected,
        "days": [{"day": day.day, "expected": day.expected, "found": day.found, "ok": day.ok} for day in found.days],
        "undated": found.undated,
        "duplicates": [{"key": dict(one.key), "count": one.count} for one in found.duplicates],
        "more_duplicates": found.more_duplicates,
    }
