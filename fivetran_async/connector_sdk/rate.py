"""How quickly a source may be asked: evenly, in several windows at once, and not before it says so."""

import asyncio
import math
from collections import deque
from collections.abc import Sequence
from typing import Final

from fivetran_async._clock import Clock, SystemClock
from fivetran_async._windows import MINUTE, ROUNDING, Limit
from fivetran_async.connector_sdk.source_errors import SourceRateLimitedError
from fivetran_async.errors import ArgumentError

# A start counts here when it leaves and there when it arrives: so much wider than the source's are the windows.
_WIDER: Final = 1.01
# A start that was late by less than this share of the gap does not delay the next one.
_CATCH_UP: Final = 0.1


class RateLimit:
    """Starts of calls, spaced evenly, first come first served; shared by all that read one source.

    It belongs to one event loop: make it inside `update()`.
    """

    def __init__(
        self,
        *,
        per_second: int | None = None,
        per_minute: int | None = None,
        limits: Sequence[tuple[int, float]] = (),
        longest: float = 120.0,
        clock: Clock | None = None,
    ) -> None:
        """Make a limit.

        Args:
            per_second: Calls in any second, from 1; also how evenly they are spaced. None for any number.
            per_minute: Calls in any minute, from 1; None for any number.
            limits: Further windows, as (calls, seconds).
            longest: The longest time, in seconds, that the source may close itself for; a longer one is raised.
            clock: What it reads and sleeps by.

        Raises:
            ArgumentError: A number is below what it may be.
        """
        asked = [(per_second, 1.0), (per_minute, MINUTE), *limits]
        for count, seconds in asked:
            if count is None:
                continue
            if isinstance(count, bool) or not isinstance(count, int) or count < 1:
                raise ArgumentError(f"a limit must be a whole number of calls from 1, not {count!r}")
            if not 0 < seconds < math.inf:
                raise ArgumentError(f"a limit's window must be a number of seconds above 0, not {seconds!r}")
        if not 0 <= longest < math.inf:
            raise ArgumentError(f"longest must be a number of seconds from 0, not {longest!r}")
        self._limits = [Limit(count, seconds * _WIDER) for count, seconds in asked if count is not None]
        shortest = min(self._limits, key=lambda limit: limit.seconds, default=None)
        self._gap = 0.0 if shortest is None else shortest.seconds / shortest.count
        self._starts = deque[float](maxlen=max((limit.count for limit in self._limits), default=1))
        self._slot = -math.inf
        self._closed_until = -math.inf
        self._longest = longest
        self._clock = clock or SystemClock()
        # FIFO, and only its holder sleeps: a pause that comes meanwhile holds all.
        self._turn = asyncio.Lock()

    async def wait(self) -> None:
        """Wait until the next call may start, and count it.

        Raises:
            SourceRateLimitedError: The source has closed itself for longer than `longest`.
        """
        async with self._turn:
            while True:
                now = self._clock.monotonic()
                closed = self._closed_until - now
                if closed > self._longest:
                    raise SourceRateLimitedError(
                        f"the source is closed for another {closed:.0f} s, longer than the {self._longest:g} s that "
                        "are waited for: run again later",
                        retry_after=closed,
                        sent=False,
                    )
                due = self._due()
                if due <= now + ROUNDING:
                    break
                await self._clock.sleep(due - now)
            late = now - self._slot
            self._slot = (self._slot if late <= _CATCH_UP * self._gap else now) + self._gap
            self._starts.append(now)

    def pause(self, seconds: float) -> None:
        """Let nobody start for so many seconds, as `Retry-After` asks; a shorter pause never ends a longer one."""
        self._closed_until = max(self._closed_until, self._clock.monotonic() + seconds)

    def observe(self, *, available: int, seconds: float) -> None:
        """Learn from a quota header.

        Args:
            available: How many calls are left.
            seconds: After how many seconds there are more again.
        """
        if available <= 0:
            self.pause(seconds)

    def _due(self) -> float:
        due = max(self._slot, self._closed_until)
        for limit in self._limits:
            if len(self._starts) >= limit.count:
                due = max(due, self._starts[-limit.count] + limit.seconds)
        return due
