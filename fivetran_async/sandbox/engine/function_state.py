"""The state that a function or a custom connector keeps between its syncs."""

from __future__ import annotations

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.engine import sources


def of(connection: JsonObject) -> JsonObject | None:
    """Return the state of a connection, or None when it has none.

    Where the user's code that would write it does not run, where the last successful sync ended stands for it.
    """
    own: JsonObject = connection["sandbox"]
    if not sources.runs_code(connection) or ("state" not in own and connection["succeeded_at"] is None):
        return None
    kept: JsonObject | None = own.get("state")
    return {"cursor": connection["succeeded_at"]} if kept is None else kept


def replace(connection: JsonObject, state: JsonObject) -> None:
    """Set the state by hand; the next sync goes on from it."""
    connection["sandbox"]["state"] = state


def advance(connection: JsonObject, *, anew: bool) -> None:
    """Write the state that a successful sync leaves behind.

    Args:
        connection: One whose `succeeded_at` is the end of that sync.
        anew: Whether it read everything, and so began without a state.
    """
    own: JsonObject = connection["sandbox"]
    if anew:
        own.pop("state", None)
    elif own.get("state") is not None:
        own["state"] = own["state"] | {"cursor": connection["succeeded_at"]}
