"""The Topology: the one type that crosses rooms. Frozen, explicit, with plain values.

Units: durations are seconds (float), sizes bytes (int), CPU millicores (int), rates per second (float),
shares of one (float).
Where a value came from is not in the value but in `Topology.origins`, by the value's path
(`("services", "upload", "calls", "auth", "deadline")`), so that readers of values stay simple.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from types import MappingProxyType
from typing import Any

from wireplan.findings import Place
from wireplan.records import dataclass
from wireplan.topology.addresses import Address

Path = tuple[str | int, ...]


def _empty() -> Mapping[Any, Any]:
    return MappingProxyType({})


class OriginKind(Enum):
    """How a value came to be."""

    WRITTEN = "written"
    DEFAULT = "default"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: a place in a file, a default and its reason, or a formula and its inputs."""

    kind: OriginKind
    place: Place
    reason: str = ""


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


class Pattern(Enum):
    """How a topic is used (spec rows M1, M4)."""

    POINT_TO_POINT = "point-to-point"
    PUBLISH_SUBSCRIBE = "publish-subscribe"


class TopicRole(Enum):
    """Why a topic exists."""

    MAIN = "main"
    RETRY = "retry"
    DEAD_LETTER = "dead-letter"


class Membership(Enum):
    """How a consumer group knows its members."""

    DYNAMIC = "dynamic"
    STATIC = "static"
    SHARE = "share"  # KIP-932: records, not partitions, are given out; a preview in Python clients


class GroupProtocol(Enum):
    """Kafka's `group.protocol`; a share group has one of its own, which only share consumers speak."""

    CLASSIC = "classic"
    CONSUMER = "consumer"
    SHARE = "share"


class Idempotency(Enum):
    """`option idempotency_level` of a method in its contract."""

    UNKNOWN = "IDEMPOTENCY_UNKNOWN"
    NO_SIDE_EFFECTS = "NO_SIDE_EFFECTS"
    IDEMPOTENT = "IDEMPOTENT"


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment: where it runs and how strict it is. `contexts` are the only kube contexts it may touch."""

    name: str
    profile: str  # dev | prod
    namespace: str
    cluster: str  # embedded | existing | kind | k3d
    contexts: tuple[str, ...]
    storage_class: str | None
    kafka_provider: str  # builtin | strimzi | external
    postgres_provider: str  # cloudnative-pg | external
    edge_provider: str  # caddy | gateway-api
    survives: int  # failures at once that an acknowledged write must survive
    zones: int | None = None  # that its nodes are in; None: not known
    collector: str | None = None  # where traces go, by OTLP over HTTP
    sample: float | None = None  # a share of traces, below 1; None: all
    mtls: str | None = None  # builtin; None: gRPC in plain text
    certificate_lifetime: float | None = None  # seconds; None without mtls
    prometheus: str | None = None  # operator
    grafana: str | None = None  # sidecar


@dataclass(frozen=True, slots=True)
class Resources:
    """Requests and limits of a container."""

    cpu_request: int
    memory_request: int
    memory_limit: int
    cpu_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Replicas:
    """Pods of a service. An autoscaler exists where `max` is more than `min`; the objects then carry no `replicas`."""

    min: int
    max: int
    cpu_percent: int | None = None
    lag_records: int | None = None
    surge: int = 0  # pods above `max` while a Deployment rolls; maxSurge

    @property
    def autoscaled(self) -> bool:
        """Whether an autoscaler owns the number of pods."""
        return self.max > self.min


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
class Method:
    """A method of a gRPC service, as its contract says."""

    name: str
    idempotency: Idempotency
    request: str
    response: str


@dataclass(frozen=True, slots=True)
class Contract:
    """A gRPC service in protos/: full name and methods by name."""

    full_name: str
    methods: Mapping[str, Method]
    file: str = ""


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


@dataclass(frozen=True, slots=True)
class Publication:
    """A service publishes records of `message` to `topic`; `outbox` when the service has a database (spec row F2.4)."""

    service: str
    topic: str
    message: str
    key: str | None
    outbox: bool
    acks: str  # all | leader | none


@dataclass(frozen=True, slots=True)
class RetryStep:
    """One retry topic and how long a record waits there, seconds."""

    topic: str
    delay: float


@dataclass(frozen=True, slots=True)
class Consumption:
    """A service's consumer group on a topic (spec rows M2, M5, M6, F2.2, F2.3)."""

    service: str
    topic: str
    message: str
    key: str | None
    group: str
    protocol: GroupProtocol
    membership: Membership
    session_timeout: float
    max_poll_interval: float
    max_poll_records: int
    handler_timeout: float
    concurrency: int
    attempts: int
    ordering: str  # none | key
    offset_reset: str  # earliest | latest
    commit: str  # after-effect | before-effect
    inbox: bool
    retries: tuple[RetryStep, ...]
    dead_letter: str | None
    outage: float  # the longest time away after which no record is missing
    handler_mean: float | None = None
    catch_up: float | None = None  # the longest time after that until nothing waits

    @property
    def aside(self) -> tuple[str, ...]:
        """The topics that a record goes to when it cannot be handled: of retries, then of dead letters."""
        return (*(step.topic for step in self.retries), *([self.dead_letter] if self.dead_letter else []))


@dataclass(frozen=True, slots=True)
class Pool:
    """A service's connection pool to one endpoint of its database. Seconds."""

    min: int
    max: int
    timeout: float
    max_waiting: int
    max_lifetime: float
    connect_timeout: float


@dataclass(frozen=True, slots=True)
class DatabaseUse:
    """A service owns one database of a Postgres cluster (spec rows F3.1, F3.2, F3.3)."""

    service: str
    cluster: str
    name: str
    owner: str
    secret: str
    write_host: str
    read_host: str
    port: int
    pool: Pool
    statement_timeout: float
    reads_from_replicas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BucketUse:
    """A service reads or writes a bucket."""

    bucket: str
    access: str  # read | write | read-write

    @property
    def writes(self) -> bool:
        """Whether the service may put something there."""
        return self.access != "read"


@dataclass(frozen=True, slots=True)
class Limit:
    """Requests per second in the long run and at once, of each principal, route or client address."""

    per: str  # principal | route | address
    rate: float
    burst: int


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Requests per second and burst, counted in a cache (spec row F1.2). `routes` apply beside the limit itself.

    `anonymous` is the limit of a client address whose requests name no principal; None where principals are not counted.
    """

    per: str
    rate: float
    burst: int
    store: str
    anonymous: Limit | None
    routes: Mapping[str, Limit]


@dataclass(frozen=True, slots=True)
class GraphQL:
    """GraphQL beside REST (spec row P4): how large a query may be. Each of its `root_fields` is a request of a route."""

    depth: int
    fields: int
    root_fields: int
    aliases: int
    batch: int
    introspection: bool


@dataclass(frozen=True, slots=True)
class OAuth:
    """An external identity provider (spec rows A9, P10)."""

    provider: str
    pkce: str
    client_id: str
    redirect_uri: str
    algorithms: tuple[str, ...]
    apps: tuple[str, ...]
    secret: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A way by which a service tells people something, where it is the one that sends (spec row M3)."""

    way: str  # email | push | sms
    topic: str
    through: str
    sender: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """Own JWT (spec row A8). Seconds."""

    algorithm: str
    access: float
    refresh: float
    issuer: str
    audience: str
    secret: str


@dataclass(frozen=True, slots=True)
class Shutdown:
    """How a pod ends. grace = pre_stop + drain + reserve, seconds."""

    pre_stop: float
    drain: float
    grace: float


@dataclass(frozen=True, slots=True)
class Ports:
    """Container ports of a service's pod; None where it does not serve that."""

    grpc: int | None
    http: int | None
    ops: int


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
    environment: Mapping[str, str] = field(default_factory=_empty)
    secrets: tuple[str, ...] = ()
    secondary_features: tuple[str, ...] = ()
    availability: float | None = None  # a share of time, below 1; None: not known
    channels: Mapping[str, Channel] = field(default_factory=_empty)  # those that it sends by
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


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic: written ones, and the retry and dead-letter topics that consumer groups need."""

    name: str
    role: TopicRole
    pattern: Pattern
    message: str | None
    key: str | None
    partitions: int
    replication_factor: int
    min_insync_replicas: int
    retention: float
    max_message_bytes: int
    durable: bool
    cleanup: str  # delete | compact
    source: str | None = None  # of a retry or dead-letter topic
    group: str | None = None
    version: str | None = None
    rate: float | None = None  # records published in the long run

    @property
    def aside(self) -> bool:
        """Whether it is one of retries or dead letters, which nobody wrote for its own sake."""
        return self.role is not TopicRole.MAIN


@dataclass(frozen=True, slots=True)
class Volume:
    """A persistent volume of each member."""

    size: int
    storage_class: str | None


@dataclass(frozen=True, slots=True)
class Kafka:
    """The Kafka cluster (spec rows F2.1, F2.5)."""

    provider: str
    version: str
    brokers: int
    image: str
    bootstrap: str
    volume: Volume
    heap: int
    resources: Resources
    auto_create_topics: bool
    unclean_leader_election: bool
    availability: float | None = None  # a share of time, below 1; None: not known


@dataclass(frozen=True, slots=True)
class Backup:
    """Where and how often a database is backed up, and how often a restore is verified (spec row F3.5). Seconds."""

    to: str
    every: float
    keep: float
    verify: float


@dataclass(frozen=True, slots=True)
class Synchronous:
    """Synchronous replication: `any number`, durability required or preferred, quorum failover."""

    method: str
    number: int
    durability: str
    failover_quorum: bool


@dataclass(frozen=True, slots=True)
class Pooler:
    """PgBouncer before a cluster: pods and a Service for writing, the same for reading; services connect to it (spec row F3.2)."""

    write: str  # pg-main-pooler-rw
    read: str
    instances: int  # pods of each of the two
    pool_size: int  # connections of one pod to one database
    clients: int  # connections that one pod takes


@dataclass(frozen=True, slots=True)
class DatabaseCluster:
    """A Postgres cluster (spec rows F3.1, F3.6). `rpo` in seconds; 0 = no acknowledged write may be lost."""

    name: str
    provider: str
    resource: str  # pg-main
    version: str
    image: str
    instances: int
    rpo: float | None
    databases: Mapping[str, str]  # database -> owning service
    max_connections: int
    reserved_connections: int
    synchronous: Synchronous | None
    volume: Volume
    resources: Resources
    backup: Backup | None
    pooler: Pooler | None
    parameters: Mapping[str, str]
    availability: float | None = None  # a share of time, below 1; None: not known


@dataclass(frozen=True, slots=True)
class Cache:
    """A Valkey cache: may vanish at any time."""

    name: str
    resource: str
    host: str
    port: int
    image: str
    memory: int
    eviction: str
    resources: Resources


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of the object store. `uploads_through` names the edge that clients upload through."""

    name: str
    uploads_through: str | None
    durable: bool


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """The S3 object store."""

    provider: str  # builtin | external
    resource: str
    endpoint: str
    region: str
    port: int
    image: str
    secret: str
    volume: Volume
    resources: Resources
    availability: float | None = None  # a share of time, below 1; None: not known


@dataclass(frozen=True, slots=True)
class Route:
    """A path of an edge to a service, or to a bucket of the object store."""

    path: str
    to: str
    bucket: str | None
    protocol: str  # http2 | http1
    upstream: str  # host:port
    objective: float | None = None  # a share of its requests, below 1
    outside: Address | None = (
        None  # of an object store that is not ours; it knows itself by its own name only
    )
    cache: bool = False  # whether its answers are kept by the cache of the edge


@dataclass(frozen=True, slots=True)
class EdgeCache:
    """The cache of a CDN edge, one in each pod: bytes, seconds."""

    size: int
    ttl: float
    stale: float
    image: str
    resources: Resources
    purged_by: tuple[str, ...] = ()  # services


@dataclass(frozen=True, slots=True)
class Edge:
    """Where clients come in: a load balancer or a CDN (spec rows P1, P2, P3)."""

    name: str
    kind: str  # load-balancer | cdn
    provider: str
    resource: str
    host: str
    port: int
    container_port: int
    clients: tuple[str, ...]  # http3, http2
    early_data: bool
    budget: float  # deadline of one request, seconds
    routes: tuple[Route, ...]
    cache: EdgeCache | None
    replicas: Replicas
    resources: Resources
    image: str
    tls_secret: str
    base_url: str
    availability: float | None = None  # a share of time, below 1; None: not known
    max_body: int | None = None  # of requests to services


@dataclass(frozen=True, slots=True)
class External:
    """A system that is not ours, by its own protocol (spec row P10)."""

    name: str
    kind: str
    protocol: str
    url: str
    timeout: float
    provider: str  # builtin | external
    fallback: str | None  # in place of HTTP/3; None where nothing is
    hosts: tuple[str, ...]
    own_authority: bool
    address: str | None  # where it lies, if its name is not to be asked
    tls_secret: str
    breaker: Breaker
    availability: float | None = None  # a share of time, below 1; None: not known
    tls: str | None = None  # of SMTP: starttls | implicit | none
    auth: str | None = None  # password | token
    user: str | None = None  # who we are, where a password is asked for
    auth_secret: str | None = None


@dataclass(frozen=True, slots=True)
class SagaStep:
    """One step of a saga: a call or a send, its undo, its place before or after the pivot.

    One with neither is what the owner has done in the transaction that began the saga.
    """

    name: str
    call: str | None
    send: str | None
    awaits: str | None
    undo: str | None  # service.Method | topic NAME
    undo_call: str | None
    undo_send: str | None
    changes: bool  # of a send: whether it leaves anything behind
    timeout: float
    attempts: int
    pivot: bool
    retry: str


@dataclass(frozen=True, slots=True)
class Saga:
    """Orchestrated work across services with compensations (spec rows F3.4, F3.7)."""

    name: str
    owner: str
    timeout: float
    steps: tuple[SagaStep, ...]


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that a drill breaks: a part by its full name. `lasts` is the longest time of a freeze; a kill has none."""

    part: str  # services.upload | databases.main | kafka
    how: str  # kill | freeze
    which: str  # one | leader | all
    lasts: float | None


@dataclass(frozen=True, slots=True)
class Quiet:
    """When a system has come to rest: nothing on its way for `stable` seconds, reached `within` so many."""

    stable: float
    within: float


@dataclass(frozen=True, slots=True)
class Control:
    """The value, by its path in the file, with which a drill has to fail."""

    change: str
    to: str


@dataclass(frozen=True, slots=True)
class Drill:
    """What is broken on purpose, and the guarantees that must hold, each by its path (`services.gateway.calls.statistics`)."""

    name: str
    breaks: tuple[Break, ...]
    holds: tuple[str, ...]
    quiet: Quiet | None
    control: Control | None


@dataclass(frozen=True, slots=True)
class Move:
    """A rename that keeps what it names: `moved: {from: ..., to: ...}`."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """A rule (code or name) that is waived, at `on` (`services.processing`) and below, or everywhere, through the day `until` (ISO)."""

    allow: str
    on: str | None
    until: str
    reason: str


@dataclass(frozen=True, slots=True)
class Strictness:
    """How strictly rules are taken, each by code or name as the author wrote it: enforced ones, and severities (note, warning, error)."""

    enforced: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=_empty)


@dataclass(frozen=True, slots=True)
class Topology:
    """A whole system in one environment, everything explicit."""

    system: str
    environment: Environment
    contracts_package: str | None
    contracts_version: str
    contracts: Mapping[str, Contract]  # gRPC services by full name
    messages: Mapping[str, tuple[str, ...]]  # field names by full message name
    services: Mapping[str, Service]
    topics: Mapping[str, Topic]
    kafka: Kafka | None
    databases: Mapping[str, DatabaseCluster]
    caches: Mapping[str, Cache]
    buckets: Mapping[str, Bucket]
    object_store: ObjectStore | None
    edges: Mapping[str, Edge]
    externals: Mapping[str, External]
    sagas: Mapping[str, Saga]
    moved: tuple[Move, ...]
    allow_data_loss: tuple[str, ...]
    patches: tuple[Mapping[str, Any], ...]
    origins: Mapping[Path, Origin]
    file: str = "topology.yaml"
    waivers: tuple[Waiver, ...] = ()
    rules: Strictness = field(default_factory=Strictness)
    drills: Mapping[str, Drill] = field(default_factory=_empty)
    proto_files: Mapping[str, str] = field(default_factory=_empty)  # .proto file by full message name

    def origin(self, *path: str | int) -> Origin:
        """Where the value at `path` comes from; the nearest parent's origin if the value has none of its own."""
        for length in range(len(path), 0, -1):
            found = self.origins.get(path[:length])
            if found is not None:
                return found
        return Origin(OriginKind.DEFAULT, Place(self.file), "")

    def place(self, *path: str | int) -> Place:
        """The best place in a file to point at for `path`."""
        return self.origin(*path).place
