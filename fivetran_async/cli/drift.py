"""`fivetran-async drift`: compare an account, or a later snapshot, with a snapshot."""

import json
from typing import Any

import click

from fivetran_async.cli import output
from fivetran_async.cli.account import base_url_option, using
from fivetran_async.cli.app import Exit
from fivetran_async.cli.snapshot import announce, unfinished
from fivetran_async.client import Fivetran
from fivetran_async.schema_plan.snapshots import Change, Drift, compare, drift

_STYLES = {"added": "green", "removed": "red", "changed": "yellow"}


@click.command(
    name="drift",
    short_help="Show how an account's configuration differs from a snapshot.",
    epilog="""\b
    Examples:
      fivetran-async drift fivetran
      fivetran-async drift --json fivetran > drift.json
      fivetran-async drift last_week today

    Exit status: 0 the same, 1 drift, 2 usage or credentials, 3 not read to the end, 130 Ctrl-C.""",
)
@click.argument("directory")
@click.argument("other", required=False)
@output.json_option
@base_url_option
def command(directory: str, *, other: str | None, as_json: bool, base_url: str | None) -> int:
    """Compare the account, or the snapshot in OTHER, with the snapshot in DIRECTORY. Nothing is changed.

    Credentials come from FIVETRAN_API_KEY and FIVETRAN_API_SECRET; with OTHER, none are needed.
    """
    if other is not None and base_url is not None:
        raise click.UsageError("--base-url cannot be used with two directories.")

    if other is not None:
        found = compare(directory, other)
    else:
        client = Fivetran.from_env(base_url=base_url, read_only=True, keep_raw=False)
        found = using(client, lambda ft: drift(ft, directory, on_estimate=announce))
    with output.to_reader():
        if as_json:
            click.echo(json.dumps(found.to_dict(), indent=2))
        else:
            _write(output.writer(), found)
    if found.incomplete:
        return unfinished(found.incomplete, "what is missing was not compared")
    return Exit.FINE if found.same else Exit.FOUND


def _write(to: output.Writer, found: Drift) -> None:
    for change in found.changes:
        to.line(f"{change.what} {_where(change)}", f"bold {_STYLES[change.what]}")
        for field in change.fields:
            to.line(f"- {field.name}: {_shown(field.before)}", "red")
            to.line(f"+ {field.name}: {_shown(field.after)}", "green")
    counts = [f"{sum(change.what == what for change in found.changes):,} {what}" for what in _STYLES]
    text = ", ".join(counts) if found.changes else "No drift in what could be read" if found.incomplete else "No drift"
    to.line(f"{text}; {found.calls:,} calls", "bold")


def _where(change: Change) -> str:
    name = f" ({change.name})" if change.name and change.name != change.id else ""
    return f"{change.kind}/{change.id}{name}"


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
