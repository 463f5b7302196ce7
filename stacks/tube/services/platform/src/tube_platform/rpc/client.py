"""gRPC clients: names resolved by DNS, calls spread over all pods (row A6), a deadline on every call.

What may be retried, and how, is in the service config that the topology computes; there is no retry above it. Two things lie around a
call: the guard (guard.py) decides whether it is made, and Travelling adds what goes with it: the shrinking deadline, the trace, the principal.

They are no interceptors of grpc.aio: for those it makes a task and a second call around each call, which costs half of what the call does.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

import grpc
import grpc.aio
from opentelemetry.trace import Span, SpanKind

from tube_platform import deadlines, metrics, principal, telemetry
from tube_platform.lifecycle import Part
from tube_platform.resilience import degraded
from tube_platform.rpc import codes
from tube_platform.rpc.guard import Guard, Guarded
from tube_platform.wiring import Call

if TYPE_CHECKING:
    from tube_platform.rpc.certificates import Certificates

SAFE_OPTIONS = {
    "grpc.enable_retries": 1,
    "grpc.service_config_disable_resolution": 1,  # the topology's config counts, not a TXT record
}


type Metadata = Sequence[tuple[str, str | bytes]]


class Travelling:
    """A method of a callee whose calls take deadline, trace and principal along, and are counted."""

    def __init__(self, call: Any, target: str, method: str, deadline: float) -> None:
        self._call = call
        self._target = target
        self._method = method
        self._deadline = deadline
        self._about = {**codes.about(method), "peer.service": target}
        self._name = method.lstrip("/")
        self._calls = cache(partial(metrics.rpc_called.labels, target, method))
        self._seconds = metrics.rpc_called_seconds.labels(target, method)

    async def __call__(self, request: Any, timeout: float | None, metadata: Metadata) -> Any:
        """One call."""
        began, code = time.monotonic(), grpc.StatusCode.CANCELLED  # stays where the caller gives up
        with telemetry.span(self._name, SpanKind.CLIENT, attributes=self._about) as current:
            try:
                own = self._deadline if timeout is None else min(self._deadline, timeout)
                call = self._call(
                    request, timeout=deadlines.for_call(own), metadata=_travels(metadata, current)
                )
                answer = await call
                code = grpc.StatusCode.OK
                for key, value in await call.trailing_metadata():
                    if key == degraded.KEY:
                        degraded.restore((value,))
                return answer
            except grpc.aio.AioRpcError as error:
                code = error.code()
                raise
            finally:
                if current.is_recording():
                    current.set_attribute(codes.STATUS, code.value[0])
                self._calls(code.name).inc()
                self._seconds.observe(time.monotonic() - began)


def _travels(metadata: Metadata, current: Span) -> Metadata:
    """What goes with a call."""
    name = principal.current()
    own = ((principal.METADATA_KEY, name),) if name else ()
    return (*metadata, *telemetry.inject(current).items(), *own)


class Channel:
    """A channel for the generated stubs, which ask it for nothing but their methods."""

    def __init__(self, inner: grpc.aio.Channel, name: str, guard: Guard, deadline: float) -> None:
        self._inner = inner
        self._name = name
        self._guard = guard
        self._deadline = deadline

    def unary_unary(self, method: str, *arguments: Any, **named: Any) -> Guarded:
        """A method; the system has no streams."""
        inner = cast("Any", self._inner).unary_unary(method, *arguments, **named)
        return Guarded(self._guard, Travelling(inner, self._name, method, self._deadline), method)


@dataclass(slots=True)
class GrpcClient(Part):
    """The channel to one service. Channels connect when first used, so a callee that is down keeps nobody from starting."""

    wiring: Call
    name: str = "grpc client"
    guard: Guard | None = None
    """What stands before its calls: with the breakers of the wiring alone, where none is given."""
    certificates: "Certificates | None" = None
    """What the channel shows, and whose certificates it takes; None: plain text."""
    _inner: grpc.aio.Channel | None = None
    _channel: Channel | None = None

    @property
    def channel(self) -> grpc.aio.Channel:
        """The channel, made when first asked for."""
        if self._channel is None:
            guard = self.guard or Guard(self.name, self.wiring)
            self._inner = self._opened()
            self._channel = Channel(self._inner, self.name, guard, self.wiring.deadline)
        return cast("grpc.aio.Channel", self._channel)

    def _opened(self) -> grpc.aio.Channel:
        target, options = self.wiring.target, channel_options(self.wiring)
        if self.certificates is None:
            return grpc.aio.insecure_channel(target, options=options)

        from tube_platform.rpc.channels import RenewedChannel

        def secured(credentials: grpc.ChannelCredentials) -> grpc.aio.Channel:
            return grpc.aio.secure_channel(target, credentials, options=options)

        return RenewedChannel(secured, self.certificates, self.wiring.deadline)

    def stub[S](self, kind: Callable[[grpc.aio.Channel], S]) -> S:
        """A stub of the generated kind on this channel."""
        return kind(self.channel)

    async def close(self) -> None:
        """Let calls in hand end for a moment, then close."""
        if self._inner is not None:
            await self._inner.close(grace=1.0)


def channel_options(call: Call) -> list[tuple[str, Any]]:
    """The options of the topology, with the service config as JSON."""
    config = call.service_config or {"loadBalancingConfig": [{"round_robin": {}}]}
    return [*(SAFE_OPTIONS | call.channel_options).items(), ("grpc.service_config", json.dumps(config))]
