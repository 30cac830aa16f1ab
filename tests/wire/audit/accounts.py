"""Accounts for rules: a healthy one as the JSON of an account file, and small differences from it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.wire.conftest import START

NAMES = {"roles": "name", "destinations": "group_id"}
"""By part, the field that names an object, where that is not its `id`."""


def ago(at: datetime = START, **span: float) -> str:
    """Return the text of a moment before the audit."""
    return (at - timedelta(**span)).isoformat().replace("+00:00", "Z")


COLUMNS = {"id": {"is_primary_key": True}, "amount": {}}


def healthy(at: datetime = START) -> dict[str, Any]:
    """Return an account in which no rule finds anything at a moment."""
    return {
        "format": "fivetran-sandbox-account",
        "version": 1,
        "account": {"account_id": "acme", "user_id": "owner"},
        "groups": [{"id": "g", "name": "finance"}],
        "destinations": [{"group_id": "g", "service": "snowflake", "config": {"password": "p"}}],
        "connections": [
            {
                "id": "c",
                "service": "postgres",
                "group_id": "g",
                "schema": "shop",
                "created_at": ago(at, days=400),
                "succeeded_at": ago(at, hours=1),
                "sync_frequency": 360,
                "hybrid_deployment_agent_id": "h",
                "sandbox": {
                    # Nothing happens to it while it is looked at.
                    "stalled": True,
                    "due": None,
                    "source": {"schemas": {"public": {"tables": {"orders": {"columns": COLUMNS}}}}},
                    "schemas": {},
                },
            },
            {
                "id": "code",
                "service": "connector_sdk",
                "group_id": "g",
                "schema": "own",
                "created_at": ago(at, days=400),
                "succeeded_at": ago(at, hours=1),
                "config": {"package_id": "pack"},
                "networking_method": "ProxyAgent",
                "proxy_agent_id": "p",
                "sandbox": {
                    "stalled": True,
                    "due": None,
                    "source": {"schemas": {}},
                    "schemas": {"handling": "BLOCK_ALL"},
                },
            },
        ],
        "users": [{"id": "owner", "role": "Account Administrator", "logged_in_at": ago(at, hours=1)}],
        "roles": [],
        "teams": [{"id": "t", "name": "analysts", "role": "Account Reviewer"}],
        "memberships": [{"team_id": "t", "user_id": "owner", "role": "Team Member"}],
        "system_keys": [
            {
                "id": "k",
                "created_at": ago(at, days=10),
                "permissions": [{"resource_type": "CONNECTOR", "access_level": "READ"}],
            }
        ],
        "webhooks": [
            {"id": "w", "url": "https://example.com/hook", "secret": "s3cret", "events": ["sync_end"], "active": True}
        ],
        "log_services": [
            {
                "id": "g",
                "service": "cloudwatch",
                "config": {"access_key_secret": "k"},
                "status": {"setup_state": "connected", "tasks": []},
            }
        ],
        "proxy_agents": [{"id": "p", "status": "CONNECTED"}],
        "hybrid_agents": [{"id": "h", "online": True, "group_id": "g", "version": "1.42.0"}],
        "private_links": [{"id": "l", "state": "OK"}],
        "transformations": [
            {"id": "x", "status": "SUCCEEDED", "created_at": ago(at, days=90), "last_ended_at": ago(at, hours=1)}
        ],
        "connector_packages": [{"id": "pack"}],
    }


def account(at: datetime = START, **differences: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the healthy account with some differences.

    Args:
        at: The moment at which it is healthy.
        **differences: By part of the account file, objects. One that is there already, by its id, is changed: objects
            within it are merged, all else is replaced. `{"id": "...", "gone": True}` takes one away.
    """
    made = healthy(at)
    for part, objects in differences.items():
        name = NAMES.get(part, "id")
        for given in objects:
            there = [item for item in made[part] if name in given and item.get(name) == given[name]]
            if given.get("gone"):
                made[part].remove(there[0])
            elif there:
                _merge(there[0], given)
            else:
                made[part].append(given)
    return made


def _merge(into: dict[str, Any], given: dict[str, Any]) -> None:
    for key, value in given.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict) and key in {"status", "sandbox", "config"}:
            _merge(into[key], value)
        else:
            into[key] = value


def written(made: dict[str, Any], folder: Path) -> Path:
    """Write an account to a file and return its path."""
    path = folder / "account.json"
    path.write_text(json.dumps(made), encoding="utf-8")
    return path
