"""`fivetran-async sandbox`: serve a local Fivetran until it is stopped."""

import os
import signal
from pathlib import Path

import click
from click.core import ParameterSource

from fivetran_async.cli import output
from fivetran_async.cli.app import Exit
from fivetran_async.sandbox import AccountFileError, ExportError, Faults, PackageRunsError, serve
from fivetran_async.sandbox.box import LEAST_MEGABYTES, PACKAGE_MEGABYTES, PACKAGE_SECONDS

_PORTS = click.IntRange(0, 65535)


@click.command(
    name="sandbox",
    short_help="Serve a local Fivetran, with an account that looks real.",
    epilog="""\b
    Examples:
      fivetran-async sandbox --port 8080 --groups 20 --connections 2000
      fivetran-async sandbox --load account.json --save account.json
      fivetran-async sandbox --export-logs logs.duckdb
      fivetran-async sandbox --speed 60
      fivetran-async sandbox --run-packages --warehouse rows.duckdb
      fivetran-async sandbox --fault 5xx=0.02 --fault 'PATCH /v1/connections/* #3 status=503'

    The first line says what to export, so that any client finds it. It ends with Ctrl-C or SIGTERM, and saves then.""",
)
@click.option("--port", type=_PORTS, default=8080, show_default=True, help="The port; 0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--groups", type=click.IntRange(min=0), default=5, show_default=True, help="How many groups.")
@click.option(
    "--connections",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="How many connections, over all groups.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="What decides the account.")
@click.option("--limits", type=click.Choice(["full", "trial"]), help="Enforce the rate limits of this plan.")
@click.option("--surprise", is_flag=True, help="Put fields and values into the replies that nobody knows yet.")
@click.option("--https-only", is_flag=True, help="Refuse webhooks plain http, even to this machine.")
@click.option(
    "--run-packages",
    is_flag=True,
    help="Let syncs of custom connectors run the Python code that was deployed, in processes of their own. This is no "
    "security boundary: the code has your rights, and its limits of time and memory catch accidents only.",
)
@click.option(
    "--warehouse",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The DuckDB file that these write to, or a folder for a file per destination; else one that goes at the end.",
)
@click.option(
    "--package-seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=PACKAGE_SECONDS,
    show_default=True,
    help="How many real seconds such a sync may take.",
)
@click.option(
    "--package-megabytes",
    type=click.IntRange(min=LEAST_MEGABYTES),
    default=PACKAGE_MEGABYTES,
    show_default=True,
    help="How much memory it may have.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="KIND=PROBABILITY",
    help="Let requests go wrong by chance, or, as METHOD PATH [#N] NAME=VALUE, the Nth that matches. Repeatable.",
)
@click.option("--fault-seed", type=int, default=0, show_default=True, help="What decides the faults by chance.")
@click.option("--load", type=click.Path(path_type=Path), metavar="FILE", help="Take the account from this file.")
@click.option("--save", type=click.Path(path_type=Path), metavar="FILE", help="Write the account there at the end.")
@click.option(
    "--export-logs",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the history there at the end: the Platform Connector's tables, in a DuckDB file.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=1, max=serve.FASTEST),
    default=1.0,
    show_default=True,
    help="How many times as fast as real time its clock runs: with 60, a sync of minutes takes seconds.",
)
@click.option("--api-key", default="key", show_default=True, help="The key that is accepted.")
@click.option("--api-secret", default="secret", show_default=True, help="The secret that is accepted.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    port: int,
    host: str,
    groups: int,
    connections: int,
    seed: int,
    limits: str | None,
    surprise: bool,
    https_only: bool,
    run_packages: bool,
    warehouse: Path | None,
    package_seconds: float,
    package_megabytes: int,
    faults: tuple[str, ...],
    fault_seed: int,
    load: Path | None,
    save: Path | None,
    export_logs: Path | None,
    speed: float,
    api_key: str,
    api_secret: str,
) -> int:
    """Serve a local Fivetran on loopback: the REST API in memory, with syncs that progress."""
    if load is not None:
        _check_sizes(ctx)
    elif connections and not groups:
        raise click.UsageError("--connections wants at least one of --groups.")
    if warehouse is not None and not run_packages:
        raise click.UsageError("--warehouse is where packages write to: it goes with --run-packages.")
    try:
        Faults().plan(faults)
    except ValueError as error:
        raise click.UsageError(f"--fault: {error}") from None
    served = False

    def announce(line: str) -> None:
        nonlocal served
        served = True
        with output.to_reader():
            click.echo(line)

    try:
        stopped_by = serve.run(
            host=host,
            port=port,
            seed=seed,
            groups=groups,
            connections=connections,
            limits=limits,
            surprise=surprise,
            https_only=https_only,
            run_packages=run_packages,
            warehouse=warehouse,
            package_seconds=package_seconds,
            package_megabytes=package_megabytes,
            faults=faults,
            fault_seed=fault_seed,
            load=load,
            save=save,
            export_logs=export_logs,
            speed=speed,
            api_key=api_key,
            api_secret=api_secret,
            announce=announce,
        )
    except (AccountFileError, PackageRunsError) as error:
        raise click.ClickException(str(error)) from None
    except ExportError as error:
        raise (output.UnwrittenError if served else click.ClickException)(str(error)) from None
    except OSError as error:
        if served:
            raise output.UnwrittenError(f"the account was not saved: {error}") from None
        raise click.ClickException(_explained(error, f"{host}:{port}")) from None
    return Exit.INTERRUPTED if stopped_by == signal.SIGINT else Exit.FINE


def _check_sizes(ctx: click.Context) -> None:
    for name in ("groups", "connections"):
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} cannot be used with --load, whose file says it.")


def _explained(error: OSError, address: str) -> str:
    if error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if error.errno is None:
        return str(error)
    # A name that is not found has a negative number, and its own words; others are wordy about the address.
    reason = os.strerror(error.errno) if error.errno > 0 else error.strerror
    return f"cannot listen on {address}: {reason}; choose another with --port or --host"
