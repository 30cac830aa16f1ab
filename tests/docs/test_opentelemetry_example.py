"""The traced job runs against a sandbox that fails now and then, with its spans and metrics in memory."""

import json
import runpy
from typing import Any

from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from running_examples import EXAMPLES, credentials, run

from fivetran_async.sandbox import Sandbox


def requests_by_outcome(reader: InMemoryMetricReader) -> dict[tuple[Any, Any], int]:
    """Return how many requests were counted, by operation and by status or error."""
    data = reader.get_metrics_data()
    assert data is not None
    [metric] = [
        metric
        for scope in data.resource_metrics[0].scope_metrics
        for metric in scope.metrics
        if metric.name == "fivetran.client.requests"
    ]
    counted: dict[tuple[Any, Any], int] = {}
    for point in metric.data.data_points:
        labels: Any = point.attributes
        outcome = labels.get("http.response.status_code", labels.get("error.type"))
        counted[labels["fivetran.operation"], outcome] = point.value  # type: ignore[union-attr]
    return counted


def test_a_traced_job(fivetran_sandbox: Sandbox) -> None:
    """Of many calls at once, spans would be mixed up, a failure look well, or a secret stand in what is sent away."""
    box = fivetran_sandbox
    names = list(box.account.connections)
    box.faults.script("GET", f"/v1/connections/{names[0]}", status=503)
    box.faults.script("GET", f"/v1/connections/{names[1]}", drop="before")
    box.faults.script("GET", f"/v1/connections/{names[2]}", status=403, times=None)
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    before = box.calls
    failed = runpy.run_path(str(EXAMPLES / "opentelemetry" / "traced.py"))["run"](exporter, reader)
    assert failed == 1
    spans = exporter.get_finished_spans()
    [job] = [span for span in spans if span.parent is None]
    calls = [span for span in spans if span.parent is not None]
    assert job.name == "details"
    assert {span.parent.span_id for span in calls if span.parent} == {job.get_span_context().span_id}
    details = [span for span in calls if span.name == "connection_details"]
    assert len(details) == len(names)
    bad = [span for span in details if span.status.status_code is StatusCode.ERROR]
    assert [dict(span.attributes or {}) for span in bad] == [
        {
            "server.address": "api.fivetran.com",
            "fivetran.operation": "connection_details",
            "http.request.method": "GET",
            "http.response.status_code": 403,
            "fivetran.attempts": 1,
            "error.type": "ForbiddenError",
        }
    ]
    again = [span for span in details if (span.attributes or {}).get("http.request.resend_count") == 1]
    met = [
        {(event.attributes or {})["error.type"] for event in span.events if event.name == "attempt failed"}
        for span in again
    ]
    assert sorted(map(sorted, met)) == [["ServerError"], ["TransportError"]]
    counted = requests_by_outcome(reader)
    assert sum(counted.values()) == box.calls - before
    assert {outcome: counted["connection_details", outcome] for outcome in (503, "TransportError", 403)} == {
        503: 1,
        "TransportError": 1,
        403: 1,
    }
    sent = "".join(span.to_json() for span in spans)
    assert box.api_secret not in sent


def test_as_a_program() -> None:
    """The command that it names would not run."""
    with Sandbox(seed=7, groups=1, connections=3) as box:
        done = run("opentelemetry", ["-W", "error", "traced.py"], **credentials(box))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('"name": "connection_details"') == 3
    assert json.dumps("fivetran.client.request.duration") in done.stdout
