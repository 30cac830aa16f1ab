"""What is done to the account: phases of jobs, the same ones each time, in an order that a seed shuffles."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import soak_jobs as jobs
from soak_driver import Job
from soak_jobs import CONNECTIONS, GROUPS, ONE_IN, STEADY, TEAMS

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import JsonObject

USERS: Final = 240
LINKS: Final = 180
KEYS: Final = 60
PLANTED: Final = 60
ROUNDS: Final = 37
"""How often each list is read while nothing changes in it."""

SOURCE: Final[JsonObject] = {
    "schemas": {
        "public": {"tables": {"orders": {"columns": {"id": {"is_primary_key": True}, "email": {}}}, "old": {}}},
        "sales": {"tables": {"deals": {}}},
    }
}


def plant(account: Account) -> None:
    """Add connections that are set up, wait for nobody's schedule, and have a source that is known."""
    group = steady_group(account)
    for number in range(PLANTED):
        account.add_connection(
            group,
            id=jobs.planted(number),
            schedule_type="manual",
            succeeded_at="2026-07-31T12:00:00Z",
            sandbox={"source": copy.deepcopy(SOURCE)},
        )


def steady_group(account: Account) -> str:
    """Return the group whose list of connections stays as it is."""
    return next(iter(account.groups))


def truth(account: Account) -> dict[str, frozenset[str]]:
    """Return the ids that each list has now, by what it is called in the plan."""
    with account.lock:
        steady = steady_group(account)
        return {
            STEADY: frozenset(name for name, one in account.connections.items() if one["group_id"] == steady),
            "groups": frozenset(account.groups),
            "connections": frozenset(account.connections),
            "destinations": frozenset(account.destinations),
            "users": frozenset(account.users),
            **{part: frozenset(account.things[part]) for part in ("teams", "webhooks", "private_links", "system_keys")},
        }


def phases(account: Account, seed: int) -> list[list[Job]]:
    """Return the plan: the jobs of a phase need what the earlier ones made, and nothing of each other."""
    steady = steady_group(account)
    reads = [jobs.read(what, walk=walk) for what in jobs.LISTS for walk in (False,) * (ROUNDS - 1) + (True,)]
    always = [partial(jobs.read_steady, group=steady) for _ in range(ROUNDS)]
    plan: list[list[Job]] = [
        [*_each(jobs.make_group, GROUPS), *always],
        [*_makes(), *always],
        [*_joins(), *_changes(), *always],
        [*reads, *always, *_details()],
        [*_deletes(), *always],
        [*_each(jobs.delete_destination, GROUPS, step=ONE_IN), *always],
        [*_each(jobs.delete_group, GROUPS, step=ONE_IN), *always],
        [*reads, *always],
    ]
    rng = random.Random(seed)
    for phase in plan:
        rng.shuffle(phase)
    return plan


def _each(job: Callable[..., Any], count: int, step: int = 1) -> list[Job]:
    return [partial(job, number=number) for number in range(0, count, step)]


def _makes() -> list[Job]:
    connections = [
        partial(jobs.make_connection, group=group, number=number)
        for group in range(GROUPS)
        for number in range(CONNECTIONS)
    ]
    return [
        *connections,
        *_each(jobs.make_destination, GROUPS),
        *_each(jobs.make_webhook, 2 * GROUPS),
        *_each(jobs.make_user, USERS),
        *_each(jobs.make_link, LINKS),
        *_each(jobs.make_team, TEAMS),
        *_each(jobs.make_key, KEYS),
    ]


def _joins() -> list[Job]:
    return [*_each(jobs.join_group, USERS), *_each(jobs.join_team, USERS, step=2)]


def _changes() -> list[Job]:
    connections = [
        partial(jobs.change_connection, group=group, number=number)
        for group in range(GROUPS)
        for number in range(CONNECTIONS)
    ]
    return [
        *connections,
        *_each(jobs.work_with_planted, PLANTED),
        *_each(jobs.change_destination, GROUPS),
        *_each(jobs.change_webhook, 2 * GROUPS),
        *_each(jobs.change_user, USERS, step=2),
        *_each(jobs.change_link, LINKS, step=2),
        *_each(jobs.change_team, TEAMS),
        *_each(jobs.rename_group, GROUPS, step=2),
        *_each(jobs.rename_key, KEYS, step=2),
    ]


def _details() -> list[Job]:
    return [
        *_each(jobs.read_connections_of, GROUPS),
        *_each(jobs.get_user, USERS),
        *_each(jobs.get_link, LINKS),
        *_each(jobs.get_planted, PLANTED),
    ]


def _deletes() -> list[Job]:
    connections = [
        partial(jobs.delete_connection, group=group, number=number)
        for group in range(0, GROUPS, ONE_IN)
        for number in range(CONNECTIONS)
    ]
    return [
        *connections,
        *_each(jobs.delete_webhook, 2 * GROUPS, step=ONE_IN),
        *_each(jobs.delete_user, USERS, step=ONE_IN),
        *_each(jobs.delete_link, LINKS, step=ONE_IN),
        *_each(jobs.delete_team, TEAMS, step=ONE_IN),
        *_each(jobs.delete_key, KEYS, step=ONE_IN),
    ]
