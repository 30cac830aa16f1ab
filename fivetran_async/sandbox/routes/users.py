"""Users, without what they may do where."""

from __future__ import annotations

from typing import Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.engine import access, roles, shapes
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import RefusalError, Reply, done, found, invalid
from fivetran_async.sandbox.routes.router import USER_CREATION, Route
from fivetran_async.sandbox.views import listed

FIELDS: Final[dict[str, checks.Checker]] = {
    "given_name": checks.text,
    "family_name": checks.text,
    "phone": checks.text,
    "picture": checks.text,
    "role": checks.text,
}
NULLABLE: Final = frozenset({"phone", "picture"})


def users_page(users: list[JsonObject], call: Call) -> Reply:
    """Return a page of users, filtered by `active` when the query has it."""
    active = checks.flag(call.query, "active")
    chosen = users if active is None else [user for user in users if user["active"] is active]
    return page(chosen, call.query, listed)


def by_email(account: Account, email: str) -> JsonObject | None:
    """Return the user with an e-mail address, which does not depend on upper and lower case."""
    return next((user for user in account.users.values() if user["email"].lower() == email.lower()), None)


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/users`."""
    return users_page(list(account.users.values()), call)


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/users/{userId}`."""
    return found(listed(account.user(call.path["userId"])))


def create(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/users`: the new user is invited and has not yet logged in."""
    body = call.wanted_body
    checks.require(body, "email", "family_name", "given_name")
    email = checks.email("email", body["email"])
    given = _read(account, checks.read(body, FIELDS))
    if by_email(account, email) is not None:
        # How the API refuses it is not documented; 400 is the one error that it declares for this operation.
        raise invalid(f"User with email '{email}' already exists")
    fresh: JsonObject = {
        "id": account.mint(),
        "email": email,
        "verified": False,
        "invited": True,
        "role": None,
        "logged_in_at": None,
    }
    user = shapes.user(fresh | given, account.now)
    account.users[user["id"]] = user
    return done("User has been invited to the account", listed(user), status=201)


def update(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/users/{userId}`."""
    user = account.user(call.path["userId"])
    user |= _read(account, checks.changes(call.wanted_body, FIELDS, NULLABLE))
    return done("User has been updated", listed(user))


def delete(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/users/{id}`."""
    name = call.path["id"]
    account.user(name)
    if name == account.info.get("user_id"):
        # Fivetran's key would end with its owner; a sandbox that lets nobody in any more is of no use.
        raise RefusalError(403, f"User with id '{name}' owns the API key in use")
    del account.users[name]
    access.sweep(account)
    return done(f"User with id '{name}' has been deleted")


def delete_role(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/users/{userId}/role`."""
    account.user(call.path["userId"])["role"] = None
    return done("User role in the account has been removed")


def _read(account: Account, given: JsonObject) -> JsonObject:
    if "role" in given:
        access.role(account, given["role"], roles.ACCOUNT)
    return given


def _creation(_body: JsonObject | None) -> tuple[str, ...]:
    return (USER_CREATION,)


ROUTES: Final = (
    Route("GET", "/v1/users", list_all),
    Route("POST", "/v1/users", create, _creation),
    Route("GET", "/v1/users/{userId}", get),
    Route("PATCH", "/v1/users/{userId}", update),
    Route("DELETE", "/v1/users/{id}", delete),
    Route("DELETE", "/v1/users/{userId}/role", delete_role),
)
