"""How transformations run: started on demand or by their schedules, ended by the sandbox's clock.

What the sandbox keeps of one stands under its `sandbox` key: `outcome` (the status its runs end with), `seconds` (how
long a run takes), `ends` (when the running one will end), `anchor` (from when an interval counts), `mark` (up to when
its schedule was looked at) and, of a quickstart one, `version`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.data import quickstart
from fivetran_async.sandbox.engine import parts, schedules
from fivetran_async.sandbox.times import epoch, milliseconds, stamp

PART: Final = "transformations"
PROJECTS: Final = "transformation_projects"
DBT: Final = "DBT_CORE"
QUICKSTART: Final = "QUICKSTART"
STARTED: Final = "transformation_start"
SUCCEEDED: Final = "transformation_succeeded"
FAILED: Final = "transformation_failed"
CANCELED: Final = "transformation_canceled"
OUTCOMES: Final = ("SUCCEEDED", "FAILED", "PARTIALLY_SUCCEEDED")

# Runs further back than this are not replayed one by one: only the last of them shows.
_REPLAYED: Final = 2 * 86_400.0
_SELECTION: Final = re.compile(r"(?:--select|--models|-s|-m)[ =]([\w.]+)")


def shape(account: Account, given: JsonObject) -> JsonObject:
    """Return a complete transformation, up to date with the clock."""
    now = account.now
    created: str = given.get("created_at") or stamp(now)
    config: JsonObject = {"name": given["id"], "steps": []} if given.get("type", DBT) == DBT else {}
    base: JsonObject = {
        "id": given["id"],
        "status": "NEW",
        "schedule": {"schedule_type": "INTEGRATED"},
        "type": DBT,
        "paused": False,
        "created_at": created,
        "created_by_id": account.info.get("user_id"),
        "last_started_at": None,
        "last_ended_at": None,
        "transformation_config": config,
    }
    # From its id alone, so that the same account behaves the same each time.
    seconds = float(random.Random(given["id"]).randint(60, 600))  # noqa: S311 - a believable duration
    # Nothing that lies before the sandbox's beginning is made up for.
    mark = max(epoch(created), account.clock.start)
    own = parts.own(given, outcome=OUTCOMES[0], seconds=seconds, ends=None, anchor=epoch(created), mark=mark)
    whole = base | given | {"sandbox": own}
    _describe(whole)
    if whole["status"] == "RUNNING" and own["ends"] is None:
        own["ends"] = now + own["seconds"]
    _settle(account, whole, now)
    return whole


def run(account: Account, transformation: JsonObject) -> None:
    """Start one on demand, whether or not its schedule is paused; nothing happens while it runs."""
    if transformation["sandbox"]["ends"] is None:
        _begin(account, transformation, account.now)


def cancel(account: Account, transformation: JsonObject) -> None:
    """Stop a run; nothing happens when none runs."""
    own = transformation["sandbox"]
    if own["ends"] is not None:
        own["ends"] = None
        transformation |= {"status": "CANCELED", "last_ended_at": stamp(account.now)}
        _note(account, transformation, CANCELED, account.now, {"startTime": _started(transformation)})


def reschedule(account: Account, transformation: JsonObject, schedule: JsonObject) -> None:
    """Replace the schedule; an interval counts from now on."""
    transformation["schedule"] = schedule
    transformation["sandbox"]["anchor"] = account.now


def upgrade(transformation: JsonObject) -> None:
    """Take the newest version of a quickstart package."""
    package = _package(transformation)
    if package is not None:
        transformation["sandbox"]["version"] = package.version
    _describe(transformation)


def timetable(schedule: JsonObject, anchor: float) -> schedules.Timetable | None:
    """Return when a schedule starts something; None for one that follows the syncs of connections.

    Args:
        schedule: As the API has it.
        anchor: From when an interval counts.

    Raises:
        ValueError: A time or a cron expression is none.
    """
    kind = schedule.get("schedule_type")
    if kind == "INTERVAL":
        return schedules.Interval(anchor, schedule["interval"] * schedules.MINUTE)
    if kind == "TIME_OF_DAY":
        days = schedule.get("days_of_week") or schedules.DAYS
        weekdays = frozenset(schedules.DAYS.index(day) for day in days)
        return schedules.Calendar([schedules.minute_of_day(schedule["time_of_day"])], weekdays)
    if kind == "CRON":
        return schedules.Several([schedules.cron(expression) for expression in schedule["cron"]])
    return None


def next_change(transformation: JsonObject, now: float, until: float) -> float | None:
    """Return when a transformation that is up to date starts or ends by its own schedule next.

    Args:
        transformation: Which.
        now: The sandbox's now.
        until: Where to stop looking.
    """
    own = transformation["sandbox"]
    if own["ends"] is not None:
        ends: float = own["ends"]
        return ends
    table = None if transformation["paused"] else timetable(transformation["schedule"], own["anchor"])
    return None if table is None else next(table.starts(now, until), None)


def group_of(account: Account, transformation: JsonObject) -> str | None:
    """Return the group that a transformation works in: its project's, or its first connection's."""
    config = transformation["transformation_config"]
    if transformation["type"] == DBT:
        project = account.things[PROJECTS].get(config.get("project_id", ""), {})
        return project.get("group_id")
    named: Iterable[str] = config.get("connection_ids") or ()
    groups = (account.connections[name]["group_id"] for name in named if name in account.connections)
    return next(groups, None)


def _settle(account: Account, transformation: JsonObject, now: float) -> None:
    own = transformation["sandbox"]
    if not transformation["paused"]:
        for start in _starts(account, transformation, now):
            _finish(account, transformation, start)
            if own["ends"] is None:
                _begin(account, transformation, start)
    _finish(account, transformation, now)
    own["mark"] = max(own["mark"], now)


def _starts(account: Account, transformation: JsonObject, now: float) -> Iterator[float]:
    own = transformation["sandbox"]
    mark: float = own["mark"]
    table = timetable(transformation["schedule"], own["anchor"])
    if table is None:
        yield from _after_syncs(account, transformation, mark, now)
        return
    recent = max(mark, now - _REPLAYED)
    before = table.last(mark, recent)
    if before is not None:
        yield before
    yield from table.starts(recent, now)


def _after_syncs(account: Account, transformation: JsonObject, mark: float, now: float) -> Iterator[float]:
    config = transformation["transformation_config"]
    named: Iterable[str] = transformation["schedule"].get("connection_ids") or config.get("connection_ids") or ()
    ended = [
        epoch(connection["succeeded_at"])
        for name in named
        if name in account.connections and (connection := account.connection(name))["succeeded_at"]
    ]
    latest = max(ended, default=mark)
    if mark < latest <= now:
        yield latest


def _begin(account: Account, transformation: JsonObject, at: float) -> None:
    if _blocked(account, transformation):
        transformation["status"] = "BLOCKED"
        return
    transformation |= {"status": "RUNNING", "last_started_at": stamp(at)}
    transformation["sandbox"]["ends"] = at + transformation["sandbox"]["seconds"]
    _note(account, transformation, STARTED, at, {"startTime": milliseconds(at)})


def _finish(account: Account, transformation: JsonObject, now: float) -> None:
    own = transformation["sandbox"]
    ends: float | None = own["ends"]
    if ends is not None and ends <= now:
        own["ends"] = None
        transformation |= {"status": own["outcome"], "last_ended_at": stamp(ends)}
        well = own["outcome"] == OUTCOMES[0]
        data = {"startTime": _started(transformation), "result": {"stepResults": _results(transformation, well=well)}}
        _note(account, transformation, SUCCEEDED if well else FAILED, ends, data)


def _note(account: Account, transformation: JsonObject, kind: str, at: float, data: JsonObject) -> None:
    config = transformation["transformation_config"]
    account.history.note(
        kind,
        at,
        group_id=group_of(account, transformation),
        transformation_id=transformation["id"],
        # What stands for the connection in these events is not documented; a transformation has no other names.
        service="dbt",
        connection_name=config.get("name") or config.get("package_name") or transformation["id"],
        data=data,
    )


def _started(transformation: JsonObject) -> str | None:
    at: str | None = transformation["last_started_at"]
    return None if at is None else milliseconds(epoch(at))


def _results(transformation: JsonObject, *, well: bool) -> list[JsonObject]:
    """Return what the steps of a run did; the last one is where it went wrong."""
    config, models = transformation["transformation_config"], transformation["output_model_names"]
    steps: list[JsonObject] = [*(config.get("steps") or ())] or [{"name": "run", "command": "dbt run"}]
    results: list[JsonObject] = []
    for number, step in enumerate(steps, 1):
        last = number == len(steps)
        bad = last and not well
        ran = len(models) if last else 0
        results.append(
            {
                "step": {"name": step.get("name"), "processBuilderCommand": step.get("command")},
                "success": not bad,
                "failedModelRuns": 1 if bad else 0,
                "successfulModelRuns": max(0, ran - 1) if bad else ran,
            }
        )
    return results


def _blocked(account: Account, transformation: JsonObject) -> bool:
    # Of a project that never passed its tests nothing can run; one that was planted without a status is fine.
    project = account.things[PROJECTS].get(transformation["transformation_config"].get("project_id", ""), {})
    status: str = project.get("status", "READY")
    return status != "READY"


def _package(transformation: JsonObject) -> quickstart.Package | None:
    return quickstart.named(transformation["transformation_config"].get("package_name", ""))


def _describe(transformation: JsonObject) -> None:
    config = transformation["transformation_config"]
    if transformation["type"] == DBT:
        steps: Iterable[Any] = config.get("steps") or ()
        models = [name for step in steps for name in _SELECTION.findall(step.get("command") or "")]
    else:
        package = _package(transformation)
        excluded = config.get("excluded_models") or ()
        models = [name for name in (package.models if package else ()) if name not in excluded]
        newest = package.version if package else None
        config["upgrade_available"] = transformation["sandbox"].setdefault("version", newest) != newest
    transformation["output_model_names"] = list(dict.fromkeys(models))
