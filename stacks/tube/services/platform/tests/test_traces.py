"""One trace from a request to the last effect: HTTP, gRPC, SQL, outbox, Kafka; and nothing in it that is not everybody's business."""

import asyncio
import subprocess
import sys
import threading
import uuid
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
import grpc.aio
import httpx2
import pytest
from google.protobuf.wrappers_pb2 import StringValue
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tube_platform import errors, postgres, principal, telemetry, wiring
from tube_platform.carried import Carried
from tube_platform.kafka import loop
from tube_platform.kafka.loop import ConsumerLoop, Handler
from tube_platform.kafka.records import Received
from tube_platform.lifecycle import Lifecycle
from tube_platform.outbox import Outbox, Relay
from tube_platform.postgres import Connection, Database
from tube_platform.rpc import http
from tube_platform.testing import echo
from tube_platform.testing.broker import MemoryBroker, MemorySource
from tube_platform.testing.rpc import served
from tube_platform.web import Observed
from tube_platform.wiring import OutboxWiring, Publication, Subscription

SUBSCRIPTION = Subscription(
    topic="t", message="google.protobuf.StringValue", key="value", group="g", dead_letter_topic="t.g.dlt",
    handler_timeout=5.0,
)  # fmt: skip
CANARY = "ada@example.com"
KNOWN = {
    "http.request.method", "http.route", "http.response.status_code",
    "rpc.system", "rpc.service", "rpc.method", "rpc.grpc.status_code", "peer.service",
    "db.system.name", "db.namespace", "db.pool",
    "messaging.system", "messaging.operation.type", "messaging.destination.name", "messaging.destination.partition.id",
    "messaging.kafka.offset", "messaging.consumer.group.name", "messaging.message.id", "messaging.outcome",
}  # fmt: skip
"""All that a span may say. What is new here is looked at by somebody: it goes to whoever keeps traces."""


def told(kind: str, endpoint: str | None, ratio: float = 1.0) -> wiring.Wiring:
    """The wiring of a service as far as traces go."""
    return wiring.parse({
        "version": 1, "system": "test", "service": "a", "kind": kind,
        "telemetry": {"otlp_endpoint": endpoint, "sample_ratio": ratio},
    })  # fmt: skip


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Generator[Callable[[], list[ReadableSpan]]]:
    """The spans that have ended since a test began, as an exporter gets them."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    yield lambda: list(kept.get_finished_spans())
    provider.shutdown()


def named(found: list[ReadableSpan], name: str) -> ReadableSpan:
    """The one span of a name."""
    (span,) = (each for each in found if each.name == name)
    return span


def parent(span: ReadableSpan) -> int | None:
    """The number of the span that it is a part of."""
    return span.parent.span_id if span.parent else None


def context(span: ReadableSpan) -> SpanContext:
    """Its trace, and its number in it."""
    found = span.get_span_context()
    assert found
    return found


def number(span: ReadableSpan) -> int:
    """Its own."""
    return context(span).span_id


class Service:
    """Writes an event in a transaction."""

    def __init__(self, database: Database, outbox: Outbox, fails: Exception | None = None) -> None:
        self.database, self.outbox, self.fails = database, outbox, fails

    async def Echo(self, request: Any, _: Any) -> Any:
        """Write it."""

        async def work(connection: Connection) -> None:
            await self.outbox.add(connection, "t", StringValue(value=request.text))

        if self.fails:
            raise self.fails
        await self.database.transact(work)
        return echo.EchoResponse(text=request.text)


def front(channel: grpc.aio.Channel) -> Observed:
    """A gateway with one route, which asks the service."""

    async def post(request: Request) -> Response:
        with principal.acting_as(CANARY):
            answer = await echo.EchoStub(channel).Echo(echo.EchoRequest(text=request.path_params["name"]))
        return PlainTextResponse(answer.text)

    application = Starlette(routes=[Route("/v1/people/{name}", post, methods=["POST"])])
    http.install(application)
    return Observed(application, 5.0)


@asynccontextmanager
async def consuming(broker: MemoryBroker, handled: asyncio.Event) -> AsyncGenerator[None]:
    """A member of the group that reads the event."""

    async def handle(_: StringValue, __: Received) -> None:
        handled.set()

    life, source = Lifecycle(1.0), MemorySource(broker, "g")
    member = ConsumerLoop(SUBSCRIPTION, Handler(StringValue, handle), source, broker, life)
    await member.start()
    try:
        yield
    finally:
        await member.quiesce()
        await member.drain(1.0)
        await member.close()


async def ask(application: Observed, path: str, **headers: str) -> httpx2.Response:
    """Post to it."""
    transport = httpx2.ASGITransport(application)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.post(path, headers=headers)


@pytest.fixture
def outbox() -> Outbox:
    """An outbox for one topic."""
    return Outbox({"t": Publication("t", "google.protobuf.StringValue", "value")})


async def test_one_trace_leads_from_the_request_to_the_effect_of_its_event(
    database: Database,
    outbox: Outbox,
    spans: Callable[[], list[ReadableSpan]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each hop is a part of the one before, in another process or days later; what is said of it is in KNOWN."""
    monkeypatch.setattr(loop, "POLL", 0.002)
    broker, handled = MemoryBroker(), asyncio.Event()
    async with served(echo.add_echo, Service(database, outbox)) as channel:
        answer = await ask(
            front(channel), f"/v1/people/{CANARY}?token={CANARY}", authorization=f"Bearer {CANARY}"
        )
    assert answer.status_code == 200
    await Relay(database, broker, OutboxWiring(), Lifecycle(1.0)).send_batch()
    async with consuming(broker, handled):
        async with asyncio.timeout(10):
            await handled.wait()

    found, method = spans(), f"{echo.SERVICE}/{echo.METHOD}"
    entrance = named(found, "POST /v1/people/{name}")
    client, server = (
        next(each for each in found if each.name == method and each.kind is kind)
        for kind in (SpanKind.CLIENT, SpanKind.SERVER)
    )
    written = named(found, f"transaction {database.wiring.name}")
    sent, processed = named(found, "send t"), named(found, "process t")
    assert [each.kind for each in (entrance, written, sent, processed)] == [
        SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER,
    ]  # fmt: skip
    assert parent(entrance) is None
    assert [parent(each) for each in (client, server, written, sent, processed)] == [
        number(entrance), number(client), number(server), number(written), number(sent),
    ]  # fmt: skip
    assert len({context(each).trace_id for each in found}) == 1
    assert {each.status.status_code for each in found} == {StatusCode.UNSET}
    assert {name for each in found for name in each.attributes or {}} == KNOWN
    for each in found:
        assert CANARY not in each.to_json(), f"{each.name} says who asked"


async def test_an_answer_that_says_no_is_no_fault(
    database: Database, outbox: Outbox, spans: Callable[[], list[ReadableSpan]]
) -> None:
    """NOT_FOUND is what the caller asked for; its own span has failed, since it may not have expected it."""
    fails = errors.NotFound(f"no {CANARY}")
    async with served(echo.add_echo, Service(database, outbox, fails)) as channel:
        assert (await ask(front(channel), "/v1/people/x")).status_code == 404
    server = next(
        each for each in spans() if each.kind is SpanKind.SERVER and "rpc.system" in (each.attributes or {})
    )
    assert server.status.status_code is StatusCode.UNSET
    assert (server.attributes or {})["rpc.grpc.status_code"] == 5
    assert CANARY not in "".join(each.to_json() for each in spans())


async def test_a_fault_is_marked_at_every_hop(
    database: Database, outbox: Outbox, spans: Callable[[], list[ReadableSpan]]
) -> None:
    """Whoever looks for what failed finds where it began; the text of the error is in the log."""
    async with served(echo.add_echo, Service(database, outbox, KeyError(CANARY))) as channel:
        assert (await ask(front(channel), "/v1/people/x")).status_code == 500
    assert [each.status.status_code for each in spans()] == [StatusCode.ERROR] * 3
    assert CANARY not in "".join(each.to_json() for each in spans())


async def test_what_runs_by_itself_begins_no_trace(
    database: Database, spans: Callable[[], list[ReadableSpan]]
) -> None:
    """A relay that looks once a second would fill whatever keeps traces."""
    await Relay(database, MemoryBroker(), OutboxWiring(), Lifecycle(1.0)).send_batch()
    assert spans() == []


async def test_a_read_of_a_replica_is_shown_too(
    database: Database, spans: Callable[[], list[ReadableSpan]]
) -> None:
    """Each transaction is shown, and where it ran."""

    async def work(connection: Connection) -> int:
        return int(await postgres.value(connection, "select 1"))

    with telemetry.span("request", SpanKind.SERVER):
        assert await database.read_replica(work) == 1
    assert spans()[0].name == f"transaction {database.wiring.name}"


def test_nothing_is_recorded_without_a_collector_and_traces_are_carried_on() -> None:
    """It costs next to nothing, and logs of several services still have one number."""
    made = telemetry.provider(told("grpc", None))
    tracer = made.get_tracer("test")
    with tracer.start_as_current_span("a") as outer:
        assert not outer.is_recording()
        assert f"{outer.get_span_context().trace_id:032x}" in telemetry.inject()["traceparent"]


def test_where_nothing_is_recorded_a_trace_goes_on_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or begins, where none came; what is done within it has no number of its own, and one that fails ends it for nobody else."""
    monkeypatch.setattr(telemetry, "_tracer", telemetry.Carrying())
    came = f"00-{uuid.uuid4().hex}-00f067aa0ba902b7-01"
    with telemetry.span("request", SpanKind.SERVER, telemetry.extract({"traceparent": came})):
        with pytest.raises(KeyError), telemetry.span("call", SpanKind.CLIENT):
            raise KeyError("no such thing")
        assert telemetry.inject()["traceparent"] == came
    assert not telemetry.inject()
    with telemetry.span("request", SpanKind.SERVER, telemetry.extract({})) as begun:
        assert f"{begun.get_span_context().trace_id:032x}" in telemetry.inject()["traceparent"]


@pytest.mark.parametrize("flag", ["00", "01"])
@pytest.mark.parametrize("state", [None, "a=1,b=2"])
def test_what_is_carried_on_is_what_the_library_would_say(flag: str, state: str | None) -> None:
    """It is written once a request, by ourselves."""
    came = {"traceparent": f"00-{uuid.uuid4().hex}-00f067aa0ba902b7-{flag}"} | (
        {"tracestate": state} if state else {}
    )
    context = telemetry.extract(came)
    said: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(said, context)
    assert Carried(trace.get_current_span(context).get_span_context()).headers == said == came


@pytest.mark.parametrize(
    ("kind", "listens"), [("grpc", True), ("worker", True), ("gateway", False), ("http", False)]
)
def test_a_stranger_does_not_decide_what_is_recorded(kind: str, listens: bool) -> None:
    """A flag costs him nothing. Between services the flag is what keeps a trace whole."""
    for flag in ("00", "01"):
        outside = telemetry.extract({"traceparent": f"00-{uuid.uuid4().hex}-00f067aa0ba902b7-{flag}"})
        for ratio in (0.0, 1.0):
            decided = telemetry.sampler(told(kind, "http://collector:4318", ratio)).should_sample(
                outside, 1, "a"
            )
            assert decided.decision.is_sampled() is (flag == "01" if listens else ratio == 1.0)


class Collector:
    """Takes what an exporter sends, and remembers it."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes]] = []
        this = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                this.got.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(200)
                self.end_headers()

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def collector() -> Generator[Collector]:
    """One that runs."""
    found = Collector()
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_spans_are_sent_to_the_collector_at_the_latest_when_the_process_ends(collector: Collector) -> None:
    """By OTLP over HTTP, with the name of the service."""
    made = telemetry.provider(told("grpc", f"http://127.0.0.1:{collector.server.server_port}/"))
    made.get_tracer("test").start_span("a").end()
    made.shutdown()
    ((path, body),) = collector.got
    assert path == "/v1/traces"
    assert b"service.name" in body


def test_a_process_ends_though_its_collector_is_away() -> None:
    """A pod that waits for its telemetry is killed in the middle of its own end."""
    code = (
        "from opentelemetry import trace; from tube_platform import telemetry, wiring;"
        "telemetry.configure(wiring.parse({'version': 1, 'system': 's', 'service': 'a', 'telemetry':"
        " {'otlp_endpoint': 'http://127.0.0.1:9', 'sample_ratio': 1.0}}));"
        "trace.get_tracer('a').start_span('b').end(); telemetry.shutdown()"
    )
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)
