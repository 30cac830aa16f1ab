"""`fivetran-async snapshot`: write an account's configuration to a directory of files."""

import json
from collections.abc import Sequence

import click

from fivetran_async._ledger import Estimate
from fivetran_async.cli import output
from fivetran_async.cli.account import base_url_option, using
from fivetran_async.cli.app import Exit
from fivetran_async.client import Fivetran
from fivetran_async.schema_plan.snapshots import Snapshot, SnapshotKind, snapshot


@click.command(
    name="snapshot",
    short_help="Write an account's configuration to files that diff well.",
    epilog="""\b
    Examples:
      fivetran-async snapshot fivetran
      fivetran-async snapshot fivetran --configs --schemas
      fivetran-async snapshot fivetran --kind connections --kind webhooks

    Exit status: 0 written, 2 usage or credentials, 3 not read to the end: run it again, and it goes on; 130 Ctrl-C.""",
)
@click.argument("directory")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([str(kind) for kind in SnapshotKind]),
    metavar="KIND",
    help="Only this kind of objects; may be repeated. [default: as the snapshot that is there, or all]",
)
@click.option("--configs/--no-configs", default=None, help="The settings of services: a call for each. [default: no]")
@click.option(
    "--schemas/--no-schemas", default=None, help="Schema configurations: a call for each connection. [default: no]"
)
@click.option("--fresh", is_flag=True, help="Read all anew, and do not go on where the last snapshot broke off.")
@output.json_option
@base_url_option
def command(
    directory: str,
    *,
    kinds: Sequence[str],
    configs: bool | None,
    schemas: bool | None,
    fresh: bool,
    as_json: bool,
    base_url: str | None,
) -> int:
    """Write an account's configuration to DIRECTORY, one file for each object, without states and secrets.

    Credentials come from FIVETRAN_API_KEY and FIVETRAN_API_SECRET. Nothing of the account is changed.
    """
    client = Fivetran.from_env(base_url=base_url, read_only=True, keep_raw=False)
    done = using(
        client,
        lambda ft: snapshot(
            ft,
            directory,
            kinds=kinds or None,
            configs=configs,
            schemas=schemas,
            resume=not fresh,
            on_estimate=announce,
        ),
    )
    with output.to_reader():
        if as_json:
            click.echo(json.dumps(done.to_dict(), indent=2))
        else:
            _write(output.writer(), done)
    return unfinished(done.incomplete, "run it again, and it goes on") if done.incomplete else Exit.FINE


def announce(estimate: Estimate) -> None:
    """Say on stderr what is going to be read one by one."""
    share = "" if estimate.share is None else f", {estimate.share:.1%} of what the account has in an hour"
    click.echo(f"{estimate.calls:,} calls for single objects{share}", err=True)


def unfinished(gaps: Sequence[object], advice: str) -> Exit:
    """Say on stderr what is missing, and return the status for it."""
    output.complain(f"not read to the end: {'; '.join(map(str, gaps))}; {advice}")
    return Exit.UNFINISHED


def _write(to: output.Writer, done: Snapshot) -> None:
    to.line(f"Snapshot in {done.directory}", "bold")
    to.table(("Kind", "Objects"), [(kind, f"{count:,}") for kind, count in done.counts.items()])
    to.line(f"{len(done.written):,} files written, {len(done.removed):,} removed, {done.calls:,} calls", "bold")
