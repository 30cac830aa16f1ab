"""When a schedule starts something: every so many minutes, at times of some days, or by cron; all in UTC."""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Protocol

DAYS: Final = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
MINUTE: Final = 60.0
CRON_FIELDS: Final = 5

_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_ITEM: Final = re.compile(r"(?P<first>\*|\?|\w+)(-(?P<last>\w+))?(/(?P<step>[0-9]+))?")


class Timetable(Protocol):
    """The instants at which a schedule starts something, in seconds since the epoch."""

    def starts(self, after: float, until: float) -> Iterator[float]:
        """Yield those later than one instant and not later than another, the oldest first."""
        ...

    def last(self, after: float, until: float) -> float | None:
        """Return the latest of them, or None; quick however far the two are apart."""
        ...


@dataclass(frozen=True, slots=True)
class Interval:
    """Every so many seconds, counted from an instant that is not one of them itself."""

    anchor: float
    period: float

    def starts(self, after: float, until: float) -> Iterator[float]:
        """Yield the starts in between."""
        count = max(1, math.floor((after - self.anchor) / self.period) + 1)
        while (start := self.anchor + count * self.period) <= until:
            yield start
            count += 1

    def last(self, after: float, until: float) -> float | None:
        """Return the latest start in between."""
        count = math.floor((until - self.anchor) / self.period)
        start = self.anchor + count * self.period
        return start if count > 0 and start > after else None


@dataclass(frozen=True, slots=True)
class Calendar:
    """At some minutes of some days.

    Attributes:
        minutes: Minutes since midnight, in order.
        weekdays: 0 for Monday to 6 for Sunday.
        days: Days of the month.
        months: Months of the year.
        either: Whether a day that fits only one of `weekdays` and `days` will do, as cron has it when both are given.
    """

    minutes: Sequence[int]
    weekdays: frozenset[int] = frozenset(range(7))
    days: frozenset[int] = frozenset(range(1, 32))
    months: frozenset[int] = frozenset(range(1, 13))
    either: bool = False

    def starts(self, after: float, until: float) -> Iterator[float]:
        """Yield the starts in between."""
        day, end = _day(after), _day(until)
        while day <= end:
            yield from (start for start in self._on(day) if after < start <= until)
            day += timedelta(days=1)

    def last(self, after: float, until: float) -> float | None:
        """Return the latest start in between."""
        day, end = _day(until), _day(after)
        while day >= end:
            start = max((start for start in self._on(day) if after < start <= until), default=None)
            if start is not None:
                return start
            day -= timedelta(days=1)
        return None

    def _on(self, day: date) -> Iterator[float]:
        by_week, by_month = day.weekday() in self.weekdays, day.day in self.days
        if day.month in self.months and ((by_week or by_month) if self.either else (by_week and by_month)):
            midnight = datetime.combine(day, time(), UTC).timestamp()
            yield from (midnight + minute * MINUTE for minute in self.minutes)


@dataclass(frozen=True, slots=True)
class Several:
    """Whenever one of several timetables does."""

    tables: Sequence[Timetable]

    def starts(self, after: float, until: float) -> Iterator[float]:
        """Yield the starts in between."""
        return heapq.merge(*(table.starts(after, until) for table in self.tables))

    def last(self, after: float, until: float) -> float | None:
        """Return the latest start in between."""
        found = [start for table in self.tables if (start := table.last(after, until)) is not None]
        return max(found, default=None)


def minute_of_day(text: str) -> int:
    """Return the minutes since midnight of a time such as `07:30`.

    Raises:
        ValueError: It is no such time.
    """
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError(f"{text!r} is no time of day")
    return int(text[:2]) * 60 + int(text[3:])


def cron(expression: str) -> Calendar:
    """Return what a cron expression of five fields means.

    Raises:
        ValueError: It is no such expression.
    """
    fields = expression.split()
    if len(fields) != CRON_FIELDS:
        raise ValueError(f"{expression!r} does not have {CRON_FIELDS} fields")
    minute, hour, day, month, weekday = fields
    minutes, hours = _numbers(minute, 0, 59), _numbers(hour, 0, 23)
    return Calendar(
        minutes=sorted(60 * at + past for at in hours for past in minutes),
        # Cron counts from Sunday, which is both 0 and 7.
        weekdays=frozenset((number - 1) % 7 for number in _numbers(weekday, 0, 7, _WEEKDAYS, 0)),
        days=_numbers(day, 1, 31),
        months=_numbers(month, 1, 12, _MONTHS, 1),
        either=day[0] not in "*?" and weekday[0] not in "*?",
    )


def _numbers(field: str, least: int, most: int, names: Sequence[str] = (), base: int = 0) -> frozenset[int]:
    chosen: set[int] = set()
    for item in field.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise ValueError(f"{item!r} is no part of a cron expression")
        every = match["first"] in {"*", "?"}
        first = least if every else _number(match["first"], names, base)
        last = first if match["last"] is None else _number(match["last"], names, base)
        if every or (match["step"] is not None and match["last"] is None):
            last = most
        if not least <= first <= last <= most:
            raise ValueError(f"{item!r} is not between {least} and {most}")
        chosen.update(range(first, last + 1, max(1, int(match["step"] or 1))))
    return frozenset(chosen)


def _number(text: str, names: Sequence[str], base: int) -> int:
    return names.index(text.upper()) + base if text.upper() in names else int(text)


def _day(instant: float) -> date:
    return datetime.fromtimestamp(instant, UTC).date()
