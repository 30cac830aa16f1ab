"""What is done to connections on somebody's behalf, noted in the history as webhooks tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.data.catalog import secrets_of
from fivetran_async.sandbox.views import masked

CREATED: Final = "create_connector"
PAUSED: Final = "pause_connector"
RESUMED: Final = "resume_connector"
EDITED: Final = "edit_connector"
DELETED: Final = "delete_connector"
STARTED: Final = "force_update_connector"
RESYNCED: Final = "resync_connector"
TABLE_RESYNCED: Final = "resync_table"
SCHEMA_CHANGED: Final = "change_schema_config"
TESTED: Final = {True: "connection_successful", False: "connection_failure"}

_SECRETS: Final = frozenset({"auth"})


def note(account: Account, kind: str, connection: JsonObject, properties: Mapping[str, Any] | None = None) -> None:
    """Note that somebody changed a connection.

    Args:
        account: The account.
        kind: What was done.
        connection: What to.
        properties: What it was made of; secrets are masked.
    """
    secrets = secrets_of(connection["service"]) | _SECRETS
    # Of these the documentation shows `create_connector` alone; the others are taken to be like it.
    data: JsonObject = {
        "actor": "user" if account.info.get("user_id") is not None else "system_key",
        "id": connection["schema"],
        "properties": masked(dict(properties or {}), secrets),
    }
    account.history.note(kind, account.now, connection, user_id=account.owner, data=data)


def resynced(account: Account, connection: JsonObject, scope: Mapping[str, list[str]] | None) -> None:
    """Note that somebody had a connection, or some of its tables, read anew."""
    if scope is None:
        note(account, RESYNCED, connection)
        return
    for schema, tables in scope.items():
        for table in tables:
            note(account, TABLE_RESYNCED, connection, {"schema": schema, "table": table})


def tested(account: Account, connection: JsonObject) -> None:
    """Note how the setup tests of a connection went."""
    kind = TESTED[connection["status"]["setup_state"] == "connected"]
    account.history.note(kind, account.now, connection, user_id=account.owner)
