"""`fivetran-async schema`: show, plan, apply, compare and copy the schema configurations of connections."""

import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from fivetran_async import _yaml
from fivetran_async.cli import output
from fivetran_async.cli import schema_output as printed
from fivetran_async.cli.account import base_url_option, using
from fivetran_async.cli.app import Exit
from fivetran_async.cli.lazy import HelpfulGroup
from fivetran_async.client import Fivetran
from fivetran_async.errors import DesiredStateError, PlanError
from fivetran_async.fanout import MapResult
from fivetran_async.schema_plan import (
    Applied,
    Desired,
    OnMissing,
    SchemaView,
    apply,
    apply_all,
    copy,
    desired_of,
    diff,
    json_schema,
    propagate,
    with_columns,
)
from fivetran_async.schema_plan._columns import check_patterns

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

_FILES = (".yaml", ".yml", ".json")

_missing = click.option(
    "--missing", type=click.Choice(["error", "ignore"]), help="What becomes of names and patterns that mean nothing."
)
_columns = click.option(
    "--no-columns", is_flag=True, help="Read no columns of tables: rules mean those that the API lists."
)
_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_dry_run = click.option("--dry-run", is_flag=True, help="Only say what would be done.")
_reload = click.option("--reload", "reload_", is_flag=True, help="Read the source first where there is nothing yet.")


def _targets(function: F) -> F:
    for option in (
        click.option("--service", help="With --group: only connections of this type, such as postgres."),
        click.option("--group", help="All connections of this group, by its id or name."),
        click.argument("connections", nargs=-1, metavar="[CONNECTION]..."),
        click.argument("file", metavar="FILE"),
    ):
        function = option(function)
    return function


@click.group(
    name="schema",
    cls=HelpfulGroup,
    short_help="Show, plan, apply, compare and copy schema configurations.",
    epilog="""\b
    Examples:
      fivetran-async schema show my_connection --yaml > schemas.yaml
      fivetran-async schema plan schemas.yaml my_connection
      fivetran-async schema apply schemas.yaml --group Shards --service postgres
      fivetran-async schema diff my_connection schemas.yaml

    Exit status: 0 fine, 1 changes or differences, 2 usage, credentials, or a file that cannot be used, 3 not read or
    done to the end, 130 Ctrl-C.""",
)
def command() -> None:
    """Bring schema configurations to a desired state, and see where they are.

    Credentials come from FIVETRAN_API_KEY and FIVETRAN_API_SECRET.
    """


@command.command()
@click.argument("connection")
@click.option("--tables", multiple=True, metavar="PATTERN", help="Only these tables, such as 'public.*'. Repeatable.")
@click.option("--columns", is_flag=True, help="Read the columns of all tables, one call for each.")
@click.option("--yaml", "as_yaml", is_flag=True, help="Print it as a desired state, for a file.")
@output.json_option
@base_url_option
def show(
    connection: str, *, tables: tuple[str, ...], columns: bool, as_yaml: bool, as_json: bool, base_url: str | None
) -> int:
    """Show the schema configuration of a connection as it acts."""
    if as_yaml and as_json:
        raise click.UsageError("--yaml and --json exclude each other.")
    wanted = tables or None

    async def read(ft: Fivetran) -> SchemaView:
        config = await ft.schemas.get(connection)
        if not columns:
            check_patterns(SchemaView(config), wanted)
            return SchemaView(config)
        return await with_columns(ft, connection, current=config, tables=wanted)

    view = _run(read, base_url, read_only=True)
    with output.to_reader():
        if as_yaml:
            click.echo(_yaml.write(desired_of(view)), nl=False)
        elif as_json:
            click.echo(json.dumps(printed.flat(view, wanted, columns=columns), indent=2))
        else:
            printed.show(output.writer(), view, wanted, columns=columns)
    for unread in view.unread:
        output.complain(f"the columns of {unread.full_name} were not read: {unread.error}")
    return Exit.UNFINISHED if view.unread else Exit.FINE


@command.command()
@_targets
@_missing
@_columns
@output.json_option
@base_url_option
def plan(
    file: str,
    connections: tuple[str, ...],
    *,
    group: str | None,
    service: str | None,
    missing: OnMissing | None,
    no_columns: bool,
    as_json: bool,
    base_url: str | None,
) -> int:
    """Say what would be done to bring connections to the desired state of FILE. Nothing is changed."""
    desired = _load(file)

    async def look(ft: Fivetran) -> Sequence[MapResult[str, Applied]]:
        return await _on_all(
            ft, desired, connections, group, service, dry_run=True, missing=missing, read_columns=not no_columns
        )

    _check_targets(connections, group, service)
    return printed.plans(_run(look, base_url, read_only=True), as_json=as_json)


@command.command(name="apply")
@_targets
@_yes
@_dry_run
@_reload
@_missing
@_columns
@output.json_option
@base_url_option
def apply_(
    file: str,
    connections: tuple[str, ...],
    *,
    group: str | None,
    service: str | None,
    yes: bool,
    dry_run: bool,
    reload_: bool,
    missing: OnMissing | None,
    no_columns: bool,
    as_json: bool,
    base_url: str | None,
) -> int:
    """Bring connections to the desired state of FILE, and look whether they are there.

    What is to be done is shown first, and asked about.
    """
    desired = _load(file)
    _check_targets(connections, group, service)
    _check_asking(yes=yes, dry_run=dry_run, as_json=as_json)
    options: dict[str, Any] = {"missing": missing, "read_columns": not no_columns}

    async def do(ft: Fivetran) -> Sequence[MapResult[str, Applied]] | int:
        if yes and not dry_run:
            return await _on_all(ft, desired, connections, group, service, confirm=True, reload=reload_, **options)
        seen = await _on_all(ft, desired, connections, group, service, dry_run=True, **options)
        if dry_run or printed.plans(seen, as_json=False) != Exit.FOUND or not _agreed():
            return printed.plans(seen, as_json=as_json) if dry_run else printed.after_look(seen)

        async def one(item: MapResult[str, Applied]) -> Applied:
            # What was shown, and no more.
            shown = item.unwrap().plan
            return await apply(ft, item.item, desired if shown is None else shown, confirm=True, **options)

        results = await ft.map(one, [item for item in seen if item.ok]).collect()
        return [MapResult(item=r.item.item, value=r.value, error=r.error, index=r.index) for r in results]

    found = _run(do, base_url)
    return found if isinstance(found, int) else printed.results(found, as_json=as_json)


@command.command(name="diff")
@click.argument("left")
@click.argument("right")
@output.json_option
@base_url_option
def diff_(left: str, right: str, *, as_json: bool, base_url: str | None) -> int:
    """Compare two connections, or a connection with the desired state of a file, in either order."""
    sides: list[Any] = [_load(side) if side.endswith(_FILES) else side for side in (left, right)]
    if not any(isinstance(side, str) for side in sides):
        raise click.UsageError("One of the two must be a connection.")

    async def read(ft: Fivetran) -> list[Any]:
        asked = [side for side in sides if isinstance(side, str)]
        configs = {r.item: r.unwrap() for r in await ft.map(ft.schemas.get, dict.fromkeys(asked)).collect()}
        return [configs[side] if isinstance(side, str) else side for side in sides]

    found = diff(*_run(read, base_url, read_only=True))
    with output.to_reader():
        if as_json:
            click.echo(json.dumps(found.to_dict(), indent=2))
        else:
            printed.lines(output.writer(), found.lines())
    return Exit.FINE if found.same else Exit.FOUND


@command.command(name="copy")
@click.argument("source")
@click.argument("target")
@click.option("--rename", multiple=True, metavar="OLD=NEW", help="What a schema is called in the target. Repeatable.")
@_yes
@_dry_run
@_reload
@_missing
@_columns
@output.json_option
@base_url_option
def copy_(
    source: str,
    target: str,
    *,
    rename: tuple[str, ...],
    yes: bool,
    dry_run: bool,
    reload_: bool,
    missing: OnMissing | None,
    no_columns: bool,
    as_json: bool,
    base_url: str | None,
) -> int:
    """Give TARGET the schema configuration of SOURCE, both connections.

    What is to be done is shown first, and asked about.
    """
    names = {old: new for old, _, new in (item.partition("=") for item in rename)}
    if not all(names.values()):
        raise click.UsageError("--rename wants OLD=NEW.")
    _check_asking(yes=yes, dry_run=dry_run, as_json=as_json)
    options: dict[str, Any] = {
        "schema_names": names or None,
        "missing": missing or "error",
        "read_columns": not no_columns,
    }

    async def do(ft: Fivetran) -> Applied | int:
        if not yes or dry_run:
            seen = [await _caught(target, copy(ft, source, target, dry_run=True, **options))]
            if dry_run or printed.plans(seen, as_json=False) != Exit.FOUND or not _agreed():
                return printed.plans(seen, as_json=as_json) if dry_run else printed.after_look(seen)
        return await copy(ft, source, target, confirm=True, reload=reload_, **options)

    async def told(ft: Fivetran) -> MapResult[str, Applied] | int:
        try:
            done = await do(ft)
        except PlanError as error:
            return MapResult(item=target, error=error, index=0)
        return done if isinstance(done, int) else MapResult(item=target, value=done, index=0)

    found = _run(told, base_url)
    return found if isinstance(found, int) else printed.results([found], as_json=as_json)


@command.command(name="json-schema")
def json_schema_() -> int:
    """Print the JSON Schema of a file of a desired state, for editors."""
    with output.to_reader():
        click.echo(json.dumps(json_schema(), indent=2))
    return Exit.FINE


def _run(job: Callable[[Fivetran], Awaitable[T]], base_url: str | None, *, read_only: bool = False) -> T:
    return using(Fivetran.from_env(base_url=base_url, read_only=read_only, keep_raw=False), job)


def _load(file: str) -> Desired:
    try:
        return Desired.load(Path(file))
    except DesiredStateError as error:
        for problem in error.problems[:-1]:
            output.complain(problem)
        raise click.ClickException(error.problems[-1]) from None


def _check_targets(connections: Sequence[str], group: str | None, service: str | None) -> None:
    if bool(connections) == (group is not None):
        raise click.UsageError("Name connections, or a group with --group.")
    if service is not None and group is None:
        raise click.UsageError("--service goes with --group.")


def _check_asking(*, yes: bool, dry_run: bool, as_json: bool) -> None:
    if not (yes or dry_run) and (as_json or not output.is_terminal(sys.stdin)):
        raise click.UsageError("There is nobody to ask: add --yes, or --dry-run to see what would be done.")


def _agreed() -> bool:
    return click.confirm("Do it?", err=True)


async def _on_all(
    ft: Fivetran, desired: Desired, connections: Sequence[str], group: str | None, service: str | None, **options: Any
) -> Sequence[MapResult[str, Applied]]:
    if group is not None:
        return await propagate(ft, desired, group=group, service=service, **options)
    return await apply_all(ft, connections, desired, **options)


async def _caught(item: str, job: Awaitable[Applied]) -> MapResult[str, Applied]:
    try:
        return MapResult(item=item, value=await job, index=0)
    except PlanError as error:
        return MapResult(item=item, error=error, index=0)
