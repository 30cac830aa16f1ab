"""`fivetran-async completion`: what lets a shell complete the commands."""

from typing import Final

import click
from click.shell_completion import get_completion_class

from fivetran_async.cli import output
from fivetran_async.cli.app import Exit, commands

_SHELLS: Final = ("bash", "zsh", "fish")


@click.command(
    name="completion",
    short_help="Print what lets a shell complete the commands.",
    epilog="""\b
    Examples:
      fivetran-async completion bash > ~/.local/share/bash-completion/completions/fivetran-async
      fivetran-async completion zsh > "${fpath[1]}/_fivetran-async"
      fivetran-async completion fish > ~/.config/fish/completions/fivetran-async.fish""",
)
@click.argument("shell", type=click.Choice(_SHELLS), metavar="SHELL")
def command(*, shell: str) -> int:
    """Print the completion script of SHELL: bash, zsh or fish."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"this version of click knows no completion for {shell}.")
    with output.to_reader():
        click.echo(kind(commands, {}, "fivetran-async", "_FIVETRAN_ASYNC_COMPLETE").source())
    return Exit.FINE
