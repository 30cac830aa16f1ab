"""The rows of the Platform Connector's log tables, as models."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import attrs

from fivetran_async._converter import structure_model
from fivetran_async.logs._reading import read_row, read_rows
from fivetran_async.models._base import Model, OpenEnum, Timestamp
from fivetran_async.webhooks._event import AnySyncStatus, SyncEndData, SyncStatus


class LogSeverity(OpenEnum):
    """How grave an entry of LOG is."""

    INFO = "INFO"
    WARNING = "WARNING"
    SEVERE = "SEVERE"


class LogEvent(OpenEnum):
    """What an entry of LOG tells of; Fivetran adds to them."""

    SYNC_START = "sync_start"
    SYNC_END = "sync_end"
    WRITE_TO_TABLE_START = "write_to_table_start"
    WRITE_TO_TABLE_END = "write_to_table_end"
    RECORDS_MODIFIED = "records_modified"
    API_CALL = "api_call"
    EXTRACT_SUMMARY = "extract_summary"
    CREATE_TABLE = "create_table"
    ALTER_TABLE = "alter_table"
    DROP_TABLE = "drop_table"
    CREATE_SCHEMA = "create_schema"
    CHANGE_SCHEMA_CONFIG = "change_schema_config"
    FORCED_RESYNC_TABLE = "forced_resync_table"
    CREATE_CONNECTION = "create_connection"
    WARNING = "warning"
    ERROR = "error"
    STATUS = "status"


class AuditAction(OpenEnum):
    """What was done, in AUDIT_TRAIL."""

    CREATE = "CREATE"
    EDIT = "EDIT"
    DELETE = "DELETE"


class MarSyncType(OpenEnum):
    """By which kind of sync active rows came, in INCREMENTAL_MAR."""

    HISTORICAL = "HISTORICAL"
    INCREMENTAL = "INCREMENTAL"
    UNKNOWN = "UNKNOWN"


if TYPE_CHECKING:
    AnyLogSeverity: TypeAlias = LogSeverity | str
    AnyLogEvent: TypeAlias = LogEvent | str
    AnyAuditAction: TypeAlias = AuditAction | str
    AnyMarSyncType: TypeAlias = MarSyncType | str
else:
    AnyLogSeverity = LogSeverity
    AnyLogEvent = LogEvent
    AnyAuditAction = AuditAction
    AnyMarSyncType = MarSyncType

SCHEMA_CHANGES = (
    LogEvent.CREATE_SCHEMA,
    LogEvent.CREATE_TABLE,
    LogEvent.ALTER_TABLE,
    LogEvent.DROP_TABLE,
    LogEvent.CHANGE_SCHEMA_CONFIG,
)
"""The events that are changes of what is synced, or of where to."""

FAILED = (SyncStatus.FAILURE, SyncStatus.FAILED, SyncStatus.FAILURE_WITH_TASK)
"""The ways in which it is said that a sync failed."""

_SPELT = {"taskType": "task_type", "rescheduledAt": "rescheduled_at"}


@attrs.frozen(kw_only=True)
class Row(Model):
    """What all rows share: how they are read. Every column may be missing, and unknown ones are in `extra`."""

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Make a row of a mapping of column names, in any case and of both generations, to values.

        Args:
            row: The values: times as texts or datetimes (naive ones are UTC, unreadable ones become None), JSON as text
                or decoded, numbers of any kind.

        Raises:
            ArgumentError: It is no mapping.
        """
        return read_row(cls, row)

    @classmethod
    def from_rows(cls, rows: Any, columns: Iterable[str] | None = None) -> Iterator[Self]:
        """Make rows, one at a time, of what a database gave.

        Args:
            rows: A DB-API cursor that has executed something, or mappings, or tuples.
            columns: The names of the tuples' values; of a cursor they are known.

        Raises:
            ArgumentError: Tuples have no names, or not as many as values.
        """
        return read_rows(cls, rows, columns)


@attrs.frozen(kw_only=True)
class LogEntry(Row):
    """An entry of LOG.

    Attributes:
        id: Its id.
        time_stamp: When it was written.
        connection_id: Which connection it is about; `connector_id` in older tables.
        event: How grave it is. What happened stands in `message_event`.
        message_event: What happened.
        message_data: What there is to say, decoded; a text that is no JSON object as it is.
        sync_id: The sync in which it happened.
        transformation_id: The transformation that it is about.
        fivetran_synced: When the row was written to the destination; `_fivetran_synced` there.
    """

    id: str | None = None
    time_stamp: Timestamp | None = None
    connection_id: str | None = None
    event: AnyLogSeverity | None = None
    message_event: AnyLogEvent | None = None
    message_data: Mapping[str, Any] | str | None = attrs.field(default=None, hash=False)
    sync_id: str | None = None
    transformation_id: str | None = None
    fivetran_synced: Timestamp | None = None

    @property
    def data(self) -> Mapping[str, Any]:
        """What there is to say, where it is an object; empty otherwise."""
        return self.message_data if isinstance(self.message_data, Mapping) else {}

    @property
    def is_sync_start(self) -> bool:
        """Whether a sync began."""
        return self.message_event == LogEvent.SYNC_START

    @property
    def is_sync_end(self) -> bool:
        """Whether a sync ended, well or not."""
        return self.message_event == LogEvent.SYNC_END

    @property
    def is_schema_change(self) -> bool:
        """Whether schemas or tables, or which of them are synced, changed."""
        return self.message_event in SCHEMA_CHANGES

    @property
    def sync_end(self) -> SyncEndData | None:
        """How a sync ended, in the words of webhooks; None for every other entry."""
        if not self.is_sync_end:
            return None
        return structure_model(SyncEndData, {_SPELT.get(name, name): value for name, value in self.data.items()})

    @property
    def status(self) -> AnySyncStatus | None:
        """How the sync ended; None for every other entry."""
        end = self.sync_end
        return None if end is None else end.status

    @property
    def succeeded(self) -> bool:
        """Whether a sync ended well."""
        return self.status == SyncStatus.SUCCESSFUL

    @property
    def failed(self) -> bool:
        """Whether a sync failed, in any of the ways in which that is said."""
        return self.status in FAILED


@attrs.frozen(kw_only=True)
class ConnectorSdkLogEntry(Row):
    """An entry of CONNECTOR_SDK_LOG: what the code of a connection of one's own wrote.

    Attributes:
        id: Its id.
        event_time: When it was written.
        connection_id: Whose code; `connector_id` in older tables.
        sync_id: The sync in which it ran.
        level: How grave it is, such as `INFO` or `ERROR`.
        message: What it says.
        message_origin: Whether the code wrote it or what runs the code.
        fivetran_synced: When the row was written to the destination.
    """

    id: str | None = None
    event_time: Timestamp | None = None
    connection_id: str | None = None
    sync_id: str | None = None
    level: str | None = None
    message: str | None = None
    message_origin: str | None = None
    fivetran_synced: Timestamp | None = None


@attrs.frozen(kw_only=True)
class AuditTrailEntry(Row):
    """An entry of AUDIT_TRAIL: who changed what.

    Attributes:
        id: Its id.
        captured_at: When it was done.
        user_id: By whom.
        action: What was done.
        interaction_method: By which way, such as `WEB_UI`, `API` or `SYSTEM`.
        primary_resource_type: What kind of thing was changed, such as `CONNECTION`.
        primary_resource_id: Which one.
        secondary_resource_type: What kind of thing in it, or beside it.
        secondary_resource_id: Which one.
        old_values: What it was before, decoded; a text that is no JSON object as it is.
        new_values: What it became, likewise.
        fivetran_synced: When the row was written to the destination.
    """

    id: str | None = None
    captured_at: Timestamp | None = None
    user_id: str | None = None
    action: AnyAuditAction | None = None
    interaction_method: str | None = None
    primary_resource_type: str | None = None
    primary_resource_id: str | None = None
    secondary_resource_type: str | None = None
    secondary_resource_id: str | None = None
    old_values: Mapping[str, Any] | str | None = attrs.field(default=None, hash=False)
    new_values: Mapping[str, Any] | str | None = attrs.field(default=None, hash=False)
    fivetran_synced: Timestamp | None = None


@attrs.frozen(kw_only=True)
class ConnectionRow(Row):
    """A row of CONNECTION, which was CONNECTOR.

    Attributes:
        connection_id: Its id; `connector_id` in older tables.
        connection_name: Its name, which is its schema; `connector_name` in older tables.
        connector_type_id: Its service, such as `postgres`.
        destination_id: The destination, which is the group.
        connecting_user_id: Who made it.
        paused: Whether it is paused.
        signed_up: When it was made.
        service_version: The version of its service.
        sync_frequency: Minutes from sync to sync.
        deployment_type: Where it runs.
        fivetran_deleted: Whether it was deleted; `_fivetran_deleted` there.
        fivetran_synced: When the row was written to the destination.
    """

    connection_id: str | None = None
    connection_name: str | None = None
    connector_type_id: str | None = None
    destination_id: str | None = None
    connecting_user_id: str | None = None
    paused: bool | None = None
    signed_up: Timestamp | None = None
    service_version: str | None = None
    sync_frequency: int | None = None
    deployment_type: str | None = None
    fivetran_deleted: bool | None = None
    fivetran_synced: Timestamp | None = None


@attrs.frozen(kw_only=True)
class IncrementalMar(Row):
    """A row of INCREMENTAL_MAR: active rows of a table that a day added to its month.

    Attributes:
        connection_name: The connection's name; `connector_name` in older tables.
        destination_id: The destination, which is the group.
        free_type: Whether they are paid for, and if not, why.
        measured_date: The day.
        schema_name: The schema.
        table_name: The table.
        sync_type: By which kind of sync they came.
        incremental_rows: How many.
        updated_at: When this was counted last.
        fivetran_synced: When the row was written to the destination.
    """

    connection_name: str | None = None
    destination_id: str | None = None
    free_type: str | None = None
    measured_date: date | None = None
    schema_name: str | None = None
    table_name: str | None = None
    sync_type: AnyMarSyncType | None = None
    incremental_rows: int | None = None
    updated_at: Timestamp | None = None
    fivetran_synced: Timestamp | None = None


@attrs.frozen(kw_only=True)
class TransformationRun(Row):
    """A row of TRANSFORMATION_RUNS: the models that a transformation ran on a day.

    Attributes:
        destination_id: The destination, which is the group.
        free_type: Whether they are paid for, and if not, why.
        job_id: The transformation.
        job_name: Its name.
        measured_date: The day.
        model_runs: How many.
        project_type: What kind of project it is of.
        updated_at: When this was counted last.
    """

    destination_id: str | None = None
    free_type: str | None = None
    job_id: str | None = None
    job_name: str | None = None
    measured_date: date | None = None
    model_runs: int | None = None
    project_type: str | None = None
    updated_at: Timestamp | None = None
