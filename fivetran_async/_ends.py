"""What a look at a connection, or at a transformation, means to a wait: pure, and only by the API's own times."""

from datetime import datetime
from typing import Final, Literal, TypeAlias

import attrs

from fivetran_async.errors import FivetranError
from fivetran_async.models.connections import (
    Connection,
    ConnectionStatus,
    ConnectionTask,
    ConnectionWarning,
    ScheduleType,
    SetupState,
    SyncState,
)
from fivetran_async.models.transformations import Transformation, TransformationStatus
from fivetran_async.models.waits import SyncOutcome, SyncResult, TransformationResult

OnReschedule: TypeAlias = Literal["wait", "trigger", "raise"]
"""What to do when Fivetran puts a sync off: wait until it goes on, start another one, or raise."""
Resync: TypeAlias = Literal["all", "tables"]

# What was asked for may show this many seconds late.
_SETTLES: Final = 30.0
# A sync that was put off goes on by itself at its time; what is asked for before has no effect.
_GOES_ON: Final = 5.0
_TRIGGER_AFTER: Final = 60.0
# Until then it is looked at this seldom, in case somebody starts it earlier.
_SELDOM: Final = 300.0
_TABLE_WARNING: Final = "resync_table_warning"
_NOT_SET_UP: Final = (SetupState.BROKEN, SetupState.INCOMPLETE)
_OVER: Final = (
    TransformationStatus.SUCCEEDED,
    TransformationStatus.PARTIALLY_SUCCEEDED,
    TransformationStatus.FAILED,
    TransformationStatus.CANCELED,
)


@attrs.frozen
class Later:
    """Look again, after so many seconds; None for when it is the pace's turn."""

    seconds: float | None = None


@attrs.frozen
class TriggerAgain:
    """The sync was put off, its time has come, and nothing has begun it: start another one."""


SyncStep: TypeAlias = SyncResult | TriggerAgain | Later
RunStep: TypeAlias = TransformationResult | Later

AS_USUAL: Final = Later()


@attrs.frozen(kw_only=True)
class Moment:
    """When a look was.

    Attributes:
        at: Seconds that never go back.
        now: The wall time.
    """

    at: float
    now: datetime


def reason_of(status: ConnectionStatus | None) -> str:
    """Return what Fivetran says about why a sync failed: what a person has to do, or else its warnings."""
    status = status or ConnectionStatus()
    said: tuple[ConnectionTask | ConnectionWarning, ...] = status.tasks or status.warnings
    texts = [": ".join(filter(None, (item.code, item.message))) for item in said]
    return "; ".join(filter(None, texts)) or "Fivetran gives no reason; the connection's log has it"


class SyncWait:
    """A wait for the sync of one connection, told by the looks at it.

    A sync has ended when `succeeded_at` or `failed_at` is newer than both were before; of two newer ones the later
    decides. Nothing is compared with this machine's clock but `rescheduled_for`, which only says when to look again.
    """

    def __init__(self, connection_id: str, *, on_reschedule: OnReschedule, resync: Resync | None = None) -> None:
        """Begin.

        Args:
            connection_id: The connection.
            on_reschedule: What a sync that was put off means.
            resync: What is loaded anew, if that is what is waited for.
        """
        self.connection_id = connection_id
        self.seen: Connection | None = None
        self._on_reschedule = on_reschedule
        self._resync = resync
        self._baseline: datetime | None = None
        self._has_baseline = False
        self._polls = 0
        self._began: float | None = None
        self._state_since = 0.0
        self._seen_at = 0.0
        self._started: datetime | None = None
        self._triggered_at: float | None = None
        self._first_after = False
        self._ran_before = False
        self._put_off_before: datetime | None = None
        self._triggered_for: datetime | None = None
        self._waits_for_trigger_since: float | None = None
        self._not_set_up = 0

    def since(self, baseline: datetime | None) -> None:
        """Let a sync count that ended after some time; None for any."""
        self._baseline, self._has_baseline = baseline, True

    def refusal(self, before: Connection, moment: Moment, *, unpause: bool) -> SyncResult | None:
        """Take up how the connection was before anything was asked for; say so if that has no sense.

        Args:
            before: The connection.
            moment: When it was looked at.
            unpause: Whether its pause is about to be ended.
        """
        self._note(before, moment)
        self.since(before.last_ended_at)
        if _setup_state(before) in _NOT_SET_UP:
            return self._not_ready(before)
        if before.is_paused and not unpause:
            return self._paused(f"call connections.resume({self.connection_id!r}) first, or pass unpause=True")
        return None

    def triggered(self, moment: Moment, *, anew: bool) -> None:
        """Note that a sync was asked for.

        Args:
            moment: When.
            anew: Whether it is one of its own; otherwise a sync that runs already is the one that is waited for.
        """
        before = self.seen
        self._ran_before = before is not None and before.is_syncing
        self._put_off_before = None if before is None or before.status is None else before.status.rescheduled_for
        self._triggered_at, self._first_after = moment.at, True
        self._started = None if self._ran_before and not anew else moment.now

    def look(self, connection: Connection, moment: Moment) -> SyncStep:
        """Say what a look means."""
        first = self._polls == 0
        before = self._note(connection, moment)
        if not self._has_baseline:
            self.since(connection.last_ended_at)
        if (end := self._end(connection, moment)) is not None:
            return end
        self._first_after = False
        if connection.is_syncing:
            self._not_set_up = 0
            if self._started is None and before is not None and not before.is_syncing:
                self._started = moment.now
            return AS_USUAL
        if connection.is_paused:
            return AS_USUAL if self._settles(moment) else self._paused(f"connections.resume({self.connection_id!r})")
        if _setup_state(connection) in _NOT_SET_UP:
            # That a sync has failed may show a moment later than that the connection is broken.
            self._not_set_up += 1
            return self._not_ready(connection) if first or self._not_set_up > 1 else AS_USUAL
        self._not_set_up = 0
        if connection.sync_state == SyncState.RESCHEDULED:
            return self._put_off(connection, moment)
        return AS_USUAL

    def timed_out(self, timeout: float, moment: Moment, failure: FivetranError | None) -> SyncResult:
        """Return the result of a wait whose time is over.

        Args:
            timeout: How many seconds it had.
            moment: When it is.
            failure: What the last call met, if it failed.
        """
        return self._result(SyncOutcome.TIMED_OUT, reason=self._story(timeout, moment, failure))

    def _note(self, connection: Connection, moment: Moment) -> Connection | None:
        before, self.seen = self.seen, connection
        if before is None or before.sync_state != connection.sync_state:
            self._state_since = moment.at
        self._polls, self._seen_at = self._polls + 1, moment.at
        return before

    def _end(self, connection: Connection, moment: Moment) -> SyncResult | None:
        succeeded, failed = self._newer(connection.succeeded_at), self._newer(connection.failed_at)
        ended = connection.last_ended_at
        if succeeded is None and failed is None:
            return None
        if connection.is_syncing and self._is_of_the_one_before(moment):
            self._baseline, self._ran_before = ended, False
            return None
        if failed is not None and (succeeded is None or failed >= succeeded):
            return self._result(SyncOutcome.FAILED, ended=failed, reason=reason_of(connection.status))
        if self._resync is not None and self._loads_anew(connection):
            return None
        return self._result(SyncOutcome.SUCCEEDED, ended=succeeded)

    def _newer(self, at: datetime | None) -> datetime | None:
        return at if at is not None and (self._baseline is None or at > self._baseline) else None

    def _is_of_the_one_before(self, moment: Moment) -> bool:
        # A sync has ended while another one was being asked for, which runs now. Among thousands that takes minutes.
        if self._first_after and self._settles(moment):
            return True
        return self._ran_before and (self._first_after or self._resync is not None)

    def _loads_anew(self, connection: Connection) -> bool:
        status = connection.status or ConnectionStatus()
        if self._resync == "all":
            return bool(status.is_historical_sync)
        return any(warning.code == _TABLE_WARNING for warning in status.warnings)

    def _settles(self, moment: Moment) -> bool:
        return self._triggered_at is not None and moment.at - self._triggered_at < _SETTLES

    def _put_off(self, connection: Connection, moment: Moment) -> SyncStep:
        until = None if connection.status is None else connection.status.rescheduled_for
        if until == self._put_off_before and self._settles(moment):
            return AS_USUAL
        shown = "an unknown time" if until is None else f"{until:%Y-%m-%d %H:%M:%S} UTC"
        if self._on_reschedule == "raise":
            return self._result(SyncOutcome.RESCHEDULED, reason=f"the sync was put off until {shown}")
        left = None if until is None else (until - moment.now).total_seconds()
        if self._on_reschedule == "trigger":
            return self._trigger(until, left, moment)
        if connection.schedule_type == ScheduleType.MANUAL:
            return self._result(
                SyncOutcome.RESCHEDULED,
                reason=f"the sync was put off until {shown}, and with schedule_type 'manual' nothing takes it up "
                "again: pass on_reschedule='trigger'",
            )
        return AS_USUAL if left is None or left <= 0 else Later(min(left + _GOES_ON, _SELDOM))

    def _trigger(self, until: datetime | None, left: float | None, moment: Moment) -> SyncStep:
        if left is None:
            # Of an unknown time: a while after it was first seen.
            if self._waits_for_trigger_since is None:
                self._waits_for_trigger_since = moment.at
            left = self._waits_for_trigger_since - moment.at
        elif until == self._triggered_for:
            return AS_USUAL
        left += _TRIGGER_AFTER
        if left > 0:
            return Later(min(left, _SELDOM))
        self._triggered_for, self._waits_for_trigger_since = until, None
        return TriggerAgain()

    def _paused(self, what_to_do: str) -> SyncResult:
        return self._result(
            SyncOutcome.PAUSED, reason=f"it is paused, and no sync of it starts before it is resumed: {what_to_do}"
        )

    def _not_ready(self, connection: Connection) -> SyncResult:
        return self._result(
            SyncOutcome.NOT_SET_UP,
            reason=f"its setup is {_setup_state(connection)}, and no sync of it can succeed before that is mended; "
            f"connections.test({self.connection_id!r}) tells whether it is: {reason_of(connection.status)}",
        )

    def _result(self, status: SyncOutcome, *, ended: datetime | None = None, reason: str | None = None) -> SyncResult:
        return SyncResult(
            connection_id=self.connection_id,
            status=status,
            started=self._started,
            ended=ended,
            reason=reason,
            polls=self._polls,
            connection=self.seen,
        )

    def _story(self, timeout: float, moment: Moment, failure: FivetranError | None) -> str:
        text = f"no sync ended within {timeout:g} s"
        if self.seen is None:
            text += "; it was never seen"
        else:
            state, since = self.seen.sync_state or "in no known state", moment.at - self._state_since
            text += (
                f"; after {self._polls} looks it was {state}, for {since:.0f} s as far as was seen, {_last(self.seen)}"
            )
        if failure is not None:
            text += f"; the last call failed: {failure}"
        return text


def _last(connection: Connection) -> str:
    ended = connection.last_ended_at
    if ended is None:
        return "and no sync of it had ever ended"
    how = "well" if ended == connection.succeeded_at and ended != connection.failed_at else "in failure"
    return f"and its last sync had ended {how} at {ended:%Y-%m-%d %H:%M:%S} UTC"


def _setup_state(connection: Connection) -> str | None:
    return None if connection.status is None else connection.status.setup_state


class RunWait:
    """A wait for the run of one transformation, told by the looks at it."""

    def __init__(self, transformation_id: str) -> None:
        """Begin."""
        self.transformation_id = transformation_id
        self._seen: Transformation | None = None
        self._baseline: datetime | None = None
        self._was_blocked = False
        self._polls = 0
        self._state_since = 0.0
        self._triggered_at = 0.0

    def before(self, transformation: Transformation, moment: Moment) -> None:
        """Take up how the transformation was before the run was asked for."""
        self._note(transformation, moment)
        self._baseline = transformation.last_ended_at
        self._was_blocked = transformation.status == TransformationStatus.BLOCKED

    def triggered(self, moment: Moment) -> None:
        """Note that a run was asked for."""
        self._triggered_at = moment.at

    def look(self, transformation: Transformation, moment: Moment) -> RunStep:
        """Say what a look means."""
        self._note(transformation, moment)
        status, ended = transformation.status, transformation.last_ended_at
        if status == TransformationStatus.BLOCKED:
            if self._was_blocked and moment.at - self._triggered_at < _SETTLES:
                return AS_USUAL
            return self._result(reason="the run is blocked: something that it needs is not ready")
        newer = ended is not None and (self._baseline is None or ended > self._baseline)
        if not newer or status not in _OVER:
            return AS_USUAL
        begun = transformation.last_started_at
        started = begun if begun is not None and ended is not None and begun <= ended else None
        reason = None if status == TransformationStatus.SUCCEEDED else f"the run ended with {status}"
        return self._result(started=started, ended=ended, reason=reason)

    def timed_out(self, timeout: float, moment: Moment, failure: FivetranError | None) -> TransformationResult:
        """Return the result of a wait whose time is over; as for a sync."""
        text = f"no run ended within {timeout:g} s"
        if self._seen is None:
            text += "; it was never seen"
        else:
            text += f"; after {self._polls} looks it was {self._seen.status or 'in no known state'}"
            text += f", for {moment.at - self._state_since:.0f} s as far as was seen"
        if failure is not None:
            text += f"; the last call failed: {failure}"
        return self._result(reason=text, timed_out=True)

    def _note(self, transformation: Transformation, moment: Moment) -> None:
        if self._seen is None or self._seen.status != transformation.status:
            self._state_since = moment.at
        self._seen, self._polls = transformation, self._polls + 1

    def _result(
        self,
        *,
        reason: str | None,
        started: datetime | None = None,
        ended: datetime | None = None,
        timed_out: bool = False,
    ) -> TransformationResult:
        return TransformationResult(
            transformation_id=self.transformation_id,
            status=None if self._seen is None else self._seen.status,
            timed_out=timed_out,
            started=started,
            ended=ended,
            reason=reason,
            polls=self._polls,
            transformation=self._seen,
        )
