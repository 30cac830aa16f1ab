"""Seeded accounts: repeatable, complete, believable, quick."""

from __future__ import annotations

import collections
from datetime import UTC, datetime

import msgspec
import pytest

from fivetran_async.sandbox import Account, Clock, seeding, storage
from fivetran_async.sandbox.data import catalog, connector_types, samples
from fivetran_async.sandbox.data.words import Minter
from fivetran_async.sandbox.engine import syncs
from fivetran_async.sandbox.seeding.conditions import CONDITIONS
from fivetran_async.sandbox.times import epoch

START = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
DAY = 86_400.0


def make(seed=7, groups=5, connections=200, start=START):
    """Return a seeded account."""
    account = Account(Clock(start), seed)
    seeding.seed(account, groups, connections)
    return account


def content(account):
    """Return all of an account but its ever-running clock, as bytes."""
    document = storage.dump(account)
    del document["clock"]
    return msgspec.json.encode(document)


def misfits(tree, value, name="config"):
    """Yield what of a value its tree does not allow: other types, other choices, other fields."""
    if tree["type"] == "object":
        for key in value:
            if key in tree["properties"]:
                yield from misfits(tree["properties"][key], value[key], f"{name}.{key}")
            else:
                yield f"{name}.{key} is not in the tree"
        yield from (f"{name}.{key} is missing" for key in tree.get("required", ()) if key not in value)
    elif tree["type"] == "array":
        for place, item in enumerate(value):
            yield from misfits(tree["items"], item, f"{name}[{place}]")
    elif type(value) is not {"string": str, "integer": int, "boolean": bool}[tree["type"]]:
        yield f"{name} is a {type(value).__name__}"
    elif value not in tree.get("enum", (value,)):
        yield f"{name} is {value!r}"


def test_seeded_configs_fit_their_trees():
    """The sandbox would seed a connection whose config its own description of the service forbids."""
    account = make(connections=3000)
    seen = {connection["service"] for connection in account.connections.values()}
    assert set(samples._SERVICES) == seen
    wrong = {
        f"{connection['service']}: {misfit}"
        for connection in account.connections.values()
        for misfit in misfits(
            connector_types.config(catalog.find(connection["service"], "connector")), connection["config"]
        )
        if connection["status"]["setup_state"] != "incomplete" or "is missing" not in misfit
    }
    assert not wrong


def test_same_numbers_same_account():
    """Two runs of a test would see two accounts."""
    assert content(make()) == content(make())


@pytest.mark.parametrize("change", [{"seed": 8}, {"groups": 6}, {"connections": 201}, {"start": datetime.now(UTC)}])
def test_other_numbers_other_account(change):
    """The seed or the sizes would be ignored."""
    assert content(make()) != content(make(**change))


@pytest.mark.parametrize(("groups", "connections"), [(1, 50), (2, 50), (5, 50), (5, 200), (20, 2000)])
@pytest.mark.parametrize("seed", range(5))
def test_every_condition_is_there(seed, groups, connections):
    """An audit would be tried on an account that lacks what it looks for."""
    account = make(seed, groups, connections)
    now = account.clock.start
    facts = collections.Counter(fact for item in account.connections.values() for fact in facts_of(item, now))
    missing = {
        "healthy",
        "broken with a task",
        "incomplete with a task",
        "never synced",
        "failing",
        "paused for a month",
        "paused",
        "delayed",
        "rescheduled",
        "overdue",
        "historical",
        "historical for a week",
        "stale",
        "warned",
        "syncing",
    } - facts.keys()
    assert not missing
    assert facts["healthy"] > 0.5 * connections
    assert len(account.groups) == groups
    assert len(account.connections) == connections


def facts_of(item, now):
    """Tell what an audit could say about a connection, by its served fields alone."""
    status = item["status"]
    good, bad = (epoch(item[name]) if item[name] else None for name in ("succeeded_at", "failed_at"))
    connected = status["setup_state"] == "connected"
    active = connected and not item["paused"] and status["sync_state"] == "scheduled"
    late = good is not None and now - good > 3 * 60 * item["sync_frequency"] + DAY
    calm = active and not status["warnings"] and status["update_state"] == "on_schedule"
    facts = {
        "broken with a task": status["setup_state"] == "broken" and status["tasks"],
        "incomplete with a task": status["setup_state"] == "incomplete" and status["tasks"],
        "never synced": good is None and connected and status["sync_state"] == "scheduled",
        "failing": connected and bad is not None and good is not None and bad > good,
        "paused": item["paused"] and good is not None and now - good < 30 * DAY,
        "paused for a month": item["paused"] and good is not None and now - good > 30 * DAY,
        "delayed": connected and status["update_state"] == "delayed",
        "rescheduled": status["sync_state"] == "rescheduled" and epoch(status["rescheduled_for"]) > now,
        "overdue": status["sync_state"] == "rescheduled"
        and epoch(status["rescheduled_for"]) < now
        and item["schedule_type"] == "manual",
        "historical": status["is_historical_sync"] and status["sync_state"] == "syncing",
        "historical for a week": status["is_historical_sync"]
        and now - epoch(item["created_at"]) > 7 * DAY
        and connected,
        "stale": calm and late,
        "warned": bool(status["warnings"]),
        "syncing": status["sync_state"] == "syncing" and not status["is_historical_sync"],
        "healthy": calm and good is not None and not late and (bad is None or bad < good),
    }
    return [name for name, holds in facts.items() if holds]


def test_nothing_moves_in_the_first_minutes():
    """What a test sees would depend on how quick the machine is."""
    account = make(connections=500)
    before = content(account)
    for item in account.connections.values():
        syncs.settle(item, account.clock.start + 299)
    assert content(account) == before


def test_nothing_happened_in_the_future():
    """A sync would have ended before it could, or after now."""
    account = make(connections=1000)
    for item in account.connections.values():
        times = [epoch(item[name]) for name in ("created_at", "succeeded_at", "failed_at") if item[name]]
        assert max(times) <= account.clock.start
        assert epoch(item["created_at"]) == min(times)


def test_ids_and_schemas_are_unique():
    """Two things would have one id, or two connections of a group one schema."""
    account = make(groups=3, connections=5000)
    names = [*account.groups, *account.connections, *account.users]
    assert len(set(names)) == len(names)
    schemas = [(item["group_id"], item["schema"]) for item in account.connections.values()]
    assert len(set(schemas)) == len(schemas)


def test_services_are_real():
    """The account would hold services or config names that Fivetran does not know."""
    account = make(connections=1000)
    used = {item["service"] for item in account.connections.values()}
    assert len(used) >= 40
    for item in account.connections.values():
        service = catalog.find(item["service"], "connector")
        assert service is not None, item["service"]
        assert set(service.schema_fields) <= item["config"].keys()
    for item in account.destinations.values():
        assert catalog.find(item["service"], "destination") is not None


@pytest.mark.parametrize(("groups", "bare", "quiet"), [(1, 0, 0), (2, 0, 0), (3, 0, 1), (4, 1, 1), (9, 1, 1)])
def test_odd_groups(groups, bare, quiet):
    """A group without connections, or one without a destination, would be missing, or all of them be odd."""
    account = make(groups=groups, connections=400)
    used = {item["group_id"] for item in account.connections.values()}
    assert len([name for name in account.groups if name not in account.destinations]) == bare
    assert len([name for name in account.destinations if name not in used]) == quiet


def test_large_account_is_quick(growth):
    """A large sandbox would take long to start: each connection would take the longer the more there are."""
    assert growth(lambda: make(groups=20, connections=1_000), lambda: make(groups=20, connections=10_000)) < 30


def test_shares_add_up():
    """The mix of conditions would not be the one that is written down."""
    assert sum(share for share, _ in CONDITIONS.values()) == pytest.approx(1, abs=0.02)


def test_minted_ids():
    """Ids would run out, repeat, or depend on anything but the seed."""
    minter = Minter(3)
    names = [minter.mint() for _ in range(120_000)]
    assert len(set(names)) == len(names)
    assert all(name.replace("_", "").isalnum() for name in names)
    again = Minter(3, 500)
    assert [again.mint() for _ in range(10)] == names[500:510]
    assert Minter(4).mint() != names[0]


def test_catalog():
    """Services would be missing, or known by the wrong kind."""
    postgres = catalog.find("postgres", "connector")
    assert postgres is not None
    assert postgres.schema_fields == ("schema_prefix",)
    assert "password" in postgres.secrets
    assert catalog.find("postgres", "destination") is None
    assert catalog.find("nope", "connector") is None
    kinds = collections.Counter(service.kind for service in catalog._catalog().values())
    assert kinds == {"connector": 773, "destination": 37, "log": 8}
