"""Pure: JSON values against the kinds of the API's definition, and two values against each other.

A kind is `string`, `integer`, `boolean`, `time`, `object`, `any`, the name of a model, `[kind]` for a list, or `{kind}`
for an object whose keys are names of the user's own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from fivetran_async.sandbox.calls import as_list, as_object

Json: TypeAlias = Any
"""A decoded JSON value."""

NULL = "null"
MISSING = "missing"
ANY_CASE = "any case"

_SHOWN = 60


def is_time(value: Json) -> bool:
    """Tell whether a value is an instant: an ISO 8601 text with a zone."""
    if not isinstance(value, str):
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


_PLAIN: Mapping[str, Callable[[Json], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "time": is_time,
    "object": lambda value: isinstance(value, dict),
    "any": lambda _: True,
}


class Checker:
    """Checks values against kinds.

    Args:
        spec: The definition: `models` (by name, the kind of each field), `required` and `values` (by model).
        allowed: What is to be let pass, as pairs of a place, such as `Model.field`, and what is allowed there: `NULL`,
            `MISSING`, `ANY_CASE`, or one more value.

    Attributes:
        used: Those pairs of `allowed` that something needed.
    """

    def __init__(self, spec: Mapping[str, Any], allowed: Collection[tuple[str, str]] = ()) -> None:
        self._models: Mapping[str, Mapping[str, str]] = spec["models"]
        self._required: Mapping[str, list[str]] = spec["required"]
        self._values: Mapping[str, Mapping[str, list[Json]]] = spec["values"]
        self._allowed = frozenset(allowed)
        self.used: set[tuple[str, str]] = set()

    def allows(self, place: str, what: str) -> bool:
        """Tell whether something is to be let pass at a place, and note that it was needed."""
        if (place, what) not in self._allowed:
            return False
        self.used.add((place, what))
        return True

    def problems(self, value: Json, kind: str, where: str) -> list[str]:
        """Return what is wrong with a value, a line for each place.

        Args:
            value: The value.
            kind: What it should be.
            where: The path of the value, with which every line begins.
        """
        if kind.startswith(("[", "{")):
            inner = _items(value, where) if kind.startswith("[") else _fields(value, where)
            if inner is None:
                return [f"{where}: {_named(value)} is no {'list' if kind.startswith('[') else 'object'}"]
            return [line for place, item in inner for line in self.problems(item, kind[1:-1], place)]
        if kind in self._models:
            return self._model_problems(value, kind, where)
        return [] if _PLAIN[kind](value) else [f"{where}: {_named(value)} is no {kind}"]

    def plain(self, value: Json, kind: str) -> Json:
        """Return a value so that two that mean the same are equal: times as instants, no null and no empty list."""
        if kind == "time" and is_time(value):
            return datetime.fromisoformat(value)
        if (items := as_list(value)) is not None:
            return [self.plain(item, kind.strip("[]")) for item in items]
        if (fields := as_object(value)) is not None:
            kinds = self._models.get(kind, {})
            usual = kind[1:-1] if kind.startswith("{") else "any"
            given = {name: item for name, item in fields.items() if item is not None and item != []}
            return {name: self.plain(item, kinds.get(name, usual)) for name, item in given.items()}
        return value

    def _model_problems(self, value: Json, model: str, where: str) -> list[str]:
        fields = as_object(value)
        if fields is None:
            return [f"{where}: {_named(value)} is no {model}"]
        kinds = self._models[model]
        lines = [f"{where}.{name}: {model} has no such field" for name in fields if name not in kinds]
        lines += [
            f"{where}.{name}: required in {model}, and missing"
            for name in self._required.get(model, ())
            if name not in fields and not self.allows(f"{model}.{name}", MISSING)
        ]
        for name in kinds.keys() & fields.keys():
            lines += self._field_problems(fields[name], model, name, f"{where}.{name}")
        return lines

    def _field_problems(self, value: Json, model: str, name: str, where: str) -> list[str]:
        place = f"{model}.{name}"
        if value is None:
            return [] if self.allows(place, NULL) else [f"{where}: null"]
        lines = self.problems(value, self._models[model][name], where)
        known = self._values.get(model, {}).get(name)
        if lines or known is None:
            return lines
        items = _items(value, where)
        several = [(where, value)] if items is None else items
        return [f"{at}: {item!r} is none of {known}" for at, item in several if not self._known(item, known, place)]

    def _known(self, value: Json, known: list[Json], place: str) -> bool:
        if value in known or self.allows(place, str(value)):
            return True
        return str(value).upper() in {str(one).upper() for one in known} and self.allows(place, ANY_CASE)


def differences(first: Json, second: Json, where: str) -> list[str]:
    """Return where two values differ, a line for each place."""
    one, other = as_object(first), as_object(second)
    if one is not None and other is not None:
        lines = [f"{where}.{name}: only in the first" for name in one.keys() - other.keys()]
        lines += [f"{where}.{name}: only in the second" for name in other.keys() - one.keys()]
        for name in one.keys() & other.keys():
            lines += differences(one[name], other[name], f"{where}.{name}")
        return lines
    ones, others = as_list(first), as_list(second)
    if ones is not None and others is not None and len(ones) == len(others):
        places = range(len(ones))
        return [line for at in places for line in differences(ones[at], others[at], f"{where}[{at}]")]
    return [] if (type(first), first) == (type(second), second) else [f"{where}: {first!r} is not {second!r}"]


def _items(value: Json, where: str) -> list[tuple[str, Json]] | None:
    items = as_list(value)
    return None if items is None else [(f"{where}[{index}]", item) for index, item in enumerate(items)]


def _fields(value: Json, where: str) -> list[tuple[str, Json]] | None:
    fields = as_object(value)
    return None if fields is None else [(f"{where}.{name}", item) for name, item in fields.items()]


def _named(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
