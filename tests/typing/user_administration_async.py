"""A user's file in the asyncio colour: what manages an account, each method with the types that a checker must see."""

# A call that returns nothing is asserted like the others.
# mypy: disable-error-code="func-returns-value"
# What is marked as an error has to be one for the other checker too.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from typing import assert_type

from fivetran_async import (
    UNSET,
    AccessLevel,
    AccountInfo,
    Connection,
    ConnectorType,
    ExpirationPeriod,
    ExternalSecretsEntity,
    ExternalSecretsManager,
    Fivetran,
    Group,
    GroupPublicKey,
    GroupServiceAccount,
    HvrHubRegistration,
    HybridAgent,
    HybridAgentAuthType,
    HybridAgentCredentials,
    HybridAgentDeploymentType,
    LogService,
    LogServiceTests,
    Membership,
    Pager,
    PrivateLink,
    PrivateLinkService,
    ProxyAgent,
    ProxyAgentConnection,
    ProxyAgentCredentials,
    Role,
    SecretsEntityType,
    SecretsManagerType,
    SystemKey,
    SystemKeyPermission,
    SystemKeyResourceFilter,
    SystemKeyResourceType,
    Team,
    TeamMembership,
    User,
    Webhook,
    WebhookEventType,
    WebhookTest,
)


async def account(ft: Fivetran) -> None:
    """Use what is about the account as a whole."""
    assert_type(await ft.account.info(), AccountInfo)
    assert_type(await ft.hvr.register_hub(fingerprint="f", port=4340, hub_server_url="https://h"), HvrHubRegistration)
    assert_type(ft.public.connector_types(), Pager[ConnectorType])
    assert_type(ft.roles.list(page_size=10, cursor="c"), Pager[Role])


async def secrets_managers(ft: Fivetran) -> None:
    """Use external secrets managers."""
    assert_type(ft.external_secrets_managers.list(page_size=10, cursor="c"), Pager[ExternalSecretsManager])
    assert_type(await ft.external_secrets_managers.get("m"), ExternalSecretsManager)
    assert_type(
        await ft.external_secrets_managers.create(
            type=SecretsManagerType.AWS_SECRET_MANAGER,
            name="vault",
            config={"role_arn": "arn:aws:iam::1:role/r"},
            is_hybrid_deployment=False,
            allow_masked=False,
        ),
        ExternalSecretsManager,
    )
    assert_type(
        await ft.external_secrets_managers.update("m", config={"region": "eu-west-1"}, allow_masked=True),
        ExternalSecretsManager,
    )
    assert_type(await ft.external_secrets_managers.delete("m"), None)
    assert_type(ft.external_secrets_managers.entities("m", type=SecretsEntityType.SOURCE), Pager[ExternalSecretsEntity])
    assert_type(
        ft.external_secrets_managers.list_entities(esm_id="m", type="DESTINATION"), Pager[ExternalSecretsEntity]
    )


async def groups(ft: Fivetran) -> None:
    """Use groups and their users."""
    assert_type(ft.groups.list(page_size=10, cursor="c"), Pager[Group])
    assert_type(await ft.groups.get("g"), Group)
    assert_type(await ft.groups.create(name="analytics"), Group)
    assert_type(await ft.groups.update("g", name="finance"), Group)
    assert_type(await ft.groups.delete("g", confirm=True), None)
    assert_type(await ft.groups.find(name="finance"), Group)
    assert_type(await ft.groups.public_key("g"), GroupPublicKey)
    assert_type(await ft.groups.service_account("g"), GroupServiceAccount)
    assert_type(ft.groups.connections("g", schema="shop", page_size=10, cursor="c"), Pager[Connection])
    assert_type(ft.groups.users.list("g", active=True, page_size=10, cursor="c"), Pager[User])
    assert_type(await ft.groups.users.add("g", email="ada@example.com", role="Destination Analyst"), None)
    assert_type(await ft.groups.users.delete("g", "u"), None)


async def hybrid_agents(ft: Fivetran) -> None:
    """Use hybrid deployment agents."""
    assert_type(ft.hybrid_agents.list(group_id="g", page_size=10, cursor="c"), Pager[HybridAgent])
    assert_type(await ft.hybrid_agents.get("a"), HybridAgent)
    assert_type(
        await ft.hybrid_agents.create(
            display_name="office",
            env_type=HybridAgentDeploymentType.DOCKER,
            accept_terms=True,
            group_id="g",
            auth_type=HybridAgentAuthType.AUTO,
        ),
        HybridAgentCredentials,
    )
    assert_type(await ft.hybrid_agents.delete("a"), None)
    assert_type(
        await ft.hybrid_agents.re_auth("a", auth_type=HybridAgentAuthType.MANUAL, confirm=True), HybridAgentCredentials
    )
    assert_type(await ft.hybrid_agents.reset_credentials("a", confirm=True), None)


async def log_services(ft: Fivetran) -> None:
    """Use the log services of groups, and that of the account."""
    config = {"log_group_name": "fivetran", "region": "eu-west-1"}
    assert_type(ft.log_services.list(page_size=10, cursor="c"), Pager[LogService])
    assert_type(await ft.log_services.get("l"), LogService)
    assert_type(
        await ft.log_services.create(
            group_id="g",
            service="cloudwatch",
            config=config,
            enabled=True,
            run_setup_tests=True,
            allow_masked=False,
        ),
        LogService,
    )
    assert_type(
        await ft.log_services.update("l", config=config, enabled=False, run_setup_tests=False, allow_masked=True),
        LogService,
    )
    assert_type(await ft.log_services.delete("l"), None)
    assert_type(await ft.log_services.test("l"), LogServiceTests)
    assert_type(await ft.log_services.get_account(), LogService)
    assert_type(
        await ft.log_services.create_account(
            service="splunkLog", config=config, enabled=True, run_setup_tests=True, allow_masked=False
        ),
        LogService,
    )
    assert_type(
        await ft.log_services.update_account(config=config, enabled=False, run_setup_tests=False, allow_masked=True),
        LogService,
    )
    assert_type(await ft.log_services.delete_account(), None)
    assert_type(await ft.log_services.test_account(), LogServiceTests)


async def private_links(ft: Fivetran) -> None:
    """Use private links."""
    assert_type(ft.private_links.list(page_size=10, cursor="c"), Pager[PrivateLink])
    assert_type(await ft.private_links.get("l"), PrivateLink)
    assert_type(
        await ft.private_links.create(
            name="warehouse",
            region="AWS_US_EAST_1",
            service=PrivateLinkService.SNOWFLAKE_AWS,
            config={"connection_service_name": "com.amazonaws.vpce.us-east-1.vpce-svc-1"},
            allow_masked=False,
        ),
        PrivateLink,
    )
    assert_type(await ft.private_links.update("l", config={"sub_resource": "s"}, allow_masked=True), PrivateLink)
    assert_type(await ft.private_links.delete("l"), None)


async def proxy_agents(ft: Fivetran) -> None:
    """Use proxy agents."""
    assert_type(ft.proxy_agents.list(page_size=10, cursor="c"), Pager[ProxyAgent])
    assert_type(await ft.proxy_agents.get("a"), ProxyAgent)
    assert_type(await ft.proxy_agents.create(display_name="office", group_region="GCP_US_EAST4"), ProxyAgentCredentials)
    assert_type(await ft.proxy_agents.delete("a"), None)
    assert_type(ft.proxy_agents.connections("a", page_size=10, cursor="c"), Pager[ProxyAgentConnection])
    assert_type(await ft.proxy_agents.regenerate_secrets("a", confirm=True), ProxyAgentCredentials)


async def system_keys(ft: Fivetran) -> None:
    """Use system keys; permissions may be models, mappings, or both."""
    reading = SystemKeyPermission(
        resource_type=SystemKeyResourceType.CONNECTOR,
        access_level=AccessLevel.READ,
        resource_filter=SystemKeyResourceFilter(group_ids=("g",)),
    )
    models = [reading, SystemKeyPermission(resource_type="A_TYPE_OF_TOMORROW", access_level="MANAGE")]
    mappings = [{"resource_type": "WEBHOOK", "access_level": "MANAGE"}]
    period = ExpirationPeriod.ONE_MONTH
    assert_type(ft.system_keys.list(page_size=10, cursor="c"), Pager[SystemKey])
    assert_type(await ft.system_keys.get("k"), SystemKey)
    assert_type(await ft.system_keys.create(name="ci", permissions=models, expiration_period=period), SystemKey)
    assert_type(await ft.system_keys.create(name="ci", permissions=mappings), SystemKey)
    assert_type(await ft.system_keys.create(name="ci", permissions=[reading, *mappings]), SystemKey)
    assert_type(await ft.system_keys.update("k", name="deploy", permissions=(reading,)), SystemKey)
    assert_type(await ft.system_keys.delete("k"), None)
    assert_type(await ft.system_keys.rotate("k", expiration_period="INFINITE", confirm=True), SystemKey)


async def teams(ft: Fivetran) -> None:
    """Use teams, their users and what they have a role in."""
    assert_type(ft.teams.list(page_size=10, cursor="c"), Pager[Team])
    assert_type(await ft.teams.get("t"), Team)
    assert_type(await ft.teams.create(name="data", description="d", role="Account Reviewer"), Team)
    assert_type(await ft.teams.update("t", name="data", description=None, role="Account Reviewer"), Team)
    assert_type(await ft.teams.delete("t", confirm=True), None)
    assert_type(await ft.teams.delete_role("t"), None)
    assert_type(ft.teams.users.list("t", active=False, page_size=10, cursor="c"), Pager[TeamMembership])
    assert_type(await ft.teams.users.add("t", "u", role="Team Member"), TeamMembership)
    assert_type(await ft.teams.users.get("t", "u"), TeamMembership)
    assert_type(await ft.teams.users.update("t", "u", role="Team Manager"), TeamMembership)
    assert_type(await ft.teams.users.delete("t", "u"), None)
    assert_type(ft.teams.groups.list("t", page_size=10, cursor="c"), Pager[Membership])
    assert_type(await ft.teams.groups.add("t", "g", role="Destination Analyst"), Membership)
    assert_type(await ft.teams.groups.get("t", "g"), Membership)
    assert_type(await ft.teams.groups.update("t", "g", role="Destination Analyst"), Membership)
    assert_type(await ft.teams.groups.delete("t", "g"), None)
    assert_type(ft.teams.connections.list("t", page_size=10, cursor="c"), Pager[Membership])
    assert_type(await ft.teams.connections.add("t", "c", role="Connector Administrator"), Membership)
    assert_type(await ft.teams.connections.get("t", "c"), Membership)
    assert_type(await ft.teams.connections.update("t", "c", role="Connector Reviewer"), Membership)
    assert_type(await ft.teams.connections.delete("t", "c"), None)


async def users(ft: Fivetran) -> None:
    """Use users and what they have a role in."""
    assert_type(ft.users.list(active=True, page_size=10, cursor="c"), Pager[User])
    assert_type(await ft.users.get("u"), User)
    assert_type(
        await ft.users.create(
            email="ada@example.com",
            given_name="Ada",
            family_name="Lovelace",
            phone="+44 1",
            picture=UNSET,
            role="Account Reviewer",
        ),
        User,
    )
    assert_type(
        await ft.users.update("u", given_name="A", family_name="L", phone=None, picture=None, role="Account Reviewer"),
        User,
    )
    assert_type(await ft.users.delete("u", confirm=True), None)
    assert_type(await ft.users.delete_role("u"), None)
    assert_type(ft.users.groups.list("u", page_size=10, cursor="c"), Pager[Membership])
    assert_type(await ft.users.groups.add("u", "g", role="Destination Analyst"), Membership)
    assert_type(await ft.users.groups.get("u", "g"), Membership)
    assert_type(await ft.users.groups.update("u", "g", role="Destination Analyst"), None)
    assert_type(await ft.users.groups.delete("u", "g"), None)
    assert_type(ft.users.connections.list("u", page_size=10, cursor="c"), Pager[Membership])
    assert_type(await ft.users.connections.add("u", "c", role="Connector Administrator"), Membership)
    assert_type(await ft.users.connections.get("u", "c"), Membership)
    assert_type(await ft.users.connections.update("u", "c", role="Connector Reviewer"), Membership)
    assert_type(await ft.users.connections.delete("u", "c"), None)


async def webhooks(ft: Fivetran, known: Webhook) -> None:
    """Use webhooks; events may be members, texts, or what another webhook has."""
    url = "https://example.com/fivetran"
    events = [WebhookEventType.SYNC_START, WebhookEventType.SYNC_END]
    assert_type(ft.webhooks.list(page_size=10, cursor="c"), Pager[Webhook])
    assert_type(await ft.webhooks.get("w"), Webhook)
    assert_type(
        await ft.webhooks.create_account(url=url, events=events, active=False, secret="s", allow_masked=False), Webhook
    )
    assert_type(
        await ft.webhooks.create_group("g", url=url, events=["sync_end"], active=True, secret="s", allow_masked=False),
        Webhook,
    )
    assert_type(
        await ft.webhooks.update("w", url=url, events=known.events, active=True, secret=None, allow_masked=True),
        Webhook,
    )
    assert_type(await ft.webhooks.delete("w"), None)
    assert_type(await ft.webhooks.test("w", event=WebhookEventType.SYNC_END), WebhookTest)


async def mistakes(ft: Fivetran) -> None:
    """Make mistakes that both checkers have to find."""
    await ft.users.create(email="ada@example.com")  # type: ignore[call-arg]
    await ft.users.update("u", given_name=None)  # type: ignore[arg-type]
    await ft.groups.create("analytics")  # type: ignore[call-arg]
    await ft.hvr.register_hub(fingerprint="f", port="4340", hub_server_url="https://h")  # type: ignore[arg-type]
    await ft.system_keys.create(name="ci", permissions=["READ"])  # type: ignore[list-item]
    await ft.webhooks.create_account(url="https://example.com", events=[1])  # type: ignore[list-item]
