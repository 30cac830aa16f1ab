"""Scripted faults, as a client meets them."""

from __future__ import annotations

import http.client

import pytest

from fivetran_async.sandbox import Faults


def test_status_in_order(call, box):
    """Faults would not come in the order of the script, or not end."""
    box.faults.script("GET", "/v1/groups", status=503, times=2, headers={"Retry-After": "7"})
    box.faults.script("*", "/v1/groups", status=429)
    answers = [call.get("/v1/groups") for _ in range(4)]
    assert [answer.status for answer in answers] == [503, 503, 429, 200]
    assert [answer.headers.get("Retry-After") for answer in answers] == ["7", "7", None, None]
    assert answers[0].code == "ServiceUnavailable"
    assert (box.faults.fired, box.faults.pending) == (3, 0)
    assert [request.status for request in box.requests] == [503, 503, 429, 200]


def test_only_what_matches(call, box):
    """A fault would hit a request that it was not meant for."""
    script = box.faults.script("PATCH", "/v1/connections/*", status=500)
    box.faults.script("GET", "/v1/users", status=500)
    assert call.get("/v1/groups").status == 200
    assert call.get("/v1/connections").status == 200
    name = next(iter(box.account.connections))
    assert call.get(f"/v1/connections/{name}").status == 200
    assert (script.fired, script.pending) == (0, 1)
    assert call.patch(f"/v1/connections/{name}", {"paused": True}).status == 500
    assert box.account.connections[name]["sandbox"]["seeded_as"] is not None
    assert (script.fired, box.faults.pending) == (1, 1)
    box.faults.clear()
    assert call.get("/v1/users").status == 200


def test_skip_and_without_end(call, box):
    """`The third request fails` or `all fail` could not be said."""
    box.faults.script("GET", "/v1/users", status=500, skip=2)
    assert [call.get("/v1/users").status for _ in range(4)] == [200, 200, 500, 200]
    box.faults.script("GET", "/v1/users", status=500, times=None)
    assert {call.get("/v1/users").status for _ in range(10)} == {500}


@pytest.mark.parametrize("body", [b"<html>down</html>", "<html>down</html>"])
def test_body(call, box, body):
    """An answer that is no JSON could not be made."""
    box.faults.script("GET", "/v1/groups", status=502, body=body, headers={"Content-Type": "text/html"})
    answer = call.get("/v1/groups")
    assert (answer.status, answer.raw) == (502, b"<html>down</html>")
    assert answer.headers["Content-Type"] == "text/html"
    box.faults.script("GET", "/v1/groups", body=b"")
    answer = call.get("/v1/groups")
    assert (answer.status, answer.raw) == (200, b"")


def test_headers_alone(call, box):
    """A header of an otherwise true answer could not be changed."""
    box.faults.script("GET", "/v1/groups", headers={"X-Rate-Limit-Remaining": "3"})
    answer = call.get("/v1/groups")
    assert (answer.status, answer.headers["X-Rate-Limit-Remaining"]) == (200, "3")


@pytest.mark.parametrize(("drop", "made"), [("before", 0), ("after", 1)])
def test_drop(call, box, drop, made):
    """A lost request could not be told from a lost answer."""
    box.faults.script("POST", "/v1/groups", drop=drop)
    before = len(box.account.groups)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        call.post("/v1/groups", {"name": "lost"})
    assert len(box.account.groups) == before + made
    assert (box.calls, box.requests[-1].status) == (1, None)
    assert call.get("/v1/groups").status == 200


@pytest.mark.parametrize("length", [0, 10])
def test_truncate(call, box, length):
    """Half a body could not be sent."""
    box.faults.script("GET", "/v1/connections", truncate=length)
    with pytest.raises(http.client.IncompleteRead) as caught:
        call.get("/v1/connections")
    assert len(caught.value.partial) == length
    assert caught.value.expected > 1000
    assert call.get("/v1/connections").status == 200


def test_delay_does_not_hold_up_others(call, box):
    """A slow answer would block the whole server, or closing it."""
    box.faults.script("GET", "/v1/users", delay=3600)
    connection = http.client.HTTPConnection("127.0.0.1", int(box.url.rpartition(":")[2]), timeout=30)
    connection.request("GET", "/v1/users")
    while not box.faults.fired:
        assert call.get("/v1/groups").status == 200
    assert call.get("/v1/groups").status == 200
    box.close()
    with pytest.raises((http.client.HTTPException, OSError)):
        connection.getresponse()
    connection.close()


def test_delay_then_the_true_answer(call, box):
    """A delayed answer would not be the true one."""
    box.faults.script("GET", "/v1/groups", delay=0.01)
    assert call.get("/v1/groups").status == 200
    assert box.faults.fired == 1


@pytest.mark.parametrize("wrong", [{"path": "v1/groups"}, {"drop": "middle"}])
def test_a_fault_that_could_never_fire_is_refused(wrong):
    """A test built on a misspelt fault would prove nothing."""
    with pytest.raises(ValueError, match="must"):
        Faults().script(**{"method": "GET", "path": "/v1/groups", "drop": "before"} | wrong)
