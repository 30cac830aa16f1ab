"""The types of columns: what a value must be for them, and how it is handed to the destination."""

import base64
import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, cast

import attrs

JSON: Final = "JSON"
TEXT: Final = "VARCHAR"
BINARY: Final = "BLOB"
_DIGITS: Final = 38
_SCALE: Final = 10
_LONG: Final = 2**63


class ValueTypeError(TypeError):
    """A value is not of the type that its column has; the message says which, and not what the value is."""


@attrs.frozen
class ColumnType:
    """The type of a column.

    Attributes:
        name: Fivetran's name, such as `UTC_DATETIME`.
        stored: The name in DuckDB.
        convert: Returns a value as JSON that DuckDB reads as this type; raises ValueError or TypeError otherwise.
        wants: What a value must be, for messages.
    """

    name: str
    stored: str
    convert: Callable[[Any], Any]
    wants: str


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _whole(bits: int) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
            raise ValueError
        return value

    return convert


def _float(value: Any) -> float | str:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError
    number = float(value)
    # JSON has no word for these; DuckDB reads them from texts.
    return number if math.isfinite(number) else str(number)


def _decimal(precision: int, scale: int) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise TypeError
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise ValueError from None
        if (
            not number.is_finite()
            or number != round(number, scale)
            or abs(number) >= Decimal(10) ** (precision - scale)
        ):
            raise ValueError
        return format(number, "f")

    return convert


def _naive_date(value: Any) -> str:
    if isinstance(value, datetime):
        raise TypeError
    return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise TypeError
    return datetime.fromisoformat(value)


def _naive_datetime(value: Any) -> str:
    moment = _moment(value)
    if moment.tzinfo is not None:
        raise ValueError
    return moment.isoformat()


def _utc_datetime(value: Any) -> str:
    moment = _moment(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC).isoformat()


def _binary(value: Any) -> str:
    if not isinstance(value, bytes | bytearray | memoryview):
        raise TypeError
    return base64.b64encode(cast("bytes", value)).decode()


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float | Decimal):
        raise TypeError
    return value if isinstance(value, str) else json.dumps(value) if isinstance(value, bool) else str(value)


def _json(value: Any) -> Any:
    if isinstance(value, str):
        return json.loads(value)
    if not isinstance(value, Mapping | Sequence | bool | int | float):
        raise TypeError
    return json.loads(json.dumps(value, allow_nan=False))


TYPES: Final[Mapping[str, ColumnType]] = {
    kind.name: kind
    for kind in (
        ColumnType("BOOLEAN", "BOOLEAN", _boolean, "True or False"),
        ColumnType("SHORT", "SMALLINT", _whole(16), "an int of 16 bits"),
        ColumnType("INT", "INTEGER", _whole(32), "an int of 32 bits"),
        ColumnType("LONG", "BIGINT", _whole(64), "an int of 64 bits"),
        ColumnType("FLOAT", "FLOAT", _float, "a number"),
        ColumnType("DOUBLE", "DOUBLE", _float, "a number"),
        ColumnType("NAIVE_DATE", "DATE", _naive_date, "a date, or a text such as 2024-01-31"),
        ColumnType(
            "NAIVE_DATETIME", "TIMESTAMP", _naive_datetime, "a datetime without a zone, or such a text in ISO 8601"
        ),
        ColumnType("UTC_DATETIME", "TIMESTAMPTZ", _utc_datetime, "a datetime with a zone, or such a text in ISO 8601"),
        ColumnType("BINARY", BINARY, _binary, "bytes"),
        ColumnType("XML", TEXT, _text, "a text"),
        ColumnType("STRING", TEXT, _text, "a text"),
        ColumnType("JSON", JSON, _json, "JSON: a dict, a list, or a text that holds one"),
    )
}
"""By Fivetran's names, all types but DECIMAL, which has a precision and a scale."""


def decimal(precision: int, scale: int) -> ColumnType:
    """Return the type of decimal numbers of so many digits, so many of them behind the point.

    Raises:
        ValueError: There is no such type.
    """
    if not 0 < precision <= _DIGITS or not 0 <= scale <= precision:
        raise ValueError(f"DECIMAL has a precision from 1 to {_DIGITS} and a scale from 0 to that")
    wants = f"a number of at most {precision} digits, {scale} of them behind the point"
    return ColumnType("DECIMAL", f"DECIMAL({precision},{scale})", _decimal(precision, scale), wants)


_INFERRED_DECIMAL: Final = decimal(_DIGITS, _SCALE)


def inferred(value: Any) -> ColumnType:
    """Return the type of a value that no schema speaks of.

    Raises:
        ValueTypeError: Fivetran has no type for it.
    """
    if isinstance(value, bool):
        return TYPES["BOOLEAN"]
    if isinstance(value, int):
        return TYPES["LONG"] if -_LONG <= value < _LONG else TYPES["STRING"]
    if isinstance(value, Decimal):
        return _INFERRED_DECIMAL if _fits(value) else TYPES["STRING"]
    if isinstance(value, datetime):
        return TYPES["NAIVE_DATETIME" if value.tzinfo is None else "UTC_DATETIME"]
    for kind, name in _INFERRED:
        if isinstance(value, kind):
            return TYPES[name]
    raise ValueTypeError(f"a value of the type {type(value).__name__}, which Fivetran has no type for")


def _fits(value: Decimal) -> bool:
    try:
        _INFERRED_DECIMAL.convert(value)
    except (ValueError, TypeError, InvalidOperation):
        return False
    return True


_INFERRED: Final[tuple[tuple[Any, str], ...]] = (
    (str, "STRING"),
    (float, "DOUBLE"),
    (date, "NAIVE_DATE"),
    ((bytes, bytearray, memoryview), "BINARY"),
    ((Mapping, list, tuple), "JSON"),
)


def wider(one: ColumnType, other: ColumnType) -> ColumnType:
    """Return the type that holds the values of both."""
    if one.stored == other.stored:
        return one
    if {one.stored, other.stored} == {"BIGINT", "DOUBLE"}:
        return TYPES["DOUBLE"]
    if {one.stored, other.stored} == {"BIGINT", _INFERRED_DECIMAL.stored}:
        return _INFERRED_DECIMAL
    return TYPES["STRING"]


def converted(value: Any, kind: ColumnType, where: str) -> Any:
    """Return a value as JSON that DuckDB reads as this type.

    Args:
        value: The value; not None.
        kind: The type.
        where: The table and the column, for the message.

    Raises:
        ValueTypeError: It is none of this type.
    """
    try:
        return kind.convert(value)
    except (ValueError, TypeError, InvalidOperation, OverflowError, RecursionError):
        raise ValueTypeError(
            f"{where} is declared {kind.name}, which wants {kind.wants}, and got a {type(value).__name__}"
        ) from None


def loosely(value: Any, kind: ColumnType) -> Any:
    """Return a value as JSON for a column whose type was inferred, from this value and others."""
    if kind.stored == TEXT:
        return value if isinstance(value, str) else _as_text(value)
    return kind.convert(value)


def _as_text(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return _binary(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(cast("Any", value))
    return _text(value)
