"""An account that looks real, the same for the same numbers: groups, users, well and sick connections."""

from __future__ import annotations

import random
from typing import Final

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.data import samples
from fivetran_async.sandbox.engine import shapes
from fivetran_async.sandbox.engine.syncs import Connection
from fivetran_async.sandbox.seeding.access import seed_access
from fivetran_async.sandbox.seeding.choices import seed_choices
from fivetran_async.sandbox.seeding.conditions import CONDITIONS
from fivetran_async.sandbox.seeding.extras import seed_extras
from fivetran_async.sandbox.times import stamp

DAY: Final = 86_400.0
# From here on an account also has a group without connections, and one without a destination.
EMPTY_GROUP_FROM: Final = 3
BARE_GROUP_FROM: Final = 4


def seed(account: Account, groups: int, connections: int) -> None:
    """Fill an account.

    Args:
        account: An empty account; its seed and the start of its clock decide everything.
        groups: How many groups.
        connections: How many connections, over all groups.

    Raises:
        ValueError: A number is negative, or there are connections but no group.
    """
    if groups < 0 or connections < 0:
        raise ValueError(f"groups and connections must not be negative, got {groups} and {connections}")
    if connections and not groups:
        raise ValueError(f"{connections} connections need at least one group")
    rng = random.Random(f"account/{account.seed}")  # noqa: S311 - repeatable, not secret
    now = account.clock.start
    _people(account, rng, now, max(5, groups))
    for number in range(groups):
        _group(account, rng, now, number)
    names = list(account.groups)
    if groups >= BARE_GROUP_FROM:
        del account.destinations[names[-1]]
    _members(account, rng)
    _connections(account, rng, connections)
    seed_choices(account)
    seed_access(account, random.Random(f"access/{account.seed}"))  # noqa: S311 - repeatable, not secret
    seed_extras(account, random.Random(f"extras/{account.seed}"))  # noqa: S311 - repeatable, not secret


def _people(account: Account, rng: random.Random, now: float, count: int) -> None:
    for number in range(count):
        given, family = rng.choice(samples.GIVEN), rng.choice(samples.FAMILY)
        created = now - rng.uniform(100, 900) * DAY
        user: JsonObject = {
            "id": account.mint(),
            "email": f"{given}.{family}{number or ''}@example.com".lower(),
            "given_name": given,
            "family_name": family,
            "role": samples.ROLES[0] if number == 0 else rng.choice(samples.ROLES[1:]),
            "active": number == 0 or rng.random() > 0.1,  # noqa: PLR2004 - one in ten has left
            "created_at": stamp(created),
            "logged_in_at": stamp(now - rng.uniform(0, 60) * DAY),
        }
        account.users[user["id"]] = shapes.user(user, now)
    owner = next(iter(account.users))
    account.info = {"account_id": account.mint(), "account_name": "Sandbox", "user_id": owner}


def _group(account: Account, rng: random.Random, now: float, number: int) -> None:
    team = samples.TEAMS[number % len(samples.TEAMS)]
    turn = number // len(samples.TEAMS)
    name = f"{team}_warehouse_{turn + 1}" if turn else f"{team}_warehouse"
    group = {"id": account.mint(), "name": name, "created_at": stamp(now - rng.uniform(200, 900) * DAY)}
    account.groups[group["id"]] = shapes.group(group, now)
    service = samples.WAREHOUSES[number % len(samples.WAREHOUSES)]
    destination = {
        "group_id": group["id"],
        "service": service,
        "region": rng.choice(samples.REGIONS),
        "time_zone_offset": rng.choice(samples.OFFSETS),
        "setup_status": {1: "broken", 5: "incomplete"}.get(number % 8, "connected"),
        "config": samples.destination_config(rng, service, team),
    }
    account.destinations[group["id"]] = shapes.destination(destination)


def _members(account: Account, rng: random.Random) -> None:
    users = list(account.users)
    for group in account.groups:
        chosen = sorted(rng.sample(users[1:], k=min(3, len(users) - 1)), key=users.index)
        roles = {user: rng.choice(("Destination Analyst", "Destination Reviewer")) for user in chosen}
        account.memberships[group] = {users[0]: "Destination Administrator"} | roles


def _connections(account: Account, rng: random.Random, count: int) -> None:
    groups = list(account.groups)
    bare = groups[-1] if len(groups) >= BARE_GROUP_FROM else None
    busy = [name for name in groups if name != bare]
    if len(groups) >= EMPTY_GROUP_FROM:
        busy = busy[:-1]
    taken: dict[str, set[str]] = {name: set() for name in groups}
    for condition in _dealt(rng, count):
        # What nobody finished setting up is all that a group without a destination holds.
        unfinished = condition == "incomplete" and rng.random() < 0.5  # noqa: PLR2004 - every other one
        group = bare if bare is not None and unfinished else rng.choice(busy)
        connection = _connection(account, rng, group, condition, taken[group])
        account.connections[connection["id"]] = connection


def _dealt(rng: random.Random, count: int) -> list[str]:
    names = list(CONDITIONS)
    shares = [CONDITIONS[name][0] for name in names]
    if count < 2 * len(names):
        return rng.choices(names, shares, k=count)
    # Each condition at least once, so that an audit of the sandbox always has something to say.
    dealt = [
        name for name, share in zip(names[1:], shares[1:], strict=True) for _ in range(max(1, round(share * count)))
    ]
    dealt += names[:1] * (count - len(dealt))
    rng.shuffle(dealt)
    return dealt


def _connection(account: Account, rng: random.Random, group: str, condition: str, taken: set[str]) -> Connection:
    now = account.clock.start
    service = samples.service(rng)
    schema, config = samples.naming(rng, service, taken)
    if condition != "incomplete":
        config |= samples.source_config(rng, service)
    owner = rng.choice(list(account.memberships[group]))
    given = {
        "id": account.mint(),
        "service": service,
        "group_id": group,
        "schema": schema,
        "connected_by": owner if rng.random() > 0.05 else None,  # noqa: PLR2004 - made by a system key
        "service_version": rng.randint(0, 6),
        "config": config,
    }
    connection = shapes.connection(given | CONDITIONS[condition][1](rng, now), now)
    connection["sandbox"]["seeded_as"] = condition
    return connection
