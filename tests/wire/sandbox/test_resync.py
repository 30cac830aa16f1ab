"""Re-syncs from outside: all of a connection or some tables, now, after the running sync, or after a pause."""

from __future__ import annotations

import pytest

OWN = {
    "seconds": 600.0,
    "source": {"schemas": {"public": {"tables": {"a": {}, "b": {}}}, "sales": {"tables": {"c": {}}}}},
}
SYNCED = "2026-08-01T11:00:00Z"
PATH = "/v1/connections/shop"
WARNING = "resync_table_warning"


@pytest.fixture
def ask(empty, caller):
    """Return the caller of a box with one connection that has synced."""
    plant(empty)
    return caller(empty)


def plant(box, **fields):
    """Plant a connection."""
    group = next(iter(box.account.groups))
    return box.account.add_connection(group, **{"id": "shop", "sandbox": OWN, "succeeded_at": SYNCED} | fields)


def state(ask):
    """Return what a connection says of its syncs."""
    data = ask.get(PATH).data
    status = data["status"]
    return status["sync_state"], status["is_historical_sync"], [item["code"] for item in status["warnings"]]


@pytest.mark.parametrize("body", [None, {}, {"scope": None}])
def test_everything(ask, empty, body):
    """A re-sync of everything would not start, not be called historical, or not end."""
    answer = ask.post(f"{PATH}/resync", body)
    assert (answer.status, "data" in answer.json) == (200, False)
    assert state(ask) == ("syncing", True, [])
    empty.clock.advance(601)
    assert state(ask) == ("scheduled", False, [])
    assert ask.get(PATH).data["succeeded_at"] > SYNCED


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{PATH}/resync", {"scope": {"public": ["a", "b"], "sales": ["c"]}}),
        (f"{PATH}/schemas/tables/resync", {"public": ["a"]}),
        (f"{PATH}/schemas/public/tables/a/resync", None),
    ],
)
def test_some_tables(ask, empty, path, body):
    """A re-sync of some tables would be one of everything, or leave no trace, or leave it for good."""
    answer = ask.post(path, body)
    assert (answer.status, "data" in answer.json) == (200, False)
    assert state(ask) == ("syncing", False, [WARNING])
    empty.clock.advance(601)
    assert state(ask) == ("scheduled", False, [])


@pytest.mark.parametrize("scope", [{}, {"public": []}, {"public": "a"}, {"public": [1]}, [], "public"])
def test_empty_scopes(ask, scope):
    """A scope without a table would be taken for everything."""
    answers = [ask.post(f"{PATH}/resync", {"scope": scope})]
    if isinstance(scope, dict):
        answers.append(ask.post(f"{PATH}/schemas/tables/resync", scope))
    for answer in answers:
        assert (answer.status, answer.code) == (400, "InvalidInput")
    assert ask.post(f"{PATH}/schemas/tables/resync").status == 400
    assert state(ask) == ("scheduled", False, [])


@pytest.mark.parametrize("service", ["google_sheets", "aws_lambda", "connector_sdk"])
def test_services_without_tables_to_choose(empty, caller, service):
    """A service that cannot re-sync single tables would, or could not re-sync at all."""
    plant(empty, service=service)
    call = caller(empty)
    assert call.post(f"{PATH}/resync", {"scope": {"public": ["a"]}}).status == 400
    assert call.post(f"{PATH}/resync", {}).status == 200


def test_a_running_sync_ends_first(ask, empty):
    """A re-sync would cancel the sync that runs, or be forgotten when that one ends."""
    ask.post(f"{PATH}/sync", {})
    empty.clock.advance(300)
    assert ask.post(f"{PATH}/resync", {}).status == 200
    empty.clock.advance(299)
    assert ask.get(PATH).data["succeeded_at"] == SYNCED
    empty.clock.advance(2)
    first = ask.get(PATH).data["succeeded_at"]
    assert first > SYNCED
    assert state(ask) == ("syncing", True, [])
    empty.clock.advance(600)
    assert state(ask) == ("scheduled", False, [])
    assert ask.get(PATH).data["succeeded_at"] > first


def test_two_at_once(ask):
    """A historical sync would be restarted by a second request."""
    assert ask.post(f"{PATH}/resync", {}).status == 200
    for body in ({}, {"scope": {"public": ["a"]}}):
        answer = ask.post(f"{PATH}/resync", body)
        assert (answer.status, answer.code) == (409, "Conflict")


def test_while_paused(ask, empty):
    """A re-sync of a paused connection would start at once, or never."""
    ask.patch(PATH, {"paused": True, "run_setup_tests": False})
    assert ask.post(f"{PATH}/resync", {"scope": {"public": ["a"]}}).status == 200
    empty.clock.advance(86_400)
    assert state(ask) == ("paused", False, [WARNING])
    ask.patch(PATH, {"paused": False, "run_setup_tests": False})
    assert state(ask) == ("syncing", False, [WARNING])
    empty.clock.advance(601)
    assert state(ask) == ("scheduled", False, [])


def test_a_pause_does_not_lose_it(ask, empty):
    """A re-sync that a pause cancels would count as done."""
    ask.post(f"{PATH}/resync", {})
    ask.patch(PATH, {"paused": True, "run_setup_tests": False})
    empty.clock.advance(86_400)
    assert state(ask) == ("paused", True, [])
    ask.patch(PATH, {"paused": False, "run_setup_tests": False})
    assert state(ask) == ("syncing", True, [])


def test_failures_do_not_end_it(ask, empty):
    """A re-sync that failed would count as done, or not be tried again."""
    empty.account.update_connection("shop", sandbox={"outcome": "failure"})
    ask.post(f"{PATH}/schemas/tables/resync", {"sales": ["c"]})
    empty.clock.advance(601)
    assert state(ask) == ("scheduled", False, [WARNING])
    empty.account.update_connection("shop", sandbox={"outcome": "success"})
    ask.post(f"{PATH}/sync", {})
    empty.clock.advance(601)
    assert state(ask) == ("scheduled", False, [])


def test_other_warnings_stay(empty, caller):
    """The end of a re-sync would hide a warning that has nothing to do with it."""
    other = {"code": "primary_key_missing", "message": "m", "details": ""}
    plant(empty, status={"warnings": [other]})
    call = caller(empty)
    call.post(f"{PATH}/schemas/tables/resync", {"public": ["a"]})
    assert [item["code"] for item in call.get(PATH).data["status"]["warnings"]] == ["primary_key_missing", WARNING]
    empty.clock.advance(601)
    assert call.get(PATH).data["status"]["warnings"] == [other]


def test_including_a_table_again_reads_it_anew(ask, empty):
    """A table that was excluded would be included without what it missed."""
    path = f"{PATH}/schemas/public/tables/a"
    ask.patch(path, {"enabled": False})
    assert state(ask) == ("scheduled", False, [])
    ask.patch(path, {"enabled": True})
    assert state(ask) == ("scheduled", False, [WARNING])
    ask.post(f"{PATH}/sync", {})
    empty.clock.advance(601)
    assert state(ask) == ("scheduled", False, [])


def test_unknown_connection(ask):
    """An unknown connection would be re-synced."""
    for path in ("resync", "schemas/tables/resync"):
        answer = ask.post(f"/v1/connections/nope/{path}", {"public": ["a"]})
        assert (answer.status, answer.code) == (404, "NotFound_Connection")
