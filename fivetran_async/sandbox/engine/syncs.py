"""How syncs go on with time: pure functions over one connection and a now, in closed form however far it moved.

A connection is the plain dict that the API serves. What the sandbox itself has to know about it stands in its
`sandbox` key, which no reply carries; `Engine` describes it. Instants in there are seconds since the epoch.
"""

from __future__ import annotations

from typing import Any, Final, Literal, NotRequired, TypedDict

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.engine import function_state, regular, schemas, scripts
from fivetran_async.sandbox.engine.entries import SUCCESSFUL
from fivetran_async.sandbox.engine.history import History, Runs
from fivetran_async.sandbox.engine.schemas import Record
from fivetran_async.sandbox.engine.scripts import Plan, Seconds
from fivetran_async.sandbox.engine.volumes import Rows
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


class Resync(TypedDict):
    """A re-sync that was asked for and has not succeeded yet."""

    scope: dict[str, list[str]] | None
    """The tables by schema; None for everything."""
    queued: bool
    """Whether it starts when the running sync ends; otherwise it is part of the next sync that runs."""


class Engine(TypedDict):
    """What the sandbox keeps of a connection beside what it serves."""

    outcome: Literal["success", "failure"]
    """How its syncs end, where a script does not say otherwise: `success` or `failure`."""
    seconds: Seconds
    """How long one sync takes, where a script does not say otherwise."""
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
    script: NotRequired[list[Plan]]
    """What its next syncs do."""
    plan: NotRequired[Plan]
    """What the running sync does, where a script said it."""
    resync: NotRequired[Resync]
    """The re-sync that is under way."""
    source: NotRequired[JsonObject]
    """What the source holds, where a test planted it: see `fivetran_async.sandbox.engine.sources`."""
    schemas: NotRequired[Record]
    """What is kept of the schema config."""
    state: NotRequired[JsonObject]
    """The state of a connection that runs a user's code, once that ran or it was changed by hand."""
    anew: NotRequired[bool]
    """Whether the next run of a user's code begins without a state."""
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


def settle(connection: Connection, now: float, history: History | None = None) -> None:
    """Bring a connection up to date: end what has ended, start what was due.

    Args:
        connection: It is changed in place.
        now: The instant.
        history: Where what happened is noted.
    """
    own: Engine = connection["sandbox"]
    while True:
        # At the end of one a queued re-sync may begin, which may have ended, too.
        while own["ends"] is not None:
            if now < own["ends"]:
                return
            _finish(connection, own["ends"], history)
        due = own["due"]
        if due is None or now < due or not _on_schedule(connection):
            return
        if not own.get("script") and (history is None or not history.attendant.attends(connection)):
            break
        # No two of them need be alike: one step for each, and a script is no longer than somebody wrote it.
        own["due"] = due + _period(connection)
        begin(connection, due, history)
    _run_schedule(connection, due, now, history)


def next_change(connection: Connection) -> float | None:
    """Return when something happens by itself next, of a connection that is up to date; None for never."""
    own: Engine = connection["sandbox"]
    if own["ends"] is not None:
        return own["ends"]
    return own["due"] if _on_schedule(connection) else None


def begin(connection: Connection, at: float, history: History | None = None) -> None:
    """Start a sync, in the place of one that runs."""
    own: Engine = connection["sandbox"]
    abort(connection, at, history)
    seconds = scripts.take(own)
    own["started"], own["ends"] = at, at + seconds
    _take_up(own)
    connection["status"].update(sync_state="syncing", rescheduled_for=None)
    if history is not None:
        history.began(connection, at)


def abort(connection: Connection, at: float, history: History | None = None) -> None:
    """Let the sync that runs end at once, neither well nor badly; nothing happens when none runs."""
    own: Engine = connection["sandbox"]
    if own["ends"] is not None:
        _note_end(connection, at, {"status": "CANCELED"}, history)
    own["started"] = own["ends"] = None
    own.pop("plan", None)


def stop(connection: Connection, at: float, history: History | None = None) -> None:
    """Let the sync that runs end at once, and the connection wait for its next one."""
    abort(connection, at, history)
    _idle(connection)


def can_start(connection: Connection, *, force: bool) -> bool:
    """Tell whether a sync would start on demand, of a connection that is up to date."""
    return _able(connection) and (force or connection["sandbox"]["ends"] is None)


def start(connection: Connection, now: float, history: History | None = None, *, force: bool) -> None:
    """Start a sync on demand, beside the schedule.

    Nothing happens to one that is paused or not set up (what the API does then is not documented; its declared
    errors have none for it), nor, without `force`, to one whose sync runs.
    """
    settle(connection, now, history)
    if can_start(connection, force=force):
        begin(connection, now, history)


def restart_history(connection: Connection, now: float, history: History | None = None) -> None:
    """Mark the connection as reading everything anew, and start that at once where it can start."""
    connection["status"]["is_historical_sync"] = connection["sandbox"]["anew"] = True
    start(connection, now, history, force=True)


def resync(
    connection: Connection, now: float, scope: dict[str, list[str]] | None = None, history: History | None = None
) -> None:
    """Read everything or some tables anew: now, after the sync that runs, or with the next one of what cannot start.

    Args:
        connection: Which.
        now: The sandbox's now.
        scope: The tables by schema; None for everything.
        history: Where what happened is noted.
    """
    settle(connection, now, history)
    note_resync(connection, scope)
    own: Engine = connection["sandbox"]
    if own["ends"] is None and _able(connection):
        begin(connection, now, history)
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
        status["is_historical_sync"] = own["anew"] = True
        return
    for schema, tables in scope.items():
        earlier[schema] = list(dict.fromkeys([*earlier.get(schema, ()), *tables]))
    if TABLE_WARNING not in status["warnings"]:
        status["warnings"] = [*status["warnings"], dict(TABLE_WARNING)]


def pause(connection: Connection, now: float, history: History | None = None) -> None:
    """Pause a connection; a sync that runs is cancelled."""
    settle(connection, now, history)
    connection["paused"] = True
    stop(connection, now, history)


def resume(connection: Connection, now: float, history: History | None = None) -> None:
    """End a pause: the schedule goes on with its next start, those of the pause are not made up for.

    A re-sync that was asked for meanwhile starts at once.
    """
    connection["paused"] = False
    _idle(connection)
    own: Engine = connection["sandbox"]
    if own["due"] is not None:
        own["due"] = regular.next_slot(own["due"], _period(connection), now)
    else:
        reschedule(connection, now)
    if "resync" in own and _able(connection):
        begin(connection, now, history)


def reschedule(connection: Connection, now: float) -> None:
    """Work out the next start anew after the schedule, the setup or the pause changed."""
    own: Engine = connection["sandbox"]
    if own["stalled"] or connection["schedule_type"] != "auto" or connection["status"]["setup_state"] == "incomplete":
        own["due"] = None
    elif connection["sync_frequency"] == DAILY_MINUTES and connection["daily_sync_time"] is not None:
        own["due"] = regular.next_hour(connection["daily_sync_time"], now)
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


def _run_schedule(connection: Connection, due: float, now: float, history: History | None) -> None:
    """Let a schedule go on from its next start until now, in one step."""
    own: Engine = connection["sandbox"]
    runs = regular.scheduled_runs(due, _period(connection), own["seconds"], now)
    if runs.ended is not None:
        historical = connection["status"]["is_historical_sync"]
        data = _conclude(connection, runs.ended, {"outcome": own["outcome"]}, queued=False)
        if history is not None:
            whole = Runs(due, runs.step, own["seconds"], runs.turns)
            history.ran(connection, whole, data, historical=historical)
        _idle(connection)
    if runs.started is not None:
        begin(connection, runs.started, history)
    own["due"] = runs.due


def _finish(connection: Connection, at: float, history: History | None) -> None:
    own: Engine = connection["sandbox"]
    queued = "resync" in own and own["resync"]["queued"]
    historical = connection["status"]["is_historical_sync"]
    plan = Plan(outcome=own["outcome"])
    plan.update(own.get("plan") or {})
    data = _conclude(connection, at, plan, queued=queued)
    if "state" in plan:
        function_state.replace(connection, plan["state"])
    _note_end(connection, at, data, history, historical=historical, rows=plan.get("rows"))
    own.pop("plan", None)
    if plan.get("outcome") == scripts.RESCHEDULED:
        postpone(connection, scripts.until(plan, at))
        return
    _idle(connection)
    if own["due"] is not None:
        own["due"] = regular.next_slot(own["due"], _period(connection), at)
    if queued and _able(connection):
        begin(connection, at, history)


def _conclude(connection: Connection, at: float, plan: Plan, *, queued: bool) -> JsonObject:
    """Make a connection show how a sync ended; returns what is said of that."""
    outcome = plan.get("outcome")
    if outcome == scripts.SUCCESS:
        _succeed(connection, at, queued=queued)
        return {"status": SUCCESSFUL}
    if outcome == scripts.CANCELED:
        return {"status": "CANCELED"}
    if outcome == scripts.RESCHEDULED:
        return scripts.postponed(plan, at)
    connection["failed_at"] = stamp(at)
    status = connection["status"]
    if outcome == scripts.FAILURE_WITH_TASK:
        status.update(setup_state="broken", tasks=scripts.tasks_of(plan))
    return scripts.failed(plan, status["tasks"])


def _note_end(
    connection: Connection,
    at: float,
    data: JsonObject,
    history: History | None,
    *,
    historical: bool = False,
    rows: Rows | None = None,
) -> None:
    if history is not None:
        started: float | None = connection["sandbox"]["started"]
        history.ended(connection, at if started is None else started, at, data, historical=historical, rows=rows)


def _succeed(connection: Connection, at: float, *, queued: bool) -> None:
    own: Engine = connection["sandbox"]
    status: dict[str, Any] = connection["status"]
    connection["succeeded_at"] = stamp(at)
    function_state.advance(connection, anew=status["is_historical_sync"])
    schemas.synced(connection)
    waits = queued and "resync" in own and own["resync"]["scope"] is None
    status.update(is_historical_sync=waits, update_state="on_schedule")
    if status["setup_state"] == "broken":
        # What works is not broken: whatever was left to do has been done.
        status.update(setup_state="connected", tasks=[])
        own.pop("stumbled", None)
    if not queued:
        own.pop("anew", None)
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
