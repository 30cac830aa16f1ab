"""Reading a request body: each field has one checker, and a wrong value is refused with the field's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from fivetran_async.sandbox.calls import JsonObject, as_list, as_object
from fivetran_async.sandbox.replies import invalid

Checker: TypeAlias = Callable[[str, Any], Any]
"""Takes a field's name and value, returns the value as it is kept, or refuses it."""

FREQUENCIES: Final = (1, 5, 15, 30, 60, 120, 180, 360, 480, 720, 1440)
SENSITIVITIES: Final = ("LOW", "NORMAL", "HIGH", "CUSTOM", "SYNC_FREQUENCY")
NETWORKING: Final = ("Directly", "PrivateLink", "SshTunnel", "ProxyAgent")
OFFSETS: Final = tuple(f"{hours:+d}" if hours else "0" for hours in range(-11, 13))
MAX_INTEGER: Final = 2**31 - 1


def boolean(name: str, value: Any) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise invalid(f"Field '{name}' must be a boolean")
    return value


def text(name: str, value: Any) -> str:
    """Take a string that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise invalid(f"Field '{name}' must be a non-empty string")
    return value


def string(name: str, value: Any) -> str:
    """Take a string, also an empty one."""
    if not isinstance(value, str):
        raise invalid(f"Field '{name}' must be a string")
    return value


def integer(name: str, value: Any) -> int:
    """Take a whole number that is not negative and fits 32 bits."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_INTEGER:
        raise invalid(f"Field '{name}' must be a non-negative integer of 32 bits")
    return value


def mapping(name: str, value: Any) -> JsonObject:
    """Take an object."""
    found = as_object(value)
    if found is None:
        raise invalid(f"Field '{name}' must be an object")
    return found


def one_of(*allowed: str) -> Checker:
    """Return a checker that takes one of these strings."""

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise invalid(f"Field '{name}' must be one of: {', '.join(allowed)}")
        return value

    return check


def matching(pattern: str, meaning: str) -> Checker:
    """Return a checker that takes strings of this form; `meaning` says what they are."""

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise invalid(f"Field '{name}' must be {meaning}")
        return value

    return check


def several(check: Checker, least: int = 0) -> Checker:
    """Return a checker that takes an array whose items all pass another checker.

    Args:
        check: Takes one item.
        least: How many items there must be.
    """

    def check_all(name: str, value: Any) -> list[Any]:
        items = as_list(value)
        if items is None or len(items) < least:
            raise invalid(f"Field '{name}' must be an array" + (f" of at least {least}" if least else ""))
        return [check(f"{name}[{place}]", item) for place, item in enumerate(items)]

    return check_all


def object_of(fields: Mapping[str, Checker], *required: str) -> Checker:
    """Return a checker that takes an object of these fields, each named in refusals with the way to it.

    Args:
        fields: The known fields; others are left out.
        *required: Those that must be there.
    """

    def check(name: str, value: Any) -> JsonObject:
        body = mapping(name, value)
        require(body, *required, within=name)
        return read(body, fields, within=name)

    return check


def each(check: Checker) -> Checker:
    """Return a checker that takes an object whose values all pass another checker, whatever they are called."""

    def check_all(name: str, value: Any) -> JsonObject:
        return {key: check(path(name, key), item) for key, item in mapping(name, value).items()}

    return check_all


email: Final = matching(r"[^@\s]+@[^@\s]+", "an e-mail address")
"""Take what can be an e-mail address."""


def frequency(name: str, value: Any) -> int:
    """Take one of the sync frequencies, also as a string: the vendor's own tool sends `"360"`."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,4}", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value not in FREQUENCIES:
        raise invalid(f"Field '{name}' must be one of: {', '.join(map(str, FREQUENCIES))}")
    return value


def hour(name: str, value: Any) -> str:
    """Take a time of day on the hour."""
    if not isinstance(value, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):00", value):
        raise invalid(f"Field '{name}' must be an hour between 00:00 and 23:00")
    return value


def path(within: str, name: str) -> str:
    """Return what a refusal calls a field: its name after that of the object that it is in, if it is in one."""
    return f"{within}.{name}" if within else name


def read(
    body: JsonObject, fields: Mapping[str, Checker], nullable: frozenset[str] = frozenset(), within: str = ""
) -> JsonObject:
    """Return the known fields of a body, checked; null is as good as absent where a field cannot be null.

    Args:
        body: The body, or an object in it.
        fields: By name what takes it.
        nullable: The fields that can be null.
        within: The way to the object, when it is not the body itself.
    """
    given: JsonObject = {}
    for name, check in fields.items():
        if body.get(name) is not None:
            given[name] = check(path(within, name), body[name])
        elif name in nullable and name in body:
            given[name] = None
    return given


def changes(body: JsonObject, fields: Mapping[str, Checker], nullable: frozenset[str] = frozenset()) -> JsonObject:
    """Return what a change is to set, as `read`; refuse a change of nothing."""
    given = read(body, fields, nullable)
    if not given:
        raise invalid("Request must contain at least one field to change")
    return given


def require(body: JsonObject, *names: str, within: str = "") -> None:
    """Refuse a body, or the object in it that `within` is the way to, that lacks one of these fields."""
    for name in names:
        if body.get(name) is None:
            raise invalid(f"Field '{path(within, name)}' is required")


def flag(query: Mapping[str, str], name: str) -> bool | None:
    """Return a boolean query parameter, or None when it is not given."""
    value = query.get(name)
    if value is None:
        return None
    if value.lower() not in {"true", "false"}:
        raise invalid(f"Parameter '{name}' must be true or false")
    return value.lower() == "true"
