"""The config that a request gives a connection, held against the tree that the connector type shows of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.data import catalog, connector_types
from fivetran_async.sandbox.replies import invalid

PACKAGES: Final = "connector_packages"

LATEST_PYTHON: Final = "3.14"
"""What a custom connector runs on where nobody chose."""

sdk_name: Final = checks.matching(r"[a-z_][a-z0-9_]*", "lower-case letters, digits and underscores, no digit first")
"""Take what a connection of the Connector SDK can be called."""


def read(account: Account, service: catalog.Service, config: JsonObject) -> JsonObject:
    """Return a config, its values of the types that its tree has; refuse wrong types, choices and packages.

    What the tree does not have is taken as it is: real services have more fields than the public reference.
    """
    tree = connector_types.described(service)
    given = config if tree is None else _fields("config", config, tree["properties"])
    if service.id != catalog.CONNECTOR_SDK:
        return given
    if given.get("python_version") is None:
        # No choice, or none any more: it stays as it is, and a new connection gets the latest.
        given = {key: value for key, value in given.items() if key != "python_version"}
    package: Any = given.get("package_id")
    if package is not None and package not in account.things[PACKAGES]:
        raise invalid(f"Field 'config.package_id' names a package that doesn't exist: '{package}'")
    return given


def _fields(name: str, given: JsonObject, trees: Mapping[str, JsonObject]) -> JsonObject:
    known = {key: tree for key, tree in trees.items() if given.get(key) is not None}
    return given | {key: _value(checks.path(name, key), given[key], tree) for key, tree in known.items()}


def _required(value: JsonObject, tree: JsonObject) -> list[str]:
    # A setting of a custom connector may be null, as long as it is there.
    nulls = {"value"} if "value" in value and "key" in value else set[str]()
    return [name for name in tree.get("required", ()) if name not in nulls]


def _value(name: str, value: Any, tree: JsonObject) -> Any:
    if tree["type"] == "object":
        given = checks.mapping(name, value)
        checks.require(given, *_required(given, tree), within=name)
        return _fields(name, given, tree["properties"])
    if tree["type"] == "array":
        return checks.several(lambda place, item: _value(place, item, tree["items"]))(name, value)
    return checks.one_of(*tree["enum"])(name, value) if "enum" in tree else _PLAIN[tree["type"]](name, value)


def _whole(name: str, value: Any) -> int:
    # Version 1 shows numbers as texts, and clients send back what they were shown.
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(f"Field '{name}' must be an integer")
    return value


_PLAIN: Final[dict[str, checks.Checker]] = {"string": checks.string, "boolean": checks.boolean, "integer": _whole}
