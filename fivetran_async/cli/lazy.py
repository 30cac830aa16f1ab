"""Groups of commands: with help where a command is missing, and whose commands load when they are first wanted."""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Final

import click

# `Exit.USAGE` of the module that imports this one.
_USAGE: Final = 2
# More guesses than these help nobody.
_FEW: Final = 3


class HelpfulGroup(click.Group):
    """A group that shows its help when it is called alone, and what a misspelt command may have meant."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Show the help, as a text of many lines: click has made one error message of it since 8.2."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(_USAGE)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant, or say which ones have such a name."""
        name = args[0]
        if not ctx.resilient_parsing and not name.startswith("-") and self.get_command(ctx, name) is None:
            meant = name.replace("_", "-")
            near = self._below(ctx, meant) or get_close_matches(meant, self.list_commands(ctx))
            hint = f" (Did you mean {' or '.join(repr(one) for one in near)}?)" if near else ""
            raise click.UsageError(f"No such command {name!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def _below(self, ctx: click.Context, name: str) -> list[str]:
        """Find commands one level below, whose group was left out; none where that could be many."""
        groups = ((at, self.get_command(ctx, at)) for at in self.list_commands(ctx))
        found = [
            f"{at} {below}"
            for at, group in groups
            if isinstance(group, click.Group)
            for below in group.list_commands(ctx)
            if below in {name, f"{name}s"}
        ]
        return found if len(found) <= _FEW else []


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
