"""What a seeded account has beside its connections: agents, links, logs, packages, transformations; well and sick."""

from __future__ import annotations

import base64
import io
import random
import zipfile
from typing import Final

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.data import catalog, quickstart, regions
from fivetran_async.sandbox.engine import parts, transformations
from fivetran_async.sandbox.routes import (
    connector_packages,
    external_secrets_managers,
    hybrid_agents,
    log_services,
    private_links,
    proxy_agents,
    transformation_projects,
)
from fivetran_async.sandbox.seeding.conditions import CALM, DAY, MINUTE
from fivetran_async.sandbox.times import stamp

_DAILY: Final = 1440


def seed_extras(account: Account, rng: random.Random) -> None:
    """Add them to an account that has connections; one without gets nothing.

    Nothing that is there already is changed, but for the package that a Connector SDK connection runs.

    Args:
        account: The account, seeded with everything else.
        rng: A source of chance of its own, so that the rest of the account does not depend on what is drawn here.
    """
    if not account.connections:
        return
    _logs(account)
    _agents(account, rng)
    _links(account, rng)
    _packages(account, rng)
    _projects(account, rng)
    _quickstart(account, rng)


def _logs(account: Account) -> None:
    kinds: list[JsonObject] = [
        {
            "service": "cloudwatch",
            "config": {"log_group_name": "fivetran", "region": "eu-west-1", "access_key_secret": "s3cret"},
            "status": {"setup_state": "connected", "tasks": []},
        },
        {
            "service": "datadog_log",
            "enabled": False,
            "config": {"api_key": "s3cret"},
            "status": {
                "setup_state": "broken",
                "tasks": [{"code": "reconnect", "message": "The API key was rejected.", "details": ""}],
            },
        },
    ]
    for group, given in zip(account.groups, kinds, strict=False):
        own = {"level": log_services.GROUP, "group_id": group}
        parts.add(account, log_services.PART, given | {"id": group, "sandbox": own}, log_services.shape)


def _agents(account: Account, rng: random.Random) -> None:
    start = account.clock.start
    group = next(iter(account.groups))
    for name, days, fields in (
        ("warehouse-agent", 0.01, {"online": True}),
        ("old-datacentre-agent", rng.uniform(60, 120), {"version": "1.9.0", "deployment_type": "KUBERNETES"}),
    ):
        registered = stamp(start - rng.uniform(200, 400) * DAY)
        times = {"registered_at": registered, "last_used_at": stamp(start - days * DAY)}
        agent = {"display_name": name, "group_id": group} | times | fields
        parts.add(account, hybrid_agents.PART, agent, hybrid_agents.shape)
    for name, status in (("office-proxy", "CONNECTED"), ("retired-proxy", "NOT_CONNECTED")):
        agent = {
            "display_name": name,
            "status": status,
            "region": rng.choice(regions.PROXY_AGENTS),
            "registered_at": stamp(start - rng.uniform(50, 400) * DAY),
        }
        parts.add(account, proxy_agents.PART, agent, proxy_agents.shape)


def _links(account: Account, rng: random.Random) -> None:
    start = account.clock.start
    for name, service, state in (("snowflake-link", "SNOWFLAKE_AWS", "OK"), ("billing-link", "SOURCE_AWS", "FAIL")):
        link = {
            "name": name,
            "service": service,
            "state": state,
            "region": rng.choice([region for region in regions.PRIVATE_LINKS if region.startswith("AWS")]),
            "created_at": stamp(start - rng.uniform(100, 300) * DAY),
            "config": {field: f"{field}-{rng.randint(1000, 9999)}" for field in private_links.SERVICES[service]},
        }
        parts.add(account, private_links.PART, link, private_links.shape)
    manager = {
        "name": "company-vault",
        "type": "HASHICORP_VAULT",
        "config": {"vault_address": "https://vault.example.com", "role_id": "fivetran", "secret_id": "s3cret"},
        "created_at": stamp(start - rng.uniform(100, 300) * DAY),
    }
    parts.add(account, external_secrets_managers.PART, manager, external_secrets_managers.shape)


# One that runs, where packages are run.
_CONNECTOR: Final = """\
# build {build}
from fivetran_connector_sdk import Connector, Operations as op


def schema(configuration):
    return [{{"table": "orders", "primary_key": ["id"]}}]


def update(configuration, state):
    number = state.get("next", 1)
    op.upsert("orders", {{"id": number, "amount": number * 10}})
    op.checkpoint({{"next": number + 1}})


connector = Connector(update=update, schema=schema)
"""


def _packages(account: Account, rng: random.Random) -> None:
    start = account.clock.start
    built = [
        connection
        for connection in account.connections.values()
        if connection["service"] == catalog.CONNECTOR_SDK and connection["config"]
    ]
    for number in range(2):
        given: JsonObject = {
            "created_at": stamp(start - rng.uniform(30, 200) * DAY),
            "sandbox": {"content": base64.b64encode(_zip(_CONNECTOR.format(build=rng.randint(1, 99)))).decode()},
        }
        package = parts.add(account, connector_packages.PART, given, connector_packages.shape)
        # The second one is left over: nothing runs it any more.
        if number == 0 and built:
            built[0]["config"]["package_id"] = package["id"]


def _zip(text: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        # A member without a date of its own gets the wall clock's, and each run other bytes.
        archive.writestr(zipfile.ZipInfo("connector.py", (2026, 1, 1, 0, 0, 0)), text)
    return content.getvalue()


def _projects(account: Account, rng: random.Random) -> None:
    group = next(iter(account.destinations), None)
    if group is None:
        return
    healthy = _project(account, rng, group, "READY")
    broken = _project(account, rng, group, "ERROR", errors=["The repository could not be read."])
    for name, project, status, fields in (
        ("daily_marts", healthy, "SUCCEEDED", {}),
        ("finance_marts", healthy, "FAILED", {"sandbox": {"outcome": "FAILED"}}),
        ("legacy_marts", healthy, "CANCELED", {"paused": True}),
        ("experiments", healthy, "NEW", {"schedule": {"schedule_type": "INTEGRATED"}}),
        ("orphaned_marts", broken, "BLOCKED", {}),
    ):
        config = {
            "project_id": project["id"],
            "name": name,
            "steps": [{"name": "run", "command": f"dbt run --select {name}"}],
        }
        _transformation(account, rng, {"transformation_config": config, "status": status} | fields)


def _project(account: Account, rng: random.Random, group: str, status: str, **fields: object) -> JsonObject:
    given: JsonObject = {
        "group_id": group,
        "status": status,
        "created_at": stamp(account.clock.start - rng.uniform(100, 300) * DAY),
        "project_config": {
            "dbt_version": "1.9.4",
            "default_schema": "analytics",
            "git_remote_url": f"git@git.example.com:data/dbt-{rng.randint(1, 9)}.git",
            "git_branch": "main",
            "threads": 4,
            "target_name": "prod",
        },
    }
    return parts.add(account, transformations.PROJECTS, given | fields, transformation_projects.shape)


def _quickstart(account: Account, rng: random.Random) -> None:
    by_service = {service: package for package in quickstart.packages().values() for service in package.connector_types}
    fitting = [connection for connection in account.connections.values() if connection["service"] in by_service]
    for number, connection in enumerate(fitting[:2]):
        package = by_service[connection["service"]]
        config = {"package_name": package.name, "connection_ids": [connection["id"]], "excluded_models": []}
        own: JsonObject = {} if number else {"version": "v0.9.0"}
        given = {"type": transformations.QUICKSTART, "status": "SUCCEEDED", "transformation_config": config}
        _transformation(account, rng, given | {"sandbox": own})


def _transformation(account: Account, rng: random.Random, given: JsonObject) -> None:
    start = account.clock.start
    # The next run of an interval is a while away: what a test sees at first must not depend on its speed.
    ahead = rng.uniform(CALM, _DAILY * MINUTE)
    base: JsonObject = {
        "schedule": {"schedule_type": "INTERVAL", "interval": _DAILY},
        "created_at": stamp(start - rng.uniform(30, 200) * DAY),
    }
    if given["status"] != "NEW":
        began = start + ahead - _DAILY * MINUTE - 2 * CALM
        base |= {"last_started_at": stamp(began), "last_ended_at": stamp(began + CALM)}
    own = {"anchor": start + ahead - _DAILY * MINUTE} | given.get("sandbox", {})
    made = parts.add(account, transformations.PART, base | given | {"sandbox": own}, transformations.shape)
    # How long the seeding took must not show.
    made["sandbox"]["mark"] = account.clock.start
