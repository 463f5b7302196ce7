"""gRPC between services: deadlines shrink, principals and traces travel, problems keep their names (rows P5, F1.2)."""

import asyncio
from collections.abc import Callable
from typing import Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from opentelemetry import trace
from opentelemetry.trace import SpanKind
from prometheus_client import REGISTRY

from tube_platform import deadlines, errors, principal, telemetry
from tube_platform.errors import Problem
from tube_platform.rpc import client, codes
from tube_platform.rpc.client import GrpcClient
from tube_platform.rpc.server import GrpcServer
from tube_platform.testing import echo
from tube_platform.testing.rpc import served
from tube_platform.wiring import Call, Grpc

RETRIED = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [{"service": echo.SERVICE}],
            "retryPolicy": {
                "maxAttempts": 2,
                "initialBackoff": "0.01s",
                "maxBackoff": "0.01s",
                "backoffMultiplier": 1,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
}
REQUEST = echo.EchoRequest(text="o")
add = echo.add_echo


class Service:
    """Does what a test wants."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.act = act

    async def Echo(self, request: Any, context: Any) -> Any:
        """Act, and answer."""
        await self.act()
        return echo.EchoResponse(text=request.text)


def stub(channel: grpc.aio.Channel) -> Any:
    """A stub of the service."""
    return echo.EchoStub(channel)


async def test_deadline_shrinks_from_hop_to_hop() -> None:
    """Edge 1 s -> front -> back: each hop has less than the one before, by at least the margin."""
    seen: dict[str, float] = {}

    async def back() -> None:
        seen["back"] = deadlines.remaining() or -1

    async with served(add, Service(back)) as to_back:

        async def front() -> None:
            seen["front"] = deadlines.remaining() or -1
            await stub(to_back).Echo(REQUEST)

        async with served(add, Service(front)) as to_front:
            with deadlines.within(1.0):
                await stub(to_front).Echo(REQUEST)
    rounding = 0.01  # a deadline travels as a whole number of a unit, rounded up
    assert 0 < seen["front"] <= 1.0 - deadlines.MARGIN + rounding
    assert 0 < seen["back"] <= seen["front"] - deadlines.MARGIN + rounding


async def test_own_deadline_bounds_a_call_without_a_budget() -> None:
    """There is no call without a deadline."""

    async def slow() -> None:
        await asyncio.sleep(5)

    async with served(add, Service(slow), deadline=0.1) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub(channel).Echo(REQUEST)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_principal_and_trace_travel_and_do_not_leak() -> None:
    """The callee knows who asks and which trace it belongs to; the next call without one has none."""
    seen: list[tuple[str | None, int]] = []

    async def note() -> None:
        seen.append((principal.current(), trace.get_current_span().get_span_context().trace_id))

    async with served(add, Service(note)) as channel:
        with telemetry.span("edge", SpanKind.SERVER) as edge, principal.acting_as("account-1"):
            await stub(channel).Echo(REQUEST)
        await stub(channel).Echo(REQUEST)
    assert seen[0] == ("account-1", edge.get_span_context().trace_id)
    assert seen[1][0] is None
    assert seen[1][1] != seen[0][1]


@pytest.mark.parametrize(
    "kind", [kind for kind in Problem.__subclasses__() if kind.__module__ == errors.__name__]
)
async def test_problems_keep_code_reason_and_message(kind: type[Problem]) -> None:
    """What the callee raises is what the caller can restore."""

    async def fail() -> None:
        raise kind("a sentence", "a_reason")

    async with served(add, Service(fail)) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub(channel).Echo(REQUEST)
    found = codes.problem(caught.value)
    assert (found.code, found.reason, found.message) == (kind.code, "a_reason", "a sentence")


def test_a_callee_that_stops_with_the_call_in_hand_is_unavailable() -> None:
    """Nobody here gave up, and it may work elsewhere: no fault of ours, and worth another try."""
    nothing = grpc.aio.Metadata()
    stopped = grpc.aio.AioRpcError(grpc.StatusCode.CANCELLED, nothing, nothing)
    assert codes.problem(stopped).code == "UNAVAILABLE"
    assert codes.as_own(stopped).code == "UNAVAILABLE"


async def test_tries_after_the_first_are_counted_where_they_arrive() -> None:
    """gRPC tries again inside of the client, where nobody sees it."""
    tries = 0

    async def twice() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise errors.Unavailable("not yet")

    labels = {"method": f"/{echo.SERVICE}/{echo.METHOD}"}
    before = REGISTRY.get_sample_value("rpc_retries_total", labels) or 0
    async with served(add, Service(twice), service_config=RETRIED) as channel:
        await stub(channel).Echo(REQUEST)
    assert tries == 2
    assert (REGISTRY.get_sample_value("rpc_retries_total", labels) or 0) - before == 1


async def test_bug_is_internal_and_its_text_stays_inside() -> None:
    """A stack trace or a connection string is nobody else's business."""

    async def fail() -> None:
        raise RuntimeError("password=hunter2")

    async with served(add, Service(fail)) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub(channel).Echo(REQUEST)
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "hunter2" not in (caught.value.details() or "")


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        (errors.Unavailable("x"), grpc.StatusCode.UNAVAILABLE),
        (errors.NotFound("x"), grpc.StatusCode.INTERNAL),
        (errors.Invalid("x"), grpc.StatusCode.INTERNAL),
    ],
)
async def test_failed_call_of_a_callee_is_not_the_clients_mistake(
    inner: Problem, outer: grpc.StatusCode
) -> None:
    """That something behind is unavailable is passed on; that this service asked wrongly is its own fault."""

    async def back() -> None:
        raise inner

    async with served(add, Service(back)) as to_back:

        async def front() -> None:
            await stub(to_back).Echo(REQUEST)

        async with served(add, Service(front)) as to_front:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stub(to_front).Echo(REQUEST)
    assert caught.value.code() is outer


async def test_end_says_not_serving_before_the_port_closes() -> None:
    """Clients with health checks leave while calls in hand still end (row F1.5)."""
    entered, go = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        entered.set()
        await go.wait()

    server = GrpcServer(Grpc(0, (echo.SERVICE,)), host="127.0.0.1")
    server.register(add, Service(slow))
    await server.start()
    channel = grpc.aio.insecure_channel(f"127.0.0.1:{server.bound_port}")
    health: Any = health_pb2_grpc.HealthStub(channel)

    async def status(service: str) -> int:
        return (await health.Check(health_pb2.HealthCheckRequest(service=service))).status

    assert await status(echo.SERVICE) == health_pb2.HealthCheckResponse.SERVING
    call = asyncio.ensure_future(stub(channel).Echo(REQUEST))
    await entered.wait()
    await server.quiesce()
    assert await status("") == health_pb2.HealthCheckResponse.NOT_SERVING
    ending = asyncio.create_task(server.drain(5))
    await asyncio.sleep(0.05)
    go.set()
    assert isinstance(await call, echo.EchoResponse)
    await ending
    await channel.close()


async def test_retry_policy_of_the_service_config_is_in_force() -> None:
    """An idempotent method that was UNAVAILABLE is tried again by gRPC itself, as the topology says."""
    calls = 0

    async def flaky() -> None:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise errors.Unavailable("not yet")

    server = GrpcServer(Grpc(0), host="127.0.0.1")
    server.register(add, Service(flaky))
    await server.start()
    policy = {
        "maxAttempts": 3, "initialBackoff": "0.01s", "maxBackoff": "0.1s", "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }  # fmt: skip
    name = [{"service": echo.SERVICE, "method": echo.METHOD}]
    config = {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [{"name": name, "retryPolicy": policy}],
    }
    to = GrpcClient(Call(f"dns:///127.0.0.1:{server.bound_port}", "s", 5.0, service_config=config), "s")
    await stub(to.channel).Echo(REQUEST)
    assert calls == 3
    await to.close()
    await server.drain(0)


def test_channel_options_have_the_service_config() -> None:
    """Round robin is there even when the wiring says nothing; TXT records decide nothing."""
    options = dict(
        client.channel_options(
            Call("dns:///x:1", "s", 1.0, channel_options={"grpc.keepalive_time_ms": 30000})
        )
    )
    assert "round_robin" in options["grpc.service_config"]
    assert options["grpc.keepalive_time_ms"] == 30000
    assert options["grpc.service_config_disable_resolution"] == 1
