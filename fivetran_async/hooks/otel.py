"""A hook that makes OpenTelemetry spans and metrics of calls; it needs the extra `otel`."""

import time
from collections.abc import Mapping
from typing import Final

from fivetran_async._version import __version__
from fivetran_async.errors import DeadlineExceededError, TransportError
from fivetran_async.hooks._records import CallEnded, CallFailed, Event, ResponseReceived, RetryScheduled, Waited

try:
    from opentelemetry import metrics, trace
except ModuleNotFoundError as missing:
    if (missing.name or "").partition(".")[0] != "opentelemetry":
        raise
    raise ModuleNotFoundError(
        "fivetran_async.hooks.otel needs the otel extra: pip install 'fivetran-async[otel]'", name=missing.name
    ) from missing

_SCOPE: Final = "fivetran_async"
_OPERATION: Final = "fivetran.operation"
_METHOD: Final = "http.request.method"
_STATUS: Final = "http.response.status_code"
_ERROR: Final = "error.type"
_REASON: Final = "fivetran.reason"

# Those of the HTTP conventions, and up to the minutes that setup tests take.
_BOUNDARIES: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 330.0)
_NANO: Final = 1_000_000_000


class OpenTelemetryHook:
    """Makes one span of each call, and metrics of its requests.

    The span is named after the operation, begins with the call and has all attempts and waits in it; each attempt
    that failed, and each time that the budget held it back, is an event of it. Its attributes are
    `http.request.method`, `http.response.status_code` (of the last attempt, if that was answered),
    `http.request.resend_count` (of a call that was sent again), `fivetran.attempts`, and `error.type` (the class of the
    error). It is made when the call ends, out of what is known then, so that no span can be left open. Its parent is
    the span that was current where the call was made, in both colours.

    The metrics:

    - `fivetran.client.requests`: a count by operation and status, or `error.type` where no reply came;
    - `fivetran.client.request.duration`: seconds from sending to the last byte, by operation and status;
    - `fivetran.client.wait.duration`: seconds that the budget held requests back, by operation and reason;
    - `fivetran.client.calls.remaining`: how many calls the account has left in this hour.

    Names and values are few: a call through `ft.request` goes by its method, never by its path. No header, body, query
    or message of an error becomes part of them.
    """

    def __init__(
        self,
        *,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        """Make a hook for `Fivetran(hooks=[...])`.

        Args:
            tracer_provider: Where spans go; None for the global provider.
            meter_provider: Where metrics go; None for the global provider.
            attributes: What to put on all spans and metrics, such as the name of the account in a process that uses
                several.
        """
        self._attributes = dict(attributes or {})
        # By the number of the call, until it ends: when each wait was over, and what it was.
        self._held_back: dict[int, list[tuple[int, Waited]]] = {}
        self._tracer = trace.get_tracer(_SCOPE, __version__, tracer_provider)
        meter = metrics.get_meter(_SCOPE, __version__, meter_provider)
        self._requests = meter.create_counter("fivetran.client.requests", "{request}", "Requests, by their outcome.")
        self._durations = meter.create_histogram(
            "fivetran.client.request.duration",
            "s",
            "From sending a request to the last byte of its reply.",
            explicit_bucket_boundaries_advisory=_BOUNDARIES,
        )
        self._waits = meter.create_histogram(
            "fivetran.client.wait.duration",
            "s",
            "How long the budget held a request back.",
            explicit_bucket_boundaries_advisory=_BOUNDARIES,
        )
        self._remaining = meter.create_gauge(
            "fivetran.client.calls.remaining", "{call}", "Calls that the account has left in this hour."
        )

    def __call__(self, event: Event) -> None:
        """Take an event."""
        match event:
            case Waited():
                self._waits.record(event.seconds, self._labels(event) | {_REASON: event.reason})
                if event.call:
                    self._held_back.setdefault(event.call, []).append((time.time_ns(), event))
            case ResponseReceived():
                self._answered(event)
            case RetryScheduled() | CallFailed():
                self._unanswered(event)
            case CallEnded():
                self._ended(event)
            case _:
                pass

    def _labels(self, event: Event) -> dict[str, str | int]:
        return {**self._attributes, _OPERATION: _name(event)}

    def _answered(self, event: ResponseReceived) -> None:
        labels = self._labels(event) | {_STATUS: event.status}
        self._requests.add(1, labels)
        self._durations.record(event.seconds, labels)
        if event.remaining is not None:
            self._remaining.set(event.remaining, self._attributes)

    def _unanswered(self, event: RetryScheduled | CallFailed) -> None:
        error = event.error
        if not isinstance(error, TransportError) or (isinstance(error, DeadlineExceededError) and error.sent is False):
            # Counted by its reply, or no request at all.
            return
        self._requests.add(1, self._labels(event) | {_ERROR: type(error).__name__})

    def _ended(self, event: CallEnded) -> None:
        held_back = self._held_back.pop(event.call, ())
        end = time.time_ns()
        start = end - round(event.seconds * _NANO)
        labels = self._labels(event) | {_METHOD: event.method, "fivetran.attempts": event.attempts}
        if event.attempts > 1:
            labels["http.request.resend_count"] = event.attempts - 1
        if event.status is not None:
            labels[_STATUS] = event.status
        if event.error is not None:
            labels[_ERROR] = type(event.error).__name__
        span = self._tracer.start_span(_name(event), kind=trace.SpanKind.CLIENT, attributes=labels, start_time=start)
        if span.is_recording():
            _tell(span, event, start)
            for at, waited in held_back:
                span.add_event("held back", {_REASON: waited.reason, "fivetran.delay": waited.seconds}, at)
        span.end(end)


def _tell(span: trace.Span, event: CallEnded, start: int) -> None:
    at = start
    for failure in event.failures:
        at += round(failure.seconds * _NANO)
        labels: dict[str, str | int | float] = {
            "fivetran.attempt": failure.number,
            _ERROR: failure.error.partition(":")[0],
            "fivetran.delay": failure.waited,
        }
        if failure.status is not None:
            labels[_STATUS] = failure.status
        span.add_event("attempt failed", labels, at)
        at += round(failure.waited * _NANO)
    if isinstance(event.error, Exception):
        # Not a cancellation: that was the caller's wish.
        span.set_status(trace.StatusCode.ERROR)


def _name(event: Event) -> str:
    # A call that the SDK does not name has its method and path, with ids in it, for an id.
    return event.operation.partition(" ")[0]
