"""The state of functions and custom connectors."""

from __future__ import annotations

from typing import Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.engine import function_state, sources
from fivetran_async.sandbox.engine.syncs import Connection
from fivetran_async.sandbox.replies import RefusalError, Reply, done, found, invalid
from fivetran_async.sandbox.routes.router import Route


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/connections/{connectionId}/state`."""
    return found({"state": _state(account.connection(call.path["connectionId"]))})


def update(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/connections/{connectionId}/state`."""
    connection = account.connection(call.path["connectionId"])
    before = _state(connection)
    given = checks.read(call.wanted_body, {"state": checks.mapping})
    if not given:
        return done("Connection state has not been changed", {"state": before})
    if connection["status"]["sync_state"] == "syncing":
        raise RefusalError(409, f"Connection with id '{connection['id']}' is syncing")
    if not connection["paused"]:
        raise invalid(f"Connection with id '{connection['id']}' must be paused to change its state")
    function_state.replace(connection, given["state"])
    return done("Connection state has been updated", given)


def _state(connection: Connection) -> JsonObject:
    if not sources.runs_code(connection):
        raise invalid(f"Service '{connection['service']}' has no state: only functions and custom connectors do")
    state = function_state.of(connection)
    if state is None:
        raise invalid(f"Connection with id '{connection['id']}' has no state yet")
    return state


ROUTES: Final = (
    Route("GET", "/v1/connections/{connectionId}/state", get),
    Route("PATCH", "/v1/connections/{connectionId}/state", update),
)
