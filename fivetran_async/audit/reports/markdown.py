"""The report as Markdown, for a pull request or a chat."""

import re
from collections.abc import Iterable, Iterator

from fivetran_async.audit.findings import Finding
from fivetran_async.audit.report import AuditReport
from fivetran_async.audit.reports.words import figures, gap_lines, headline, many, where

SHOWN = 100
"""How many findings are shown by default: comments have a greatest length."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~&$])")


def to_markdown(report: AuditReport, *, limit: int | None = SHOWN) -> str:
    """Return the report as Markdown with tables, worst first; what could not be read stands on top.

    Args:
        report: The report.
        limit: How many findings to show at most; None for all. How many are left out is said.
    """
    return "\n".join(_lines(report, limit)) + "\n"


def _lines(report: AuditReport, limit: int | None) -> Iterator[str]:
    yield "# Fivetran audit"
    yield ""
    gaps = gap_lines(report)
    if gaps:
        yield "> **This report is not complete.**"
        yield ">"
        for line in gaps:
            yield f"> - {plain(line)}"
        yield ""
    yield f"**{plain(headline(report))}**"
    yield ""
    if report.findings:
        first = {finding.rule: finding for finding in reversed(report.findings)}
        counts = report.counts_by_rule
        yield from _table(
            ("Severity", "Rule", "Findings", "What to do"),
            (
                (first[rule].severity, rule, f"{count:,}", f"{first[rule].title}. {first[rule].remedy}")
                for rule, count in counts.items()
            ),
        )
        shown = report.findings[:limit]
        yield from _table(("Severity", "Rule", "Where", "Why"), map(_row, shown))
        if len(shown) < len(report.findings):
            yield f"And {many(len(report.findings) - len(shown), 'finding')} more."
            yield ""
    if report.waived:
        yield f"Not counted: {many(len(report.waived), 'finding')} with an exception in the policy."
        yield ""
    yield plain(figures(report))


def _row(finding: Finding) -> tuple[str, ...]:
    what = f"{finding.service} {finding.id}" if finding.service else finding.id
    return finding.severity, finding.rule, f"{where(finding)} ({what})", finding.reason


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(map(plain, row))} |"
    yield ""


def plain(text: str) -> str:
    """Return a text on one line that Markdown shows as it is: no markup, no HTML, no mention, no link."""
    line = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    # Not every reader of Markdown knows a backslash before these.
    line = line.replace("<", "&lt;").replace(">", "&gt;")
    # A word joiner breaks what becomes a mention or a link without any markup.
    return line.replace("@", "@\u2060").replace("://", ":\u2060//").replace("www.", "www\u2060.")
