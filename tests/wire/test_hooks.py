"""The events of a call, in their order, and hooks that misbehave."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest

from fivetran_async.budget import Budget
from fivetran_async.errors import (
    ConnectError,
    DecodeError,
    NotFoundError,
    RateLimitedError,
    ReadOnlyError,
    ServerError,
    TransportError,
)
from fivetran_async.hooks import CallEnded, CallFailed, ItemRepaired, RequestStarted, ResponseReceived, RetryScheduled
from fivetran_async.retry import RetryPolicy


@pytest.fixture
def events() -> list:
    """What the hook was called with."""
    return []


def kinds(events) -> list[str]:
    """The names of the events."""
    return [type(event).__name__ for event in events]


async def test_retried_and_then_fine(colour, connect, box, clock, events):
    """A log would miss an attempt, or tell of it in the wrong order."""
    ft = connect(box.url, hooks=[events.append])
    box.faults.script("GET", "/v1/groups", status=503, headers={"X-Rate-Limit-Remaining": "77"})
    box.faults.script("GET", "/v1/groups", drop="before")
    await colour.items(ft.groups.list(page_size=10))
    assert kinds(events) == [
        *("RequestStarted", "ResponseReceived", "RetryScheduled"),
        *("RequestStarted", "RetryScheduled"),
        *("RequestStarted", "ResponseReceived", "CallEnded"),
    ]
    started = [event for event in events if isinstance(event, RequestStarted)]
    assert [(event.attempt, event.method, event.target) for event in started] == [
        (number, "GET", "/v1/groups?limit=10") for number in (1, 2, 3)
    ]
    received = [event for event in events if isinstance(event, ResponseReceived)]
    assert [(event.attempt, event.status) for event in received] == [(1, 503), (3, 200)]
    assert received[0].remaining == 77
    assert received[1].seconds > 0
    retried = [event for event in events if isinstance(event, RetryScheduled)]
    assert [event.delay for event in retried] == clock.sleeps
    assert [type(event.error) for event in retried] == [ServerError, TransportError]
    assert {event.operation for event in events} == {"list_all_groups"}


async def test_failed(colour, connect, box, events):
    """A log would not tell that a call failed, or name another error than the caller gets."""
    ft = connect(box.url, hooks=[events.append], retry=RetryPolicy(attempts=2))
    box.faults.script("GET", "/v1/account/info", status=500, times=2)
    with pytest.raises(ServerError) as caught:
        await colour.call(ft.account.info)
    assert kinds(events) == [
        *("RequestStarted", "ResponseReceived", "RetryScheduled"),
        *("RequestStarted", "ResponseReceived", "CallFailed", "CallEnded"),
    ]
    assert events[-2] == CallFailed(operation="get_account_info", call=events[0].call, error=caught.value)
    assert len(events[-2].error.attempts) == 2
    assert events[-1].error is caught.value
    assert events[-1].failures == caught.value.attempts


async def test_failed_at_once(colour, connect, box, events):
    """A call that is not repeated would end without an event."""
    ft = connect(box.url, hooks=[events.append])
    with pytest.raises(NotFoundError):
        await colour.call(ft.groups.get, "nobody")
    assert kinds(events) == ["RequestStarted", "ResponseReceived", "CallFailed", "CallEnded"]


async def test_failed_to_be_read(colour, connect, box, events):
    """A reply that cannot be read would look like a success in every metric."""
    ft = connect(box.url, hooks=[events.append])
    box.faults.script("GET", "/v1/groups/g", status=503)
    box.faults.script("GET", "/v1/groups/g", body="<html>")
    with pytest.raises(DecodeError) as caught:
        await colour.call(ft.groups.get, "g")
    assert kinds(events)[-4:] == ["RequestStarted", "ResponseReceived", "CallFailed", "CallEnded"]
    assert events[-2].error is events[-1].error is caught.value
    assert [attempt.status for attempt in caught.value.attempts] == [503, 200]
    assert (events[-1].attempts, events[-1].failures, events[-1].status) == (2, caught.value.attempts, 200)


async def test_nobody_answered(colour, connect, serve, events):
    """A metric would count a reply where there was none."""
    server = serve()
    server.__exit__(None, None, None)
    ft = connect(server.url, hooks=[events.append], retry=RetryPolicy(attempts=1))
    with pytest.raises(ConnectError):
        await colour.call(ft.account.info)
    assert kinds(events) == ["RequestStarted", "CallFailed", "CallEnded"]
    assert (events[-1].attempts, events[-1].status) == (1, None)


async def test_held_back(colour, connect, box, clock, events):
    """A metric would count a request that was never sent."""
    budget = Budget(clock=clock)
    budget.refused(3600)
    ft = connect(box.url, budget=budget, hooks=[events.append])
    with pytest.raises(RateLimitedError):
        await colour.call(ft.account.info)
    assert kinds(events) == ["CallFailed", "CallEnded"]
    assert events[-1].status is None


async def test_refused_before_it_began(colour, connect, box, events):
    """A call that was refused for its arguments would look like one of the API's."""
    ft = connect(box.url, read_only=True, hooks=[events.append])
    with pytest.raises(ReadOnlyError):
        await colour.call(ft.groups.create, name="x")
    assert events == []


async def test_delete_that_was_done_before(colour, connect, box, events):
    """A delete that succeeded would be counted as a failure."""
    name = next(iter(box.account.connections))
    ft = connect(box.url, hooks=[events.append])
    box.faults.script("DELETE", "/v1/connections/", drop="after")
    await colour.call(ft.connections.delete, name, confirm=True)
    assert kinds(events) == ["RequestStarted", "RetryScheduled", "RequestStarted", "ResponseReceived", "CallEnded"]
    assert (events[-1].attempts, events[-1].status, events[-1].error) == (2, 404, None)


async def test_repaired_item(colour, connect, serve, events):
    """An item that does not fit its model would be read otherwise without a word."""
    page = b'{"data":{"items":[{"id":"g","name":"N","created_at":"yesterday"},{"id":"h","name":"M"}]}}'
    ft = connect(serve(lambda exchange: exchange.reply(body=page)).url, hooks=[events.append])
    groups = await colour.items(ft.groups.list())
    assert [(group.id, group.created_at) for group in groups] == [("g", None), ("h", None)]
    [repaired] = [event for event in events if isinstance(event, ItemRepaired)]
    assert repaired.call == events[0].call > 0
    assert (repaired.operation, repaired.model, repaired.fields) == ("list_all_groups", "Group", ("created_at",))
    assert repaired.place == "created_at"


async def test_repairs_are_counted(colour, connect, serve):
    """An API that sends something else than it says would slow everything down without a trace."""
    items = b'{"id":"g","created_at":"yesterday"},{"id":1},{"id":"h","name":2},{"id":"i","name":3},{"id":"j"}'
    ft = connect(serve(lambda exchange: exchange.reply(body=b'{"data":{"items":[%b]}}' % items)).url)
    assert len(await colour.items(ft.with_options(read_only=True).groups.list())) == 5
    assert ft.repairs == {"Group.created_at": 1, "Group.id": 1, "Group.name": 2}


async def test_a_hook_that_raises(colour, connect, box, events, caplog):
    """A bug in a hook would break the call, or keep the next hook from its events."""

    def broken(event) -> None:
        raise ZeroDivisionError

    ft = connect(box.url, hooks=[broken, events.append])
    with caplog.at_level(logging.ERROR, logger="fivetran_async"):
        assert (await colour.call(ft.account.info)).account_id
    assert kinds(events) == ["RequestStarted", "ResponseReceived", "CallEnded"]
    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError] * 3
    assert "broken" in caplog.text
    assert "RequestStarted" in caplog.text
    assert box.api_secret not in caplog.text


async def test_a_hook_that_raises_does_not_hide_the_error(colour, connect, box):
    """A bug in a hook would replace the error that the caller waits for."""

    def broken(event) -> None:
        raise ZeroDivisionError

    ft = connect(box.url, hooks=[broken])
    box.faults.script("GET", "/v1/account/info", status=503, times=None)
    with pytest.raises(ServerError) as caught:
        await colour.call(ft.account.info)
    assert len(caught.value.attempts) == 4
    assert ft.budget.in_flight == 0


async def test_hooks_of_a_view(colour, connect, box, events):
    """A view with hooks of its own would also call those of its client, or lose its client's when it has none."""
    other: list = []
    ft = connect(box.url, hooks=[events.append])
    await colour.call(ft.with_options(hooks=[other.append]).account.info)
    assert (len(events), len(other)) == (0, 3)
    await colour.call(ft.with_options(timeout=9).account.info)
    assert (len(events), len(other)) == (3, 3)
    await colour.call(ft.with_options(hooks=()).account.info)
    assert (len(events), len(other)) == (3, 3)


async def test_hooks_run_on_the_loop(aconnect, box):
    """A hook would run in a thread, where it may not touch what the loop owns."""
    seen: list = []
    await aconnect(box.url, hooks=[lambda _: seen.append(threading.get_ident())]).account.info()
    assert set(seen) == {threading.get_ident()}


async def test_events_of_calls_at_once(aconnect, box, events):
    """The events of two calls at once would not tell which is which."""
    ft = aconnect(box.url, hooks=[events.append])
    await asyncio.gather(ft.account.info(), ft.groups.list().first(), ft.destinations.list().first())
    for operation in ("get_account_info", "list_all_groups", "list_destinations"):
        assert kinds(event for event in events if event.operation == operation) == [
            "RequestStarted",
            "ResponseReceived",
            "CallEnded",
        ]


async def test_events_of_the_same_operation_at_once(aconnect, box, events):
    """The attempts of two calls of one operation at once would not tell which call they belong to."""
    ft = aconnect(box.url, hooks=[events.append])
    box.faults.script("GET", "/v1/account/info", status=503)
    await asyncio.gather(ft.account.info(), ft.account.info(), ft.account.info())
    calls = {event.call for event in events}
    assert len(calls) == 3
    assert min(calls) > 0
    told = [kinds(event for event in events if event.call == call) for call in calls]
    assert sorted(told, key=len) == [
        ["RequestStarted", "ResponseReceived", "CallEnded"],
        ["RequestStarted", "ResponseReceived", "CallEnded"],
        ["RequestStarted", "ResponseReceived", "RetryScheduled", "RequestStarted", "ResponseReceived", "CallEnded"],
    ]


async def test_the_end_of_a_success(colour, connect, box, clock, events):
    """The end of a call would not tell what it took."""
    ft = connect(box.url, hooks=[events.append])
    box.faults.script("GET", "/v1/account/info", status=429, headers={"Retry-After": "2"})
    await colour.call(ft.account.info)
    ended = events[-1]
    assert isinstance(ended, CallEnded)
    assert (ended.operation, ended.method, ended.attempts, ended.status) == ("get_account_info", "GET", 2, 200)
    assert ended.error is None
    assert ended.seconds == pytest.approx(2)
    assert clock.sleeps == [2]
    assert [(failure.number, failure.status, failure.waited) for failure in ended.failures] == [(1, 429, 2)]


@pytest.mark.parametrize("asleep", [False, True])
async def test_the_end_of_a_call_that_is_cancelled(aconnect, serve, held_clock, events, asleep):
    """A call that nobody waits for any more would never end for a trace."""

    async def behave(exchange):
        await (exchange.reply(status=503) if asleep else exchange.stall())

    server = serve(behave)
    ft = aconnect(server.url, hooks=[events.append], clock=held_clock)
    call = asyncio.create_task(ft.account.info())
    await server.until(1)
    if asleep:
        await held_clock.until_asleep(1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert kinds(events) == [
        "RequestStarted",
        *(("ResponseReceived", "RetryScheduled") if asleep else ()),
        "CallEnded",
    ]
    assert isinstance(events[-1].error, asyncio.CancelledError)
    assert (events[-1].attempts, events[-1].status) == (1, 503 if asleep else None)
