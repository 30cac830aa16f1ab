"""The life of an account without an event loop; what it does is told in account_life.py. Needs no account."""

from fivetran_async.sandbox import Sandbox
from fivetran_sync import ConflictError, Fivetran

SCHEMA = "shop"


def connect(ft: Fivetran) -> tuple[str, str]:
    """Make a group with a destination and a connection; return the ids of the group and the connection."""
    group = ft.groups.create(name="analytics")
    destination = ft.destinations.create(
        group_id=group.id,
        service="snowflake",
        time_zone_offset="+1",
        config={"host": "example.snowflakecomputing.com", "database": "ANALYTICS", "user": "FT", "password": "pw"},
    )
    print(f"destination {destination.id}: {destination.setup_status}")
    connection = ft.connections.create(
        group_id=group.id,
        service="postgres",
        config={"schema_prefix": SCHEMA, "host": "db.example.com", "port": 5432, "user": "ft", "password": "pw"},
        paused=True,
        run_setup_tests=False,
    )
    ft.connections.certificates.approve(connection.id, hash="c2hvcA==", encoded_cert="MIIBshop")
    tested = ft.connections.test(connection.id, trust_fingerprints=True)
    for test in tested.setup_tests:
        print(f"  {test.title}: {test.status}")
    found = ft.connections.find(schema=SCHEMA, group="analytics")
    certificates = ft.connections.certificates.list(found.id).collect()
    print(f"connection {found.id}: {len(certificates)} certificate approved")
    return group.id, found.id


def load(ft: Fivetran, box: Sandbox, connection_id: str) -> None:
    """Choose what is loaded, and load it."""
    config = ft.schemas.reload(connection_id)
    schema_name, schema = next(iter((config.schemas or {}).items()))
    table_name = next(name for name, table in (schema.tables or {}).items() if not table.is_locked)
    columns = (ft.schemas.columns(connection_id, schema_name, table_name)).columns or {}
    ft.schemas.update(
        connection_id,
        schemas={schema_name: {"enabled": True, "tables": {table_name: {"enabled": False}}}},
        schema_change_handling="ALLOW_COLUMNS",
    )
    print(f"{schema_name}.{table_name}, with {len(columns)} columns, is left out")
    ft.connections.set_sync_frequency(connection_id, 60, schedule_type="manual")
    ft.connections.resume(connection_id)
    ft.connections.sync(connection_id)
    while (status := ft.connections.sync_status(connection_id)).is_syncing:
        box.clock.advance(60)  # a service would wait here
    print(f"synced: {status.succeeded_at is not None}, paused: {status.is_paused}")


def share(ft: Fivetran, group_id: str, connection_id: str) -> tuple[str, str]:
    """Give a user and a team their roles; return their ids."""
    user = ft.users.create(email="ada@example.com", given_name="Ada", family_name="Lovelace")
    ft.users.groups.add(user.id, group_id, role="Destination Analyst")
    team = ft.teams.create(name="engines", role="Account Reviewer")
    ft.teams.users.add(team.id, user.id, role="Team Member")
    ft.teams.connections.add(team.id, connection_id, role="Connector Administrator")
    members = ft.groups.users.list(group_id).collect()
    print(f"the group has {len(members)} users, the team {len(ft.teams.users.list(team.id).collect())}")
    return user.id, team.id


def watch(ft: Fivetran, group_id: str) -> str:
    """Make a webhook; return its id."""
    webhook = ft.webhooks.create_group(
        group_id, url="https://hooks.example.com/fivetran", events=["sync_end"], active=False, secret="s3cret"
    )
    print(f"webhook {webhook.id}: group level {webhook.is_group_level}, secret {webhook.secret}")
    return webhook.id


def transform(ft: Fivetran, box: Sandbox, group_id: str) -> tuple[str, str]:
    """Run a transformation; return the ids of the project and the transformation."""
    project = ft.transformation_projects.create(
        group_id=group_id,
        type="DBT_CORE",
        project_config={
            "dbt_version": "1.9.0",
            "default_schema": "models",
            "git_remote_url": "git@github.com:example/models.git",
        },
    )
    transformation = ft.transformations.create(
        type="DBT_CORE",
        schedule={"schedule_type": "INTERVAL", "interval": 60},
        transformation_config={
            "project_id": project.id,
            "name": "nightly",
            "steps": [{"name": "build", "command": "dbt build"}],
        },
    )
    ft.transformations.run(transformation.id)
    while (now := ft.transformations.get(transformation.id)).status in ("NEW", "SCHEDULING", "RUNNING"):
        box.clock.advance(60)
    print(f"transformation {now.id}: {now.status}")
    return project.id, transformation.id


def main() -> None:
    """Walk through all of it, and leave nothing behind."""
    with Sandbox(seed=7, groups=0, connections=0) as box, box.sync_client() as ft:
        group_id, connection_id = connect(ft)
        load(ft, box, connection_id)
        user_id, team_id = share(ft, group_id, connection_id)
        webhook_id = watch(ft, group_id)
        project_id, transformation_id = transform(ft, box, group_id)

        try:
            ft.destinations.delete(group_id, confirm=True)
        except ConflictError as error:
            print(f"not yet: {error.message}")
        ft.transformations.delete(transformation_id)
        ft.transformation_projects.delete(project_id, confirm=True)
        ft.webhooks.delete(webhook_id)
        ft.teams.delete(team_id, confirm=True)
        ft.users.delete(user_id, confirm=True)
        ft.connections.delete(connection_id, confirm=True)
        ft.destinations.delete(group_id, confirm=True)
        ft.groups.delete(group_id, confirm=True)
        lists = (ft.groups, ft.destinations, ft.connections, ft.teams, ft.webhooks, ft.transformations)
        left = [item for kind in lists for item in kind.list().collect()]
        print(f"{len(left)} things are left; {box.calls} calls were made")


if __name__ == "__main__":
    main()
