"""The lenient way in: what does not fit its model is read as far as it goes, and nothing is invented."""

import copy
import json
import pickle
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import cattrs
import pytest

from fivetran_async import _codec, _converter
from fivetran_async import operations as ops
from fivetran_async._wire import Response
from fivetran_async.errors import ArgumentError, DecodeError
from fivetran_async.hooks import Event, ItemRepaired
from fivetran_async.models import _origins
from fivetran_async.models._base import decoded
from fivetran_async.models.account import AccountInfo
from fivetran_async.models.connections import Connection, ConnectionStatus, SetupState, SyncState
from fivetran_async.models.connector_types import ConfigField, ConnectorType
from fivetran_async.models.destinations import Destination
from fivetran_async.models.groups import Group
from fivetran_async.models.setup_tests import SetupTestStatus

# Makes a connection take the lenient way and shows in no other field.
ODD = {"data_delay_threshold": "5"}


def read(item: dict[str, Any], *, keep_raw: bool = True) -> tuple[Connection, list[ItemRepaired]]:
    """Read an item from the wire; return it and what was said about its repair."""
    events: list[Event] = []
    reply = Response(status=200, headers={}, body=json.dumps({"data": {"items": [item]}}).encode())
    page = _codec.decode_page(_codec.encode(ops.LIST_CONNECTIONS), reply, events.append, keep_raw=keep_raw)
    return page.items[0], [event for event in events if isinstance(event, ItemRepaired)]


def connection(**fields: Any) -> Connection:
    """Read a connection with odd fields from the wire."""
    return read({"id": "c", "service": "s", **fields})[0]


def repaired(**fields: Any) -> tuple[str, ...]:
    """Return the names of the fields that could not be read."""
    (event,) = read({"id": "c", "service": "s", **fields})[1]
    return event.fields


@pytest.fixture
def own_converter(monkeypatch: pytest.MonkeyPatch) -> Iterator[cattrs.Converter]:
    """A copy in the converter's place, so that what a test registers is gone after it."""
    mine = _converter.converter.copy()
    monkeypatch.setattr(_converter, "converter", mine)
    return mine


class TestValues:
    @pytest.mark.parametrize(
        ("sent", "read_as"),
        [(7, "7"), (7.5, "7.5"), (True, "true"), (False, "false"), ("", ""), (None, None), ([], None), ({}, None)],
    )
    def test_text(self, sent: Any, read_as: Any):
        """A number where a text was due would break the page, or null become the text "None"."""
        assert connection(schema=sent).schema == read_as
        assert Connection.from_dict({"id": "c", "service": "s", "schema": sent}).schema == read_as

    @pytest.mark.parametrize(
        ("sent", "read_as"),
        [
            ("360", 360),
            (" 360 ", 360),
            (360.0, 360),
            (360.5, None),
            ("x", None),
            ("", None),
            (True, None),
            (None, None),
            ([], None),
            (10**30, 10**30),
            ("-5", -5),
        ],
    )
    def test_whole_number(self, sent: Any, read_as: Any):
        """A text where a number was due would break the page, or a truth value pass for 1."""
        assert connection(sync_frequency=sent).sync_frequency == read_as
        assert Connection.from_dict({"id": "c", "service": "s", "sync_frequency": sent}).sync_frequency == read_as

    def test_infinity(self):
        """A number beyond all bounds would break the page."""
        body = b'{"data":{"id":"c","service":"s","sync_frequency":1e400,"new":1e400}}'
        asked = _codec.encode(ops.CONNECTION_DETAILS, ("c",))
        found = _codec.decode_object(asked, Response(status=200, headers={}, body=body), lambda _: None, keep_raw=True)
        assert found.sync_frequency is None
        assert found.extra == {"new": float("inf")}

    @pytest.mark.parametrize(
        ("sent", "read_as"),
        [
            ("true", True),
            ("False", False),
            (" TRUE ", True),
            (1, True),
            (0, False),
            (2, None),
            ("yes", None),
            ("", None),
            (None, None),
            ([], None),
        ],
    )
    def test_truth(self, sent: Any, read_as: Any):
        """A paused connection would show as running because of how its flag is spelt."""
        assert connection(paused=sent).paused is read_as

    @pytest.mark.parametrize(
        ("sent", "read_as"),
        [
            ("2026-08-01T12:00:00", datetime(2026, 8, 1, 12, tzinfo=UTC)),
            ("2026-08-01 12:00:00Z", datetime(2026, 8, 1, 12, tzinfo=UTC)),
            (" 2026-08-01T12:00:00Z", datetime(2026, 8, 1, 12, tzinfo=UTC)),
            ("2026-08-01", datetime(2026, 8, 1, tzinfo=UTC)),
            ("2026-08-01T12:00:00+02:00", datetime(2026, 8, 1, 10, tzinfo=UTC)),
            ("0001-01-01T00:00:00+14:00", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))),
            ("yesterday", None),
            ("2026-13-01T00:00:00Z", None),
            ("", None),
            (1754049600, None),
            (True, None),
            ([], None),
            (None, None),
        ],
    )
    def test_time(self, sent: Any, read_as: Any):
        """A time would be invented, come without a zone, or break the page."""
        found = connection(created_at=sent, **ODD)
        assert found.created_at == read_as
        assert found.created_at is None or found.created_at.utcoffset() is not None
        assert json.loads(found.raw or b"")["created_at"] == sent

    @pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process cannot be set here")
    def test_naive_time_is_utc_everywhere(self, monkeypatch: pytest.MonkeyPatch):
        """A time without a zone would be read in the zone of whoever runs this."""
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("TZ", "XXX-9")
            time.tzset()
            found = connection(created_at="2026-08-01T12:00:00").created_at
        time.tzset()
        assert found == datetime(2026, 8, 1, 12, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("sent", "read_as"), [({"a": 1}, {"a": 1}), ({}, {}), ([], None), ("x", None), (3, None), (None, None)]
    )
    def test_mapping(self, sent: Any, read_as: Any):
        """Settings that are none would break the page."""
        assert connection(config=sent, **ODD).config == read_as

    @pytest.mark.parametrize("sent", [{"a": 1}, "x", 3, True, None])
    def test_no_list(self, sent: Any):
        """A null, or an object, where a list was due would break the page or be None under a loop."""
        found = connection(setup_tests=sent, status={"tasks": sent, "setup_state": "broken"})
        assert found.setup_tests == ()
        assert found.status is not None
        assert (found.status.tasks, found.status.setup_state) == ((), "broken")
        assert json.loads(found.raw or b"")["setup_tests"] == sent

    def test_items_of_a_list_keep_their_places(self):
        """A task would show the bytes of another one after an odd one."""
        tasks = [None, {"code": "a", "odd": 1}, 3, {"code": 5, "odd": 2}]
        found = connection(status={"tasks": tasks})
        assert found.status is not None
        assert [task.code for task in found.status.tasks] == [None, "a", None, "5"]
        assert [task.extra for task in found.status.tasks] == [{}, {"odd": 1}, {}, {"odd": 2}]
        assert [json.loads(task.raw or b"") for task in found.status.tasks] == tasks

    @pytest.mark.parametrize("sent", [[], "connected", 3, True])
    def test_no_object(self, sent: Any):
        """A status that is no object would break the page."""
        assert connection(status=sent).status is None

    @pytest.mark.parametrize("sent", [{}, {"setup_state": None}, {"setup_state": []}, {"rescheduled_for": "soon"}])
    def test_bare_status(self, sent: Any):
        """A status that says little would be lost, or break the page."""
        assert connection(status=sent).status == ConnectionStatus()


class TestEnums:
    @pytest.mark.parametrize("fields", [{}, ODD], ids=["quick", "lenient"])
    def test_unknown_value_survives(self, fields: dict[str, Any]):
        """A state of tomorrow would break today's client, or be lost on the way back."""
        known = list(SyncState)
        found = connection(status={"sync_state": "of_tomorrow"}, **fields).status
        assert found is not None
        state = found.sync_state
        assert isinstance(state, SyncState)
        assert state == "of_tomorrow"
        assert state != "syncing"
        assert not state.is_known
        assert f"{state}" == "of_tomorrow"
        assert {state: 1}["of_tomorrow"] == 1
        assert found.to_dict()["sync_state"] == "of_tomorrow"
        assert _codec.encode_body({"state": state}) == b'{"state":"of_tomorrow"}'
        assert list(SyncState) == known
        assert "of_tomorrow" not in SyncState._value2member_map_

    def test_known_value(self):
        """A known value would not be the member that users compare with."""
        found = connection(status={"sync_state": "syncing"}, **ODD).status
        assert found is not None
        assert found.sync_state is SyncState.SYNCING
        assert SyncState.SYNCING.is_known

    @pytest.mark.parametrize("sent", [5, 2.5, True])
    def test_no_text(self, sent: Any):
        """A value that is no text would break the page."""
        found = connection(status={"setup_state": sent}).status
        assert found is not None
        assert isinstance(found.setup_state, SetupState)
        assert found.setup_state == _converter._text(sent, str)

    def test_unknown_value_of_a_nested_list(self):
        """The result of a setup test would be lost when its word is new."""
        (test,) = connection(setup_tests=[{"status": "ODDLY_FINE", "details": {"any": [1]}}]).setup_tests
        assert test.status == "ODDLY_FINE"
        assert isinstance(test.status, SetupTestStatus)
        assert test.details == {"any": [1]}


class TestIdentity:
    @pytest.mark.parametrize("cls", [Connection, Destination])
    @pytest.mark.parametrize("missing", ["id", "service"])
    @pytest.mark.parametrize("how", ["absent", "null", "object"])
    def test_missing(self, cls: Any, missing: str, how: str):
        """An object would be made that nobody can name."""
        data: dict[str, Any] = {"id": "a", "service": "b"}
        data |= {missing: {} if how == "object" else None}
        if how == "absent":
            del data[missing]
        with pytest.raises(DecodeError, match=missing):
            cls.from_dict(data)

    @pytest.mark.parametrize("data", [None, [], "x", 3, [("id", "a")]])
    def test_no_mapping(self, data: Any):
        """Something else than a mapping would fail with an error that no caller expects."""
        with pytest.raises(DecodeError, match="made of a mapping"):
            Group.from_dict(data)

    def test_number_as_id(self):
        """An id that came as a number would break the page."""
        assert connection(id=7).id == "7"
        assert AccountInfo.from_dict({"account_id": 7}).account_id == "7"


class TestRepairs:
    def test_quick_path_says_nothing(self):
        """Users would be told of repairs that did not happen."""
        assert read({"id": "c", "service": "s", "schema": None, "unknown": 1})[1] == []

    @pytest.mark.parametrize(
        ("fields", "names"),
        [
            ({"schema": 5}, ()),
            ({"created_at": "yesterday"}, ("created_at",)),
            ({"paused": "x", "config": 3}, ("paused", "config")),
            ({"status": 5}, ("status",)),
            ({"status": {"is_historical_sync": "x"}}, ("status.is_historical_sync",)),
            ({"status": {"tasks": None}}, ("status.tasks",)),
            (
                {"status": {"tasks": [{"code": "a"}, 5, {"message": {}}]}},
                ("status.tasks[1]", "status.tasks[2].message"),
            ),
            ({"setup_tests": [{"title": []}], "created_at": 1}, ("created_at", "setup_tests[0].title")),
        ],
    )
    def test_names_the_fields(self, fields: dict[str, Any], names: tuple[str, ...]):
        """Nobody would see which field of the API has changed."""
        assert repaired(**fields) == names

    def test_says_where_and_why(self):
        """A repair could not be traced to its operation and its cause."""
        found, (event,) = read({"id": "c", "service": "s", "schema": 5})
        assert found.schema == "5"
        assert (event.operation, event.model) == ("list_connections", "Connection")
        assert "schema" in event.reason

    def test_one_item_after_another(self):
        """The fields of one item would be reported with the next, too."""
        assert repaired(paused="x") == ("paused",)
        assert repaired(created_at="x") == ("created_at",)
        assert _converter._repaired.get() is None
        Connection.from_dict({"id": "c", "service": "s", "schema": []})
        assert repaired(paused="x") == ("paused",)


@attrs.frozen
class Money:
    """A type of a user's own."""

    cents: int


class TestUsersHooks:
    def test_body(self, own_converter: cattrs.Converter):
        """A user's own type could not be sent."""
        with pytest.raises(ArgumentError):
            _codec.encode_body({"price": object()})
        own_converter.register_unstructure_hook(Money, lambda money: f"{money.cents / 100:.2f}")
        assert _codec.encode_body({"a": [{"price": Money(125)}]}) == b'{"a":[{"price":"1.25"}]}'

    def test_time_in_a_body(self, own_converter: cattrs.Converter):
        """A user's own way to write times would not reach bodies."""
        own_converter.register_unstructure_hook(datetime, lambda time: int(time.timestamp()))
        assert _codec.encode_body({"at": datetime(1970, 1, 2, tzinfo=UTC)}) == b'{"at":86400}'

    def test_from_dict(self, own_converter: cattrs.Converter):
        """A user's hook would not apply to `from_dict`."""
        own_converter.register_structure_hook(Group, lambda data, cls: cls(id=data["key"]))
        assert Group.from_dict({"key": "g"}) == Group(id="g")

    def test_lenient_items(self, own_converter: cattrs.Converter):
        """A user's hook would not apply to an item that takes the lenient way."""
        own_converter.register_structure_hook(SetupState, lambda _, cls: cls.BROKEN)
        found = connection(status={"setup_state": ["odd"]}).status
        assert found is not None
        assert found.setup_state is SetupState.BROKEN

    @pytest.mark.parametrize("sent", ["01.08.2026", 5])
    def test_times(self, own_converter: cattrs.Converter, sent: Any):
        """A hook for datetime would not apply to the times of the models."""
        at = datetime(2026, 8, 1, tzinfo=UTC)
        own_converter.register_structure_hook(datetime, lambda *_: at)
        assert connection(created_at=sent).created_at == at
        assert Connection.from_dict({"id": "c", "service": "s", "created_at": sent}).created_at == at

    def test_a_hook_that_raises(self, own_converter: cattrs.Converter):
        """A fault in a user's hook for one field would cost the whole item."""

        def fail(*_: Any) -> Any:
            raise LookupError("no such thing")

        own_converter.register_structure_hook(SetupState, fail)
        found, (event,) = read({"id": "c", "service": "s", "status": {"setup_state": 3, "sync_state": "syncing"}})
        assert found.status == ConnectionStatus(sync_state=SyncState.SYNCING)
        assert event.fields == ("status.setup_state",)


def tree(**fields: Any) -> dict[str, Any]:
    """Return a connector type as JSON, whose settings have one field with odd things in every corner."""
    item = {"type": "object", "odd": [2.50], "properties": {"x": {"enum": ["a", 1], "odd": 3}}}
    properties = {
        "a.b": {"type": "string", "odd": {"deep": None}, "required": True},
        "": {"items": item, "odd": 1},
        "[0]\u00e9\"'": {"required": ["x"]},
    }
    return {"id": "t", "config": {"type": "object", "odd": None, "properties": properties}, **fields}


def connector_type(raw: bytes) -> tuple[ConnectorType, list[ItemRepaired]]:
    """Read a connector type from the wire; return it and what was said about its repair."""
    events: list[Event] = []
    reply = Response(status=200, headers={}, body=b'{"data":' + raw + b"}")
    asked = _codec.encode(ops.METADATA_CONNECTOR_CONFIG, ("t",))
    found: ConnectorType = _codec.decode_object(asked, reply, events.append, keep_raw=True)
    return found, [event for event in events if isinstance(event, ItemRepaired)]


def nodes(field: ConfigField | None, source: Any) -> list[tuple[ConfigField, Any]]:
    """Return a field of settings and those in it, each with what it was read from."""
    assert field is not None
    found: list[tuple[ConfigField, Any]] = [(field, source)]
    for name, inner in (field.properties or {}).items():
        found += nodes(inner, source["properties"][name])
    return found + (nodes(field.items, source["items"]) if field.items else [])


def pickled(value: Any) -> Any:
    """Send a value through pickle."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - its own bytes


@pytest.mark.parametrize("fields", [{}, {"name": 7}], ids=["quick", "lenient"])
class TestMappingsOfModels:
    @pytest.mark.parametrize("twin", [lambda x: x, pickled, copy.deepcopy], ids=["it", "pickle", "deep"])
    def test_every_level_has_its_own_bytes(self, fields: dict[str, Any], twin: Callable[[Any], Any]):
        """A model in a mapping would lose, or mix up, its bytes or its unknown fields, whatever its key."""
        sent = tree(**fields)
        found = twin(connector_type(json.dumps(sent, indent=1).encode())[0])
        seen = nodes(found.config, sent["config"])
        assert len(seen) == 6
        for node, source in seen:
            assert json.loads(node.raw or b"") == source
            assert node.extra == ({"odd": source["odd"]} if "odd" in source else {})
        for node, source in seen:
            alone = twin(node)
            assert (alone, json.loads(alone.raw)) == (node, source)

    def test_the_ways_to_a_dictionary_and_back(self, fields: dict[str, Any]):
        """A tree that was written to a file would come back as another one, or be sent otherwise than it came."""
        sent = tree(**fields)
        found = connector_type(json.dumps(sent).encode())[0]
        written = found.to_dict()
        assert written == json.loads(json.dumps(written))
        for part in (written["config"]["properties"]["a.b"], _converter.body_value(found.config)["properties"]["a.b"]):
            assert {name: part[name] for name in ("type", "odd", "required")} == sent["config"]["properties"]["a.b"]
        for again in (ConnectorType.from_dict(sent), ConnectorType.from_dict(written)):
            assert again == found
            assert again.to_dict() == written
            assert [node.extra for node, _ in nodes(again.config, sent["config"])] == [
                {"odd": source["odd"]} if "odd" in source else {} for _, source in nodes(found.config, sent["config"])
            ]

    def test_a_changed_part(self, fields: dict[str, Any]):
        """What was changed would claim the bytes that it no longer has, or write the unknown fields of another one."""
        found = connector_type(json.dumps(tree(**fields)).encode())[0]
        assert found.config is not None
        properties = dict(found.config.properties or {})
        swapped = {**properties, "a.b": attrs.evolve(properties[""], title="new"), "": properties["a.b"]}
        written = attrs.evolve(found, config=attrs.evolve(found.config, properties=swapped)).to_dict()["config"]
        assert written["odd"] is None
        assert (written["properties"]["a.b"]["title"], written["properties"]["a.b"]["odd"]) == ("new", 1)
        assert written["properties"]["a.b"]["items"]["odd"] == [2.50]
        assert written["properties"][""]["odd"] == {"deep": None}

    def test_hash_and_equality(self, fields: dict[str, Any]):
        """A tree could not be put into a set, or what is deep in it would not count in a comparison."""
        one, same = (connector_type(json.dumps(tree(**fields)).encode())[0] for _ in range(2))
        assert len({one, same}) == 1
        other = json.dumps(tree(**fields)).replace('"a", 1', '"a", 2').encode()
        assert connector_type(other)[0] != one


@pytest.mark.parametrize(
    ("properties", "read_as", "names"),
    [
        (
            {"good": {"type": "string"}, "bad.key": {"title": [], "type": "integer"}},
            {"good": ConfigField(type="string"), "bad.key": ConfigField(type="integer")},
            ("config.properties['bad.key'].title",),
        ),
        ({"a": {"type": 5}}, {"a": ConfigField(type="5")}, ()),
        (
            {"none": None, "text": "x", "good": {"type": "string"}},
            {"none": ConfigField(), "text": ConfigField(), "good": ConfigField(type="string")},
            ("config.properties['none']", "config.properties['text']"),
        ),
        (
            {"a": {"properties": {"b": {"items": {"readonly": "x", "type": "y"}}}}},
            {"a": ConfigField(properties={"b": ConfigField(items=ConfigField(type="y"))})},
            ("config.properties['a'].properties['b'].items.readonly",),
        ),
        ([1], None, ("config.properties",)),
        ({}, {}, ()),
        (None, None, ()),
    ],
)
def test_a_mapping_of_models_read_leniently(properties: Any, read_as: Any, names: tuple[str, ...]):
    """One odd field of one model would cost the mapping, or a name vanish from it."""
    found, events = connector_type(json.dumps({"id": "t", "name": 1, "config": {"properties": properties}}).encode())
    assert found.config is not None
    assert found.config.properties == read_as
    assert [event.fields for event in events] == [names]
    assert json.loads(found.config.raw or b"") == {"properties": properties}


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        (["a", "b"], ("a", "b")),
        ([], ()),
        (["a", 1], ("a", "1")),
        (True, True),
        ("false", False),
        ({}, None),
        (None, None),
    ],
)
@pytest.mark.parametrize("fields", [{}, {"name": 7}], ids=["quick", "lenient"])
def test_a_field_of_several_types(fields: dict[str, Any], sent: Any, read_as: Any):
    """A field that comes as a list or as a flag would be read in one of its spellings only."""
    found = connector_type(json.dumps({"id": "t", "config": {"required": sent}, **fields}).encode())[0]
    assert found.config == ConfigField(required=read_as)


def test_a_deep_tree_is_read():
    """A tree deeper than Python recurses would break the reply that holds it."""
    depth = 600
    raw = b'{"id":"t","config":' + b'{"items":' * depth + b'{"odd":1}' + b"}" * depth + b"}"
    field = connector_type(raw)[0].config
    for _ in range(depth):
        assert field is not None
        field = field.items
    assert field is not None
    assert field.extra == {"odd": 1}


def test_a_large_tree_costs_what_its_size_costs(monkeypatch: pytest.MonkeyPatch):
    """To write a large tree to a dictionary, or into a body, would decode all of it once for each model in it."""
    sizes: list[int] = []

    def counted(raw: bytes) -> Any:
        sizes.append(len(raw))
        return decoded(raw)

    monkeypatch.setattr(_origins, "decoded", counted)
    raw = json.dumps({"id": "t", "config": {"properties": {f"p{n}": {"type": "x"} for n in range(200)}}}).encode()
    found = connector_type(raw)[0]
    found.to_dict()
    _converter.body_value(found)
    assert sizes == [len(raw), len(raw)]


def test_a_list_of_a_model_that_nobody_gave():
    """A change of one setting would empty the lists of the other ones, or a list could not be emptied on purpose."""
    assert _converter.body_value({"a": ConnectionStatus(sync_state=SyncState.PAUSED)}) == {
        "a": {"sync_state": "paused"}
    }
    assert _converter.body_value({"a": {"tasks": [], "sync_state": None}}) == {"a": {"tasks": [], "sync_state": None}}
