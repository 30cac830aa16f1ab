"""Lives of transformations, packages, webhooks and log services, and what there is to know of connector types."""

from __future__ import annotations

import io
import zipfile
from email import message_from_bytes
from email.policy import HTTP
from typing import Any

from contract_lives import Context, life

from fivetran_async.sandbox.recording import RecordedRequest

# Nothing listens on this port of the loopback address.
NOBODY = "http://127.0.0.1:1/hook"
PROJECT: dict[str, Any] = {
    "dbt_version": "1.9.0",
    "default_schema": "analytics",
    "git_remote_url": "git@example.com:acme/dbt.git",
    "folder_path": "models",
    "git_branch": "main",
    "threads": 4,
    "target_name": "prod",
    "environment_vars": ["DBT_ENV=prod"],
}


@life(
    "transformation_projects.list",
    "transformation_projects.create",
    "transformation_projects.get",
    "transformation_projects.update",
    "transformation_projects.test",
    "transformation_projects.delete",
)
async def transformation_project(ctx: Context) -> None:
    """Lead the life of a transformation project, of one that can be read and one that cannot."""
    made = await ctx.call(
        "transformation_projects.create", group_id=ctx.group, type="DBT_CORE", project_config=PROJECT, run_tests=True
    )
    assert made.id in await ctx.ids("transformation_projects.list", page_size=1)
    broken = PROJECT | {"git_remote_url": "nowhere"}
    other = await ctx.call("transformation_projects.create", group_id=ctx.group, type="DBT_CORE", project_config=broken)
    await ctx.call("transformation_projects.test", other.id)
    changed = await ctx.call(
        "transformation_projects.update",
        made.id,
        project_config={"git_branch": "next", "threads": 8, "environment_vars": ["DBT_ENV=next"]},
        run_tests=False,
    )
    assert changed.project_config.git_branch == "next"
    assert (await ctx.call("transformation_projects.get", made.id)).project_config.threads == 8
    assert (await ctx.call("transformation_projects.test", made.id)).id == made.id
    await ctx.call("transformation_projects.delete", made.id, confirm=True)
    assert made.id not in await ctx.ids("transformation_projects.list")


@life(
    "transformations.list",
    "transformations.create",
    "transformations.get",
    "transformations.update",
    "transformations.run",
    "transformations.cancel",
    "transformations.delete",
)
async def transformation(ctx: Context) -> None:
    """Lead the life of a transformation of a project of one's own, through every kind of schedule."""
    project = await ctx.call(
        "transformation_projects.create", group_id=ctx.group, type="DBT_CORE", project_config=PROJECT
    )
    steps = [{"name": "build", "command": "dbt run --select orders"}, {"name": "test", "command": "dbt test"}]
    made = await ctx.call(
        "transformations.create",
        type="DBT_CORE",
        transformation_config={"project_id": project.id, "name": "nightly", "steps": steps},
        schedule={"schedule_type": "TIME_OF_DAY", "time_of_day": "03:00", "days_of_week": ["MONDAY", "SUNDAY"]},
        paused=False,
    )
    assert made.id in await ctx.ids("transformations.list", page_size=1)
    chosen = {"group_id": ctx.group, "project_id": project.id, "type": "DBT_CORE"}
    assert await ctx.ids("transformations.list", **chosen) == [made.id]
    source = ctx.account.add_connection(ctx.group)["id"]
    for schedule in (
        {"schedule_type": "INTERVAL", "interval": 60},
        {"schedule_type": "CRON", "cron": ["0 4 * * 1"]},
        {"schedule_type": "INTEGRATED", "connection_ids": [source], "transformation_ids": [], "smart_syncing": True},
    ):
        await ctx.call("transformations.update", made.id, schedule=schedule)
    changed = await ctx.call(
        "transformations.update", made.id, paused=True, transformation_config={"name": "weekly", "steps": steps[:1]}
    )
    assert changed.transformation_config.name == "weekly"
    await ctx.call("transformations.run", made.id, full_refresh=True)
    await ctx.call("transformations.get", made.id)
    await ctx.call("transformations.cancel", made.id)
    await ctx.call("transformations.run", made.id)
    ctx.box.clock.advance(86_400)
    assert (await ctx.call("transformations.get", made.id)).last_ended_at
    await ctx.call("transformations.delete", made.id)
    assert made.id not in await ctx.ids("transformations.list")


@life(
    "transformations.list_package_metadata",
    "transformations.get_package_metadata",
    "transformations.upgrade",
)
async def quickstart(ctx: Context) -> None:
    """Lead the life of a transformation of a ready-made package."""
    every = await ctx.call("transformations.list_package_metadata", page_size=10)
    (package,) = await ctx.call("transformations.list_package_metadata", service="jira", name="fivetran/jira")
    assert package.id in [one.id for one in every]
    assert (await ctx.call("transformations.get_package_metadata", package.id)).name == package.name
    source = ctx.account.add_connection(ctx.group, "jira")["id"]
    made = await ctx.call(
        "transformations.create",
        type="QUICKSTART",
        transformation_config={
            "package_name": package.name,
            "connection_ids": [source],
            "excluded_models": ["jira__project_enhanced"],
            "configurable_variables": {"jira_using_sprints": False},
        },
    )
    wanted: dict[str, Any] = {"excluded_models": [], "configurable_variables": {"jira_using_sprints": True}}
    await ctx.call("transformations.update", made.id, transformation_config=wanted)
    await ctx.call("transformations.upgrade", made.id)
    assert (await ctx.call("transformations.get", made.id)).transformation_config.connection_ids == (source,)


def archive(text: str) -> bytes:
    """Return a zip archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr(zipfile.ZipInfo("connector.py"), text)
    return content.getvalue()


def form(request: RecordedRequest) -> bytes:
    """Return the content of the one part of a form, which is the file."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    (part,) = message_from_bytes(head + request.body, policy=HTTP).iter_parts()
    assert part.get_param("name", header="content-disposition") == "file"
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


@life(
    "connector_packages.list",
    "connector_packages.create",
    "connector_packages.get",
    "connector_packages.update",
    "connector_packages.download",
    "connector_packages.delete",
)
async def connector_package(ctx: Context) -> None:
    """Lead the life of a package, in use and not."""
    made = await ctx.call("connector_packages.create", file=archive("a = 1"))
    assert made.id in await ctx.ids("connector_packages.list", page_size=1)
    path = ctx.folder / "code.zip"
    path.write_bytes(archive("b = 2"))
    await ctx.call("connector_packages.update", made.id, file=path)
    assert [form(request) for request in ctx.box.requests if request.body] == [archive("a = 1"), path.read_bytes()]
    fetched = await ctx.call("connector_packages.download", made.id, ctx.folder / "fetched.zip")
    assert fetched.read_bytes() == path.read_bytes()
    config = {"schema": "own", "package_id": made.id, "secrets_list": [{"key": "k", "value": "hidden"}]}
    source = await ctx.call("connections.create", group_id=ctx.group, service="connector_sdk", config=config)
    assert (await ctx.call("connector_packages.get", made.id)).connection_id == source.id
    await ctx.call("connections.delete", source.id, confirm=True)
    await ctx.call("connector_packages.delete", made.id, confirm=True)
    assert made.id not in await ctx.ids("connector_packages.list")


@life(
    "webhooks.list",
    "webhooks.create_account",
    "webhooks.create_group",
    "webhooks.get",
    "webhooks.update",
    "webhooks.test",
    "webhooks.delete",
)
async def webhook(ctx: Context) -> None:
    """Lead the life of a webhook, with a secret and without."""
    events = ["sync_start", "sync_end", "status"]
    given = {"url": "https://example.com/hook", "events": events, "active": False}
    made = await ctx.call("webhooks.create_account", secret="hidden", **given)
    other = await ctx.call("webhooks.create_group", ctx.group, secret="hidden", **given)
    await ctx.call("webhooks.create_group", ctx.group, **given)
    assert {made.id, other.id} <= set(await ctx.ids("webhooks.list", page_size=1))
    changed = {"url": NOBODY, "events": ["sync_end"], "active": False, "secret": "other"}
    assert (await ctx.call("webhooks.update", made.id, **changed)).url == NOBODY
    assert (await ctx.call("webhooks.get", made.id)).url == NOBODY
    assert not (await ctx.call("webhooks.test", made.id, event="sync_end")).succeed
    await ctx.call("webhooks.delete", made.id)
    assert made.id not in await ctx.ids("webhooks.list")


@life(*(f"log_services.{verb}" for verb in ("list", "create", "get", "update", "test", "delete")))
async def log_service(ctx: Context) -> None:
    """Lead the life of a group's log service, tested and not."""
    where = ctx.account.add_group()["id"]
    config = {"workspace_id": "w", "primary_key": "hidden"}
    made = await ctx.call(
        "log_services.create",
        group_id=where,
        service="azure_monitor_log",
        config=config,
        enabled=True,
        run_setup_tests=True,
    )
    await ctx.call("log_services.create", group_id=ctx.account.add_group()["id"], service="cloudwatch")
    assert made.id in await ctx.ids("log_services.list", page_size=1)
    await ctx.call("log_services.update", made.id, config={"workspace_id": "v"}, enabled=False, run_setup_tests=True)
    assert (await ctx.call("log_services.get", made.id)).config["workspace_id"] == "v"
    await ctx.call("log_services.test", made.id)
    await ctx.call("log_services.delete", made.id)
    assert made.id not in await ctx.ids("log_services.list")


@life(*(f"log_services.{verb}_account" for verb in ("create", "get", "update", "test", "delete")))
async def log_service_of_the_account(ctx: Context) -> None:
    """Lead the life of the account's one log service."""
    ctx.account.things["log_services"].clear()
    config = {"site": "datadoghq.eu", "api_key": "hidden"}
    made = await ctx.call(
        "log_services.create_account", service="datadog_log", config=config, enabled=True, run_setup_tests=False
    )
    await ctx.call("log_services.update_account", config={"site": "other"}, enabled=False, run_setup_tests=True)
    found = await ctx.call("log_services.get_account")
    assert (found.id, found.config["site"]) == (made.id, "other")
    await ctx.call("log_services.test_account")
    await ctx.call("log_services.delete_account")
    assert not ctx.account.things["log_services"]


@life("connector_types.list", "connector_types.get", "public.connector_types")
async def connector_type(ctx: Context) -> None:
    """Read what there is to know of connector types."""
    every = {one.id for one in await ctx.call("connector_types.list", page_size=500)}
    assert {"postgres", "connector_sdk"} <= every
    for service in ("postgres", "google_ads", "s3", "google_sheets", "connector_sdk"):
        assert (await ctx.call("connector_types.get", service)).id == service
    assert every <= {one.id for one in await ctx.call("public.connector_types")}
