"""The declared operations, models and arguments against the facts distilled from the API's definition."""

import copy
import inspect
import io
import json
import re
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import attrs
import pytest

from fivetran_async import Fivetran
from fivetran_async._codec import DecodedPage
from fivetran_async._files import Download, Upload
from fivetran_async.errors import ChecksumError
from fivetran_async.models._base import Model, OpenEnum, field_names
from fivetran_async.models.connector_packages import ConnectorPackage
from fivetran_async.models.connector_types import ConfigField
from fivetran_async.operation import Operation
from fivetran_async.operations import OPERATIONS
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource
from fivetran_async.types import UNSET, Unset

SPEC: dict[str, Any] = json.loads((Path(__file__).parents[1] / "spec" / "api.json").read_text())
BY_ID: dict[str, Any] = {entry["id"]: entry for entry in SPEC["operations"]}
METHOD_LINE = re.compile(r"\| `(\w+) (\S+)` \| `([\w.]+)` \|")

DIFFERENT_SHAPES = {
    # The definition says "object" of the reply that lists all types.
    "metadata_public_connectors": "page",
    # The definition promises the membership that was deleted; nobody needs it, and its absence must not be an error.
    "delete_user_membership_in_connection": "empty",
}


def model_of(operation: Operation[Any]) -> type[Model]:
    """Return the model that an operation names."""
    module, _, name = (operation.result or "").partition(":")
    model: type[Model] = getattr(import_module(f"fivetran_async.models.{module}"), name)
    return model


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_an_operation_is_what_the_api_defines(operation: Operation[Any]) -> None:
    """Otherwise a call would go to another path, or read the reply of another version."""
    entry = BY_ID[operation.id]
    stated = {"method": operation.method, "path": operation.path, "version": operation.version}
    assert stated == {name: entry[name] for name in stated}
    assert operation.shape.value == DIFFERENT_SHAPES.get(operation.id, entry["shape"])
    assert operation.accept == ("application/json;version=2" if entry["version"] == 2 else "application/json")


# Models


def schemas() -> dict[type[Model], list[str]]:
    """Return which schemas of the definition each model stands for, nested ones included."""
    found: dict[type[Model], list[str]] = {}

    def visit(model: type[Model], schema: str) -> None:
        if schema in found.setdefault(model, []):
            return
        found[model].append(schema)
        kinds = {field.name: field.type for field in attrs.fields(attrs.resolve_types(model))}
        for name, kind in SPEC["models"][schema].items():
            inner = kind.strip("[]{}")
            nested = [
                part for part in (*leaves(kinds.get(name)),) if isinstance(part, type) and issubclass(part, Model)
            ]
            if inner in SPEC["models"] and nested:
                visit(nested[0], inner)

    for operation in OPERATIONS:
        schema = BY_ID[operation.id]["result"]
        if schema is not None and operation.result is not None:
            visit(model_of(operation), schema)
    return found


def leaves(kind: Any) -> list[Any]:
    """Return the types in an annotation, without None and without what wraps them."""
    if get_origin(kind) is Annotated:
        return leaves(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType, tuple}:
        return [leaf for part in get_args(kind) for leaf in leaves(part) if part not in {NoneType, Ellipsis}]
    if get_origin(kind) is Mapping and get_args(kind)[1] is not Any:
        return leaves(get_args(kind)[1])
    return [kind]


MODELS = schemas()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_has_exactly_the_fields_of_the_definition(model: type[Model]) -> None:
    """Otherwise a field would be misspelt, or hide in `extra`."""
    defined = {name for schema in MODELS[model] for name in SPEC["models"][schema]}
    assert set(field_names(model)) == defined


TREES = {("MetadataResponse", name) for name in ("config", "auth", "external_secrets_keys_config")}
"""What the definition calls an object, and is a tree that describes one."""


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_field_has_the_type_of_the_definition(model: type[Model]) -> None:
    """Otherwise every item would take the slow way, or a number come as a text."""
    fields = {field.name: field for field in attrs.fields(attrs.resolve_types(model))}
    for schema in MODELS[model]:
        for name, kind in SPEC["models"][schema].items():
            annotation = fields[name].type
            (leaf,) = leaves(annotation)
            if kind.startswith("["):
                assert get_origin(annotation) is tuple, name
                assert fields[name].default == (), name
            if kind.startswith("{"):
                assert fields[name].hash is False, name
            inner = kind.strip("[]{}")
            if inner in SPEC["models"]:
                assert issubclass(leaf, Model), name
            elif (schema, name) in TREES:
                assert leaf is ConfigField, name
            elif inner == "string":
                assert leaf is str or issubclass(leaf, OpenEnum), name
            elif inner == "object":
                assert get_origin(leaf) is Mapping, name
                assert fields[name].hash is False, name
            else:
                assert leaf is {"integer": int, "boolean": bool, "time": datetime, "any": Any}[inner], name


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_only_what_identifies_an_object_is_required(model: type[Model]) -> None:
    """Otherwise a field that the API leaves out one day would break every reply."""
    required = {field.name for field in attrs.fields(model) if field.default is attrs.NOTHING}
    assert required <= {"id", "service", "account_id"}
    sure = {name for schema in MODELS[model] for name in SPEC["required"].get(schema, ())}
    # An id identifies, also where the definition lists nothing as required.
    assert required <= sure | {"id"}


def enums() -> dict[type[OpenEnum], set[str]]:
    """Return the enums of the models, with all values that the definition gives their fields."""
    found: dict[type[OpenEnum], set[str]] = {}
    for model, names in MODELS.items():
        kinds = {field.name: leaves(field.type)[0] for field in attrs.fields(attrs.resolve_types(model))}
        for schema in names:
            for name in SPEC["models"][schema]:
                kind = kinds[name]
                if isinstance(kind, type) and issubclass(kind, OpenEnum):
                    found.setdefault(kind, set()).update(SPEC["values"].get(schema, {}).get(name, ()))
    return found


ENUMS = enums()


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
def test_an_enum_has_exactly_the_values_of_the_definition(kind: type[OpenEnum]) -> None:
    """Otherwise a value would be misspelt, and a comparison with it always false."""
    assert {member.value for member in kind} == ENUMS[kind]


# Arguments


class Recorder:
    """Stands in for the pipeline and keeps what a resource asks of it."""

    def __init__(self) -> None:
        self.calls: list[tuple[Operation[Any], tuple[str, ...], Mapping[str, Any], Any]] = []

    def check(self, operation: Operation[Any], *ids: str) -> None:
        """Let everything pass."""

    async def call(
        self,
        operation: Operation[Any],
        *ids: str,
        query: Any = None,
        body: Any = None,
        upload: Upload | None = None,
        **_: Any,
    ) -> Any:
        """Record a call."""
        self.calls.append((operation, ids, query or {}, body if upload is None else {"file": upload.sha256}))
        return ConnectorPackage(id="a package")

    async def receive(self, operation: Operation[Any], *ids: str, into: Download) -> None:
        """Record a call for a file."""
        self.calls.append((operation, ids, {}, None))
        await into.begin()

    async def page(
        self, operation: Operation[Any], *ids: str, query: Any, page_size: int | Unset, cursor: str | None
    ) -> DecodedPage:
        """Record a page."""
        limit = {} if page_size is UNSET else {"limit": page_size, "cursor": cursor}
        self.calls.append((operation, ids, {**query, **limit}, None))
        return DecodedPage([], None)


def _archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("connector.py"), "connector = 1")
    return content.getvalue()


FITTING: dict[str, Any] = {
    "sync_frequency": 1440,
    "daily_sync_time": "03:00",
    "schedule_type": "auto",
    "page_size": 7,
    "confirm": True,
    "allow_masked": False,
    "is_historical_sync": True,
    "active": True,
    "force": True,
    "enabled": True,
    "accept_terms": True,
    "paused": True,
    "pause_after_trial": True,
    "run_setup_tests": True,
    "trust_certificates": True,
    "trust_fingerprints": True,
    "daylight_saving_time_enabled": True,
    "is_type_locked": True,
    "hashed": True,
    "is_primary_key": True,
    "is_hybrid_deployment": True,
    "data_delay_sensitivity": "CUSTOM",
    "data_delay_threshold": 30,
    "networking_method": "Directly",
    "destination_schema_names": "SOURCE_NAMING",
    "schema_status": "ready",
    "time_zone_offset": "+3",
    "schema_change_handling": "ALLOW_COLUMNS",
    "sync_mode": "HISTORY",
    "exclude_mode": "INCLUDE",
    "schemas": {"public": {"enabled": True, "tables": {"orders": {"enabled": False, "columns": ["price"]}}}},
    "tables": {"orders": {"enabled": True}},
    "columns": {"price": {"enabled": True}},
    "scope": {"public": ["orders"]},
    "file": _archive(),
    "expiration_period": "ONE_MONTH",
    "permissions": [{"resource_type": "CONNECTOR", "access_level": "READ"}],
    "events": ["sync_end"],
    "url": "https://example.com/hook",
    "email": "ada@example.com",
    "env_type": "DOCKER",
    "auth_type": "AUTO",
    "port": 4340,
    "schedule": {"schedule_type": "INTERVAL", "interval": 60},
    "run_tests": True,
    "full_refresh": True,
    "config": {"host": "db.example.com"},
    "auth": {"client_access": {"client_id": "x"}},
    "connect_card_config": {"redirect_uri": "https://example.com/done"},
    "destination_configuration": {"virtual_warehouse": "w"},
    "external_secrets_keys_config": {"password": "where/it/is"},
    "project_config": {"dbt_version": "1.8.5"},
    "state": {"cursor": 7},
    "minutes": 1440,
    "sha256": "0f" * 32,
}
"""Arguments that the checks let pass."""

FLAGS = {name for name, value in FITTING.items() if value is True} - {"confirm", "accept_terms"}
"""Booleans that are sent and may be either."""

SPECIAL: dict[str, Any] = {
    "schemas.drop_columns.schemas": {"public": {"tables": {"orders": {"columns": ["price"]}}}},
    "schemas.resync_tables.tables": {"public": ["orders"]},
    "schemas.create.schemas": {"public": {"enabled": True}},
    "schemas.update.schemas": {"public": {"enabled": True}},
    "schemas.update_schema.tables": {"orders": {"enabled": True, "columns": {"price": {"enabled": True}}}},
    "external_secrets_managers.create.type": "AWS_SECRET_MANAGER",
    "external_secrets_managers.entities.type": "SOURCE",
    "external_secrets_managers.list_entities.type": "SOURCE",
    "private_links.create.service": "SOURCE_AWS",
    "system_keys.create.name": "nightly",
    "system_keys.update.name": "nightly",
    "transformations.create.type": "QUICKSTART",
    "transformations.list.type": "QUICKSTART",
    "transformation_projects.create.type": "DBT_CORE",
    "transformations.create.transformation_config": {"package_name": "jira"},
    "transformations.update.transformation_config": {"excluded_models": ["x"]},
    "hvr.register_hub.hub_server_url": "https://hub.example.com:4340",
}
"""Arguments whose name means several things."""

COMPOSED: dict[str, set[str]] = {
    "connections.pause": {"paused", "run_setup_tests"},
    "connections.resume": {"paused", "run_setup_tests"},
    "connections.set_sync_frequency": {"sync_frequency", "schedule_type", "daily_sync_time", "run_setup_tests"},
}
"""Methods that fill in a part of an operation's body themselves."""

LOOKUPS = ("connections.find", "connections.sync_status", "groups.find", "connector_types.validate_config")
"""Methods that answer from what another one returns."""

WAITS = (
    "connections.resync_and_wait",
    "connections.sync_all_and_wait",
    "connections.sync_and_wait",
    "connections.test_and_wait",
    "connections.wait_all",
    "connections.wait_for_sync",
    "destinations.test_and_wait",
    "transformations.run_and_wait",
)
"""Methods that make as many calls as it takes."""

ONE_OF_TWO = {"certificates.approve": "destination_id"}
"""Arguments that exclude another one."""


def resources(holder: Any, prefix: str = "") -> list[tuple[str, Resource]]:
    """Return all resources of a client by their names, nested ones included."""
    found: list[tuple[str, Resource]] = []
    for name, member in inspect.getmembers_static(type(holder)):
        if not name.startswith("_") and isinstance(member, property | cached_property):
            value = getattr(holder, name)
            if isinstance(value, Resource):
                found += [(f"{prefix}{name}", value), *resources(value, f"{prefix}{name}.")]
    return found


def methods() -> list[tuple[str, Any]]:
    """Return all methods of all resources, by their full names."""
    client = Fivetran("key", "secret")
    return [
        (f"{name}.{method}", getattr(resource, method))
        for name, resource in resources(client)
        for method, _ in inspect.getmembers(type(resource), inspect.isfunction)
        if not method.startswith("_") and not name.startswith("connectors")
    ]


METHODS = [(name, method) for name, method in methods() if name not in (*LOOKUPS, *WAITS)]


def argument(method: str, name: str) -> Any:
    """Return what to pass for an argument of a method."""
    return SPECIAL.get(f"{method}.{name}", FITTING.get(name, f"the {name}"))


async def recorded(
    name: str, method: Any, folder: Path, **others: Any
) -> tuple[Operation[Any], tuple[str, ...], Mapping[str, Any], Any]:
    """Call a method with every argument it has, some of them others than usual, and return what it asked for."""
    recorder = Recorder()
    resource = copy.copy(method.__self__)
    resource._pipeline = recorder
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for key, parameter in inspect.signature(method).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            named[key] = others.get(key, argument(name, key))
        else:
            positional.append(folder / "package.zip" if key == "path" else argument(name, key))
    named.pop(ONE_OF_TWO.get(name, ""), None)
    result = getattr(resource, method.__name__)(*positional, **named)
    with suppress(ChecksumError):
        await (result.page() if isinstance(result, Pager) else result)
    (call,) = recorder.calls
    return call


@pytest.mark.parametrize(("name", "method"), METHODS, ids=[name for name, _ in METHODS])
async def test_a_method_sends_what_the_definition_names(name: str, method: Any, tmp_path: Path) -> None:
    """Otherwise an argument would be misspelt on the wire, where the API ignores it in silence."""
    operation, ids, query, body = await recorded(name, method, tmp_path)
    entry = BY_ID[operation.id]
    given = list(inspect.signature(method).parameters)[: len(ids)]
    assert list(ids) == [argument(name, key) for key in given]
    assert len(ids) == len(operation.placeholders)
    assert set(query) == set(entry["query"])
    fields = entry.get("body")
    if isinstance(fields, str) and fields.startswith("{"):
        assert body == argument(name, "tables")
        return
    allowed = set(SPEC["models"][fields] if isinstance(fields, str) else fields or ())
    assert set(body or {}) == COMPOSED.get(name, allowed - {ONE_OF_TWO.get(name)} | (allowed & set(body or {})))


@pytest.mark.parametrize(("name", "method"), METHODS, ids=[name for name, _ in METHODS])
async def test_what_is_passed_arrives_as_it_is(name: str, method: Any, tmp_path: Path) -> None:
    """Otherwise two arguments would be mixed up on their way."""
    _, ids, query, body = await recorded(name, method, tmp_path)
    keys = list(inspect.signature(method).parameters)[len(ids) :]
    sent = {**query, **(body or {})}
    local = {"page_size", "confirm", "allow_masked", "path", "sha256", "file", ONE_OF_TWO.get(name)}
    if name == "schemas.resync_tables":
        local.add("tables")
    for key in set(keys) - local:
        assert sent[WIRE_NAMES.get((name, key), WIRE_NAMES.get(("", key), key))] == argument(name, key), key


@pytest.mark.parametrize(("name", "method"), METHODS, ids=[name for name, _ in METHODS])
async def test_a_boolean_arrives_under_its_own_name(name: str, method: Any, tmp_path: Path) -> None:
    """Otherwise two booleans would be mixed up on their way, which look alike while both are true."""
    flags = FLAGS & set(inspect.signature(method).parameters)
    for flag in flags:
        _, _, query, body = await recorded(name, method, tmp_path, **{flag: False})
        sent = {**query, **(body or {})}
        assert {key: sent[key] for key in flags} == {key: key != flag for key in flags}


WIRE_NAMES: dict[tuple[str, str], str] = {
    ("hybrid_agents.list", "group_id"): "groupId",
    ("connections.set_sync_frequency", "minutes"): "sync_frequency",
    **{
        (f"{holder}.add", key): wire
        for holder, key, wire in (
            ("users.connections", "object_id", "id"),
            ("users.groups", "group_id", "id"),
            ("teams.connections", "object_id", "id"),
            ("teams.groups", "object_id", "id"),
            ("teams.users", "user_id", "user_id"),
        )
    },
}
"""Arguments that have another name on the wire."""


@pytest.mark.parametrize(("name", "method"), METHODS, ids=[name for name, _ in METHODS])
async def test_what_the_api_requires_a_method_requires(name: str, method: Any, tmp_path: Path) -> None:
    """Otherwise a missing argument would cost a call to find out."""
    operation, ids, *_ = await recorded(name, method, tmp_path)
    required = set(BY_ID[operation.id].get("required") or ()) - NOT_REQUIRED.get(name, set())
    parameters = inspect.signature(method).parameters
    without = {WIRE_NAMES.get((name, key), key) for key, value in parameters.items() if value.default is value.empty}
    if name not in COMPOSED:
        assert required <= without
    positional = [key for key, value in parameters.items() if value.kind is not value.KEYWORD_ONLY]
    assert len(positional) == len(ids) + MORE_POSITIONAL.get(name, 0), positional


NOT_REQUIRED = {
    # The definition lists it among the required fields of a change, where nothing else is.
    "destinations.update": {"time_zone_offset"},
}
MORE_POSITIONAL = {
    "connections.set_sync_frequency": 1,
    "connector_packages.download": 1,
    "users.connections.add": 1,
    "users.groups.add": 1,
    "teams.connections.add": 1,
    "teams.groups.add": 1,
    "teams.users.add": 1,
}
"""Methods that take more than the path's ids by position: what is added, how often, and where to."""


async def test_every_operation_has_the_method_that_the_document_names(tmp_path: Path) -> None:
    """Otherwise an operation would stand in the table that nobody can call, or the document would send users astray."""
    reached: dict[str, str] = {}
    for name, method in METHODS:
        operation, *_ = await recorded(name, method, tmp_path)
        if name not in COMPOSED:
            assert operation.id not in reached, f"{name} and {reached.get(operation.id)} are the same"
            reached[operation.id] = name
    text = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    named = {(verb, path): method for verb, path, method in METHOD_LINE.findall(text)}
    assert {(operation.method, operation.path): reached[operation.id] for operation in OPERATIONS} == named


def test_connectors_is_another_name_of_connections() -> None:
    """Otherwise code from before 2025 would not find its resource."""
    client = Fivetran("key", "secret")
    assert client.connectors is client.connections


def test_the_table_is_the_whole_api() -> None:
    """Otherwise an operation would be missing, or one be declared that the API does not have."""
    assert {operation.id for operation in OPERATIONS} == set(BY_ID)
    assert len(BY_ID) == len(SPEC["operations"]) == 169
