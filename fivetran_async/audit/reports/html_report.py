"""The report as one HTML file that opens offline."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Any

from fivetran_async._version import __version__
from fivetran_async.audit.findings import Finding, Severity
from fivetran_async.audit.report import AuditReport
from fivetran_async.audit.reports.overview import by_group, by_service, freshness, rows
from fivetran_async.audit.reports.words import figures, gap_lines, headline, instant, many, where

_PLACE = re.compile(r"@([A-Z_]+)@")


def to_html(report: AuditReport) -> str:
    """Return the report as one HTML file: no script, style or font from elsewhere, and no request at all.

    What could not be read stands on top. Findings are filtered and sorted in the browser; all texts of the account
    are escaped, and the page's own policy lets no script run but its own.
    """
    style, script = _asset("report.css"), _asset("report.js")
    gaps = gap_lines(report)
    partial = '<p class="notice">Of what could be read; the account has more.</p>' if gaps else ""
    parts = {
        "STYLE": style,
        "SCRIPT": script,
        "STYLE_HASH": _hash(style),
        "SCRIPT_HASH": _hash(script),
        "AS_OF": html.escape(instant(report.as_of)),
        "HEADLINE": html.escape(headline(report)),
        "FIGURES": html.escape(figures(report)),
        "VERSION": html.escape(__version__),
        "GAPS": _gaps(gaps),
        "PARTIAL": partial,
        "TILES": "\n".join(_tiles(report)),
        "WAIVED": f"<p>Not counted: {many(len(report.waived), 'finding')} with an exception in the policy.</p>"
        if report.waived
        else "",
        "FRESHNESS": "\n".join(_freshness(freshness(report))),
        "DATA": _data(report),
    }
    # In one pass: a name of the account that looks like a place stays what it is.
    return _PLACE.sub(lambda match: parts[match[1]], _asset("report.html"))


def _asset(name: str) -> str:
    return files("fivetran_async.audit.reports").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _gaps(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    if not items:
        return ""
    return (
        '<section class="gaps" aria-labelledby="gaps-title"><h2 id="gaps-title">This report is not complete</h2>'
        f"<p>Nothing is known of what could not be read; it may be broken as well.</p><ul>{items}</ul></section>"
    )


def _tiles(report: AuditReport) -> Iterator[str]:
    for severity, count in report.counts.items():
        known = severity if severity in list(Severity) else "none"
        name = html.escape(severity)
        yield f'<li class="{known}"><strong>{count:,}</strong> {name}</li>'


def _freshness(ages: dict[str, int]) -> Iterator[str]:
    most = max([1, *ages.values()])
    for age, count in ages.items():
        # A width is an attribute here: the page's policy forbids styles in elements.
        bar = (
            '<svg class="bar" aria-hidden="true" focusable="false">'
            f'<rect width="{100 * count / most:.1f}%" height="100%"></rect></svg>'
        )
        yield (f'<tr><th scope="row">{age}</th><td class="number">{count:,}</td><td class="wide">{bar}</td></tr>')


def _data(report: AuditReport) -> str:
    every = (*report.findings, *report.waived)
    data: dict[str, Any] = {
        "severities": [str(severity) for severity in Severity],
        "rules": {it.rule: {"title": it.title, "remedy": it.remedy} for it in reversed(every)},
        "findings": [
            *(_row("finding", finding) for finding in report.findings),
            *(_row("waived", finding) for finding in report.waived),
        ],
        "groups": rows(by_group(report)),
        "services": rows(by_service(report)),
    }
    text = json.dumps(data, separators=(",", ":"))
    # Nothing in it can end the element that it stands in, or begin a comment.
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _row(state: str, finding: Finding) -> list[Any]:
    return [
        state,
        str(finding.severity),
        finding.rule,
        str(finding.kind),
        finding.id,
        finding.name or "",
        where(finding),
        finding.group_name or finding.group_id or "",
        finding.service or "",
        finding.reason,
        list(finding.details),
    ]
