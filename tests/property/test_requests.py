"""Laws of encoding: an id never reaches another path, and what is sent is what was meant."""

import contextlib
import json
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from fivetran_async import _codec
from fivetran_async.errors import ArgumentError
from fivetran_async.operation import Operation, Shape
from fivetran_async.operations import OPERATIONS
from fivetran_async.types import UNSET

laws = settings(max_examples=100, deadline=None)

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=20) | st.text("./%2eE\\?#{}&=;: \x00\n", max_size=8)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
WITH_IDS = [operation for operation in OPERATIONS if operation.placeholders]
TWO_IDS: Operation[Any] = Operation(id="two", method="GET", path="/v1/a/{a_id}/b/{b_id}/c", shape=Shape.OBJECT)


def is_sendable(text: str) -> bool:
    """Return whether a text names something and can be encoded."""
    return bool(text.strip()) and text not in {".", ".."} and not any("\ud800" <= char <= "\udfff" for char in text)


@laws
@given(operation=st.sampled_from(WITH_IDS), value=ANY_TEXT)
@example(WITH_IDS[0], ".")
@example(WITH_IDS[0], "..")
@example(WITH_IDS[0], "../..")
@example(WITH_IDS[0], "%2e%2e")
@example(WITH_IDS[0], "a\udcffb")
@example(WITH_IDS[0], "\u2028")
def test_an_id_is_one_segment(operation: Operation[Any], value: str):
    """An id would reach another path than that of its operation."""
    if not is_sendable(value):
        with pytest.raises(ArgumentError):
            _codec.encode(operation, (value,) * len(operation.placeholders))
        return
    target = _codec.encode(operation, (value,) * len(operation.placeholders)).target
    assert target.isascii()
    assert target.isprintable()
    parts = urlsplit(f"https://host{target}")
    assert (parts.netloc, parts.query, parts.fragment) == ("host", "", "")
    sent, declared = parts.path.split("/"), operation.path.split("/")
    assert len(sent) == len(declared)
    for segment, pattern in zip(sent, declared, strict=True):
        assert unquote(segment, errors="strict") == (value if pattern.startswith("{") else pattern)
        assert segment not in {".", ".."}


@laws
@given(a=ANY_TEXT, b=ANY_TEXT)
def test_two_ids_keep_apart(a: str, b: str):
    """Two ids would run into each other, and two calls mean the same."""
    assume(is_sendable(a) and is_sendable(b))
    segments = _codec.encode(TWO_IDS, (a, b)).target.split("/")
    assert [unquote(segment) for segment in segments] == ["", "v1", "a", a, "b", b, "c"]


@laws
@given(path=ANY_TEXT.map(lambda text: f"/v1/{text}"))
@example("/v1/%2e%2E/x")
@example("/v1/a%2fb")
def test_a_path_of_the_callers_own(path: str):
    """A path of the caller's own would lead elsewhere once a server has read it."""
    try:
        sent = _codec.checked_path(path)
    except ArgumentError:
        return
    parts = urlsplit(f"https://host{sent}")
    assert (parts.netloc, parts.path, parts.query, parts.fragment) == ("host", sent, "", "")
    assert sent.isascii()
    assert sent.isprintable()
    assert " " not in sent
    assert unquote(sent) == unquote(path)
    assert not {".", "..", ""} & {unquote(segment) for segment in sent.split("/")[1:-1]}
    assert unquote(sent.split("/")[-1]) not in {".", ".."}


@laws
@given(query=st.dictionaries(TEXTS, TEXTS | st.booleans() | st.integers() | st.none() | st.just(UNSET), max_size=5))
def test_a_query_says_what_was_meant(query: dict[str, Any]):
    """A filter would reach the API as another one, or a left-out one be sent."""
    encoded = _codec.encode_query(query)
    assert encoded.isascii()
    assert not {" ", "#", "+", "\n"} & set(encoded)
    meant = [
        (name, {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value))
        for name, value in query.items()
        if value is not None and value is not UNSET
    ]
    assert parse_qsl(encoded.removeprefix("?"), keep_blank_values=True, strict_parsing=bool(meant)) == meant
    assert encoded.startswith("?") == bool(meant)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)


@laws
@given(body=st.dictionaries(TEXTS, JSON, max_size=4))
def test_a_body_arrives_as_it_is(body: dict[str, Any]):
    """A body would lose or change something on its way; a null would not be sent."""
    sent = _codec.encode_body(body)
    assert json.loads(sent) == body
    assert _codec.encode_body({**body, "left out": UNSET}) == _codec.encode_body(
        {name: value for name, value in body.items() if name != "left out"}
    )


ANYTHING = st.recursive(
    JSON
    | st.floats()
    | st.datetimes()
    | st.binary(max_size=3)
    | st.just(UNSET)
    | st.sets(st.integers(), max_size=2)
    | st.builds(object)
    | ANY_TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(st.none() | st.integers() | TEXTS, inner, max_size=3)
    ),
    max_leaves=6,
)


@laws
@given(value=ANYTHING)
def test_anything_else_is_refused(value: Any):
    """Something that JSON does not have would be sent, or raise what no caller expects."""
    sent = b"{}"
    with contextlib.suppress(ArgumentError):
        sent = _codec.encode_body({"a": value})
    text = sent.decode()
    assert isinstance(json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} was sent")), dict)
