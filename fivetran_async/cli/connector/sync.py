"""`fivetran-async connector sync`: start a sync, wait for its end, and say why it failed."""

import asyncio
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs
import click

from fivetran_async.cli import output
from fivetran_async.cli.account import base_url_option, using
from fivetran_async.cli.app import Exit
from fivetran_async.cli.connector._shared import connection_arguments, connection_id, print_json
from fivetran_async.client import Fivetran
from fivetran_async.connector_sdk.explanation import LogSource
from fivetran_async.connector_sdk.lifecycle import Explanation, explain
from fivetran_async.errors import FivetranError
from fivetran_async.models.connections import Connection
from fivetran_async.models.waits import SyncOutcome, SyncResult

LOGS: Final = "fivetran_metadata"
"""The schema of the Platform Connector's tables, unless told otherwise."""


@attrs.frozen
class _Synced:
    """How a sync ended; why it did, where it did not end well; and why nobody knows, where the question failed."""

    result: SyncResult
    why: Explanation | None = None
    unexplained: str | None = None


@click.command(
    name="sync",
    short_help="Sync a connection, wait for it, and explain a failure.",
    epilog="""\b
    Examples:
      fivetran-async connector sync CONNECTION_ID --wait --timeout 3600
      fivetran-async connector sync shop --group Warehouse --resume --wait

    Credentials come from FIVETRAN_API_KEY and FIVETRAN_API_SECRET.

    Exit status: 0 it ended well (without --wait: it was started), 1 it failed, 2 usage, credentials or no such
    connection, 3 no sync ended: a pause, a setup that is broken, a time-out.""",
)
@connection_arguments
@click.option("--wait", is_flag=True, help="Wait for its end; explain it if it does not end well.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="How long to wait.")
@click.option(
    "--poll-interval",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="How long from one look to the next. [default: 5, growing to 60]",
)
@click.option("--resume", is_flag=True, help="End the pause of the connection first, for good.")
@click.option("--setup-tests/--no-setup-tests", default=True, show_default=True, help="Run them to explain a failure.")
@click.option(
    "--logs",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A DuckDB file with the Platform Connector's tables, to explain a failure by; the API has no logs.",
)
@click.option("--logs-schema", default=LOGS, show_default=True, help="The schema of the tables in that file.")
@base_url_option
@output.json_option
def command(
    *,
    connection: str,
    group: str | None,
    wait: bool,
    timeout: float | None,
    poll_interval: float | None,
    resume: bool,
    setup_tests: bool,
    logs: Path | None,
    logs_schema: str,
    base_url: str | None,
    as_json: bool,
) -> int:
    """Start a sync of CONNECTION; one that runs already goes on."""
    for name, value in (("--timeout", timeout), ("--poll-interval", poll_interval)):
        if value is not None and not wait:
            raise click.UsageError(f"{name} wants --wait.")
    client = Fivetran.from_env(base_url=base_url)
    if not wait:
        seen = using(client, lambda ft: _start(ft, connection, group, resume=resume))
        return _started(seen, as_json=as_json)

    async def work(ft: Fivetran) -> _Synced:
        name = await connection_id(ft, connection, group)
        if resume:
            await ft.connections.resume(name)
        if output.is_terminal(sys.stderr):
            # It may take hours, and a command that says nothing looks like one that hangs.
            click.echo(f"Waiting for the end of a sync of connection {name}. Ctrl-C leaves it running.", err=True)
        result = await ft.connections.sync_and_wait(name, timeout=timeout, poll_interval=poll_interval, check=False)
        log = None if logs is None else partial(_failures, logs, logs_schema)
        return await _explained(ft, result, log=log, run_setup_tests=setup_tests)

    synced = using(client, work)
    if as_json:
        print_json(_as_dict(synced))
    else:
        with output.to_reader():
            _write(output.writer(), synced)
    if synced.unexplained is not None:
        output.complain(f"the reason could not be asked for: {synced.unexplained}")
    return _status(synced.result)


async def _start(ft: Fivetran, connection: str, group: str | None, *, resume: bool) -> Connection:
    name = await connection_id(ft, connection, group)
    seen = await (ft.connections.resume(name) if resume else ft.connections.get(name))
    # Fivetran would accept it, and nothing would start.
    if not seen.is_paused:
        await ft.connections.sync(name)
    return seen


async def _explained(ft: Fivetran, result: SyncResult, *, log: LogSource | None, run_setup_tests: bool) -> _Synced:
    if result.error is not None:
        raise result.error
    if result.ok:
        return _Synced(result)
    try:
        return _Synced(result, await explain(ft, result.connection_id, log=log, run_setup_tests=run_setup_tests))
    except FivetranError as error:
        # How the sync ended is known, and must be told.
        return _Synced(result, unexplained=str(error))


async def _failures(file: Path, schema: str, connection_id: str) -> Sequence[str]:
    from fivetran_async.cli.connector._logs import failures  # noqa: PLC0415 - wants extras that others do without

    return await asyncio.to_thread(failures, file, schema, connection_id)


def _started(seen: Connection, *, as_json: bool) -> Exit:
    if as_json:
        print_json({"connection_id": seen.id, "status": "paused" if seen.is_paused else "started"})
    elif not seen.is_paused:
        with output.to_reader():
            output.writer().line(f"A sync of connection {seen.id} was started; --wait waits for its end.")
    if seen.is_paused:
        output.complain(f"connection {seen.id} is paused, and nothing was started: --resume ends its pause")
        return Exit.UNFINISHED
    return Exit.FINE


def _status(result: SyncResult) -> Exit:
    if result.ok:
        return Exit.FINE
    return Exit.FOUND if result.status is SyncOutcome.FAILED else Exit.UNFINISHED


def _write(to: output.Writer, synced: _Synced) -> None:
    result = synced.result
    took = "" if result.duration is None else f" after {result.duration:.0f} s"
    if result.ok:
        to.line(f"The sync of connection {result.connection_id} ended well{took}.", "bold")
        return
    to.line(f"Connection {result.connection_id}: {result.status}{took}: {result.reason}", "bold red")
    if result.status is SyncOutcome.PAUSED:
        to.line("--resume ends the pause.")
    if synced.why is not None:
        for line in synced.why.text.splitlines():
            to.line(line)


def _as_dict(synced: _Synced) -> dict[str, Any]:
    result, why = synced.result, synced.why
    return {
        "connection_id": result.connection_id,
        "status": str(result.status),
        "reason": result.reason,
        "started": result.started,
        "ended": result.ended,
        "seconds": result.duration,
        "explanation": None if why is None else why.text.splitlines(),
    }
