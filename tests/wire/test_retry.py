"""What is sent again, what is not, and what the caller hears of it."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from fivetran_async.errors import (
    BadRequestError,
    ConnectError,
    DeadlineExceededError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TransportError,
    UnauthorizedError,
)
from fivetran_async.retry import RetryPolicy

pytestmark = pytest.mark.usefixtures("way")

ONCE = RetryPolicy(attempts=1)


@pytest.fixture
def client(connect, box) -> Any:
    """A client of the sandbox on the fake clock."""
    return connect(box.url)


def group_named(box, name) -> list[Any]:
    """All groups of that name."""
    return [group for group in box.account.groups.values() if group["name"] == name]


def any_connection(box) -> str:
    """The id of some connection."""
    return next(iter(box.account.connections))


def empty_group(box) -> str:
    """The id of a group that may be deleted."""
    group = next(iter(box.account.groups))
    for name in [name for name, it in box.account.connections.items() if it["group_id"] == group]:
        del box.account.connections[name]
    box.account.destinations.pop(group, None)
    return group


# What may be repeated


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 599, 429])
async def test_get_is_repeated(colour, client, box, clock, status):
    """One bad moment of the API would end a read."""
    box.faults.script("GET", "/v1/account/info", status=status)
    info = await colour.call(client.account.info)
    assert info.account_id
    assert [request.status for request in box.requests] == [status, 200]
    assert len(clock.sleeps) == 1
    assert 0 <= clock.sleeps[0] <= 0.5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 409, 415, 501, 505])
async def test_lasting_errors_are_not_repeated(colour, client, box, clock, status):
    """Calls of the account's hour would be spent on an answer that cannot change."""
    box.faults.script("GET", "/v1/account/info", status=status)
    with pytest.raises(colour.package.ApiError) as caught:
        await colour.call(client.account.info)
    assert caught.value.status == status
    assert (box.calls, clock.sleeps) == (1, [])


async def test_wrong_credentials_are_not_repeated(colour, connect, box, clock):
    """A wrong secret would be sent four times, and its error would not name the variables."""
    client = connect(box.url, api_secret="wrong")
    with pytest.raises(UnauthorizedError, match="FIVETRAN_API_SECRET") as caught:
        await colour.call(client.account.info)
    assert (box.calls, clock.sleeps) == (1, [])
    assert "wrong" not in f"{caught.value}{caught.value!r}"


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_get_is_repeated_when_the_connection_drops(colour, client, box, drop):
    """A dropped connection would end a read."""
    box.faults.script("GET", "/v1/account/info", drop=drop)
    assert (await colour.call(client.account.info)).account_id
    assert box.calls == 2


async def test_pauses_grow_to_their_bound(colour, connect, box, clock):
    """The pauses would not double, or grow without a bound."""
    client = connect(box.url, retry=RetryPolicy(attempts=12, initial_wait=1, max_wait=8))
    pipeline = client._pipeline if colour.name == "async" else client._async._pipeline
    pipeline.rng.random = lambda: 1.0
    box.faults.script("GET", "/v1/account/info", status=503, times=11)
    await colour.call(client.account.info)
    assert clock.sleeps == [1, 2, 4, *[8] * 8]


# What creates


async def test_create_is_not_repeated_on_a_server_error(colour, client, box):
    """A create that the API may have done before it failed would be done twice."""
    box.faults.script("POST", "/v1/groups", status=503)
    with pytest.raises(ServerError):
        await colour.call(client.groups.create, name="once")
    assert box.calls == 1


async def test_create_is_not_repeated_when_its_answer_is_lost(colour, client, box):
    """The group would exist twice."""
    box.faults.script("POST", "/v1/groups", drop="after")
    with pytest.raises(TransportError) as caught:
        await colour.call(client.groups.create, name="once")
    assert caught.value.sent is None
    assert len(group_named(box, "once")) == 1
    assert box.calls == 1


async def test_create_is_repeated_when_refused(colour, client, box, clock):
    """A create that a 429 refused unseen would fail, although nothing was done."""
    box.faults.script("POST", "/v1/groups", status=429, headers={"Retry-After": "1"}, times=2)
    await colour.call(client.groups.create, name="once")
    assert len(group_named(box, "once")) == 1
    assert clock.sleeps == [1, 1]


async def test_create_is_repeated_when_nobody_listened(colour, connect, box, clock):
    """A create that never left this machine would not be tried again."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = connect(f"http://127.0.0.1:{port}")
    with pytest.raises(ConnectError) as caught:
        await colour.call(client.groups.create, name="once")
    assert len(caught.value.attempts) == 4
    assert len(clock.sleeps) == 3
    assert caught.value.sent is False


async def test_connection_create_is_not_repeated(colour, client, box):
    """A connection whose create timed out at the API would be made twice."""
    box.faults.script("POST", "/v1/connections", status=504)
    group = next(iter(box.account.groups))
    with pytest.raises(ServerError):
        await colour.call(client.connections.create, group_id=group, service="postgres", config={"schema_prefix": "x"})
    assert box.calls == 1


# What deletes


async def test_delete_whose_answer_was_lost(colour, client, box):
    """A delete that succeeded would be reported as an error, because its repetition found nothing."""
    group = empty_group(box)
    box.faults.script("DELETE", f"/v1/groups/{group}", drop="after")
    assert await colour.call(client.groups.delete, group, confirm=True) is None
    assert group not in box.account.groups
    assert [(request.method, request.status) for request in box.requests] == [("DELETE", None), ("DELETE", 404)]


async def test_delete_after_a_server_error(colour, client, box):
    """A 404 after a 502, which may have come after the work was done, would be an error."""
    group = empty_group(box)
    box.account.remove_group(group)
    box.faults.script("DELETE", f"/v1/groups/{group}", status=502)
    assert await colour.call(client.groups.delete, group, confirm=True) is None
    assert [request.status for request in box.requests] == [502, 404]


async def test_delete_of_nothing(colour, client, box):
    """A delete with a misspelt id would look like a success."""
    with pytest.raises(NotFoundError):
        await colour.call(client.connections.delete, "nobody", confirm=True)
    assert box.calls == 1


async def test_delete_of_nothing_after_a_refusal(colour, client, box):
    """After a mere 429, which did nothing, a misspelt id would look like a success."""
    box.faults.script("DELETE", "/v1/connections/", status=429, headers={"Retry-After": "1"})
    with pytest.raises(NotFoundError) as caught:
        await colour.call(client.connections.delete, "nobody", confirm=True)
    assert [attempt.status for attempt in caught.value.attempts] == [429, 404]


async def test_delete_is_repeated_until_it_works(colour, client, box):
    """A delete would give up at the first bad moment of the API."""
    name = any_connection(box)
    box.faults.script("DELETE", "/v1/connections/", status=503, times=2)
    await colour.call(client.connections.delete, name, confirm=True)
    assert name not in box.account.connections


# Syncs and changes


async def test_sync_is_repeated(colour, client, box):
    """A plain sync, which is safe to repeat, would fail on a dropped connection."""
    box.faults.script("POST", "/v1/connections/*/sync", drop="after")
    await colour.call(client.connections.sync, any_connection(box))
    assert box.calls == 2


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 503}])
async def test_forced_sync_is_not_repeated(colour, client, box, fault):
    """A forced sync would be stopped and begun again by its own repetition."""
    box.faults.script("POST", "/v1/connections/*/sync", **fault)
    with pytest.raises((TransportError, ServerError)):
        await colour.call(client.connections.sync, any_connection(box), force=True)
    assert box.calls == 1


async def test_forced_sync_is_repeated_when_refused(colour, client, box):
    """A forced sync that a 429 refused unseen would fail."""
    box.faults.script("POST", "/v1/connections/*/sync", status=429, headers={"Retry-After": "1"})
    await colour.call(client.connections.sync, any_connection(box), force=True)
    assert box.calls == 2


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 503}])
async def test_change_is_repeated(colour, client, box, fault):
    """A change to absolute values would fail on one bad moment."""
    name = any_connection(box)
    box.faults.script("PATCH", "/v1/connections/", **fault)
    changed = await colour.call(client.connections.update, name, sync_frequency=60, run_setup_tests=False)
    assert changed.sync_frequency == 60
    assert box.calls == 2


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 503}])
async def test_historical_sync_is_not_repeated(colour, client, box, fault):
    """A historical sync would be restarted by its own repetition."""
    box.faults.script("PATCH", "/v1/connections/", **fault)
    with pytest.raises((TransportError, ServerError)):
        await colour.call(client.connections.update, any_connection(box), is_historical_sync=True, confirm=True)
    assert box.calls == 1


# What the caller hears


async def test_one_attempt(colour, connect, box, clock):
    """`attempts=1` would not mean: no retry."""
    client = connect(box.url, retry=ONCE)
    box.faults.script("GET", "/v1/account/info", status=503)
    with pytest.raises(ServerError) as caught:
        await colour.call(client.account.info)
    assert (box.calls, clock.sleeps, len(caught.value.attempts)) == (1, [], 1)


async def test_attempts_are_listed(colour, client, box, clock):
    """The last error would not say what the attempts before it met, and how long was waited."""
    box.faults.script("GET", "/v1/account/info", status=503, headers={"Retry-After": "1.5"})
    box.faults.script("GET", "/v1/account/info", drop="before")
    box.faults.script("GET", "/v1/account/info", status=500, headers={"X-Request-Id": "r-3"})
    box.faults.script("GET", "/v1/account/info", status=400, body='{"code":"InvalidInput","message":"No"}')
    with pytest.raises(BadRequestError) as caught:
        await colour.call(client.account.info)
    attempts = caught.value.attempts
    assert [attempt.number for attempt in attempts] == [1, 2, 3, 4]
    assert [attempt.status for attempt in attempts] == [503, None, 500, 400]
    assert [attempt.waited for attempt in attempts] == [*clock.sleeps, 0.0]
    assert attempts[0].waited == 1.5
    assert attempts[1].error.startswith("TransportError: ")
    assert "r-3" in attempts[2].error
    assert (caught.value.code, caught.value.message) == ("InvalidInput", "No")


async def test_exhausted(colour, client, box):
    """More or fewer than four attempts would be made, or the last one's pause be counted."""
    box.faults.script("GET", "/v1/account/info", status=503, times=None)
    with pytest.raises(ServerError) as caught:
        await colour.call(client.account.info)
    assert box.calls == 4
    assert [attempt.number for attempt in caught.value.attempts] == [1, 2, 3, 4]
    assert caught.value.attempts[-1].waited == 0


async def test_long_retry_after_is_raised(colour, client, box, clock):
    """A script would hang for an hour instead of hearing that the account's calls are used up."""
    box.faults.script("GET", "/v1/account/info", status=429, headers={"Retry-After": "3600"})
    with pytest.raises(RateLimitedError, match="wait 3600 s") as caught:
        await colour.call(client.account.info)
    assert (caught.value.retry_after, caught.value.sent) == (3600, True)
    assert (box.calls, clock.sleeps) == (1, [])


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_obeyed_in_full(colour, client, box, clock, status):
    """A pause that the API asked for would be shortened or drawn at random."""
    box.faults.script("GET", "/v1/account/info", status=status, headers={"Retry-After": "100"})
    await colour.call(client.account.info)
    assert sum(clock.sleeps) == 100


async def test_retry_after_as_a_date(colour, client, box, clock):
    """A date would be read against the clock of this machine, or not at all."""
    dates = {"Date": "Mon, 01 Jan 2001 00:00:00 GMT", "Retry-After": "Mon, 01 Jan 2001 00:00:02 GMT"}
    box.faults.script("GET", "/v1/account/info", status=429, headers=dates)
    await colour.call(client.account.info)
    assert clock.sleeps == [2]


async def test_deadline_ends_retries(colour, connect, box, clock):
    """A pause that ends after the deadline would be slept all the same."""
    client = connect(box.url, deadline=5)
    box.faults.script("GET", "/v1/account/info", status=503, headers={"Retry-After": "5"})
    with pytest.raises(ServerError):
        await colour.call(client.account.info)
    assert (box.calls, clock.sleeps) == (1, [])


async def test_deadline_after_a_request_that_may_have_arrived(aconnect, box, clock):
    """An error would say that nothing was sent, although an earlier attempt may have changed something."""
    client = aconnect(box.url, deadline=5)
    name = any_connection(box)
    box.faults.script("PATCH", "/v1/connections/", drop="after")
    clock.on_sleep = lambda _: clock.advance(10)
    with pytest.raises(DeadlineExceededError) as caught:
        await client.connections.update(name, paused=True, run_setup_tests=False)
    assert (caught.value.sent, box.calls) == (None, 1)


# One attempt is one request


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST", "PATCH"])
async def test_a_dropped_kept_alive_connection_is_not_resent_in_silence(colour, connect, serve, method):
    """A request would go out twice for one attempt, past the retry policy and the budget."""

    async def behave(exchange):
        if exchange.number == 1:
            await exchange.reply()  # and the connection stays open
        else:
            exchange.close()  # the request was read; no answer comes

    server = serve(behave)
    client = connect(server.url, retry=ONCE)
    await colour.call(client.account.info)
    with pytest.raises(TransportError):
        await colour.call(client.request, method, "/v1/anything")
    assert [request.method for request in server.requests] == ["GET", method]
    assert server.connections == 1


async def test_attempts_equal_requests(colour, connect, serve):
    """The retry policy's attempts and the requests on the wire would differ."""

    async def behave(exchange):
        if exchange.request.connection == exchange.number == 1:
            await exchange.reply()
        else:
            exchange.close()

    server = serve(behave)
    client = connect(server.url)
    await colour.call(client.account.info)
    with pytest.raises(TransportError) as caught:
        await colour.call(client.account.info)
    assert len(caught.value.attempts) == 4
    assert len(server.requests) == 5
