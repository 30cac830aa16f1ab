"""How syncs go on with time: pure functions over one connection and a now, in closed form however far it moved.

A connection is the plain dict that the API serves. What the sandbox itself has to know about it stands in its
`sandbox` key, which no reply carries; `Engine` describes it. Instants in there are seconds since the epoch.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal, NamedTuple, NotRequired, TypedDict

import msgspec

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.engine import function_state, schemas
from fivetran_async.sandbox.engine.schemas import Record
from fivetran_async.sandbox.times import epoch, stamp

Connection = dict[str, Any]

MINUTE: Final = 60.0
DAILY_MINUTES: Final = 1440
TABLE_WARNING: Final = {
    "code": "resync_table_warning",
    "message": "Some tables are being re-synced.",
    "details": "",
}
"""What a connection shows while some of its tables are being re-synced."""


Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e11)]
"""A duration, or an instant since the epoch that a date can express."""


class Resync(TypedDict):
    """A re-sync that was asked for and has not succeeded yet."""

    scope: dict[str, list[str]] | None
    """The tables by schema; None for everything."""
    queued: bool
    """Whether it starts when the running sync ends; otherwise it is part of the next sync that runs."""


class Engine(TypedDict):
    """What the sandbox keeps of a connection beside what it serves."""

    outcome: Literal["success", "failure"]
    """How its syncs end: `success` or `failure`."""
    seconds: Seconds
    """How long one sync takes."""
    due: Seconds | None
    """When the next scheduled sync starts; None when no schedule starts one."""
    started: Seconds | None
    """When the running sync started."""
    ends: Seconds | None
    """When the running sync will end."""
    stalled: bool
    """Whether its schedule has silently stopped, as a stale connection's has."""
    authorised: bool
    """Whether it was given credentials outside its config."""
    seeded_as: str | None
    """The condition that the seeding gave it; None for all others."""
    resync: NotRequired[Resync]
    """The re-sync that is under way."""
    source: NotRequired[JsonObject]
    """What the source holds, where a test planted it: see `fivetran_async.sandbox.engine.sources`."""
    schemas: NotRequired[Record]
    """What is kept of the schema config."""
    state: NotRequired[JsonObject]
    """The state of a connection that runs a user's code, once it was changed by hand."""
    certificates: NotRequired[list[JsonObject]]
    """The approved ones."""
    fingerprints: NotRequired[list[JsonObject]]
    """The approved ones."""
    untrusted: NotRequired[list[str]]
    """`certificates`, `fingerprints` or both: what its setup tests find unapproved, where a test planted that."""
    stumbled: NotRequired[bool]
    """Whether setup tests found it broken by that alone."""
    connect_cards: NotRequired[int]
    """How many connect cards it was given."""


class Runs(NamedTuple):
    """What a schedule did up to an instant.

    Attributes:
        ended: When the last finished sync ended; None when none did.
        started: When the sync that still runs started; None when none runs.
        due: When the next one starts.
    """

    ended: float | None
    started: float | None
    due: float


def engine(*, seconds: float = 300.0, authorised: bool = False) -> Engine:
    """Return the record of a connection that waits for its schedule."""
    return Engine(
        outcome="success",
        seconds=seconds,
        due=None,
        started=None,
        ends=None,
        stalled=False,
        authorised=authorised,
        seeded_as=None,
    )


def scheduled_runs(due: float, period: float, seconds: float, now: float) -> Runs:
    """Tell what a schedule did from its next start until now, without looking at every sync in between.

    Args:
        due: When the first sync starts; not after `now`.
        period: Seconds between two starts.
        seconds: How long a sync takes; while one runs, the starts that fall into it are skipped.
        now: The instant that is looked at.
    """
    step = period * max(1, math.ceil(seconds / period))
    last = due + step * math.floor((now - due) / step)
    if now >= last + seconds:
        return Runs(last + seconds, None, last + step)
    ended = last - step + seconds if last > due else None
    return Runs(ended, last, last + step)


def next_slot(due: float, period: float, after: float) -> float:
    """Return the schedule's first start that is not before an instant."""
    return due if due >= after else due + period * math.ceil((after - due) / period)


def settle(connection: Connection, now: float) -> None:
    """Bring a connection up to date: end what has ended, start what was due."""
    own: Engine = connection["sandbox"]
    # At the end of one a queued re-sync may begin, which may have ended, too.
    while own["ends"] is not None:
        if now < own["ends"]:
            return
        _finish(connection, own["ends"])
    due = own["due"]
    if due is None or now < due or not _on_schedule(connection):
        return
    runs = scheduled_runs(due, _period(connection), own["seconds"], now)
    if runs.ended is not None:
        _finish(connection, runs.ended)
    if runs.started is not None:
        begin(connection, runs.started)
    own["due"] = runs.due


def begin(connection: Connection, at: float) -> None:
    """Start a sync."""
    own: Engine = connection["sandbox"]
    own["started"], own["ends"] = at, at + own["seconds"]
    _take_up(own)
    connection["status"].update(sync_state="syncing", rescheduled_for=None)


def start(connection: Connection, now: float, *, force: bool) -> None:
    """Start a sync on demand, beside the schedule.

    Nothing happens to one that is paused or not set up (what the API does then is not documented; its declared
    errors have none for it), nor, without `force`, to one whose sync runs.
    """
    settle(connection, now)
    running = connection["sandbox"]["ends"] is not None
    if _able(connection) and (force or not running):
        begin(connection, now)


def restart_history(connection: Connection, now: float) -> None:
    """Mark the connection as reading everything anew, and start that at once where it can start."""
    connection["status"]["is_historical_sync"] = True
    start(connection, now, force=True)


def resync(connection: Connection, now: float, scope: dict[str, list[str]] | None = None) -> None:
    """Read everything or some tables anew: now, after the sync that runs, or with the next one of what cannot start.

    Args:
        connection: Which.
        now: The sandbox's now.
        scope: The tables by schema; None for everything.
    """
    settle(connection, now)
    note_resync(connection, scope)
    own: Engine = connection["sandbox"]
    if own["ends"] is None and _able(connection):
        begin(connection, now)
    elif "resync" in own:
        own["resync"]["queued"] = own["ends"] is not None


def note_resync(connection: Connection, scope: dict[str, list[str]] | None) -> None:
    """Make a re-sync part of the next sync that runs to its end, beside what was noted before.

    Args:
        connection: Which.
        scope: The tables by schema; None for everything.
    """
    own: Engine = connection["sandbox"]
    noted = own.setdefault("resync", Resync(scope={}, queued=False))
    earlier, status = noted["scope"], connection["status"]
    if scope is None or earlier is None:
        noted["scope"] = None
        status["is_historical_sync"] = True
        return
    for schema, tables in scope.items():
        earlier[schema] = list(dict.fromkeys([*earlier.get(schema, ()), *tables]))
    if TABLE_WARNING not in status["warnings"]:
        status["warnings"] = [*status["warnings"], dict(TABLE_WARNING)]


def pause(connection: Connection, now: float) -> None:
    """Pause a connection; a sync that runs is cancelled."""
    settle(connection, now)
    connection["paused"] = True
    _idle(connection)


def resume(connection: Connection, now: float) -> None:
    """End a pause: the schedule goes on with its next start, those of the pause are not made up for.

    A re-sync that was asked for meanwhile starts at once.
    """
    connection["paused"] = False
    _idle(connection)
    own: Engine = connection["sandbox"]
    if own["due"] is not None:
        own["due"] = next_slot(own["due"], _period(connection), now)
    else:
        reschedule(connection, now)
    if "resync" in own and _able(connection):
        begin(connection, now)


def reschedule(connection: Connection, now: float) -> None:
    """Work out the next start anew after the schedule, the setup or the pause changed."""
    own: Engine = connection["sandbox"]
    if own["stalled"] or connection["schedule_type"] != "auto" or connection["status"]["setup_state"] == "incomplete":
        own["due"] = None
    elif connection["sync_frequency"] == DAILY_MINUTES and connection["daily_sync_time"] is not None:
        own["due"] = _next_hour(connection["daily_sync_time"], now)
    else:
        # A connection that never synced starts soon after it is set up; others keep the distance to their last sync.
        last = max((epoch(at) for at in (connection["succeeded_at"], connection["failed_at"]) if at), default=None)
        own["due"] = now + MINUTE if last is None else max(now + MINUTE, last + _period(connection))


def postpone(connection: Connection, until: float) -> None:
    """Move the next sync to a later instant, as Fivetran does when a source or a destination asks for it.

    With a manual schedule it is never taken up again by itself.
    """
    own: Engine = connection["sandbox"]
    own["started"] = own["ends"] = None
    _take_up(own)
    own["due"] = until if connection["schedule_type"] == "auto" else None
    connection["status"].update(sync_state="rescheduled", rescheduled_for=stamp(until))


def _finish(connection: Connection, at: float) -> None:
    own: Engine = connection["sandbox"]
    queued = "resync" in own and own["resync"]["queued"]
    if own["outcome"] == "success":
        _succeed(connection, at, queued=queued)
    else:
        connection["failed_at"] = stamp(at)
    _idle(connection)
    if own["due"] is not None:
        own["due"] = next_slot(own["due"], _period(connection), at)
    if queued and _able(connection):
        begin(connection, at)


def _succeed(connection: Connection, at: float, *, queued: bool) -> None:
    own: Engine = connection["sandbox"]
    status: dict[str, Any] = connection["status"]
    connection["succeeded_at"] = stamp(at)
    function_state.advance(connection, anew=status["is_historical_sync"])
    schemas.synced(connection)
    waits = queued and "resync" in own and own["resync"]["scope"] is None
    status.update(is_historical_sync=waits, update_state="on_schedule")
    if "resync" in own and not queued:
        del own["resync"]
        status["warnings"] = [warning for warning in status["warnings"] if warning != TABLE_WARNING]


def _idle(connection: Connection) -> None:
    own: Engine = connection["sandbox"]
    own["started"] = own["ends"] = None
    _take_up(own)
    state = "paused" if connection["paused"] else "scheduled"
    connection["status"].update(sync_state=state, rescheduled_for=None)


def _take_up(own: Engine) -> None:
    """Make a queued re-sync part of the sync that runs or comes next: there is none to wait for any more."""
    if "resync" in own:
        own["resync"]["queued"] = False


def _able(connection: Connection) -> bool:
    return not connection["paused"] and connection["status"]["setup_state"] != "incomplete"


def _on_schedule(connection: Connection) -> bool:
    return _able(connection) and connection["schedule_type"] == "auto" and not connection["sandbox"]["stalled"]


def _period(connection: Connection) -> float:
    return MINUTE * float(connection["sync_frequency"])


def _next_hour(clock_time: str, now: float) -> float:
    # Documentation and specification contradict each other on the zone: the specification's UTC is taken.
    moment = datetime.fromtimestamp(now, UTC)
    at = moment.replace(hour=int(clock_time[:2]), minute=0, second=0, microsecond=0)
    return (at if at > moment else at + timedelta(days=1)).timestamp()
