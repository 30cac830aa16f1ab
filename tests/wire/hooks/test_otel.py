"""The OpenTelemetry hook: spans and metrics, by events made here."""

import asyncio
import subprocess
import sys
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode

from fivetran_async.errors import (
    Attempt,
    ConnectError,
    DeadlineExceededError,
    FivetranError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TimedOutError,
)
from fivetran_async.hooks import CallEnded, CallFailed, ItemRepaired, ResponseReceived, RetryScheduled, Waited
from fivetran_async.operations import OPERATIONS


def ended(**fields: Any) -> CallEnded:
    """Return the end of a call that went well, but for what is given."""
    usual: dict[str, Any] = {
        "operation": "group_details",
        "method": "GET",
        "attempts": 1,
        "failures": (),
        "status": 200,
        "seconds": 2.0,
        "error": None,
    }
    return CallEnded(**usual | fields)


def test_a_success(telemetry):
    """A call would have no span, or one that says something else."""
    telemetry.hook(ended())
    [span] = telemetry.spans
    assert (span.name, span.kind, span.parent) == ("group_details", SpanKind.CLIENT, None)
    assert dict(span.attributes or {}) == {
        "fivetran.operation": "group_details",
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "fivetran.attempts": 1,
    }
    assert span.status.status_code is StatusCode.UNSET
    assert (span.end_time or 0) - (span.start_time or 0) == 2_000_000_000
    assert span.instrumentation_scope is not None
    assert span.instrumentation_scope.name == "fivetran_async"


def test_a_failure(telemetry):
    """A call that failed would look well, or its span repeat what the reply said."""
    error = ServerError("s3cret", status=503, body=b"s3cret", headers={"X": "s3cret"})
    failures = (
        Attempt(number=1, error="TimedOutError: s3cret", seconds=1.0, waited=0.5),
        Attempt(number=2, error="ServerError: s3cret", status=503, seconds=0.25),
    )
    telemetry.hook(ended(attempts=2, failures=failures, status=503, seconds=1.75, error=error))
    [span] = telemetry.spans
    assert span.status.status_code is StatusCode.ERROR
    attributes = span.attributes or {}
    assert (attributes["error.type"], attributes["http.response.status_code"]) == ("ServerError", 503)
    assert (attributes["fivetran.attempts"], attributes["http.request.resend_count"]) == (2, 1)
    assert [dict(event.attributes or {}) for event in span.events] == [
        {"fivetran.attempt": 1, "error.type": "TimedOutError", "fivetran.delay": 0.5},
        {"fivetran.attempt": 2, "error.type": "ServerError", "http.response.status_code": 503, "fivetran.delay": 0.0},
    ]
    assert [event.timestamp - (span.start_time or 0) for event in span.events] == [1_000_000_000, 1_750_000_000]
    assert "s3cret" not in span.to_json()


def test_no_answer(telemetry):
    """A call without an answer would have a made-up status."""
    telemetry.hook(ended(status=None, error=ConnectError("m", host="h", port=1)))
    attributes = telemetry.spans[0].attributes or {}
    assert "http.response.status_code" not in attributes
    assert attributes["error.type"] == "ConnectError"


def test_cancelled(telemetry):
    """What a caller stopped would count as a failure of the API, or not be told from a success."""
    telemetry.hook(ended(status=None, error=asyncio.CancelledError()))
    [span] = telemetry.spans
    assert span.status.status_code is StatusCode.UNSET
    assert (span.attributes or {})["error.type"] == "CancelledError"


def test_the_parent(telemetry):
    """A call would not hang below what made it."""
    with telemetry.tracers.get_tracer("app").start_as_current_span("job") as job:
        telemetry.hook(ended())
    [span, _] = telemetry.spans
    assert span.parent == job.get_span_context()
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_not_sampled(make_telemetry):
    """A span that is not recorded would be filled in all the same, or fail."""
    telemetry = make_telemetry(sampler=ALWAYS_OFF)
    telemetry.hook(ended(failures=(Attempt(number=1, error="X: y"),)))
    assert telemetry.spans == ()


def test_requests_by_outcome(telemetry):
    """A count would miss requests, count what was never sent, or count one twice."""
    for status in (200, 200, 503):
        telemetry.hook(ResponseReceived(operation="a", attempt=1, status=status, seconds=0.5, remaining=None))
    errors: list[FivetranError] = [
        ServerError("m", status=503),  # counted by its reply
        RateLimitedError("m", sent=False),  # held back
        DeadlineExceededError("m", sent=False),  # too late to be sent
        TimedOutError("m"),
        DeadlineExceededError("m", sent=None),
    ]
    for error in errors:
        telemetry.hook(RetryScheduled(operation="a", attempt=1, delay=1, error=error))
    telemetry.hook(CallFailed(operation="a", error=ConnectError("m", host="h", port=1)))
    points = telemetry.points("fivetran.client.requests")
    assert {(labels.get("http.response.status_code"), labels.get("error.type")): value for labels, value in points} == {
        (200, None): 2,
        (503, None): 1,
        (None, "TimedOutError"): 1,
        (None, "DeadlineExceededError"): 1,
        (None, "ConnectError"): 1,
    }
    assert {labels["fivetran.operation"] for labels, _ in points} == {"a"}
    durations = telemetry.points("fivetran.client.request.duration")
    assert sorted((labels["http.response.status_code"], value) for labels, value in durations) == [
        (200, 1.0),
        (503, 0.5),
    ]


def test_what_is_left(telemetry):
    """The gauge would not say what the last reply said, or fall to nothing when a reply is silent."""
    for remaining in (100, 0, 99, None):
        telemetry.hook(ResponseReceived(operation="a", attempt=1, status=200, seconds=1, remaining=remaining))
    assert telemetry.points("fivetran.client.calls.remaining") == [({}, 99)]


def test_waits(telemetry):
    """Time behind a closed gate would not show anywhere."""
    telemetry.hook(Waited(operation="a", seconds=30, reason="gate"))
    telemetry.hook(Waited(operation="a", seconds=31, reason="gate"))
    labels = {"fivetran.operation": "a", "fivetran.reason": "gate"}
    assert telemetry.points("fivetran.client.wait.duration") == [(labels, 61)]


def test_what_held_a_call_back(telemetry):
    """A trace would show a slow call where it only waited, or the wait of another call."""
    telemetry.hook(Waited(operation="group_details", call=7, seconds=1.5, reason="gate"))
    telemetry.hook(Waited(operation="group_details", call=8, seconds=0.5, reason="pace"))
    telemetry.hook(ended(call=8))
    telemetry.hook(ended(call=7))
    told = [[(event.name, dict(event.attributes or {})) for event in span.events] for span in telemetry.spans]
    assert told == [
        [("held back", {"fivetran.reason": "pace", "fivetran.delay": 0.5})],
        [("held back", {"fivetran.reason": "gate", "fivetran.delay": 1.5})],
    ]
    assert telemetry.hook._held_back == {}


def test_buckets_are_in_seconds(telemetry):
    """All requests would fall into one bucket, because the usual ones count milliseconds."""
    telemetry.hook(ResponseReceived(operation="a", attempt=1, status=200, seconds=0.2, remaining=None))
    data = telemetry.reader.get_metrics_data()
    assert data is not None
    metrics = [metric for scope in data.resource_metrics[0].scope_metrics for metric in scope.metrics]
    [bounds] = [
        point.explicit_bounds
        for metric in metrics
        for point in metric.data.data_points
        if hasattr(point, "explicit_bounds")
    ]
    assert (bounds[0], bounds[-1]) == (0.005, 330.0)


def test_attributes_of_an_account(make_telemetry):
    """Two accounts in one process could not be told apart."""
    telemetry = make_telemetry(attributes={"fivetran.account": "eu"})
    telemetry.hook(ended())
    telemetry.hook(ResponseReceived(operation="a", attempt=1, status=200, seconds=1, remaining=5))
    assert (telemetry.spans[0].attributes or {})["fivetran.account"] == "eu"
    assert telemetry.points("fivetran.client.calls.remaining") == [({"fivetran.account": "eu"}, 5)]
    assert telemetry.points("fivetran.client.requests")[0][0]["fivetran.account"] == "eu"


def test_a_call_without_a_name(telemetry):
    """Every id in a path would make a metric and a name of a span of its own."""
    telemetry.hook(ended(operation="GET /v1/groups/g_1", error=NotFoundError("m", status=404), status=404))
    telemetry.hook(ResponseReceived(operation="GET /v1/groups/g_1", attempt=1, status=404, seconds=1, remaining=5))
    assert telemetry.spans[0].name == "GET"
    assert "g_1" not in telemetry.spans[0].to_json()
    assert telemetry.points("fivetran.client.requests")[0][0]["fivetran.operation"] == "GET"


def test_names_of_operations_are_whole():
    """The name of an operation would be cut short, and two share it."""
    assert not [operation.id for operation in OPERATIONS if " " in operation.id]


def test_other_events_are_left_alone(telemetry):
    """An event that means nothing here would make the hook fail."""
    telemetry.hook(ItemRepaired(operation="a", model="Group", reason="r", fields=()))
    assert telemetry.spans == ()


def test_without_the_extra():
    """Who has not installed the extra would get a riddle, or could not use the other hooks."""
    code = (
        "import sys; sys.modules['opentelemetry'] = None; import fivetran_async.hooks\n"
        "try: import fivetran_async.hooks.otel\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "fivetran_async.hooks.otel needs the otel extra: pip install 'fivetran-async[otel]'\n"


def test_the_hooks_load_no_opentelemetry():
    """Everybody would pay for an extra that few use."""
    code = "import sys, fivetran_async.client, fivetran_async.hooks; sys.exit('opentelemetry' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
