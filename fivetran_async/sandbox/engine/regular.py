"""When the schedule of a connection starts its syncs: plain arithmetic, in closed form however far time moved."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import NamedTuple


class Scheduled(NamedTuple):
    """What a schedule did up to an instant.

    Attributes:
        ended: When the last finished sync ended; None when none did.
        started: When the sync that still runs started; None when none runs.
        due: When the next one starts.
        turns: How many have ended.
        step: From one start to the next.
    """

    ended: float | None
    started: float | None
    due: float
    turns: int
    step: float


def scheduled_runs(due: float, period: float, seconds: float, now: float) -> Scheduled:
    """Tell what a schedule did from its next start until now, without looking at every sync in between.

    Args:
        due: When the first sync starts; not after `now`.
        period: Seconds between two starts.
        seconds: How long a sync takes; while one runs, the starts that fall into it are skipped.
        now: The instant that is looked at.
    """
    step = period * max(1, math.ceil(seconds / period))
    turns = math.floor((now - due) / step)
    last = due + step * turns
    if now >= last + seconds:
        return Scheduled(last + seconds, None, last + step, turns + 1, step)
    ended = last - step + seconds if last > due else None
    return Scheduled(ended, last, last + step, turns, step)


def next_slot(due: float, period: float, after: float) -> float:
    """Return the schedule's first start that is not before an instant."""
    return due if due >= after else due + period * math.ceil((after - due) / period)


def next_hour(clock_time: str, now: float) -> float:
    """Return when it is a full hour, such as `15:00`, the next time."""
    # Documentation and specification contradict each other on the zone: the specification's UTC is taken.
    moment = datetime.fromtimestamp(now, UTC)
    at = moment.replace(hour=int(clock_time[:2]), minute=0, second=0, microsecond=0)
    return (at if at > moment else at + timedelta(days=1)).timestamp()
