"""The sandbox's time: real time plus an offset that tests move forward."""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
import time
from datetime import UTC, datetime


class Clock:
    """A clock that runs with real time and can be moved ahead, from any thread.

    A client that is given this clock sleeps on it, so that moving it ends the client's waits too.

    Args:
        start: The instant at which the clock begins; aware. Left out, the real now, without its fraction of a second.
    """

    def __init__(self, start: datetime | None = None) -> None:
        begin = datetime.now(UTC).replace(microsecond=0) if start is None else start
        if begin.tzinfo is None:
            raise ValueError(f"start must be an aware datetime, got the naive {begin.isoformat()}")
        self._lock = threading.Lock()
        self._start = begin.timestamp()
        self._origin = time.monotonic()
        self._offset = 0.0
        self._sleepers: set[asyncio.Future[None]] = set()

    @property
    def start(self) -> float:
        """The instant at which the clock began, in seconds since the epoch."""
        return self._start

    def elapsed(self) -> float:
        """Return the seconds since the clock began, the moved ones included."""
        return time.monotonic() - self._origin + self._offset

    def monotonic(self) -> float:
        """Return seconds that only ever grow, for measuring durations."""
        return self._origin + self.elapsed()

    def timestamp(self) -> float:
        """Return the sandbox's now in seconds since the epoch."""
        return self._start + self.elapsed()

    def now(self) -> datetime:
        """Return the sandbox's now as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def advance(self, seconds: float) -> None:
        """Move the clock ahead and wake who sleeps on it and is due.

        Args:
            seconds: How far; not negative, since nothing that happened can be taken back.

        Raises:
            ValueError: The number is negative or not finite.
        """
        if not math.isfinite(seconds) or seconds < 0:
            raise ValueError(f"a clock can only be moved ahead by a finite number of seconds, got {seconds!r}")
        with self._lock:
            self._offset += seconds
            sleepers = list(self._sleepers)
        # Every sleeper looks anew at how long it has left: who is not due arms a shorter timer.
        for sleeper in sleepers:
            with contextlib.suppress(RuntimeError):  # its loop is closed: nobody is left to wake
                sleeper.get_loop().call_soon_threadsafe(_wake, sleeper)

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has gone on by that much, by itself or by `advance`, in whichever loop runs."""
        loop = asyncio.get_running_loop()
        due = self.elapsed() + seconds
        if seconds <= 0:
            await asyncio.sleep(0)
        while True:
            moved = loop.create_future()
            with self._lock:
                # Under the lock, or an `advance` between the look and the registration would be missed.
                left = due - self.elapsed()
                if left <= 0:
                    return
                self._sleepers.add(moved)
            timer = loop.call_later(left, _wake, moved)
            try:
                await moved
            finally:
                timer.cancel()
                with self._lock:
                    self._sleepers.discard(moved)


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
