"""The formats by their names and by the suffixes of files."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from fivetran_async._written import write_whole
from fivetran_async.audit.report import AuditReport
from fivetran_async.audit.reports.csv_report import to_csv
from fivetran_async.audit.reports.html_report import to_html
from fivetran_async.audit.reports.json_report import to_json
from fivetran_async.audit.reports.markdown import to_markdown
from fivetran_async.audit.reports.sarif import to_sarif
from fivetran_async.errors import ArgumentError
from fivetran_async.models._base import OpenEnum


class Format(OpenEnum):
    """What a report can be written as."""

    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    SARIF = "sarif"
    HTML = "html"


_MAKERS: Mapping[str, Callable[[AuditReport], str]] = {
    Format.JSON: to_json,
    Format.CSV: to_csv,
    Format.MARKDOWN: to_markdown,
    Format.SARIF: to_sarif,
    Format.HTML: to_html,
}
_SUFFIXES: Mapping[str, Format] = {
    # The longer one first: it ends like the other.
    ".sarif.json": Format.SARIF,
    ".sarif": Format.SARIF,
    ".json": Format.JSON,
    ".csv": Format.CSV,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".html": Format.HTML,
    ".htm": Format.HTML,
}


def format_of(path: str | os.PathLike[str]) -> Format:
    """Return the format that the suffix of a file stands for.

    Raises:
        ArgumentError: It stands for none.
    """
    name = Path(path).name.lower()
    for suffix, fitting in _SUFFIXES.items():
        if name.endswith(suffix):
            return fitting
    raise ArgumentError(f"{os.fspath(path)} must end with one of {', '.join(_SUFFIXES)}, or its format be named")


def render(report: AuditReport, as_: Format | str) -> str:
    """Return the report in a format.

    Args:
        report: The report.
        as_: `json`, `csv`, `markdown`, `sarif` or `html`.

    Raises:
        ArgumentError: There is no such format.
    """
    maker = _MAKERS.get(as_)
    if maker is None:
        raise ArgumentError(f"the format must be one of {', '.join(_MAKERS)}, not {as_!r}")
    return maker(report)


def write(report: AuditReport, path: str | os.PathLike[str], as_: Format | str | None = None) -> Path:
    """Write the report to a file, whole or not at all, and return its path.

    Args:
        report: The report.
        path: The file; one that is there is replaced, and its folder is made where it does not exist.
        as_: `json`, `csv`, `markdown`, `sarif` or `html`; None for what the file's suffix stands for.

    Raises:
        ArgumentError: There is no such format, or the file cannot be written.
    """
    chosen = format_of(path) if as_ is None else as_
    # What a spreadsheet opens, it takes for an old encoding unless it is marked.
    encoding = "utf-8-sig" if chosen == Format.CSV else "utf-8"
    return write_whole(path, render(report, chosen).encode(encoding, errors="backslashreplace"))
