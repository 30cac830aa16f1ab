"""Waits: for syncs of connections, for runs of transformations, for setup tests.

A wait is told by looks at the object, which one watcher (`_watcher`) makes for all waits of a client together; what a
look means is decided apart from it (`_ends`), as is how often to look and by which calls (`_polls`).

The seam for webhooks is `Hints`: whatever can say that a connection may have changed makes the waits for it look at
once. It is passed as `via=`, and the looks by time go on as a safety net, only less often.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import attrs

from fivetran_async import _polls
from fivetran_async import operations as ops
from fivetran_async._course import Course, Patience, Via, ViaAll
from fivetran_async._ends import Moment, OnReschedule, Resync, RunStep, RunWait, SyncStep, SyncWait, TriggerAgain
from fivetran_async._pipeline import Pipeline
from fivetran_async._watch import CONNECTIONS, TRANSFORMATIONS, Hints
from fivetran_async._watcher import watcher
from fivetran_async.errors import (
    ArgumentError,
    DeadlineExceededError,
    FivetranError,
    SetupTestsFailedError,
)
from fivetran_async.models.connections import Connection
from fivetran_async.models.destinations import Destination
from fivetran_async.models.setup_tests import SetupTestStatus
from fivetran_async.models.transformations import Transformation
from fivetran_async.models.waits import SyncResult, TransformationResult
from fivetran_async.operation import Operation, RateClass

__all__ = ["Hints", "OnReschedule", "Patience", "Via", "ViaAll"]

T = TypeVar("T", bound=Connection | Destination)

_ON_RESCHEDULE: Final = ("wait", "trigger", "raise")
_FAILED: Final = (SetupTestStatus.FAILED, SetupTestStatus.JOB_FAILED)


async def sync_and_wait(
    line: Pipeline,
    connection_id: str,
    patience: Patience,
    *,
    force: bool,
    on_reschedule: OnReschedule,
    unpause: bool,
    check: bool,
) -> SyncResult:
    """Start a sync of a connection and wait for its end."""
    check_on_reschedule(on_reschedule)

    async def trigger(through: Pipeline) -> None:
        await through.call(ops.SYNC_CONNECTION, connection_id, body={"force": force}, idempotent=not force)

    wait = SyncWait(connection_id, on_reschedule=on_reschedule)
    line.check(ops.SYNC_CONNECTION, connection_id)
    return await _trigger_and_wait(Course(line, patience), wait, trigger, anew=force, unpause=unpause, check=check)


async def resync_and_wait(
    line: Pipeline,
    connection_id: str,
    patience: Patience,
    *,
    scope: Any,
    on_reschedule: OnReschedule,
    unpause: bool,
    check: bool,
) -> SyncResult:
    """Have a connection load its data anew, and wait for its end."""
    check_on_reschedule(on_reschedule)

    async def trigger(through: Pipeline) -> None:
        await through.call(ops.RESYNC_CONNECTION, connection_id, body={"scope": scope})

    resync: Resync = "tables" if isinstance(scope, Mapping) else "all"
    wait = SyncWait(connection_id, on_reschedule=on_reschedule, resync=resync)
    line.check(ops.RESYNC_CONNECTION, connection_id)
    return await _trigger_and_wait(Course(line, patience), wait, trigger, anew=True, unpause=unpause, check=check)


async def wait_for_sync(
    line: Pipeline, connection_id: str, patience: Patience, *, since: Any, on_reschedule: OnReschedule
) -> SyncResult:
    """Wait for the end of a sync that somebody else starts."""
    check_on_reschedule(on_reschedule)
    wait = SyncWait(connection_id, on_reschedule=on_reschedule)
    if isinstance(since, Connection):
        wait.since(since.last_ended_at)
    elif since is not None:
        wait.since(since)
    # A wait that may trigger must be allowed to.
    line.check(ops.SYNC_CONNECTION if on_reschedule == "trigger" else ops.CONNECTION_DETAILS, connection_id)
    course = Course(line, patience)
    with watcher(line, CONNECTIONS).listening(course.hints, connection_id):
        return await _follow(course, wait, at_once=True)


async def run_and_wait(
    line: Pipeline, transformation_id: str, patience: Patience, body: Mapping[str, Any]
) -> TransformationResult:
    """Start a run of a transformation and wait for its end."""
    line.check(ops.RUN_TRANSFORMATION, transformation_id)
    course, wait = Course(line, patience), RunWait(transformation_id)
    shared = watcher(line, TRANSFORMATIONS)

    def as_it_was(transformation: Transformation, _: Moment) -> Transformation:
        return transformation

    def see(transformation: Transformation, moment: Moment) -> RunStep:
        patience.tell(transformation)
        return wait.look(transformation, moment)

    before, failure = await shared.until(line, transformation_id, as_it_was, course.terms(at_once=True))
    if before is None:
        return wait.timed_out(course.timeout, course.moment, failure)
    wait.before(before, course.moment)

    async def trigger(through: Pipeline) -> None:
        await through.call(ops.RUN_TRANSFORMATION, transformation_id, body=body)

    late = await _too_late(course, trigger)
    if late is not None:
        return wait.timed_out(course.timeout, course.moment, late)
    wait.triggered(course.moment)
    result, failure = await shared.until(line, transformation_id, see, course.terms(at_once=False))
    return result or wait.timed_out(course.timeout, course.moment, failure)


async def test_and_wait(
    line: Pipeline, operation: Operation[T], name: str, patience: Patience, body: Mapping[str, Any], *, check: bool
) -> T:
    """Run setup tests until they have been answered."""
    line.check(operation, name)
    course = Course(line, patience)
    failure: FivetranError | None = None
    rounds = times_gone = 0
    while True:
        rounds += 1
        try:
            tested = await _patient(course).call(operation, name, body=body)
        except FivetranError as error:
            # That the time was over says less than what had kept the tests from being answered until then.
            failure = failure if failure is not None and isinstance(error, DeadlineExceededError) else error
        else:
            patience.tell(tested)
            return _checked(tested) if check else tested
        if course.is_over:
            raise DeadlineExceededError(
                f"{operation}: the setup tests of {name} were not answered within {course.timeout:g} s, in {rounds} "
                f"attempts; the last met: {failure}",
                attempts=failure.attempts,
            ) from failure
        asked, times_gone = _polls.put_off(failure), _polls.gone(times_gone, failure)
        if _polls.ends_the_wait(failure, times_gone) or (course.left is not None and asked >= course.left):
            raise failure
        await line.clock.sleep(_pause(course, asked))


def check_on_reschedule(value: Any) -> None:
    """Check what a sync that was put off is to mean.

    Raises:
        ArgumentError: It is none of the three.
    """
    if value not in _ON_RESCHEDULE:
        raise ArgumentError(f"on_reschedule must be one of 'wait', 'trigger', 'raise', not {value!r}")


async def _trigger_and_wait(
    course: Course,
    wait: SyncWait,
    trigger: Callable[[Pipeline], Awaitable[None]],
    *,
    anew: bool,
    unpause: bool,
    check: bool,
) -> SyncResult:
    line, name = course.line, wait.connection_id

    def as_it_was(connection: Connection, _: Moment) -> Connection:
        return connection

    shared = watcher(line, CONNECTIONS)
    before, failure = await shared.until(line, name, as_it_was, course.terms(at_once=True))
    if before is None:
        refusal: SyncResult | None = wait.timed_out(course.timeout, course.moment, failure)
    else:
        course.patience.tell(before)
        refusal = wait.refusal(before, course.moment, unpause=unpause)
    if refusal is not None:
        return refusal.check() if check else refusal

    paused = before is not None and before.is_paused

    async def start(through: Pipeline) -> None:
        if paused:
            await _pause_or_resume(through, name, paused=False)
        await trigger(through)

    async def the_rest() -> SyncResult:
        # From before the sync begins, or the hint of its end could be missed.
        with shared.listening(course.hints, name):
            late = await _too_late(course, start)
            if late is not None:
                result = wait.timed_out(course.timeout, course.moment, late)
            else:
                wait.triggered(course.moment, anew=anew)
                result = await _follow(course, wait, at_once=False)
        return result.check() if check else result

    return await (_paused_again(line, name, the_rest) if paused else the_rest())


async def _follow(course: Course, wait: SyncWait, *, at_once: bool) -> SyncResult:
    line, name = course.line, wait.connection_id

    def see(connection: Connection, moment: Moment) -> SyncStep:
        course.patience.tell(connection)
        return wait.look(connection, moment)

    async def trigger(through: Pipeline) -> None:
        await through.call(ops.SYNC_CONNECTION, name, body={"force": False}, idempotent=True)

    step: SyncResult | TriggerAgain | None
    while True:
        terms = course.terms(at_once=at_once, hinted=course.hints is not None)
        step, failure = await watcher(line, CONNECTIONS).until(line, name, see, terms)
        if isinstance(step, TriggerAgain):
            failure = await _too_late(course, trigger)
            if failure is None:
                wait.triggered(course.moment, anew=False)
                at_once = False
                continue
            step = None
        return step or wait.timed_out(course.timeout, course.moment, failure)


async def _too_late(course: Course, call: Callable[[Pipeline], Awaitable[None]]) -> DeadlineExceededError | None:
    """Make a call within the time of a wait; return what it met if that was over before."""
    try:
        await call(course.bounded())
    except DeadlineExceededError as error:
        # The wait's own, or one that the client has for each call.
        if not course.is_over:
            raise
        return error
    return None


async def _paused_again(line: Pipeline, connection_id: str, wait: Callable[[], Awaitable[SyncResult]]) -> SyncResult:
    """Make a wait that ends the pause of a connection, and pause it again afterwards, whatever happened."""
    try:
        result = await wait()
    except BaseException as error:
        try:
            await _pause_or_resume(line, connection_id, paused=True)
        except FivetranError as second:
            error.add_note(f"connection {connection_id} could not be paused again: {second}")
        raise
    try:
        await _pause_or_resume(line, connection_id, paused=True)
    except FivetranError as error:
        told = f"the wait for connection {connection_id} was over ({result.status})"
        error.add_note(f"{told}; the connection could not be paused again")
        raise
    return result


async def _pause_or_resume(line: Pipeline, connection_id: str, *, paused: bool) -> None:
    body = {"paused": paused, "run_setup_tests": False}
    await line.call(ops.MODIFY_CONNECTION, connection_id, body=body, idempotent=True, rate_class=RateClass.ALL)


def _patient(course: Course) -> Pipeline:
    """Return the pipeline for a call that may be silent for as long as the wait may take."""
    line, left = course.bounded(), course.left
    if left is None:
        return line
    read = max(line.timeout.read_for(slow=True), left)
    return attrs.evolve(line, timeout=attrs.evolve(line.timeout, read=read))


def _pause(course: Course, asked: float) -> float:
    elapsed = course.line.clock.monotonic() - course.began
    pause = max(course.terms(at_once=True).pace.interval(elapsed), asked)
    return pause if course.left is None else max(0.0, min(pause, course.left))


def _checked(tested: T) -> T:
    failed = tuple(test for test in tested.setup_tests if test.status in _FAILED)
    if not failed:
        return tested
    listed = "; ".join(": ".join(filter(None, (test.title, test.message))) for test in failed)
    raise SetupTestsFailedError(
        f"{len(failed)} of {len(tested.setup_tests)} setup tests of {tested.id} failed: {listed}",
        result=tested,
        tests=failed,
    )
