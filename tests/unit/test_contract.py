"""The declared operations, models and arguments against the facts distilled from the API's definition."""

import inspect
import json
from collections.abc import Mapping
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
from fivetran_async.models._base import Model, OpenEnum, field_names
from fivetran_async.operation import Operation
from fivetran_async.operations import OPERATIONS
from fivetran_async.paging import Pager
from fivetran_async.resources._base import Resource

SPEC: dict[str, Any] = json.loads((Path(__file__).parents[1] / "spec" / "api.json").read_text())
BY_ID: dict[str, Any] = {entry["id"]: entry for entry in SPEC["operations"]}
DECLARED = [operation for operation in OPERATIONS if operation.id in BY_ID]


def model_of(operation: Operation[Any]) -> type[Model]:
    """Return the model that an operation names."""
    module, _, name = (operation.result or "").partition(":")
    model: type[Model] = getattr(import_module(f"fivetran_async.models.{module}"), name)
    return model


@pytest.mark.parametrize("operation", DECLARED, ids=lambda operation: operation.id)
def test_an_operation_is_what_the_api_defines(operation: Operation[Any]) -> None:
    """Otherwise a call would go to another path, or read the reply of another version."""
    entry = BY_ID[operation.id]
    stated = {"method": operation.method, "path": operation.path, "version": operation.version}
    assert stated == {name: entry[name] for name in stated}
    assert operation.shape.value == entry["shape"]
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
            inner = kind.strip("[]")
            nested = [
                part for part in (*leaves(kinds.get(name)),) if isinstance(part, type) and issubclass(part, Model)
            ]
            if inner in SPEC["models"] and nested:
                visit(nested[0], inner)

    for operation in DECLARED:
        schema = BY_ID[operation.id]["result"]
        if schema is not None:
            visit(model_of(operation), schema)
    return found


def leaves(kind: Any) -> list[Any]:
    """Return the types in an annotation, without None and without what wraps them."""
    if get_origin(kind) is Annotated:
        return leaves(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType, tuple}:
        return [leaf for part in get_args(kind) for leaf in leaves(part) if part not in {NoneType, Ellipsis}]
    return [kind]


MODELS = schemas()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_has_exactly_the_fields_of_the_definition(model: type[Model]) -> None:
    """Otherwise a field would be misspelt, or hide in `extra`."""
    defined = {name for schema in MODELS[model] for name in SPEC["models"][schema]}
    assert set(field_names(model)) == defined


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
            if kind.strip("[]") in SPEC["models"]:
                assert issubclass(leaf, Model), name
            elif kind == "string":
                assert leaf is str or issubclass(leaf, OpenEnum), name
            elif kind == "object":
                assert get_origin(leaf) is Mapping, name
                assert fields[name].hash is False, name
            else:
                assert leaf is {"integer": int, "boolean": bool, "time": datetime, "any": Any}[kind], name


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_only_what_identifies_an_object_is_required(model: type[Model]) -> None:
    """Otherwise a field that the API leaves out one day would break every reply."""
    required = {field.name for field in attrs.fields(model) if field.default is attrs.NOTHING}
    assert required <= {"id", "service", "account_id"}
    assert bool(required) is any(
        operation.result for operation in DECLARED if operation.result and model_of(operation) is model
    )


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
        self.calls: list[tuple[Operation[Any], tuple[str, ...], Mapping[str, Any], Mapping[str, Any] | None]] = []

    async def call(self, operation: Operation[Any], *ids: str, query: Any = None, body: Any = None, **_: Any) -> None:
        """Record a call."""
        self.calls.append((operation, ids, query or {}, body))

    async def page(
        self, operation: Operation[Any], *ids: str, query: Any, page_size: int, cursor: str | None
    ) -> DecodedPage:
        """Record a page."""
        self.calls.append((operation, ids, {**query, "limit": page_size, "cursor": cursor}, None))
        return DecodedPage([], None)


FITTING: dict[str, Any] = {
    "sync_frequency": 1440,
    "daily_sync_time": "03:00",
    "schedule_type": "auto",
    "page_size": 7,
    "confirm": True,
    "is_historical_sync": True,
    "active": True,
    "force": True,
}


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
        if not method.startswith("_")
    ]


async def recorded(method: Any) -> tuple[Operation[Any], tuple[str, ...], Mapping[str, Any], Mapping[str, Any] | None]:
    """Call a method with every argument it has and return what it asked for."""
    recorder = Recorder()
    resource = type(method.__self__)(recorder)
    positional: list[str] = []
    named: dict[str, Any] = {}
    for name, parameter in inspect.signature(method).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            named[name] = FITTING.get(name, f"the {name}")
        else:
            positional.append(f"the {name}")
    result = getattr(resource, method.__name__)(*positional, **named)
    await (result.page() if isinstance(result, Pager) else result)
    (call,) = recorder.calls
    return call


METHODS = [(name, method) for name, method in methods() if not name.startswith("connectors.")]


@pytest.mark.parametrize(("name", "method"), METHODS, ids=[name for name, _ in METHODS])
async def test_a_method_sends_what_the_definition_names(name: str, method: Any) -> None:
    """Otherwise an argument would be misspelt on the wire, where the API ignores it in silence."""
    operation, ids, query, body = await recorded(method)
    if operation.id not in BY_ID:
        pytest.skip("this operation is not in the facts")
    entry = BY_ID[operation.id]
    assert list(ids) == [f"the {placeholder}" for placeholder in operation.placeholders]
    assert set(query) == set(entry["query"])
    special = {"connections.pause": {"paused", "run_setup_tests"}, "connections.resume": {"paused", "run_setup_tests"}}
    assert set(body or {}) == special.get(name, set(entry["body"] or {}))
    for argument, value in (body or {}).items():
        if name not in special:
            assert value == FITTING.get(argument, f"the {argument}"), argument
    assert {argument: value for argument, value in query.items() if argument != "limit"} == {
        argument: FITTING.get(argument, f"the {argument}") for argument in query if argument != "limit"
    }


@pytest.mark.parametrize(("name", "method"), METHODS, ids=[name for name, _ in METHODS])
async def test_what_the_api_requires_a_method_requires(name: str, method: Any) -> None:
    """Otherwise a missing argument would cost a call to find out."""
    operation, *_ = await recorded(method)
    required = set((BY_ID.get(operation.id) or {}).get("required") or ())
    without = {key for key, value in inspect.signature(method).parameters.items() if value.default is value.empty}
    assert required <= without
    assert all(
        parameter.kind is parameter.KEYWORD_ONLY
        for key, parameter in inspect.signature(method).parameters.items()
        if key not in operation.placeholders
    ), name


async def test_every_declared_operation_has_a_method() -> None:
    """Otherwise an operation would stand in the table that nobody can call."""
    reached = {(await recorded(method))[0].id for _, method in METHODS}
    assert reached == {operation.id for operation in OPERATIONS}


def test_connectors_is_another_name_of_connections() -> None:
    """Otherwise code from before 2025 would not find its resource."""
    client = Fivetran("key", "secret")
    assert client.connectors is client.connections


def test_the_facts_cover_every_operation() -> None:
    """Otherwise a new operation would be held against nothing."""
    assert {operation.id for operation in OPERATIONS} == set(BY_ID)
