"""The log tables that Fivetran's Platform Connector writes into a destination: typed rows, and questions to them.

```python
from fivetran_async.logs import failed_syncs, run

for sync in run(failed_syncs(since=yesterday), connection):
    print(sync.connection_id, sync.ended, sync.reason)
```

The rows need nothing more; the queries want the extra `logs`.
"""

from typing import TYPE_CHECKING, Any

from fivetran_async import _lazy
from fivetran_async.logs.results import MonthlyActiveRows, SyncDuration, SyncRun, TableRows
from fivetran_async.logs.rows import (
    SCHEMA_CHANGES,
    AuditAction,
    AuditTrailEntry,
    ConnectionRow,
    ConnectorSdkLogEntry,
    IncrementalMar,
    LogEntry,
    LogEvent,
    LogSeverity,
    MarSyncType,
    TransformationRun,
)
from fivetran_async.webhooks._event import SyncEndData, SyncStatus

if TYPE_CHECKING:
    from fivetran_async.logs._query import Query, run
    from fivetran_async.logs.dialects import DIALECTS, Dialect, ParamStyle, Rendered
    from fivetran_async.logs.queries import (
        Columns,
        failed_syncs,
        monthly_active_rows,
        recent_syncs,
        rows_by_table,
        schema_changes,
        sync_duration,
    )

__all__ = [
    "DIALECTS",
    "SCHEMA_CHANGES",
    "AuditAction",
    "AuditTrailEntry",
    "Columns",
    "ConnectionRow",
    "ConnectorSdkLogEntry",
    "Dialect",
    "IncrementalMar",
    "LogEntry",
    "LogEvent",
    "LogSeverity",
    "MarSyncType",
    "MonthlyActiveRows",
    "ParamStyle",
    "Query",
    "Rendered",
    "SyncDuration",
    "SyncEndData",
    "SyncRun",
    "SyncStatus",
    "TableRows",
    "TransformationRun",
    "failed_syncs",
    "monthly_active_rows",
    "recent_syncs",
    "rows_by_table",
    "run",
    "schema_changes",
    "sync_duration",
]

# Loaded when they are first asked for: they want sqlglot, and the rows do not.
_LATE = {
    **dict.fromkeys(("Query", "run"), "_query"),
    **dict.fromkeys(("DIALECTS", "Dialect", "ParamStyle", "Rendered"), "dialects"),
    **dict.fromkeys(
        (
            "Columns",
            "failed_syncs",
            "monthly_active_rows",
            "recent_syncs",
            "rows_by_table",
            "schema_changes",
            "sync_duration",
        ),
        "queries",
    ),
}


def __getattr__(name: str) -> Any:
    return _lazy.load(globals(), _LATE, name)
