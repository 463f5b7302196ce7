"""Traces (W3C traceparent) through HTTP, gRPC and Kafka; exported only where the wiring names a collector."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from tube_platform.wiring import Wiring

HEADER = "traceparent"
_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("platform")


def configure(wiring: Wiring) -> None:
    """Install the tracer of this process."""
    resource = Resource({"service.name": wiring.service, "service.namespace": wiring.system})
    sampler = ParentBased(TraceIdRatioBased(wiring.telemetry.sample_ratio))
    provider = TracerProvider(resource=resource, sampler=sampler, shutdown_on_exit=False)
    if wiring.telemetry.otlp_endpoint:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        url = wiring.telemetry.otlp_endpoint.rstrip("/") + "/v1/traces"
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    trace.set_tracer_provider(provider)


def shutdown() -> None:
    """Send what is left."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()


def extract(carrier: Mapping[str, str]) -> Context:
    """The trace that a request or a record belongs to."""
    return _propagator.extract(dict(carrier))


def inject() -> dict[str, str]:
    """The headers that carry the current trace on."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier


@contextmanager
def span(
    name: str, kind: SpanKind, parent: Context | None = None, links: Iterable[Link] = ()
) -> Generator[Span]:
    """A piece of work; one that raises is marked as failed."""
    with _tracer.start_as_current_span(
        name,
        context=parent,
        kind=kind,
        links=tuple(links),
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except BaseException as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def link_to(carrier: Mapping[str, str]) -> list[Link]:
    """A link to the span that wrote a record: its work ended long ago, so it is no parent."""
    context = trace.get_current_span(extract(carrier)).get_span_context()
    return [Link(context)] if context.is_valid else []
