"""A user's file in the asyncio colour: what moves data, each method with the types that a checker must see."""

# A call that returns nothing is asserted like the others.
# mypy: disable-error-code="func-returns-value"
# What is marked as an error has to be one for the other checker too.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import AsyncIterable, Iterable
from pathlib import Path
from typing import TypedDict, assert_type

from fivetran_async import (
    UNSET,
    Certificate,
    ConnectCardConfig,
    ConnectCardDetails,
    Connection,
    ConnectionState,
    ConnectorPackage,
    ConnectorType,
    DataDelaySensitivity,
    DayOfWeek,
    Destination,
    DestinationConfiguration,
    DestinationSchemaNames,
    ExcludeMode,
    Fingerprint,
    Fivetran,
    Group,
    NetworkingMethod,
    Pager,
    ScheduleType,
    SchemaChangeHandling,
    SchemaConfig,
    SchemaStatus,
    SyncMode,
    SyncStatus,
    TableColumns,
    Transformation,
    TransformationConfig,
    TransformationPackage,
    TransformationProject,
    TransformationProjectConfig,
    TransformationProjectType,
    TransformationSchedule,
    TransformationScheduleType,
    TransformationStep,
    TransformationType,
)


class PostgresConfig(TypedDict):
    """The settings of a service, as a user types them."""

    schema_prefix: str
    host: str
    port: int


async def certificates(ft: Fivetran) -> None:
    """Trust certificates and fingerprints."""
    assert_type(await ft.certificates.approve(hash="h", encoded_cert="MIIB", connection_id="c"), None)
    assert_type(await ft.certificates.approve(hash="h", encoded_cert="MIIB", destination_id="d"), None)
    assert_type(ft.connections.certificates.list("c", page_size=10, cursor="c"), Pager[Certificate])
    assert_type(await ft.connections.certificates.get("c", "h"), Certificate)
    assert_type(await ft.connections.certificates.approve("c", hash="h", encoded_cert="MIIB"), Certificate)
    assert_type(await ft.connections.certificates.revoke("c", "h"), None)
    assert_type(ft.connections.fingerprints.list("c", page_size=10, cursor="c"), Pager[Fingerprint])
    assert_type(await ft.connections.fingerprints.get("c", "h"), Fingerprint)
    assert_type(await ft.connections.fingerprints.approve("c", hash="h", public_key="ssh-rsa A"), Fingerprint)
    assert_type(await ft.connections.fingerprints.revoke("c", "h"), None)
    assert_type(ft.destinations.certificates.list("d", page_size=10, cursor="c"), Pager[Certificate])
    assert_type(await ft.destinations.certificates.get("d", "h"), Certificate)
    assert_type(await ft.destinations.certificates.approve("d", hash="h", encoded_cert="MIIB"), Certificate)
    assert_type(await ft.destinations.certificates.revoke("d", "h"), None)
    assert_type(ft.destinations.fingerprints.list("d", page_size=10, cursor="c"), Pager[Fingerprint])
    assert_type(await ft.destinations.fingerprints.get("d", "h"), Fingerprint)
    assert_type(await ft.destinations.fingerprints.approve("d", hash="h", public_key="ssh-rsa A"), Fingerprint)
    assert_type(await ft.destinations.fingerprints.revoke("d", "h"), None)


async def connections(ft: Fivetran, config: PostgresConfig, group: Group) -> None:
    """Make, change, find and sync connections."""
    assert_type(ft.connections.list(group_id="g", schema="s", page_size=10, cursor="c"), Pager[Connection])
    assert_type(await ft.connections.get("c"), Connection)
    assert_type(
        await ft.connections.create(
            group_id="g",
            service="postgres",
            config=config,
            auth={"client_access": {"client_id": "i"}},
            paused=True,
            pause_after_trial=False,
            sync_frequency=1440,
            daily_sync_time="03:00",
            schedule_type=ScheduleType.AUTO,
            data_delay_sensitivity=DataDelaySensitivity.CUSTOM,
            data_delay_threshold=30,
            run_setup_tests=True,
            trust_certificates=True,
            trust_fingerprints=True,
            connect_card_config=ConnectCardConfig(redirect_uri="https://example.com", all_fields=True),
            networking_method=NetworkingMethod.PRIVATE_LINK,
            private_link_id="l",
            proxy_agent_id=UNSET,
            hybrid_deployment_agent_id="a",
            destination_configuration={"virtual_warehouse": "w"},
            destination_schema_names=DestinationSchemaNames.FIVETRAN_NAMING,
            external_secrets_manager_id="m",
            external_secrets_keys_config={"password": "postgres/password"},
            allow_masked=False,
        ),
        Connection,
    )
    assert_type(
        await ft.connections.update(
            "c",
            config={"host": "db.example.com"},
            auth={},
            paused=False,
            pause_after_trial=True,
            sync_frequency=15,
            daily_sync_time=None,
            schedule_type="manual",
            data_delay_sensitivity="LOW",
            data_delay_threshold=None,
            schema_status=SchemaStatus.BLOCKED_ON_CAPTURE,
            is_historical_sync=True,
            run_setup_tests=False,
            trust_certificates=False,
            trust_fingerprints=False,
            networking_method="Directly",
            private_link_id=None,
            proxy_agent_id=None,
            hybrid_deployment_agent_id=None,
            destination_configuration=DestinationConfiguration(virtual_warehouse="w"),
            external_secrets_manager_id=None,
            external_secrets_keys_config=None,
            allow_masked=True,
            confirm=True,
        ),
        Connection,
    )
    assert_type(await ft.connections.delete("c", confirm=True), None)
    assert_type(await ft.connections.find(schema="shop"), Connection)
    assert_type(await ft.connections.find(schema="shop", group=group), Connection)
    assert_type(await ft.connections.find(schema="shop", group="analytics"), Connection)
    assert_type(await ft.connections.pause("c"), Connection)
    assert_type(await ft.connections.resume("c"), Connection)
    assert_type(
        await ft.connections.set_sync_frequency("c", 1440, schedule_type=ScheduleType.AUTO, daily_sync_time="00:00"),
        Connection,
    )
    assert_type(await ft.connections.sync("c", force=True), None)
    assert_type(await ft.connections.sync_status("c"), SyncStatus)
    assert_type(await ft.connections.resync("c", scope={"public": ["orders"]}, confirm=True), None)
    assert_type(await ft.connections.test("c", trust_certificates=True, trust_fingerprints=True), Connection)
    assert_type(await ft.connections.state("c"), ConnectionState)
    assert_type(await ft.connections.update_state("c", state={"cursor": 1}), ConnectionState)
    card = ConnectCardConfig(redirect_uri="https://example.com", hide_setup_guide=True)
    assert_type(await ft.connections.connect_card("c", connect_card_config=card), ConnectCardDetails)
    assert_type(
        await ft.connections.connect_card("c", connect_card_config={"redirect_uri": "https://example.com"}),
        ConnectCardDetails,
    )


async def connectors(ft: Fivetran, parts: AsyncIterable[bytes], chunks: Iterable[bytes]) -> None:
    """Use packages of custom connectors, and connector types."""
    assert_type(ft.connector_packages.list(page_size=10, cursor="c"), Pager[ConnectorPackage])
    assert_type(await ft.connector_packages.get("p"), ConnectorPackage)
    assert_type(await ft.connector_packages.create(file="code.zip"), ConnectorPackage)
    assert_type(await ft.connector_packages.create(file=Path("code.zip")), ConnectorPackage)
    assert_type(await ft.connector_packages.create(file=b"PK"), ConnectorPackage)
    assert_type(await ft.connector_packages.update("p", file=parts), ConnectorPackage)
    assert_type(await ft.connector_packages.update("p", file=chunks), ConnectorPackage)
    assert_type(await ft.connector_packages.delete("p", confirm=True), None)
    assert_type(await ft.connector_packages.download("p", "code.zip"), Path)
    assert_type(await ft.connector_packages.download("p", Path("code.zip"), sha256="ab"), Path)
    assert_type(ft.connector_types.list(page_size=10, cursor="c"), Pager[ConnectorType])
    kind = await ft.connector_types.get("postgres")
    assert_type(await ft.connector_types.get("postgres"), ConnectorType)
    assert_type(await ft.connector_types.validate_config(kind, {"port": 5432}, auth={}, partial=True), None)
    assert_type(await ft.connector_types.validate_config("postgres", {"port": 5432}), None)


async def destinations(ft: Fivetran) -> None:
    """Make and change destinations."""
    assert_type(ft.destinations.list(page_size=10, cursor="c"), Pager[Destination])
    assert_type(await ft.destinations.get("d"), Destination)
    assert_type(
        await ft.destinations.create(
            group_id="g",
            service="snowflake",
            time_zone_offset="+1",
            region="GCP_US_EAST4",
            config={"host": "h", "port": 443},
            daylight_saving_time_enabled=True,
            run_setup_tests=False,
            trust_certificates=True,
            trust_fingerprints=True,
            networking_method=NetworkingMethod.PROXY_AGENT,
            private_link_id="l",
            proxy_agent_id="a",
            hybrid_deployment_agent_id="a",
            external_secrets_manager_id="m",
            external_secrets_keys_config={"password": "snowflake/password"},
            allow_masked=False,
        ),
        Destination,
    )
    assert_type(
        await ft.destinations.update(
            "d",
            time_zone_offset="0",
            region="AWS_EU_WEST_1",
            config={"port": 444},
            daylight_saving_time_enabled=False,
            run_setup_tests=True,
            trust_certificates=False,
            trust_fingerprints=False,
            networking_method="Directly",
            private_link_id=None,
            proxy_agent_id=None,
            hybrid_deployment_agent_id=None,
            external_secrets_manager_id=None,
            external_secrets_keys_config=None,
            allow_masked=True,
        ),
        Destination,
    )
    assert_type(await ft.destinations.delete("d", confirm=True), None)
    assert_type(await ft.destinations.test("d", trust_certificates=True, trust_fingerprints=True), Destination)


async def schemas(ft: Fivetran) -> None:
    """Configure schemas, tables and columns."""
    orders = {"enabled": True, "sync_mode": SyncMode.HISTORY, "columns": {"email": {"enabled": True, "hashed": True}}}
    config = {"public": {"enabled": True, "tables": {"orders": orders}}}
    handling = SchemaChangeHandling.ALLOW_COLUMNS
    assert_type(await ft.schemas.get("c"), SchemaConfig)
    assert_type(await ft.schemas.create("c", schemas=config, schema_change_handling=handling), SchemaConfig)
    assert_type(await ft.schemas.update("c", schemas=config, is_type_locked=True), SchemaConfig)
    assert_type(await ft.schemas.update("c", schema_change_handling="BLOCK_ALL"), SchemaConfig)
    assert_type(await ft.schemas.update_schema("c", "public", enabled=True, tables={"orders": orders}), SchemaConfig)
    assert_type(
        await ft.schemas.update_table(
            "c", "public", "orders", enabled=True, columns={"email": {"enabled": False}}, sync_mode=SyncMode.LIVE
        ),
        SchemaConfig,
    )
    assert_type(
        await ft.schemas.update_column("c", "public", "orders", "id", enabled=True, hashed=False, is_primary_key=True),
        SchemaConfig,
    )
    assert_type(await ft.schemas.reload("c", exclude_mode=ExcludeMode.PRESERVE), SchemaConfig)
    assert_type(await ft.schemas.columns("c", "public", "orders"), TableColumns)
    assert_type(await ft.schemas.resync_tables("c", tables={"public": ("orders", "items")}, confirm=True), None)
    dropped = {"public": {"tables": {"orders": {"columns": ["email"]}}}}
    assert_type(await ft.schemas.drop_columns("c", schemas=dropped, confirm=True), None)
    assert_type(await ft.schemas.delete_column("c", "public", "orders", "email", confirm=True), None)


async def transformation_projects(ft: Fivetran) -> None:
    """Use dbt projects of one's own."""
    config = TransformationProjectConfig(
        dbt_version="1.8.5",
        default_schema="models",
        git_remote_url="git@example.com:shop/models.git",
        threads=4,
        environment_vars=("DBT_LEVEL=full",),
    )
    assert_type(ft.transformation_projects.list(page_size=10, cursor="c"), Pager[TransformationProject])
    assert_type(await ft.transformation_projects.get("p"), TransformationProject)
    assert_type(
        await ft.transformation_projects.create(
            group_id="g",
            type=TransformationProjectType.DBT_CORE,
            project_config=config,
            run_tests=False,
            allow_masked=False,
        ),
        TransformationProject,
    )
    assert_type(
        await ft.transformation_projects.create(group_id="g", type="DBT_CORE", project_config=config.to_dict()),
        TransformationProject,
    )
    assert_type(
        await ft.transformation_projects.update(
            "p", project_config={"git_branch": "main"}, run_tests=True, allow_masked=True
        ),
        TransformationProject,
    )
    assert_type(await ft.transformation_projects.update("p", project_config=config), TransformationProject)
    assert_type(await ft.transformation_projects.delete("p", confirm=True), None)
    assert_type(await ft.transformation_projects.test("p"), TransformationProject)


async def transformations(ft: Fivetran) -> None:
    """Use transformations and ready-made packages."""
    steps = (TransformationStep(name="all", command="dbt run"),)
    config = TransformationConfig(project_id="p", name="nightly", steps=steps)
    schedule = TransformationSchedule(
        schedule_type=TransformationScheduleType.TIME_OF_DAY,
        time_of_day="03:30",
        days_of_week=(DayOfWeek.MONDAY, "FRIDAY"),
    )
    assert_type(
        ft.transformations.list(
            group_id="g", project_id="p", type=TransformationType.QUICKSTART, page_size=10, cursor="c"
        ),
        Pager[Transformation],
    )
    assert_type(await ft.transformations.get("t"), Transformation)
    assert_type(
        await ft.transformations.create(
            type=TransformationType.DBT_CORE, transformation_config=config, schedule=schedule, paused=True
        ),
        Transformation,
    )
    assert_type(
        await ft.transformations.create(
            type="QUICKSTART",
            transformation_config={"package_name": "stripe", "connection_ids": ["c"]},
            schedule={"schedule_type": "INTERVAL", "interval": 60},
        ),
        Transformation,
    )
    assert_type(
        await ft.transformations.update("t", transformation_config=config, schedule=schedule, paused=False),
        Transformation,
    )
    assert_type(
        await ft.transformations.update(
            "t", transformation_config={"excluded_models": []}, schedule={"schedule_type": "INTEGRATED"}
        ),
        Transformation,
    )
    assert_type(await ft.transformations.delete("t"), None)
    assert_type(await ft.transformations.run("t", full_refresh=True), None)
    assert_type(await ft.transformations.cancel("t"), None)
    assert_type(await ft.transformations.upgrade("t"), None)
    assert_type(
        ft.transformations.list_package_metadata(service="stripe", name="stripe", page_size=10, cursor="c"),
        Pager[TransformationPackage],
    )
    assert_type(await ft.transformations.get_package_metadata("d"), TransformationPackage)


async def mistakes(ft: Fivetran) -> None:
    """Make mistakes that both checkers have to find."""
    await ft.connections.create(service="postgres")  # type: ignore[call-arg]
    await ft.connections.create(group_id="g", service="postgres", config=None)  # type: ignore[arg-type]
    await ft.connections.get(7)  # type: ignore[arg-type]
    await ft.connections.update("c", sync_frequency="360")  # type: ignore[arg-type]
    await ft.schemas.update_table("c", "public", "orders")  # type: ignore[call-arg]
    await ft.transformations.create(type="DBT_CORE", transformation_config="p")  # type: ignore[arg-type]
