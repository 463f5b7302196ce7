"""The gRPC server: health, connection age, and interceptors around every method.

In order, from the outside: telemetry, deadline, principal, errors, peers, contract, degraded.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import grpc
import grpc.aio
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from opentelemetry.trace import SpanKind

from tube_platform import (
    constraints,
    deadlines,
    errors,
    logs,
    metrics,
    principal,
    telemetry,
)
from tube_platform.lifecycle import Part
from tube_platform.resilience import degraded
from tube_platform.rpc import codes
from tube_platform.rpc.peers import Peers
from tube_platform.wiring import Grpc

if TYPE_CHECKING:
    from tube_platform.rpc.certificates import Certificates

log = logs.get(__name__)

type Context = grpc.aio.ServicerContext[Any, Any]
type Unary = Callable[[Any, Context], Awaitable[Any]]
type Details = grpc.HandlerCallDetails
HEALTH = "/grpc.health.v1.Health/"
EARLIER_TRIES = "grpc-previous-rpc-attempts"
"""What a client's gRPC adds to a call that it tries again (gRFC A6)."""

type MethodHandler = grpc.RpcMethodHandler[Any, Any] | None
type Continuation = Callable[[Details], Awaitable[MethodHandler]]


class _UnaryInterceptor(grpc.aio.ServerInterceptor):
    """An interceptor that wraps unary methods; the system has no others, and health's stream passes."""

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: Details
    ) -> MethodHandler:
        handler = cast("Any", await continuation(handler_call_details))
        if handler is None or handler.unary_unary is None:
            return handler
        method = str(cast("Any", handler_call_details).method)
        return grpc.unary_unary_rpc_method_handler(
            self.wrap(method, handler.unary_unary),
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    def wrap(self, method: str, inner: Unary) -> Any:
        """The method with something around it."""
        raise NotImplementedError


class TelemetryInterceptor(_UnaryInterceptor):
    """A span, a count and a time for every call."""

    def wrap(self, method: str, inner: Unary) -> Any:
        """Measure."""

        async def measured(request: Any, context: Context) -> Any:
            began, metadata = time.monotonic(), _metadata(context)
            parent = telemetry.extract(metadata)
            if EARLIER_TRIES in metadata:
                metrics.rpc_retries.labels(method).inc()
            name, about = method.lstrip("/"), codes.about(method)
            with telemetry.span(name, SpanKind.SERVER, parent, attributes=about, raises=False) as current:
                try:
                    return await inner(request, context)
                finally:
                    ended = grpc.StatusCode(_code(context))
                    current.set_attribute(codes.STATUS, ended.value[0])
                    if (code := ended.name) in codes.FAULTS:
                        telemetry.failed(current, code)
                    metrics.rpc_served.labels(method, code).inc()
                    metrics.rpc_served_seconds.labels(method).observe(time.monotonic() - began)

        return measured


class DeadlineInterceptor(_UnaryInterceptor):
    """The caller's deadline becomes the budget of all that the method does."""

    def wrap(self, method: str, inner: Unary) -> Any:
        """Bound."""

        async def bounded(request: Any, context: Context) -> Any:
            with deadlines.within(context.time_remaining()):
                return await inner(request, context)

        return bounded


class PrincipalInterceptor(_UnaryInterceptor):
    """Who asks, as the gateway found out."""

    def wrap(self, method: str, inner: Unary) -> Any:
        """Remember the principal."""

        async def known(request: Any, context: Context) -> Any:
            with principal.acting_as(_metadata(context).get(principal.METADATA_KEY)):
                return await inner(request, context)

        return known


class ErrorInterceptor(_UnaryInterceptor):
    """Problems become status codes; anything else becomes INTERNAL, with its text in the log only."""

    def wrap(self, method: str, inner: Unary) -> Any:
        """Translate what is raised."""

        async def translated(request: Any, context: Context) -> Any:
            try:
                return await inner(request, context)
            except grpc.aio.AbortError:
                raise
            except errors.Problem as problem:
                found = problem
            except grpc.aio.AioRpcError as error:
                found = codes.as_own(error)
            except Exception:
                log.exception("method failed", method=method)
                found = errors.Problem("something went wrong here")
            if found.code in {"UNAVAILABLE", "INTERNAL"}:
                log.warning("call refused", method=method, code=found.code, reason=found.reason)
            return await context.abort(codes.status(found), found.message, codes.trailing(found))

        return translated


class ContractInterceptor(_UnaryInterceptor):
    """No method sees a request that breaks a rule of its contract (row P6)."""

    def wrap(self, method: str, inner: Unary) -> Any:
        """Hold the request against its rules."""

        async def kept(request: Any, context: Context) -> Any:
            if found := constraints.broken(request):
                rules = [f"{each.field} {each.rule}" for each in found]
                log.warning("call breaks its contract", method=method, rules=rules)
                raise errors.Invalid(constraints.text(found), constraints.REASON, found)
            return await inner(request, context)

        return kept


class PeerInterceptor(_UnaryInterceptor):
    """Which service asks, by its certificate. Health is for whoever came through the handshake; a method that streams is for nobody, since nobody would be asked."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: Details
    ) -> MethodHandler:
        """Ask, wherever it is not health that is asked for."""
        method = str(cast("Any", handler_call_details).method)
        if method.startswith(HEALTH):
            return await continuation(handler_call_details)
        handler = await super().intercept_service(continuation, handler_call_details)
        if handler is not None and cast("Any", handler).unary_unary is None:
            log.warning("stream refused", method=method)
            return None  # gRPC says UNIMPLEMENTED
        return handler

    def wrap(self, method: str, inner: Unary) -> Any:
        """Let pass whom the topology has call."""

        async def known(request: Any, context: Context) -> Any:
            self._peers.check(context, method)
            return await inner(request, context)

        return known


class DegradedInterceptor(_UnaryInterceptor):
    """What is missing or old in an answer, said with it."""

    def wrap(self, method: str, inner: Unary) -> Any:
        """Tell."""

        async def told(request: Any, context: Context) -> Any:
            with degraded.collecting() as notes:
                answer = await inner(request, context)
            if notes:
                context.set_trailing_metadata(((degraded.KEY, degraded.text(notes)),))
            return answer

        return told


OUTER = (TelemetryInterceptor, DeadlineInterceptor, PrincipalInterceptor, ErrorInterceptor)
INNER = (ContractInterceptor, DegradedInterceptor)


@dataclass(slots=True)
class GrpcServer(Part):
    """Serves the methods of the topology, and health for each of its services."""

    wiring: Grpc
    host: str = "0.0.0.0"  # noqa: S104 - clients come from other pods
    name: str = "grpc"
    certificates: "Certificates | None" = None
    """With them every client must show one, and nothing is served in plain text."""
    peers: Peers | None = None
    """Whose certificates may call; None: whoever can connect."""
    bound_port: int = 0
    _registrations: list[Callable[[grpc.aio.Server], None]] = field(
        default_factory=list[Callable[[grpc.aio.Server], None]]
    )
    _health: Any = None
    _server: grpc.aio.Server | None = None

    def register[S](self, add: Callable[[S, grpc.aio.Server], None], servicer: S) -> None:
        """Serve a servicer; `add` is the generated add_..._to_server."""
        self._registrations.append(lambda server: add(servicer, server))

    async def start(self) -> None:
        """Listen, and say SERVING."""
        constraints.prepare(_requests(self.wiring.services))
        self._server = grpc.aio.server(
            interceptors=self._interceptors(),
            options=[*self.wiring.server_options.items(), ("grpc.so_reuseport", 0)],
        )
        self._health = cast("Any", health).aio.HealthServicer()
        cast("Any", health_pb2_grpc).add_HealthServicer_to_server(self._health, self._server)
        for add in self._registrations:
            add(self._server)
        self.bound_port = self._listen(self._server, f"{self.host}:{self.wiring.port}")
        await self._server.start()
        for service in ("", *self.wiring.services):
            await self._health.set(service, health_pb2.HealthCheckResponse.SERVING)

    def _interceptors(self) -> list[grpc.aio.ServerInterceptor]:
        peers = [PeerInterceptor(self.peers)] if self.peers else []
        return [*(kind() for kind in OUTER), *peers, *(kind() for kind in INNER)]

    def _listen(self, server: grpc.aio.Server, address: str) -> int:
        if self.certificates is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, self.certificates.server_credentials())

    async def quiesce(self) -> None:
        """Say NOT_SERVING for good: clients with health checks go elsewhere before the port closes."""
        if self._health:
            await self._health.enter_graceful_shutdown()

    async def drain(self, seconds: float) -> None:
        """No new calls; those in hand may end within the time."""
        if self._server:
            await self._server.stop(seconds)

    async def close(self) -> None:
        """Nothing is left after the drain."""
        self._server = None


def _requests(services: Sequence[str]) -> list[Descriptor]:
    """The messages that the methods of services are asked with."""
    pool = cast("Any", descriptor_pool.Default())
    methods = [method for name in services for method in pool.FindServiceByName(name).methods]
    return [method.input_type for method in methods]


def _metadata(context: Context) -> dict[str, str]:
    given = context.invocation_metadata() or ()
    return {key: value for key, value in given if isinstance(value, str)}


def _code(context: Context) -> Any:
    """The status of the call; unset means OK."""
    code = cast("Any", context).code()
    if isinstance(code, grpc.StatusCode):
        return code.value
    return next(
        (status.value for status in grpc.StatusCode if status.value[0] == code), grpc.StatusCode.OK.value
    )
