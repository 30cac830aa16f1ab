"""Whether what lies in a destination is what the source has: rows by day, and keys that are there more than once."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, time
from typing import Any, Final, Literal, TypeAlias, cast, get_args
from zoneinfo import ZoneInfo

import attrs

from fivetran_async._forks import loading
from fivetran_async.errors import ArgumentError

Day: TypeAlias = date | str
"""A day: a date, or a text such as `2024-01-31`."""

Counts: TypeAlias = Mapping[str, int] | Mapping[date, int] | Mapping[Day, int] | Iterable[tuple[Day, int]]
"""How many rows a source has of each day."""

DayType: TypeAlias = Literal["UTC_DATETIME", "NAIVE_DATETIME", "NAIVE_DATE"]
"""What a column of times holds, in the words of the Connector SDK."""

DELETED: Final = "_fivetran_deleted"

_SHOWN: Final = 10
_PAIR: Final = 2


@attrs.frozen(kw_only=True)
class DayCount:
    """The rows of one day.

    Attributes:
        day: The day.
        expected: How many there should be; None where nobody said it.
        found: How many there are.
    """

    day: date
    expected: int | None = None
    found: int

    @property
    def ok(self) -> bool:
        """Whether there are as many as expected."""
        return self.expected is None or self.expected == self.found


@attrs.frozen(kw_only=True)
class Duplicate:
    """A key that more than one row has.

    Attributes:
        key: The columns of the key and their values.
        count: How many rows have it.
    """

    key: Mapping[str, Any] = attrs.field(hash=False)
    count: int


@attrs.frozen(kw_only=True)
class Verification:
    """What a look at a table found. Its text says all of it, for reading.

    Attributes:
        table: The table.
        days: The rows by day, of all days that were expected or found, in order.
        undated: How many rows have no time.
        duplicates: Keys that are there more than once, the most frequent first.
        more_duplicates: Whether there are more of these than were asked for.
        compared: Whether there was something to compare the days with.
        checked: The columns of the key that was checked; none when none was.
    """

    table: str
    days: tuple[DayCount, ...] = ()
    undated: int = 0
    duplicates: tuple[Duplicate, ...] = ()
    more_duplicates: bool = False
    compared: bool = False
    checked: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all days have as many rows as expected, none has no day, and no key is there twice."""
        return not self.duplicates and not (self.compared and self.undated) and all(day.ok for day in self.days)

    @property
    def expected(self) -> int | None:
        """How many rows there should be; None where nobody said it."""
        return sum(day.expected or 0 for day in self.days) if self.compared else None

    @property
    def found(self) -> int:
        """How many rows there are, those without a time included."""
        return sum(day.found for day in self.days) + self.undated

    @property
    def wrong(self) -> tuple[DayCount, ...]:
        """The days that have another number of rows than expected."""
        return tuple(day for day in self.days if not day.ok)

    @property
    def missing(self) -> tuple[date, ...]:
        """The days of which there should be rows, and are none."""
        return tuple(day.day for day in self.wrong if not day.found)

    @property
    def extra(self) -> tuple[date, ...]:
        """The days of which there should be no rows, and are some."""
        return tuple(day.day for day in self.wrong if not day.expected)

    def __str__(self) -> str:
        against = f", {self.expected:,} expected" if self.compared else ""
        lines = [f"{self.table}: {'ok' if self.ok else 'not ok'}: {self.found:,} rows{against}, {len(self.days)} days"]
        lines += _some([f"{day.day}: {day.found:,} rows, {day.expected:,} expected" for day in self.wrong])
        if self.undated:
            lines.append(f"{self.undated:,} rows without a time")
        if self.checked and not self.duplicates:
            lines.append(f"no key ({', '.join(self.checked)}) is there twice")
        lines += _some([f"{_spelt(one.key)}: {one.count:,} rows" for one in self.duplicates])
        if self.more_duplicates:
            lines.append("more keys are there twice than were asked for")
        return "\n  ".join(lines)


@attrs.frozen(kw_only=True)
class Question:
    """What to look at in a destination; see `fivetran_async.connector_sdk.verify`."""

    table: str
    schema: str
    database: str | None
    key: str | Iterable[str]
    day: str | None
    day_type: str
    since: Day | None
    until: Day | None
    timezone: str
    deleted: str | None
    duplicates: int
    dialect: str | None
    paramstyle: str | None

    def checked(self, *, compares: bool) -> "Look":
        """Return it, ready to be asked.

        Args:
            compares: Whether there is something to compare days with.

        Raises:
            ArgumentError: An argument cannot be used; nothing was asked.
            ConfigError: sqlglot, of the extra `logs`, is missing.
        """
        for name in ("table", "schema", "timezone"):
            _text(getattr(self, name), name)
        for name in ("day", "deleted", "database"):
            if getattr(self, name) is not None:
                _text(getattr(self, name), name)
        key = _key(self.key)
        if not key and self.day is None:
            raise ArgumentError("there is nothing to look at: give key= (the primary key), day= (a column), or both")
        if compares and self.day is None:
            raise ArgumentError("expected= wants day=: the column that says of which day a row is")
        if self.day_type not in get_args(DayType):
            raise ArgumentError(f"day_type is {', '.join(get_args(DayType))}, not {self.day_type!r}")
        if isinstance(self.duplicates, bool) or not isinstance(self.duplicates, int) or self.duplicates < 1:
            raise ArgumentError(f"duplicates is how many to show at most, 1 or more, not {self.duplicates!r}")
        bounds = [None if one is None else read_day(one, name) for one, name in self._bounds()]
        if self.day is None and any(bounds):
            raise ArgumentError("since= and until= want day=: the column that says of which day a row is")
        if bounds[0] is not None and bounds[1] is not None and bounds[0] >= bounds[1]:
            raise ArgumentError(
                f"until, {bounds[1]}, is the first day no more looked at, and must be after {bounds[0]}"
            )
        return Look(self, key, bounds[0], bounds[1], _zone(self.timezone))

    def _bounds(self) -> tuple[tuple[Day | None, str], ...]:
        return (self.since, "since"), (self.until, "until")


@attrs.frozen
class Look:
    """A question that was checked: writes its SQL, and asks; blocks."""

    question: Question
    key: tuple[str, ...]
    since: date | None
    until: date | None
    zone: ZoneInfo

    def queries(self) -> "tuple[Any, Any]":
        """Return what asks for the rows by day, and for the keys that are there twice; None for what is not asked."""
        with loading():
            from fivetran_async.connector_sdk import _verify_sql  # noqa: PLC0415 - it wants an extra

        asked = self.question
        by_day = None
        if asked.day is not None:
            by_day = _verify_sql.by_day(
                asked.table,
                asked.schema,
                asked.database,
                column=asked.day,
                zone=asked.timezone if asked.day_type == "UTC_DATETIME" else None,
                first=self._bound(self.since),
                last=self._bound(self.until),
                deleted=asked.deleted,
            )
        twice = None
        if self.key:
            twice = _verify_sql.twice(
                asked.table, asked.schema, asked.database, key=self.key, deleted=asked.deleted, most=asked.duplicates
            )
        return by_day, twice

    def ask(self, connection: Any, expected: Mapping[date, int] | None) -> Verification:
        """Ask a destination.

        Args:
            connection: A connection of a DB-API driver.
            expected: How many rows there should be by day; None for nothing to compare with.
        """
        with loading():
            from fivetran_async.logs._query import spoken  # noqa: PLC0415 - as above

        dialect, style = spoken(connection, self.question.dialect, self.question.paramstyle)
        found: list[Sequence[Sequence[Any]]] = []
        for query in self.queries():
            rendered = None if query is None else query.render(dialect, style)
            found.append(() if rendered is None else _fetched(connection, rendered.sql, rendered.parameters))
        return self._judged(found[0], found[1], expected)

    async def wanted(self, expected: "Expected | None") -> dict[date, int] | None:
        """Return expected counts, asked for where they are to be, and checked.

        Raises:
            ArgumentError: They are none, or of days that are not looked at.
        """
        if expected is None:
            return None
        counts: Any = expected() if callable(expected) else expected
        read = read_counts(await counts if inspect.isawaitable(counts) else counts)
        for day in read:
            if (self.since is not None and day < self.since) or (self.until is not None and day >= self.until):
                raise ArgumentError(f"{day} is expected, and not looked at: it is not between since and until")
        return read

    def _bound(self, day: date | None) -> date | None:
        if day is None or self.question.day_type == "NAIVE_DATE":
            return day
        if self.question.day_type == "NAIVE_DATETIME":
            return datetime.combine(day, time())
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def _judged(
        self, days: Sequence[Sequence[Any]], keys: Sequence[Sequence[Any]], expected: Mapping[date, int] | None
    ) -> Verification:
        counts = {_day_of(day): int(count) for day, count in days}
        undated = counts.pop(None, 0)
        dated = {day: count for day, count in counts.items() if day is not None}
        wanted = dict.fromkeys(dated, None) if expected is None else dict.fromkeys(dated, 0) | dict(expected)
        repeated = [
            Duplicate(key=dict(zip(self.key, values, strict=True)), count=int(count)) for *values, count in keys
        ]
        most = self.question.duplicates
        return Verification(
            table=f"{self.question.schema}.{self.question.table}",
            days=tuple(DayCount(day=day, expected=wanted[day], found=dated.get(day, 0)) for day in sorted(wanted)),
            undated=undated,
            duplicates=tuple(repeated[:most]),
            more_duplicates=len(repeated) > most,
            compared=expected is not None,
            checked=self.key,
        )


def read_day(day: object, what: str = "a day") -> date:
    """Return a day as a date.

    Raises:
        ArgumentError: It is none.
    """
    if isinstance(day, date) and not isinstance(day, datetime):
        return day
    if isinstance(day, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        try:
            return date.fromisoformat(day)
        except ValueError as error:
            raise ArgumentError(f"{what} is no day: {day!r}: {error}") from None
    raise ArgumentError(f"{what} must be a date, or a text such as '2024-01-31', not {day!r}")


def read_counts(counts: object) -> dict[date, int]:
    """Return how many rows are expected, by day.

    Raises:
        ArgumentError: They are no counts by day.
    """
    if isinstance(counts, str | bytes) or not isinstance(counts, Iterable):
        raise ArgumentError(
            "expected must be a mapping of days to counts, pairs of both, or a function that returns them, "
            f"not {type(counts).__name__}"
        )
    pairs = cast("Mapping[Any, Any]", counts).items() if isinstance(counts, Mapping) else cast("Iterable[Any]", counts)
    read: dict[date, int] = {}
    for pair in pairs:
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(cast("Sequence[Any]", pair)) != _PAIR:
            raise ArgumentError(f"expected must have pairs of a day and a count, not {pair!r}")
        named, count = cast("tuple[Any, Any]", tuple(cast("Sequence[Any]", pair)))
        day = read_day(named, "a day of expected")
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise ArgumentError(f"expected of {day} must be a number of rows, 0 or more, not {count!r}")
        if day in read:
            raise ArgumentError(f"expected has {day} twice")
        read[day] = count
    return read


def _fetched(connection: Any, sql: str, parameters: Any) -> Sequence[Sequence[Any]]:
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql, *([parameters] if parameters else []))
        return [tuple(row) for row in cursor.fetchall()]


def _day_of(value: Any) -> date | None:
    # Drivers differ in what they make of a date.
    if isinstance(value, datetime):
        return value.date()
    return value if value is None or isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _key(key: str | Iterable[str]) -> tuple[str, ...]:
    names = (key,) if isinstance(key, str) else tuple(key)
    for name in names:
        _text(name, "a column of key")
    if len(set(names)) < len(names):
        raise ArgumentError(f"key names a column twice: {', '.join(names)}")
    return names


def _text(value: object, what: str) -> None:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ArgumentError(f"{what} must be a name, not {value!r}")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ArgumentError(f"there is no time zone {name!r}; such as UTC or Europe/Berlin") from None


def _some(lines: Sequence[str]) -> list[str]:
    left = len(lines) - _SHOWN
    return [*lines[:_SHOWN], *([f"and {left:,} more"] if left > 0 else [])]


def _spelt(key: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in key.items())


Expected: TypeAlias = Counts | Callable[[], Any]
"""Counts, or a function without arguments that returns them, or something to await that does."""
