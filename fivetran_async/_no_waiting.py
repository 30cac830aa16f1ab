"""A clock on which no wait takes time."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fivetran_async.errors import ArgumentError

_BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
# What goes on between two requests takes a few turns of the loop; so many are a fraction of a millisecond.
_TURNS: Final = 50
# How often to look whether requests are still under way, in seconds.
_LOOK: Final = 0.001


class NoWaiting:
    """A clock on which waits end as soon as nothing else is to be done, and move the time by as much.

    Give it to a client as `clock=`: pauses between attempts, gates and the looks of `sync_and_wait` take no time. What
    ends first of several waits ends first. Only its own event loop, and the requests of clients that `busy` counts, are
    work that it sees: for webhooks, which come from elsewhere, move the sandbox's clock instead.

    Attributes:
        slept: How long each wait was asked to be, in seconds, in the order in which they began.
    """

    def __init__(self, clock: Any = None) -> None:
        """Make a clock.

        Args:
            clock: One that can be moved, such as `Sandbox.clock`, so that syncs go on while nobody waits; None for a
                time of its own, which stands still but for the waits.

        Raises:
            ArgumentError: It cannot be moved.
        """
        if clock is not None and not callable(getattr(clock, "advance", None)):
            raise ArgumentError(f"clock must be one that has advance(seconds), such as Sandbox.clock, not {clock!r}")
        self.slept: list[float] = []
        self._clock = clock
        self._elapsed = 0.0
        self._lock = threading.RLock()
        self._sleepers: dict[asyncio.Future[None], float] = {}
        self._watched: set[asyncio.AbstractEventLoop] = set()
        self._under_way = 0

    def now(self) -> datetime:
        """Return the wall time."""
        return _BEGIN + timedelta(seconds=self._elapsed) if self._clock is None else self._clock.now()

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self._elapsed if self._clock is None else self._clock.monotonic()

    def advance(self, seconds: float) -> None:
        """Move the time, and end the waits that are over by that.

        Args:
            seconds: How far, from 0.
        """
        with self._lock:
            if self._clock is None:
                self._elapsed += seconds
            else:
                self._clock.advance(seconds)
            now = self.monotonic()
            over = [sleeper for sleeper, due in self._sleepers.items() if due <= now]
        for sleeper in over:
            # Its loop may be closed: nobody is left to wake.
            with suppress(RuntimeError):
                sleeper.get_loop().call_soon_threadsafe(_wake, sleeper)

    async def sleep(self, seconds: float) -> None:
        """Wait until the time has been moved so far, by `advance` or because there is nothing else to do."""
        loop = asyncio.get_running_loop()
        sleeper: asyncio.Future[None] = loop.create_future()
        with self._lock:
            self.slept.append(seconds)
            self._sleepers[sleeper] = self.monotonic() + seconds
            if loop not in self._watched:
                self._watched.add(loop)
                loop.call_soon(self._look, loop, _TURNS, len(self.slept))
        try:
            await (asyncio.sleep(0) if seconds <= 0 else sleeper)
        finally:
            with self._lock:
                del self._sleepers[sleeper]

    @contextmanager
    def busy(self) -> Generator[None]:
        """Let no wait end while something is under way that an event loop does not show, such as a request."""
        with self._lock:
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def _look(self, loop: asyncio.AbstractEventLoop, turns: int, slept: int) -> None:
        """Move the time to the next wait's end when the loop had so many turns and nothing happened in them."""
        with self._lock:
            mine = [due for sleeper, due in self._sleepers.items() if sleeper.get_loop() is loop and not sleeper.done()]
            if not mine:
                self._watched.discard(loop)
                return
            if self._under_way:
                loop.call_later(_LOOK, self._look, loop, _TURNS, len(self.slept))
            elif slept != len(self.slept):
                loop.call_soon(self._look, loop, _TURNS, len(self.slept))
            elif turns:
                loop.call_soon(self._look, loop, turns - 1, slept)
            else:
                self.advance(max(0.0, min(mine) - self.monotonic()))
                loop.call_soon(self._look, loop, _TURNS, slept)


def _wake(sleeper: "asyncio.Future[None]") -> None:
    if not sleeper.done():
        sleeper.set_result(None)
