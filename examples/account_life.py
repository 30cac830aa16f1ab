"""The life of an account: make, connect, test, load, share, watch, transform, and take down again. Needs no account."""

import asyncio

from fivetran_async import ConflictError, Fivetran
from fivetran_async.sandbox import Sandbox

SCHEMA = "shop"


async def connect(ft: Fivetran) -> tuple[str, str]:
    """Make a group with a destination and a connection; return the ids of the group and the connection."""
    group = await ft.groups.create(name="analytics")
    destination = await ft.destinations.create(
        group_id=group.id,
        service="snowflake",
        time_zone_offset="+1",
        config={"host": "example.snowflakecomputing.com", "database": "ANALYTICS", "user": "FT", "password": "pw"},
    )
    print(f"destination {destination.id}: {destination.setup_status}")
    connection = await ft.connections.create(
        group_id=group.id,
        service="postgres",
        config={"schema_prefix": SCHEMA, "host": "db.example.com", "port": 5432, "user": "ft", "password": "pw"},
        paused=True,
        run_setup_tests=False,
    )
    await ft.connections.certificates.approve(connection.id, hash="c2hvcA==", encoded_cert="MIIBshop")
    tested = await ft.connections.test(connection.id, trust_fingerprints=True)
    for test in tested.setup_tests:
        print(f"  {test.title}: {test.status}")
    found = await ft.connections.find(schema=SCHEMA, group="analytics")
    certificates = await ft.connections.certificates.list(found.id).collect()
    print(f"connection {found.id}: {len(certificates)} certificate approved")
    return group.id, found.id


async def load(ft: Fivetran, box: Sandbox, connection_id: str) -> None:
    """Choose what is loaded, and load it."""
    config = await ft.schemas.reload(connection_id)
    schema_name, schema = next(iter((config.schemas or {}).items()))
    table_name = next(name for name, table in (schema.tables or {}).items() if not table.is_locked)
    columns = (await ft.schemas.columns(connection_id, schema_name, table_name)).columns or {}
    await ft.schemas.update(
        connection_id,
        schemas={schema_name: {"enabled": True, "tables": {table_name: {"enabled": False}}}},
        schema_change_handling="ALLOW_COLUMNS",
    )
    print(f"{schema_name}.{table_name}, with {len(columns)} columns, is left out")
    await ft.connections.set_sync_frequency(connection_id, 60, schedule_type="manual")
    await ft.connections.resume(connection_id)
    await ft.connections.sync(connection_id)
    while (status := await ft.connections.sync_status(connection_id)).is_syncing:
        box.clock.advance(60)  # a service would wait here
    print(f"synced: {status.succeeded_at is not None}, paused: {status.is_paused}")


async def share(ft: Fivetran, group_id: str, connection_id: str) -> tuple[str, str]:
    """Give a user and a team their roles; return their ids."""
    user = await ft.users.create(email="ada@example.com", given_name="Ada", family_name="Lovelace")
    await ft.users.groups.add(user.id, group_id, role="Destination Analyst")
    team = await ft.teams.create(name="engines", role="Account Reviewer")
    await ft.teams.users.add(team.id, user.id, role="Team Member")
    await ft.teams.connections.add(team.id, connection_id, role="Connector Administrator")
    members = await ft.groups.users.list(group_id).collect()
    print(f"the group has {len(members)} users, the team {len(await ft.teams.users.list(team.id).collect())}")
    return user.id, team.id


async def watch(ft: Fivetran, group_id: str) -> str:
    """Make a webhook; return its id."""
    webhook = await ft.webhooks.create_group(
        group_id, url="https://hooks.example.com/fivetran", events=["sync_end"], active=False, secret="s3cret"
    )
    print(f"webhook {webhook.id}: group level {webhook.is_group_level}, secret {webhook.secret}")
    return webhook.id


async def transform(ft: Fivetran, box: Sandbox, group_id: str) -> tuple[str, str]:
    """Run a transformation; return the ids of the project and the transformation."""
    project = await ft.transformation_projects.create(
        group_id=group_id,
        type="DBT_CORE",
        project_config={
            "dbt_version": "1.9.0",
            "default_schema": "models",
            "git_remote_url": "git@github.com:example/models.git",
        },
    )
    transformation = await ft.transformations.create(
        type="DBT_CORE",
        schedule={"schedule_type": "INTERVAL", "interval": 60},
        transformation_config={
            "project_id": project.id,
            "name": "nightly",
            "steps": [{"name": "build", "command": "dbt build"}],
        },
    )
    await ft.transformations.run(transformation.id)
    while (now := await ft.transformations.get(transformation.id)).status in ("NEW", "SCHEDULING", "RUNNING"):
        box.clock.advance(60)
    print(f"transformation {now.id}: {now.status}")
    return project.id, transformation.id


async def main() -> None:
    """Walk through all of it, and leave nothing behind."""
    async with Sandbox(seed=7, groups=0, connections=0) as box, box.client() as ft:
        group_id, connection_id = await connect(ft)
        await load(ft, box, connection_id)
        user_id, team_id = await share(ft, group_id, connection_id)
        webhook_id = await watch(ft, group_id)
        project_id, transformation_id = await transform(ft, box, group_id)

        try:
            await ft.destinations.delete(group_id, confirm=True)
        except ConflictError as error:
            print(f"not yet: {error.message}")
        await ft.transformations.delete(transformation_id)
        await ft.transformation_projects.delete(project_id, confirm=True)
        await ft.webhooks.delete(webhook_id)
        await ft.teams.delete(team_id, confirm=True)
        await ft.users.delete(user_id, confirm=True)
        await ft.connections.delete(connection_id, confirm=True)
        await ft.destinations.delete(group_id, confirm=True)
        await ft.groups.delete(group_id, confirm=True)
        lists = (ft.groups, ft.destinations, ft.connections, ft.teams, ft.webhooks, ft.transformations)
        left = [item for kind in lists for item in await kind.list().collect()]
        print(f"{len(left)} things are left; {box.calls} calls were made")


if __name__ == "__main__":
    asyncio.run(main())
