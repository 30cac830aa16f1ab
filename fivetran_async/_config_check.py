"""Pure: the settings of a connection against what its connector type says about them."""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any, TypeAlias, cast

import attrs

from fivetran_async._converter import body_value, step_to
from fivetran_async.errors import ArgumentError
from fivetran_async.models.connector_types import ConfigField

_SHOWN = 60
_VALUES_SHOWN = 20

_Object: TypeAlias = Mapping[str, Any]

# The words of the tree, and how a person says them.
_TYPES: Mapping[str, str] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
}
_CLASSES: Mapping[str, Any] = {"string": str, "boolean": bool, "object": Mapping, "array": list}
_JSON = (str, int, float, Mapping, list)
_KINDS: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "a boolean",
    int: "a whole number",
    float: "a float",
}

# Wherever it stands in a path: what is inside a secret is one too.
_SECRET = re.compile(r"pass|pwd|secret|token|key|credential|cert|private|signature", re.IGNORECASE)


def check_config(name: str, config: Any, tree: ConfigField, *, partial: bool) -> list[str]:
    """Return what is wrong with settings, a line for each path, in the order in which they were written.

    Args:
        name: What to call them: the beginning of every path.
        config: The settings: a mapping.
        tree: What the connector type says about them.
        partial: Whether they are a change: nothing is missing from it, and what is immutable must not be in it.
            Lists are sent whole, so this does not hold for what is inside one.

    Raises:
        ArgumentError: They hold what is no JSON at all.
    """
    if not isinstance(config, Mapping):
        return [f"{name}: must be an object, not {type(config).__name__}"]
    try:
        return list(_Checker(partial=partial).value(name, body_value(config, name), tree))
    except RecursionError:
        raise ArgumentError(f"{name} is nested too deep, or holds itself") from None


@attrs.frozen
class _Checker:
    """What holds for all values at one place of the settings."""

    partial: bool
    secret: bool = False

    def value(self, path: str, value: Any, field: ConfigField) -> Iterator[str]:
        """Check a value, and what is inside it."""
        here = attrs.evolve(self, secret=True) if field.format == "password" else self
        kind = (field.type or "").lower()
        if value is None:
            if field.nullable is False:
                yield f"{path}: must be {_allowed(field)}, not null"
        elif not _fits(value, kind):
            yield f"{path}: must be {_allowed(field)}, not {here.shown(path, value, field)}"
        elif isinstance(value, list):
            yield from here.items(path, cast("list[Any]", value), field)
        elif field.enum and not _among(value, field.enum):
            yield f"{path}: must be {_allowed(field)}, not {here.shown(path, value, field)}"
        elif isinstance(value, Mapping) and field.properties:
            yield from here.properties(path, cast("_Object", value), field.properties, field)

    def items(self, path: str, items: list[Any], field: ConfigField) -> Iterator[str]:
        """Check the items of a list."""
        # The values that a list's own field allows are those of its items.
        item = field.items or ConfigField(enum=field.enum)
        inside = attrs.evolve(self, partial=False) if self.partial else self
        for index, value in enumerate(items):
            yield from _Checker.value(inside, f"{path}[{index}]", value, item)

    def properties(
        self, path: str, value: _Object, properties: Mapping[str, ConfigField], field: ConfigField
    ) -> Iterator[str]:
        """Check the fields of an object."""
        for key, inner in value.items():
            known = properties.get(key)
            if known is None:
                yield f"{step_to(path, key)}: unknown; {_nearest(key, properties)}"
            elif known.readonly:
                yield f"{step_to(path, key)}: read-only; leave it out"
            elif known.immutable and self.partial:
                yield f"{step_to(path, key)}: cannot be changed once the connection is made; leave it out"
            else:
                yield from self.value(step_to(path, key), inner, known)
        if not self.partial:
            for key in _required(field, properties):
                if value.get(key) is None and not (key in value and _speaks_of_null(properties.get(key))):
                    yield f"{step_to(path, key)}: missing; it must be {_allowed(properties.get(key))}"

    def shown(self, path: str, value: Any, field: ConfigField) -> str:
        """Return a wrong value as it may be shown: itself only where one of a list was due, and no secret."""
        if isinstance(value, float) and not math.isfinite(value):
            return str(value)
        kind = _KINDS.get(type(cast("object", value)), type(cast("object", value)).__name__)
        # Not by what the tree says of secrets alone: it forgets some.
        if not field.enum or not isinstance(value, str | int | float):
            return kind
        if self.secret or _SECRET.search(path) or _holds_secrets(field):
            return f"what was given ({kind}; not shown, for it may be a secret)"
        return _short(value)


def _fits(value: Any, kind: str) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return isinstance(value, _CLASSES.get(kind, _JSON))


def _among(value: Any, allowed: tuple[Any, ...]) -> bool:
    # By type too: True is no 1. But the API writes the allowed numbers as texts.
    return any(
        (type(value) is type(one) and value == one) or (type(value) in {int, float} and str(value) == one)
        for one in allowed
    )


def _allowed(field: ConfigField | None) -> str:
    kind = "" if field is None else (field.type or "").lower()
    if field is None or not field.enum or kind in {"array", "object"}:
        return _TYPES.get(kind, "a JSON value")
    return f"one of {_listed(field.enum)}"


def _listed(values: Collection[Any]) -> str:
    shown = ", ".join(_short(value) for value in islice(values, _VALUES_SHOWN))
    return f"{shown} and {len(values) - _VALUES_SHOWN} more" if len(values) > _VALUES_SHOWN else shown


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _required(field: ConfigField, properties: Mapping[str, ConfigField]) -> list[str]:
    named = field.required if isinstance(field.required, tuple) else ()
    return list(dict.fromkeys([*named, *(key for key, inner in properties.items() if inner.required is True)]))


def _speaks_of_null(field: ConfigField | None) -> bool:
    """Whether a field says itself if it may be null: it was allowed to, or complained already."""
    return field is not None and field.nullable is not None


def _holds_secrets(field: ConfigField) -> bool:
    left = [field]
    while left:
        field = left.pop()
        if field.format == "password":
            return True
        left += [*(field.properties or {}).values(), *([field.items] if field.items else [])]
    return False


def _nearest(key: str, properties: Mapping[str, ConfigField]) -> str:
    near = get_close_matches(key, properties, n=1) or get_close_matches(key.lower(), properties, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known are {_listed(sorted(properties))}"
