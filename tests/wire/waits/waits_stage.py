"""A clock that only a test moves, and what waits until nothing can go on without it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from fivetran_async.sandbox import Sandbox

START = datetime(2026, 8, 1, 12, tzinfo=UTC)


class SteppedClock:
    """A client's clock that only a test moves, together with that of the sandbox."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return the wall time."""
        return START + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Sleep until a test has moved the time far enough."""
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._elapsed + seconds, sleeper))
        await sleeper

    @property
    def next(self) -> float | None:
        """In how many seconds the next sleeper is due; None while nobody sleeps."""
        due = [due for due, sleeper in self._sleepers if not sleeper.done()]
        return min(due) - self._elapsed if due else None

    def advance(self, seconds: float) -> None:
        """Move the time and wake who is due."""
        self._elapsed += seconds
        self._box.clock.advance(seconds)
        for due, sleeper in self._sleepers:
            if due <= self._elapsed and not sleeper.done():
                sleeper.set_result(None)
        self._sleepers = [(due, sleeper) for due, sleeper in self._sleepers if not sleeper.done()]


async def settled(ft: Any) -> None:
    """Wait until nothing can go on before the time does."""
    quiet = 0
    while quiet < 50:
        busy = ft.budget.in_flight or ft.budget.waiting
        await asyncio.sleep(0.001 if busy else 0)
        quiet = 0 if busy else quiet + 1


async def through(ft: Any, task: asyncio.Future[Any]) -> int:
    """Let the time go on, from one look to the next, until a task is over; return how many steps that took."""
    steps = 0
    await settled(ft)
    while not task.done():
        assert ft.clock.next is not None, "nobody waits for the time"
        steps += 1
        # More than exactly: sums of fractions fall short of each other.
        ft.clock.advance(max(ft.clock.next, 0.0) + 1e-6)
        await settled(ft)
    return steps
