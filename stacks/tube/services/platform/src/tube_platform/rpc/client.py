"""gRPC clients: names resolved by DNS, calls spread over all pods (row A6), a deadline on every call.

What may be retried, and how, is in the service config that the topology computes; there is no retry above it. Two interceptors lie around a
call: the guard (guard.py) decides whether it is made, and the other adds what travels with it: the shrinking deadline, the trace, the principal.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
from opentelemetry.trace import SpanKind

from tube_platform import deadlines, metrics, principal, telemetry
from tube_platform.lifecycle import Part
from tube_platform.resilience import degraded
from tube_platform.rpc import codes
from tube_platform.rpc.guard import Guard, GuardInterceptor
from tube_platform.wiring import Call

if TYPE_CHECKING:
    from tube_platform.rpc.certificates import Certificates

SAFE_OPTIONS = {
    "grpc.enable_retries": 1,
    "grpc.service_config_disable_resolution": 1,  # the topology's config counts, not a TXT record
}


class TravelInterceptor(grpc.aio.UnaryUnaryClientInterceptor):
    """Sets the deadline, and sends trace and principal along."""

    def __init__(self, target: str, deadline: float) -> None:
        self._target = target
        self._deadline = deadline

    async def intercept_unary_unary(
        self, continuation: Any, client_call_details: grpc.aio.ClientCallDetails, request: Any
    ) -> Any:
        """One call."""
        method = codes.text(client_call_details.method)
        began, code = time.monotonic(), grpc.StatusCode.CANCELLED  # stays where the caller gives up
        about = {**codes.about(method), "peer.service": self._target}
        with telemetry.span(method.lstrip("/"), SpanKind.CLIENT, attributes=about) as current:
            try:
                call = await continuation(self._details(client_call_details), request)
                answer = await call
                code = grpc.StatusCode.OK
                trailing = await call.trailing_metadata()
                degraded.restore(value for key, value in trailing or () if key == degraded.KEY)
                return answer
            except grpc.aio.AioRpcError as error:
                code = error.code()
                raise
            finally:
                current.set_attribute(codes.STATUS, code.value[0])
                metrics.rpc_called.labels(self._target, method, code.name).inc()
                metrics.rpc_called_seconds.labels(self._target, method).observe(time.monotonic() - began)

    def _details(self, details: grpc.aio.ClientCallDetails) -> grpc.aio.ClientCallDetails:
        own = self._deadline if details.timeout is None else min(self._deadline, details.timeout)
        metadata = grpc.aio.Metadata(*(details.metadata or ()))
        for key, value in telemetry.inject().items():
            metadata.add(key, value)
        if name := principal.current():
            metadata.add(principal.METADATA_KEY, name)
        return grpc.aio.ClientCallDetails(
            method=details.method,
            timeout=deadlines.for_call(own),
            metadata=metadata,
            credentials=details.credentials,
            wait_for_ready=details.wait_for_ready,
        )


@dataclass(slots=True)
class GrpcClient(Part):
    """The channel to one service. Channels connect when first used, so a callee that is down keeps nobody from starting."""

    wiring: Call
    name: str = "grpc client"
    guard: Guard | None = None
    """What stands before its calls: with the breakers of the wiring alone, where none is given."""
    certificates: "Certificates | None" = None
    """What the channel shows, and whose certificates it takes; None: plain text."""
    _channel: grpc.aio.Channel | None = None

    @property
    def channel(self) -> grpc.aio.Channel:
        """The channel, made when first asked for."""
        if self._channel is None:
            guard = self.guard or Guard(self.name, self.wiring)
            around = [GuardInterceptor(guard), TravelInterceptor(self.name, self.wiring.deadline)]
            self._channel = self._opened(around)
        return self._channel

    def _opened(self, around: Sequence[grpc.aio.ClientInterceptor]) -> grpc.aio.Channel:
        target, options = self.wiring.target, channel_options(self.wiring)
        if self.certificates is None:
            return grpc.aio.insecure_channel(target, options=options, interceptors=around)

        from tube_platform.rpc.channels import RenewedChannel

        def secured(credentials: grpc.ChannelCredentials) -> grpc.aio.Channel:
            return grpc.aio.secure_channel(target, credentials, options=options, interceptors=around)

        return RenewedChannel(secured, self.certificates, self.wiring.deadline)

    def stub[S](self, kind: Callable[[grpc.aio.Channel], S]) -> S:
        """A stub of the generated kind on this channel."""
        return kind(self.channel)

    async def close(self) -> None:
        """Let calls in hand end for a moment, then close."""
        if self._channel is not None:
            await self._channel.close(grace=1.0)


def channel_options(call: Call) -> list[tuple[str, Any]]:
    """The options of the topology, with the service config as JSON."""
    config = call.service_config or {"loadBalancingConfig": [{"round_robin": {}}]}
    return [*(SAFE_OPTIONS | call.channel_options).items(), ("grpc.service_config", json.dumps(config))]
