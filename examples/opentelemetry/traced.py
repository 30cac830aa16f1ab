"""Trace the calls of a job: a span for each call below the job's own, and metrics of all requests.

FIVETRAN_API_KEY=... FIVETRAN_API_SECRET=... python traced.py

prints them. In their place, exporters of `opentelemetry-exporter-otlp` send them to a collector.
"""

import asyncio

from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter

from fivetran_async import Fivetran
from fivetran_async.hooks.otel import OpenTelemetryHook

SERVICE = Resource.create({"service.name": "fivetran-details"})


async def job(tracer: trace.Tracer, hook: OpenTelemetryHook) -> int:
    """Read each connection's details, many at a time; return of how many that was not possible."""
    failed = 0
    with tracer.start_as_current_span("details"):
        async with Fivetran.from_env(read_only=True, hooks=[hook]) as ft:
            connections = await ft.connections.list().collect()
            async for result in ft.map(ft.connections.get, [connection.id for connection in connections]):
                # A call that failed has the error in its span; the job goes on.
                failed += result.error is not None
    return failed


def run(exporter: SpanExporter, reader: MetricReader) -> int:
    """Do the job with spans and metrics going where these lead; all have gone when it returns."""
    tracers = TracerProvider(resource=SERVICE)
    tracers.add_span_processor(BatchSpanProcessor(exporter))
    meters = MeterProvider([reader], resource=SERVICE)
    # Whom the calls go to, which the conventions want on every span; an account's name goes here as well.
    attributes = {"server.address": "api.fivetran.com"}
    hook = OpenTelemetryHook(tracer_provider=tracers, meter_provider=meters, attributes=attributes)
    try:
        return asyncio.run(job(tracers.get_tracer(__name__), hook))
    finally:
        tracers.force_flush()
        meters.force_flush()


if __name__ == "__main__":
    run(ConsoleSpanExporter(), PeriodicExportingMetricReader(ConsoleMetricExporter()))
