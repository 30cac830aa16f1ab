"""What a seeded account has beside its connections: the same each time, something of everything, and calm at first."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import pytest

from fivetran_async.sandbox import Account, Clock, seeding, storage
from fivetran_async.sandbox.calls import Call
from fivetran_async.sandbox.routes import transformations
from fivetran_async.sandbox.seeding.conditions import CALM
from fivetran_async.sandbox.seeding.extras import seed_extras

START = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
PARTS = (
    "connector_packages",
    "external_secrets_managers",
    "hybrid_agents",
    "log_services",
    "private_links",
    "proxy_agents",
    "transformation_projects",
    "transformations",
)


def account(seed=7, groups=5, connections=60):
    """Return a seeded account with the extras, which may be in it already."""
    made = Account(Clock(START), seed)
    seeding.seed(made, groups, connections)
    if not any(made.things[part] for part in PARTS):
        seed_extras(made, random.Random(f"extras/{seed}"))
    return made


def dumped(made):
    """Return what of an account the clock does not change."""
    things = json.loads(json.dumps(made.things))
    for thing in things["transformations"].values():
        del thing["sandbox"]["mark"]
    return things


def test_something_of_everything():
    """A client could not be tried on a part that the seeded account does not have."""
    made = account()
    assert all(made.things[part] for part in PARTS)
    assert {thing["status"] for thing in made.things["transformations"].values()} >= {
        "SUCCEEDED",
        "FAILED",
        "CANCELED",
        "BLOCKED",
        "NEW",
    }
    assert {thing["state"] for thing in made.things["private_links"].values()} == {"OK", "FAIL"}
    assert {thing["online"] for thing in made.things["hybrid_agents"].values()} == {True, False}


def test_the_same_each_time():
    """The same numbers would give another account, or other seeds the same."""
    assert dumped(account()) == dumped(account())
    assert dumped(account()) != dumped(account(seed=8))


@pytest.mark.parametrize("sizes", [(0, 0), (1, 0), (1, 1), (2, 3)])
def test_small_accounts(sizes):
    """An account of a few connections would break the seeding, or an empty one not be empty."""
    made = account(3, *sizes)
    assert bool(made.things["log_services"]) is bool(sizes[1])
    assert storage.parse(json.dumps(storage.dump(made)).encode(), START).things.keys() == made.things.keys()


def test_calm_at_first():
    """A test that looks twice in its first minutes would see another account."""
    made = account()

    def states():
        items = transformations.list_all(made, Call(query={"limit": "1000"})).body["data"]["items"]
        return {item["id"]: (item["status"], item["last_started_at"]) for item in items}

    before = states()
    made.clock.advance(CALM - 30)
    assert states() == before
    made.clock.advance(2 * 86_400)
    assert states() != before
