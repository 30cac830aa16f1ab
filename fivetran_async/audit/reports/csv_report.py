"""The findings as CSV, for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator

from fivetran_async._cells import harmless
from fivetran_async.audit.findings import Finding, Kind, Severity
from fivetran_async.audit.report import AuditReport
from fivetran_async.audit.reports.words import gap_line

COLUMNS = (
    "state",
    "severity",
    "rule",
    "kind",
    "id",
    "name",
    "group_id",
    "group_name",
    "service",
    "title",
    "reason",
    "remedy",
    "details",
)


def to_csv(report: AuditReport) -> str:
    """Return the findings as CSV with a header, worst first.

    The column `state` tells `finding` from `waived`. What could not be read stands on top, as rows of the state
    `not_read`, and the rules that could not be judged as `not_judged`: a file without findings is not clean by that
    alone. A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in _rows(report):
        writer.writerow([harmless("" if (value := row.get(column)) is None else str(value)) for column in COLUMNS])
    return text.getvalue()


def _rows(report: AuditReport) -> Iterator[dict[str, object]]:
    for gap in report.incomplete:
        yield {
            "state": "not_read",
            "severity": Severity.CRITICAL,
            "kind": Kind(gap.kind),
            "title": "Not read to the end",
            "reason": gap_line(gap),
        }
    for rule in report.skipped:
        yield {
            "state": "not_judged",
            "severity": Severity.CRITICAL,
            "rule": rule,
            "title": "Not judged",
            "reason": "what the rule needs could not be read to the end",
        }
    yield from _of(report.findings, "finding")
    yield from _of(report.waived, "waived")


def _of(findings: Iterable[Finding], state: str) -> Iterator[dict[str, object]]:
    for finding in findings:
        yield {"state": state, **finding.to_dict(), "details": "; ".join(finding.details)}
