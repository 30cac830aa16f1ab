"""Faults by script and by chance, as a client meets them."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec
import pytest

from fivetran_async.sandbox import Faults, Sandbox, paging

AUTH = "Basic " + base64.b64encode(b"key:secret").decode()
START = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
UNSEEN = (http.client.HTTPException, OSError)
"""What a caller meets whose answer does not come, or not to its end."""


def test_status_in_order(call, box):
    """Faults would not come in the order of the script, or not end."""
    box.faults.script("GET", "/v1/groups", status=503, times=2, headers={"Retry-After": "7"})
    box.faults.script("*", "/v1/groups", status=429)
    answers = [call.get("/v1/groups") for _ in range(4)]
    assert [answer.status for answer in answers] == [503, 503, 429, 200]
    assert [answer.headers.get("Retry-After") for answer in answers] == ["7", "7", None, None]
    assert answers[0].code == "ServiceUnavailable"
    assert (box.faults.fired, box.faults.pending) == ({"5xx": 2, "429": 1}, 0)
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
    assert box.faults.fired == {"latency": 1}


@pytest.mark.parametrize("wrong", [{"path": "v1/groups"}, {"drop": "middle"}])
def test_a_fault_that_could_never_fire_is_refused(wrong):
    """A test built on a misspelt fault would prove nothing."""
    with pytest.raises(ValueError, match="must"):
        Faults().script(**{"method": "GET", "path": "/v1/groups", "drop": "before"} | wrong)


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("5xx", 0),
        ("429", 0),
        ("html", 0),
        ("reset_before", 0),
        ("latency", 1),
        ("drip", 1),
        ("reset_during", 1),
        ("reset_after", 1),
        ("truncated", 1),
        ("invalid_json", 1),
        ("wrong_length", 1),
    ],
)
def test_done_or_not(call, box, kind, made):
    """Otherwise what a fault says of a write would not be so, and it would not be counted."""
    box.faults.random({kind: 1.0}, seed=3, slow=0.01)
    before, names = len(box.account.groups), range(4)
    for name in names:
        try:
            answer = call.post("/v1/groups", {"name": f"g{name}"})
        except UNSEEN:
            assert kind in {"reset_before", "reset_during", "reset_after", "truncated", "wrong_length"}
        else:
            assert (answer.status < 400) == bool(made)
    assert len(box.account.groups) == before + made * len(names)
    assert box.faults.fired == {kind: len(names)}
    box.faults.clear()
    assert call.get("/v1/groups").status == 200


def test_each_way_to_break_off(call, box):
    """Otherwise a client would only ever meet an end, and no reset, or nothing of the answer's body."""
    box.faults.random({"reset_during": 1.0}, seed=1)
    parts, errors = set(), set()
    for _ in range(20):
        try:
            call.get("/v1/connections")
        except http.client.IncompleteRead as error:
            errors.add("end")
            parts.add(len(error.partial))
        except ConnectionResetError:
            errors.add("reset")
    assert errors == {"end", "reset"}
    assert len(parts) > 3
    assert [request.status for request in box.requests] == [200] * 20


def test_drop_during(call, box):
    """Otherwise the middle of a body could not be scripted."""
    box.faults.script("POST", "/v1/groups", drop="during")
    before = len(box.account.groups)
    with pytest.raises(http.client.IncompleteRead) as caught:
        call.post("/v1/groups", {"name": "halved"})
    assert len(box.account.groups) == before + 1
    assert abs(len(caught.value.partial) - caught.value.expected) <= 1


def test_html(call, box):
    """Otherwise a gateway's page would not look like one."""
    box.faults.script("GET", "/v1/groups", kind="html")
    answer = call.get("/v1/groups")
    assert answer.status in {502, 503, 504}
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.raw.startswith(b"<!DOCTYPE html>")


def test_invalid_json(call, box):
    """Otherwise an answer that is whole by its length and no JSON could not be made."""
    box.faults.script("GET", "/v1/groups", kind="invalid_json", times=6)
    answers = [call.get("/v1/groups") for _ in range(6)]
    assert {answer.status for answer in answers} == {200}
    assert {answer.headers["Content-Type"] for answer in answers} == {"application/json"}
    assert len({answer.raw for answer in answers}) > 1
    for answer in answers:
        assert int(answer.headers["Content-Length"]) == len(answer.raw)
        with pytest.raises(ValueError, match=r".+"):
            json.loads(answer.raw)


def test_drip(call, box):
    """Otherwise a slow body would come at once, not be the true one, or hold up others."""
    true = call.get("/v1/connections").raw
    box.faults.random({"drip": 1.0}, slow=0.4, path="/v1/connections")
    connection = http.client.HTTPConnection("127.0.0.1", int(box.url.rpartition(":")[2]), timeout=30)
    connection.request("GET", "/v1/connections", headers={"Authorization": AUTH})
    answer = connection.getresponse()
    begin = time.monotonic()
    first = answer.read1()
    assert call.get("/v1/groups").status == 200
    assert 0 < len(first) < len(true)
    assert first + answer.read() == true
    assert time.monotonic() - begin > 0.2
    box.faults.clear()
    # The connection is as good as before.
    connection.request("GET", "/v1/connections", headers={"Authorization": AUTH})
    assert connection.getresponse().read() == true
    connection.close()


def test_who_hangs_up_amid_a_drip(call, box, caplog):
    """Otherwise a client that gives up would look like a fault of the sandbox, traceback and all."""
    box.faults.random({"drip": 1.0}, slow=0.4, path="/v1/connections")
    connection = http.client.HTTPConnection("127.0.0.1", int(box.url.rpartition(":")[2]), timeout=30)
    connection.request("GET", "/v1/connections", headers={"Authorization": AUTH})
    answer = connection.getresponse()
    answer.read1()
    answer.close()
    connection.close()
    time.sleep(0.5)
    assert call.get("/v1/groups").status == 200
    assert not caplog.records


def test_wrong_length(call, box):
    """Otherwise a body would be as long as announced, or its surplus not be on the wire."""
    box.faults.random({"wrong_length": 1.0}, seed=2)
    true = msgspec.json.encode({"code": "NotFound", "message": "HTTP 404 Not Found"})
    request = f"GET /v1/nowhere HTTP/1.1\r\nHost: x\r\nAuthorization: {AUTH}\r\n\r\n".encode()
    differences = set()
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", int(box.url.rpartition(":")[2])), timeout=30) as sock:
            sock.sendall(request)
            received = b"".join(iter(lambda: sock.recv(65_536), b""))
        head, _, body = received.partition(b"\r\n\r\n")
        announced = int(head.lower().partition(b"content-length:")[2].split()[0])
        assert body == true
        differences.add(announced - len(body))
    assert 0 not in differences
    assert min(differences) < 0 < max(differences)


def test_refusals_of_a_class(call, box):
    """Otherwise a 429 could not be had for the calls of one rate class alone."""
    script = box.faults.script("*", "/v1/", rate_class="source", status=429, headers={"Retry-After": "60"}, times=2)
    name = next(iter(box.account.connections))
    assert call.get(f"/v1/connections/{name}").status == 200
    assert call.patch(f"/v1/connections/{name}", {"paused": True, "run_setup_tests": False}).status == 200
    refused = call.post(f"/v1/connections/{name}/test", {})
    assert (refused.status, refused.code, refused.headers["Retry-After"]) == (429, "TooManyRequests", "60")
    assert call.patch(f"/v1/connections/{name}", {"paused": False}).status == 429
    assert box.account.connections[name]["paused"] is True
    assert call.post(f"/v1/connections/{name}/test", {}).status == 200
    assert (script.fired, box.faults.fired) == (2, {"429_source": 2})


def test_the_third_change(call, box):
    """Otherwise `the 3rd PATCH answers 503` could not be said."""
    box.faults.plan(["PATCH /v1/connections/* #3 status=503"])
    name = next(iter(box.account.connections))
    changes = [True, False, True]
    assert [
        call.patch(f"/v1/connections/{name}", {"paused": paused, "run_setup_tests": False}).status for paused in changes
    ] == [200, 200, 503]
    assert box.account.connections[name]["paused"] is False


def walked(call, limit=20):
    """Return the ids of each page of connections."""
    pages, query = [], ""
    for _ in range(10):
        data = call.get(f"/v1/connections?limit={limit}{query}").data
        pages.append([item["id"] for item in data["items"]])
        if "next_cursor" not in data:
            break
        query = f"&cursor={data['next_cursor']}"
    return pages


def test_items_that_shift(call, box):
    """Otherwise an item that comes again could not be made, or one would be lost over it."""
    whole = [name for names in walked(call) for name in names]
    box.faults.script("GET", "/v1/connections", kind="shifted_page")
    pages = walked(call)
    assert pages[1][0] == pages[0][-1]
    assert list(dict.fromkeys(name for names in pages for name in names)) == whole
    assert sum(len(names) for names in pages) == len(whole) + 1
    assert box.faults.fired == {"shifted_page": 1}
    assert box.requests[1].query["cursor"] == paging.cursor(20)


@pytest.mark.parametrize("skip", [0, 1])
def test_a_repeated_cursor(call, box, skip):
    """Otherwise a list that never ends could not be made, in its middle or where its end should be."""
    box.faults.script("GET", "/v1/connections", kind="repeated_cursor", skip=skip)
    cursor = ""
    seen = []
    for _ in range(skip + 2):
        data = call.get(f"/v1/connections?limit=20{cursor and f'&cursor={cursor}'}").data
        seen.append(cursor)
        cursor = data["next_cursor"]
    assert cursor == seen[-1] != ""
    assert box.faults.fired == {"repeated_cursor": 1}


def test_an_expired_cursor(call, box):
    """Otherwise a list could not be cut short by its cursor."""
    box.faults.script("GET", "/v1/connections", kind="expired_cursor")
    cursor = call.get("/v1/connections?limit=20").data["next_cursor"]
    answer = call.get(f"/v1/connections?limit=20&cursor={cursor}")
    assert (answer.status, answer.code) == (400, "InvalidInput")
    assert call.get(f"/v1/connections?limit=20&cursor={cursor}").status == 200


@pytest.mark.parametrize("kind", ["repeated_cursor", "shifted_page"])
def test_what_is_no_page_is_not_counted(call, box, kind):
    """Otherwise a fault would be counted that nobody met."""
    box.faults.random({kind: 1.0})
    cursor = call.get("/v1/connections?limit=20").data["next_cursor"]
    assert call.get("/v1/connections?limit=20&cursor=nonsense").status == 400
    assert call.get(f"/v1/nowhere?cursor={cursor}").status == 404
    assert call.get(f"/v1/account/info?cursor={cursor}").status == 200
    assert box.faults.fired == {}


def test_the_same_seed_and_requests(caller):
    """Otherwise what failed against a sandbox could not be made to fail again."""
    runs = []
    for _ in range(2):
        with Sandbox(seed=7, groups=2, connections=5, start=START) as box:
            box.faults.random({"5xx": 0.1, "html": 0.1, "429": 0.1, "429_source": 0.2}, seed=11, burst=2)
            call = caller(box)
            runs.append(([call.get("/v1/groups").status for _ in range(60)], box.faults.fired))
    assert runs[0] == runs[1]
    assert len(set(runs[0][0])) > 3


def command(*options):
    """Start the sandbox as a command."""
    return subprocess.Popen(
        [sys.executable, "-m", "fivetran_async", "sandbox", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_line():
    """Otherwise faults could be had in tests only."""
    options = ("--fault", "html=0.3", "--fault-seed", "5", "--fault", "GET /v1/nowhere #2 status=418 times=all")
    runs = []
    for _ in range(2):
        with command(*options) as process:
            given = dict(part.split("=", 1) for part in process.stdout.readline().split()[1:])
            connection = http.client.HTTPConnection(urlsplit(given["FIVETRAN_BASE_URL"]).netloc, timeout=30)
            statuses = []
            for path in ["/v1/groups"] * 20 + ["/v1/nowhere"] * 3:
                connection.request("GET", path, headers={"Authorization": AUTH})
                answer = connection.getresponse()
                answer.read()
                statuses.append(answer.status)
            connection.close()
            process.terminate()
            assert process.wait(30) == 0
            runs.append(statuses)
    assert runs[0] == runs[1]
    assert runs[0][-2:] == [418, 418]
    assert {200} < set(runs[0][:20]) <= {200, 502, 503, 504}


@pytest.mark.parametrize("text", ["6xx=0.1", "GET /v1/groups #3"])
def test_a_typo_on_the_command_line(text):
    """Otherwise the server would run without the fault, or end in a traceback."""
    with command("--fault", text) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert "--fault: a " in err
    assert "Traceback" not in err
