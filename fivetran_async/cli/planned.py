"""What `fivetran-async audit --plan` prints, and how the audit speaks of kinds, gaps and figures."""

import math
from collections.abc import Sequence

from fivetran_async.audit import Gap, Kind, Plan, PlannedCalls
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


def gap_line(gap: Gap) -> str:
    """Return what could not be read, in one line."""
    unread = f", {many(gap.unread, 'call')} not made or not answered" if gap.unread else ""
    read = f", {gap.read:,} were read before" if gap.read else ""
    return f"{Kind(gap.kind).plural}: {gap.reason}{unread}{read}"


def count(kind: Kind, number: int | None) -> str:
    """Return how many of a kind there are."""
    if number is None:
        return f"no {kind.plural}"
    if kind in {Kind.SCHEMA, Kind.COLUMNS}:
        return f"{kind.plural} of {many(number, 'connection')}"
    return f"{number:,} {kind.plural if number != 1 else kind.value.replace('_', ' ')}"


def many(number: int, what: str) -> str:
    """Return how many there are of what takes an s."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def and_(words: Sequence[str]) -> str:
    """Return words as a list in prose."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "nothing"
