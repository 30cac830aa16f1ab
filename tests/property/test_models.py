"""Laws of decoding: whatever the API sends, a model comes of it, exact in its bytes and the same after a round trip."""

import contextlib
import copy
import json
import pickle
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

from fivetran_async import _codec
from fivetran_async import operations as ops
from fivetran_async._wire import Response
from fivetran_async.errors import DecodeError
from fivetran_async.models._base import Model, field_names
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
                found += parts(item, source)
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
