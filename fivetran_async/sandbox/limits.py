"""Rate limits: rolling windows for each class of request, counted by the sandbox's clock."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

Windows: TypeAlias = Sequence[tuple[int, float]]
"""Pairs of how many requests and in how many seconds; all of them hold at once."""
Limits: TypeAlias = str | Mapping[str, Windows]
"""`full`, `trial`, or the windows by class."""

MINUTE: Final = 60.0
HOUR: Final = 3600.0
ALL: Final = "all"

PLANS: Final[dict[str, dict[str, Windows]]] = {
    "full": {
        ALL: [(20_000, HOUR)],
        "setup_tests": [(250, MINUTE), (2_500, HOUR)],
        "source": [(500, MINUTE), (5_000, HOUR)],
        "user_creation": [(500, HOUR)],
        "private_link_creation": [(5, HOUR)],
    },
    "trial": {
        ALL: [(500, HOUR)],
        "setup_tests": [(50, HOUR)],
        "source": [(25, MINUTE), (250, HOUR)],
        "user_creation": [(10, HOUR)],
        "private_link_creation": [(1, HOUR)],
    },
}
"""Fivetran's published limits of an account, by plan and class."""

# Without limits the headers still count down, but a client that reads them is never brought to a stop.
_UNLIMITED_FLOOR: Final = 1_000


class _Window:
    def __init__(self, count: int, seconds: float) -> None:
        self.count = count
        self.seconds = seconds
        self._times: deque[float] = deque(maxlen=count)

    def remaining(self, now: float) -> int:
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()
        return self.count - len(self._times)

    def wait(self, now: float) -> float:
        return self._times[0] + self.seconds - now if self.remaining(now) <= 0 else 0.0

    def add(self, now: float) -> None:
        self._times.append(now)


class Limiter:
    """Counts requests and says which to refuse.

    Args:
        limits: What is enforced; None counts without enforcing anything. A mapping limits the classes that it names
            and no others: `all`, `setup_tests`, `source`, `user_creation`, `private_link_creation`.

    Raises:
        ValueError: No such plan or class, or a window that is not a positive count in a positive time.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._enforced = limits is not None
        windows = _windows(limits)
        self._classes = {name: [_Window(*pair) for pair in pairs] for name, pairs in windows.items()}
        # The headers tell of the hour; without one, of the longest window that counts all requests.
        shown = self._classes.get(ALL) or [_Window(*PLANS["full"][ALL][0])]
        self._classes.setdefault(ALL, [])
        self._shown = max(shown, key=lambda window: window.seconds)
        self._shown_apart = self._shown not in self._classes[ALL]

    def take(self, classes: Iterable[str], now: float) -> int:
        """Count a request, unless it has to wait.

        Args:
            classes: What it counts in beside `all`.
            now: The instant of the request.

        Returns:
            0 for a request that is let through, otherwise the whole seconds after which to come again. What is
            refused does not count.
        """
        windows = [window for name in (ALL, *classes) for window in self._classes.get(name, ())]
        if self._enforced:
            wait = max((window.wait(now) for window in windows), default=0.0)
            if wait > 0:
                return max(1, math.ceil(wait))
        for window in [*windows, self._shown] if self._shown_apart else windows:
            window.add(now)
        return 0

    def headers(self, now: float) -> dict[str, str]:
        """Return the headers that every answer carries."""
        remaining = self._shown.remaining(now)
        if not self._enforced:
            remaining = max(remaining, min(_UNLIMITED_FLOOR, self._shown.count))
        return {"X-Rate-Limit": str(self._shown.count), "X-Rate-Limit-Remaining": str(max(0, remaining))}


def _windows(limits: Limits | None) -> Mapping[str, Windows]:
    if limits is None:
        return {ALL: PLANS["full"][ALL]}
    if isinstance(limits, str):
        if limits not in PLANS:
            raise ValueError(f"limits must be one of {', '.join(PLANS)} or a mapping, got {limits!r}")
        return PLANS[limits]
    for name, pairs in limits.items():
        if name not in PLANS["full"]:
            raise ValueError(f"unknown rate class {name!r}, known are {', '.join(PLANS['full'])}")
        for count, seconds in pairs:
            if count < 1 or seconds <= 0:
                raise ValueError(f"a window of class {name!r} must be positive, got {count} in {seconds} s")
    return limits
