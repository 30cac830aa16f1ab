"""What each object of the account looks like, complete: the defaults behind a create, a file or a test's few fields."""

from __future__ import annotations

import random
from typing import Any, Final

from fivetran_async.sandbox.calls import JsonObject, as_object
from fivetran_async.sandbox.data.samples import DATABASES
from fivetran_async.sandbox.engine import syncs
from fivetran_async.sandbox.engine.history import History
from fivetran_async.sandbox.times import epoch, stamp

HOUR: Final = 3600.0

_SHOWN_AS_NULL: Final = frozenset({"daily_sync_time"})


def group(given: JsonObject, now: float) -> JsonObject:
    """Return a complete group; `id` must be given."""
    return {"id": given["id"], "name": given["id"], "created_at": stamp(now)} | given


def user(given: JsonObject, now: float) -> JsonObject:
    """Return a complete user; `id` must be given."""
    name = given["id"]
    base: JsonObject = {
        "id": name,
        "email": f"{name}@example.com",
        "given_name": name.partition("_")[0].title(),
        "family_name": name.rpartition("_")[2].title(),
        "verified": True,
        "invited": False,
        "picture": None,
        "phone": None,
        "role": "Account Reviewer",
        "active": True,
        "logged_in_at": stamp(now),
        "created_at": stamp(now),
    }
    return base | given


def destination(given: JsonObject) -> JsonObject:
    """Return a complete destination; `group_id` and `service` must be given. Its id is its group's."""
    base: JsonObject = {
        "id": given["group_id"],
        "service": given["service"],
        "region": "GCP_US_EAST4",
        "group_id": given["group_id"],
        "time_zone_offset": "0",
        # The specification writes these in upper case, the API sends them in lower case.
        "setup_status": "connected",
        "daylight_saving_time_enabled": True,
        "networking_method": "Directly",
        "config": {},
    }
    return base | given | {"id": given["group_id"]}


def connection(given: JsonObject, now: float) -> syncs.Connection:
    """Return a complete connection; `id`, `service`, `group_id` and `schema` must be given.

    One of which nothing more is known is set up, healthy and waits for its schedule.
    """
    base: JsonObject = {
        "id": given["id"],
        "service": given["service"],
        "schema": given["schema"],
        "group_id": given["group_id"],
        "service_version": 1,
        "connected_by": None,
        "created_at": stamp(now),
        "succeeded_at": None,
        "failed_at": None,
        "paused": False,
        "pause_after_trial": False,
        "sync_frequency": 360,
        "data_delay_threshold": 0,
        "data_delay_sensitivity": "NORMAL",
        "daily_sync_time": None,
        "schedule_type": "auto",
        "networking_method": "Directly",
        "destination_schema_names": "FIVETRAN_NAMING",
    }
    whole = base | given
    whole["status"] = _status(whole, as_object(given.get("status")) or {})
    whole["config"] = as_object(given.get("config")) or {}
    own = as_object(given.get("sandbox")) or {}
    # From its id alone, so that the same file behaves the same each time it is loaded.
    seconds = float(random.Random(given["id"]).randint(60, 1200))  # noqa: S311 - a believable duration
    # Who got beyond the setup has given its credentials, wherever they are.
    authorised = whole["status"]["setup_state"] != "incomplete"
    whole["sandbox"] = syncs.engine(seconds=seconds, authorised=authorised) | own
    fit(whole, given, now)
    return whole


def put(whole: JsonObject, given: JsonObject) -> None:
    """Set fields as a change does: null takes a field away, where it is not one that the API shows as null."""
    for name, value in given.items():
        if value is None and name not in _SHOWN_AS_NULL:
            whole.pop(name, None)
        else:
            whole[name] = value


def fit(whole: syncs.Connection, given: JsonObject, now: float, history: History | None = None) -> None:
    """Make a connection's sync record agree with fields that were set by hand.

    Args:
        whole: The connection, the given fields already in it.
        given: The fields that were set.
        now: The sandbox's now.
        history: Where syncs are noted that start or end by that.
    """
    own: syncs.Engine = whole["sandbox"]
    given_own = as_object(given.get("sandbox")) or {}
    given_status = as_object(given.get("status")) or {}
    if "outcome" not in given_own and given.keys() & {"status", "failed_at", "succeeded_at"}:
        own["outcome"] = "failure" if _fails(whole) else "success"
    if "due" not in given_own:
        syncs.reschedule(whole, now)
    state: Any = given_status.get("sync_state")
    if whole["paused"]:
        syncs.abort(whole, now, history)
        if state is None:
            whole["status"]["sync_state"] = "paused"
    elif state == "syncing" and own["ends"] is None:
        syncs.begin(whole, now, history)
    elif state == "rescheduled" and "due" not in given_own:
        until = given_status.get("rescheduled_for")
        syncs.postpone(whole, epoch(until) if until else now + HOUR)
    elif state is None and whole["status"]["sync_state"] == "paused":
        whole["status"]["sync_state"] = "scheduled"


def _fails(whole: syncs.Connection) -> bool:
    if whole["status"]["setup_state"] == "broken":
        return True
    failed, succeeded = whole["failed_at"], whole["succeeded_at"]
    return failed is not None and (succeeded is None or epoch(failed) > epoch(succeeded))


def _status(whole: JsonObject, given: JsonObject) -> JsonObject:
    base: JsonObject = {
        "setup_state": "connected",
        "sync_state": "paused" if whole["paused"] else "scheduled",
        "update_state": "on_schedule",
        "is_historical_sync": whole["succeeded_at"] is None,
        "tasks": [],
        "warnings": [],
        "rescheduled_for": None,
    }
    # Only services that can mask columns while capturing have it; the databases stand for them.
    masking: JsonObject = {"schema_status": "ready"} if whole["service"] in DATABASES else {}
    return base | masking | given
