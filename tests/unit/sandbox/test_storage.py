"""Account files: few fields are enough, wrong ones are named, and no file is ever half written."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime

import pytest

from fivetran_async.sandbox import Account, AccountFileError, Clock, seeding, storage
from fivetran_async.sandbox.calls import Call
from fivetran_async.sandbox.routes import ROUTER

START = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
HEAD = {"format": "fivetran-sandbox-account", "version": 1}
GROUP = {"id": "g"}
CONNECTION = {"id": "c", "service": "postgres", "group_id": "g", "schema": "pg"}


def document(**parts):
    """Return a file's content."""
    return json.dumps(HEAD | parts).encode()


def test_few_fields_are_enough():
    """A file could not be written by hand."""
    text = document(
        groups=[GROUP],
        connections=[CONNECTION],
        destinations=[{"group_id": "g", "service": "snowflake"}],
        users=[{"id": "u"}],
        memberships=[{"group_id": "g", "user_id": "u", "role": "Destination Analyst"}],
    )
    account = storage.parse(text, START)
    connection = account.connections["c"]
    assert connection["status"]["setup_state"] == "connected"
    assert (connection["sync_frequency"], connection["paused"]) == (360, False)
    assert account.destinations["g"]["id"] == "g"
    assert account.info["user_id"] == "u"
    assert account.memberships == {"g": {"u": {"role": "Destination Analyst", "created_at": "2026-08-01T12:00:00Z"}}}


def test_nothing_at_all():
    """An empty account would have nobody whose key it is."""
    account = storage.parse(document(), START)
    assert account.info["user_id"] in account.users
    assert not account.groups


def test_a_loaded_connection_passes_its_tests():
    """A connection that is said to be connected would fall over when it is tested."""
    account = storage.parse(document(groups=[GROUP], connections=[CONNECTION]), START)
    route, values = ROUTER.find("POST", "/v1/connections/c/test")
    reply = route.handler(account, Call(values, {}, {}))
    assert reply.body["data"]["status"]["setup_state"] == "connected"


def test_given_fields_win():
    """A state that the file describes would be replaced by a default."""
    given = CONNECTION | {
        "paused": True,
        "failed_at": "2026-07-01T00:00:00Z",
        "status": {"setup_state": "broken", "tasks": [{"code": "reconnect", "message": "m", "details": ""}]},
        "sandbox": {"seconds": 42},
        "extra": 1,
    }
    connection = storage.parse(document(groups=[GROUP], connections=[given]), START).connections["c"]
    assert connection["status"]["sync_state"] == "paused"
    assert connection["status"]["tasks"] == given["status"]["tasks"]
    assert (connection["sandbox"]["outcome"], connection["sandbox"]["seconds"]) == ("failure", 42)
    assert connection["extra"] == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", "format"),
        (b"{}", "format"),
        (b'{"format": "other", "version": 1}', "format"),
        (b'{"format": "fivetran-sandbox-account"}', "version: None"),
        (b'{"format": "fivetran-sandbox-account", "version": 2}', "version: 2"),
        (document(groups={}), "groups: must be a list"),
        (document(groups=[1]), r"groups\[0\]: must be an object"),
        (document(groups=[GROUP, {"name": "x"}]), r"groups\[1\]\.id: is required"),
        (document(groups=[GROUP, GROUP]), r"groups\[1\]: there is another one"),
        (document(groups=[{"id": ""}]), r"groups\[0\]\.id"),
        (document(connections=[CONNECTION]), r"connections\[0\]\.group_id: there is no group with the id 'g'"),
        (document(destinations=[{"group_id": "g", "service": "s"}]), r"destinations\[0\]\.group_id"),
        (document(groups=[GROUP], connections=[GROUP]), r"connections\[0\]\.service: is required"),
        (document(groups=[GROUP], connections=[CONNECTION | {"status": 1}]), r"connections\[0\]\.status"),
        (document(groups=[GROUP], connections=[CONNECTION | {"config": []}]), r"connections\[0\]\.config"),
        (document(groups=[GROUP], connections=[CONNECTION | {"sandbox": 1}]), r"connections\[0\]\.sandbox"),
        (
            document(groups=[GROUP], connections=[CONNECTION | {"sandbox": {"seconds": "long"}}]),
            r"connections\[0\]\.sandbox\.seconds",
        ),
        (
            document(groups=[GROUP], connections=[CONNECTION | {"sandbox": {"outcome": "maybe"}}]),
            r"connections\[0\]\.sandbox\.outcome",
        ),
        (
            document(groups=[GROUP], connections=[CONNECTION | {"succeeded_at": "yesterday"}]),
            r"connections\[0\]\.succeeded_at: must be an ISO 8601 instant",
        ),
        (
            document(groups=[GROUP], connections=[CONNECTION | {"status": {"rescheduled_for": 5}}]),
            r"connections\[0\]\.status\.rescheduled_for",
        ),
        (
            document(groups=[GROUP], connections=[CONNECTION | {"sync_frequency": "often"}]),
            r"connections\[0\]\.sync_frequency",
        ),
        (document(groups=[GROUP], connections=[CONNECTION | {"paused": 1}]), r"connections\[0\]\.paused"),
        (
            document(groups=[GROUP], memberships=[{"group_id": "g", "user_id": "u", "role": "r"}]),
            "user_id: there is no",
        ),
        (document(clock="soon"), "clock: must be an ISO 8601 instant"),
        (document(minted=-1), "minted"),
        (document(account=[]), "account: must be an object"),
    ],
)
def test_bad_files(content, message):
    """A mistake in a file would be found only when it is served, or not be named."""
    with pytest.raises(AccountFileError, match=message):
        storage.parse(content, START)


def test_the_error_names_the_file(tmp_path):
    """With several files at hand, it would not be clear which is wrong."""
    path = tmp_path / "mine.json"
    path.write_bytes(document(groups={}))
    with pytest.raises(AccountFileError, match=r"mine\.json: groups: must be a list"):
        storage.load(path)


def test_time_never_goes_back():
    """A file from a box whose clock was moved would be loaded into its own past."""
    later = storage.parse(document(clock="2999-01-01T00:00:00Z"))
    assert later.clock.now().year == 2999
    earlier = storage.parse(document(clock="2020-01-01T00:00:00Z"))
    assert earlier.clock.now().year > 2020
    told = storage.parse(document(clock="2999-01-01T00:00:00Z"), START)
    assert told.clock.now().year == 2026


def seeded():
    """Return an account with all there is."""
    account = Account(Clock(START), 7)
    seeding.seed(account, 5, 100)
    return account


def test_round_trip(tmp_path):
    """Saving and loading would change the account."""
    account = seeded()
    path = tmp_path / "a.json"
    storage.save(account, path)
    again = storage.load(path, START, account.seed)
    one, two = storage.dump(account), storage.dump(again)
    del one["clock"], two["clock"]
    assert one == two
    assert again.mint() == account.mint()


def nothing(_account):
    """Leave an account as it is."""


def by_a_system_key(account):
    """Let the key in use be nobody's."""
    account.info = {"account_id": "a", "account_name": "Sandbox", "system_key_id": "k"}


def without_users(account):
    """Take all users away."""
    account.users.clear()


def without_its_owner(account):
    """Take away the user whose key it is."""
    del account.users[account.info["user_id"]]


def without_anything(account):
    """Let nothing say whose account it is."""
    account.info = {}
    account.users.clear()


def with_bare_things(account):
    """Plant objects that have little more than an id."""
    account.groups["bare"], account.users["bare"], account.destinations["bare"] = {}, {}, {}
    account.memberships["bare"] = {"bare": "Destination Analyst"}
    for part in account.things:
        account.things[part]["bare"] = {"id": "bare"}
    account.things["webhooks"]["bare"]["url"] = "https://example.com/"
    account.connections["bare"] = {}


CHANGES = (nothing, by_a_system_key, without_users, without_its_owner, without_anything, with_bare_things)


@pytest.mark.parametrize("start", [seeded, lambda: Account(Clock(START), 7)], ids=["seeded", "empty"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_is_saved_is_what_is_loaded(start, change):
    """Loading would invent a user, an owner or a date that the saved account did not have."""
    account = start()
    if change is not without_its_owner or account.users:
        change(account)
    before = storage.dump(account)
    after = storage.dump(storage.parse(json.dumps(before).encode(), START, 7))
    del before["clock"], after["clock"]
    assert after == before


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch, broken):
    """A full disk would cost the account that was there before."""
    path = tmp_path / "a.json"
    path.write_text("old")

    def fail(*_args):
        raise OSError("disk full")

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(OSError, match="disk full"):
        storage.save(seeded(), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"group": [GROUP]}, "group: there is no such part"),
        ({"groups": [GROUP], "connections": [CONNECTION | {"daily_sync_time": 5}]}, r"daily_sync_time: must be"),
        ({"groups": [GROUP], "destinations": [{"group_id": "g", "service": "s", "config": "x"}]}, r"config: must be"),
    ],
)
def test_what_would_be_misunderstood_is_refused(parts, words):
    """A typo would be served as an empty account, or as a fault of the server later on."""
    with pytest.raises(AccountFileError, match=words):
        storage.parse(document(**parts), START)
