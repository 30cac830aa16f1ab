"""`fivetran-async connector deploy`: a connector as a connection of an account."""

from pathlib import Path
from typing import Any

import click

from fivetran_async.cli import output
from fivetran_async.cli.account import base_url_option, using
from fivetran_async.cli.app import Exit
from fivetran_async.cli.connector._shared import (
    allow_secrets_option,
    configuration_option,
    folder_argument,
    given_configuration,
    print_json,
)
from fivetran_async.client import Fivetran
from fivetran_async.connector_sdk.lifecycle import Deployment, deploy
from fivetran_async.models.connections import DestinationSchemaNames
from fivetran_async.types import UNSET


@click.command(
    name="deploy",
    short_help="Deploy a connector; what Fivetran has already is not uploaded.",
    epilog="""\b
    Examples:
      fivetran-async connector deploy shop --group Warehouse --name shop --dry-run
      fivetran-async connector deploy shop --group Warehouse --name shop --configuration prod.json --resume
      fivetran-async connector deploy shop --group Warehouse --name shop --sandbox

    Credentials come from FIVETRAN_API_KEY and FIVETRAN_API_SECRET.

    Exit status: 0 deployed, or could be, 2 usage, credentials or a name of which there is nothing, 3 not done, such
    as when setup tests fail.""",
)
@folder_argument
@click.option("--group", required=True, help="The group, by its id or its name.")
@click.option("--name", "connection", required=True, help="The connection's name, which is its schema.")
@configuration_option
@click.option("--keep-configuration", is_flag=True, help="Send no settings: those that the connection has stay.")
@click.option("--python-version", metavar="3.X", help="The Python that it runs on. [default: Fivetran's, or as it is]")
@click.option(
    "--pause/--resume",
    "paused",
    default=None,
    help="Whether it is paused afterwards. [default: paused if it is new, and as it is otherwise]",
)
@click.option("--sync-frequency", type=int, metavar="MINUTES", help="How often it syncs, from 1 to 1440.")
@click.option(
    "--naming",
    type=click.Choice([str(names) for names in DestinationSchemaNames]),
    help="Whose naming rules a new connection follows.",
)
@click.option("--hybrid-agent", metavar="ID", help="The hybrid deployment agent to use.")
@click.option("--setup-tests/--no-setup-tests", default=True, show_default=True, help="They may take minutes.")
@click.option("--keep-failed", is_flag=True, help="Keep a new connection whose setup tests fail, to look at it.")
@click.option("--delete-replaced", is_flag=True, help="Delete the package that was replaced.")
@allow_secrets_option
@click.option("--dry-run", is_flag=True, help="Read only, and say what would be done.")
@click.option("--sandbox", is_flag=True, help="Rehearse it in an embedded sandbox; wants no account, no credentials.")
@base_url_option
@output.json_option
def command(
    *,
    folder: Path,
    group: str,
    configuration: Path | None,
    keep_configuration: bool,
    sandbox: bool,
    base_url: str | None,
    dry_run: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Make a connection that runs the connector in DIR, or let the one that is there run its new code.

    What this has made is removed again when something fails, and a connection that was there runs its old code.
    """
    if keep_configuration and configuration is not None:
        raise click.UsageError("--configuration cannot be used with --keep-configuration.")
    settings = None if keep_configuration else given_configuration(configuration)
    wanted = {
        "connection": options["connection"],
        "python_version": options["python_version"],
        "paused": options["paused"],
        "sync_frequency": _given(options["sync_frequency"]),
        "destination_schema_names": _given(options["naming"]),
        "hybrid_deployment_agent_id": _given(options["hybrid_agent"]),
        "run_setup_tests": options["setup_tests"],
        "keep_failed": options["keep_failed"],
        "delete_replaced": options["delete_replaced"],
        "allow_secrets": options["allow_secrets"],
    }

    async def work(ft: Fivetran) -> Deployment:
        return await deploy(ft, folder, group=group, configuration=settings, dry_run=dry_run, **wanted)

    if sandbox:
        if base_url is not None:
            raise click.UsageError("--base-url cannot be used with --sandbox.")
        from fivetran_async.sandbox import Sandbox  # noqa: PLC0415 - a server that others do without

        with Sandbox(groups=0, connections=0) as box:
            box.account.add_destination(box.account.add_group(name=group)["id"])
            done = using(box.client(), work)
    else:
        done = using(Fivetran.from_env(base_url=base_url), work)
    if as_json:
        print_json(_as_dict(done))
    else:
        with output.to_reader():
            _write(output.writer(), done, rehearsed=sandbox)
    return Exit.FINE


def _given(value: Any) -> Any:
    return UNSET if value is None else value


def _write(to: output.Writer, done: Deployment, *, rehearsed: bool) -> None:
    if done.dry_run:
        to.line("Nothing was changed. A deployment would:", "bold")
    for step in done.steps:
        to.line(f"- {step}")
    for test in done.setup_tests:
        to.line(f"  {str(test.status).lower()}: {test.title or 'a test without a name'}")
    to.line(f"sha256 {done.sha256}; {done.calls} calls")
    if done.dry_run:
        return
    where = " of an embedded sandbox" if rehearsed else ""
    to.line(f"Connection {done.connection_id}{where} runs package {done.package_id}.", "bold")
    if rehearsed:
        return
    if done.paused:
        to.line(f"It is paused. To sync it: fivetran-async connector sync {done.connection_id} --resume --wait")
    else:
        to.line(f"To sync it now: fivetran-async connector sync {done.connection_id} --wait")


def _as_dict(done: Deployment) -> dict[str, Any]:
    return {
        "connection_id": done.connection_id,
        "connection": done.connection,
        "group_id": done.group_id,
        "package_id": done.package_id,
        "sha256": done.sha256,
        "created": done.created,
        "uploaded": done.uploaded,
        "replaced_package_id": done.replaced_package_id,
        "paused": done.paused,
        "setup_tests": [test.to_dict() for test in done.setup_tests],
        "steps": done.steps,
        "calls": done.calls,
        "dry_run": done.dry_run,
    }
