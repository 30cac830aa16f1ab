"""How cost grows: what one unit of a workload costs at a small and at a large size."""

import sys
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

import attrs
from _bench import Row

_DIGITS: Final = 3


@attrs.frozen(kw_only=True)
class Growth:
    """A workload of the SDK alone, at two sizes.

    Attributes:
        workload: The workload, such as `W1`.
        what: What is done, and of what there are so many.
        unit: What the cost is, such as `us an item`.
        sizes: The small and the large one.
        cost: Does it once at a size, in a process of its own, and returns what one of them cost.
    """

    workload: str
    what: str
    unit: str
    sizes: tuple[int, int]
    cost: Callable[[int], float]


def grown(growths: Sequence[Growth], rounds: int) -> list[Row]:
    """Measure each at both sizes, in turns, and return a table: 1 is a cost that grows as the size does.

    Args:
        growths: The workloads.
        rounds: How many times over.
    """
    rows: list[Row] = []
    for growth in growths:
        small: list[float] = []
        large: list[float] = []
        for number in range(1, rounds + 1):
            for size, found in zip(growth.sizes, (small, large), strict=True):
                print(f"round {number} of {rounds}: {growth.workload}, {size:,}", file=sys.stderr, flush=True)
                found.append(growth.cost(size))
        ratios = [b / a for a, b in zip(small, large, strict=True)]
        rows.append(
            {
                "workload": growth.workload,
                "what": growth.what,
                "unit": growth.unit,
                "small": growth.sizes[0],
                "its cost": round(median(small), _DIGITS),
                "large": growth.sizes[1],
                "its cost there": round(median(large), _DIGITS),
                "large / small": round(median(ratios), _DIGITS),
            }
        )
    return rows
