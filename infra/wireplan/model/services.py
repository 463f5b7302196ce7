"""A microservice as its author wrote it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from wireplan.model.base import (
    BY_NAME,
    IS_URL,
    LISTED,
    MAP,
    NO_ITEMS,
    NO_PARTS,
    TEXT,
    BucketName,
    DatabaseName,
    MethodName,
    Name,
    Part,
    ProtoName,
    ServiceName,
    Short,
    TopicName,
    choices,
    short,
    unsaid,
)
from wireplan.model.calls import Call
from wireplan.model.channels import Channel, Way, lack
from wireplan.model.graphql import SWITCH, GraphQL, switched
from wireplan.model.limits import RateLimit
from wireplan.model.messaging import Consumption, Publication
from wireplan.model.resources import REPLICAS, Replicas, Resources
from wireplan.model.units import Duration, Share, Size

Access = Literal["read", "write", "read-write"]


class Pool(Part):
    """The connection pool of each pod (spec row F3.2)."""

    min: Annotated[int, Field(ge=0, le=1000)] | None = None
    """Connections kept open."""
    max: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Connections at most."""
    timeout: Duration | None = None
    """How long a request waits for a connection."""
    max_waiting: Annotated[int, Field(ge=0)] | None = None
    """Requests that may wait; further ones are refused at once."""
    max_lifetime: Duration | None = None
    """Age at which a connection is replaced."""
    connect_timeout: Duration | None = None
    """How long connecting may take."""


class Database(Part):
    """The one database a service owns (spec row F3.3)."""

    name: DatabaseName
    """A database listed by one of `databases`."""
    pool: Pool = unsaid(Pool)
    """Connections of each pod."""
    statement_timeout: Duration | None = None
    """The longest time one statement may take."""


class BucketUse(Part):
    """How a service uses a bucket."""

    access: Access = "read-write"
    """What it may do."""


class Tokens(Part):
    """Own access and refresh tokens (spec row A8)."""

    algorithm: Literal["Ed25519", "ES256", "RS256", "HS256"] | None = None
    """How tokens are signed."""
    access: Duration | None = None
    """How long an access token is good for."""
    refresh: Duration | None = None
    """How long a refresh token is good for."""
    issuer: str | None = None
    """The `iss` of tokens; the edge's URL by default."""
    audience: str | None = None
    """The `aud` of tokens; the system's name by default."""


class OAuth(Part):
    """Login by an external provider (spec row A9)."""

    provider: Name
    """One of `externals`, of kind oidc."""
    pkce: Literal["S256", "plain", "none"] = "S256"
    """Proof key for code exchange."""
    client_id: str | None = None
    """Who we are to the provider; the system's name by default."""
    redirect: Annotated[str, IS_URL] | None = None
    """Where the provider sends browsers back, as it has it registered; a path of the public edge by default."""
    algorithms: list[Literal["RS256", "PS256", "ES256", "Ed25519"]] | None = None
    """With which its ID tokens may be signed; RS256 alone by default."""
    apps: list[Annotated[str, IS_URL]] = NO_ITEMS
    """Addresses of own apps, to which a browser is sent in the end; any port of loopback besides (RFC 8252)."""


def lasting(value: Duration) -> Duration:
    """A duration that is not nothing.

    Raises:
        PydanticCustomError: it is.
    """
    if value == 0:
        said = "it is at least 1s, and in place of 0 Kubernetes would take a default of its own"
        raise PydanticCustomError("lasting", said, {})
    return value


Lasting = Annotated[Duration, AfterValidator(lasting)]


class Probe(Part):
    """One probe; see Kubernetes."""

    path: Annotated[str, Field(pattern=r"^/\S*$")] | None = None
    """The path on the ops port."""
    period: Lasting | None = None
    """How often; whole seconds, rounded up."""
    timeout: Lasting | None = None
    """How long an answer may take; whole seconds, rounded up."""
    failures: Annotated[int, Field(ge=1)] | None = None
    """Failures in a row that count."""
    initial_delay: Duration | None = None
    """Wait before the first."""


class Probes(Part):
    """Startup, readiness and liveness (spec rows A4, F1.1)."""

    startup: Probe = unsaid(Probe)
    """Until it succeeds, the other two do not run."""
    readiness: Probe = unsaid(Probe)
    """Decides whether the pod is in the balancing."""
    liveness: Probe = unsaid(Probe)
    """Decides whether the pod is restarted; touches no dependency."""


class Shutdown(Part):
    """How a pod ends."""

    pre_stop: Duration | None = None
    """Wait before the pod is told to stop, so that it has left the balancing."""
    grace: Duration | None = None
    """terminationGracePeriodSeconds; follows from deadlines and handlers."""


class Grpc(Part):
    """Server settings of gRPC."""

    max_connection_age: Duration | None = None
    """Age at which a connection is closed, so that clients find new pods."""
    max_connection_age_grace: Duration | None = None
    """How long calls on such a connection may still run."""
    keepalive_time: Duration | None = None
    """Silence after which the server pings."""
    keepalive_timeout: Duration | None = None
    """How long the answer to a ping may take."""
    min_ping_interval: Duration | None = None
    """The most often a client may ping."""
    max_message_bytes: Size | None = None
    """The largest request that it takes, and the largest answer that its callers take."""


def named_database(value: object) -> object:
    """`accounts` becomes `{name: accounts}`; nothing stays nothing."""
    return {"name": value} if isinstance(value, str) else value


class ServiceDefaults(Part):
    """What services say when they say nothing of their own."""

    tier: Literal["critical", "secondary"] | None = None
    """`secondary`: the system may live without it for a while (spec row F1.4)."""
    replicas: Annotated[Replicas | None, REPLICAS] = None
    """Pods: `3`, or `2..4` with an autoscaler."""
    resources: Resources = unsaid(Resources)
    """CPU and memory of a pod."""
    probes: Probes = unsaid(Probes)
    """Startup, readiness and liveness."""
    shutdown: Shutdown = unsaid(Shutdown)
    """How a pod ends."""
    grpc: Grpc = unsaid(Grpc)
    """Server settings of gRPC."""
    pool: Pool = unsaid(Pool)
    """Connections of each pod to its database."""
    availability: Share | None = None
    """The share of time in which a service's own pods answer, without what they need; not known when left out (docs/impact.md)."""


EnvironmentKey = Annotated[str, StringConstraints(pattern=r"^[A-Z_][A-Z0-9_]*$")]
Features = Annotated[list[Name], LISTED]


class Service(Part):
    """A microservice and its workload."""

    kind: Literal["gateway", "grpc", "http", "worker"] | None = None
    """What it speaks to its callers; follows from what it serves."""
    tier: Literal["critical", "secondary"] | None = None
    """`secondary`: the system may live without it for a while (spec row F1.4)."""
    identity: Literal["stable", "interchangeable"] | None = None
    """`stable`: pods keep their names (a StatefulSet)."""
    headless: bool | None = None
    """Whether its Service gives out the pods' own addresses, so that clients balance (spec rows A5, A6)."""
    replicas: Annotated[Replicas | None, REPLICAS] = None
    """Pods: `3`, or `2..4` with an autoscaler."""
    resources: Resources = unsaid(Resources)
    """CPU and memory of a pod."""
    probes: Probes = unsaid(Probes)
    """Startup, readiness and liveness."""
    shutdown: Shutdown = unsaid(Shutdown)
    """How a pod ends."""
    grpc: Grpc = unsaid(Grpc)
    """Server settings of gRPC."""
    availability: Share | None = None
    """The share of time in which its own pods answer, without what they need; not known when left out (docs/impact.md)."""
    serves: Annotated[list[ProtoName], LISTED] = NO_ITEMS
    """gRPC services it serves, by full name."""
    serves_http: Literal["http2", "http1"] | None = None
    """HTTP it serves, for services of kind http."""
    graphql: Annotated[GraphQL | None, Short(switched, SWITCH)] = None
    """GraphQL beside REST at the gateway, off by default: `true`, or how large queries may be (spec row P4)."""
    calls: Annotated[dict[ServiceName, Call], BY_NAME] = NO_PARTS
    """Services it calls and waits for: by gRPC (spec row P5), or by HTTP where that is all they serve."""
    publishes: Annotated[dict[TopicName, Publication], BY_NAME] = NO_PARTS
    """Topics it publishes to."""
    consumes: Annotated[dict[TopicName, Consumption], BY_NAME] = NO_PARTS
    """Topics it consumes, and how."""
    channels: Annotated[dict[Way, Channel], MAP] = NO_PARTS
    """Ways by which it tells people something (spec row M3)."""
    split: bool | None = None
    """Whether each of its channels is a service of its own (`NAME-email`), with a database of its own; off by default."""
    database: Annotated[Database | None, Short(named_database, TEXT)] = None
    """The database it owns."""
    reads_from_replicas: list[MethodName] = NO_ITEMS
    """Methods that may read from replicas, and so may see the past (spec row F3.1)."""
    buckets: Annotated[
        dict[
            BucketName, Annotated[BucketUse, Short(short("access"), choices("read", "write", "read-write"))]
        ],
        BY_NAME,
    ] = NO_PARTS
    """Buckets it uses, and how."""
    caches: Annotated[list[Name], LISTED] = NO_ITEMS
    """Caches it uses."""
    externals: Annotated[list[Name], LISTED] = NO_ITEMS
    """Systems that are not ours which it speaks to (spec row P10)."""
    rate_limit: RateLimit | None = None
    """A limit on requests (spec row F1.2)."""
    tokens: Tokens | None = None
    """Own access and refresh tokens that it issues (spec row A8)."""
    accepts_tokens_of: ServiceName | None = None
    """The service whose access tokens it accepts."""
    oauth: list[OAuth] = NO_ITEMS
    """External identity providers for login (spec row A9)."""
    environment: dict[EnvironmentKey, str] = NO_PARTS
    """Environment variables; never a secret's value."""
    secrets: Annotated[list[Name], LISTED] = NO_ITEMS
    """Kubernetes secrets it needs, by name."""
    secondary_features: Features = NO_ITEMS
    """Features that are switched off under degradation, by hand or by themselves (spec row F1.4)."""

    @model_validator(mode="after")
    def _fits(self) -> "Service":
        if self.kind in ("gateway", "http", "worker") and self.serves:
            raise PydanticCustomError(
                "combination",
                "a service of kind {kind} serves no gRPC: leave out kind, or serves",
                {"kind": self.kind},
            )
        if self.graphql is not None and self.kind != "gateway":
            raise PydanticCustomError(
                "combination", "graphql is for a service of kind gateway, whose routes it is made of", {}
            )
        if len({own.provider for own in self.oauth}) < len(self.oauth):
            raise PydanticCustomError("combination", "oauth names a provider twice", {})
        if self.reads_from_replicas and self.database is None:
            raise PydanticCustomError("combination", "reads_from_replicas needs a database", {})
        if said := lack(bool(self.channels), self.split, self.database is not None):
            raise PydanticCustomError("combination", "{said}", {"said": said})
        return self


def spoken(call: Call, callee: Service) -> Literal["grpc", "http"]:
    """What a call speaks: as written, else gRPC where the callee serves it."""
    return call.protocol or ("grpc" if callee.serves else "http")
