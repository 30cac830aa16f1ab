"""How objects are shown: secrets masked, the sandbox's own notes left out, config typed as the version asks."""

from __future__ import annotations

from typing import Any, Final

from fivetran_async.sandbox.calls import JsonObject, as_list, as_object
from fivetran_async.sandbox.data.catalog import secrets_of

MASK: Final = "******"

_NOT_LISTED: Final = frozenset({"config", "sandbox"})
# Lists of {key, value} pairs whose values are secrets though the specification types them as plain strings.
_SECRET_PAIRS: Final = frozenset({"secrets_list"})


def listed(thing: JsonObject) -> JsonObject:
    """Return a connection or destination as list operations show it: without its config."""
    return {key: value for key, value in thing.items() if key not in _NOT_LISTED}


def detailed(thing: JsonObject, version: int, tests: list[JsonObject] | None = None) -> JsonObject:
    """Return a connection or destination as detail operations show it.

    Args:
        thing: The connection or destination.
        version: 2 shows config values typed; 1 shows numbers as strings.
        tests: Results of setup tests that just ran, when they did.
    """
    shown = listed(thing)
    if tests is not None:
        shown["setup_tests"] = tests
    config = masked(thing.get("config") or {}, secrets_of(thing.get("service", "")))
    shown["config"] = config if version > 1 else _as_text(config)
    return shown


def masked(config: JsonObject, secrets: frozenset[str]) -> JsonObject:
    """Return a config with every secret value replaced by asterisks, at any depth."""
    return {key: _masked_value(key, value, secrets) for key, value in config.items()}


def _masked_value(key: str, value: Any, secrets: frozenset[str]) -> Any:
    if key in secrets and value not in (None, ""):
        return MASK
    if (nested := as_object(value)) is not None:
        return masked(nested, secrets)
    if (several := as_list(value)) is not None:
        hidden = secrets | {"value"} if key in _SECRET_PAIRS else secrets
        return [_masked_value("", item, hidden) for item in several]
    return value


def _as_text(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if (nested := as_object(value)) is not None:
        return {key: _as_text(item) for key, item in nested.items()}
    if (several := as_list(value)) is not None:
        return [_as_text(item) for item in several]
    return value
