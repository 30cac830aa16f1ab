"""What `fivetran-async audit --plan` prints."""

import math

from fivetran_async.audit import Kind, Plan, PlannedCalls
from fivetran_async.audit.reports.words import and_, count, gap_line, many
from fivetran_async.cli import output

_MINUTE = 60.0


def write(to: output.Writer, plan: Plan, subject: str) -> None:
    """Print a plan."""
    to.line(f"Plan of an audit of {subject}", "bold")
    for gap in plan.incomplete:
        to.line(f"Not read to the end: {gap_line(gap)}", "bold red")
    read = and_([count(Kind(kind), number) for kind, number in plan.read.items()])
    to.line(f"The survey took {many(plan.survey, 'call')} and found {read}.")
    to.line()
    if not plan.remaining:
        to.line("Nothing is left to read.", "bold")
        return
    rows = [
        (Kind(it.kind).plural, "once the schemas are read" if it.calls is None else f"{it.calls:,}", *_cost(it))
        for it in plan.remaining
    ]
    total = ("all that can be counted", f"{plan.calls:,}", _share(plan.share), _minutes(plan.seconds))
    to.table(("Left to read", "Calls", "Share of an hour", "Minutes"), [*rows, total])
    if plan.later:
        to.line()
        to.line(
            f"{many(plan.later, 'call')} of them would be left for later; --resume FILE goes on with them.", "yellow"
        )


def _cost(it: PlannedCalls) -> tuple[str, str]:
    return ("", "") if it.calls is None else (_share(it.share), _minutes(it.seconds))


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.1%}"


def _minutes(seconds: float) -> str:
    return "less than 1" if seconds < _MINUTE else f"{math.ceil(seconds / _MINUTE):,}"
