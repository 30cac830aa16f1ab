"""Reports: what an audit found, as text for a person, a spreadsheet, a pull request, CI or a browser."""

from fivetran_async.audit.reports.csv_report import to_csv
from fivetran_async.audit.reports.formats import Format, format_of, render, write
from fivetran_async.audit.reports.history import append, check, trends
from fivetran_async.audit.reports.html_report import to_html
from fivetran_async.audit.reports.json_report import report_schema, to_json
from fivetran_async.audit.reports.markdown import to_markdown
from fivetran_async.audit.reports.sarif import to_sarif
from fivetran_async.audit.reports.trend import Run, TrackedFinding, Trends

__all__ = [
    "Format",
    "Run",
    "TrackedFinding",
    "Trends",
    "append",
    "check",
    "format_of",
    "render",
    "report_schema",
    "to_csv",
    "to_html",
    "to_json",
    "to_markdown",
    "to_sarif",
    "trends",
    "write",
]
