"""Lives of connections, their schemas and what they trust; of groups and destinations."""

from __future__ import annotations

from typing import Any

from contract_lives import Context, life

CERTIFICATE = {"hash": "c2hhMjU2", "encoded_cert": "TUlJQg=="}
FINGERPRINT = {"hash": "SHA256:abc/def+ghi=", "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5"}
SOURCE: dict[str, Any] = {
    "schemas": {
        "public": {
            "tables": {
                "orders": {
                    "columns": {
                        "id": {"is_primary_key": True, "locked": "SYSTEM_COLUMN"},
                        "e-mail": {},
                        "price": {},
                        "blob": {"locked": "OTHER", "reason": "The type is not supported", "enabled": False},
                    }
                },
                "Order Lines": {},
                "audit": {"locked": "SYSTEM_TABLE", "supports_history_mode": False},
                "payroll": {"locked": "OTHER", "reason": "No privilege", "enabled": False},
            }
        },
        "sales/eu": {"tables": {"deals": {}}},
    }
}


async def things_to_refer_to(ctx: Context) -> dict[str, str]:
    """Create what a connection or destination can name in its fields, and return these."""
    link = await ctx.call(
        "private_links.create",
        name="link",
        region="AWS_US_EAST_1",
        service="SOURCE_AWS",
        config={"connection_service_name": "com.amazonaws.vpce.us-east-1.vpce-svc-1"},
    )
    proxy = await ctx.call("proxy_agents.create", display_name="proxy", group_region="GCP_US_EAST4")
    agent = await ctx.call("hybrid_agents.create", display_name="agent", env_type="DOCKER", accept_terms=True)
    manager = await ctx.call(
        "external_secrets_managers.create",
        type="HASHICORP_VAULT",
        name="vault",
        config={"vault_address": "https://vault.example.com", "role_id": "role", "secret_id": "hidden"},
    )
    return {
        "private_link_id": link.id,
        "proxy_agent_id": proxy.agent_id,
        "hybrid_deployment_agent_id": agent.id,
        "external_secrets_manager_id": manager.id,
    }


@life(
    "connections.create",
    "connections.list",
    "connections.get",
    "connections.update",
    "connections.test",
    "connections.sync",
    "connections.resync",
    "connections.connect_card",
    "connections.delete",
)
async def connection(ctx: Context) -> None:
    """Lead the life of a database, with every argument there is."""
    named = await things_to_refer_to(ctx)
    card = {"redirect_uri": "https://example.com/done?x=1&y=2", "hide_setup_guide": True, "all_fields": False}
    made = await ctx.call(
        "connections.create",
        group_id=ctx.group,
        service="postgres",
        config={"schema_prefix": "shop", "host": "db.example.com", "port": 5432, "password": "hidden"},
        auth={"client_access": {"client_id": "x", "client_secret": "hidden"}},
        paused=True,
        pause_after_trial=True,
        sync_frequency=1440,
        daily_sync_time="03:00",
        schedule_type="auto",
        data_delay_sensitivity="CUSTOM",
        data_delay_threshold=30,
        run_setup_tests=True,
        trust_certificates=True,
        trust_fingerprints=True,
        connect_card_config=card,
        networking_method="PrivateLink",
        destination_configuration={"virtual_warehouse": "LOADING"},
        destination_schema_names="SOURCE_NAMING",
        external_secrets_keys_config={"password": "shop/password"},
        **named,
    )
    assert made.id in await ctx.ids("connections.list", group_id=ctx.group, page_size=2)
    assert await ctx.ids("connections.list", group_id=ctx.group, schema="shop") == [made.id]
    assert (await ctx.call("connections.get", made.id)).config["password"] == "******"
    changed = await ctx.call(
        "connections.update",
        made.id,
        config={"port": 5433},
        auth={"client_access": {"client_id": "y"}},
        paused=False,
        pause_after_trial=False,
        sync_frequency=60,
        schedule_type="manual",
        data_delay_sensitivity="HIGH",
        data_delay_threshold=10,
        schema_status="blocked_on_capture",
        is_historical_sync=True,
        run_setup_tests=True,
        trust_certificates=True,
        trust_fingerprints=True,
        networking_method="ProxyAgent",
        destination_configuration={"virtual_warehouse": "OTHER"},
        external_secrets_keys_config={"password": "shop/other"},
        confirm=True,
        **named,
    )
    assert changed.config["port"] == 5433
    await ctx.call("connections.test", made.id, trust_certificates=True, trust_fingerprints=False)
    await ctx.call("connections.test", made.id)
    await ctx.call("connections.sync", made.id)
    await ctx.call("connections.sync", made.id, force=True)
    ctx.box.clock.advance(86_400)
    await ctx.call("connections.get", made.id)
    await ctx.call("connections.resync", made.id, scope={"public": ["orders_old"]}, confirm=True)
    ctx.box.clock.advance(86_400)
    await ctx.call("connections.resync", made.id, confirm=True)
    assert (await ctx.call("connections.connect_card", made.id, connect_card_config=card)).connector_id == made.id
    await ctx.call("connections.delete", made.id, confirm=True)
    assert made.id not in await ctx.ids("connections.list")
    machines = ctx.account.add_connection(ctx.group, connected_by=None)["id"]
    assert (await ctx.call("connections.get", machines)).connected_by is None


@life("connections.state", "connections.update_state")
async def state(ctx: Context) -> None:
    """Lead the life of a custom connector's state."""
    kept = {"state": {"a": [1, None]}}
    name = ctx.account.add_connection(ctx.group, "connector_sdk", paused=True, sandbox=kept)["id"]
    assert (await ctx.call("connections.state", name)).state == {"a": [1, None]}
    changed = await ctx.call("connections.update_state", name, state={"cursor": "2026-08-01", "deep": {"n": 1.5}})
    assert changed.state == (await ctx.call("connections.state", name)).state


async def _trust(ctx: Context, owners: str, name: str) -> None:
    for kind, given in (("certificates", CERTIFICATE), ("fingerprints", FINGERPRINT)):
        assert (await ctx.call(f"{owners}.{kind}.approve", name, **given)).hash == given["hash"]
        await ctx.call(f"{owners}.{kind}.approve", name, **given | {"hash": "another"})
        assert len(await ctx.call(f"{owners}.{kind}.list", name, page_size=1)) == 2
        assert (await ctx.call(f"{owners}.{kind}.get", name, given["hash"])).hash == given["hash"]
        await ctx.call(f"{owners}.{kind}.revoke", name, given["hash"])
        assert [one.hash for one in await ctx.call(f"{owners}.{kind}.list", name)] == ["another"]


def _trusting(owners: str) -> list[str]:
    return [f"{owners}.{kind}.{verb}" for kind in ("certificates", "fingerprints") for verb in _TRUST]


_TRUST = ("list", "approve", "get", "revoke")


@life(*_trusting("connections"), "certificates.approve")
async def trust_of_a_connection(ctx: Context) -> None:
    """Lead the life of what a connection trusts."""
    name = ctx.account.add_connection(ctx.group)["id"]
    await _trust(ctx, "connections", name)
    await ctx.call("certificates.approve", connection_id=name, **CERTIFICATE)
    assert len(await ctx.call("connections.certificates.list", name)) == 2


@life(*_trusting("destinations"))
async def trust_of_a_destination(ctx: Context) -> None:
    """Lead the life of what a destination trusts."""
    name = ctx.account.add_group()["id"]
    ctx.account.add_destination(name)
    await _trust(ctx, "destinations", name)
    await ctx.call("certificates.approve", destination_id=name, **CERTIFICATE)
    assert len(await ctx.call("destinations.certificates.list", name)) == 2


@life(
    "schemas.get",
    "schemas.create",
    "schemas.update",
    "schemas.drop_columns",
    "schemas.reload",
    "schemas.resync_tables",
    "schemas.update_schema",
    "schemas.update_table",
    "schemas.update_column",
    "schemas.delete_column",
    "schemas.columns",
)
async def schema_config(ctx: Context) -> None:
    """Lead the life of a schema config, with names that a path has to encode."""
    fresh = ctx.account.add_connection(ctx.group, status={"setup_state": "incomplete"})["id"]
    columns = {"id": {"enabled": True}, "ssn": {"enabled": False}, "mail": {"enabled": True, "hashed": True}}
    tables = {"users": {"enabled": True, "sync_mode": "HISTORY", "columns": columns}}
    given = {"public": {"enabled": True, "tables": tables}, "old": {"enabled": False}}
    await ctx.call("schemas.create", fresh, schemas=given, schema_change_handling="BLOCK_ALL")
    name = ctx.account.add_connection(ctx.group, sandbox={"source": SOURCE})["id"]
    assert set((await ctx.call("schemas.reload", name, exclude_mode="INCLUDE")).schemas) == set(SOURCE["schemas"])
    await ctx.call("schemas.reload", name)
    orders = {"enabled": True, "columns": {"price": {"enabled": False}}}
    lines = {"enabled": True, "sync_mode": "HISTORY"}
    await ctx.call(
        "schemas.update",
        name,
        schemas={"public": {"enabled": True, "tables": {"orders": orders, "Order Lines": lines}}},
        schema_change_handling="ALLOW_COLUMNS",
        is_type_locked=True,
    )
    await ctx.call("schemas.update_schema", name, "sales/eu", enabled=False, tables={"deals": {"enabled": True}})
    wanted = {"e-mail": {"enabled": True, "hashed": True, "is_primary_key": False}}
    await ctx.call("schemas.update_table", name, "public", "orders", enabled=True, sync_mode="LIVE", columns=wanted)
    await ctx.call("schemas.update_table", name, "public", "Order Lines", enabled=False)
    changed = await ctx.call(
        "schemas.update_column", name, "public", "orders", "e-mail", enabled=False, hashed=False, is_primary_key=True
    )
    assert not changed.schemas["public"].tables["orders"].columns["e-mail"].enabled
    found = await ctx.call("schemas.columns", name, "public", "orders")
    assert set(found.columns) == {"id", "e-mail", "price", "blob"}
    await ctx.call("schemas.delete_column", name, "public", "orders", "e-mail", confirm=True)
    gone = {"public": {"tables": {"orders": {"columns": ["price", "blob"]}}}}
    await ctx.call("schemas.drop_columns", name, schemas=gone, confirm=True)
    await ctx.call("schemas.resync_tables", name, tables={"public": ["orders"]}, confirm=True)
    await ctx.call("schemas.get", name)


@life(
    "groups.list",
    "groups.create",
    "groups.get",
    "groups.update",
    "groups.delete",
    "groups.connections",
    "groups.public_key",
    "groups.service_account",
    "groups.users.list",
    "groups.users.add",
    "groups.users.delete",
)
async def group(ctx: Context) -> None:
    """Lead the life of a group and its users."""
    made = await ctx.call("groups.create", name="warehouse_of_ours")
    assert made.id in await ctx.ids("groups.list", page_size=1)
    assert (await ctx.call("groups.update", made.id, name="warehouse")).name == "warehouse"
    assert (await ctx.call("groups.get", made.id)).name == "warehouse"
    names = {ctx.account.add_connection(made.id, service, schema)["id"] for service, schema in _KINDS}
    assert set(await ctx.ids("groups.connections", made.id, page_size=2)) == names
    assert len(await ctx.ids("groups.connections", made.id, schema="sheets.budget")) == 1
    await ctx.call("groups.public_key", made.id)
    await ctx.call("groups.service_account", made.id)
    user = ctx.account.add_user(email="ada@example.com")
    await ctx.call("groups.users.add", made.id, email="ada@example.com", role="Destination Reviewer")
    assert user["id"] in await ctx.ids("groups.users.list", made.id, active=True, page_size=1)
    await ctx.call("groups.users.delete", made.id, user["id"])
    assert user["id"] not in await ctx.ids("groups.users.list", made.id)
    for name in names:
        await ctx.call("connections.delete", name, confirm=True)
    await ctx.call("groups.delete", made.id, confirm=True)
    assert made.id not in await ctx.ids("groups.list")


_KINDS = (("postgres", "shop"), ("google_sheets", "sheets.budget"), ("salesforce", "salesforce"))


@life(
    "destinations.list",
    "destinations.create",
    "destinations.get",
    "destinations.update",
    "destinations.test",
    "destinations.delete",
)
async def destination(ctx: Context) -> None:
    """Lead the life of a destination, with every argument there is."""
    named = await things_to_refer_to(ctx)
    where = ctx.account.add_group()["id"]
    made = await ctx.call(
        "destinations.create",
        group_id=where,
        service="snowflake",
        time_zone_offset="+3",
        region="AWS_EU_WEST_1",
        config={"host": "x.snowflakecomputing.com", "port": 443, "password": "hidden", "auth": "PASSWORD"},
        daylight_saving_time_enabled=True,
        run_setup_tests=True,
        trust_certificates=True,
        trust_fingerprints=True,
        networking_method="PrivateLink",
        external_secrets_keys_config={"password": "warehouse/password"},
        **named,
    )
    assert made.id == where
    assert where in await ctx.ids("destinations.list", page_size=1)
    changed = await ctx.call(
        "destinations.update",
        where,
        time_zone_offset="-11",
        region="GCP_US_EAST4",
        config={"port": 444},
        daylight_saving_time_enabled=False,
        run_setup_tests=True,
        trust_certificates=True,
        trust_fingerprints=True,
        networking_method="ProxyAgent",
        external_secrets_keys_config={"password": "warehouse/other"},
        **named,
    )
    assert changed.time_zone_offset == "-11"
    assert (await ctx.call("destinations.get", where)).id == where
    await ctx.call("destinations.test", where, trust_certificates=True, trust_fingerprints=True)
    await ctx.call("destinations.test", where)
    await ctx.call("destinations.delete", where, confirm=True)
    assert where not in await ctx.ids("destinations.list")
