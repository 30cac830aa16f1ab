"""The state of functions and custom connectors: who has one, when, and when it may be changed."""

from __future__ import annotations

import pytest

PATH = "/v1/connections/mine"
STATE = f"{PATH}/state"
OWN = {"seconds": 600.0}


def plant(box, service="connector_sdk", **fields):
    """Plant a connection."""
    group = next(iter(box.account.groups))
    return box.account.add_connection(group, service, id="mine", sandbox=OWN, **fields)


@pytest.fixture
def ask(empty, caller):
    """Return the caller of a box with one custom connector that has synced."""
    plant(empty, succeeded_at="2026-08-01T11:00:00Z")
    return caller(empty)


@pytest.mark.parametrize("service", ["aws_lambda", "azure_function", "google_cloud_function", "connector_sdk"])
def test_a_sync_leaves_one_behind(empty, caller, service):
    """A connection would have a state before its first sync, or none after it."""
    plant(empty, service)
    call = caller(empty)
    for answer in (call.get(STATE), call.patch(STATE, {"state": {}})):
        assert (answer.status, answer.code) == (400, "InvalidInput")
    call.post(f"{PATH}/sync", {})
    empty.clock.advance(601)
    assert call.get(STATE).data == {"state": {"cursor": call.get(PATH).data["succeeded_at"]}}


def test_other_services_have_none(empty, caller):
    """A service whose code is Fivetran's own would show a state."""
    plant(empty, "postgres", succeeded_at="2026-08-01T11:00:00Z")
    call = caller(empty)
    for answer in (call.get(STATE), call.patch(STATE, {"state": {}})):
        assert (answer.status, answer.code) == (400, "InvalidInput")
    assert call.get("/v1/connections/nope/state").code == "NotFound_Connection"


def test_change(ask, empty):
    """A state would be merged instead of replaced, or the next sync not go on from it."""
    ask.patch(PATH, {"paused": True, "run_setup_tests": False})
    changed = ask.patch(STATE, {"state": {"page": 7, "nested": {"a": [1]}}})
    assert (changed.status, changed.data) == (200, {"state": {"page": 7, "nested": {"a": [1]}}})
    assert ask.get(STATE).data == changed.data
    ask.patch(PATH, {"paused": False, "run_setup_tests": False})
    ask.post(f"{PATH}/sync", {})
    empty.clock.advance(601)
    done = ask.get(PATH).data["succeeded_at"]
    assert ask.get(STATE).data == {"state": {"page": 7, "nested": {"a": [1]}, "cursor": done}}


@pytest.mark.parametrize("body", [{}, {"state": None}])
def test_nothing_to_change(ask, body):
    """A state would be emptied by leaving it out."""
    before = ask.get(STATE).data
    answer = ask.patch(STATE, body)
    assert (answer.status, answer.data) == (200, before)


def test_only_while_paused(ask):
    """A state would change under a connection that may sync at any time, or does."""
    answer = ask.patch(STATE, {"state": {"a": 1}})
    assert (answer.status, answer.code) == (400, "InvalidInput")
    ask.post(f"{PATH}/sync", {})
    answer = ask.patch(STATE, {"state": {"a": 1}})
    assert (answer.status, answer.code) == (409, "Conflict")
    assert "a" not in ask.get(STATE).data["state"]


@pytest.mark.parametrize("body", [None, {"state": "x"}, {"state": [1]}])
def test_no_object(ask, body):
    """A state that is no object would be kept."""
    ask.patch(PATH, {"paused": True, "run_setup_tests": False})
    assert ask.patch(STATE, body).status == 400


def test_reading_everything_anew_begins_without_a_state(ask, empty):
    """A re-sync would go on from the old state."""
    ask.patch(PATH, {"paused": True, "run_setup_tests": False})
    ask.patch(STATE, {"state": {"page": 7}})
    ask.post(f"{PATH}/resync", {})
    ask.patch(PATH, {"paused": False, "run_setup_tests": False})
    empty.clock.advance(601)
    assert list(ask.get(STATE).data["state"]) == ["cursor"]
