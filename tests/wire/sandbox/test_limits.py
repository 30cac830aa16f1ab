"""Rate limits over HTTP, by the box's clock."""

from __future__ import annotations

import pytest

from fivetran_async.sandbox import Sandbox


@pytest.fixture
def limited(caller):
    """Return what opens boxes with limits; they are closed at the end."""
    opened = []

    def make(limits):
        box = Sandbox(seed=1, groups=1, connections=1, limits=limits)
        box.open()
        opened.append(box)
        return box, caller(box)

    yield make
    for box in opened:
        box.close()


def test_window_rolls(limited):
    """A limit would not be enforced, or not lifted when its window has gone by."""
    box, call = limited({"all": [(3, 60)]})
    for left in (2, 1, 0):
        answer = call.get("/v1/groups")
        assert (answer.status, answer.headers["X-Rate-Limit-Remaining"]) == (200, str(left))
        assert answer.headers["X-Rate-Limit"] == "3"
        box.clock.advance(10)
    refused = call.get("/v1/groups")
    assert (refused.status, refused.code) == (429, "TooManyRequests")
    wait = int(refused.headers["Retry-After"])
    assert 25 <= wait <= 30
    box.clock.advance(wait)
    assert call.get("/v1/groups").status == 200
    assert call.get("/v1/groups").status == 429
    box.clock.advance(10)
    assert call.get("/v1/groups").status == 200


def test_what_is_refused_does_not_count(limited):
    """Asking too early would put off the end of the wait."""
    box, call = limited({"all": [(1, 60)]})
    call.get("/v1/groups")
    for _ in range(20):
        assert call.get("/v1/groups").status == 429
    box.clock.advance(60)
    assert call.get("/v1/groups").status == 200


def test_classes_are_apart(limited):
    """Setup tests would not have a limit of their own, or it would stop other calls."""
    box, call = limited({"setup_tests": [(2, 60)]})
    name = next(iter(box.account.connections))
    path = f"/v1/connections/{name}"
    assert call.post(f"{path}/test", {}).status == 200
    assert call.patch(path, {"paused": True}).status == 200
    refused = call.patch(path, {"paused": False})
    assert refused.status == 429
    assert box.account.connections[name]["paused"] is True
    assert call.patch(path, {"paused": False, "run_setup_tests": False}).status == 200
    assert call.get(path).status == 200


def test_all_windows_hold(limited):
    """The longer window of two would be forgotten once the shorter has room."""
    box, call = limited({"all": [(2, 1), (3, 3600)]})
    assert [call.get("/v1/groups").status for _ in range(3)] == [200, 200, 429]
    box.clock.advance(1)
    assert [call.get("/v1/groups").status for _ in range(2)] == [200, 429]
    assert int(call.get("/v1/groups").headers["Retry-After"]) > 3500


def test_trial_plan(limited):
    """The published limits of a trial account would not be the ones enforced."""
    box, call = limited("trial")
    name = next(iter(box.account.connections))
    statuses = [call.post(f"/v1/connections/{name}/test", {}).status for _ in range(26)]
    assert statuses == [200] * 25 + [429]
    assert call.get("/v1/groups").headers["X-Rate-Limit"] == "500"


def test_malformed_requests_count(limited):
    """A client could hammer the API with refused requests for free."""
    _, call = limited({"all": [(2, 60)]})
    assert call.get("/v1/nope").status == 404
    assert call("POST", "/v1/groups", raw=b"x").status == 415
    assert call.get("/v1/groups").status == 429


def test_unlimited_box_never_stops_anybody(caller):
    """A client that reads the headers would stop at a box that was asked for no limits."""
    with Sandbox(seed=1, groups=1, connections=0) as box:
        call = caller(box)
        for _ in range(25_000):
            box._limiter.take((), box.clock.timestamp())
        answer = call.get("/v1/groups")
        assert answer.status == 200
        assert int(answer.headers["X-Rate-Limit-Remaining"]) == 1000
