"""The command itself: its subcommands, and the one place where an outcome becomes an exit status."""

import enum
from collections.abc import Mapping, Sequence
from importlib import import_module

import click

from fivetran_async._version import __version__
from fivetran_async.cli import output
from fivetran_async.errors import ArgumentError, ConfigError, FivetranError, UnauthorizedError


class Exit(enum.IntEnum):
    """What the exit status of every subcommand says."""

    FINE = 0
    FOUND = 1
    """Findings, or drift."""
    USAGE = 2
    """A wrong option, a missing or refused credential."""
    UNFINISHED = 3
    """Not read or done to the end, whatever was found until then."""
    INTERRUPTED = 130
    """Ctrl-C."""


_COMMANDS: Mapping[str, str] = {
    "audit": "fivetran_async.cli.audit",
    "drift": "fivetran_async.cli.drift",
    "sandbox": "fivetran_async.cli.sandbox",
    "schema": "fivetran_async.cli.schema",
    "snapshot": "fivetran_async.cli.snapshot",
    "trends": "fivetran_async.cli.trends",
}


class _Commands(click.Group):
    """Loads a subcommand when it is first wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        home = _COMMANDS.get(cmd_name)
        command = None if home is None else import_module(home).command
        return command if isinstance(command, click.Command) else None


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
    Examples:
      fivetran-async audit --sandbox
      fivetran-async audit --json --fail-on critical > audit.json
      fivetran-async sandbox --port 8080 --groups 20 --connections 2000

    \b
    Credentials come from FIVETRAN_API_KEY and FIVETRAN_API_SECRET.
    Exit status: 0 fine, 1 findings, 2 usage or credentials, 3 not read to the end, 130 Ctrl-C.""",
)
@click.version_option(__version__, prog_name="fivetran-async", message="%(prog)s %(version)s")
@click.pass_context
def commands(ctx: click.Context) -> int:
    """Audit whole Fivetran accounts, and run a local Fivetran."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        return Exit.USAGE
    return Exit.FINE


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Args:
        arguments: The arguments; None for those of the process.
    """
    output.prepare()
    try:
        result = commands.main(args=arguments, prog_name="fivetran-async", standalone_mode=False)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "fivetran-async"
        output.complain(f"{error.format_message()} See `{where} --help`.")
        return Exit.USAGE
    except click.ClickException as error:
        output.complain(error.format_message())
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        output.complain("interrupted")
        return Exit.INTERRUPTED
    except (ConfigError, ArgumentError, UnauthorizedError) as error:
        output.complain(str(error))
        return Exit.USAGE
    except (FivetranError, output.UnwrittenError) as error:
        output.complain(str(error))
        return Exit.UNFINISHED
    return result if isinstance(result, int) else Exit.FINE
