"""Who may do what: memberships of users and teams in groups, connections and teams, and the roles that go with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import JsonObject, as_object
from fivetran_async.sandbox.engine import roles
from fivetran_async.sandbox.replies import RefusalError, invalid, missing
from fivetran_async.sandbox.times import stamp


@dataclass(frozen=True, slots=True)
class Relation:
    """One kind of membership.

    Attributes:
        kind: Its name in `Account.access`.
        place: What somebody belongs to: `group`, `connection` or `team`.
        holder: Who belongs to it: `user` or `team`.
        scope: What a role must be for to be given in it.
    """

    kind: str
    place: str
    holder: str
    scope: str


GROUP_USERS: Final = Relation("group_users", "group", "user", roles.DESTINATION)
GROUP_TEAMS: Final = Relation("group_teams", "group", "team", roles.DESTINATION)
CONNECTION_USERS: Final = Relation("connection_users", "connection", "user", roles.CONNECTOR)
CONNECTION_TEAMS: Final = Relation("connection_teams", "connection", "team", roles.CONNECTOR)
TEAM_USERS: Final = Relation("team_users", "team", "user", roles.TEAM)
RELATIONS: Final = (GROUP_USERS, GROUP_TEAMS, CONNECTION_USERS, CONNECTION_TEAMS, TEAM_USERS)


def team(given: JsonObject) -> JsonObject:
    """Return a complete team; `id` must be given."""
    return {"id": given["id"], "name": given["id"], "description": None, "role": None} | given


def membership(role: str, at: float) -> JsonObject:
    """Return a membership that begins at an instant, in seconds since the epoch."""
    return {"role": role, "created_at": stamp(at)}


def objects(account: Account, kind: str) -> Mapping[str, JsonObject]:
    """Return the groups, connections, teams or users of an account by id; `kind` is in the singular."""
    known: dict[str, Mapping[str, JsonObject]] = {
        "group": account.groups,
        "connection": account.connections,
        "team": account.things["teams"],
        "user": account.users,
    }
    return known[kind]


def demand(account: Account, kind: str, name: str) -> None:
    """Refuse the id of a group, connection, team or user that does not exist, as the API does."""
    if name not in objects(account, kind):
        raise missing(kind.title(), name)


def role(account: Account, name: Any, scope: str) -> str:
    """Return a role's name; refuse what is none, and a role that is for something else."""
    text = checks.text("role", name)
    found = account.roles.get(text)
    if found is None:
        raise invalid(f"Role '{text}' doesn't exist")
    if scope not in found["scope"]:
        raise invalid(f"Role '{text}' has scope {', '.join(found['scope'])} and cannot be given for {scope}")
    return text


def sweep(account: Account) -> None:
    """Forget the memberships of what is gone, and complete those that were planted as a bare role.

    Groups, connections, teams and users are deleted in many places, by tests too; whoever reads memberships sweeps.
    Who was planted without a date is a member from the beginning of the account's clock.
    """
    for relation in RELATIONS:
        places = account.access[relation.kind]
        known, people = objects(account, relation.place), objects(account, relation.holder)
        for place in [place for place in places if place not in known]:
            del places[place]
        for members in places.values():
            for holder in [holder for holder in members if holder not in people]:
                del members[holder]
            for holder, value in members.items():
                members[holder] = _complete(value, account.clock.start)


def members(account: Account, relation: Relation, place: str) -> dict[str, JsonObject]:
    """Return the memberships in one place by the id of who holds them; refuse an unknown place."""
    demand(account, relation.place, place)
    sweep(account)
    return dict(account.access[relation.kind].get(place, {}))


def places(account: Account, relation: Relation, holder: str) -> dict[str, JsonObject]:
    """Return the memberships of one user or team by the id of what they are in; refuse an unknown one."""
    demand(account, relation.holder, holder)
    sweep(account)
    return {place: held[holder] for place, held in account.access[relation.kind].items() if holder in held}


def add(account: Account, relation: Relation, place: str, holder: str, role_name: Any) -> JsonObject:
    """Make somebody a member and return the membership.

    Raises:
        RefusalError: 404 for an unknown place or holder, 400 for a wrong role, 409 for who is a member already.
    """
    present = members(account, relation, place)
    demand(account, relation.holder, holder)
    given = role(account, role_name, relation.scope)
    if holder in present:
        kind = relation.holder.title()
        raise RefusalError(409, f"{kind} with id '{holder}' is already a member of {relation.place} '{place}'")
    added = membership(given, account.now)
    account.access[relation.kind].setdefault(place, {})[holder] = added
    return added


def change(account: Account, relation: Relation, held: JsonObject, role_name: Any) -> JsonObject:
    """Give a membership another role and return it."""
    held["role"] = role(account, role_name, relation.scope)
    return held


def remove(account: Account, relation: Relation, place: str, holder: str) -> None:
    """End a membership that exists."""
    del account.access[relation.kind][place][holder]


def _complete(value: Any, at: float) -> JsonObject:
    planted = as_object(value)
    if planted is None:
        return membership(value, at)
    planted.setdefault("created_at", stamp(at))
    return planted
