"""gRPC settings as clients and servers take them: service config, channel options, server options."""

from collections.abc import Collection
from typing import Any

from wireplan.topology import defaults
from wireplan.topology.types import Call, Contract, GrpcServer, Idempotency, Method, Retry

KEEPALIVE_TIME = 30_000
"""ms; above the server's min_ping_interval of 20 s (RPC003)."""

JITTER = 1.2
"""A backoff is multiplied by up to this much (gRFC A6)."""

CHANNEL_OPTIONS: dict[str, int] = {
    "grpc.keepalive_time_ms": KEEPALIVE_TIME,
    "grpc.keepalive_timeout_ms": 5_000,
    "grpc.keepalive_permit_without_calls": 1,
    "grpc.http2.max_pings_without_data": 0,
    "grpc.dns_min_time_between_resolutions_ms": 10_000,
    "grpc.enable_retries": 1,
}
"""Of every client channel: dead servers are noticed in 35 s, new pods within 10 s (grpc doc/keepalive.md, grpc/grpc#12295)."""


def server_options(server: GrpcServer) -> dict[str, int]:
    """Options of a gRPC server, in milliseconds."""
    return {
        "grpc.max_connection_age_ms": ms(server.max_connection_age),
        "grpc.max_connection_age_grace_ms": ms(server.max_connection_age_grace),
        "grpc.keepalive_time_ms": ms(server.keepalive_time),
        "grpc.keepalive_timeout_ms": ms(server.keepalive_timeout),
        "grpc.http2.min_recv_ping_interval_without_data_ms": ms(server.min_ping_interval),
        "grpc.keepalive_permit_without_calls": 1,
        **received(server),
    }


def channel_options(server: GrpcServer | None) -> dict[str, int]:
    """Options of a client's channel to a server."""
    return {**CHANNEL_OPTIONS, **(received(server) if server else {})}


def received(server: GrpcServer) -> dict[str, int]:
    """The largest message that either end takes, where it is not gRPC's own."""
    own = server.max_message_bytes
    return {} if own == defaults.GRPC_MESSAGE.value else {"grpc.max_receive_message_length": own}


def service_config(call: Call, contract: Contract | None) -> dict[str, Any]:
    """The service config of a channel: balancing, health, retries of idempotent methods only (RPC005)."""
    config: dict[str, Any] = {
        "loadBalancingConfig": [{call.load_balancing: {}}],
        "healthCheckConfig": {"serviceName": ""},
        "methodConfig": method_configs(call, contract),
    }
    if call.retry.attempts > 1:
        config["retryThrottling"] = {"maxTokens": 10, "tokenRatio": 0.1}
    return config


def method_configs(call: Call, contract: Contract | None) -> list[dict[str, Any]]:
    """The retry policy of those methods that may be repeated.

    No `timeout`: the C core counts it from one to two seconds ago, so that one of a second is over at once
    (grpc/grpc#34547). The deadline is in the wiring, and the client gives it with each call.
    """
    repeatable = [m.name for m in contract.methods.values() if idempotent(m)] if contract else []
    if not repeatable or call.retry.attempts < 2:
        return []
    named = [{"service": call.contract, "method": name} for name in repeatable]
    return [{"name": named, "retryPolicy": retry_policy(call)}]


def idempotent(method: Method) -> bool:
    """Whether a method's contract says that it may be repeated."""
    return method.idempotency is not Idempotency.UNKNOWN


def reads(contract: Contract, among: Collection[str] = ()) -> list[str]:
    """The methods of a contract, or those `among` them, that have no side effects: a class of their own for breakers, and the only ones with a fallback."""
    methods = (m for m in contract.methods.values() if not among or m.name in among)
    return [m.name for m in methods if m.idempotency is Idempotency.NO_SIDE_EFFECTS]


def retry_policy(call: Call) -> dict[str, Any]:
    """The retryPolicy of gRFC A6; five attempts at most."""
    return {
        "maxAttempts": min(5, call.retry.attempts),
        "initialBackoff": duration(call.retry.initial_backoff),
        "maxBackoff": duration(call.retry.max_backoff),
        "backoffMultiplier": call.retry.multiplier,
        "retryableStatusCodes": list(call.retry.on),
    }


def pauses(retry: Retry) -> float:
    """The longest sum of pauses between the attempts of a call, seconds."""
    steps = (retry.initial_backoff * retry.multiplier**step for step in range(retry.attempts - 1))
    return sum(min(step, retry.max_backoff) * JITTER for step in steps)


def once(call: Call) -> str:
    """Why a call that names no attempts is made once."""
    if call.protocol == "http":
        return "no contract says that a call by HTTP may be repeated"
    if call.retry.initial_backoff * JITTER >= call.deadline:
        return "a second could not begin before the deadline (RPC004)"
    return "with those of the calls above or below, two would be more than 4 in all (RPC006)"


def ms(seconds: float) -> int:
    """Milliseconds."""
    return round(seconds * 1000)


def duration(seconds: float) -> str:
    """A duration as protobuf's JSON form spells it."""
    return f"{seconds:.3f}s"
