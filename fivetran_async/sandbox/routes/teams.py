"""Teams and the users in them."""

from __future__ import annotations

from typing import Any, Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.engine import access, roles
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import Reply, done, found, missing
from fivetran_async.sandbox.routes.router import Route
from fivetran_async.sandbox.views import listed

FIELDS: Final[dict[str, checks.Checker]] = {
    "name": checks.text,
    "description": checks.string,
    "role": checks.text,
}
NULLABLE: Final = frozenset({"description"})


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/teams`."""
    return page(list(account.things["teams"].values()), call.query, listed)


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/teams/{teamId}`."""
    return found(listed(_team(account, call)))


def create(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/teams`."""
    body = call.wanted_body
    checks.require(body, "name")
    given = _read(account, checks.read(body, FIELDS))
    team = access.team({"id": account.mint()} | given)
    account.things["teams"][team["id"]] = team
    return done("Team has been created", listed(team), status=201)


def update(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/teams/{teamId}`."""
    team = _team(account, call)
    team |= _read(account, checks.changes(call.wanted_body, FIELDS, NULLABLE))
    return done("Team has been updated", listed(team))


def delete(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/teams/{teamId}`."""
    name = call.path["teamId"]
    account.thing("teams", name)
    del account.things["teams"][name]
    access.sweep(account)
    return done(f"Team with id '{name}' has been deleted")


def delete_role(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/teams/{teamId}/role`."""
    _team(account, call)["role"] = None
    return done("Team role in the account has been removed")


def list_users(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/teams/{teamId}/users`, filtered by `active` when the query has it."""
    active = checks.flag(call.query, "active")
    held = access.members(account, access.TEAM_USERS, call.path["teamId"])
    chosen = [name for name in held if active is None or account.users[name]["active"] is active]
    return page(chosen, call.query, lambda name: {"user_id": name} | held[name])


def get_user(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/teams/{teamId}/users/{userId}`."""
    return found(_shown(call, _membership(account, call)))


def add_user(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/teams/{teamId}/users`."""
    _team(account, call)
    body = call.wanted_body
    checks.require(body, "user_id")
    user = checks.text("user_id", body["user_id"])
    # The role may be left out; which one is given then is not documented.
    role = "Team Member" if body.get("role") is None else body["role"]
    added = access.add(account, access.TEAM_USERS, call.path["teamId"], user, role)
    return done("User has been added to the team", {"user_id": user} | added, status=201)


def update_user(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/teams/{teamId}/users/{userId}`."""
    held = _membership(account, call)
    body = call.wanted_body
    checks.require(body, "role")
    access.change(account, access.TEAM_USERS, held, body["role"])
    return done("User membership has been updated", _shown(call, held))


def remove_user(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/teams/{teamId}/users/{userId}`."""
    _membership(account, call)
    access.remove(account, access.TEAM_USERS, call.path["teamId"], call.path["userId"])
    return done("User membership has been deleted")


def _team(account: Account, call: Call) -> JsonObject:
    return account.thing("teams", call.path["teamId"])


def _read(account: Account, given: JsonObject) -> JsonObject:
    if "role" in given:
        access.role(account, given["role"], roles.ACCOUNT)
    return given


def _membership(account: Account, call: Call) -> JsonObject:
    held = access.members(account, access.TEAM_USERS, call.path["teamId"])
    user = call.path["userId"]
    if user not in held:
        raise missing("User", user)
    return held[user]


def _shown(call: Call, held: JsonObject) -> dict[str, Any]:
    return {"user_id": call.path["userId"]} | held


ROUTES: Final = (
    Route("GET", "/v1/teams", list_all),
    Route("POST", "/v1/teams", create),
    Route("GET", "/v1/teams/{teamId}", get),
    Route("PATCH", "/v1/teams/{teamId}", update),
    Route("DELETE", "/v1/teams/{teamId}", delete),
    Route("DELETE", "/v1/teams/{teamId}/role", delete_role),
    Route("GET", "/v1/teams/{teamId}/users", list_users),
    Route("POST", "/v1/teams/{teamId}/users", add_user),
    Route("GET", "/v1/teams/{teamId}/users/{userId}", get_user),
    Route("PATCH", "/v1/teams/{teamId}/users/{userId}", update_user),
    Route("DELETE", "/v1/teams/{teamId}/users/{userId}", remove_user),
)
