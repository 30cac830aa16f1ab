"""Groups, their connections and their users."""

from __future__ import annotations

from typing import Final

from fivetran_async.sandbox import checks, shapes
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import RefusalError, Reply, done, found, invalid, missing
from fivetran_async.sandbox.routes.connections import connections_page
from fivetran_async.sandbox.routes.router import Route
from fivetran_async.sandbox.routes.users import users_page


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/groups`."""
    return page(list(account.groups.values()), call.query, lambda group: group)


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/groups/{groupId}`."""
    return found(account.group(call.path["groupId"]))


def create(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/groups`."""
    body = call.wanted_body
    checks.require(body, "name")
    group = shapes.group({"id": account.mint(), "name": checks.text("name", body["name"])}, account.now)
    account.groups[group["id"]] = group
    # The user whose key creates a group belongs to it; a system key belongs to nobody.
    owner = account.info.get("user_id")
    account.memberships[group["id"]] = {owner: "Destination Administrator"} if owner else {}
    return done("Group has been created", group, status=201)


def update(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/groups/{groupId}`."""
    group = account.group(call.path["groupId"])
    body = call.wanted_body
    checks.require(body, "name")
    group["name"] = checks.text("name", body["name"])
    return done("Group has been updated", group)


def delete(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/groups/{groupId}`."""
    name = call.path["groupId"]
    account.group(name)
    # What the API answers here is not documented; 409 is what it declares for a destination that is in use.
    if any(connection["group_id"] == name for connection in account.connections.values()):
        raise RefusalError(409, f"Group with id '{name}' still has connections")
    if name in account.destinations:
        raise RefusalError(409, f"Group with id '{name}' still has a destination")
    account.remove_group(name)
    return done(f"Group with id '{name}' has been deleted")


def connections(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/groups/{groupId}/connections`."""
    name = call.path["groupId"]
    account.group(name)
    return connections_page(account, call, group=name)


def users(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/groups/{groupId}/users`."""
    name = call.path["groupId"]
    account.group(name)
    members = account.memberships.get(name, {})
    return users_page([account.users[user] for user in members if user in account.users], call)


def add_user(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/groups/{groupId}/users`."""
    name = call.path["groupId"]
    account.group(name)
    body = call.wanted_body
    checks.require(body, "email", "role")
    email, role = checks.text("email", body["email"]), checks.text("role", body["role"])
    user = next((user for user in account.users.values() if user["email"].lower() == email.lower()), None)
    if user is None:
        raise invalid(f"User with email '{email}' doesn't exist")
    account.memberships.setdefault(name, {})[user["id"]] = role
    return done("User has been added to the group")


def remove_user(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/groups/{groupId}/users/{userId}`."""
    name, user = call.path["groupId"], call.path["userId"]
    account.group(name)
    if account.memberships.get(name, {}).pop(user, None) is None:
        raise missing("User", user)
    return done(f"User with id '{user}' has been removed from the group")


ROUTES: Final = (
    Route("GET", "/v1/groups", list_all),
    Route("POST", "/v1/groups", create),
    Route("GET", "/v1/groups/{groupId}", get),
    Route("PATCH", "/v1/groups/{groupId}", update),
    Route("DELETE", "/v1/groups/{groupId}", delete),
    Route("GET", "/v1/groups/{groupId}/connections", connections),
    Route("GET", "/v1/groups/{groupId}/users", users),
    Route("POST", "/v1/groups/{groupId}/users", add_user),
    Route("DELETE", "/v1/groups/{groupId}/users/{userId}", remove_user),
)
