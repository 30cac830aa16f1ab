"""What is to be reached, and what was: ratios of the same round, their median and spread."""

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Final

import attrs
from _bench import Measured, Row, parser, positive, show, write
from _growth import Growth

_DIGITS: Final = 3


@attrs.frozen
class Goal:
    """A figure with its bounds.

    Attributes:
        workload: The workload, such as `W1`.
        what: What the figure says.
        must: What it has to be.
        aim: What it should be.
        rounds: What it was, by round; empty when a case of it was not measured.
        least: Whether less is better.
    """

    workload: str
    what: str
    must: float
    aim: float
    rounds: Sequence[float]
    least: bool = attrs.field(default=False, kw_only=True)

    @property
    def reached(self) -> str:
        """Which of the bounds the median keeps: `aim`, `must` or `no`."""
        found = median(self.rounds)
        for name, bound in (("aim", self.aim), ("must", self.must)):
            if found <= bound if self.least else found >= bound:
                return name
        return "no"

    def row(self) -> Row:
        """Return a row of a table."""
        return {
            "workload": self.workload,
            "what": self.what,
            "must": ("<= " if self.least else ">= ") + f"{self.must:g}",
            "aim": f"{self.aim:g}",
            "median": round(median(self.rounds), _DIGITS),
            "least": round(min(self.rounds), _DIGITS),
            "most": round(max(self.rounds), _DIGITS),
            "reached": self.reached,
        }


@attrs.frozen
class Workload:
    """A benchmark with goals, a program of its own and a part of `run_all.py`.

    Attributes:
        name: Its name.
        run: Measures it so many times over; more arguments are its own.
        table: Makes a table of what was measured.
        goals: Says what was reached.
        grows: What is measured at two sizes; None where there is no size.
    """

    name: str
    run: Callable[..., list[Measured]]
    table: Callable[[Sequence[Measured]], list[Row]]
    goals: Callable[[Sequence[Measured]], list[Goal]]
    grows: Growth | None = None

    def tell(self, chosen: Namespace, measured: Sequence[Measured]) -> None:
        """Print what was measured and what was reached, and write it where that was asked for."""
        show(self.table(measured))
        if reached := self.goals(measured):
            show([goal.row() for goal in reached])
        write(chosen.json, self.name, vars(chosen), list(measured))

    def alone(self, description: str | None, *, calls: int | None = None) -> int:
        """Be a program: measure, and print a table.

        Args:
            description: What it says of itself.
            calls: How many calls a round has unless told otherwise; None for one that takes no such number.
        """
        options = parser(description or "")
        if calls is not None:
            options.add_argument("--calls", type=positive, default=calls, help=f"calls of a round (default: {calls})")
        chosen = options.parse_args()
        more = () if calls is None else (chosen.calls,)
        self.tell(chosen, self.run(chosen.rounds, *more))
        return 0


def told(*goals: Goal) -> list[Goal]:
    """Return those goals that were measured."""
    return [goal for goal in goals if goal.rounds]


def no_goals(measured: Sequence[Measured]) -> list[Goal]:  # noqa: ARG001 - nothing was set
    """Return nothing: no bounds were set."""
    return []


def per_round(
    measured: Mapping[str, Measured], figure: str, case: str, over: str | None = None, *, inverse: bool = False
) -> list[float]:
    """Return a figure of a case, by round, over the same of another case.

    Args:
        measured: All cases that were measured, by name.
        figure: The figure.
        case: The case.
        over: The case to compare with; None for the figure alone.
        inverse: Whether to turn the ratio round: of times, to see speeds.
    """
    if case not in measured or (over is not None and over not in measured):
        return []
    ones = [found[figure] for found in measured[case].rounds]
    others = [1.0] * len(ones) if over is None else [found[figure] for found in measured[over].rounds]
    return [(b / a if inverse else a / b) for a, b in zip(ones, others, strict=True)]
