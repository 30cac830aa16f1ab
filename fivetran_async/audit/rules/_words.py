"""How rules write times, spans and lists."""

from collections.abc import Sequence
from datetime import datetime

from fivetran_async.models.connections import ConnectionTask, ConnectionWarning

HOUR = 3600.0
DAY = 24 * HOUR

_SHOWN = 3


def seconds_since(at: datetime, now: datetime) -> float:
    """Return the seconds from a moment until now; negative for one that is still to come."""
    return (now - at).total_seconds()


def span(seconds: float) -> str:
    """Return a span of time in words, in one unit."""
    if seconds >= 2 * DAY:
        return f"{int(seconds // DAY)} days"
    if seconds >= 2 * HOUR:
        return f"{int(seconds // HOUR)} hours"
    minutes = int(seconds // 60)
    if minutes < 1:
        return "less than a minute"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def moment(at: datetime) -> str:
    """Return a time to the minute."""
    return f"{at:%Y-%m-%d %H:%M} {at.tzname() or ''}".rstrip()


def notes(items: Sequence[ConnectionTask | ConnectionWarning]) -> str:
    """Return what the first few tasks or warnings say, and how many more there are."""
    said = [item.message or item.code or "no message" for item in items[:_SHOWN]]
    more = len(items) - len(said)
    return "; ".join([*said, f"and {more} more"] if more else said)


def named(items: Sequence[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = len(items) - _SHOWN
    return ", ".join([*items[:_SHOWN], f"and {more} more"] if more > 0 else items) or "none"
