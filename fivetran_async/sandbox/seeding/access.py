"""Who may do what in a seeded account: teams, memberships, roles of its own, system keys and webhooks."""

from __future__ import annotations

import random
from typing import Final

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.data import samples
from fivetran_async.sandbox.engine import access, deliveries, roles, system_keys
from fivetran_async.sandbox.times import epoch, stamp

DAY: Final = 86_400.0

TEAMS: Final = (
    ("Data Platform", "Runs the warehouses and the connections.", "Account Analyst"),
    ("Analytics Engineering", "Models what arrives.", "Account Reviewer"),
    ("Business Owners", "Knows the sources.", None),
)
"""Name, description and account role of the teams."""

KEYS: Final[tuple[tuple[str, str, float, float | None, tuple[JsonObject, ...]], ...]] = (
    (
        "terraform",
        "SIX_MONTHS",
        40.0,
        0.2,
        (
            {"resource_type": "CONNECTOR", "access_level": "MANAGE"},
            {"resource_type": "DESTINATION", "access_level": "MANAGE"},
        ),
    ),
    ("monitoring", "INFINITE", 300.0, 0.01, ({"resource_type": "CONNECTOR", "access_level": "READ"},)),
    ("migration", "ONE_MONTH", 200.0, 180.0, ({"resource_type": "ACCOUNT", "access_level": "READ"},)),
    ("spare", "INFINITE", 120.0, None, ({"resource_type": "USER", "access_level": "READ"},)),
)
"""Name, period, age and last use in days before now (None for never used), and permissions of the system keys."""


def seed_access(account: Account, rng: random.Random) -> None:
    """Add to a seeded account who may do what.

    Args:
        account: An account with its users, groups and connections; without a group it only gets roles.
        rng: What decides it; one of its own, so that the rest of the account stays what it is.
    """
    _roles(account)
    if not account.groups:
        return
    _join_dates(account, rng)
    for number in range(len(TEAMS)):
        _team(account, rng, number)
    _connection_users(account, rng)
    for number in range(len(KEYS)):
        _system_key(account, rng, number)
    _webhooks(account, rng)


def _roles(account: Account) -> None:
    for given in (
        roles.role(name="Finance Auditor", description="Views billing and users.", scope=[roles.ACCOUNT]),
        roles.role(
            name="Marketing Sources Editor",
            description="Edits connections of marketing sources.",
            scope=[roles.DESTINATION, roles.CONNECTOR],
        ),
    ):
        account.roles[given["name"]] = given


def _join_dates(account: Account, rng: random.Random) -> None:
    """Let the members of groups have joined when both they and the group were there."""
    access.sweep(account)
    for group, members in account.memberships.items():
        for user, held in members.items():
            held["created_at"] = _date(account, rng, access.GROUP_USERS, group, user)


def _team(account: Account, rng: random.Random, number: int) -> None:
    name, description, role = TEAMS[number]
    team = access.team({"id": account.mint(), "name": name, "description": description, "role": role})
    account.things["teams"][team["id"]] = team
    users = list(account.users)
    for place, user in enumerate(rng.sample(users, k=min(3, len(users)))):
        _join(account, rng, access.TEAM_USERS, team["id"], user, role="Team Manager" if place == 0 else "Team Member")
    group = rng.choice(list(account.groups))
    _join(
        account, rng, access.GROUP_TEAMS, group, team["id"], role=rng.choice(("Manage Destination", "View Destination"))
    )
    for connection in rng.sample(list(account.connections), k=min(2, len(account.connections))):
        _join(account, rng, access.CONNECTION_TEAMS, connection, team["id"], role="Manage Connection")


def _connection_users(account: Account, rng: random.Random) -> None:
    own = ("Edit Connection", "Connector Administrator", "Marketing Sources Editor")
    for connection in rng.sample(list(account.connections), k=min(3, len(account.connections))):
        user = rng.choice(list(account.users))
        _join(account, rng, access.CONNECTION_USERS, connection, user, role=rng.choice(own))


def _join(
    account: Account, rng: random.Random, relation: access.Relation, place: str, holder: str, *, role: str
) -> None:
    created = _date(account, rng, relation, place, holder)
    account.access[relation.kind].setdefault(place, {})[holder] = {"role": role, "created_at": created}


def _date(account: Account, rng: random.Random, relation: access.Relation, place: str, holder: str) -> str:
    """Return an instant at which both sides of a membership were there already."""
    now = account.clock.start
    both = (
        access.objects(account, relation.place)[place].get("created_at"),
        access.objects(account, relation.holder)[holder].get("created_at"),
    )
    first = max((epoch(at) for at in both if at is not None), default=now - 100 * DAY)
    return stamp(rng.uniform(min(first, now), now))


def _system_key(account: Account, rng: random.Random, number: int) -> None:
    name, period, age, used, permissions = KEYS[number]
    now = account.clock.start
    created = now - (age + rng.random()) * DAY
    given: JsonObject = {
        "id": account.mint(),
        "name": name,
        "permissions": [dict(permission) for permission in permissions],
        "expired_at": system_keys.expiry(period, created),
        "last_used_at": None if used is None else stamp(now - used * DAY),
        "sandbox": {"period": period},
    }
    key = system_keys.system_key(given, created)
    account.things["system_keys"][key["id"]] = key


def _webhooks(account: Account, rng: random.Random) -> None:
    """Add webhooks that are not active: nothing may be sent to an address that nobody asked for."""
    now = account.clock.start
    team = rng.choice(samples.TEAMS)
    for scope, events in (
        ({}, ["sync_end", "connection_failure"]),
        ({"group_id": next(iter(account.groups))}, ["sync_start", "sync_end"]),
    ):
        given: JsonObject = {
            "id": account.mint(),
            "url": f"https://example.com/fivetran/{team}",
            "events": events,
            "secret": f"s3cret-{rng.randrange(10**6)}",
            "created_by": account.info["user_id"],
        }
        webhook = deliveries.webhook(given | scope, now - rng.uniform(1, 90) * DAY)
        account.things["webhooks"][webhook["id"]] = webhook
