"""Groups, their connections and their users."""

from __future__ import annotations

from typing import Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call
from fivetran_async.sandbox.engine import access, shapes
from fivetran_async.sandbox.engine.credentials import Forger
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import RefusalError, Reply, done, found
from fivetran_async.sandbox.routes.connections import connections_page
from fivetran_async.sandbox.routes.memberships import add_group_user, group_users, remove_group_user
from fivetran_async.sandbox.routes.router import Route


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
    joined = access.membership("Destination Administrator", account.now)
    account.memberships[group["id"]] = {owner: joined} if owner in account.users else {}
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


def public_key(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/groups/{groupId}/public-key`."""
    # From the group alone, as the real one never changes.
    forger = Forger("public-key", account.group(call.path["groupId"])["id"])
    return found({"public_key": forger.ssh_key("fivetran user key")})


def service_account(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/groups/{groupId}/service-account`."""
    name = account.group(call.path["groupId"])["id"].replace("_", "-")
    return found({"service_account": f"g-{name}@fivetran-production.iam.gserviceaccount.com"})


ROUTES: Final = (
    Route("GET", "/v1/groups", list_all),
    Route("POST", "/v1/groups", create),
    Route("GET", "/v1/groups/{groupId}", get),
    Route("PATCH", "/v1/groups/{groupId}", update),
    Route("DELETE", "/v1/groups/{groupId}", delete),
    Route("GET", "/v1/groups/{groupId}/connections", connections),
    Route("GET", "/v1/groups/{groupId}/public-key", public_key),
    Route("GET", "/v1/groups/{groupId}/service-account", service_account),
    Route("GET", "/v1/groups/{groupId}/users", group_users),
    Route("POST", "/v1/groups/{groupId}/users", add_group_user),
    Route("DELETE", "/v1/groups/{groupId}/users/{userId}", remove_group_user),
)
