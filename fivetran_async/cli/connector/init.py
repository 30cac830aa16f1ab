"""`fivetran-async connector init`: the files of a connector that works at once."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

import click

from fivetran_async.cli import output
from fivetran_async.cli.app import Exit
from fivetran_async.cli.connector._shared import folder_argument
from fivetran_async.connector_sdk.templates import write_template

# What the commands that follow do not work without, of the extra `connector`.
_WANTED: Final = ("duckdb", "pathspec")


@click.command(
    name="init",
    short_help="Write the files of a new connector.",
    epilog="""\b
    Example:
      fivetran-async connector init shop && fivetran-async connector debug shop

    Exit status: 0 written, 2 a file is there already, or cannot be written.""",
)
@folder_argument
def command(*, folder: Path) -> int:
    """Write an asynchronous connector into DIR, and a made-up source for it, so that it can be run at once.

    Nothing is overwritten, and nothing is asked of any server.
    """
    written = write_template(folder)
    with output.to_reader():
        to = output.writer()
        for path in written:
            to.line(f"wrote {path}")
        if any(find_spec(name) is None for name in _WANTED):
            to.line("To run and pack it: pip install 'fivetran-async[connector]'")
        to.line(f"Next: fivetran-async connector debug {folder}")
    return Exit.FINE
