"""What the benchmarks share: processes of their own, medians over interleaved rounds, a table, JSON."""

import argparse
import json
import multiprocessing
import platform
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeAlias, TypeVar

import attrs

K = TypeVar("K")
R = TypeVar("R")

Cell: TypeAlias = str | int | float | None
Row: TypeAlias = Mapping[str, Cell]

# Long enough for a slow machine to start Python in, and short enough not to be waited for at night.
_START: Final = 60.0
_END: Final = 5.0

# A fork would take over the loops and threads of the parent.
_spawning = multiprocessing.get_context("spawn")


class Child:
    """A process of its own, ended at the latest with the `with` statement it is used in.

    Args:
        target: A function of a module, or a method of an object that can be pickled; called in the process with its
            end of a pipe and with the arguments.
        *args: What else it is called with.
    """

    def __init__(self, target: Callable[..., object], *args: object) -> None:
        self._pipe, self._far_end = _spawning.Pipe()
        self._process = _spawning.Process(target=target, args=(self._far_end, *args), daemon=True)

    def tell(self, message: object = None) -> None:
        """Send a message to the process."""
        self._pipe.send(message)

    def hear(self, seconds: float = _START) -> Any:
        """Return the next message of the process.

        Args:
            seconds: How long to wait for it.

        Raises:
            RuntimeError: None came, or the process ended; what it met stands on stderr.
        """
        try:
            if self._pipe.poll(seconds):
                return self._pipe.recv()
        except EOFError:
            self._process.join(_END)
            raise RuntimeError(f"a process of the benchmark ended with status {self._process.exitcode}") from None
        raise RuntimeError(f"a process of the benchmark said nothing for {seconds:g} s")

    def __enter__(self) -> Self:
        self._process.start()
        # Left open here, the pipe would not end with the process.
        self._far_end.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.close()
        if error is None:
            self._process.join(_END)
        if self._process.is_alive():
            self._process.terminate()
        self._process.join()


def await_word(pipe: Connection) -> None:
    """Block, in a process of its own, until the parent says a word.

    Raises:
        SystemExit: The parent is gone.
    """
    try:
        pipe.recv()
    except EOFError:
        raise SystemExit(1) from None


@attrs.frozen
class Measured:
    """What one case came to in all rounds.

    Attributes:
        case: How the case is told from the others.
        rounds: What was measured, by round.
    """

    case: Row
    rounds: tuple[Mapping[str, float], ...]

    def median(self, name: str) -> float:
        """Return the median of a figure over the rounds."""
        return median(figures[name] for figures in self.rounds)

    def least(self, name: str) -> float:
        """Return the least of a figure over the rounds."""
        return min(figures[name] for figures in self.rounds)

    def most(self, name: str) -> float:
        """Return the most of a figure over the rounds."""
        return max(figures[name] for figures in self.rounds)


def parser(description: str) -> argparse.ArgumentParser:
    """Return a parser with the options that all benchmarks have.

    Args:
        description: What the benchmark measures.
    """
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--rounds", type=positive, default=3, help="how often each case is measured (default: 3)")
    made.add_argument("--json", type=Path, metavar="PATH", help="write all figures of all rounds to this file, too")
    return made


def positive(text: str) -> int:
    """Return a whole number from 1 that was given as an argument.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text!r}")
    return int(text)


def interleaved(
    cases: Sequence[K], rounds: int, measure: Callable[[K], Mapping[str, float]], named: Callable[[K], Row]
) -> list[Measured]:
    """Measure all cases in turn, so many times over, so that what disturbs the machine hits them alike.

    Args:
        cases: What is measured.
        rounds: How many times over.
        measure: Measures a case once.
        named: Says how a case is told from the others.
    """
    # So that the `with` statements end the other processes.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    figures: list[list[Mapping[str, float]]] = [[] for _ in cases]
    for number in range(1, rounds + 1):
        for case, found in zip(cases, figures, strict=True):
            name = ", ".join(str(value) for value in named(case).values())
            print(f"round {number} of {rounds}: {name}", file=sys.stderr, flush=True)
            found.append(measure(case))
    return [Measured(named(case), tuple(found)) for case, found in zip(cases, figures, strict=True)]


class _Needy(Protocol):
    @property
    def needs(self) -> tuple[str, ...]: ...


N = TypeVar("N", bound=_Needy)


def installed(cases: Sequence[N]) -> list[N]:
    """Return the cases whose libraries are installed; say on stderr which are not."""
    found = [case for case in cases if all(find_spec(name) for name in case.needs)]
    missing = {name for case in cases for name in case.needs if find_spec(name) is None}
    if missing:
        print(f"left out what needs {', '.join(sorted(missing))}", file=sys.stderr)
    return found


def show(rows: Sequence[Row]) -> None:
    """Print rows of the same columns as a table."""
    if not rows:
        return
    lines = [list(rows[0]), *([_text(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    numeric = [
        all(isinstance(value, int | float | None) for value in column) for column in zip(*_values(rows), strict=True)
    ]
    for line in lines:
        cells = zip(line, widths, numeric, strict=True)
        print("  ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in cells).rstrip())


def write(path: Path | None, benchmark: str, settings: Mapping[str, Any], measured: Iterable[Measured]) -> None:
    """Write all figures of all rounds as JSON.

    Args:
        path: The file; None to write none.
        benchmark: Its name.
        settings: What it was run with.
        measured: What it found.
    """
    if path is None:
        return
    report = {
        "benchmark": benchmark,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "fivetran_async": version("fivetran-async"),
        "settings": {name: value for name, value in settings.items() if name != "json"},
        "cases": [{**one.case, "rounds": one.rounds} for one in measured],
    }
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _values(rows: Sequence[Row]) -> list[list[Cell]]:
    return [list(row.values()) for row in rows]


def _text(value: Cell) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
