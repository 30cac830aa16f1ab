"""The report as JSON, and the schema that it keeps to."""

import json
from importlib.resources import files
from typing import Any

from fivetran_async.audit.report import AuditReport


def to_json(report: AuditReport) -> str:
    """Return the report as JSON, in the schema of `report_schema`."""
    return json.dumps(report.to_dict(), indent=2) + "\n"


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of `to_json`, of the version that this package writes."""
    schema: dict[str, Any] = json.loads(
        files("fivetran_async.audit.reports").joinpath("report.schema.json").read_text(encoding="utf-8")
    )
    return schema
