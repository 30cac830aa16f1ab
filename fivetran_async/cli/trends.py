"""`fivetran-async trends`: what is new, fixed and still open since an earlier audit."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from fivetran_async.audit import Severity
from fivetran_async.audit.reports import Run, TrackedFinding, Trends, trends
from fivetran_async.audit.reports.words import many
from fivetran_async.cli import output
from fivetran_async.cli.app import Exit

SHOWN = 20
"""How many findings of each list are printed, unless all are asked for."""

_NEVER = "never"


@click.command(
    name="trends",
    short_help="Show what is new, fixed and still open since the last audit.",
    epilog="""\b
    Examples:
      fivetran-async audit --history audits.duckdb
      fivetran-async trends audits.duckdb
      fivetran-async trends audits.duckdb --since 2026-11-01 --fail-on error

    Exit status: 0 nothing new at or above --fail-on, 1 something, 2 usage or no such history, 3 the latest audit was
    not read to the end.""",
)
@click.argument("history", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--since",
    type=click.DateTime(),
    metavar="TIME",
    help="Compare with the last audit up to this time, in UTC. [default: the one before the latest]",
)
@click.option("--runs", type=click.IntRange(min=1), default=10, show_default=True, help="How many audits to count.")
@click.option(
    "--fail-on",
    type=click.Choice([*(str(severity) for severity in Severity), _NEVER]),
    default=_NEVER,
    show_default=True,
    help="The least severity of something new that makes the exit status 1.",
)
@click.option("--all", "show_all", is_flag=True, help=f"Show all findings, not only {SHOWN} of each list.")
@output.json_option
def command(history: Path, *, since: datetime | None, runs: int, fail_on: str, show_all: bool, as_json: bool) -> int:
    """Compare the latest audit of HISTORY, a file of `fivetran-async audit --history`, with an earlier one."""
    found = trends(history, since=None if since is None else since.replace(tzinfo=UTC), runs=runs)
    with output.to_reader():
        if as_json:
            click.echo(json.dumps(found.to_dict(), indent=2))
        else:
            _write(output.writer(), found, show_all=show_all)
    if found.latest.gaps:
        output.complain("the latest audit was not read to the end; what it could not look for is unknown, not fixed")
        return Exit.UNFINISHED
    new = fail_on != _NEVER and any(Severity(finding.severity) >= fail_on for finding in found.new)
    return Exit.FOUND if new else Exit.FINE


def _write(to: output.Writer, found: Trends, *, show_all: bool) -> None:
    latest, previous = found.latest, found.previous
    against = "the first audit" if previous is None else f"compared with {_time(previous)}"
    to.line(f"Audit of {_time(latest)}, {against}", "bold")
    if latest.gaps:
        to.line(f"Not read to the end: {many(latest.gaps, 'gap')}.", "bold red")
    if previous is not None and previous.gaps:
        to.line("The earlier audit was not read to the end: what is new may have been there.", "red")
    lists = {
        "new": found.new,
        "still open": found.open,
        "fixed": found.fixed,
        "by now with an exception": found.waived,
        "unknown, as it could not be looked for": found.unknown,
    }
    to.line(", ".join(f"{len(findings):,} {name}" for name, findings in lists.items()))
    for name, findings in lists.items():
        if findings:
            to.line()
            to.line(f"{name[0].upper()}{name[1:]}: {len(findings):,}", "bold")
            shown = findings if show_all else findings[:SHOWN]
            to.table(("Severity", "Rule", "Where", "Since", "Why"), [_row(finding) for finding in shown])
            if len(shown) < len(findings):
                to.line(f"and {len(findings) - len(shown):,} more, --all shows them")
    to.line()
    to.table(("Audit", "Open", "With exception", "Unknown", "Gaps", "Calls"), [_figures(run) for run in found.runs])


def _row(finding: TrackedFinding) -> Sequence[str]:
    place = " / ".join(filter(None, (finding.group_name, finding.name))) or str(finding.kind).replace("_", " ")
    return finding.severity, finding.rule, f"{place} ({finding.id})", f"{finding.since:%Y-%m-%d}", finding.reason


def _figures(run: Run) -> Sequence[str]:
    return _time(run), *(f"{number:,}" for number in (run.open, run.waived, run.unknown, run.gaps, run.calls))


def _time(run: Run) -> str:
    return f"{run.as_of.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
