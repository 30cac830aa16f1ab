"""Lives of agents, links, hubs and managers of secrets: of what stands between Fivetran and somebody's network."""

from __future__ import annotations

from contract_lives import Context, life


@life(
    "proxy_agents.list",
    "proxy_agents.create",
    "proxy_agents.get",
    "proxy_agents.connections",
    "proxy_agents.regenerate_secrets",
    "proxy_agents.delete",
)
async def proxy_agent(ctx: Context) -> None:
    """Lead the life of a proxy agent, in use and not."""
    name = (await ctx.call("proxy_agents.create", display_name="first", group_region="AWS_EU_NORTH_1")).agent_id
    await ctx.call("proxy_agents.create", display_name="second")
    assert name in await ctx.ids("proxy_agents.list", page_size=1)
    source = ctx.account.add_connection(ctx.group, proxy_agent_id=name)["id"]
    ctx.account.destinations[ctx.group]["proxy_agent_id"] = name
    assert (await ctx.call("proxy_agents.get", name)).display_name == "first"
    assert [one.connection_id for one in await ctx.call("proxy_agents.connections", name, page_size=1)] == [source]
    assert (await ctx.call("proxy_agents.regenerate_secrets", name, confirm=True)).agent_id == name
    del ctx.account.destinations[ctx.group]["proxy_agent_id"]
    await ctx.call("connections.delete", source, confirm=True)
    await ctx.call("proxy_agents.delete", name)
    assert name not in await ctx.ids("proxy_agents.list")


@life(
    "hybrid_agents.list",
    "hybrid_agents.create",
    "hybrid_agents.get",
    "hybrid_agents.re_auth",
    "hybrid_agents.reset_credentials",
    "hybrid_agents.delete",
)
async def hybrid_agent(ctx: Context) -> None:
    """Lead the life of a hybrid deployment agent, with both ways to authenticate."""
    where = ctx.account.add_group()["id"]
    made = await ctx.call(
        "hybrid_agents.create",
        display_name="first",
        env_type="KUBERNETES",
        accept_terms=True,
        group_id=where,
        auth_type="MANUAL",
    )
    await ctx.call("hybrid_agents.create", display_name="second", env_type="PODMAN", accept_terms=True)
    ctx.account.add_connection(where, hybrid_deployment_agent_id=made.id)
    assert await ctx.ids("hybrid_agents.list", group_id=where) == [made.id]
    await ctx.call("hybrid_agents.list", page_size=1)
    assert (await ctx.call("hybrid_agents.get", made.id)).display_name == "first"
    assert (await ctx.call("hybrid_agents.re_auth", made.id, auth_type="AUTO", confirm=True)).token
    assert (await ctx.call("hybrid_agents.re_auth", made.id, auth_type="MANUAL", confirm=True)).files.config_json
    await ctx.call("hybrid_agents.reset_credentials", made.id, confirm=True)
    await ctx.call("hybrid_agents.delete", made.id)
    assert made.id not in await ctx.ids("hybrid_agents.list")


@life(
    "private_links.list",
    "private_links.create",
    "private_links.get",
    "private_links.update",
    "private_links.delete",
)
async def private_link(ctx: Context) -> None:
    """Lead the life of a private link, made and ready."""
    made = await ctx.call(
        "private_links.create",
        name="azure",
        region="AZURE_WESTEUROPE",
        service="SOURCE_AZURE",
        config={"connection_service_id": "/subscriptions/1", "sub_resource_name": "sqlServer"},
    )
    assert made.id in await ctx.ids("private_links.list", page_size=1)
    ctx.box.clock.advance(86_400)
    assert (await ctx.call("private_links.get", made.id)).name == "azure"
    changed = await ctx.call("private_links.update", made.id, config={"sub_resource_name": "other"})
    assert changed.config["sub_resource_name"] == "other"
    await ctx.call("private_links.delete", made.id)
    assert made.id not in await ctx.ids("private_links.list")


@life(
    "external_secrets_managers.list",
    "external_secrets_managers.create",
    "external_secrets_managers.get",
    "external_secrets_managers.update",
    "external_secrets_managers.delete",
    "external_secrets_managers.entities",
    "external_secrets_managers.list_entities",
)
async def external_secrets_manager(ctx: Context) -> None:
    """Lead the life of an external secrets manager, in use and not."""
    made = await ctx.call(
        "external_secrets_managers.create",
        type="AWS_SECRET_MANAGER",
        name="aws",
        config={"role_arn": "arn:aws:iam::1:role/x"},
        is_hybrid_deployment=True,
    )
    assert made.id in await ctx.ids("external_secrets_managers.list", page_size=1)
    source = ctx.account.add_connection(ctx.group, external_secrets_manager_id=made.id)["id"]
    ctx.account.destinations[ctx.group]["external_secrets_manager_id"] = made.id
    assert set(await ctx.ids("external_secrets_managers.entities", made.id)) == {source, ctx.group}
    assert await ctx.ids("external_secrets_managers.entities", made.id, type="SOURCE") == [source]
    assert await ctx.ids("external_secrets_managers.list_entities", esm_id=made.id, type="DESTINATION") == [ctx.group]
    assert source in await ctx.ids("external_secrets_managers.list_entities")
    changed = await ctx.call("external_secrets_managers.update", made.id, config={"role_arn": "arn:aws:iam::1:role/y"})
    assert changed.config == (await ctx.call("external_secrets_managers.get", made.id)).config
    del ctx.account.destinations[ctx.group]["external_secrets_manager_id"]
    await ctx.call("connections.delete", source, confirm=True)
    await ctx.call("external_secrets_managers.delete", made.id)
    assert made.id not in await ctx.ids("external_secrets_managers.list")


@life("hvr.register_hub")
async def hub(ctx: Context) -> None:
    """Register a hub."""
    given = {"fingerprint": "AB:CD", "port": 4340, "hub_server_url": "https://hub.example.com:4340"}
    assert (await ctx.call("hvr.register_hub", **given)).registration_id
