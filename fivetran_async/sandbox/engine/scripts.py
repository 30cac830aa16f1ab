"""What the next syncs of a connection are to do, one after the other: kept with it, and so saved with the account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, TypeAlias, TypedDict

import msgspec

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.times import milliseconds

SUCCESS: Final = "success"
FAILURE: Final = "failure"
FAILURE_WITH_TASK: Final = "failure_with_task"
RESCHEDULED: Final = "rescheduled"
CANCELED: Final = "canceled"

Outcome: TypeAlias = Literal["success", "failure", "failure_with_task", "rescheduled", "canceled"]
OUTCOMES: Final[tuple[Outcome, ...]] = (SUCCESS, FAILURE, FAILURE_WITH_TASK, RESCHEDULED, CANCELED)

Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e11)]
"""A duration, or an instant since the epoch that a date can express."""

HOUR: Final = 3600.0

_RECONNECT: Final = {"code": "reconnect", "message": "The credentials were rejected by the source.", "details": ""}


class ScriptedTask(TypedDict):
    """What a failed sync leaves its owner to do."""

    code: str
    message: str


class Plan(TypedDict, total=False):
    """What one sync does; see `fivetran_async.sandbox.scripting.Syncs.script`."""

    outcome: Outcome
    """How it ends; left out, as the connection's syncs do."""
    seconds: Seconds
    """How long it takes; left out, as long as the connection's syncs do."""
    reason: str
    """Why it fails or is rescheduled."""
    tasks: list[ScriptedTask]
    """What it leaves to do, of `failure_with_task`."""
    after: Seconds
    """Of `rescheduled`: how long after its end it goes on."""
    until: Seconds
    """Of `rescheduled`: when it goes on, since the epoch."""
    rows: dict[str, dict[str, Annotated[int, msgspec.Meta(ge=0, le=2**53)]]]
    """What it writes, by schema and table."""
    state: JsonObject
    """The state that a user's code, which really ran, leaves; left out, what the sandbox makes up."""


def take(own: Any) -> float:
    """Let a sync that starts do what comes next in the script; returns how long it takes."""
    own.pop("plan", None)
    script: list[Plan] = own.pop("script", None) or []
    if not script:
        return float(own["seconds"])
    plan, *rest = script
    own["plan"] = plan
    if rest:
        own["script"] = rest
    return float(plan.get("seconds", own["seconds"]))


def tasks_of(plan: Plan) -> list[JsonObject]:
    """Return the tasks that a failed sync leaves, as a connection shows them; without any, one for credentials."""
    return [{"details": "", **task} for task in plan.get("tasks") or ()] or [dict(_RECONNECT)]


def until(plan: Plan, at: float) -> float:
    """Return when a sync that is rescheduled at an instant goes on: an hour later unless its plan says otherwise."""
    return max(at, plan["until"]) if "until" in plan else at + plan.get("after", HOUR)


def postponed(plan: Plan, at: float) -> JsonObject:
    """Return what is said of the end of a sync that was rescheduled."""
    reason = plan.get("reason", "The source asked to wait")
    return {"status": "RESCHEDULED", "reason": reason, "rescheduledAt": milliseconds(until(plan, at))}


def failed(plan: Plan, tasks: Sequence[JsonObject]) -> JsonObject:
    """Return what is said of the end of a sync that failed.

    Args:
        plan: What it was to do.
        tasks: What the connection shows as to be done.
    """
    if not tasks:
        return {"status": "FAILURE", "reason": plan.get("reason", "The source could not be read")}
    first = tasks[0]
    reason = plan.get("reason") or first.get("message") or "There is something to do"
    return {"status": "FAILURE_WITH_TASK", "reason": reason, "taskType": first.get("code", "")}
