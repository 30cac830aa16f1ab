"""What the API says of connector types: names, kinds, features, and their configs as JSON-Schema-like trees.

Of eleven well-known services the trees are complete as far as the public reference goes; of all others they hold the
fields that name the schema and those that are secret, and of the services that seeded accounts use also what is in
the seeded configs.
"""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any, Final, TypeAlias

import msgspec

from fivetran_async.sandbox.calls import JsonObject, as_object
from fivetran_async.sandbox.data import catalog, quickstart

Field: TypeAlias = list[Any]
"""A field as the data file has it: title, description and, where it is more than a text, what its tree differs in."""

_SITE: Final = "https://fivetran.com"
_FOLDERS: Final = {"Database": "databases", "File": "files", "Events": "events", "Function": "functions", "Log": "logs"}
_UPPER: Final = frozenset(
    {"api", "aws", "b2b", "crm", "dsp", "erp", "hr", "hva", "ibm", "qr", "rds", "sap", "sms", "ui"}
)
_SCHEMA_TITLES: Final = {
    "schema": "Destination schema",
    "table": "Destination table",
    "schema_prefix": "Destination schema prefix",
    "table_group_name": "Table group",
}
# Since when a service has its status is public for few of them: one day stands for all.
_SINCE: Final = "2024-01-15T00:00:00Z"

_FEATURES: Final = ("API_CONFIGURABLE", "COLUMN_HASHING", "DATA_BLOCKING", "RE_SYNC")
_DATABASE_FEATURES: Final = ("CAPTURE_DELETES", "CUSTOM_DATA", "HISTORY", "PRIVATE_NETWORKING")
_NOTES: Final = {"DATA_BLOCKING": "Column level and table level", "RE_SYNC": "Connection level and table level"}


class _Tree(msgspec.Struct, frozen=True):
    fields: dict[str, Field]
    auth: str = "oauth"
    include: tuple[str, ...] = msgspec.field(default=(), name="with")


class _File(msgspec.Struct, frozen=True):
    types: dict[str, str]
    names: dict[str, str]
    beta: str
    sunset: str
    auth: dict[str, dict[str, Field]]
    shared: dict[str, dict[str, Field]]
    trees: dict[str, _Tree]
    partial: dict[str, tuple[str, ...]]


def every() -> list[JsonObject]:
    """Return all connector types as lists show them."""
    return [short(service) for service in catalog.every("connector")]


def short(service: catalog.Service) -> JsonObject:
    """Return a connector type as lists show it."""
    kind, name = _kinds().get(service.id, "API"), _name(service.id)
    slug = service.id.replace("_", "-")
    docs = f"{_SITE}/docs/connectors/{_FOLDERS.get(kind, 'applications')}/{slug}"
    icon = f"{_SITE}/integrations/{service.id}/resources/{slug}"
    return {
        "id": service.id,
        "name": name,
        "type": kind,
        "description": f"{name} as a source of data",
        "icon_url": f"{icon}-logo.svg",
        "icons": [f"{icon}-logo.svg", f"{icon}-logo.png"],
        "link_to_docs": docs,
        "link_to_erd": f"{docs}#schemainformation",
        # What Fivetran maintains itself is classed here by its kind; the long tail of plain APIs is its lite class.
        "connector_class": "lite" if kind == "API" else "standard",
        "service_status": _status(service.id),
        "service_status_updated_at": _SINCE,
        "supported_features": [
            {"id": feature, "notes": _NOTES.get(feature, "")} for feature in _features(service, kind)
        ],
    }


def detailed(service: catalog.Service) -> JsonObject:
    """Return a connector type with the trees of its config, its auth and its keys in external secrets managers."""
    shown = short(service) | {"config": config(service)}
    tree = _data().trees.get(service.id)
    if service.takes_auth:
        shown["auth"] = _object(_data().auth["oauth" if tree is None else tree.auth])
    if service.external_secrets:
        keys = {name: [_title(name), "Key of the secret in the manager"] for name in sorted(service.secrets)}
        shown["external_secrets_keys_config"] = _object(keys)
    return shown


@functools.cache
def _data() -> _File:
    raw = resources.files("fivetran_async.sandbox.data").joinpath("connector_types.json").read_bytes()
    return msgspec.json.decode(raw, type=_File)


@functools.cache
def _kinds() -> dict[str, str]:
    return {name: kind for kind, names in _data().types.items() for name in names.split()}


def _name(service: str) -> str:
    return _data().names.get(service) or _title(service)


def _title(name: str) -> str:
    words = (word.upper() if word in _UPPER else word[:1].upper() + word[1:] for word in name.split("_"))
    return " ".join(words)


def _status(service: str) -> str:
    if service in _data().beta.split():
        return "beta"
    return "sunset" if service in _data().sunset.split() else "general_availability"


def _features(service: catalog.Service, kind: str) -> tuple[str, ...]:
    features = (*_FEATURES, *_DATABASE_FEATURES) if kind == "Database" else _FEATURES
    if service.takes_auth:
        features = (*features, "AUTHORIZATION_VIA_API")
    modelled = any(service.id in package.connector_types for package in quickstart.packages().values())
    return (*features, "FIVETRAN_DATA_MODELS") if modelled else features


def described(service: catalog.Service) -> JsonObject | None:
    """Return the tree of a service's config where its types are known; the secrets of all others are a guess."""
    data = _data()
    return config(service) if service.id in data.trees or service.id in data.partial else None


@functools.cache
def config(service: catalog.Service) -> JsonObject:
    """Return the tree of a service's config; not to be written to."""
    data = _data()
    known = data.trees.get(service.id)
    fields: dict[str, Field] = {
        name: [_SCHEMA_TITLES[name], "Cannot be changed later", {"immutable": True}] for name in service.schema_fields
    }
    for part in data.partial.get(service.id, ()) if known is None else known.include:
        fields |= data.shared[part]
    if known is None:
        secret = {"format": "password"}
        fields |= {name: [_title(name), "Secret", secret] for name in sorted(service.secrets) if name not in fields}
    else:
        fields |= known.fields
    tree = _object(fields) | {"title": f"{_name(service.id)} config"}
    return tree | {"required": list(service.schema_fields)} if service.schema_fields else tree


def _object(fields: dict[str, Field]) -> JsonObject:
    properties = {name: _field(field) for name, field in fields.items()}
    return {"type": "object", "description": "", "readonly": False, "properties": properties}


def _field(field: Field) -> JsonObject:
    title, description = field[:2]
    tree: JsonObject = {"type": "string", "title": title, "description": description, "readonly": False}
    return tree | {"nullable": False, "immutable": False} | _expanded(field[2] if field[2:] else {})


def _expanded(more: JsonObject) -> JsonObject:
    expanded = dict(more)
    properties: dict[str, Field] | None = more.get("properties")
    if properties is not None:
        expanded["properties"] = {name: _field(field) for name, field in properties.items()}
    items = as_object(more.get("items"))
    if items is not None:
        expanded["items"] = {"readonly": False} | _expanded(items)
    return expanded
