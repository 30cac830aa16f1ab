"""Deliveries to webhooks: what goes out when, in which form, and how often it is tried."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from fivetran_async.sandbox import Sandbox, clockwork, storage
from fivetran_async.sandbox.engine import deliveries, dispatch
from fivetran_async.webhooks import SIGNATURE_HEADER, SyncStatus, parse, verify

SYNCS = ["sync_start", "sync_end"]
HOUR = 3600.0
DAY = 86_400.0
# Nothing listens on this port of the loopback address.
NOBODY = "http://127.0.0.1:1/hook"
RETRIES = (360, 1_620, 6_300, 23_100, 83_580)


@pytest.fixture
def group(empty):
    """Return the only group."""
    return next(iter(empty.account.groups))


@pytest.fixture
def shop(empty, group):
    """Return a connection that syncs every hour for a minute, the next time in half an hour."""
    own = {"seconds": 60.0, "due": empty.clock.timestamp() + HOUR / 2}
    return empty.account.add_connection(group, id="shop", schema="prod", sync_frequency=60, sandbox=own)


@pytest.fixture
def ask(empty, caller):
    """Return the caller of `empty`."""
    return caller(empty)


def until(reached, seconds=20):
    """Wait until something is so, or say that it never was."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def kinds(listener):
    """Return the events that arrived."""
    return [body["event"] for body in listener.bodies]


def test_what_a_sync_looks_like(empty, shop, listener):
    """A receiver that works with the sandbox would not work with Fivetran."""
    empty.account.add_webhook(listener.url, SYNCS, secret="hidden")
    empty.clock.advance(HOUR)
    empty.deliveries.wait()
    start, end = sorted((json.loads(raw) for _, raw in listener.arrived), key=lambda body: body["created"])
    began = datetime.fromtimestamp(next(empty.history.entries(kinds={"sync_start"})).at, UTC)
    assert start["created"] == began.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert start["created"].startswith("2026-08-01T12:30:0")
    assert (start["event"], end["event"]) == ("sync_start", "sync_end")
    assert start["sync_id"] == end["sync_id"]
    assert end["data"] == {"status": "SUCCESSFUL"}
    for headers, raw in listener.arrived:
        body = json.loads(raw)
        assert list(body) == [
            *("event", "created", "connector_type", "connector_id", "connector_name", "sync_id"),
            *("destination_group_id", "data"),
        ]
        assert raw == json.dumps(body, separators=(",", ":")).encode()
        assert (body["connector_type"], body["connector_id"], body["connector_name"]) == ("postgres", "shop", "prod")
        assert body["destination_group_id"] == shop["group_id"]
        assert headers["Content-Type"] == "application/json"
        assert verify(raw, headers[SIGNATURE_HEADER], "hidden")
        assert not verify(raw + b" ", headers[SIGNATURE_HEADER], "hidden")
        assert parse(raw).connection == "shop"


def test_every_kind_of_change(empty, group, ask, listener):
    """A change would be told of under another name, or not at all."""
    empty.account.add_webhook(listener.url, sorted(deliveries.EVENTS))
    config = {"schema_prefix": "prod", "host": "db", "port": 5432, "user": "u", "password": "very secret"}
    body = {"group_id": group, "service": "postgres", "config": config}
    name = ask.post("/v1/connections", body).data["id"]
    path = f"/v1/connections/{name}"
    quiet = {"run_setup_tests": False}
    ask.post(f"{path}/sync", {})
    ask.post(f"{path}/sync", {"force": True})
    ask.patch(path, quiet | {"paused": True})
    ask.patch(path, quiet | {"paused": False, "sync_frequency": 5})
    empty.clock.advance(HOUR)
    schemas = ask.get(f"{path}/schemas").data["schemas"]
    schema, about = next(iter(schemas.items()))
    table = next(iter(about["tables"]))
    ask.post(f"{path}/resync", {"scope": {schema: [table]}})
    ask.post(f"{path}/resync", {})
    ask.patch(path, {"config": {"password": "******"}})
    ask.delete(path)
    empty.deliveries.wait()
    found = Counter(kinds(listener))
    changes = {kind: count for kind, count in found.items() if kind not in SYNCS}
    assert changes == {
        "create_connector": 1,
        "connection_successful": 1,
        "force_update_connector": 2,
        "pause_connector": 1,
        "resume_connector": 1,
        "edit_connector": 2,
        "resync_table": 1,
        "resync_connector": 1,
        "connection_failure": 1,
        "delete_connector": 1,
    }
    bodies = {body["event"]: body for body in listener.bodies}
    created = bodies["create_connector"]
    assert list(created) == [
        *("event", "created", "connector_type", "connector_id", "connector_name", "destination_group_id", "data")
    ]
    assert (created["data"]["actor"], created["data"]["id"]) == ("user", "prod")
    assert created["data"]["properties"]["config"]["password"] == "******"
    assert bodies["resync_table"]["data"]["properties"] == {"schema": schema, "table": table}
    assert b"very secret" not in b"".join(raw for _, raw in listener.arrived)
    assert parse(json.dumps(created)).payload.actor == "user"


def test_a_forced_sync_cancels(empty, shop, ask, listener):
    """The sync that a forced one replaces would never end."""
    empty.account.add_webhook(listener.url, SYNCS)
    ask.post("/v1/connections/shop/sync", {})
    ask.post("/v1/connections/shop/sync", {"force": True})
    empty.clock.advance(61)
    empty.deliveries.wait()
    ends = {body["sync_id"]: body["data"]["status"] for body in listener.bodies if body["event"] == "sync_end"}
    starts = [body["sync_id"] for body in listener.bodies if body["event"] == "sync_start"]
    assert Counter(ends.values()) == {"CANCELED": 1, "SUCCESSFUL": 1}
    assert set(starts) == set(ends)


def test_by_script(empty, shop, listener):
    """A receiver could not be tried with the ways in which syncs end."""
    empty.account.add_webhook(listener.url, ["sync_end"])
    empty.syncs.script("shop", "failure", reason="no network")
    empty.syncs.script("shop", "failure_with_task", tasks=[("reconnect", "Wrong password")])
    empty.syncs.script("shop", "rescheduled", after=60)
    empty.syncs.script("shop", "canceled")
    empty.clock.advance(6 * HOUR)
    empty.deliveries.wait()
    events = sorted((parse(raw) for _, raw in listener.arrived), key=lambda event: event.created)
    assert [event.status for event in events[:5]] == [
        SyncStatus.FAILURE,
        SyncStatus.FAILURE_WITH_TASK,
        SyncStatus.RESCHEDULED,
        SyncStatus.CANCELED,
        SyncStatus.SUCCESSFUL,
    ]
    assert events[0].payload.reason == "no network"
    assert events[1].payload.task_type == "reconnect"
    assert abs((events[2].payload.rescheduled_at - events[2].created).total_seconds() - 60) < 0.01


def test_groups(empty, group, listener):
    """A webhook of a group would be told of others, or one of the account not of all."""
    other = empty.account.add_group()["id"]
    for name in (group, other):
        due = empty.clock.timestamp() + 60
        empty.account.add_connection(name, id=f"in_{name}", sandbox={"seconds": 10.0, "due": due})
    whole = empty.account.add_webhook(listener.url, ["sync_start"])["id"]
    part = empty.account.add_webhook(listener.url, ["sync_start"], other)["id"]
    empty.clock.advance(HOUR)
    empty.deliveries.wait()
    told = Counter((attempt.webhook_id, attempt.connection_id) for attempt in empty.deliveries.attempts)
    assert told == {(whole, f"in_{group}"): 1, (whole, f"in_{other}"): 1, (part, f"in_{other}"): 1}


def test_only_while_active(empty, shop, ask, listener):
    """A webhook would be told of what happened when it was not active."""
    empty.clock.advance(HOUR)
    body = {"url": listener.url, "events": ["sync_end"]}
    path = f"/v1/webhooks/{ask.post('/v1/webhooks/account', body).data['id']}"
    assert kinds(listener) == ["test_event"]
    empty.deliveries.wait()
    empty.clock.advance(HOUR)
    empty.deliveries.wait()
    assert kinds(listener) == ["test_event", "sync_end"]
    ask.patch(path, {"active": False})
    empty.clock.advance(HOUR)
    ask.get("/v1/connections/shop")
    ask.patch(path, {"active": True})
    empty.deliveries.wait()
    assert kinds(listener) == ["test_event", "sync_end", "test_event"]
    empty.clock.advance(HOUR)
    empty.deliveries.wait()
    assert kinds(listener)[-1] == "sync_end"
    ask.delete(path)
    empty.clock.advance(HOUR)
    empty.deliveries.wait()
    assert len(listener.arrived) == 4


def test_it_happens_by_itself(empty, group, listener):
    """Nothing would be told until a request comes, when the clock is moved or time goes by."""
    empty.account.add_webhook(listener.url, SYNCS)
    due = empty.clock.timestamp() + 0.2
    empty.account.add_connection(group, id="soon", sandbox={"seconds": 0.2, "due": due})
    until(lambda: len(listener.arrived) == 2)
    empty.account.add_connection(group, id="late", sandbox={"seconds": 60.0, "due": due + 20 * HOUR})
    empty.clock.advance(20 * HOUR + 61)
    until(
        lambda: (
            {"late"} == {body["connector_id"] for body in listener.bodies[2:] if body["event"] == "sync_end"} - {"soon"}
        )
    )
    assert empty.calls == 0


def test_transformations(empty, group, ask, listener):
    """Runs of transformations would not be told of."""
    empty.account.add_webhook(
        listener.url, ["transformation_start", "transformation_succeeded", "transformation_failed"], group
    )
    things = empty.account.things
    things["transformation_projects"]["p"] = {"id": "p", "group_id": group, "status": "READY"}
    steps = [{"name": "first", "command": "dbt seed"}, {"name": "second", "command": "dbt run --select a"}]
    for name, outcome in (("well", "SUCCEEDED"), ("ill", "FAILED")):
        things["transformations"][name] = {
            "id": name,
            "transformation_config": {"project_id": "p", "name": f"{name} models", "steps": steps},
            "sandbox": {"outcome": outcome, "seconds": 60.0},
        }
        assert ask.post(f"/v1/transformations/{name}/run", {}).status == 200
    empty.clock.advance(61)
    empty.deliveries.wait()
    bodies = {(body["event"], body["connector_id"]): body for body in listener.bodies}
    assert set(bodies) == {
        ("transformation_start", "well"),
        ("transformation_start", "ill"),
        ("transformation_succeeded", "well"),
        ("transformation_failed", "ill"),
    }
    told = bodies["transformation_failed", "ill"]
    assert (told["destination_group_id"], told["connector_name"]) == (group, "ill models")
    assert [step["success"] for step in told["data"]["result"]["stepResults"]] == [True, False]
    assert parse(json.dumps(told)).payload.start_time is not None


def test_retries(empty, shop, listener):
    """A failed delivery would not be tried when Fivetran does, or for ever."""
    listener.status = 500
    empty.account.add_webhook(listener.url, ["sync_end"], secret="s")
    empty.syncs.script("shop", "success")
    empty.clock.advance(HOUR / 2 + 61)
    empty.account.update_connection("shop", paused=True)
    empty.deliveries.wait()
    first = empty.deliveries.attempts[0].at
    for number, offset in enumerate(RETRIES, 1):
        assert (len(empty.deliveries.attempts), empty.deliveries.pending) == (number, 1)
        gone = (empty.clock.now() - first).total_seconds()
        empty.clock.advance(offset - gone - 60)
        empty.deliveries.wait()
        assert len(empty.deliveries.attempts) == number
        empty.clock.advance(61)
        empty.deliveries.wait()
    empty.clock.advance(DAY)
    empty.deliveries.wait()
    attempts = empty.deliveries.attempts
    assert [attempt.number for attempt in attempts] == [1, 2, 3, 4, 5, 6]
    assert {(attempt.status, attempt.succeeded, attempt.event) for attempt in attempts} == {(500, False, "sync_end")}
    assert (empty.deliveries.pending, empty.deliveries.given_up) == (0, 1)
    assert len({raw for _, raw in listener.arrived}) == 1


def test_a_retry_goes_to_where_the_webhook_is_now(empty, shop, ask, listener):
    """A webhook whose address or secret was wrong could not be mended while events wait."""
    hook = empty.account.add_webhook(NOBODY, ["sync_end"], secret="old")
    empty.clock.advance(HOUR)
    empty.deliveries.wait()
    assert empty.deliveries.attempts[0].status == 0
    assert empty.deliveries.pending == 1
    ask.patch(f"/v1/webhooks/{hook['id']}", {"url": listener.url, "secret": "new"})
    empty.clock.advance(361)
    empty.deliveries.wait()
    ((headers, raw),) = listener.arrived
    assert verify(raw, headers[SIGNATURE_HEADER], "new")
    assert [attempt.number for attempt in empty.deliveries.attempts] == [1, 2]
    assert empty.deliveries.pending == 0


def test_a_receiver_that_was_killed(empty, shop, listener, make_listener):
    """What happened while a receiver was down would never reach it."""
    empty.account.add_webhook(listener.url, ["sync_end"])
    empty.clock.advance(HOUR)
    empty.deliveries.wait()
    listener.close()
    empty.clock.advance(2 * HOUR)
    empty.deliveries.wait()
    assert empty.deliveries.pending == 2
    again = make_listener(listener.port)
    empty.clock.advance(361)
    empty.deliveries.wait()
    assert kinds(again) == ["sync_end"] * 2
    missed = [attempt.sync_id for attempt in empty.deliveries.attempts if not attempt.succeeded]
    assert sorted(body["sync_id"] for body in again.bodies) == sorted(missed)


def test_a_slow_receiver(empty, shop, ask, listener, make_listener, monkeypatch):
    """A receiver that hangs would hold up the API, other receivers, or its own events for ever."""
    assert deliveries.TIMEOUT == 10
    monkeypatch.setattr(deliveries, "TIMEOUT", 1.0)
    release = threading.Event()
    listener.before_answer = release.wait
    quick = make_listener()
    slow = empty.account.add_webhook(listener.url, ["sync_end"])["id"]
    empty.account.add_webhook(quick.url, ["sync_end"])
    try:
        empty.clock.advance(HOUR)
        until(lambda: listener.arrived and quick.arrived)
        assert ask.get("/v1/connections/shop").status == 200
        empty.deliveries.wait()
    finally:
        release.set()
    (attempt,) = [attempt for attempt in empty.deliveries.attempts if attempt.webhook_id == slow]
    assert (attempt.status, attempt.message) == (0, "The endpoint did not answer within 1 seconds")
    assert empty.deliveries.pending == 1


def test_deactivation(empty, shop, ask, listener):
    """A webhook that nobody listens to would be called for ever, or one be deactivated that works now and then."""
    listener.status = 503
    hook = empty.account.add_webhook(listener.url, ["sync_end"])
    path = f"/v1/webhooks/{hook['id']}"

    def day():
        for _ in range(4):
            empty.clock.advance(DAY / 4)
            empty.deliveries.wait()

    day()
    day()
    listener.status = 204
    empty.clock.advance(HOUR)
    empty.deliveries.wait()
    listener.status = 503
    day()
    day()
    assert ask.get(path).data["active"] is True
    day()
    day()
    assert ask.get(path).data["active"] is False
    tried = len(empty.deliveries.attempts)
    day()
    assert len(empty.deliveries.attempts) == tried
    assert empty.deliveries.pending == 0
    listener.status = 200
    assert ask.patch(path, {"active": True}).data["active"] is True
    arrived = len(listener.arrived)
    empty.clock.advance(HOUR)
    empty.deliveries.wait()
    assert len(listener.arrived) == arrived + 1


@pytest.mark.parametrize("change", ["deleted", "switched off", "switched off and on"])
def test_no_retry_for_what_is_gone(empty, shop, ask, listener, change):
    """A webhook that was deleted or switched off would still be called."""
    listener.status = 500
    path = f"/v1/webhooks/{empty.account.add_webhook(listener.url, ['sync_end'])['id']}"
    empty.clock.advance(HOUR)
    empty.deliveries.wait()
    assert (len(listener.arrived), empty.deliveries.pending) == (1, 1)
    empty.account.update_connection("shop", paused=True)
    listener.status = 200
    if change == "deleted":
        ask.delete(path)
    else:
        ask.patch(path, {"active": False})
    if change == "switched off and on":
        ask.patch(path, {"active": True})
    empty.clock.advance(DAY)
    empty.deliveries.wait()
    assert empty.deliveries.pending == 0
    assert [attempt.number for attempt in empty.deliveries.attempts] == [1]


def test_a_thousand_events(empty, group, listener):
    """Some of many events would be lost, or come twice."""
    for number in range(100):
        due = empty.clock.timestamp() + 60 + number
        empty.account.add_connection(group, id=f"c{number}", sync_frequency=60, sandbox={"seconds": 10.0, "due": due})
    empty.account.add_webhook(listener.url, SYNCS, secret="s")
    empty.clock.advance(5 * HOUR)
    empty.deliveries.wait(60)
    assert len(listener.arrived) == 1000
    identities = {parse(raw).identity for _, raw in listener.arrived}
    assert len(identities) == 1000
    assert all(verify(raw, headers[SIGNATURE_HEADER], "s") for headers, raw in listener.arrived)
    whole = [entry.sync_id for entry in empty.history.entries(kinds={"sync_end"})]
    assert Counter(whole) == Counter(body["sync_id"] for body in listener.bodies if body["event"] == "sync_end")
    # In the order in which they happened, but for what is on its way at the same time.
    created = [body["created"] for body in listener.bodies]
    places = [abs(place - at) for at, place in enumerate(sorted(range(1000), key=lambda number: created[number]))]
    assert sum(places) / 1000 < 2 * dispatch.CONCURRENCY


def played(seed, listener):
    """Return the bodies that a box sends whose deliveries are disturbed."""
    with Sandbox(seed=seed, groups=1, connections=0) as box:
        group = next(iter(box.account.groups))
        due = box.clock.start + 60
        box.account.add_connection(group, id="shop", sync_frequency=5, sandbox={"seconds": 10.0, "due": due})
        box.deliveries.repeat, box.deliveries.shuffle = 0.2, True
        box.account.add_webhook(listener.url, SYNCS)
        box.clock.advance(10 * HOUR)
        box.deliveries.wait()
        assert box.deliveries.pending == 0
        return [(attempt.sync_id, attempt.event, attempt.number) for attempt in box.deliveries.attempts]


def test_twice_and_out_of_order(listener):
    """A receiver could not be tried with what at-least-once means."""
    sent = played(3, listener)
    raw = [body for _, body in listener.arrived]
    assert len(set(raw)) == 2 * 120
    again = Counter(raw)
    assert set(again.values()) == {1, 2}
    assert 20 < sum(count == 2 for count in again.values()) < 90
    created = [body["created"] for body in listener.bodies]
    assert sum(one > other for one, other in itertools.pairwise(created)) > 50
    # The second time carries the next number of the same event.
    assert {number for _, _, number in sent} == {1, 2}


def test_https_only(caller, listener):
    """What is refused by Fivetran would be accepted, or an address be called that nobody may use."""
    with Sandbox(seed=1, groups=1, connections=0, https_only=True) as box:
        ask = caller(box)
        box.account.add_connection(next(iter(box.account.groups)))
        body = {"url": listener.url, "events": ["sync_end"], "active": False}
        assert ask.post("/v1/webhooks/account", body).code == "InvalidInput"
        made = ask.post("/v1/webhooks/account", body | {"url": "https://127.0.0.1:1/hook"}).data
        path = f"/v1/webhooks/{made['id']}"
        assert ask.patch(path, {"url": listener.url}).code == "InvalidInput"
        assert ask.patch(path, {"events": ["sync_start"]}).status == 200
        box.account.things["webhooks"]["planted"] = {
            "id": "planted",
            "url": listener.url,
            "events": SYNCS,
            "active": True,
        }
        assert ask.post("/v1/webhooks/planted/test", {"event": "status"}).data["succeed"] is False
        box.clock.advance(DAY)
        box.deliveries.wait()
        assert {attempt.message for attempt in box.deliveries.attempts} == {"The endpoint must be an HTTPS URL"}
    assert listener.arrived == []


def test_closing_breaks_deliveries_off(listener):
    """A sandbox would not end before a receiver answers, or leave its connection open."""
    release = threading.Event()
    listener.before_answer = release.wait
    try:
        with Sandbox(seed=1, groups=1, connections=0) as box:
            box.account.add_connection(next(iter(box.account.groups)))
            box.account.add_webhook(listener.url, SYNCS)
            box.clock.advance(DAY)
            until(lambda: listener.arrived)
            begun = time.monotonic()
        assert time.monotonic() - begun < 8, "it waited for the receiver"
        assert box.deliveries.attempts == ()
        with pytest.raises(RuntimeError, match="not open"):
            box.deliveries.wait()
    finally:
        release.set()


def test_waiting_ends(empty, shop, listener):
    """A test would hang when a receiver does."""
    release = threading.Event()
    listener.before_answer = release.wait
    empty.account.add_webhook(listener.url, SYNCS)
    empty.clock.advance(HOUR)
    try:
        with pytest.raises(TimeoutError):
            empty.deliveries.wait(0.2)
    finally:
        release.set()
    empty.deliveries.wait()
    assert empty.deliveries.pending == 0


async def test_waiting_in_a_loop(empty, shop, listener):
    """A test on asyncio would block its own loop, or go on too early."""
    empty.account.add_webhook(listener.url, SYNCS)
    empty.clock.advance(HOUR)
    await empty.deliveries.settled()
    assert sorted(kinds(listener)) == ["sync_end", "sync_start"]


def test_what_a_file_keeps(empty, shop, listener, tmp_path):
    """A webhook of a loaded account would be silent, or get again what it had."""
    hook = empty.account.add_webhook(listener.url, ["sync_end"], secret="s")
    empty.clock.advance(HOUR)
    empty.deliveries.wait()
    path = tmp_path / "account.json"
    storage.save(empty.account, path)
    assert storage.load(path).things["webhooks"][hook["id"]] == hook
    with Sandbox(load=path) as box:
        assert (box.deliveries.pending, list(box.history.entries())) == (0, [])
        box.clock.advance(HOUR)
        box.deliveries.wait()
        told = [entry.sync_id for entry in box.history.entries(kinds={"sync_end"})]
    assert told
    assert [body["sync_id"] for body in listener.bodies[1:]] == told


def test_a_long_move_is_told_of_in_part(empty, group, listener, monkeypatch):
    """Moving the clock by a month would send tens of thousands of events."""
    monkeypatch.setattr(clockwork, "MOST_EVENTS", 10)
    due = empty.clock.timestamp() + 60
    empty.account.add_connection(group, id="busy", sync_frequency=1, sandbox={"seconds": 10.0, "due": due})
    empty.account.add_webhook(listener.url, ["sync_end"])
    empty.clock.advance(DAY)
    empty.deliveries.wait()
    ends = [entry.sync_id for entry in empty.history.entries(kinds={"sync_end"})]
    assert len(ends) > 1400
    told = {body["sync_id"] for body in listener.bodies}
    assert 10 <= len(told) <= 13
    assert told <= set(ends[-13:])


def test_too_many_events_are_counted(empty, shop, listener, monkeypatch):
    """A receiver that is down would fill the sandbox's memory."""
    monkeypatch.setattr(dispatch, "KEPT_PENDING", 5)
    listener.status = 500
    empty.account.add_webhook(listener.url, ["sync_end"])
    empty.clock.advance(DAY / 2)
    empty.deliveries.wait()
    assert (empty.deliveries.pending, len(listener.arrived)) == (5, 5)
    assert empty.deliveries.lost == len(list(empty.history.entries(kinds={"sync_end"}))) - 5


def test_what_makes_no_sense_stops_nothing(empty, shop, listener, caplog):
    """One connection that a test planted wrongly would silence all webhooks for good."""
    empty.account.add_webhook(listener.url, ["sync_end"])
    broken = empty.account.add_connection(shop["group_id"], id="broken")
    broken["sandbox"]["due"] = "tomorrow"
    empty.account.history.wake()
    until(lambda: "could not bring its account up to date" in caplog.text)
    broken["sandbox"]["due"] = None
    empty.clock.advance(HOUR)
    until(lambda: kinds(listener) == ["sync_end"])
