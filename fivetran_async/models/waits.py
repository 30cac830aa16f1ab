"""What waits for syncs and runs return."""

import enum
from datetime import datetime
from typing import Self

import attrs

from fivetran_async.errors import (
    FivetranError,
    NotSetUpError,
    PausedError,
    RescheduledError,
    SyncFailedError,
    SyncTimeoutError,
    TransformationFailedError,
    TransformationTimeoutError,
    WaitError,
)
from fivetran_async.models.connections import Connection
from fivetran_async.models.transformations import AnyTransformationStatus, Transformation, TransformationStatus


class SyncOutcome(enum.StrEnum):
    """How a wait for a sync ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RESCHEDULED = "rescheduled"
    PAUSED = "paused"
    NOT_SET_UP = "not_set_up"
    TIMED_OUT = "timed_out"
    ERROR = "error"


_ERRORS: dict[SyncOutcome, type[WaitError]] = {
    SyncOutcome.FAILED: SyncFailedError,
    SyncOutcome.RESCHEDULED: RescheduledError,
    SyncOutcome.PAUSED: PausedError,
    SyncOutcome.NOT_SET_UP: NotSetUpError,
    SyncOutcome.TIMED_OUT: SyncTimeoutError,
}


@attrs.frozen(kw_only=True)
class SyncResult:
    """How a wait for a sync ended: no object of the API.

    Attributes:
        connection_id: The connection.
        status: How the wait ended.
        started: When the sync began, by this machine's clock: when it was asked for, or first seen running. None when
            it ran before the wait began, or was never seen running.
        ended: When it ended, by Fivetran's clock; None when it did not.
        reason: Why it did not succeed: what Fivetran wants a person to do, or what to do about the wait.
        polls: How often the connection was looked at; one call may look at a thousand.
        connection: The connection as it was seen last; without `config` where a list showed it.
        error: What ended the wait, of the calls that it made; with `status` error alone.
    """

    connection_id: str
    status: SyncOutcome
    started: datetime | None = None
    ended: datetime | None = None
    reason: str | None = None
    polls: int = 0
    connection: Connection | None = attrs.field(default=None, repr=False)
    error: FivetranError | None = attrs.field(default=None, eq=False)

    @property
    def ok(self) -> bool:
        """Whether the sync ended well."""
        return self.status is SyncOutcome.SUCCEEDED

    @property
    def duration(self) -> float | None:
        """How long the sync took, in seconds; None when its beginning or its end is not known."""
        if self.started is None or self.ended is None:
            return None
        # Two clocks: one that is ahead must not make a sync end before it began.
        return max(0.0, (self.ended - self.started).total_seconds())

    @property
    def rescheduled_for(self) -> datetime | None:
        """Until when the sync was put off, as it was seen last."""
        status = None if self.connection is None else self.connection.status
        return None if status is None else status.rescheduled_for

    def check(self) -> Self:
        """Return this result if the sync ended well, and raise what it means otherwise.

        Raises:
            SyncFailedError: The sync failed.
            SyncTimeoutError: No sync ended in time.
            RescheduledError: The sync was put off.
            PausedError: The connection is paused.
            NotSetUpError: The connection's setup is incomplete or broken.
            FivetranError: A call ended the wait.
        """
        if self.error is not None:
            raise self.error
        if self.ok:
            return self
        raise _ERRORS[self.status](f"connection {self.connection_id}: {self.reason}", result=self)


@attrs.frozen(kw_only=True)
class TransformationResult:
    """How a wait for the run of a transformation ended: no object of the API.

    Attributes:
        transformation_id: The transformation.
        status: How the run ended, or what the transformation did when it was seen last.
        timed_out: Whether no run ended in time.
        started: When the run began, by Fivetran's clock; None when it was not seen to begin.
        ended: When it ended; None when it did not.
        reason: Why it did not succeed.
        polls: How often the transformation was looked at; one call may look at a thousand.
        transformation: The transformation as it was seen last.
    """

    transformation_id: str
    status: AnyTransformationStatus | None
    timed_out: bool = False
    started: datetime | None = None
    ended: datetime | None = None
    reason: str | None = None
    polls: int = 0
    transformation: Transformation | None = attrs.field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether the run ended well, with all of its models."""
        return not self.timed_out and self.status == TransformationStatus.SUCCEEDED

    @property
    def duration(self) -> float | None:
        """How long the run took, in seconds; None when its beginning or its end is not known."""
        if self.started is None or self.ended is None:
            return None
        return (self.ended - self.started).total_seconds()

    def check(self) -> Self:
        """Return this result if the run ended well, and raise what it means otherwise.

        Raises:
            TransformationFailedError: The run failed, or was cancelled or blocked.
            TransformationTimeoutError: No run ended in time.
        """
        if self.ok:
            return self
        error = TransformationTimeoutError if self.timed_out else TransformationFailedError
        raise error(f"transformation {self.transformation_id}: {self.reason}", result=self)
