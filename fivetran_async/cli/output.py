"""What the command prints: rich tables on a terminal, plain aligned text elsewhere, errors in one line."""

import os
import shutil
import sys
import unicodedata
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import IO, Protocol

import click
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
"""Of commands whose result a script may want."""

STYLES = {"critical": "bold red", "error": "red", "warning": "yellow", "info": "cyan"}


class UnwrittenError(Exception):
    """The output could not be written to its end."""


def prepare() -> None:
    """Make sure that no character of an account breaks the output, whatever the encoding of the streams."""
    # Python has None in place of a stream that was closed before it began.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _nowhere() -> TextIOWrapper:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - open until the process ends


def clean(text: str) -> str:
    """Return a text on one line, without what could command a terminal."""
    line = " ".join(text.split())
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) in {"Cc", "Cf"} else char for char in line)


def complain(message: str) -> None:
    """Say on stderr, in one line, what went wrong."""
    click.echo(f"error: {clean(message)}", err=True)


def is_terminal(stream: IO[str]) -> bool:
    """Return whether a person reads a stream, on something that can draw."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int | None:
    """Return how many columns the terminal has that stdout is; None if it is none."""
    return shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None


@contextmanager
def to_reader() -> Generator[None]:
    """Let the reader of a pipe leave early; what the command has to say by its exit status stays the same."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        forget_the_rest()
    except OSError as error:
        forget_the_rest()
        raise UnwrittenError(f"cannot write the report: {error.strerror or error}") from None


def forget_the_rest() -> None:
    """Let what was not written yet go nowhere."""
    # What is still buffered must have a place to go when the interpreter ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Writer(Protocol):
    """Where a report goes."""

    def line(self, text: str = "", style: str = "") -> None:
        """Write one line."""
        ...

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write a table."""
        ...


class Plain:
    """Aligned text without colour and without lines, for pipes, files and those who ask for no colour."""

    def line(self, text: str = "", style: str = "") -> None:  # noqa: ARG002 - plain text has no style
        """Write one line."""
        click.echo(clean(text))

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write a table; the last column is as long as it is."""
        lines = [[cell.upper() for cell in header], *([clean(cell) for cell in row] for row in rows)]
        widths = [max(cell_len(line[column]) for line in lines) for column in range(len(header) - 1)]
        for line in lines:
            # By the room that characters take, of which some take that of two.
            padded = [cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=False)]
            click.echo("  ".join([*padded, line[-1]]).rstrip())


class Terminal:
    """Colours and tables."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False)

    def line(self, text: str = "", style: str = "") -> None:
        """Write one line, wrapped at the terminal's width."""
        self._console.print(Text(clean(text), style=style))

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write a table that fits the terminal; without a header it is indented."""
        table = Table(
            box=SIMPLE_HEAD if header else None, show_header=bool(header), header_style="bold", pad_edge=not header
        )
        for column in header:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text(clean(cell), style=STYLES.get(cell, "")) for cell in row))
        self._console.print(table)


def writer() -> Writer:
    """Return the writer that suits stdout."""
    return Terminal() if is_terminal(sys.stdout) and not os.environ.get("NO_COLOR") else Plain()


class Show(Protocol):
    """Shows how far the reading of one kind has come."""

    def __call__(self, kind: str, items: int, done: bool, total: int | None = None) -> None:
        """Show it.

        Args:
            kind: The kind.
            items: How many there are so far.
            done: Whether that is all.
            total: How many there will be; None if nobody knows.
        """
        ...


@contextmanager
def progress() -> Generator[Show | None]:
    """Show on stderr how many items of each kind were read, if a person is there to see it.

    Yields:
        What to call; None where nothing is shown.
    """
    if not is_terminal(sys.stderr):
        yield None
        return
    # The API does not say how long a list is: a bar that moves, and fills when the list has ended.
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        known: dict[str, TaskID] = {}

        def update(kind: str, items: int, done: bool, total: int | None = None) -> None:
            if kind not in known:
                known[kind] = bars.add_task(clean(kind), total=None)
            bars.update(known[kind], completed=items, total=max(items, 1) if done else total)

        yield update
