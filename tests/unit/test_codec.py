"""The codec: arguments become a request or an error, a reply becomes a model, a page or an error."""

import gc
import json
import weakref
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import attrs
import msgspec
import pytest

from fivetran_async import _codec
from fivetran_async import operations as ops
from fivetran_async._converter import body_value, misfit
from fivetran_async._wire import Request, Response
from fivetran_async.errors import (
    ApiError,
    ArgumentError,
    DecodeError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    UnexpectedStatusError,
)
from fivetran_async.hooks import Event, ItemRepaired
from fivetran_async.models.connections import (
    ConnectCardConfig,
    Connection,
    ConnectionStatus,
    ConnectionTask,
    DestinationConfiguration,
    SetupState,
)
from fivetran_async.operation import Operation, RateClass, Shape
from fivetran_async.types import UNSET

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
HTML = b"<html><body><h1>Log in</h1> to the proxy</body></html>"
WRITES = [op for op in ops.OPERATIONS if op.method != "GET"]


def request(operation: Operation[Any] = ops.LIST_CONNECTIONS) -> Request:
    """Return a request of an operation, with ids made up."""
    return _codec.encode(operation, tuple(f"the_{name}" for name in operation.placeholders))


def response(body: Any = b"", status: int = 200, **headers: str) -> Response:
    """Return a reply; what is no bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status=status, headers=headers, body=content)


def read_page(
    body: Any, *, status: int = 200, keep_raw: bool = True, events: list[Event] | None = None
) -> _codec.DecodedPage:
    """Decode a reply to a list of connections."""
    emit = ([] if events is None else events).append
    return _codec.decode_page(request(), response(body, status), emit, keep_raw=keep_raw)


def read_object(operation: Operation[Any], body: Any, status: int = 200) -> Any:
    """Decode a reply to an operation on one object."""
    return _codec.decode_object(request(operation), response(body, status), lambda _: None, keep_raw=True)


def failure(status: int, body: Any = b"", operation: Operation[Any] = ops.GROUP_DETAILS, **headers: str) -> ApiError:
    """Return the error that a reply means."""
    error = _codec.api_error(request(operation), response(body, status, **headers), NOW)
    assert error is not None
    return error


def page_of(*items: Any, **data: Any) -> dict[str, Any]:
    """Return a page as the API sends it."""
    return {"code": "Success", "message": "ok", "data": {"items": list(items), **data}}


class TestEncode:
    def test_whole_request(self):
        """A named write would be sent with another path, header or body than the API defines."""
        made = _codec.encode(ops.MODIFY_CONNECTION, ("a b/c",), query={"x": 1}, body={"paused": True})
        assert (made.method, made.target) == ("PATCH", "/v1/connections/a%20b%2Fc?x=1")
        assert made.headers == {"Accept": "application/json;version=2", "Content-Type": "application/json"}
        assert made.body == b'{"paused":true}'
        assert made.idempotent
        assert not made.unsure

    def test_no_body_no_content_type(self):
        """A GET would announce a body that it does not have."""
        made = _codec.encode(ops.LIST_ALL_GROUPS)
        assert made.body is None
        assert made.headers == {"Accept": "application/json"}

    def test_an_empty_body_is_sent(self):
        """A call that needs `{}` would go out without a body and be refused."""
        made = _codec.encode(ops.SYNC_CONNECTION, ("c",), body={})
        assert made.body == b"{}"
        assert made.headers["Content-Type"] == "application/json"

    def test_idempotence_and_class_belong_to_the_request(self):
        """A forced sync would be repeated, or a call with setup tests counted in the wrong window."""
        plain = _codec.encode(ops.MODIFY_CONNECTION, ("c",))
        other = _codec.encode(
            ops.MODIFY_CONNECTION, ("c",), idempotent=not plain.idempotent, rate_class=RateClass.SETUP_TESTS
        )
        assert (plain.idempotent, plain.rate_class) == (
            ops.MODIFY_CONNECTION.idempotent,
            ops.MODIFY_CONNECTION.rate_class,
        )
        assert other.idempotent is not plain.idempotent
        assert other.rate_class is RateClass.SETUP_TESTS

    @pytest.mark.parametrize("body", [[], "text", b"{}", 3, [("a", 1)]])
    def test_a_body_is_a_mapping(self, body: Any):
        """A body that is no object would be sent, or fail with an error that no caller expects."""
        with pytest.raises(ArgumentError, match="body must be a mapping"):
            _codec.encode(ops.CREATE_GROUP, body=body)

    def test_number_of_ids(self):
        """A resource method that forgets an id would ask for another path."""
        with pytest.raises(TypeError, match="takes 1 ids, not 0"):
            _codec.encode(ops.GROUP_DETAILS)
        with pytest.raises(TypeError, match="takes 0 ids, not 1"):
            _codec.encode(ops.LIST_ALL_GROUPS, ("g",))


class TestPaths:
    @pytest.mark.parametrize(
        "value", ["", " ", "\t\n", "\u00a0", ".", "..", "\ud800", "a\udfffb", None, 3, b"a", ["a"], UNSET, True]
    )
    def test_refused_ids(self, value: Any):
        """An id that names nothing, or another path, would be sent."""
        with pytest.raises(ArgumentError, match="group_id"):
            _codec.encode(ops.GROUP_DETAILS, (value,))

    @pytest.mark.parametrize(
        ("value", "segment"),
        [
            ("a/b", "a%2Fb"),
            ("../x", "..%2Fx"),
            ("a?b#c", "a%3Fb%23c"),
            ("%2e%2e", "%252e%252e"),
            ("a b", "a%20b"),
            ("\u00e9", "%C3%A9"),
            ("...", "..."),
            ("a\r\nHost: x", "a%0D%0AHost%3A%20x"),
            ("{group_id}", "%7Bgroup_id%7D"),
        ],
    )
    def test_quoted_ids(self, value: str, segment: str):
        """An id with a character of meaning would reach another path."""
        assert _codec.encode(ops.GROUP_DETAILS, (value,)).target == f"/v1/groups/{segment}"

    def test_ids_fill_their_own_places(self):
        """An id that looks like a placeholder would be replaced by the next id."""
        operation: Operation[Any] = Operation(id="x", method="GET", path="/v1/{first}/x/{second}", shape=Shape.OBJECT)
        assert _codec.fill_path(operation, ("{second}", "b")) == "/v1/%7Bsecond%7D/x/b"

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "v1/groups",
            "https://evil.example/v1",
            "//evil.example/v1",
            "/v1//groups",
            "/v1/connections//sync",
            "/v1/../x",
            "/v1/..",
            "/v1/./x",
            "/v1/%2e%2e/x",
            "/v1/%2E./x",
            "/v1/.%2e",
            "/v1/%2e",
            "/v1/groups?limit=1",
            "/v1/groups#x",
            "/v1/groups/{group_id}",
            "/v1/groups/}",
            "/v1/\ud800",
            None,
            7,
            b"/v1/groups",
        ],
    )
    def test_refused_paths(self, path: Any):
        """A path of the caller's own would reach another one, or lose its query."""
        with pytest.raises(ArgumentError, match="path"):
            _codec.checked_path(path)

    @pytest.mark.parametrize(
        ("path", "sent"),
        [
            ("/v1/groups", "/v1/groups"),
            ("/v1/groups/a b", "/v1/groups/a%20b"),
            ("/v1/groups/a%2Fb", "/v1/groups/a%2Fb"),
            ("/v1/groups/\u00e9", "/v1/groups/%C3%A9"),
            ("/v1/x:y@z", "/v1/x:y@z"),
            ("/v1/a\nb", "/v1/a%0Ab"),
            ("/v1/...", "/v1/..."),
        ],
    )
    def test_paths_of_the_callers_own(self, path: str, sent: str):
        """What is encoded already would be encoded twice, or what is not would break the request."""
        assert _codec.checked_path(path) == sent

    @pytest.mark.parametrize("method", ["", "HEAD", "get /v1", "OPTIONS", None, 3])
    def test_refused_methods(self, method: Any):
        """A method that the API does not know would be sent."""
        with pytest.raises(ArgumentError, match="method must be"):
            _codec.unnamed_operation(method, "/v1/groups")

    @pytest.mark.parametrize(
        ("method", "idempotent"),
        [("get", True), ("DELETE", True), ("post", False), ("PATCH", False), ("Put", False)],
    )
    def test_unnamed_operations(self, method: str, idempotent: bool):
        """A call that the SDK does not name would be repeated although it may do something twice."""
        operation = _codec.unnamed_operation(method, "/v1/x")
        assert (operation.method, operation.idempotent) == (method.upper(), idempotent)
        assert _codec.unnamed_operation(method, "/v1/x", idempotent=True).idempotent
        assert _codec.encode(operation).target == "/v1/x"


class TestQuery:
    def test_values(self):
        """A parameter would be spelt as Python spells it, or a left-out one would be sent."""
        query = {"a": True, "b": False, "c": None, "d": UNSET, "e": 7, "f": "x y&z=\u00e9/+", "g": "", "h": 0}
        assert _codec.encode_query(query) == "?a=true&b=false&e=7&f=x%20y%26z%3D%C3%A9%2F%2B&g=&h=0"

    def test_open_enum_as_value(self):
        """A state taken from a model could not be used as a filter."""
        assert _codec.encode_query({"state": SetupState.BROKEN}) == "?state=broken"

    @pytest.mark.parametrize("query", [{}, {"a": None}, {"a": UNSET}])
    def test_nothing_to_send(self, query: Any):
        """A request without parameters would end in a lone question mark."""
        assert _codec.encode_query(query) == ""

    @pytest.mark.parametrize(
        "query",
        [{"a": 1.5}, {"a": ["x"]}, {"a": b"x"}, {"a": NOW}, {"a": "\ud800"}, {"\ud800": "a"}, {1: "a"}, ["a"], "a=b"],
    )
    def test_refused(self, query: Any):
        """A value whose spelling is anyone's guess would be sent."""
        with pytest.raises(ArgumentError):
            _codec.encode_query(query)


class TestBody:
    def test_unset_is_not_none(self):
        """A field that was left out would be cleared, or one to be cleared left as it is."""
        body = {"a": None, "b": UNSET, "c": {"d": None, "e": UNSET}, "f": [{"g": UNSET, "h": 1}]}
        assert json.loads(_codec.encode_body(body)) == {"a": None, "c": {"d": None}, "f": [{"h": 1}]}

    @pytest.mark.parametrize(
        ("value", "sent"),
        [
            (NOW, "2026-08-01T12:00:00Z"),
            (datetime(2026, 8, 1, 12, tzinfo=timezone(timedelta(hours=2))), "2026-08-01T10:00:00Z"),
            (datetime(2026, 8, 1, 12, 0, 0, 250000, tzinfo=UTC), "2026-08-01T12:00:00.250000Z"),
            (datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5))), "9999-12-31T23:00:00-05:00"),
            (SetupState.BROKEN, "broken"),
            (SetupState("tomorrow"), "tomorrow"),
            ((1, 2), [1, 2]),
            ("\u00e9\u4e2d", "\u00e9\u4e2d"),
            (10**30, 10**30),
            (ConnectCardConfig(redirect_uri="https://x"), {"redirect_uri": "https://x"}),
            (DestinationConfiguration(), {}),
            ([ConnectCardConfig(all_fields=False)], [{"all_fields": False}]),
            (
                ConnectionStatus(rescheduled_for=NOW, tasks=(ConnectionTask(code="c"),)),
                {"rescheduled_for": "2026-08-01T12:00:00Z", "tasks": [{"code": "c"}]},
            ),
        ],
    )
    def test_values(self, value: Any, sent: Any):
        """A value would reach the API in another spelling than its own; a model's None would clear a field."""
        assert json.loads(_codec.encode_body({"a": {"b": value}})) == {"a": {"b": sent}}

    def test_extra_of_a_model_is_sent(self):
        """A field that the SDK does not name would be lost on the way back to the API."""
        card = ConnectCardConfig.from_dict({"redirect_uri": "https://x", "new": {"deep": [1, None]}, "gone": None})
        assert json.loads(_codec.encode_body({"card": card})) == {
            "card": {"redirect_uri": "https://x", "new": {"deep": [1, None]}}
        }

    def test_unicode_goes_as_utf8(self):
        """A text would be sent longer than it is, as escapes."""
        assert _codec.encode_body({"a": "\u00e9"}) == '{"a":"\u00e9"}'.encode()

    @pytest.mark.parametrize(
        "value",
        [
            float("nan"),
            float("inf"),
            float("-inf"),
            datetime(2026, 8, 1),  # noqa: DTZ001 - what is refused
            {1: "a"},
            {None: "a"},
            {("a",): 1},
            object(),
            b"bytes",
            {1, 2},
            frozenset("a"),
            [UNSET],
            (x for x in "ab"),
            "\ud800",
            {"\udc00": 1},
            Exception,
        ],
    )
    def test_refused(self, value: Any):
        """Something that JSON does not have would be sent, or fail with another error than the one promised."""
        for body in ({"a": value}, {"a": {"b": [value]}}):
            with pytest.raises(ArgumentError):
                _codec.encode_body(body)

    def test_refused_key_at_the_top(self):
        """A key that is no text would be sent as one."""
        with pytest.raises(ArgumentError, match="texts as keys"):
            _codec.encode_body({1: "a"})  # type: ignore[dict-item]

    def test_recursive(self):
        """A structure that holds itself would end in a RecursionError."""
        endless: dict[str, Any] = {}
        endless["a"] = [endless]
        with pytest.raises(ArgumentError, match="the body is nested too deep, or holds itself"):
            _codec.encode_body(endless)

    def test_deep(self):
        """A structure too deep for one way of walking it, and not for another, would be refused without a reason."""
        body: dict[str, Any] = {}
        refused = 0
        for _ in range(200):
            body = {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": body}}}}}}}}
            try:
                _codec.encode_body(body)
            except ArgumentError as error:
                assert str(error) == "the body is nested too deep, or holds itself"  # noqa: PT017 - not each is refused
                refused += 1
        assert refused > 0

    @pytest.mark.parametrize(
        ("value", "said"),
        [
            (float("nan"), "nan has no place in JSON"),
            (float("-inf"), "-inf has no place in JSON"),
            (datetime(2026, 8, 1), "the time datetime.datetime(2026, 8, 1, 0, 0) has no zone"),  # noqa: DTZ001
            (b"hunter2", "bytes has no place in JSON"),
            (Decimal("1.5"), "Decimal has no place in JSON"),
            (UUID(int=7), "UUID has no place in JSON"),
            ({"hunter2"}, "a set has no place in JSON; pass a list"),
            (object(), "object has no place in JSON"),
            ("hunter2\ud800", "the text cannot be encoded"),
            ({5: "hunter2"}, "a JSON object has texts as keys, not 5"),
            ({"\ud800": "hunter2"}, r"the key '\ud800' cannot be encoded"),
        ],
    )
    def test_what_does_not_fit_is_named(self, value: Any, said: str):
        """Nobody could find a wrong value among hundreds, or a password would stand in a log."""
        body = {
            "config.ports[1]": {"config": {"host": "h", "left": UNSET, "ports": [1, value]}},
            "config['a b'].new": {"config": {"a b": ConnectCardConfig.from_dict({"new": value}), "z": None}},
            "at": {"fine": [{"a": 1.5}, True, None, NOW, 10**30], "at": value},
        }
        for path, fields in body.items():
            found = misfit(fields) or ""
            assert found.startswith(f"{path}: {said}")
            assert "hunter2" not in found

    @pytest.mark.parametrize("value", [{"hunter2"}, {5: "hunter2"}, datetime(2026, 8, 1)])  # noqa: DTZ001
    def test_the_name_of_what_is_read(self, value: Any):
        """What a method reads before it is sent would be named without the argument that it stands in."""
        with pytest.raises(ArgumentError, match=r"^schedule\[0\]: "):
            body_value([value], "schedule")

    @pytest.mark.parametrize("value", [{}, [], {"a": [1, "\u00e9", None, {"b": SetupState.BROKEN}], "c": UNSET}])
    def test_what_fits(self, value: Any):
        """Something that can be sent would be blamed for what cannot."""
        assert misfit(value) is None


class TestObjects:
    def test_normal(self):
        """One object would not come back with its fields, bytes and unknown fields."""
        raw = b'{"id":"g", "name":"finance","created_at":"2026-08-01T12:00:00Z","new":[1]}'
        group = read_object(ops.GROUP_DETAILS, b'{"code":"Success","data":' + raw + b"}")
        assert (group.id, group.name, group.created_at) == ("g", "finance", NOW)
        assert group.raw == raw
        assert group.extra == {"new": [1]}

    @pytest.mark.parametrize("code", ["Success", "Created", "", None, 7, ["x"]])
    def test_any_code_is_a_success(self, code: Any):
        """A success would be refused for a code that this version does not know."""
        assert read_object(ops.GROUP_DETAILS, {"code": code, "message": 4, "data": {"id": "g"}}, 201).id == "g"

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"", "is empty"),
            (b" \n", "is empty"),
            (HTML, "is not JSON"),
            (b'{"code":"Success","data":{"id":"g"', "is not JSON"),
            (b'{"data":{"id":"g"}} and more', "is not JSON"),
            (b'{"data":{"id":"\xff"}}', "is not JSON"),
            (b'{"data":{"id":"g","new":"\xff"}}', "is not JSON"),
            (b"\xff\xfe{\x00", "is not JSON"),
            (b"[" * 100_000, "JSON"),
            (b'{"data":' * 100_000, "JSON"),
            ({"code": "Success"}, "carries no data"),
            ({"code": "Success", "data": None}, "carries no data"),
            ({"id": "g", "name": "no envelope"}, "carries no data"),
            ([], "no JSON object"),
            (b"null", "no JSON object"),
            (b'"text"', "no JSON object"),
            ({"data": {}}, "holds no Group"),
            ({"data": {"id": None}}, "holds no Group"),
            ({"data": {"id": {}}}, "holds no Group"),
            ({"data": []}, "holds no Group"),
            ({"data": "g"}, "holds no Group"),
        ],
    )
    def test_unreadable(self, body: Any, words: str):
        """A reply that holds no object would give one, or an error without status and body."""
        with pytest.raises(DecodeError, match=words) as caught:
            read_object(ops.GROUP_DETAILS, body)
        assert caught.value.status == 200
        assert caught.value.body == response(body).body
        assert caught.value.operation == "group_details"
        assert "accepted" not in str(caught.value)

    @pytest.mark.parametrize("operation", WRITES, ids=str)
    def test_an_unreadable_write_was_accepted(self, operation: Operation[Any]):
        """A caller would repeat a write that the API has already done."""
        with pytest.raises(DecodeError, match="the API accepted the call"):
            read_object(operation, HTML)

    @pytest.mark.parametrize("body", [b"", b" ", {"code": "Success"}, {"code": "Success", "data": {"id": "x"}}, b"{}"])
    @pytest.mark.parametrize("status", [200, 201, 204])
    def test_nothing_due(self, body: Any, status: int):
        """A DELETE that went well would raise, because of a body or for lack of one."""
        assert read_object(ops.DELETE_GROUP, body, status) is None

    @pytest.mark.parametrize("body", [HTML, b'{"code":"Succ', b"\xff"])
    def test_nothing_due_and_no_reply_of_the_api(self, body: bytes):
        """The log-in page of a proxy would pass for a successful DELETE."""
        with pytest.raises(DecodeError, match="is not JSON"):
            read_object(ops.DELETE_GROUP, body)

    def test_no_secret_in_the_message(self):
        """A secret in a reply that cannot be read would stand in a log."""
        with pytest.raises(DecodeError) as caught:
            read_object(ops.CREATE_CONNECTION, {"data": {"service": "s", "config": {"password": "hunter2"}}})
        assert "hunter2" not in str(caught.value)
        assert b"hunter2" in caught.value.body

    def test_a_long_page_is_cut(self):
        """An error would carry a whole web page in its message."""
        with pytest.raises(DecodeError) as caught:
            read_object(ops.GROUP_DETAILS, b"<p>" + b"x" * 10_000)
        assert len(str(caught.value)) < 500


class TestPages:
    def test_normal(self):
        """A page would lose items, their order or the cursor."""
        page = read_page(page_of({"id": "a", "service": "s"}, {"id": "b", "service": "t"}, next_cursor="xyz"))
        assert [(item.id, item.service) for item in page.items] == [("a", "s"), ("b", "t")]
        assert page.next_cursor == "xyz"

    def test_normal_page_takes_the_quick_path(self, monkeypatch: pytest.MonkeyPatch):
        """Every page would be read the slow way."""

        def fail(*_: Any, **__: Any) -> Any:
            raise AssertionError("the lenient path was taken")

        monkeypatch.setattr(_codec, "structure_item", fail)
        monkeypatch.setattr(_codec, "_lenient_page", fail)
        events: list[Event] = []
        item = {
            "id": "a",
            "service": "postgres",
            "schema": "orders",
            "paused": False,
            "status": {
                "setup_state": "connected",
                "sync_state": "of tomorrow",
                "update_state": "delayed",
                "is_historical_sync": True,
                "tasks": [{"code": "reconnect", "message": "m", "details": None}],
                "warnings": [],
            },
            "created_at": "2026-08-01T12:00:00.123456Z",
            "failed_at": None,
            "sync_frequency": 60,
            "setup_tests": [{"title": "t", "status": "PASSED", "message": "", "details": [1]}],
            "networking_method": "Directly",
            "config": {"port": 5432},
            "unknown": {"x": 1},
        }
        page = read_page(page_of(item, next_cursor="c"), events=events)
        assert page.items[0].status.sync_state == "of tomorrow"
        assert page.items[0].extra == {"unknown": {"x": 1}}
        assert events == []

    def test_an_empty_reply_is_no_page(self):
        """A list would be cut short without a word, or an account that was not read be called empty."""
        for body in (b"", b" \r\n"):
            with pytest.raises(DecodeError, match="is empty"):
                read_page(body)
        assert read_page(b"", status=204) == _codec.DecodedPage([], None)

    @pytest.mark.parametrize("body", [{"code": "Success"}, {"data": None}, {"data": {}}, b"{}"])
    def test_nothing_listed(self, body: Any):
        """A list of nothing would raise."""
        assert read_page(body) == _codec.DecodedPage([], None)

    def test_an_object_is_no_list(self):
        """Paginating over something that is no list would look like a list without items."""
        with pytest.raises(DecodeError, match="has no items"):
            read_page({"code": "Success", "data": {"account_id": "a"}})

    @pytest.mark.parametrize("items", [None, []])
    def test_null_items(self, items: Any):
        """A page whose items are null would raise, or lose its cursor."""
        assert read_page({"data": {"items": items, "next_cursor": "c"}}) == _codec.DecodedPage([], "c")

    @pytest.mark.parametrize(
        ("sent", "cursor"), [("x", "x"), ("", None), (None, None), (7, "7"), (0, "0"), (10**25, str(10**25))]
    )
    def test_cursors(self, sent: Any, cursor: str | None):
        """A list would end too early, or never."""
        page = read_page(page_of({"id": "a", "service": "s"}, next_cursor=sent))
        assert page.next_cursor == cursor
        assert [item.id for item in page.items] == ["a"]

    @pytest.mark.parametrize("cursor", [False, True, {"skip": 1}, ["x"]])
    def test_no_cursor_at_all(self, cursor: Any):
        """A cursor that is none would be sent back as Python spells it, and some other page be read."""
        with pytest.raises(DecodeError, match="is no page"):
            read_page(page_of(next_cursor=cursor))

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (HTML, "is not JSON"),
            (b'{"code":"Success","data":{"items":[{"id":"a"', "is not JSON"),
            (b'{"data":{"items":[],"next_cursor":"\xff"}}', "is not JSON"),
            (b'{"data":{"items":[{"id":"a","service":"s","x":"\xff"}]}}', "is not JSON"),
            (b"[]", "no JSON object"),
            ({"data": []}, "is no page"),
            ({"data": "x"}, "is no page"),
            ({"data": {"items": {}}}, "is no page"),
            ({"data": {"items": "x"}}, "is no page"),
            (page_of(None), "holds no Connection"),
            (page_of("a"), "holds no Connection"),
            (page_of([{"id": "a", "service": "s"}]), "holds no Connection"),
            (page_of({"id": "a"}), r"holds no Connection \(no service\)"),
            (page_of({"service": "s"}), r"holds no Connection \(no id\)"),
            (page_of({"id": None, "service": "s"}), "holds no Connection"),
            (page_of({"id": [], "service": "s"}), "holds no Connection"),
        ],
    )
    def test_unreadable(self, body: Any, words: str):
        """A page that cannot be read to its end would pass for a shorter one."""
        with pytest.raises(DecodeError, match=words) as caught:
            read_page(body)
        assert (caught.value.status, caught.value.operation) == (200, "list_connections")
        assert caught.value.body == response(body).body

    def test_one_item_does_not_cost_the_others(self):
        """One odd item would send the whole page the slow way, or be read as another."""
        events: list[Event] = []
        page = read_page(
            page_of({"id": 1, "service": "s"}, {"id": "b", "service": "s"}, {"id": "c", "service": "s", "status": 3}),
            events=events,
        )
        assert [item.id for item in page.items] == ["1", "b", "c"]
        assert [event.fields for event in events if isinstance(event, ItemRepaired)] == [(), ("status",)]

    def test_without_a_model(self):
        """A list that the SDK does not name would not give plain mappings."""
        asked = _codec.encode(_codec.unnamed_operation("GET", "/v1/x"))
        body = b'{"data":{"items":[{"a":1},2,null,"x",1e400],"next_cursor":"c"}}'
        page = _codec.decode_page(asked, response(body), lambda _: None, keep_raw=True)
        assert page == _codec.DecodedPage([{"a": 1}, 2, None, "x", float("inf")], "c")

    def test_without_a_model_and_broken(self):
        """An item that is no JSON would raise what no caller expects."""
        asked = _codec.encode(_codec.unnamed_operation("GET", "/v1/x"))
        with pytest.raises(DecodeError):
            _codec.decode_page(asked, response(b'{"data":{"items":["\xff"]}}'), lambda _: None, keep_raw=True)

    @pytest.mark.parametrize("item", [{"id": "a", "service": "s"}, {"id": 1, "service": "s"}])
    def test_raw_only_when_kept(self, item: Mapping[str, Any]):
        """Memory would be spent on bytes that nobody wants, or wanted ones be gone."""
        assert read_page(page_of(item), keep_raw=True).items[0].raw == json.dumps(item).encode()
        assert read_page(page_of(item), keep_raw=False).items[0].raw is None

    def test_raw_does_not_hold_the_page(self):
        """One kept connection would keep its whole page in memory."""
        item = read_page(page_of({"id": "a", "service": "s"}, {"id": "b", "service": "s" * 5000})).items[0]
        assert isinstance(item.raw, bytes)
        assert type(item._origin.raw) is bytes

    @pytest.mark.parametrize(
        "keep", [list, lambda items: [next(iter(items))], lambda items: [item.status for item in items]]
    )
    def test_what_is_kept_does_not_hold_the_page(self, keep: Callable[[Any], Any]):
        """A connection, or a part of one, that a loop has kept would keep its whole page in memory."""
        items = [{"id": str(number), "service": "s", "status": {"setup_state": "new"}} for number in range(5)]
        kept = keep(_codec.read_page(request(), response(page_of(*items)), lambda _: None, keep_raw=True).items)
        gc.collect()
        assert kept
        for one in kept:
            origin = one._origin[0] if isinstance(one._origin, tuple) else one._origin
            assert type(origin.raw) is bytes

    def test_what_is_not_kept_is_not_copied(self):
        """Streaming would copy each item's bytes, a tenth of its time, for nobody."""
        body, seen = page_of(*[{"id": str(number), "service": "s"} for number in range(9)]), []
        for item in _codec.read_page(request(), response(body), lambda _: None, keep_raw=True).items:
            origin = item._origin
            seen.append(weakref.ref(item))
            assert type(origin.raw) is msgspec.Raw
            del origin
        assert [ref() is None for ref in seen] == [True] * 8 + [False]


class TestData:
    @pytest.mark.parametrize(
        ("body", "value"),
        [
            (b"", None),
            (b"\n", None),
            ({"code": "Success", "data": {"a": 1}}, {"a": 1}),
            ({"code": "Success", "data": None}, None),
            ({"code": "Success", "message": "m"}, None),
            ({"data": [1]}, [1]),
            ({"no": "envelope"}, {"no": "envelope"}),
            ([1, 2], [1, 2]),
            ("x", "x"),
            (b"null", None),
            (b'{"data":1e400}', float("inf")),
        ],
    )
    def test_plain(self, body: Any, value: Any):
        """An endpoint that the SDK does not name would not give its `data`."""
        assert _codec.decode_data(request(), response(body)) == value

    @pytest.mark.parametrize("body", [HTML, b"{", b"\xff", b'{"data":"\xff"}', b"[" * 100_000])
    def test_unreadable(self, body: bytes):
        """A reply that is not JSON would raise what no caller expects."""
        with pytest.raises(DecodeError, match="is not JSON"):
            _codec.decode_data(request(), response(body))


class TestApiErrors:
    @pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
    def test_success(self, status: int):
        """A success would be raised."""
        assert _codec.api_error(request(), response(HTML, status), NOW) is None

    def test_fields(self):
        """An error would not say what was asked, what came and how to find it again."""
        body = {"code": "NotFound_Group", "message": "No such group"}
        error = failure(404, body, **{"X-Request-Id": "r1", "Other": "x"})
        assert type(error) is NotFoundError
        assert (error.status, error.code, error.message) == (404, "NotFound_Group", "No such group")
        assert (error.operation, error.request_id) == ("group_details", "r1")
        assert error.headers == {"X-Request-Id": "r1", "Other": "x"}
        assert json.loads(error.body) == body
        assert str(error) == "group_details: 404 NotFound_Group: No such group [request r1]"

    def test_404_with_an_empty_code(self):
        """An error would be lost when its code is empty, as was once seen."""
        error = failure(404, {"code": "", "message": "gone"})
        assert type(error) is NotFoundError
        assert (error.code, error.message) == ("", "gone")
        assert str(error) == "group_details: 404: gone"

    def test_code_without_message(self):
        """The API's own error would be said not to be the API's."""
        error = failure(404, {"code": "NotFound_Group"})
        assert str(error) == "group_details: 404 NotFound_Group"

    @pytest.mark.parametrize(
        "body",
        [HTML, b"", b"\xff\xff", b"[]", b"null", b'{"code":3,"message":["x"]}', b'{"code":', b"[" * 100_000],
    )
    def test_502_of_a_gateway(self, body: bytes):
        """A gateway's page would raise a DecodeError, which is not retried."""
        error = failure(502, body)
        assert type(error) is ServerError
        assert error.code == ""
        assert error.message
        assert error.body == body

    def test_html_is_shown(self):
        """Nobody would see that it was a proxy that answered."""
        assert "Log in" in str(failure(403, HTML))

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_redirects(self, status: int):
        """A wrong base URL would show as an empty reply."""
        error = failure(status, b"", Location="https://elsewhere.example/v1")
        assert type(error) is UnexpectedStatusError
        assert "https://elsewhere.example/v1" in str(error)
        assert "base URL" in str(error)

    @pytest.mark.parametrize(
        ("header", "seconds"), [("7", 7.0), ("0.5", 0.5), ("Sat, 01 Aug 2026 12:01:00 GMT", 60.0), ("soon", None)]
    )
    def test_retry_after(self, header: str, seconds: float | None):
        """A call would be repeated before the API allows it."""
        error = failure(429, {"code": "TooManyRequests", "message": "m"}, **{"Retry-After": header})
        assert type(error) is RateLimitedError
        assert error.retry_after == seconds
        assert error.sent is True


def test_lenient_and_quick_give_the_same():
    """The same connection would differ by the way it was read."""
    item = {
        "id": "a",
        "service": "s",
        "created_at": "2026-08-01T12:00:00+02:00",
        "status": {"setup_state": "new", "tasks": [{"code": "x", "odd": 1}]},
        "config": {"a": [1, None]},
        "more": 1,
    }
    quick = read_page(page_of(item)).items[0]
    lenient = read_page(page_of({**item, "sync_frequency": "x"})).items[0]
    assert quick == lenient
    assert attrs.evolve(quick, sync_frequency=3) == attrs.evolve(lenient, sync_frequency=3)
    assert quick.extra == lenient.extra
    assert quick.status.tasks[0].extra == lenient.status.tasks[0].extra == {"odd": 1}
    assert quick.to_dict() == lenient.to_dict()
    assert isinstance(lenient, Connection)
