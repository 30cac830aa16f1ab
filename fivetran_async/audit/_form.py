"""Whether plain data keeps to the JSON Schema of policy files, and in words what is allowed where it does not."""

import difflib
import math
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias, cast

import attrs

Way: TypeAlias = tuple[str | int, ...]
"""The way to a place: keys, and places in lists from 0."""


@attrs.frozen
class Fault:
    """What is wrong at one place."""

    way: Way
    message: str

    @property
    def place(self) -> str:
        """The way in words: `exceptions[0].until`."""
        words = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.way)
        return words.removeprefix(".")


def faults(value: object, schema: Mapping[str, Any], whole: Mapping[str, Any], way: Way = ()) -> Iterator[Fault]:
    """Return all that is wrong with a value.

    Args:
        value: Plain data; dates may be dates.
        schema: What it has to keep to: as much of JSON Schema as `policy_schema` uses.
        whole: The schema that `$ref` refers to.
        way: Where the value stands.
    """
    if "$ref" in schema:
        found: Mapping[str, Any] = whole["$defs"][schema["$ref"].rpartition("/")[2]]
        yield from faults(value, found, whole, way)
    elif "enum" in schema:
        if value not in schema["enum"] or isinstance(value, bool):
            yield Fault(way, f"must not be {_shown(value)}{_instead(schema['enum'], value)}")
    elif schema["type"] == "object":
        yield from _object(value, schema, whole, way)
    elif schema["type"] == "array":
        if isinstance(value, list):
            for number, item in enumerate(cast("list[object]", value)):
                yield from faults(item, schema["items"], whole, (*way, number))
        else:
            yield Fault(way, f"must be a list, not {_shown(value)}")
    else:
        message = _scalar(value, schema)
        if message:
            yield Fault(way, f"{message}, not {_shown(value)}")


def _object(value: object, schema: Mapping[str, Any], whole: Mapping[str, Any], way: Way) -> Iterator[Fault]:
    known: Mapping[str, Any] = schema["properties"]
    if not isinstance(value, dict):
        yield Fault(way, f"must have keys and values, not {_shown(value)}")
        return
    given = cast("dict[object, object]", value)
    for key, item in given.items():
        others = known.get(str(key), schema["additionalProperties"])
        if isinstance(key, str) and others:
            yield from faults(item, others, whole, (*way, key))
        else:
            yield Fault((*way, str(key)), f"there is no such key{_instead(known, key)}")
    for key in schema.get("required", ()):
        if key not in given:
            yield Fault(way, f"{key} is missing: {known[key]['description'] or 'it is required'}")


def _scalar(value: object, schema: Mapping[str, Any]) -> str:
    """Return what a value must be; nothing if it is."""
    if schema["type"] == "boolean":
        return "" if isinstance(value, bool) else "must be true or false"
    if schema["type"] == "string":
        return _text(value, schema)
    whole = schema["type"] == "integer"
    least = schema.get("minimum", -math.inf)
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    if math.isfinite(number) and number >= least and not (whole and number != int(number)):
        return ""
    return f"must be a {'whole' if whole else 'finite'} number from {least}"


def _text(value: object, schema: Mapping[str, Any]) -> str:
    if schema.get("format") == "date":
        return "" if _is_date(value) else "must be a date such as 2026-12-31"
    if not isinstance(value, str):
        return "must be a text in quotes"
    short = len(value) < schema.get("minLength", 0) or not re.search(schema.get("pattern", ""), value)
    return "must not be empty" if short else ""


def _is_date(value: object) -> bool:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False
    return isinstance(value, date) and not isinstance(value, datetime)


def _instead(allowed: "Mapping[str, Any] | list[Any]", value: object) -> str:
    """Return what is allowed, and before it what was probably meant."""
    names = [str(name) for name in allowed]
    near = difflib.get_close_matches(str(value), names, 1)
    meant = f" (perhaps {near[0]} was meant)" if near else ""
    return f"{meant}; allowed are {', '.join(names)}"


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "keys and values"
    return "nothing" if value is None else repr(value) if isinstance(value, str) else str(value).lower()
