"""Replies as they may look one day: with fields that nobody knows yet, and values that no list of today has."""

from __future__ import annotations

import zlib
from typing import Any, Final

from fivetran_async.sandbox.calls import JsonObject, as_list, as_object

FIELD: Final = "brand_new_field"
VALUE: Final = "SOMETHING_NEW"
SHARE: Final = 0.15
"""How many of the values that could be new ones are."""

ENUMS: Final = frozenset(
    {
        "access_level",
        "cloud_provider",
        "connector_class",
        "data_delay_sensitivity",
        "days_of_week",
        "deployment_type",
        "destination_schema_names",
        "networking_method",
        "reason_code",
        "region",
        "resource_type",
        "resource_upstream_status",
        "schedule_type",
        "schema_change_handling",
        "schema_status",
        "service_status",
        "setup_state",
        "setup_status",
        "state",
        "status",
        "sync_mode",
        "sync_state",
        "type",
        "update_state",
    }
)
"""The fields that hold one of a list of words; no id, name, address, time or service is among them."""

FREE: Final = frozenset(
    {
        "auth",
        "config",
        "configurable_variables",
        "details",
        "external_secrets_keys_config",
        "source_sync_details",
        "state",
    }
)
"""The fields whose content is somebody else's: an object in there is passed on as it is."""

MAPPINGS: Final = frozenset({"columns", "schemas", "tables"})
"""The fields that hold objects of the API by names of the user's own."""

_STEPS: Final = 10_000


def surprised(body: JsonObject, seed: int) -> JsonObject:
    """Return the body of a reply with surprises in its data; the same body and seed always give the same.

    Every object of the API gets a field more, and some words become one that is in no list. Ids, names, addresses,
    times and whatever is free of form are left alone, and so is a body without data.

    Args:
        body: The envelope; it is not changed, nor is anything in it.
        seed: What decides which words are new.
    """
    data = as_object(body.get("data"))
    return body if data is None else body | {"data": _object(data, str(seed))}


def _object(thing: JsonObject, place: str) -> JsonObject:
    name = thing.get("id")
    here = f"{place}/{name}" if isinstance(name, str) else place
    shown = {key: _value(key, value, f"{here}/{key}") for key, value in thing.items()}
    return shown | {FIELD: {"kind": "surprise", "values": [1, None, "two"]}}


def _value(key: str, value: Any, place: str) -> Any:
    if (thing := as_object(value)) is not None:
        return _inside(key, thing, place)
    if (items := as_list(value)) is not None:
        if key in FREE:
            return items
        return [_value(key, item, f"{place}/{number}") for number, item in enumerate(items)]
    return VALUE if key in ENUMS and isinstance(value, str) and _new(f"{place}={value}") else value


def _inside(key: str, thing: JsonObject, place: str) -> JsonObject:
    if key in FREE:
        return thing
    if key in MAPPINGS:
        return {name: _value("", value, f"{place}/{name}") for name, value in thing.items()}
    return _object(thing, place)


def _new(place: str) -> bool:
    # A checksum, as a page has thousands of words: a generator for each would take longer than the page.
    return zlib.crc32(place.encode()) % _STEPS < SHARE * _STEPS
