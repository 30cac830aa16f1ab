"""What the commands of a connector's life share: arguments, names of connections, JSON."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from fivetran_async.cli import output
from fivetran_async.client import Fivetran
from fivetran_async.types import UNSET, Unset

F = TypeVar("F", bound=Callable[..., Any])

folder_argument: Final = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
configuration_option: Final = click.option(
    "--configuration",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The settings, a flat JSON object of texts. [default: configuration.json of DIR, where there is one]",
)
allow_secrets_option: Final = click.option(
    "--allow-secrets",
    multiple=True,
    metavar="PATH",
    help="A file, from DIR, that may hold what looks like a secret; may be repeated.",
)


def connection_arguments(function: F) -> F:
    """Let a command name a connection: by its id, or by its name with the group that it is in."""
    group = click.option(
        "--group", metavar="GROUP", help="The group, by its id or its name: CONNECTION is a name then, and not an id."
    )
    return click.argument("connection", metavar="CONNECTION")(group(function))


async def connection_id(ft: Fivetran, connection: str, group: str | None) -> str:
    """Return the id of a connection that was named on the command line.

    Args:
        ft: The client.
        connection: Its id; with a group its name.
        group: The group, or None.

    Raises:
        NotFoundError: There is none of the name in the group, or no such group.
    """
    if group is None:
        return connection
    return (await ft.connections.find(schema=connection, group=group)).id


def given_configuration(configuration: Path | None) -> Path | Unset:
    """Return a configuration as the library takes it: left out, it is that of the folder."""
    return UNSET if configuration is None else configuration


def print_json(data: Mapping[str, Any]) -> None:
    """Print an object; times are texts."""
    with output.to_reader():
        click.echo(json.dumps(data, indent=2, default=str))
