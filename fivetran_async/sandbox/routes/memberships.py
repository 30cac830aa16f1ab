"""What users and teams belong to: one set of handlers for users and teams, in groups and connections alike."""

from __future__ import annotations

from typing import Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.engine import access
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import Reply, done, found, invalid, missing
from fivetran_async.sandbox.routes.router import Route
from fivetran_async.sandbox.routes.users import by_email, users_page


class Memberships:
    """The five operations on what a user or a team belongs to.

    Args:
        relation: Which memberships.
        changed: Whether a change is answered with the membership.
        deleted: Whether a deletion is answered with what the membership was.
    """

    def __init__(self, relation: access.Relation, *, changed: bool = True, deleted: bool = False) -> None:
        self._relation = relation
        self._changed = changed
        self._deleted = deleted
        self._kind = relation.place.title()

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes, by the names of the reference."""
        holder, place = self._relation.holder, self._relation.place
        every = f"/v1/{holder}s/{{{holder}Id}}/{place}s"
        one = f"{every}/{{{place}Id}}"
        return (
            Route("GET", every, self.list_all),
            Route("POST", every, self.add),
            Route("GET", one, self.get),
            Route("PATCH", one, self.update),
            Route("DELETE", one, self.delete),
        )

    def list_all(self, account: Account, call: Call) -> Reply:
        """Answer the GET of all."""
        held = access.places(account, self._relation, self._holder(call))
        return page(list(held), call.query, lambda place: {"id": place} | held[place])

    def get(self, account: Account, call: Call) -> Reply:
        """Answer the GET of one."""
        return found({"id": self._place(call)} | self._membership(account, call))

    def add(self, account: Account, call: Call) -> Reply:
        """Answer the POST."""
        holder = self._holder(call)
        access.demand(account, self._relation.holder, holder)
        body = call.wanted_body
        checks.require(body, "id", "role")
        place = checks.text("id", body["id"])
        added = access.add(account, self._relation, place, holder, body["role"])
        return done(f"{self._kind} membership has been created", {"id": place} | added, status=201)

    def update(self, account: Account, call: Call) -> Reply:
        """Answer the PATCH."""
        held = self._membership(account, call)
        body = call.wanted_body
        checks.require(body, "role")
        access.change(account, self._relation, held, body["role"])
        shown = {"id": self._place(call)} | held
        return done(f"{self._kind} membership has been updated", shown if self._changed else None)

    def delete(self, account: Account, call: Call) -> Reply:
        """Answer the DELETE."""
        shown = {"id": self._place(call)} | self._membership(account, call)
        access.remove(account, self._relation, self._place(call), self._holder(call))
        return done(f"{self._kind} membership has been deleted", shown if self._deleted else None)

    def _holder(self, call: Call) -> str:
        return call.path[f"{self._relation.holder}Id"]

    def _place(self, call: Call) -> str:
        return call.path[f"{self._relation.place}Id"]

    def _membership(self, account: Account, call: Call) -> JsonObject:
        held = access.places(account, self._relation, self._holder(call))
        place = self._place(call)
        if place not in held:
            raise missing(self._kind, place)
        return held[place]


def group_users(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/groups/{groupId}/users`: each user has the role that it has in the group."""
    held = access.members(account, access.GROUP_USERS, call.path["groupId"])
    return users_page([account.users[name] | {"role": it["role"]} for name, it in held.items()], call)


def add_group_user(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/groups/{groupId}/users`."""
    name = call.path["groupId"]
    account.group(name)
    body = call.wanted_body
    checks.require(body, "email", "role")
    email = checks.text("email", body["email"])
    user = by_email(account, email)
    if user is None:
        raise invalid(f"User with email '{email}' doesn't exist")
    access.add(account, access.GROUP_USERS, name, user["id"], body["role"])
    return done("User has been added to the group")


def remove_group_user(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/groups/{groupId}/users/{userId}`."""
    name, user = call.path["groupId"], call.path["userId"]
    if user not in access.members(account, access.GROUP_USERS, name):
        raise missing("User", user)
    access.remove(account, access.GROUP_USERS, name, user)
    return done(f"User with id '{user}' has been removed from the group")


# Which changes and deletions are answered with the membership differs from kind to kind in the reference.
ROUTES: Final = (
    *Memberships(access.GROUP_USERS, changed=False).routes,
    *Memberships(access.CONNECTION_USERS, deleted=True).routes,
    *Memberships(access.GROUP_TEAMS).routes,
    *Memberships(access.CONNECTION_TEAMS).routes,
)
