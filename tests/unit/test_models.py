"""Models: exact bytes and unknown fields at every level, copies, equality, the way to a dictionary and back."""

import copy
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import msgspec
import pytest

from fivetran_async import _codec
from fivetran_async import operations as ops
from fivetran_async._wire import Response
from fivetran_async.models._base import OpenEnum
from fivetran_async.models.connections import (
    ConnectCard,
    Connection,
    ConnectionStatus,
    ConnectionTask,
    SetupState,
    SyncState,
)
from fivetran_async.models.destinations import Destination, DestinationSetupStatus
from fivetran_async.models.groups import Group

# Spaces and an odd order, so that only the very bytes can be equal to them.
TASK = b'{ "odd":[1, 2.50],"code":"reconnect" }'
STATUS = b'{"setup_state":"broken" ,"mood":null,"tasks":[{"code":"a"},' + TASK + b'],"warnings":[]}'
RAW = b'{"id":"c","service":"s", "config":{"port":1},"status": ' + STATUS + b' ,"new":{"deep":"\\u00e9"}}'

QUICK, LENIENT = RAW, RAW.replace(b'"id":"c"', b'"id":"c","paused":"yes"')


def read(raw: bytes, *, keep_raw: bool = True) -> Connection:
    """Read a connection from the wire."""
    reply = Response(status=200, headers={}, body=b'{"code":"Success","data":' + raw + b"}")
    found: Connection = _codec.decode_object(
        _codec.encode(ops.CONNECTION_DETAILS, ("c",)), reply, lambda _: None, keep_raw=keep_raw
    )
    return found


def pickled(value: Any) -> Any:
    """Send a value through pickle."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - its own bytes


@pytest.mark.parametrize("twin", [lambda x: x, pickled, copy.copy, copy.deepcopy], ids=["it", "pickle", "copy", "deep"])
@pytest.mark.parametrize("raw", [QUICK, LENIENT], ids=["quick", "lenient"])
class TestOrigins:
    def test_raw(self, raw: bytes, twin: Callable[[Any], Any]):
        """What the API said exactly would be lost, or be another object's."""
        found = twin(read(raw))
        assert found.raw == raw
        assert found.status.raw == STATUS
        assert found.status.tasks[1].raw == TASK
        assert found.status.tasks[0].raw == b'{"code":"a"}'

    def test_extra(self, raw: bytes, twin: Callable[[Any], Any]):
        """A field that the SDK does not name would be lost at some level."""
        found = twin(read(raw))
        assert found.extra == {"new": {"deep": "\u00e9"}}
        assert found.status.extra == {"mood": None}
        assert found.status.tasks[1].extra == {"odd": [1, 2.5]}
        assert found.status.tasks[0].extra == {}

    def test_nested_alone(self, raw: bytes, twin: Callable[[Any], Any]):
        """A nested object would lose its bytes once it is kept without the one around it."""
        task = twin(read(raw).status.tasks[1])
        assert (task.code, task.raw, task.extra) == ("reconnect", TASK, {"odd": [1, 2.5]})

    def test_equal(self, raw: bytes, twin: Callable[[Any], Any]):
        """A copy would differ from what it is a copy of."""
        found = read(raw)
        assert twin(found) == found
        assert hash(twin(found)) == hash(found)

    def test_evolve(self, raw: bytes, twin: Callable[[Any], Any]):
        """A changed model would claim bytes that it was not read from, or lose its unknown fields."""
        changed = twin(attrs.evolve(twin(read(raw)), schema="x"))
        assert changed.schema == "x"
        assert changed.raw is None
        assert changed.extra == {"new": {"deep": "\u00e9"}}
        assert changed.status.raw == STATUS
        assert attrs.evolve(changed, schema="y").extra == {"new": {"deep": "\u00e9"}}
        assert changed.to_dict()["new"] == {"deep": "\u00e9"}
        task = twin(attrs.evolve(read(raw).status.tasks[1], code="z"))
        assert (task.raw, task.extra) == (None, {"odd": [1, 2.5]})


@pytest.mark.parametrize("raw", [QUICK, LENIENT], ids=["quick", "lenient"])
def test_without_raw(raw: bytes):
    """`keep_raw=False` would keep the bytes all the same, or read other values."""
    found = read(raw, keep_raw=False)
    assert found == read(raw)
    assert found.status is not None
    for model in (found, found.status, found.status.tasks[1]):
        assert (model.raw, model.extra) == (None, {})


def test_extra_of_a_mapping():
    """`from_dict` would lose what the SDK does not name at some level."""
    found = Connection.from_dict(json.loads(RAW))
    assert found == read(RAW)
    assert found.status is not None
    assert found.raw is None
    assert found.status.raw is None
    assert found.extra == {"new": {"deep": "\u00e9"}}
    assert found.status.extra == {"mood": None}
    assert [task.extra for task in found.status.tasks] == [{}, {"odd": [1, 2.5]}]
    for twin in (pickled(found), copy.copy(found), copy.deepcopy(found)):
        assert (twin, twin.extra, twin.status.tasks[1].extra) == (found, found.extra, {"odd": [1, 2.5]})


def test_a_model_made_here():
    """A model that no reply carried would claim bytes or unknown fields."""
    made = Connection(id="c", service="s", status=ConnectionStatus(tasks=(ConnectionTask(code="a"),)))
    assert (made.raw, made.extra) == (None, {})
    assert pickled(made) == made
    assert Connection.from_dict(made.to_dict()) == made


def test_an_unknown_field_with_the_name_of_an_internal_one():
    """A field that happens to have an internal name would break the model or be lost."""
    data = {"id": "g", "_origin": 1, "raw": 2, "extra": 3, "self": 4}
    group = Group.from_dict(data)
    assert group.extra == {"_origin": 1, "raw": 2, "extra": 3, "self": 4}
    assert attrs.evolve(group, name="x").to_dict() == {**data, "name": "x", "created_at": None}


def test_round_trip_of_everything():
    """A model written to a file would come back as another one."""
    for raw in (QUICK, LENIENT):
        found = read(raw)
        written = json.loads(json.dumps(found.to_dict()))
        again = Connection.from_dict(written)
        assert again == found
        assert again.to_dict() == written
        assert written["status"]["mood"] is None
        assert written["status"]["tasks"][1]["odd"] == [1, 2.5]


def test_to_dict_is_plain():
    """What `to_dict` gives could not be written as JSON, or would be spelt otherwise than by the API."""
    found = Connection.from_dict(
        {
            "id": "c",
            "service": "s",
            "created_at": datetime(2026, 8, 1, tzinfo=UTC),
            "status": {"sync_state": SyncState.SYNCING},
        }
    )
    fields = found.to_dict()
    assert fields["created_at"] == "2026-08-01T00:00:00Z"
    assert type(fields["status"]["sync_state"]) is str
    assert fields["setup_tests"] == []
    assert set(fields) == {field.name for field in attrs.fields(Connection)} - {"_origin"}


def test_hash_and_equality_with_mappings():
    """A connection with settings could not be put into a set, or settings would not count in a comparison."""
    one, same = (Connection(id="c", service="s", config={"a": [1]}) for _ in range(2))
    other = Connection(id="c", service="s", config={"a": [2]})
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert len({one, same, other}) == 2
    with_tests = Connection.from_dict({"id": "c", "service": "s", "setup_tests": [{"details": {"a": []}}]})
    assert {with_tests: 1}[with_tests] == 1


def test_equality_is_about_what_is_named():
    """The same object read in two ways would not be equal."""
    assert read(RAW) == read(RAW.replace(b"deep", b"other")) == Connection.from_dict(json.loads(RAW))
    assert Group(id="a") != Connection(id="a", service="s")


def test_frozen():
    """A shared model could be changed under somebody's hands."""
    group = Group(id="g")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        group.name = "x"  # type: ignore[misc]
    assert not hasattr(group, "__dict__")


def test_secrets_stay_out_of_the_repr():
    """A token that grants access would stand in a log."""
    connection = Connection(id="c", service="s", connect_card=ConnectCard(token="t0ken", uri="https://x?auth=t0ken"))
    assert "t0ken" not in repr(connection)
    found = read(b'{"id":"c","service":"s","connect_card":{"token":"t0ken"}}')
    assert "t0ken" not in repr(found)
    assert found.connect_card is not None
    assert found.connect_card.token == "t0ken"


@pytest.mark.parametrize(
    ("succeeded", "failed", "last"),
    [
        (None, None, None),
        ("2026-01-01T00:00:00Z", None, 1),
        (None, "2026-01-02T00:00:00Z", 2),
        ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", 2),
        ("2026-01-03T00:00:00", "2026-01-02T00:00:00Z", 3),
    ],
)
def test_last_ended_at(succeeded: str | None, failed: str | None, last: int | None):
    """A wait would end at an older sync, or break where there never was one."""
    found = Connection.from_dict({"id": "c", "service": "s", "succeeded_at": succeeded, "failed_at": failed})
    assert found.last_ended_at == (None if last is None else datetime(2026, 1, last, tzinfo=UTC))


class TestEnums:
    @pytest.mark.parametrize("twin", [pickled, copy.copy, copy.deepcopy])
    def test_unknown_member_survives_copies(self, twin: Callable[[Any], Any]):
        """A state of tomorrow could not be sent to another process."""
        state = twin(SyncState("of_tomorrow"))
        assert state == "of_tomorrow"
        assert isinstance(state, SyncState)
        assert not state.is_known
        assert twin(SyncState.SYNCING) is SyncState.SYNCING

    def test_equality_and_hash(self):
        """A state could not be compared with, or looked up by, its own text."""
        assert SyncState("x") == SyncState("x") == "x"
        assert SyncState("x") != SyncState("y")
        assert hash(SyncState("x")) == hash("x")
        assert hash(SetupState.BROKEN) == hash("broken")
        assert SetupState.BROKEN == "broken"

    def test_the_class_does_not_grow(self):
        """Unknown values would pile up for ever."""
        for number in range(50):
            SyncState(f"new_{number}")
            msgspec.json.decode(f'"newer_{number}"', type=SyncState)
        assert len(list(SyncState)) == len(SyncState._value2member_map_) == 4

    @pytest.mark.parametrize("value", [None, 5, [], b"x"])
    def test_only_texts(self, value: Any):
        """Null would become a state."""
        with pytest.raises(ValueError, match="is not a valid"):
            SyncState(value)


class TestDestinationSetupStatus:
    @pytest.mark.parametrize("text", ["connected", "CONNECTED", "Connected"])
    def test_any_case(self, text: str):
        """A healthy destination would be reported, because of how its state is spelt."""
        status = Destination.from_dict({"id": "d", "service": "s", "setup_status": text}).setup_status
        assert isinstance(status, DestinationSetupStatus)
        for other in ("connected", "CONNECTED", DestinationSetupStatus.CONNECTED):
            assert status == other
            assert other == status
            assert not status != other  # noqa: SIM202 - the other operator
            assert not other != status  # noqa: SIM202
        assert status != "broken"
        assert status != DestinationSetupStatus.BROKEN
        assert status in {DestinationSetupStatus.CONNECTED}  # noqa: FURB171 - by its hash
        assert status.is_known

    def test_spelling_survives(self):
        """The API's own spelling would be lost on the way back."""
        fields = Destination.from_dict({"id": "d", "service": "s", "setup_status": "connected"}).to_dict()
        assert fields["setup_status"] == "connected"

    def test_unknown(self):
        """A status of tomorrow would pass for a known one, or break the destination."""
        status = DestinationSetupStatus("Resting")
        assert status == "RESTING"
        assert not status.is_known
        assert pickled(status) == status
        assert hash(pickled(status)) == hash(status)
        assert status != 5


@pytest.mark.parametrize("value", [SyncState("of tomorrow"), SyncState.SYNCING, DestinationSetupStatus("broken")])
def test_a_state_pickles_by_its_value(value: OpenEnum):
    """A Python that pickles enums by name could not read back a state that has no name yet."""
    assert value.__reduce_ex__(4) == (type(value), (value.value,))
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own bytes
    assert copy.deepcopy(value) is copy.copy(value) is value
