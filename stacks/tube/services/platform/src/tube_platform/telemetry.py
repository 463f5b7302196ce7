"""Traces (W3C traceparent) through HTTP, gRPC, SQL, outbox and Kafka; exported only where the wiring names a collector.

A span says what was done, where, and how it ended: names of routes, methods, topics, databases. It says nothing of who asked, with what, or
what was answered, so nothing personal and nothing secret is sent to whoever keeps traces.
"""

import os
import random
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from tube_platform.carried import Carried
from tube_platform.wiring import Wiring

HEADER = "traceparent"
HEADERS = (HEADER, "tracestate")
EXPORT_LIMIT = 5.0
"""Seconds that a batch of spans may take. A collector that is away costs spans, and never a request or a longer end."""

ENTRANCES = frozenset({"gateway", "http"})
"""Kinds of services that strangers speak to."""

type Attributes = Mapping[str, str | int]

NEW = Context()
"""Of no trace: what is done in it begins one."""

_propagator = TraceContextTextMapPropagator()


class Entrance(Sampler):
    """What a stranger says of recording is not listened to: neither the flag of a trace that he begins, nor its number, which he chose."""

    def __init__(self, ratio: float) -> None:
        self._ratio = ratio

    def should_sample(self, *arguments: Any, **named: Any) -> SamplingResult:
        """By chance alone. Whoever is asked from here on goes by the flag."""
        del arguments, named
        chosen = random.random() < self._ratio  # noqa: S311 - which requests are looked at is no secret
        return SamplingResult(Decision.RECORD_AND_SAMPLE if chosen else Decision.DROP)

    def get_description(self) -> str:
        """Its name."""
        return "Entrance"


class Carrying:
    """Stands for a tracer where nothing is recorded: a trace is carried on as it came, and begun where none came, for the logs to name."""

    def start_span(self, name: str, within: Context | None = None, *_: Any, **__: Any) -> Span:
        """The span that this is part of."""
        del name
        found = trace.get_current_span(within)
        if isinstance(found, Carried):
            return found
        came = found.get_span_context()
        return Carried(came if came.is_valid else None)


_tracer: trace.Tracer | Carrying = Carrying()


def configure(wiring: Wiring) -> None:
    """Install the tracer of this process."""
    global _tracer  # noqa: PLW0603 - a process has one
    trace.set_tracer_provider(provider(wiring))
    _tracer = trace.get_tracer("platform") if wiring.telemetry.otlp_endpoint else Carrying()


def provider(wiring: Wiring) -> TracerProvider:
    """The tracer of a service. Without a collector nothing is recorded, and traces are carried on all the same."""
    resource = Resource({
        "service.name": wiring.service,
        "service.namespace": wiring.system,
        "service.instance.id": os.environ.get("POD_NAME") or wiring.service,
        "deployment.environment.name": wiring.environment,
    })  # fmt: skip
    found = TracerProvider(resource=resource, sampler=sampler(wiring), shutdown_on_exit=False)
    if wiring.telemetry.otlp_endpoint:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        url = wiring.telemetry.otlp_endpoint.rstrip("/") + "/v1/traces"
        exporter = OTLPSpanExporter(endpoint=url, timeout=EXPORT_LIMIT)
        found.add_span_processor(BatchSpanProcessor(exporter))
    return found


def sampler(wiring: Wiring) -> Sampler:
    """Which traces are recorded: decided where they begin, and kept to by all who are asked."""
    if not wiring.telemetry.otlp_endpoint:
        return ALWAYS_OFF
    ratio = wiring.telemetry.sample_ratio
    if wiring.kind not in ENTRANCES:
        return ParentBased(TraceIdRatioBased(ratio))
    own = Entrance(ratio)
    return ParentBased(own, remote_parent_sampled=own, remote_parent_not_sampled=own)


def shutdown() -> None:
    """Send what is left."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()


def extract(carrier: Mapping[str, str]) -> Context:
    """The trace that a request or a record belongs to."""
    return _propagator.extract(dict(carrier))


def inject(current: Span | None = None) -> dict[str, str]:
    """The headers that carry the current trace on; `current` is its span, where that is at hand."""
    current = current or trace.get_current_span()
    if isinstance(current, Carried):
        return dict(current.headers)
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier


class Work(AbstractContextManager[Span]):
    """A span, which is the current one while this lasts. A class and no generator: every request and every call has one."""

    __slots__ = ("_raises", "_span", "_token")

    def __init__(self, span: Span, *, raises: bool) -> None:
        self._span = span
        self._raises = raises

    def __enter__(self) -> Span:
        """Begin."""
        self._token = context.attach(trace.set_span_in_context(self._span))
        return self._span

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """End, however it ended."""
        context.detach(self._token)
        if self._span.is_recording():  # else it is somebody else's
            if kind is not None and self._raises:
                failed(self._span, kind.__name__)
            self._span.end()


def span(
    name: str,
    kind: SpanKind,
    parent: Context | None = None,
    attributes: Attributes | None = None,
    *,
    raises: bool = True,
) -> AbstractContextManager[Span]:
    """A piece of work; one that raises is marked as failed, with the kind of the error and not its text, which may quote anything.

    With `raises` off it is for whoever began it to say so: an error is how some calls are answered.
    """
    if isinstance(_tracer, Carrying):
        if parent is None and isinstance(current := trace.get_current_span(), Carried):
            return current  # the current one already, and it has no end
        return Work(_tracer.start_span(name, parent), raises=raises)
    return Work(
        _tracer.start_span(
            name,
            parent,
            kind,
            attributes,
            record_exception=False,
            set_status_on_exception=False,
        ),
        raises=raises,
    )


def part(name: str, kind: SpanKind, attributes: Attributes) -> AbstractContextManager[Span | None]:
    """A piece of work that is shown within a trace, and never begins one: what runs in the background all the time is nobody's request."""
    if not trace.get_current_span().is_recording():
        return nullcontext()
    return span(name, kind, attributes=attributes)


def failed(current: Span, why: str) -> None:
    """Mark a piece of work that ended with an answer which says so."""
    current.set_status(Status(StatusCode.ERROR, why))
