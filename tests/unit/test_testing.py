"""Replies without a server, for the tests of users: what fits, what is missing, and what is left over."""

from __future__ import annotations

import asyncio
import hashlib
import io
import zipfile

import pytest

from fivetran_async import Group
from fivetran_async.errors import (
    ArgumentError,
    ClosedError,
    DecodeError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TransportError,
)
from fivetran_async.retry import RetryPolicy
from fivetran_async.testing import FakeTransport, NoWaiting, UnexpectedRequestError

GROUP = {"id": "g1", "name": "Warehouse"}


@pytest.fixture(params=["async", "sync"])
def run(request):
    """Call a method of a client of either colour."""

    def call(fake, fn, **options):
        if request.param == "sync":
            with fake.sync_client(**options) as ft:
                return fn(ft)

        async def main():
            async with fake.client(**options) as ft:
                return await fn(ft)

        return asyncio.run(main())

    return call


def test_a_reply(run):
    """A user's code could not be tested without a server."""
    with FakeTransport() as fake:
        fake.reply("GET", "/v1/groups/g1", GROUP)
        group = run(fake, lambda ft: ft.groups.get("g1"))
    assert group == Group.from_dict(GROUP)
    assert fake.calls == 1
    (asked,) = fake.requests
    assert (asked.method, asked.path, asked.query, asked.body) == ("GET", "/v1/groups/g1", {}, None)
    assert asked.headers["ACCEPT"] == "application/json"
    assert "Authorization" not in asked.headers


def test_a_body(run):
    """A test could not see what a call would have changed."""
    with FakeTransport() as fake:
        fake.reply("PATCH", "/v1/groups/*", Group.from_dict(GROUP))
        run(fake, lambda ft: ft.groups.update("a b", name="New"))
    assert fake.requests[0].path == "/v1/groups/a b"
    assert fake.requests[0].body == {"name": "New"}


def test_pages(run):
    """Lists of more than one page could not be tested."""
    with FakeTransport() as fake:
        fake.pages("/v1/groups", [GROUP], [], [{"id": "g2", "name": "Second"}])
        found = run(fake, lambda ft: ft.groups.list(page_size=10).collect())
    assert [group.id for group in found] == ["g1", "g2"]
    assert [request.query for request in fake.requests] == [
        {"limit": "10"},
        {"limit": "10", "cursor": "page-2"},
        {"limit": "10", "cursor": "page-3"},
    ]


def test_order_and_query(run):
    """The second look would see what the first one saw, or a look for another page."""
    with FakeTransport() as fake:
        fake.reply("GET", "/v1/groups/g1", {"id": "g1", "name": "Before"})
        fake.reply("GET", "/v1/groups/g1", {"id": "g1", "name": "After"}, times=None)
        names = [run(fake, lambda ft: ft.groups.get("g1")).name for _ in range(3)]
    assert names == ["Before", "After", "After"]


def test_errors_are_those_of_the_api(run):
    """A test would not see the error that production has."""
    with FakeTransport() as fake:
        fake.reply("GET", "/v1/groups/g1", status=404, code="NotFound_Group", message="no such group")
        with pytest.raises(NotFoundError, match="no such group") as caught:
            run(fake, lambda ft: ft.groups.get("g1"))
    assert caught.value.code == "NotFound_Group"


def test_attempts(run):
    """Retry could not be tested, or would take its seconds."""
    clock = NoWaiting()
    with FakeTransport() as fake:
        fake.reply("GET", "/v1/groups/g1", status=429, headers={"retry-after": "60"})
        fake.reply("GET", "/v1/groups/g1", status=503, body="<html>busy</html>")
        fake.fail("GET", "/v1/groups/g1", TransportError("reset", sent=None))
        fake.reply("GET", "/v1/groups/g1", GROUP)
        assert run(fake, lambda ft: ft.groups.get("g1"), clock=clock).id == "g1"
    assert clock.slept[0] == 60
    assert fake.calls == 4
    assert clock.monotonic() >= 60


def test_an_error_is_used_more_than_once(run):
    """The attempts of one call would stand on the error of another one."""
    error = TransportError("reset", sent=False)
    with FakeTransport() as fake:
        fake.fail("GET", "*", error, times=4)
        for _ in range(2):
            with pytest.raises(TransportError) as caught:
                run(fake, lambda ft: ft.groups.get("g1"), retry=RetryPolicy(attempts=2))
            assert len(caught.value.attempts) == 2
    assert error.attempts == ()


def test_a_wait_that_is_too_long(run):
    """A quota would look as if it could be waited out."""
    with FakeTransport() as fake:
        fake.reply("GET", "/v1/groups/g1", status=429, headers={"Retry-After": "3600"})
        with pytest.raises(RateLimitedError):
            run(fake, lambda ft: ft.groups.get("g1"))


def test_garbage(run):
    """A test of what becomes of a broken reply would get another one."""
    with FakeTransport() as fake:
        fake.reply("GET", "/v1/groups/g1", body=b'{"data": {')
        with pytest.raises(DecodeError):
            run(fake, lambda ft: ft.groups.get("g1"))


def test_what_nobody_gave_a_reply_for(run):
    """A call that a test did not foresee would go through, or look like an error of the API."""
    fake = FakeTransport()
    fake.reply("GET", "/v1/groups/g2", GROUP, query={"limit": "1"})
    words = r"no reply is given for GET /v1/groups/g1; .*GET /v1/groups/g2 limit=1"
    with pytest.raises(UnexpectedRequestError, match=words):
        run(fake, lambda ft: ft.groups.get("g1"))
    # Even where the user's code has caught it.
    with pytest.raises(UnexpectedRequestError, match="g1"):
        fake.check()


def test_what_was_not_asked_for():
    """Code that no longer makes a call would pass its test."""
    fake = FakeTransport()
    fake.reply("GET", "/v1/groups/g1", GROUP)
    fake.reply("GET", "/v1/groups/g2", GROUP, times=None)
    with pytest.raises(AssertionError, match=r"^not asked for: GET /v1/groups/g1$"), fake:
        pass


def test_the_first_error_is_the_one_that_is_seen():
    """A failed test would say that a reply was left, and not why."""
    fake = FakeTransport()
    fake.reply("GET", "/v1/groups/g1", GROUP)
    with pytest.raises(ServerError), fake:
        raise ServerError("first", status=500)


def test_a_closed_client():
    """Code that goes on with a closed client would pass its test."""
    fake = FakeTransport()
    client = fake.sync_client()
    client.close()
    with pytest.raises(ClosedError):
        client.groups.get("g1")


def test_clients_are_closed_apart():
    """Closing one client would end another one's calls."""
    fake = FakeTransport()
    fake.reply("GET", "/v1/groups/g1", GROUP)
    with fake.sync_client() as one, fake.sync_client() as other:
        other.close()
        assert one.groups.get("g1").id == "g1"


def test_a_file_comes_down(run, tmp_path):
    """Downloads could not be tested."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("connector.py", "x = 1")
    with FakeTransport() as fake:
        fake.reply("GET", "*download", body=held.getvalue())
        digest = hashlib.sha256(held.getvalue()).hexdigest()
        run(fake, lambda ft: ft.connector_packages.download("p1", tmp_path / "p.zip", sha256=digest))
    assert (tmp_path / "p.zip").read_bytes() == held.getvalue()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"method": "FETCH"}, "method must be one of"),
        ({"path": "groups"}, "path must be a path of the API"),
        ({"path": "/v1/groups?limit=1"}, "which is given as query="),
        ({"status": 99}, "status must be"),
        ({"status": "200"}, "status must be"),
        ({"times": 0}, "times must be"),
        ({"data": object()}, "data must be plain JSON"),
    ],
)
def test_what_is_no_reply(arguments, words):
    """A slip in a test would look like a fault of the code."""
    with pytest.raises(ArgumentError, match=words):
        FakeTransport().reply(**{"method": "GET", "path": "/v1/groups"} | arguments)


def test_what_is_no_error_or_no_page():
    """A client would raise what it never raises, or a list never end."""
    with pytest.raises(ArgumentError, match="error of this package"):
        FakeTransport().fail("GET", "/v1/groups", ValueError("x"))
    with pytest.raises(ArgumentError, match="at least one page"):
        FakeTransport().pages("/v1/groups")


def test_a_clock_that_cannot_be_moved():
    """Waits would never end."""
    with pytest.raises(ArgumentError, match="advance"):
        NoWaiting(object())


async def test_waits_that_overlap_take_the_longest():
    """An hour would pass for each of many tasks that wait for the same gate."""
    clock = NoWaiting()
    await asyncio.gather(*(clock.sleep(seconds) for seconds in (5, 60, 30)))
    assert clock.monotonic() == 60
    assert sorted(clock.slept) == [5, 30, 60]


def test_times_are_json():
    """Replies with times would have to be spelt by hand."""
    fake = FakeTransport()
    fake.reply("GET", "/v1/groups/g1", {"id": "g1", "created_at": NoWaiting().now()})
    with fake.sync_client() as ft:
        assert ft.groups.get("g1").created_at == NoWaiting().now()
