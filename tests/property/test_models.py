"""Laws of decoding: whatever the API sends, a model comes of it, exact in its bytes and the same after a round trip."""

import contextlib
import copy
import importlib
import json
import pickle
import pkgutil
import sys
import types
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin

import attrs
import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fivetran_async import _codec, models
from fivetran_async import operations as ops
from fivetran_async._converter import structure_item
from fivetran_async._wire import Response
from fivetran_async.errors import DecodeError
from fivetran_async.models._base import Model, Origin, field_names
from fivetran_async.models._origins import tie
from fivetran_async.models._twins import way_to, why_no_twin
from fivetran_async.models.account import AccountInfo
from fivetran_async.models.connections import Connection
from fivetran_async.models.destinations import Destination
from fivetran_async.models.groups import Group
from fivetran_async.models.users import User
from fivetran_async.operation import Operation

laws = settings(max_examples=40, deadline=None)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | st.sampled_from(
        [
            "2026-08-01T12:00:00Z",
            "2026-08-01T12:00:00",
            "2026-08-01",
            "9999-12-31T23:59:59-12:00",
            "0001-01-01T00:00:00+14:00",
            "true",
            "360",
            "connected",
            "1e5",
        ]
    )
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=8
)


def plain_type(kind: Any) -> Any:
    """Return what stands inside Annotated and Optional."""
    if get_origin(kind) is Annotated:
        return plain_type(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        return plain_type(next(part for part in get_args(kind) if part is not type(None)))
    return kind


def fitting(kind: Any) -> st.SearchStrategy[Any]:
    """Return JSON that fits a field of a type."""
    kind = plain_type(kind)
    if get_origin(kind) is tuple:
        return st.lists(any_fit(get_args(kind)[0]), max_size=3)
    if isinstance(kind, type) and issubclass(kind, Model):
        return objects(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from([member.value for member in kind]) | TEXTS
    if get_origin(kind) is not None and issubclass(get_origin(kind), Mapping):
        return st.dictionaries(TEXTS, JSON, max_size=3)
    return {
        str: TEXTS,
        int: st.integers(-(2**70), 2**70),
        bool: st.booleans(),
        datetime: st.datetimes(timezones=st.just(UTC)).map(lambda time: time.isoformat()),
    }.get(kind, JSON)


def any_fit(kind: Any) -> st.SearchStrategy[Any]:
    """Return JSON that fits a field of a type, or does not."""
    return st.one_of(fitting(kind), fitting(kind), JSON)


def objects(cls: type[Model]) -> st.SearchStrategy[dict[str, Any]]:
    """Return JSON objects for a model: what identifies it is there, the rest fits, is junk, or is missing."""
    # Deferred, because a model may hold others of its kind; and made once, because that takes long.
    if cls not in _objects:
        _objects[cls] = st.deferred(lambda: _made_objects(cls))
    return _objects[cls]


_objects: dict[type[Model], st.SearchStrategy[dict[str, Any]]] = {}


def _made_objects(cls: type[Model]) -> st.SearchStrategy[dict[str, Any]]:
    fields = [field for field in attrs.fields(attrs.resolve_types(cls)) if field.name != "_origin"]
    needed = {field.name: TEXTS for field in fields if field.default is attrs.NOTHING}
    others = {field.name: any_fit(field.type) for field in fields if field.default is not attrs.NOTHING}
    named = st.fixed_dictionaries(needed, optional=others)
    unknown = st.dictionaries(TEXTS.filter(lambda name: name not in {f.name for f in fields}), JSON, max_size=2)
    return st.builds(lambda one, two: {**one, **two}, named, unknown)


CASES: list[tuple[type[Model], Operation[Any]]] = [
    (AccountInfo, ops.GET_ACCOUNT_INFO),
    (Group, ops.GROUP_DETAILS),
    (User, ops.LIST_ALL_USERS_IN_GROUP),
    (Connection, ops.CONNECTION_DETAILS),
    (Destination, ops.DESTINATION_DETAILS),
]
OBJECTS = {cls: objects(cls) for cls, _ in CASES}


def all_models() -> list[type[Model]]:
    """Return every model that there is."""
    for module in pkgutil.iter_modules(models.__path__):
        importlib.import_module(f"{models.__name__}.{module.name}")
    found: list[type[Model]] = []
    left = [Model]
    while left:
        classes = left.pop().__subclasses__()
        # Not the classes in which models are put together.
        left += [cls for cls in classes if cls is getattr(sys.modules[cls.__module__], cls.__name__, None)]
        found += [cls for cls in left if cls not in found]
    return sorted((cls for cls in found if cls.__module__.startswith(models.__name__)), key=lambda cls: cls.__name__)


def read(operation: Operation[Any], raw: bytes, *, keep_raw: bool = True) -> Any:
    """Read one object from the wire."""
    asked = _codec.encode(operation, tuple("x" for _ in operation.placeholders))
    body = b'{"code":"Success","data":{"items":[' + raw + b"]}}"
    return _codec.decode_page(
        asked, Response(status=200, headers={}, body=body), lambda _: None, keep_raw=keep_raw
    ).items[0]


def parts(model: Model, data: Any) -> list[tuple[Model, Any]]:
    """Return a model and the models in it, each with what it was made of."""
    found = [(model, data)]
    for name in field_names(type(model)):
        value = getattr(model, name)
        if isinstance(value, Model):
            found += parts(value, data[name])
        elif isinstance(value, tuple):
            for item, source in zip(value, data[name] if value else (), strict=True):
                found += parts(item, source) if isinstance(item, Model) else []
        elif isinstance(value, Mapping):
            for key, item in value.items():
                found += parts(item, data[name][key]) if isinstance(item, Model) else []
    return found


@pytest.mark.parametrize(("cls", "operation"), CASES, ids=lambda case: getattr(case, "__name__", ""))
@laws
@given(data=st.data())
def test_any_object_decodes(cls: type[Model], operation: Operation[Any], data: st.DataObject):
    """One odd object would break a list, or a model claim other bytes and fields than those that came."""
    sent = data.draw(OBJECTS[cls])
    raw = json.dumps(sent, ensure_ascii=data.draw(st.booleans()), indent=data.draw(st.sampled_from([None, 1]))).encode()
    model = read(operation, raw)
    assert model.raw == raw
    for part, source in parts(model, sent):
        assert json.loads(part.raw or b"") == source
        known = field_names(type(part))
        assert part.extra == (
            {name: value for name, value in source.items() if name not in known} if isinstance(source, dict) else {}
        )
        for name in known:
            value = getattr(part, name)
            assert not isinstance(value, datetime) or value.utcoffset() is not None
            assert value != "None" or source[name] == "None"
    assert read(operation, raw, keep_raw=False) == model


@pytest.mark.parametrize(("cls", "operation"), CASES, ids=lambda case: getattr(case, "__name__", ""))
@laws
@given(data=st.data())
def test_round_trips(cls: type[Model], operation: Operation[Any], data: st.DataObject):
    """A model would not be the same after a dictionary, a file, a copy or another process."""
    sent = data.draw(OBJECTS[cls])
    model = read(operation, json.dumps(sent).encode())
    assert cls.from_dict(sent) == model
    assert cls.from_dict(sent).extra == model.extra
    written = model.to_dict()
    assert set(sent) <= set(written)
    text = json.loads(json.dumps(written))
    for again in (cls.from_dict(written), cls.from_dict(text)):
        assert again == model
        assert again.to_dict() == text
    for twin in (pickle.loads(pickle.dumps(model)), copy.copy(model), copy.deepcopy(model)):  # noqa: S301 - its own
        assert (twin, hash(twin), twin.raw, twin.extra) == (model, hash(model), model.raw, model.extra)
    changed = attrs.evolve(model)
    assert (changed, changed.raw, changed.extra) == (model, None, model.extra)


@laws
@given(body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
@example(body=b"[" * 100_000)
@example(body=b'{"data":' * 10_000)
@example(body=b'{"data":{"items":[{"id":"a","service":"s","config":{"a":1e400}}]}}')
@example(body=b'{"data":{"items":[{"id":"\\ud800","service":"s"}]}}')
@example(body=b'{"data":{"items":[{"id":"a","service":"s","new":"\xed\xa0\x80"}]}}')
@pytest.mark.parametrize("operation", [ops.LIST_CONNECTIONS, ops.CREATE_CONNECTION, ops.DELETE_CONNECTION], ids=str)
def test_any_reply_is_read_or_is_a_decode_error(operation: Operation[Any], body: bytes):
    """A reply of garbage would raise what no caller expects."""
    asked = _codec.encode(operation, tuple("x" for _ in operation.placeholders))
    reply = Response(status=200, headers={}, body=body)
    for decode in (
        lambda: _codec.decode_page(asked, reply, lambda _: None, keep_raw=True).items,
        lambda: [_codec.decode_object(asked, reply, lambda _: None, keep_raw=True)],
        lambda: _codec.decode_data(asked, reply),
    ):
        found: Any = []
        with contextlib.suppress(DecodeError):
            found = decode()
        for item in found if isinstance(found, list) else []:
            assert not isinstance(item, Model) or isinstance(item.extra, dict)


@laws
@given(status=st.integers(300, 599), body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_error_reply_is_an_api_error(status: int, body: bytes):
    """A gateway's garbage would hide the status that came with it."""
    asked = _codec.encode(ops.LIST_CONNECTIONS)
    error = _codec.api_error(asked, Response(status=status, headers={}, body=body), datetime.now(UTC))
    assert error is not None
    assert (error.status, error.body) == (status, body)
    assert isinstance(error.code, str)
    assert str(status) in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - its own bytes


@pytest.mark.parametrize("cls", all_models(), ids=lambda cls: cls.__name__)
@settings(laws, max_examples=10)
@given(data=st.data())
def test_the_quick_way_is_the_lenient_one(cls: type[Model], data: st.DataObject):
    """An object would differ by the way that it was read in, or by how much of it was copied, or claim other bytes."""
    sent = data.draw(objects(cls)) | data.draw(st.sampled_from([{}, {"_origin": {"id": 1}}, {"_origin": "x"}]))
    raw = json.dumps(sent).encode()
    way = way_to(cls)
    try:
        found = way.decode(raw)
    except msgspec.ValidationError:
        # What msgspec refuses of the model, it has to refuse of its twin, and nothing else.
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(raw, type=cls)
        return
    model = way.build(found, Origin(raw))
    lenient, repaired = structure_item(cls, sent)
    assert (type(model), model, hash(model), repaired) == (cls, lenient, hash(lenient), [])
    tie(lenient, raw)
    mine, theirs = parts(model, sent), parts(lenient, sent)
    for (part, source), (other, _) in zip(mine, theirs, strict=True):
        assert type(part) is type(other)
        assert (part.raw, part.extra) == (other.raw, other.extra)
        assert json.loads(part.raw or b"") == source
    bare = way.build_untied(way.decode(raw))
    assert bare == model
    assert all((part.raw, part.extra) == (None, {}) for part, _ in parts(bare, sent))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        bare.id = "x"


def test_every_model_but_a_tree_has_a_twin():
    """A change to a model would make it slow without a word."""
    refused = {cls.__name__ for cls in all_models() if why_no_twin(cls)}
    assert refused == {"ConnectorType", "ConfigField"}


def test_the_strategies_reach_both_paths():
    """These laws would be tried on one way of decoding alone."""
    decoder = msgspec.json.Decoder(Connection)
    ways: set[bool] = set()

    @settings(max_examples=40, deadline=None, database=None, derandomize=True)
    @given(sent=OBJECTS[Connection])
    def sample(sent: dict[str, Any]) -> None:
        try:
            decoder.decode(json.dumps(sent))
            ways.add(True)
        except msgspec.ValidationError:
            ways.add(False)

    sample()
    assert ways == {True, False}
