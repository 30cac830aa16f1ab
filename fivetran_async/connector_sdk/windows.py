"""Windows of time: half-open, so that each moment lies in exactly one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from fivetran_async.errors import ArgumentError

DAY: Final = timedelta(days=1)
_NONE: Final = timedelta(0)


def aware(value: datetime, name: str) -> datetime:
    """Return a time in UTC.

    Raises:
        ArgumentError: It is no time, or has no zone.
    """
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ArgumentError(f"{name} must be a datetime with a time zone, such as datetime.now(UTC), not {value!r}")
    return value.astimezone(UTC)


@attrs.frozen
class Window:
    """A stretch of time: from `start` on, and before `end`.

    Attributes:
        start: Its first moment, in UTC.
        end: The first moment after it, in UTC.
        is_open: Whether it is not over yet: it is read as far as it goes, and read again by the next run.
    """

    start: datetime
    end: datetime
    is_open: bool = False

    def __attrs_post_init__(self) -> None:
        if not aware(self.start, "start") < aware(self.end, "end"):
            raise ArgumentError(f"a window must end after its start, and {self.end} is not after {self.start}")

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def __str__(self) -> str:
        return f"{self.start.isoformat()}/{self.end.isoformat()}"

    @property
    def mark(self) -> datetime:
        """Up to when everything is read once this window is: its end, or its start while it is open."""
        return self.start if self.is_open else self.end


def plan_windows(
    *,
    first: datetime,
    now: datetime,
    mark: datetime | None = None,
    step: timedelta = DAY,
    look_back: timedelta = _NONE,
) -> Iterator[Window]:
    """Yield the windows that a run has to read, in order.

    They lie on a grid that begins at `first`, whatever the mark is. The last one ends now, and is open unless a step
    ends there too.

    Args:
        first: Where the first run begins; no run begins before it.
        now: The end of the last window.
        mark: Up to when earlier runs have read; None for the first run.
        step: The length of a window, above 0.
        look_back: How far before the mark to read again, for changes that came late, from 0.

    Raises:
        ArgumentError: A time has no zone, the step is not above 0, or the look-back is below 0.
    """
    if step <= _NONE:
        raise ArgumentError(f"step must be longer than 0, not {step}")
    if look_back < _NONE:
        raise ArgumentError(f"look_back must not be below 0, not {look_back}")
    origin, now = aware(first, "first"), aware(now, "now")
    start = origin
    if mark is not None:
        start = max(origin, origin + (aware(mark, "mark") - look_back - origin) // step * step)
    return _windows(start, now, step)


def _windows(start: datetime, now: datetime, step: timedelta) -> Iterator[Window]:
    while start < now:
        end = start + step
        yield Window(start, min(end, now), is_open=end > now)
        start = end
