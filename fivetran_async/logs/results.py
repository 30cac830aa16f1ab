"""What the queries of the log tables give: one typed row each."""

from datetime import date

import attrs

from fivetran_async.logs.rows import FAILED, Row
from fivetran_async.models._base import Timestamp
from fivetran_async.webhooks._event import AnySyncStatus, SyncStatus


@attrs.frozen(kw_only=True)
class SyncRun(Row):
    """A sync, from its start to its end.

    Attributes:
        connection_id: The connection.
        sync_id: The sync.
        started: When it began; None where that is older than the log.
        ended: When it ended, the last time if it did so several times; None while it runs.
        status: How it ended, the last time.
        reason: Why it failed.
        task_type: Which task it left to its owner, such as `reconnect`.
    """

    connection_id: str | None = None
    sync_id: str | None = None
    started: Timestamp | None = None
    ended: Timestamp | None = None
    status: AnySyncStatus | None = None
    reason: str | None = None
    task_type: str | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took; None where its start or its end is not known."""
        if self.started is None or self.ended is None:
            return None
        return (self.ended - self.started).total_seconds()

    @property
    def succeeded(self) -> bool:
        """Whether it ended well."""
        return self.status == SyncStatus.SUCCESSFUL

    @property
    def failed(self) -> bool:
        """Whether it failed, in any of the ways in which that is said."""
        return self.status in FAILED


@attrs.frozen(kw_only=True)
class SyncDuration(Row):
    """How long the successful syncs of a connection took.

    Attributes:
        connection_id: The connection.
        syncs: How many there were.
        average_seconds: How long they took on average.
        shortest_seconds: How long the shortest one took.
        longest_seconds: How long the longest one took.
    """

    connection_id: str | None = None
    syncs: int | None = None
    average_seconds: float | None = None
    shortest_seconds: float | None = None
    longest_seconds: float | None = None


@attrs.frozen(kw_only=True)
class TableRows(Row):
    """How many rows were written to a table.

    Attributes:
        connection_id: The connection.
        schema_name: The schema.
        table_name: The table.
        replaced_or_inserted: Rows that were new, or put in the place of others.
        updated: Rows of which parts were changed.
        deleted: Rows that were deleted, or marked so.
        total: All of them, of operations without a name here too.
    """

    connection_id: str | None = None
    schema_name: str | None = None
    table_name: str | None = None
    replaced_or_inserted: int | None = None
    updated: int | None = None
    deleted: int | None = None
    total: int | None = None


@attrs.frozen(kw_only=True)
class MonthlyActiveRows(Row):
    """The active rows of a connection in a month.

    Attributes:
        month: Its first day.
        destination_id: The destination.
        connection_name: The connection's name.
        free_type: Whether they are paid for, and if not, why.
        active_rows: How many.
    """

    month: date | None = None
    destination_id: str | None = None
    connection_name: str | None = None
    free_type: str | None = None
    active_rows: int | None = None
