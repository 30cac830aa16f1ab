"""How all reports speak of objects, gaps and figures."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from fivetran_async.audit.findings import Finding, Kind
from fivetran_async.audit.inventory import Gap
from fivetran_async.audit.report import AuditReport

_REQUEST: Final = re.compile(r"^[A-Z]+ /\S*: ")


def gap_line(gap: Gap) -> str:
    """Return what could not be read, in one line."""
    unread = f", {many(gap.unread, 'call')} not made or not answered" if gap.unread else ""
    read = f", {gap.read:,} were read before" if gap.read else ""
    return f"{Kind(gap.kind).plural}: {gap.reason}{unread}{read}"


def gaps_by_reason(gaps: Iterable[Gap]) -> list[str]:
    """Return what could not be read, in one line what the same thing has stopped, such as a server that is away."""
    by_reason: dict[str, list[Gap]] = {}
    for gap in gaps:
        # What was sent says nothing more than the kind does; a gap with figures stands by itself.
        reason = gap_line(gap) if gap.read or gap.unread else _REQUEST.sub("", gap.reason)
        by_reason.setdefault(reason, []).append(gap)
    return [
        gap_line(together[0])
        if len(together) == 1
        else f"{and_([Kind(gap.kind).plural for gap in together])}: {reason}"
        for reason, together in by_reason.items()
    ]


def gap_lines(report: AuditReport) -> list[str]:
    """Return all that a reader must know before taking the rest for the whole; empty if all was read and judged."""
    lines = [f"Not read to the end: {line}" for line in gaps_by_reason(report.incomplete)]
    if report.skipped:
        lines.append(f"Not judged because of that: {', '.join(report.skipped)}")
    return lines


def headline(report: AuditReport) -> str:
    """Return how much was found, in one line that never calls clean what was not read."""
    if report.findings:
        counts = ", ".join(f"{count:,} {severity}" for severity, count in report.counts.items() if count)
        line = f"{many(len(report.findings), 'finding')}: {counts}"
        return f"{line}, in what could be read" if report.incomplete or report.skipped else line
    return "No findings in what could be read." if report.incomplete or report.skipped else "No findings."


def figures(report: AuditReport) -> str:
    """Return how much was read, at what cost and when."""
    asked = {gap.kind for gap in report.incomplete} | report.inventory.whole
    read = [count(kind, report.inventory.count(kind)) for kind in Kind if kind in asked]
    took = f"with {many(report.calls, 'call')} in {report.seconds:.2f} s"
    return f"Read {and_(read)} {took}, as of {report.as_of:%Y-%m-%d %H:%M:%S %Z}."


def where(finding: Finding) -> str:
    """Return which object a finding is about, without its id."""
    group = finding.group_name or finding.group_id
    if finding.kind == Kind.CONNECTION:
        return f"{group or 'no group'} / {finding.name or 'no name'}"
    if finding.kind == Kind.DESTINATION:
        return f"{group} / destination"
    if finding.kind == Kind.GROUP:
        return group or "no group"
    what = f"{finding.kind.replace('_', ' ')} {finding.name or 'without a name'}"
    return f"{group} / {what}" if group else what


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


def instant(time: datetime) -> str:
    """Return a time as JSON has it."""
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
