"""The command itself: its subcommands, and the one place where an outcome becomes an exit status."""

import enum
from collections.abc import Mapping, Sequence

import click

from fivetran_async._version import __version__
from fivetran_async.cli import output
from fivetran_async.cli.lazy import LazyGroup
from fivetran_async.errors import ArgumentError, ConfigError, FivetranError, NotFoundError, UnauthorizedError


class Exit(enum.IntEnum):
    """What the exit status of every subcommand says."""

    FINE = 0
    FOUND = 1
    """Findings, or drift."""
    USAGE = 2
    """A wrong option, a missing or refused credential, a name of which there is nothing."""
    UNFINISHED = 3
    """Not read or done to the end, whatever was found until then."""
    INTERRUPTED = 130
    """Ctrl-C."""


_COMMANDS: Mapping[str, str] = {
    "api": "fivetran_async.cli.api",
    "audit": "fivetran_async.cli.audit",
    "completion": "fivetran_async.cli.completion",
    "connector": "fivetran_async.cli.connector",
    "doctor": "fivetran_async.cli.doctor",
    "drift": "fivetran_async.cli.drift",
    "sandbox": "fivetran_async.cli.sandbox",
    "schema": "fivetran_async.cli.schema",
    "snapshot": "fivetran_async.cli.snapshot",
    "trends": "fivetran_async.cli.trends",
}


@click.group(
    cls=LazyGroup,
    homes=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
    Examples:
      fivetran-async audit --sandbox
      fivetran-async audit --json --fail-on critical > audit.json
      fivetran-async api connections list --filter status.setup_state=broken
      fivetran-async connector init shop
      fivetran-async doctor
      fivetran-async sandbox --port 8080 --groups 20 --connections 2000

    \b
    Credentials come from FIVETRAN_API_KEY and FIVETRAN_API_SECRET.
    Exit status: 0 fine, 1 findings, 2 usage or credentials, 3 not read to the end, 130 Ctrl-C.""",
)
@click.version_option(__version__, prog_name="fivetran-async", message="%(prog)s %(version)s")
def commands() -> None:
    """Audit whole Fivetran accounts, call any operation, deploy custom connectors, and run a local Fivetran."""


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
        message = error.format_message()
        # Some of click's end in a list.
        stop = "" if message.endswith((".", ")", "?")) else "."
        output.complain(f"{message}{stop} See `{where} --help`.")
        return Exit.USAGE
    except click.ClickException as error:
        output.complain(error.format_message())
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        output.complain("interrupted")
        return Exit.INTERRUPTED
    except (ConfigError, ArgumentError, UnauthorizedError, NotFoundError) as error:
        output.complain(_told(error))
        return Exit.USAGE
    except (FivetranError, output.UnwrittenError, OSError) as error:
        if isinstance(error, OSError):
            if error.filename is not None:
                raise
            # Of a stream: a help text that finds no room.
            output.forget_the_rest()
        output.complain(_told(error))
        return Exit.UNFINISHED
    return result if isinstance(result, int) else Exit.FINE


def _told(error: Exception) -> str:
    # Notes say what a failure has left behind.
    return "; ".join([str(error), *getattr(error, "__notes__", ())])
