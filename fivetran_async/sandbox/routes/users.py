"""Users, read."""

from __future__ import annotations

from typing import Final

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.checks import flag
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import Reply, found
from fivetran_async.sandbox.routes.router import Route


def users_page(users: list[JsonObject], call: Call) -> Reply:
    """Return a page of users, filtered by `active` when the query has it."""
    active = flag(call.query, "active")
    chosen = users if active is None else [user for user in users if user["active"] is active]
    return page(chosen, call.query, lambda user: user)


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/users`."""
    return users_page(list(account.users.values()), call)


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/users/{userId}`."""
    return found(account.user(call.path["userId"]))


ROUTES: Final = (
    Route("GET", "/v1/users", list_all),
    Route("GET", "/v1/users/{userId}", get),
)
