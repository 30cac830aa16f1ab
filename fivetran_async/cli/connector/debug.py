"""`fivetran-async connector debug`: one sync of a connector on this machine."""

import contextlib
import sys
from pathlib import Path
from typing import Any

import attrs
import click

from fivetran_async.cli import output
from fivetran_async.cli.app import Exit
from fivetran_async.cli.connector._shared import (
    configuration_option,
    folder_argument,
    given_configuration,
    print_json,
)
from fivetran_async.connector_sdk.running import NOTICE, SCHEMA, STATE, WAREHOUSE, LocalRun, debug


@click.command(
    name="debug",
    short_help="Run one sync of a connector on this machine, into DuckDB.",
    epilog="""\b
    Examples:
      fivetran-async connector debug shop
      fivetran-async connector debug shop --configuration test.json --json

    Exit status: 0 it came to its end, 1 it did, with warnings, 2 there is no such connector or a file cannot be used,
    3 the connector failed.""",
)
@folder_argument
@configuration_option
@click.option(
    "--warehouse", type=click.Path(path_type=Path), metavar="FILE", help=f"The DuckDB file. [default: DIR/{WAREHOUSE}]"
)
@click.option(
    "--state",
    "state_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"Where the state is kept from run to run. [default: DIR/{STATE}]",
)
@click.option("--schema", default=SCHEMA, show_default=True, help="The schema of the tables in the DuckDB file.")
@output.json_option
def command(
    *,
    folder: Path,
    configuration: Path | None,
    warehouse: Path | None,
    state_file: Path | None,
    schema: str,
    as_json: bool,
) -> int:
    """Run one sync of the connector in DIR, as Fivetran would, with a stand-in for Fivetran's package.

    Rows go into a DuckDB file, the state into a file beside it: the next run goes on from there. Its log goes to
    stderr.
    """
    # What the connector itself prints is no part of the result.
    with contextlib.redirect_stdout(sys.stderr):
        run = debug(
            folder,
            configuration=given_configuration(configuration),
            warehouse=warehouse,
            state_file=state_file,
            schema=schema,
            on_line=_tell,
        )
    if as_json:
        print_json(_as_dict(run))
    else:
        with output.to_reader():
            _write(output.writer(), run)
    if run.error is not None:
        output.complain(run.error)
        return Exit.UNFINISHED
    return Exit.FOUND if run.warnings else Exit.FINE


def _tell(level: str, text: str) -> None:
    # A traceback comes as one text.
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        click.echo(f"{level.lower()}: {indent}{output.clean(line)}", err=True)


def _write(to: output.Writer, run: LocalRun) -> None:
    if run.tables:
        header = ("Table", "Rows", "Upserts", "Updates", "Deletes", "Truncates")
        rows = [
            (
                table.name,
                *(f"{count:,}" for count in (table.rows, table.upserts, table.updates, table.deletes, table.truncates)),
            )
            for table in run.tables
        ]
        to.table(header, rows)
        to.line()
    checkpoints = f"{run.checkpoints:,} checkpoint{'' if run.checkpoints == 1 else 's'}"
    to.line(f"{run.sent:,} operations and {checkpoints} in {run.seconds:.2f} s.", "bold")
    to.line(f"Rows: schema {run.schema} of {run.warehouse}")
    for warning in run.warnings:
        to.line(f"Warning: {warning}", "yellow")
    for line in run.where:
        to.line(f"at {line}", "red")
    to.line()
    to.line(NOTICE)


def _as_dict(run: LocalRun) -> dict[str, Any]:
    return {
        "ok": run.ok,
        "error": run.error,
        "where": run.where,
        "tables": [attrs.asdict(table) for table in run.tables],
        "checkpoints": run.checkpoints,
        "state": run.state,
        "seconds": run.seconds,
        "warehouse": str(run.warehouse),
        "schema": run.schema,
        "warnings": run.warnings,
        "notice": NOTICE,
    }
