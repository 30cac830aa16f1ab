"""Webhooks: tried before they become active, tested on demand, signed, and only ever sent where they may go."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from datetime import datetime

import pytest

from fivetran_async.sandbox import storage
from fivetran_async.sandbox.engine import deliveries

FIELDS = {"id", "type", "url", "events", "active", "created_at", "created_by"}
EVENTS = ["sync_start", "sync_end"]
# Nothing listens on this port of the loopback address.
NOBODY = "http://127.0.0.1:1/hook"


@pytest.fixture
def group(box):
    """Return a group of the box."""
    return next(iter(box.account.groups))


def count(box):
    """Return how many webhooks the account has."""
    return len(box.account.things["webhooks"])


def test_life(call, box):
    """A webhook could not be created, read, changed and deleted."""
    body = {"url": "https://example.com/hook", "events": EVENTS, "active": False, "secret": "hidden"}
    made = call.post("/v1/webhooks/account", body)
    assert made.status == 200
    webhook = made.data
    assert set(webhook) == FIELDS | {"secret"}
    assert body.items() <= (webhook | {"secret": "hidden"}).items()
    assert (webhook["secret"], webhook["type"]) == ("******", "account")
    assert webhook["created_by"] == box.account.info["user_id"]
    assert webhook["created_at"].startswith("2026-08-01T12:00")
    path = f"/v1/webhooks/{webhook['id']}"
    assert call.get(path).data == webhook
    assert webhook in call.walk("/v1/webhooks", 1)
    changed = call.patch(path, {"events": ["sync_end"], "url": "https://example.com/other", "secret": "new"})
    assert changed.data == webhook | {"events": ["sync_end"], "url": "https://example.com/other"}
    assert call.get(path).data == changed.data
    assert box.account.things["webhooks"][webhook["id"]]["secret"] == "new"
    gone = call.delete(path)
    assert (gone.status, "data" in gone.json) == (200, False)
    assert webhook["id"] not in [item["id"] for item in call.walk("/v1/webhooks", 100)]
    for again in (
        call.get(path),
        call.delete(path),
        call.patch(path, {"secret": "x"}),
        call.post(f"{path}/test", {"event": "sync_end"}),
    ):
        assert (again.status, again.code) == (404, "NotFound")


def test_group_webhook(call, group):
    """A group's webhook would not know its group, be made in no group, or outlive it."""
    body = {"url": NOBODY, "events": EVENTS, "active": False}
    made = call.post(f"/v1/webhooks/group/{group}", body)
    assert (made.status, set(made.data)) == (200, FIELDS | {"group_id"})
    assert (made.data["type"], made.data["group_id"]) == ("group", group)
    nowhere = call.post("/v1/webhooks/group/nope", body)
    assert (nowhere.status, nowhere.code) == (404, "NotFound_Group")
    new = call.post("/v1/groups", {"name": "new"}).data["id"]
    mine = call.post(f"/v1/webhooks/group/{new}", body).data["id"]
    call.delete(f"/v1/groups/{new}")
    assert call.get(f"/v1/webhooks/{mine}").status == 404
    assert call.get(f"/v1/webhooks/{made.data['id']}").status == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "http://127.0.0.2/hook",
        "http://localhost.example.com/",
        "http://127.0.0.1@example.com/",
        "ftp://127.0.0.1/",
        "https://",
        "https://[::1",
        "https://example.com:port/",
        "https://exam ple.com/",
        "example.com",
        "",
        7,
        None,
    ],
)
@pytest.mark.parametrize("active", [True, False])
def test_urls_that_are_refused(call, box, url, active):
    """Events would go to another machine in the clear, or to what is no URL."""
    before = count(box)
    answer = call.post("/v1/webhooks/account", {"url": url, "events": EVENTS, "active": active})
    assert (answer.status, answer.code) == (400, "InvalidInput")
    assert "'url'" in answer.json["message"]
    assert count(box) == before


@pytest.mark.parametrize(
    "change",
    [{"events": None}, {"events": []}, {"events": "sync_end"}, {"events": [1]}, {"active": "yes"}, {"secret": ""}],
)
def test_bad_webhooks(call, box, change):
    """A webhook with something missing or wrong would be created, or an existing one become it."""
    body = {"url": NOBODY, "events": EVENTS, "active": False}
    name = call.post("/v1/webhooks/account", body).data["id"]
    before = json.dumps(box.account.things["webhooks"])
    assert call.post("/v1/webhooks/account", body | change).code == "InvalidInput"
    assert call.patch(f"/v1/webhooks/{name}", change).code == "InvalidInput"
    assert call.patch(f"/v1/webhooks/{name}", {}).code == "InvalidInput"
    assert json.dumps(box.account.things["webhooks"]) == before


@pytest.mark.parametrize("chosen", [{}, {"active": True}])
def test_handshake(call, listener, chosen):
    """An active webhook would be created without its endpoint being tried, or be tried more than once."""
    made = call.post("/v1/webhooks/account", {"url": listener.url, "events": EVENTS} | chosen)
    assert (made.status, made.data["active"]) == (200, True)
    ((headers, raw),) = listener.arrived
    assert headers["Content-Type"] == "application/json"
    assert deliveries.SIGNATURE not in headers
    body = json.loads(raw)
    assert body.pop("created").startswith("2026-08-01T12:00:0")
    assert body == {
        "event": "test_event",
        "connector_type": "_connector_type",
        "connector_id": "_connector_1",
        "group_id": "_destination_1",
    }


@pytest.mark.parametrize("status", [300, 307, 400, 404, 500])
def test_a_failed_handshake_creates_nothing(call, box, listener, status):
    """A webhook would be kept although its endpoint does not take events."""
    before = count(box)
    listener.status = status
    answer = call.post("/v1/webhooks/account", {"url": listener.url, "events": EVENTS})
    assert (answer.status, answer.code) == (400, "InvalidInput")
    assert str(status) in answer.json["message"]
    assert count(box) == before


def test_nobody_listens(call, box):
    """A webhook would be kept although nobody listens, or such an endpoint bring the sandbox down."""
    before = count(box)
    answer = call.post("/v1/webhooks/account", {"url": NOBODY, "events": EVENTS})
    assert (answer.status, answer.code) == (400, "InvalidInput")
    assert count(box) == before


def test_activation(call, box, listener):
    """A webhook would become active without its endpoint being tried, or lose what was right before."""
    name = call.post("/v1/webhooks/account", {"url": NOBODY, "events": EVENTS, "active": False}).data["id"]
    path = f"/v1/webhooks/{name}"
    failed = call.patch(path, {"active": True, "events": ["status"]})
    assert (failed.status, failed.code) == (400, "InvalidInput")
    assert (call.get(path).data["active"], call.get(path).data["events"]) == (False, EVENTS)
    assert listener.arrived == []
    changed = call.patch(path, {"active": True, "url": listener.url, "secret": "new"})
    assert (changed.status, changed.data["active"], changed.data["url"]) == (200, True, listener.url)
    ((headers, raw),) = listener.arrived
    assert headers[deliveries.SIGNATURE] == hmac.new(b"new", raw, hashlib.sha256).hexdigest()
    assert call.patch(path, {"active": True, "events": ["status"]}).status == 200
    assert len(listener.arrived) == 1
    assert call.patch(path, {"active": False}).data["active"] is False


def test_deleted_while_it_is_tried(call, box, listener):
    """A webhook would come back that was deleted while its endpoint was tried."""
    name = call.post("/v1/webhooks/account", {"url": listener.url, "events": EVENTS, "active": False}).data["id"]
    listener.before_answer = lambda: box.account.things["webhooks"].pop(name)
    assert call.patch(f"/v1/webhooks/{name}", {"active": True}).code == "NotFound"
    group = call.post("/v1/groups", {"name": "new"}).data["id"]
    listener.before_answer = lambda: box.account.remove_group(group)
    before = count(box)
    assert call.post(f"/v1/webhooks/group/{group}", {"url": listener.url, "events": EVENTS}).code == "NotFound_Group"
    assert count(box) == before


def test_test(call, listener, group):
    """A test would not deliver the event, not in the form of real ones, or not be answered with what became of it."""
    body = {"url": listener.url, "events": EVENTS, "active": False, "secret": "hidden"}
    name = call.post(f"/v1/webhooks/group/{group}", body).data["id"]
    answer = call.post(f"/v1/webhooks/{name}/test", {"event": "sync_end"})
    assert (answer.status, answer.data) == (200, {"succeed": True, "status": 200, "message": "OK"})
    ((headers, raw),) = listener.arrived
    assert headers["X-Fivetran-Signature-256"] == hmac.new(b"hidden", raw, hashlib.sha256).hexdigest()
    event = json.loads(raw)
    assert raw == json.dumps(event, separators=(",", ":")).encode()
    assert list(event) == [
        "event",
        "created",
        "connector_type",
        "connector_id",
        "connector_name",
        "sync_id",
        "destination_group_id",
        "data",
    ]
    assert event["event"] == "sync_end"
    assert (event["connector_id"], event["destination_group_id"]) == ("_connection_1", group)
    assert event["data"] == {"status": "SUCCESSFUL"}
    created = datetime.fromisoformat(event["created"])
    assert event["created"] == created.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_only_events_of_syncs_have_a_sync(call, listener):
    """A test event would carry the id of a sync that it is not about."""
    name = call.post("/v1/webhooks/account", {"url": listener.url, "events": EVENTS, "active": False}).data["id"]
    for event in ("sync_start", "pause_connector", "something_new"):
        assert call.post(f"/v1/webhooks/{name}/test", {"event": event}).data["succeed"] is True
    assert [("sync_id" in body, body["event"]) for body in listener.bodies] == [
        (True, "sync_start"),
        (False, "pause_connector"),
        (False, "something_new"),
    ]


@pytest.mark.parametrize("body", [None, {}, {"event": ""}, {"event": 1}])
def test_bad_tests(call, listener, body):
    """A test of no event would be delivered."""
    name = call.post("/v1/webhooks/account", {"url": listener.url, "events": EVENTS, "active": False}).data["id"]
    assert call.post(f"/v1/webhooks/{name}/test", body).code == "InvalidInput"
    assert listener.arrived == []


def test_a_test_that_fails_is_a_call_that_succeeds(call, listener):
    """An endpoint that fails or is not there would fail the call that asks about it."""
    name = call.post("/v1/webhooks/account", {"url": listener.url, "events": EVENTS, "active": False}).data["id"]
    listener.status = 503
    refused = call.post(f"/v1/webhooks/{name}/test", {"event": "status"})
    assert (refused.status, refused.code) == (200, "Success")
    assert refused.data == {"succeed": False, "status": 503, "message": "Service Unavailable"}
    call.patch(f"/v1/webhooks/{name}", {"url": NOBODY})
    unreachable = call.post(f"/v1/webhooks/{name}/test", {"event": "status"})
    assert (unreachable.status, unreachable.code, unreachable.data["succeed"]) == (200, "Success", False)
    assert unreachable.data["message"]


def test_redirects_are_not_followed(call, listener):
    """An event would go to an address that nobody checked."""
    listener.status, listener.location = 307, listener.url
    name = call.post("/v1/webhooks/account", {"url": listener.url, "events": EVENTS, "active": False}).data["id"]
    assert call.post(f"/v1/webhooks/{name}/test", {"event": "status"}).data["status"] == 307
    assert len(listener.arrived) == 1


def test_a_silent_endpoint(call, listener, monkeypatch):
    """An endpoint that never answers would hold the call for ever, or other calls with it."""
    monkeypatch.setattr(deliveries, "TIMEOUT", 2.0)
    release = threading.Event()
    listener.before_answer = release.wait
    name = call.post("/v1/webhooks/account", {"url": listener.url, "events": EVENTS, "active": False}).data["id"]
    answers = []
    asking = threading.Thread(
        target=lambda: answers.append(call.post(f"/v1/webhooks/{name}/test", {"event": "status"}))
    )
    asking.start()
    try:
        while not listener.arrived:
            time.sleep(0.01)
        assert call.get("/v1/webhooks").status == 200
        assert asking.is_alive(), "another call waited for the endpoint"
        asking.join(20)
    finally:
        release.set()
    assert answers[0].data == {
        "succeed": False,
        "status": 0,
        "message": "The endpoint did not answer within 2 seconds",
    }


def test_planted_urls_are_checked_too(call, box):
    """A webhook that a test planted would be delivered to another machine in the clear."""
    planted = {"id": "w", "url": "http://192.0.2.1/", "events": EVENTS, "active": True}
    box.account.things["webhooks"]["w"] = planted
    data = call.post("/v1/webhooks/w/test", {"event": "status"}).data
    assert data == {"succeed": False, "status": 0, "message": "The endpoint must be an HTTPS URL"}


def test_secrets_never_leave(call, box, tmp_path):
    """A webhook's secret would be readable in a reply, or be lost by a save."""
    body = {"url": NOBODY, "events": EVENTS, "active": False, "secret": "hidden-word"}
    name = call.post("/v1/webhooks/account", body).data["id"]
    for answer in (
        call.get(f"/v1/webhooks/{name}"),
        call.get("/v1/webhooks"),
        call.patch(f"/v1/webhooks/{name}", {"secret": "hidden-word"}),
    ):
        assert "hidden-word" not in answer.raw.decode()
    path = tmp_path / "a.json"
    storage.save(box.account, path)
    assert storage.load(path, box.clock.now()).things["webhooks"] == box.account.things["webhooks"]
