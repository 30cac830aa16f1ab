"""Groups of commands whose commands load when they are first wanted."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group that knows of each command its module, in which it is called `command`."""

    def __init__(self, *args: Any, homes: Mapping[str, str], **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self._homes = homes

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names, sorted; the order in which one uses them is for the texts."""
        return sorted(self._homes)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return a command, loaded; None where there is none of the name."""
        home = self._homes.get(cmd_name)
        command = None if home is None else import_module(home).command
        return command if isinstance(command, click.Command) else None
