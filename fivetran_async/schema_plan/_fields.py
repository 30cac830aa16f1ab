"""What a desired state may say: one table of its keys, from which it is checked and its JSON Schema is made."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

import attrs

from fivetran_async.errors import ArgumentError
from fivetran_async.models.schemas import SchemaChangeHandling, SyncMode
from fivetran_async.schema_plan._document import Place
from fivetran_async.schema_plan.names import Pattern, closest

Problem = tuple[Place, str]
"""What is wrong, and where."""

_ON_MISSING: Final = ("error", "ignore")
_VERSION: Final = 1


@attrs.frozen(kw_only=True)
class Key:
    """A key of a desired state.

    Attributes:
        doc: What it says.
        allowed: The texts that it may be; None for true and false.
        level: The level of what it holds by name; None for a plain value.
    """

    doc: str
    allowed: tuple[str, ...] | None = None
    level: str | None = None

    @property
    def words(self) -> str:
        """What its value must be."""
        if self.level is not None:
            return f"a mapping by name of {self.level}s"
        return "true or false" if self.allowed is None else f"one of {', '.join(self.allowed)}"

    def fits(self, value: object) -> bool:
        """Return whether a plain value is allowed."""
        return isinstance(value, bool) if self.allowed is None else isinstance(value, str) and value in self.allowed

    def schema(self) -> dict[str, Any]:
        """Return its JSON Schema."""
        if self.level is not None:
            return {
                "description": self.doc,
                "type": "object",
                "additionalProperties": {"$ref": f"#/$defs/{self.level}"},
            }
        return {"description": self.doc} | (
            {"type": "boolean"} if self.allowed is None else {"enum": list(self.allowed)}
        )


_ENABLED = Key(doc="Whether it is loaded.")
_MODES = tuple(mode.value for mode in SyncMode)
_HANDLINGS = tuple(handling.value for handling in SchemaChangeHandling)

SETTINGS: Final[Mapping[str, Mapping[str, Key]]] = {
    "schema": {"enabled": _ENABLED},
    "table": {
        "enabled": _ENABLED,
        "sync_mode": Key(doc="What becomes of rows that are changed or deleted at the source.", allowed=_MODES),
    },
    "column": {
        "enabled": _ENABLED,
        "hashed": Key(doc="Whether its values are hashed."),
        "is_primary_key": Key(doc="Whether it is part of the primary key."),
    },
}
"""What can be set of a schema, a table and a column."""

_BELOW: Final = {
    "schema": {"tables": Key(doc="Tables by name.", level="table")},
    "table": {"columns": Key(doc="Columns by name.", level="column")},
    "column": dict[str, Key](),
}
_TOP: Final = {
    "version": Key(doc="The version of this format: 1."),
    "schema_change_handling": Key(doc="What happens to what appears at the source.", allowed=_HANDLINGS),
    "missing": Key(doc="What becomes of names and patterns that mean nothing in a connection.", allowed=_ON_MISSING),
    "schemas": Key(doc="Schemas by name.", level="schema"),
    "rules": Key(doc="What is wanted of all that patterns mean; a later rule wins over an earlier one."),
}
_PATTERNS: Final = {"schemas": "schema", "tables": "table", "columns": "column"}
_OPTIONAL: Final = Key(doc="Whether the patterns may mean nothing.")


def problems(data: Any) -> Iterator[Problem]:
    """Yield what is wrong with a desired state."""
    if not isinstance(data, Mapping):
        yield (), f"a desired state is a mapping, not {_kind(data)}"
        return
    for key, value in cast("Mapping[Any, Any]", data).items():
        if key not in _TOP:
            yield (key,), _unknown(key, _TOP)
        elif key == "version":
            if value is not _VERSION and (isinstance(value, bool) or value != _VERSION):
                yield (key,), f"version must be {_VERSION}, the only one there is, not {value!r}"
        elif key == "rules":
            yield from _rules(value)
        else:
            yield from _value(_TOP[key], key, value, (key,))


def _value(key: Key, name: str, value: Any, place: Place) -> Iterator[Problem]:
    if value is None:
        # Null and empty are told apart by some and not by others, so neither may say anything.
        yield place, f"{name} says nothing; leave it out, or write {{}} for a name that is only to be there"
    elif key.level is None:
        if not key.fits(value):
            yield place, f"{name} must be {key.words}, not {_shown(value)}"
    elif isinstance(value, Mapping):
        for item, inner in cast("Mapping[Any, Any]", value).items():
            if isinstance(item, str):
                yield from _level(key.level, item, inner, (*place, item))
            else:
                yield (*place, item), f"a name must be a text, not {item!r}; write it in quotes"
    else:
        yield place, f"{name} must be {key.words}, not {_kind(value)}"


def _level(level: str, name: str, value: Any, place: Place) -> Iterator[Problem]:
    if isinstance(value, bool):
        return
    if value is None or not isinstance(value, Mapping):
        yield place, f"{name!r} must be true, false, or a mapping of what is wanted of the {level}, not {_kind(value)}"
        return
    allowed = {**SETTINGS[level], **_BELOW[level]}
    for key, inner in cast("Mapping[Any, Any]", value).items():
        if key in allowed:
            yield from _value(allowed[key], key, inner, (*place, key))
        else:
            yield (*place, key), _unknown(key, allowed)


def _rules(value: Any) -> Iterator[Problem]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        yield ("rules",), f"rules must be a list of rules, not {_kind(value)}"
        return
    for number, rule in enumerate(cast("Sequence[Any]", value)):
        yield from _rule(rule, ("rules", number))


def _rule(rule: Any, place: Place) -> Iterator[Problem]:
    if not isinstance(rule, Mapping):
        yield place, f"a rule is a mapping of a pattern and what is wanted, not {_kind(rule)}"
        return
    given = cast("Mapping[Any, Any]", rule)
    kinds = [key for key in given if key in _PATTERNS]
    if len(kinds) != 1:
        found = " and ".join(kinds) or "none"
        yield place, f"a rule has one of schemas, tables, columns, with a pattern or a list of them; this has {found}"
        return
    kind = _PATTERNS[kinds[0]]
    allowed = {**SETTINGS[kind], "optional": _OPTIONAL}
    for key, value in given.items():
        if key in _PATTERNS:
            yield from _patterns(value, kind, (*place, key))
        elif key in allowed:
            yield from _value(allowed[key], key, value, (*place, key))
        else:
            yield (*place, key), _unknown(key, {**allowed, kinds[0]: _OPTIONAL})
    if not set(given) & set(SETTINGS[kind]):
        yield place, f"the rule wants nothing; add one of {', '.join(SETTINGS[kind])}"


def _patterns(value: Any, kind: str, place: Place) -> Iterator[Problem]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, Sequence) or not texts:
        yield place, f"must be a pattern, or a list of patterns, not {_kind(value)}"
        return
    for number, text in enumerate(cast("Sequence[Any]", texts)):
        try:
            Pattern(text, kind)
        except ArgumentError as error:
            yield (place if isinstance(value, str) else (*place, number)), str(error)


def _unknown(key: object, allowed: Mapping[str, Key]) -> str:
    near = closest(key, allowed) if isinstance(key, str) else None
    hint = "" if near is None else f"did you mean {near!r}? "
    return f"unknown key {key!r}; {hint}allowed: {', '.join(allowed)}"


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    return f"a {type(value).__name__}"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f"the text {value!r}"
    return repr(value) if isinstance(value, bool | int | float) else _kind(value)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the file of a desired state, for editors and checks of one's own."""
    rule: Callable[[str, str], dict[str, Any]] = lambda key, kind: {  # noqa: E731 - used three lines below
        "type": "object",
        "required": [key],
        "minProperties": 2,
        "additionalProperties": False,
        "properties": {
            key: {
                "description": f"Patterns of full names of {key}: * for any characters, ? for one.",
                "anyOf": [
                    {"type": "string", "minLength": 1},
                    {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
                ],
            },
            **_properties({**SETTINGS[kind], "optional": _OPTIONAL}),
        },
    }
    top = _properties(_TOP)
    top["version"] = {"description": _TOP["version"].doc, "const": _VERSION}
    top["rules"] = {
        "description": _TOP["rules"].doc,
        "type": "array",
        "items": {"oneOf": [rule(key, kind) for key, kind in _PATTERNS.items()]},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The desired state of a Fivetran connection's schema configuration",
        "type": "object",
        "additionalProperties": False,
        "properties": top,
        "$defs": {
            level: {
                "oneOf": [
                    {"type": "boolean", "description": "In short: whether it is loaded."},
                    {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": _properties({**settings, **_BELOW[level]}),
                    },
                ]
            }
            for level, settings in SETTINGS.items()
        },
    }


def _properties(keys: Mapping[str, Key]) -> dict[str, Any]:
    return {name: key.schema() for name, key in keys.items()}
