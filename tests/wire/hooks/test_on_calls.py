"""The hooks that come with the package, on real calls in both colours, with secrets wherever there is room for one."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest
from opentelemetry.trace import StatusCode

from fivetran_async.errors import BadRequestError, DecodeError, ServerError
from fivetran_async.hooks import LoggingHook
from fivetran_async.retry import RetryPolicy

SECRET = "hunter2-s3cret"


@pytest.fixture
def logged(caplog):
    """All that was logged by anyone, with all attributes of the records."""
    caplog.set_level(logging.DEBUG)

    def text():
        return caplog.text + "".join(repr(vars(record)) for record in caplog.records)

    return text


async def test_the_log_of_a_call(colour, connect, box, caplog):
    """A log would not tell what a call went through, or not which lines belong together."""
    caplog.set_level(logging.DEBUG, logger="fivetran_async.calls")
    ft = connect(box.url, hooks=[LoggingHook()], retry=RetryPolicy(attempts=2))
    box.faults.script("GET", "/v1/groups", status=503, times=2)
    with pytest.raises(ServerError):
        await colour.call(ft.groups.list(page_size=7).first)
    told = [(record.levelname, record.fivetran_event) for record in caplog.records]
    assert told == [
        ("DEBUG", "RequestStarted"),
        ("DEBUG", "ResponseReceived"),
        ("INFO", "RetryScheduled"),
        ("DEBUG", "RequestStarted"),
        ("DEBUG", "ResponseReceived"),
        ("ERROR", "CallFailed"),
        ("DEBUG", "CallEnded"),
    ]
    assert len({record.fivetran_call for record in caplog.records}) == 1
    assert caplog.records[0].getMessage() == "list_all_groups: attempt 1: GET /v1/groups"
    assert caplog.records[-2].getMessage().startswith("list_all_groups: failed: ServerError 503")


async def test_no_secret_anywhere(colour, connect, serve, telemetry, logged, capfd):
    """A credential, a password of a source or a cookie would stand in the logs or the traces of everybody."""
    echo = json.dumps({"code": "InvalidInput", "message": f"'{SECRET}' is no password"}).encode()
    cookie = {"Set-Cookie": f"session={SECRET}", "Location": f"https://{SECRET}/"}

    async def behave(exchange):
        told = exchange.request.method + exchange.request.target
        if told.startswith("PATCH"):
            await exchange.reply(400, echo, headers=cookie)
        elif told.startswith("DELETE"):
            await exchange.reply(503, f"<html>{SECRET}".encode(), headers=cookie)
        else:
            await exchange.reply(200, f"<html>{SECRET}".encode(), headers=cookie)

    server = serve(behave)
    ft = connect(
        server.url,
        api_key=f"key-{SECRET}",
        api_secret=SECRET,
        hooks=[LoggingHook(), telemetry.hook],
        retry=RetryPolicy(attempts=2),
    )
    with pytest.raises(BadRequestError, match=SECRET):
        await colour.call(ft.connections.update, "c", config={"password": SECRET})
    with pytest.raises(ServerError):
        await colour.call(ft.connections.delete, "c", confirm=True)
    with pytest.raises(DecodeError):
        await colour.call(ft.request, "GET", "/v1/new", query={"token": SECRET})
    assert [request.method for request in server.requests] == ["PATCH", "DELETE", "DELETE", "GET"]
    assert SECRET.encode() in server.requests[0].body
    assert SECRET in server.requests[3].target
    written = logged()
    for name in ("modify_connection", "delete_connection", "GET /v1/new", "CallFailed", "DecodeError"):
        assert name in written
    assert len(telemetry.spans) == 3
    outputs = capfd.readouterr()
    made = "".join(span.to_json() for span in telemetry.spans) + telemetry.reader.get_metrics_data().to_json()
    authorization = server.requests[0].headers["authorization"].removeprefix("Basic ")
    for secret in (SECRET, authorization):
        assert secret not in written
        assert secret not in made
        assert secret not in outputs.out + outputs.err


async def test_one_span_for_each_call(colour, connect, box, telemetry):
    """A retry would look like a call of its own, or a trace lose what was called from it."""
    ft = connect(box.url, hooks=[telemetry.hook])
    box.faults.script("GET", "/v1/account/info", status=503, times=2)
    with telemetry.tracers.get_tracer("app").start_as_current_span("job") as job:
        await colour.call(ft.account.info)
    info, outer = telemetry.spans
    assert (info.name, outer.name) == ("get_account_info", "job")
    assert info.parent == job.get_span_context()
    assert dict(info.attributes) == {
        "fivetran.operation": "get_account_info",
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "fivetran.attempts": 3,
        "http.request.resend_count": 2,
    }
    assert [event.attributes["http.response.status_code"] for event in info.events] == [503, 503]
    assert info.status.status_code is StatusCode.UNSET


async def test_metrics_of_requests(colour, connect, box, telemetry):
    """What a dashboard shows would not be what was sent."""
    ft = connect(box.url, hooks=[telemetry.hook])
    box.faults.script("GET", "/v1/groups", status=503, headers={"X-Rate-Limit-Remaining": "77"})
    box.faults.script("GET", "/v1/groups", drop="before")
    await colour.items(ft.groups.list(page_size=1000))
    # First: a gauge may be told once after each change.
    assert ft.budget.remaining is not None
    assert telemetry.points("fivetran.client.calls.remaining") == [({}, ft.budget.remaining)]
    count = {
        (labels["fivetran.operation"], labels.get("http.response.status_code", labels.get("error.type"))): value
        for labels, value in telemetry.points("fivetran.client.requests")
    }
    assert count == {
        ("list_all_groups", 503): 1,
        ("list_all_groups", "TransportError"): 1,
        ("list_all_groups", 200): 1,
    }
    assert sum(count.values()) == len(box.requests)
    assert all(seconds > 0 for _, seconds in telemetry.points("fivetran.client.request.duration"))


async def test_spans_of_calls_at_once(aconnect, box, telemetry):
    """Two calls at once would share a span, or take each other's parent."""
    ft = aconnect(box.url, hooks=[telemetry.hook])
    tracer = telemetry.tracers.get_tracer("app")

    async def job(name):
        with tracer.start_as_current_span(name):
            await asyncio.gather(ft.account.info(), ft.groups.list().first())

    await asyncio.gather(job("a"), job("b"))
    jobs = {span.context.span_id: span.name for span in telemetry.spans if span.parent is None}
    calls = [(jobs[span.parent.span_id], span.name) for span in telemetry.spans if span.parent is not None]
    assert sorted(calls) == [
        ("a", "get_account_info"),
        ("a", "list_all_groups"),
        ("b", "get_account_info"),
        ("b", "list_all_groups"),
    ]
