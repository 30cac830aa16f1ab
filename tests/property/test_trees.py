"""Laws of models in mappings, all the way down: the settings of a connector type, whatever the API sends for them."""

import copy
import json
import pickle
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from fivetran_async import _codec
from fivetran_async import operations as ops
from fivetran_async._wire import Response
from fivetran_async.models._base import field_names
from fivetran_async.models.connector_types import ConfigField, ConnectorType

laws = settings(max_examples=80, deadline=None)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.recursive(
    st.dictionaries(TEXTS, JSON, max_size=2),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": TEXTS | JSON,
            "properties": st.dictionaries(TEXTS, inner | JSON, max_size=3) | JSON,
            "items": inner | JSON,
            "enum": st.lists(JSON, max_size=3) | JSON,
            "required": st.lists(TEXTS, max_size=3) | st.booleans() | JSON,
            "readonly": st.booleans() | JSON,
            "example": JSON,
        },
    ),
    max_leaves=8,
)
TYPES = st.fixed_dictionaries({"id": TEXTS}, optional={"config": FIELDS | JSON, "auth": FIELDS, "odd": JSON})


def read(raw: bytes) -> ConnectorType:
    """Read a connector type from the wire."""
    reply = Response(status=200, headers={}, body=b'{"data":' + raw + b"}")
    found: ConnectorType = _codec.decode_object(
        _codec.encode(ops.METADATA_CONNECTOR_CONFIG, ("x",)), reply, lambda _: None, keep_raw=True
    )
    return found


def nodes(field: ConfigField | None, source: Any) -> list[tuple[ConfigField, Any]]:
    """Return a field and those in it, each with what it was read from."""
    if field is None:
        return []
    found = [(field, source)]
    for name, inner in (field.properties or {}).items():
        found += nodes(inner, source["properties"][name])
    return found + (nodes(field.items, source["items"]) if field.items else [])


@laws
@given(sent=TYPES, ascii_only=st.booleans())
def test_every_field_has_its_own_bytes(sent: dict[str, Any], *, ascii_only: bool) -> None:
    """Otherwise a field would claim other bytes and other unknown fields than those that came for it."""
    found = read(json.dumps(sent, ensure_ascii=ascii_only).encode())
    for field, source in nodes(found.config, sent.get("config")) + nodes(found.auth, sent.get("auth")):
        assert json.loads(field.raw or b"") == source
        named = field_names(ConfigField)
        unknown = (
            {name: value for name, value in source.items() if name not in named} if isinstance(source, dict) else {}
        )
        assert field.extra == unknown


@laws
@given(sent=TYPES)
def test_round_trips(sent: dict[str, Any]) -> None:
    """Otherwise a tree would not be the same after a dictionary, a file, a copy or another process."""
    found = read(json.dumps(sent).encode())
    made = ConnectorType.from_dict(sent)
    assert made == found
    written = found.to_dict()
    assert made.to_dict() == written
    for again in (ConnectorType.from_dict(written), ConnectorType.from_dict(json.loads(json.dumps(written)))):
        assert again == found
        assert again.to_dict() == written
    assert attrs.evolve(found).to_dict() == written
    for twin in (pickle.loads(pickle.dumps(found)), copy.copy(found), copy.deepcopy(found)):  # noqa: S301 - its own
        assert (twin, hash(twin), twin.raw, twin.to_dict()) == (found, hash(found), found.raw, written)
