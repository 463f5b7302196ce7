"""A service and its pods: what they listen on, how they are probed, how they end."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum

from wireplan.records import dataclass, empty
from wireplan.topology.types.calls import Call
from wireplan.topology.types.clients import GraphQL, OAuth, RateLimit, Tokens
from wireplan.topology.types.messaging import Channel, Consumption, Publication
from wireplan.topology.types.resources import Replicas, Resources
from wireplan.topology.types.stores import BucketUse, DatabaseUse


class ServiceKind(Enum):
    """What a service speaks to its callers."""

    GATEWAY = "gateway"
    GRPC = "grpc"
    HTTP = "http"
    WORKER = "worker"


class Tier(Enum):
    """Whether the system may live without the service for a while (spec row F1.4)."""

    CRITICAL = "critical"
    SECONDARY = "secondary"


@dataclass(frozen=True, slots=True)
class Ports:
    """Container ports of a service's pod; None where it does not serve that."""

    grpc: int | None
    http: int | None
    ops: int


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe of a pod, against the ops port. Seconds."""

    path: str
    period: float
    timeout: float
    failures: int
    initial_delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Probes:
    """Startup, readiness and liveness; liveness touches no dependency (spec rows A4, F1.1)."""

    startup: Probe
    readiness: Probe
    liveness: Probe


@dataclass(frozen=True, slots=True)
class Shutdown:
    """How a pod ends. grace = pre_stop + drain + reserve, seconds."""

    pre_stop: float
    drain: float
    grace: float


@dataclass(frozen=True, slots=True)
class GrpcServer:
    """Server-side settings of gRPC. Seconds."""

    max_connection_age: float
    max_connection_age_grace: float
    keepalive_time: float
    keepalive_timeout: float
    min_ping_interval: float
    max_message_bytes: int


@dataclass(frozen=True, slots=True)
class Service:
    """A microservice and its workload."""

    name: str
    kind: ServiceKind
    tier: Tier
    module: str  # Python package, tube_upload
    identity: str  # stable (StatefulSet) | interchangeable (Deployment)
    headless: bool
    dns: str  # upload.tube.svc.cluster.local
    ports: Ports
    replicas: Replicas
    resources: Resources
    probes: Probes
    shutdown: Shutdown
    serves: tuple[str, ...]  # full names of gRPC services
    grpc: GrpcServer | None
    http_protocol: str | None
    graphql: GraphQL | None
    calls: Mapping[str, Call]
    publishes: Mapping[str, Publication]
    consumes: Mapping[str, Consumption]
    database: DatabaseUse | None
    buckets: Mapping[str, BucketUse]
    caches: tuple[str, ...]
    externals: tuple[str, ...]
    rate_limit: RateLimit | None
    tokens: Tokens | None
    verifies_tokens_of: str | None  # the service whose tokens it accepts
    oauth: tuple[OAuth, ...]
    environment: Mapping[str, str] = field(default_factory=empty)
    secrets: tuple[str, ...] = ()
    secondary_features: tuple[str, ...] = ()
    availability: float | None = None  # a share of time, below 1; None: not known
    channels: Mapping[str, Channel] = field(default_factory=empty)  # those that it sends by
    part_of: str | None = None  # the service whose channel it is, and whose code it runs

    @property
    def asked(self) -> tuple[str, ...]:
        """Systems that are not ours which a request may wait for; those of channels are waited for by their groups alone."""
        through = {channel.through for channel in self.channels.values()}
        return tuple(name for name in self.externals if name not in through)

    @property
    def whole(self) -> str:
        """Whose code it runs: its own, or that of the service which it is split off from."""
        return self.part_of or self.name
