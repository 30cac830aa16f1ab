"""What is made of calls for OpenTelemetry, in memory."""

from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from fivetran_async.hooks.otel import OpenTelemetryHook


class Telemetry:
    """Providers in memory, and a hook that writes to them."""

    def __init__(self, **options: Any) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider(sampler=options.pop("sampler", None))
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        meters = MeterProvider(metric_readers=[self.reader])
        self.hook = OpenTelemetryHook(tracer_provider=self.tracers, meter_provider=meters, **options)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        """The spans that have ended."""
        return self.exporter.get_finished_spans()

    def points(self, name: str) -> list[tuple[dict[str, Any], Any]]:
        """Return the points of a metric: labels, and the value or the sum."""
        data = self.reader.get_metrics_data()
        found: list[tuple[dict[str, Any], Any]] = []
        for resource in data.resource_metrics if data else ():
            for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
                if metric.name == name:
                    found += [
                        (dict(point.attributes or {}), getattr(point, "value", getattr(point, "sum", None)))
                        for point in metric.data.data_points
                    ]
        return found


@pytest.fixture
def make_telemetry() -> type[Telemetry]:
    """Make providers in memory, and a hook with options that writes to them."""
    return Telemetry


@pytest.fixture
def telemetry() -> Telemetry:
    """Providers in memory, and a hook that writes to them."""
    return Telemetry()
