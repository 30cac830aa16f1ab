"""Account files with something wrong deep inside: refused when they are loaded, or harmless whatever is asked later."""

from __future__ import annotations

import contextlib
import copy
import json
from datetime import UTC, datetime

import pytest

from fivetran_async.sandbox import Account, AccountFileError, Clock, seeding, storage
from fivetran_async.sandbox.account import PARTS
from fivetran_async.sandbox.calls import Call
from fivetran_async.sandbox.data import quickstart
from fivetran_async.sandbox.engine import schemas, syncs
from fivetran_async.sandbox.replies import RefusalError
from fivetran_async.sandbox.routes import ROUTER

START = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
SOURCE = {"public": {"tables": {"orders": {"columns": {"id": {"is_primary_key": True}, "mail": {"locked": "OTHER"}}}}}}
HASH = {"hash": "h", "encoded_cert": "e", "public_key": "p"}
WRONG = (5, "x", [], {}, None, True, -1.5, [5], {"x": 5})
# A little of what changes can set, so that those are read and written as well.
BODY = {"config": {}, "name": "n", "active": False, "paused": False, "project_config": {"threads": 2}, "phone": "1"}


def document():
    """Return a file with one object of each kind, all of its fields in it."""
    account = Account(Clock(START), 7)
    seeding.seed(account, 1, 3)
    group = next(iter(account.groups))
    connection = account.add_connection(group, "github", "shop", id="shop", daily_sync_time=None)
    connection["sandbox"] |= {"source": {"schemas": copy.deepcopy(SOURCE)}, "certificates": [HASH], "untrusted": ["x"]}
    schemas.discover(connection)
    choice = {"enabled": True, "columns": {"mail": {"enabled": True, "hashed": True}}}
    connection["sandbox"]["schemas"]["chosen"] = {"public": {"enabled": True, "tables": {"orders": choice}}}
    connection["sandbox"]["schemas"]["gone"] = {"public": ["orders"]}
    syncs.resync(connection, account.now, {"public": ["orders"]})
    task = {"code": "reconnect", "message": "m"}
    connection["sandbox"]["plan"] = {"outcome": "failure_with_task", "seconds": 5.0, "reason": "r", "tasks": [task]}
    connection["sandbox"]["script"] = [
        {"outcome": "rescheduled", "after": 5.0},
        {"outcome": "rescheduled", "until": account.now},
        {"outcome": "success", "rows": {"public": {"orders": 5}}},
    ]
    hook = account.add_webhook("https://127.0.0.1:1/", ["sync_end"], group, secret="s")
    hook["sandbox"]["failing_since"] = account.now
    connection["status"]["tasks"] = [{"code": "reconnect", "message": "m", "details": ""}]
    account.things["hvr_hubs"]["hub"] = {"id": "hub"}
    package = next(iter(quickstart.packages().values()))
    quick = {"package_name": package.name, "connection_ids": ["shop"], "excluded_models": ["m"]}
    account.things["transformations"]["quick"] = {"id": "quick", "type": "QUICKSTART", "transformation_config": quick}
    for name, schedule in (
        ("cron", {"schedule_type": "CRON", "cron": ["0 1 * * *"]}),
        ("daily", {"schedule_type": "TIME_OF_DAY", "time_of_day": "03:00", "days_of_week": ["MONDAY"]}),
        ("after", {"schedule_type": "INTEGRATED", "connection_ids": ["shop"]}),
    ):
        config = {"project_id": "p", "name": name, "steps": [{"name": "s", "command": "dbt run --select m"}]}
        planted = {"id": name, "schedule": schedule, "transformation_config": config}
        account.things["transformations"][name] = planted
    whole = json.loads(json.dumps(storage.dump(account)))
    kept = ("quick", "cron", "daily", "after")
    for part in PARTS:
        whole[part] = [item for number, item in enumerate(whole[part]) if number == 0 or item["id"] in kept]
    whole["webhooks"].append(json.loads(json.dumps(hook)))
    whole["connections"] = whole["connections"][-1:]
    whole["roles"], whole["users"] = whole["roles"][:1], whole["users"][:5]
    whole["memberships"] = whole["memberships"][:1]
    return whole


def places(value, way=()):
    """Yield the ways to everything in a document, deepest last."""
    if way:
        yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*way, key))


def changed(whole, way, value):
    """Return a document with something else in one place."""
    other = copy.deepcopy(whole)
    inner = other
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = value
    return other


def ask_everything(account):
    """Ask for all there is, then run, test and change all there is."""
    names = {"groupId": account.groups, "connectionId": account.connections, "destinationId": account.destinations}
    names |= {"userId": account.users, "id": (), "teamId": account.things["teams"]}
    names |= {"keyId": account.things["system_keys"], "webhookId": account.things["webhooks"]}
    names |= {"logId": account.things["log_services"], "esmId": account.things["external_secrets_managers"]}
    names |= {"privateLinkId": account.things["private_links"], "package_id": account.things["connector_packages"]}
    names |= {"projectId": account.things["transformation_projects"]}
    names |= {"transformationId": account.things["transformations"]}
    asked = [route for route in ROUTER.routes if route.method == "GET"]
    asked += [route for route in ROUTER.routes if route.method in {"POST", "PATCH"} and route.path.count("{") == 1]
    for route in asked:
        wanted = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
        first = wanted[0] if wanted else None
        agents = account.things["proxy_agents" if "/proxy" in route.path else "hybrid_agents"]
        for name in [""] if first is None else agents if first == "agentId" else names.get(first, ("x",)):
            known = {"schemaName": "public", "schema": "public", "tableName": "orders", "table": "orders"}
            values = {key: known.get(key, "x") for key in wanted} | ({first: name} if first else {})
            with contextlib.suppress(RefusalError):
                json.dumps(route.handler(account, Call(values, {}, dict(BODY))).body)


def try_out(content):
    """Load a document, unless it is refused, and use the account; return whether it was loaded."""
    try:
        account = storage.parse(json.dumps(content).encode(), START)
    except AccountFileError:
        return False
    ask_everything(account)
    account.clock.advance(3 * 86_400)
    ask_everything(account)
    json.dumps(storage.dump(account))
    return True


WHOLE = document()


def test_the_document_itself():
    """The documents below would be refused for another reason than what is changed in them."""
    assert try_out(WHOLE)
    assert all(WHOLE[part] for part in PARTS)


@pytest.mark.parametrize("part", sorted(set(WHOLE) - {"format", "version"}))
def test_anything_wrong_anywhere(part):
    """Something wrong inside of a file would be loaded, and fail one day when it is read."""
    for number, way in enumerate(places(WHOLE[part], (part,))):
        value = WRONG[number % len(WRONG)]
        try:
            try_out(changed(WHOLE, way, value))
        except Exception as error:
            raise AssertionError(f"{way} = {value!r}") from error


@pytest.mark.parametrize(
    ("part", "change", "place"),
    [
        (
            "connections",
            {"sandbox": {"source": {"schemas": {"s": []}}}},
            r"\.sandbox\.source\.schemas\[.*: must",
        ),
        ("connections", {"sandbox": {"source": {}}}, r"\.sandbox\.source: .*schemas"),
        ("connections", {"sandbox": {"schemas": {"known": []}}}, r"\.sandbox\.schemas\.known: must be"),
        (
            "connections",
            {"sandbox": {"schemas": {"chosen": {"s": {"tables": 5}}}}},
            r"\.sandbox\.schemas\.chosen\[.*\.tables: must",
        ),
        ("connections", {"sandbox": {"resync": {"scope": {}}}}, r"\.sandbox\.resync: .*queued"),
        ("connections", {"sandbox": {"untrusted": "certificates"}}, r"\.sandbox\.untrusted: must be"),
        ("connections", {"status": {"tasks": [{}]}}, r"\.status\.tasks\[0\]: .*code"),
        ("destinations", {"sandbox": {"certificates": [{}]}}, r"\.sandbox\.certificates\[0\]: .*hash"),
        ("destinations", {"config": None}, r"\.config: must be"),
        ("webhooks", {"secret": 5}, r"\.secret: must be"),
        ("system_keys", {"sandbox": {"rotated": "once"}}, r"\.sandbox\.rotated: must be"),
        ("system_keys", {"sandbox": {"period": "EVER"}}, r"\.sandbox\.period: Invalid"),
        ("log_services", {"service": []}, r"\.service: must be"),
        ("external_secrets_managers", {"type": "MATTRESS"}, r"\.type: Invalid"),
        ("private_links", {"sandbox": {"until": "soon"}}, r"\.sandbox\.until: must be"),
        ("proxy_agents", {"region": 5}, r"\.region: must be"),
        ("hybrid_agents", {"sandbox": {"issued": None}}, r"\.sandbox\.issued: must be"),
        ("connector_packages", {"sandbox": {"content": "not base64!"}}, r": makes no sense"),
        (
            "transformation_projects",
            {"project_config": {"git_remote_url": []}},
            r"\.project_config\.git_remote_url: must be",
        ),
        ("transformations", {"schedule": {"schedule_type": "CRON", "cron": ["often"]}}, r": makes no sense: .*often"),
        ("transformations", {"schedule": {"schedule_type": "INTERVAL"}}, r": makes no sense: KeyError: 'interval'"),
        ("transformations", {"schedule": {"schedule_type": "INTERVAL", "interval": 0}}, r"\.schedule\.interval: must"),
        ("transformations", {"transformation_config": {"steps": [5]}}, r"\.transformation_config\.steps\[0\]: must be"),
    ],
)
def test_the_place_is_named(part, change, place):
    """A mistake deep in a file would be found only when it is served, or not be named."""
    item = WHOLE[part][0]
    wrong = changed(WHOLE, (part, 0), item | change)
    with pytest.raises(AccountFileError, match=rf"^{part}\[0\]{place}"):
        storage.parse(json.dumps(wrong).encode(), START)
