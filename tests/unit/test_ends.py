"""What a look at a connection, or at a transformation, means to a wait."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fivetran_async._ends import AS_USUAL, Later, Moment, RunWait, SyncWait, TriggerAgain, reason_of
from fivetran_async.errors import (
    NotFoundError,
    NotSetUpError,
    PausedError,
    RescheduledError,
    ServerError,
    SyncFailedError,
    SyncTimeoutError,
    TransformationFailedError,
    TransformationTimeoutError,
    WaitError,
)
from fivetran_async.models.connections import Connection, ConnectionStatus
from fivetran_async.models.transformations import Transformation
from fivetran_async.models.waits import SyncOutcome, SyncResult, TransformationResult

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)
EARLIER, LATER, LATEST = (NOW + timedelta(minutes=minutes) for minutes in (-60, 5, 9))
TASK = {"code": "reconnect", "message": "The password is wrong."}
WARNING = {"code": "resync_table_warning", "message": "Some tables are loaded anew."}


def at(seconds: float) -> Moment:
    """Return a moment so many seconds after the beginning."""
    return Moment(at=1000 + seconds, now=NOW + timedelta(seconds=seconds))


def connection(state: str = "scheduled", **fields: Any) -> Connection:
    """Return a connection that is well, last synced an hour ago, unless told otherwise."""
    status = {"sync_state": state, "setup_state": "connected", **fields.pop("status", {})}
    given = {"id": "c", "service": "postgres", "paused": False, "succeeded_at": EARLIER, **fields}
    return Connection(**given, status=ConnectionStatus.from_dict(status))


def begun(before: Connection | None = None, **options: Any) -> SyncWait:
    """Return a wait whose sync was asked for."""
    anew = options.pop("anew", "resync" in options)
    wait = SyncWait("c", **{"on_reschedule": "wait", **options})
    assert wait.refusal(before or connection(), at(0), unpause=True) is None
    wait.triggered(at(1), anew=anew)
    return wait


def ended(step: Any) -> SyncResult:
    """Return a step that ended a wait."""
    assert isinstance(step, SyncResult)
    return step


def test_a_success():
    """A sync that ended well would not be seen, or its times be wrong."""
    wait = begun()
    assert wait.look(connection("syncing"), at(10)) == AS_USUAL
    result = ended(wait.look(connection(succeeded_at=LATER), at(400)))
    assert (result.status, result.started, result.ended) == (SyncOutcome.SUCCEEDED, NOW + timedelta(seconds=1), LATER)
    assert (result.duration, result.polls, result.reason) == (299, 3, None)
    assert result.check() is result


def test_one_that_ended_before_the_first_look():
    """A sync quicker than the first look would be waited for until the next one."""
    assert ended(begun().look(connection(succeeded_at=LATER), at(6))).ok


def test_a_failure_says_why():
    """Whoever is woken by it would have to look up what to do."""
    broken = connection(failed_at=LATER, status={"setup_state": "broken", "tasks": [TASK], "warnings": [WARNING]})
    result = ended(begun().look(broken, at(400)))
    assert (result.status, result.ended) == (SyncOutcome.FAILED, LATER)
    with pytest.raises(SyncFailedError, match="connection c: reconnect: The password is wrong") as caught:
        result.check()
    assert caught.value.result is result


def test_reasons():
    """A reason would be empty, or hide what has to be done behind what is only worth knowing."""
    told = ConnectionStatus.from_dict
    assert reason_of(told({"warnings": [WARNING]})) == "resync_table_warning: Some tables are loaded anew."
    assert reason_of(told({"tasks": [TASK, {"message": "b"}]})) == "reconnect: The password is wrong.; b"
    assert "no reason" in reason_of(None)
    assert "no reason" in reason_of(told({"tasks": [{}]}))


def test_an_old_failure_is_none():
    """A connection that once failed could not be waited for."""
    wait = begun(connection(failed_at=EARLIER, succeeded_at=None))
    assert wait.look(connection("syncing", failed_at=EARLIER, succeeded_at=None), at(10)) == AS_USUAL


def test_of_two_newer_ends_the_later_decides():
    """A failing end that a success followed would fail the wait, or the other way round."""
    assert ended(begun().look(connection(failed_at=LATER, succeeded_at=LATEST), at(600))).ok
    assert not ended(begun().look(connection(failed_at=LATEST, succeeded_at=LATER), at(600))).ok


def test_the_one_that_ran_before_is_joined():
    """A running sync would be waited for, and then, needlessly, the next one."""
    wait = begun(connection("syncing"))
    result = ended(wait.look(connection(succeeded_at=LATER), at(30)))
    assert (result.ok, result.started, result.duration) == (True, None, None)


def test_the_end_of_the_one_before_is_not_that_of_the_one_asked_for():
    """A sync that ended while another was being asked for would be taken for it."""
    wait = begun(connection("syncing"))
    assert wait.look(connection("syncing", succeeded_at=LATER), at(6)) == AS_USUAL
    assert ended(wait.look(connection(succeeded_at=LATEST), at(600))).ended == LATEST


def test_one_that_began_and_ended_before_it_was_asked_for():
    """Of thousands that are asked for, one after the other, some would be taken for done by a sync of the schedule."""
    wait = begun()
    assert wait.look(connection("syncing", succeeded_at=LATER), at(6)) == AS_USUAL
    assert ended(wait.look(connection(succeeded_at=LATEST), at(600))).ended == LATEST
    assert ended(begun().look(connection("syncing", succeeded_at=LATER), at(300))).ended == LATER


def test_later_the_next_sync_may_have_begun():
    """Of a connection that syncs every minute no end would ever be found."""
    wait = begun(connection("syncing"))
    assert wait.look(connection("syncing"), at(6)) == AS_USUAL
    assert ended(wait.look(connection("syncing", succeeded_at=LATER), at(60))).ok


def test_a_forced_one_has_a_beginning():
    """A sync that was begun anew would have no duration, as if it had run before."""
    wait = begun(connection("syncing"), anew=True)
    assert ended(wait.look(connection(succeeded_at=LATER), at(400))).duration == 299


def test_a_sync_of_others():
    """The end of the last sync would be taken for that of the one that is waited for."""
    wait = SyncWait("c", on_reschedule="wait")
    assert wait.look(connection(), at(0)) == AS_USUAL
    assert wait.look(connection("syncing"), at(60)) == AS_USUAL
    assert ended(wait.look(connection(succeeded_at=LATER), at(400))).duration == 240


def test_since():
    """What ended between two programs, or two lines of one, would be missed."""
    for since, found in ((EARLIER, False), (EARLIER - timedelta(seconds=1), True), (None, True)):
        wait = SyncWait("c", on_reschedule="wait")
        wait.since(since)
        assert isinstance(wait.look(connection(), at(0)), SyncResult) is found


def test_paused():
    """A connection that is paused would be waited for, for ever."""
    wait = SyncWait("c", on_reschedule="wait")
    refusal = ended(wait.refusal(connection("paused", paused=True), at(0), unpause=False))
    with pytest.raises(PausedError, match=r"connections\.resume\('c'\) first, or pass unpause=True"):
        refusal.check()
    with pytest.raises(PausedError, match=r"connections\.resume\('c'\)"):
        ended(begun().look(connection("paused", paused=True), at(60))).check()


def test_a_pause_may_end_late():
    """A connection that was just resumed would be called paused by a look that came too early."""
    wait = begun(connection("paused", paused=True))
    assert wait.look(connection("paused", paused=True), at(6)) == AS_USUAL
    assert ended(wait.look(connection("paused", paused=True), at(60))).status is SyncOutcome.PAUSED


def test_ended_and_then_paused():
    """Who pauses a connection after its sync would make the wait fail."""
    assert ended(begun().look(connection("paused", paused=True, succeeded_at=LATER), at(400))).ok


@pytest.mark.parametrize("state", ["broken", "incomplete"])
def test_not_set_up(state: str):
    """A sync that cannot succeed would be started and waited for."""
    lame = connection(status={"setup_state": state, "tasks": [TASK]})
    for result in (
        SyncWait("c", on_reschedule="wait").refusal(lame, at(0), unpause=True),
        SyncWait("c", on_reschedule="wait").look(lame, at(0)),
    ):
        with pytest.raises(NotSetUpError, match=rf"setup is {state}.*connections\.test\('c'\).*password is wrong"):
            ended(result).check()


def test_broken_meanwhile():
    """A failure that shows a moment later would be lost, or a connection without one be waited for, for ever."""
    wait, broken = begun(), connection(status={"setup_state": "broken"})
    assert wait.look(broken, at(60)) == AS_USUAL
    assert ended(wait.look(connection(failed_at=LATER, status={"setup_state": "broken"}), at(65))).ended == LATER
    wait = begun()
    assert wait.look(broken, at(60)) == AS_USUAL
    assert wait.look(connection("syncing", status={"setup_state": "broken"}), at(65)) == AS_USUAL
    assert wait.look(broken, at(70)) == AS_USUAL
    assert ended(wait.look(broken, at(75))).status is SyncOutcome.NOT_SET_UP


def put_off(until: datetime | None = LATER, **fields: Any) -> Connection:
    """Return a connection whose sync was put off."""
    return connection("rescheduled", status={"rescheduled_for": until and until.isoformat()}, **fields)


def test_put_off_and_waited_for():
    """A sync that goes on by itself would be looked at all the time, or be given up."""
    wait = begun()
    assert wait.look(put_off(), at(60)) == Later(245)
    assert wait.look(put_off(NOW + timedelta(hours=6)), at(61)) == Later(300)
    assert wait.look(put_off(), at(301)) == AS_USUAL
    assert wait.look(put_off(None), at(302)) == AS_USUAL
    assert ended(wait.look(connection(succeeded_at=LATEST), at(600))).ok


def test_put_off_with_a_manual_schedule():
    """What nothing takes up again would be waited for, for ever."""
    result = ended(begun().look(put_off(schedule_type="manual"), at(60)))
    with pytest.raises(RescheduledError, match=r"until 2026-08-01 12:05:00 UTC.*on_reschedule='trigger'"):
        result.check()
    assert result.rescheduled_for == LATER


def test_put_off_and_raised():
    """A caller who has better to do than wait would not be told."""
    result = ended(begun(on_reschedule="raise").look(put_off(None), at(60)))
    with pytest.raises(RescheduledError, match="until an unknown time"):
        result.check()


def test_put_off_and_triggered():
    """A sync with a manual schedule would never go on, or be asked for at every look."""
    wait, manual = begun(on_reschedule="trigger"), put_off(schedule_type="manual")
    assert wait.look(manual, at(60)) == Later(300)
    assert wait.look(manual, at(300)) == Later(60)
    assert wait.look(manual, at(361)) == TriggerAgain()
    wait.triggered(at(362), anew=False)
    assert wait.look(manual, at(367)) == AS_USUAL
    assert wait.look(manual, at(900)) == AS_USUAL
    assert wait.look(put_off(LATEST, schedule_type="manual"), at(901)) == TriggerAgain()


def test_put_off_until_nobody_knows_when_and_triggered():
    """A reschedule without its time would never be triggered."""
    wait = begun(on_reschedule="trigger")
    assert wait.look(put_off(None), at(60)) == Later(60)
    assert wait.look(put_off(None), at(100)) == Later(20)
    assert wait.look(put_off(None), at(121)) == TriggerAgain()


@pytest.mark.parametrize("on_reschedule", ["raise", "trigger", "wait"])
def test_put_off_before_it_was_asked_for(on_reschedule: str):
    """The sync that was asked for would be given up for how the last one stood."""
    wait = begun(put_off(schedule_type="manual"), on_reschedule=on_reschedule)
    assert wait.look(put_off(schedule_type="manual"), at(6)) == AS_USUAL
    assert wait.look(put_off(LATEST, schedule_type="manual"), at(8)) != AS_USUAL


@pytest.mark.parametrize(
    ("resync", "going_on"), [("all", {"is_historical_sync": True}), ("tables", {"warnings": [WARNING]})]
)
def test_a_resync_is_over_when_nothing_is_loaded_anew(resync: str, going_on: dict[str, Any]):
    """The sync that ran before the re-sync would be taken for it."""
    wait = begun(connection("syncing"), resync=resync)
    assert wait.look(connection(succeeded_at=LATER, status=going_on), at(300)) == AS_USUAL
    assert wait.look(connection("syncing", succeeded_at=LATER, status=going_on), at(305)) == AS_USUAL
    assert ended(wait.look(connection(succeeded_at=LATEST), at(600))).ok


def test_a_failure_before_a_resync():
    """The failure of the sync that ran before it would be taken for the re-sync's."""
    wait = begun(connection("syncing"), resync="all")
    going_on = {"is_historical_sync": True}
    assert wait.look(connection("syncing", failed_at=LATER, status=going_on), at(400)) == AS_USUAL
    assert not ended(wait.look(connection(failed_at=LATEST, status=going_on), at(600))).ok


def test_what_a_timeout_tells():
    """Nobody could tell a sync that was slow from one that never began."""
    wait = begun()
    wait.look(connection("syncing"), at(20))
    wait.look(connection("syncing"), at(500))
    failure = ServerError("x", status=503, operation="list_connections")
    result = wait.timed_out(600, at(600), failure)
    with pytest.raises(SyncTimeoutError) as caught:
        result.check()
    assert str(caught.value) == (
        "connection c: no sync ended within 600 s; after 3 looks it was syncing, for 580 s as far as was seen, and its "
        "last sync had ended well at 2026-08-01 11:00:00 UTC; the last call failed: list_connections: 503: x"
    )
    never = SyncWait("c", on_reschedule="wait").timed_out(5, at(5), None)
    assert never.reason == "no sync ended within 5 s; it was never seen"
    assert never.connection is None


def test_what_a_timeout_tells_of_the_last_sync():
    """A failure of before would be called a success, or none be made up."""
    wait = begun(connection(failed_at=NOW))
    assert "ended in failure at 2026-08-01 12:00:00" in str(wait.timed_out(5, at(5), None).reason)
    wait = begun(connection(succeeded_at=None, status={"sync_state": None}))
    reason = str(wait.timed_out(5, at(5), None).reason)
    assert "no sync of it had ever ended" in reason
    assert "in no known state" in reason


def test_two_clocks():
    """A machine whose clock is ahead would report a sync that took less than nothing."""
    result = SyncResult(connection_id="c", status=SyncOutcome.SUCCEEDED, started=LATER, ended=NOW)
    assert result.duration == 0


def test_an_error_of_a_call():
    """A connection that was deleted would look like one whose sync failed."""
    gone = NotFoundError("x", status=404)
    result = SyncResult(connection_id="c", status=SyncOutcome.ERROR, error=gone)
    with pytest.raises(NotFoundError):
        result.check()


def transformation(status: str | None, ended: datetime | None = EARLIER, **fields: Any) -> Transformation:
    """Return a transformation that last ran an hour ago, unless told otherwise."""
    return Transformation(id="t", status=status, last_ended_at=ended, **fields)


def running(before: Transformation | None = None) -> RunWait:
    """Return a wait whose run was asked for."""
    wait = RunWait("t")
    wait.before(before or transformation("SUCCEEDED"), at(0))
    wait.triggered(at(1))
    return wait


def test_a_run():
    """A run that ended well would not be seen, or the last one be taken for it."""
    wait = running()
    assert wait.look(transformation("SUCCEEDED"), at(5)) == AS_USUAL
    assert wait.look(transformation("RUNNING"), at(10)) == AS_USUAL
    result = wait.look(transformation("SUCCEEDED", LATER, last_started_at=NOW), at(400))
    assert isinstance(result, TransformationResult)
    assert (result.ok, result.started, result.ended, result.duration, result.polls) == (True, NOW, LATER, 300, 4)
    assert result.check() is result


@pytest.mark.parametrize("status", ["FAILED", "CANCELED", "PARTIALLY_SUCCEEDED"])
def test_a_run_that_did_not_succeed(status: str):
    """A run that made half of its models would pass for one that made them all."""
    result = running().look(transformation(status, LATER), at(400))
    assert isinstance(result, TransformationResult)
    with pytest.raises(TransformationFailedError, match=f"transformation t: the run ended with {status}") as caught:
        result.check()
    assert (caught.value.result, result.duration) == (result, None)


def test_a_run_after_the_run():
    """How a run ended would be told by how the next one stands."""
    wait = running()
    assert wait.look(transformation("RUNNING", LATER), at(400)) == AS_USUAL
    assert isinstance(wait.look(transformation("FAILED", LATEST), at(600)), TransformationResult)


def test_a_blocked_run():
    """What cannot run would be waited for, or be given up for how it stood before it was asked for."""
    assert isinstance(running().look(transformation("BLOCKED"), at(5)), TransformationResult)
    wait = running(transformation("BLOCKED"))
    assert wait.look(transformation("BLOCKED"), at(5)) == AS_USUAL
    result = wait.look(transformation("BLOCKED"), at(60))
    assert isinstance(result, TransformationResult)
    with pytest.raises(TransformationFailedError, match="blocked"):
        result.check()


def test_what_a_timeout_of_a_run_tells():
    """Nobody could tell a run that was slow from one that never began."""
    wait = running()
    wait.look(transformation("RUNNING"), at(10))
    with pytest.raises(
        TransformationTimeoutError, match=r"within 60 s; after 2 looks it was RUNNING, for 50 s"
    ) as caught:
        wait.timed_out(60, at(60), ServerError("x", status=503)).check()
    assert "the last call failed: 503" in str(caught.value)
    assert "never seen" in str(RunWait("t").timed_out(5, at(5), None).reason)


def test_errors_travel_with_their_results():
    """A worker process could not tell its parent what it saw."""
    result = begun().timed_out(5, at(5), None)
    with pytest.raises(WaitError) as caught:
        result.check()
    other = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - its own bytes
    assert (type(other), other.result, str(other)) == (SyncTimeoutError, result, str(caught.value))
