"""Groups of commands: ones that help who errs, and those whose commands load when they are first wanted."""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

_USAGE = 2


class HelpfulGroup(click.Group):
    """A group that shows what there is where no command is given, and the likely one where it is misspelt."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Show the help where nothing is given; the exit status is that of wrong usage."""
        if not args and not self.invoke_without_command and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(_USAGE)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which may be meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            close = get_close_matches(args[0], self.list_commands(ctx), n=2)
            if not close or ctx.resilient_parsing:
                raise
            meant = " or ".join(map(repr, close))
            raise click.UsageError(f"No such command {args[0]!r}. Did you mean {meant}?", ctx) from None


class LazyGroup(HelpfulGroup):
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
