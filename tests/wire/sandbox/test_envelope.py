"""The sandbox's form: authentication, Accept, content types, statuses, headers, pages."""

from __future__ import annotations

import base64
import json
import socket

import pytest

PATHS = ["/v1/groups", "/v1/connections", "/v1/destinations", "/v1/users"]


@pytest.mark.parametrize(
    "auth",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Bearer key:secret",
        "Basic " + base64.b64encode(b"key:wrong").decode(),
        "Basic " + base64.b64encode(b"other:secret").decode(),
        "Basic " + base64.b64encode(b"key").decode(),
    ],
)
def test_wrong_credentials(call, auth):
    """Anyone could read the account, and a client's 401 path would never be exercised."""
    answer = call.get("/v1/groups", auth=auth)
    assert answer.status == 401
    assert set(answer.json) == {"code", "message"}
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_credentials_that_are_no_text(box):
    """Bytes that are no text would bring the sandbox down instead of being refused."""
    head = b"GET /v1/groups HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic \xff\xfe\r\n\r\n"
    with socket.create_connection(("127.0.0.1", int(box.url.rpartition(":")[2])), timeout=30) as connection:
        connection.sendall(head)
        assert connection.makefile("rb").readline() == b"HTTP/1.1 401 Unauthorized\r\n"


def test_pre_encoded_pair_is_the_same_thing(call):
    """The vendor's own tool, which sends the base64 pair unchanged and in its own spelling, would be refused."""
    pair = base64.b64encode(b"key:secret").decode()
    assert call.get("/v1/account/info", auth=f"basic {pair}").status == 200


def test_success_is_enveloped(call):
    """Replies would not have the API's envelope."""
    answer = call.get("/v1/account/info")
    assert (answer.status, answer.code) == (200, "Success")
    assert set(answer.data) == {"account_id", "account_name", "user_id"}
    assert answer.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (None, 200),
        ("*/*", 200),
        ("application/json", 200),
        ("application/json;version=2", 200),
        ("application/json; version=2", 200),
        ("text/html, */*;q=0.8", 200),
        ("application/json;version=1", 200),
        ("application/json;q=1", 200),
        ("application/json;version=3, */*", 200),
        ("application/json;version=3", 406),
        ("application/json;version=0", 406),
        ("application/json;version=abc", 406),
        ("application/json;version=", 406),
        ("application/json;version=22", 406),
        ("text/html", 406),
        ("application/xml;version=2", 406),
    ],
)
def test_accept(call, accept, status):
    """A client with a wrong Accept header would pass here and fail at Fivetran, or the other way round."""
    headers = {} if accept is None else {"Accept": accept}
    assert call.get("/v1/connections", headers=headers).status == status


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/nope", "/v2/groups", "/v1/groups/", "/v1/groups/a/b/c/d"])
def test_unknown_path(call, path):
    """A path that the API does not have would not give its 404 envelope."""
    answer = call.get(path)
    assert (answer.status, answer.code) == (404, "NotFound")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_wrong_method(call, method):
    """A method that a path does not have would be taken for an unknown path, or served."""
    assert call(method, "/v1/groups").status == 405


def test_head(call):
    """HEAD would be answered as GET."""
    answer = call("HEAD", "/v1/groups")
    assert (answer.status, answer.raw) == (405, b"")


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_body_must_be_json_by_name(call, content_type):
    """A body without the JSON content type would be read, where the API answers 415."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert call("POST", "/v1/groups", raw=b'{"name": "x"}', headers=headers).status == 415


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"[]", b'"text"', b"null", b"[" * 5000, b'{"a":' * 500])
def test_body_must_be_json_in_fact(call, raw):
    """Half a body, or one that is no object, would not be refused as bad input."""
    answer = call("POST", "/v1/groups", raw=raw, headers={"Content-Type": "application/json; charset=utf-8"})
    assert (answer.status, answer.code) == (400, "InvalidInput")


def test_an_encoded_slash_stays_in_the_id(call, box):
    """An id with a slash in it would address another resource."""
    group = next(iter(box.account.groups))
    answer = call.get(f"/v1/groups/{group}%2Fconnections")
    assert (answer.status, answer.code) == (404, "NotFound_Group")
    assert f"'{group}/connections'" in answer.json["message"]
    assert box.requests[-1].path == f"/v1/groups/{group}%2Fconnections"


def test_dots_are_no_folders(call):
    """A path with dots in it would climb to another resource."""
    answer = call.get("/v1/groups/%2e%2e")
    assert (answer.status, answer.code) == (404, "NotFound_Group")


@pytest.mark.parametrize("path", [*PATHS, "/v1/nope", "/v1/groups/nope"])
def test_usual_headers(call, path):
    """Headers that clients steer by, or ask support about, would be missing."""
    headers = call.get(path).headers
    assert int(headers["X-Rate-Limit"]) == 20_000
    assert 0 < int(headers["X-Rate-Limit-Remaining"]) < 20_000
    assert headers["X-Request-Id"]
    assert headers["Date"].startswith("Sat, 01 Aug 2026 12:0")


@pytest.mark.parametrize("path", PATHS)
def test_pages_lose_nothing(call, path):
    """Following the cursors would miss or repeat items."""
    whole = call.get(f"{path}?limit=1000").data
    assert "next_cursor" not in whole
    for limit in (1, 2, 7, len(whole["items"])):
        assert call.walk(path, limit) == whole["items"]


def test_default_page(caller, empty):
    """A page without a limit would not have the API's hundred items."""
    group = next(iter(empty.account.groups))
    for number in range(101):
        empty.account.add_connection(group, schema=f"schema_{number}")
    call = caller(empty)
    data = call.get("/v1/connections").data
    assert len(data["items"]) == 100
    rest = call.get(f"/v1/connections?cursor={data['next_cursor']}").data
    assert len(rest["items"]) == 1
    assert "next_cursor" not in rest


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "ten", "1.5", "", "%20", "99999999999", "%D9%A3"])
def test_bad_limit(call, limit):
    """A limit out of range would be corrected silently."""
    answer = call.get(f"/v1/groups?limit={limit}")
    assert (answer.status, answer.code) == (400, "InvalidInput")


@pytest.mark.parametrize(
    "cursor", ["x", "%", "AAAA", base64.b64encode(b'{"skip": -1}').decode(), "eyJza2lwIjoiYSJ9", "é"]
)
def test_bad_cursor(call, cursor):
    """A made-up cursor would be taken for the beginning or the end."""
    answer = call.get(f"/v1/groups?cursor={cursor}" if cursor.isascii() else "/v1/groups?cursor=%C3%A9")
    assert (answer.status, answer.code) == (400, "InvalidInput")


def test_cursor_is_opaque_base64(call):
    """Cursors would not look like the API's."""
    cursor = call.get("/v1/groups?limit=2").data["next_cursor"]
    assert json.loads(base64.b64decode(cursor)) == {"skip": 2}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/v1/connectors", "/v1/connections"),
        ("/v1/connectors/{id}", "/v1/connections/{id}"),
        ("/v1/groups/{group}/connectors", "/v1/groups/{group}/connections"),
    ],
)
def test_old_names(call, box, old, new):
    """Tools that still use the paths from before 2025 would get 404."""
    connection = next(iter(box.account.connections.values()))
    values = {"id": connection["id"], "group": connection["group_id"]}
    assert call.get(old.format(**values)).json == call.get(new.format(**values)).json


def test_old_force(call, box):
    """The old name of sync would not start one."""
    name = next(key for key, value in box.account.connections.items() if value["sandbox"]["seeded_as"] == "healthy")
    assert call.post(f"/v1/connectors/{name}/force", {}).status == 200
    assert call.get(f"/v1/connections/{name}").data["status"]["sync_state"] == "syncing"


def test_requests_are_recorded(call, box):
    """Tests could not see what a client really sent."""
    before = box.calls
    call.post("/v1/groups?x=1&x=2&y=", {"name": "new"}, headers={"X-Own": "7"})
    call.get("/v1/groups/nope")
    assert box.calls == before + 2
    first, second = box.requests[-2:]
    assert (first.method, first.path, dict(first.query)) == ("POST", "/v1/groups", {"x": "2", "y": ""})
    assert json.loads(first.body) == {"name": "new"}
    assert first.headers["x-own"] == "7"
    assert (first.status, second.status) == (201, 404)
    assert first.at <= second.at <= box.clock.now()


def test_large_body(call, box, monkeypatch):
    """A body without end would fill the memory of the sandbox."""
    monkeypatch.setattr("fivetran_async.sandbox.server.MAX_BODY", 1000)
    with type(box)(groups=1, connections=0) as small:
        answer = type(call)(small)("POST", "/v1/groups", raw=b" " * 5000, headers={"Content-Type": "application/json"})
        assert answer.status == 413
        assert small.calls == 1
