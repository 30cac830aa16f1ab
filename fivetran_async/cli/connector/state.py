"""`fivetran-async connector state`: the state of a connection, read, kept, changed and brought back."""

import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import click

from fivetran_async.cli import output
from fivetran_async.cli.account import base_url_option, using
from fivetran_async.cli.app import Exit
from fivetran_async.cli.connector._shared import F, connection_arguments, connection_id
from fivetran_async.cli.lazy import HelpfulGroup
from fivetran_async.client import Fivetran
from fivetran_async.connector_sdk.lifecycle import SavedState, edit_state, restore_state, save_state
from fivetran_async.errors import ArgumentError

_STATUSES: Final = """Exit status: 0 done, 2 usage, credentials, or what is no state, 3 not done, such as when a sync
    runs."""


def _changing(function: F) -> F:
    backup = click.option(
        "--backup",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Where the old state is saved; it must not be there yet. [default: a name with the time in it]",
    )
    wait = click.option(
        "--wait",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="How long to wait for a sync that runs. [default: not at all]",
    )
    return backup(wait(base_url_option(function)))


@click.group(
    name="state",
    cls=HelpfulGroup,
    short_help="Show, keep, change and bring back the state of a connection.",
    epilog="""\b
    Examples:
      fivetran-async connector state show CONNECTION_ID
      fivetran-async connector state get CONNECTION_ID -o old.json
      fivetran-async connector state set CONNECTION_ID new.json
      fivetran-async connector state restore shop old.json --group Warehouse

    Credentials come from FIVETRAN_API_KEY and FIVETRAN_API_SECRET.""",
)
def command() -> None:
    """Read and change where the next sync of a custom connector goes on."""


@command.command(name="show", epilog=_STATUSES)
@connection_arguments
@base_url_option
def show(*, connection: str, group: str | None, base_url: str | None) -> int:
    """Print the state of CONNECTION as JSON."""

    async def work(ft: Fivetran) -> Any:
        return (await ft.connections.state(await connection_id(ft, connection, group))).state

    state = using(Fivetran.from_env(base_url=base_url), work)
    with output.to_reader():
        click.echo(json.dumps(state or {}, indent=2))
    return Exit.FINE


@command.command(name="get", epilog=_STATUSES)
@connection_arguments
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file; it must not be there yet. [default: a name with the time in it]",
)
@base_url_option
def get(*, connection: str, group: str | None, target: Path | None, base_url: str | None) -> int:
    """Keep the state of CONNECTION in a file that only you may read, for `restore`."""

    async def work(ft: Fivetran, name: str) -> SavedState:
        return await save_state(ft, name, target or _named(name))

    saved = _done(base_url, connection, group, work)
    _tell(f"The state of connection {saved.connection_id} is in {saved.path}.")
    return Exit.FINE


@command.command(name="set", epilog=_STATUSES)
@connection_arguments
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@_changing
def change(
    *, connection: str, group: str | None, file: Path, backup: Path | None, wait: float | None, base_url: str | None
) -> int:
    """Replace the state of CONNECTION by what FILE holds, a JSON object; `-` reads it from stdin.

    The connection is paused for it, the old state is saved first, and a pause that was not there before is ended.
    """
    state = _read(file)

    async def work(ft: Fivetran, name: str) -> SavedState:
        return await edit_state(ft, name, state, backup=backup or _named(name), wait=wait)

    _changed(_done(base_url, connection, group, work))
    return Exit.FINE


@command.command(name="restore", epilog=_STATUSES)
@connection_arguments
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@_changing
def restore(
    *, connection: str, group: str | None, file: Path, backup: Path | None, wait: float | None, base_url: str | None
) -> int:
    """Bring back the state of CONNECTION that `get`, `set` or `restore` has saved in FILE.

    The present one is saved first.
    """

    async def work(ft: Fivetran, name: str) -> SavedState:
        return await restore_state(ft, name, file, backup=backup or _named(name), wait=wait)

    _changed(_done(base_url, connection, group, work))
    return Exit.FINE


def _done(
    base_url: str | None,
    connection: str,
    group: str | None,
    work: Callable[[Fivetran, str], Awaitable[SavedState]],
) -> SavedState:
    async def named(ft: Fivetran) -> SavedState:
        return await work(ft, await connection_id(ft, connection, group))

    return using(Fivetran.from_env(base_url=base_url), named)


def _named(name: str) -> Path:
    return Path(f"state-{name}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.json")


def _read(file: Path) -> dict[str, Any]:
    try:
        content: object = json.loads(sys.stdin.read() if str(file) == "-" else file.read_bytes())
    except (OSError, ValueError) as error:
        raise ArgumentError(f"{file} cannot be read as a state: {error}") from None
    if not isinstance(content, dict):
        raise ArgumentError(f"{file} holds no state, which is a JSON object")
    state = cast("dict[str, Any]", content)
    if set(state) == {"connection_id", "saved_at", "state"}:
        raise ArgumentError(f"{file} is what `get` saves, with the state in it: `restore` brings it back")
    return state


def _changed(before: SavedState) -> None:
    _tell(
        f"The state of connection {before.connection_id} was changed; the old one is in {before.path}.",
        f"To bring it back: fivetran-async connector state restore {before.connection_id} {before.path}",
    )


def _tell(*lines: str) -> None:
    with output.to_reader():
        for line in lines:
            output.writer().line(line)
