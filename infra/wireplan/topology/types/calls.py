"""A service that asks another: its deadline, its tries, its breaker, and what it answers when nothing comes."""

from wireplan.records import dataclass


@dataclass(frozen=True, slots=True)
class Fallback:
    """What a caller answers when the callee does not (spec row F1.6): cache, empty, or error."""

    kind: str
    cache: str | None = None
    ttl: float | None = None
    max_stale: float | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Attempts in all (1 = none), backoff in seconds, and which status codes are retried."""

    attempts: int
    initial_backoff: float
    max_backoff: float
    multiplier: float
    on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Breaker:
    """Circuit breaker of one call (spec row F1.7)."""

    failure_ratio: float
    minimum_calls: int
    window: float
    consecutive_failures: int
    open_for: float
    open_max: float
    close_after: int


@dataclass(frozen=True, slots=True)
class Call:
    """A synchronous call from a service to another."""

    caller: str
    callee: str
    protocol: str  # grpc | http
    target: str  # dns:///callee.namespace.svc.cluster.local:50051 | http://callee.namespace.svc.cluster.local:8080
    contract: str | None  # full name of the gRPC service
    methods: tuple[str, ...]  # empty = all of the contract
    deadline: float
    retry: Retry
    breaker: Breaker
    load_balancing: str  # round_robin
    critical: bool
    fallback: Fallback | None
