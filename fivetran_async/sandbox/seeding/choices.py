"""What people decided about the connections of a seeded account: schema policies, columns, approved hosts."""

from __future__ import annotations

import random
from typing import Final

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.data.samples import DATABASES
from fivetran_async.sandbox.engine import certificates
from fivetran_async.sandbox.engine.schema_config import SchemaConfig
from fivetran_async.sandbox.engine.schemas import ALLOW_COLUMNS, BLOCK_ALL
from fivetran_async.sandbox.engine.syncs import Connection
from fivetran_async.sandbox.times import epoch

DAY: Final = 86_400.0
# Of the connections that ever synced, and of the databases: few enough that large accounts stay cheap.
WITH_POLICY: Final = 0.15
WITH_CHOICES: Final = 0.1
WITH_TUNNEL: Final = 0.15
WITH_CERTIFICATE: Final = 0.3

_PERSONAL: Final = ("email", "phone", "ssn", "iban", "birth_date", "last_name")


def seed_choices(account: Account) -> None:
    """Add to a seeded account what people decided about its connections, each by a chance of its own."""
    for connection in account.connections.values():
        rng = random.Random(f"choices/{account.seed}/{connection['id']}")  # noqa: S311 - repeatable, not secret
        if connection["succeeded_at"] is not None:
            _policy(connection, rng)
        if connection["service"] in DATABASES and connection["status"]["setup_state"] != "incomplete":
            _host(account, connection, rng)
    for destination in account.destinations.values():
        at = account.clock.start - 100 * DAY
        _approve(account, destination, certificates.CERTIFICATES, at, account.info["user_id"])


def _policy(connection: Connection, rng: random.Random) -> None:
    if rng.random() < WITH_POLICY:
        SchemaConfig(connection).set_policy(rng.choice((ALLOW_COLUMNS, BLOCK_ALL)), None)
    if rng.random() < WITH_CHOICES:
        _choose(SchemaConfig(connection), rng)


def _choose(config: SchemaConfig, rng: random.Random) -> None:
    """Exclude a table, and hash what is personal in another one."""
    schema, shown = rng.choice(list(config.view()["schemas"].items()))
    tables: dict[str, JsonObject] = shown["tables"]
    free = [name for name, table in tables.items() if table["enabled_patch_settings"]["allowed"]]
    config.change({schema: {"tables": {rng.choice(free): {"enabled": False}}}})
    table = rng.choice(free)
    if tables[table]["supports_columns_config"]:
        columns = config.columns_view(schema, table)["columns"]
        hashed = {name: {"enabled": True, "hashed": True} for name in _PERSONAL if name in columns}
        config.change({schema: {"tables": {table: {"columns": hashed}}}})


def _host(account: Account, connection: Connection, rng: random.Random) -> None:
    if rng.random() < WITH_TUNNEL:
        connection["networking_method"] = "SshTunnel"
    by = connection["connected_by"] or account.info["user_id"]
    # Approved when it was set up.
    at = epoch(connection["created_at"])
    _approve(account, connection, certificates.FINGERPRINTS, at, by)
    if rng.random() < WITH_CERTIFICATE:
        _approve(account, connection, certificates.CERTIFICATES, at, by)


def _approve(account: Account, owner: JsonObject, kind: str, at: float, by: str) -> None:
    item = certificates.presented(owner, kind)
    if item is not None:
        certificates.approve(owner, kind, item, certificates.stamped(account.mint(), at, by))
