"""What the topology says about this service, as typed values.

The file is computed from the topology and mounted into the pod; nobody writes it by hand. Parts that the service does not have
are absent. Keys that this version does not know are passed over, so that a newer topology can be rolled out first.
Durations are seconds, sizes are bytes.
"""

import dataclasses
import json
import os
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

VERSION = 1
DEFAULT_PATH = "/etc/wireplan/wiring.json"


class WiringError(Exception):
    """The wiring lacks something that the code needs."""


@dataclass(frozen=True, slots=True)
class Grpc:
    """The gRPC server."""

    port: int
    services: tuple[str, ...] = ()
    server_options: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class MtlsWiring:
    """That gRPC is spoken with certificates on both sides: where this service's own lies, and whose may call it."""

    folder: str = "/etc/wireplan/secrets/identity"
    name: str = ""
    """The SPIFFE ID of this service."""
    callers: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """By SPIFFE ID the full names of the methods (`/package.Service/Method`) that a service may call; none named: all."""


@dataclass(frozen=True, slots=True)
class Http:
    """The HTTP server."""

    port: int
    protocol: str = "http2"
    deadline: float = 10.0
    """The budget of one request, which its calls share."""


@dataclass(frozen=True, slots=True)
class Ops:
    """The server of probes and metrics."""

    port: int = 9000


@dataclass(frozen=True, slots=True)
class Shutdown:
    """How long an ending may take, counted from SIGTERM; the cluster waits pre_stop before it."""

    pre_stop: float = 5.0
    drain: float = 12.0
    grace: float = 27.0


@dataclass(frozen=True, slots=True)
class BreakerWiring:
    """When the breaker of a call opens and closes."""

    failure_ratio: float = 0.5
    minimum_calls: int = 20
    window: float = 10.0
    consecutive_failures: int = 5
    open_for: float = 5.0
    open_max: float = 60.0
    close_after: int = 5


@dataclass(frozen=True, slots=True)
class FallbackWiring:
    """What is answered when a callee does not: `empty`, `cache` or `error`; times only where answers are kept."""

    kind: str
    cache: str | None = None
    ttl: float | None = None
    max_stale: float | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One service that this service calls. `reads` are its methods without side effects."""

    target: str
    service: str
    deadline: float
    attempts: int = 1
    critical: bool = True
    reads: tuple[str, ...] = ()
    breaker: BreakerWiring | None = None
    fallback: FallbackWiring | None = None
    service_config: dict[str, Any] = field(default_factory=dict[str, Any])
    channel_options: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Pool:
    """The connection pools; each of the two hosts has one."""

    min: int = 1
    max: int = 4
    timeout: float = 2.0
    max_waiting: int = 16
    max_lifetime: float = 300.0
    connect_timeout: float = 3.0


@dataclass(frozen=True, slots=True)
class DatabaseWiring:
    """The service's own database."""

    name: str
    user: str
    write_host: str
    read_host: str
    port: int = 5432
    password_file: str = "/etc/wireplan/secrets/database/password"  # noqa: S105 - a path
    pool: Pool = field(default_factory=Pool)
    statement_timeout: float = 5.0
    reads_from_replicas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kafka:
    """The brokers."""

    bootstrap: str


@dataclass(frozen=True, slots=True)
class Publication:
    """A topic that this service writes; without a key its records need no order."""

    topic: str
    message: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxWiring:
    """How the relay sends what the outbox holds."""

    poll: float = 0.2
    batch: int = 100
    delivery_timeout: float = 300.0


@dataclass(frozen=True, slots=True)
class InboxWiring:
    """How long an event is remembered that had its effect."""

    keep: float = 45 * 86_400.0
    """Longer than a record can come back: retention of the topic and of its dead letters, which a replay puts back."""


@dataclass(frozen=True, slots=True)
class RetryTopic:
    """Where a record waits before its next attempt."""

    topic: str
    delay: float


@dataclass(frozen=True, slots=True)
class Subscription:
    """A topic that this service reads."""

    topic: str
    message: str
    key: str | None
    group: str
    dead_letter_topic: str
    protocol: str = "classic"
    membership: str = "dynamic"
    session_timeout: float = 45.0
    max_poll_interval: float = 300.0
    max_poll_records: int = 100
    handler_timeout: float = 30.0
    concurrency: int = 1
    attempts: int = 1
    ordering: str = "none"
    offset_reset: str = "earliest"
    """Where a group begins that has no place yet: `latest` skips what was there before it, also of its retry topics."""
    commit: str = "after-effect"
    """`before-effect` is at most once: what is in hand when a process dies is lost."""
    retry_topics: tuple[RetryTopic, ...] = ()


@dataclass(frozen=True, slots=True)
class SagaStep:
    """One step of a saga: `call` and `undo` are `service.Method`, or `undo` is `topic NAME`."""

    name: str
    timeout: float
    attempts: int
    call: str | None = None
    send: str | None = None
    awaits: str | None = None
    """The topic whose record ends the step."""
    undo: str | None = None
    pivot: bool = False
    """After it there is no way back."""
    retry: str = "limited"
    """`until-done`: never given up."""


@dataclass(frozen=True, slots=True)
class SagaWiring:
    """A saga that this service orchestrates; before its pivot it turns back after `timeout`."""

    timeout: float
    steps: tuple[SagaStep, ...]


@dataclass(frozen=True, slots=True)
class BucketWiring:
    """One bucket of the object store; public_endpoint is the host that clients see.

    `signed_for` is the endpoint that the store takes itself for when the edge sends requests on under its name; else the public one.
    """

    bucket: str
    endpoint: str
    public_endpoint: str | None = None
    signed_for: str | None = None
    region: str = "us-east-1"
    access_key_file: str = "/etc/wireplan/secrets/objects/access_key"
    secret_key_file: str = "/etc/wireplan/secrets/objects/secret_key"  # noqa: S105 - a path


@dataclass(frozen=True, slots=True)
class CacheWiring:
    """One cache: what is in it may be gone at any time."""

    host: str
    port: int = 6379


@dataclass(frozen=True, slots=True)
class EdgeCacheWiring:
    """Where the pods of an edge are told what to keep no longer."""

    host: str
    port: int = 8444


@dataclass(frozen=True, slots=True)
class SwitchesWiring:
    """What the service can do without, and the folder with a file for each that was switched by hand."""

    names: tuple[str, ...] = ()
    folder: str = "/etc/wireplan/switches"


@dataclass(frozen=True, slots=True)
class LimitWiring:
    """Requests a second in the long run, and at once, of each principal, route or client address."""

    rate: float
    burst: int
    per: str = "principal"


@dataclass(frozen=True, slots=True)
class RateLimitWiring:
    """How many requests are answered. The limits of routes apply beside the limit itself."""

    rate: float
    burst: int
    cache: str
    """The cache that counts for all pods together."""
    per: str = "principal"
    timeout: float = 0.05
    """Seconds in which the cache has to answer."""
    pods: int = 1
    """Pods that share the limit while each counts by itself."""
    forwarded: bool = False
    """Whether an edge is in front, which says where clients come from."""
    anonymous: LimitWiring | None = None
    """Of a client address whose requests name no principal."""
    routes: dict[str, LimitWiring] = field(default_factory=dict[str, LimitWiring])
    """By method and path, as the code of the service spells them."""


@dataclass(frozen=True, slots=True)
class GraphqlWiring:
    """How large a query of GraphQL may be: `fields` in all, aliases and those of fragments too; each of its `root_fields` is a request."""

    depth: int = 8
    fields: int = 200
    root_fields: int = 10
    aliases: int = 10
    batch: int = 1
    """Queries in one request."""
    introspection: bool = False


@dataclass(frozen=True, slots=True)
class TokensWiring:
    """How tokens are issued."""

    issuer: str
    audience: str
    algorithm: str = "Ed25519"
    access_ttl: int = 600
    refresh_ttl: int = 2592000
    keys_dir: str = "/etc/wireplan/secrets/tokens"


@dataclass(frozen=True, slots=True)
class Verifies:
    """How tokens are verified, and which service has the keys."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...] = ("Ed25519",)
    keys_from: str = "auth"


@dataclass(frozen=True, slots=True)
class ExternalWiring:
    """A system that is not ours: what it speaks, and how long it is waited for."""

    url: str
    protocol: str = "http2"
    timeout: float = 5.0
    fallback: str | None = None
    """What is spoken where HTTP/3 does not get through."""
    hosts: tuple[str, ...] = ()
    """Further hosts that are its own."""
    address: str | None = None
    """Where it lies, if the name in its URL is not to be asked."""
    authority_file: str | None = None
    """Who vouches for its certificate, where the public authorities do not."""
    tls: str | None = None
    """How SMTP is hidden: `starttls`, `implicit` or `none`."""
    user: str | None = None
    """Who we are to it, where it asks for a password."""
    auth_file: str | None = None
    """The password or token by which it knows us."""
    breaker: BreakerWiring = field(default_factory=BreakerWiring)


@dataclass(frozen=True, slots=True)
class ChannelWiring:
    """A way by which people are told something: what is to be sent, by which system that is not ours, and who it is from."""

    topic: str
    through: str
    sender: str


@dataclass(frozen=True, slots=True)
class LoginWiring:
    """Login by an OpenID provider, which is the external system of the same name."""

    issuer: str
    client_id: str
    redirect_uri: str
    client_secret_file: str
    algorithms: tuple[str, ...] = ("RS256",)
    """With which its ID tokens may be signed."""
    apps: tuple[str, ...] = ()
    """Addresses of own apps, to which a browser may be sent in the end."""


@dataclass(frozen=True, slots=True)
class Public:
    """Addresses that clients see; empty where there is no such edge."""

    base_url: str = ""
    cdn_url: str = ""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Where traces go; None: nowhere, they only travel along."""

    otlp_endpoint: str | None = None
    sample_ratio: float = 1.0


@dataclass(frozen=True, slots=True)
class Wiring:
    """Everything the topology says about one service."""

    system: str
    service: str
    environment: str = "local"
    namespace: str = "default"
    kind: str = "grpc"
    tier: str = "critical"
    grpc: Grpc | None = None
    mtls: MtlsWiring | None = None
    http: Http | None = None
    ops: Ops = field(default_factory=Ops)
    shutdown: Shutdown = field(default_factory=Shutdown)
    calls: dict[str, Call] = field(default_factory=dict[str, Call])
    database: DatabaseWiring | None = None
    kafka: Kafka | None = None
    publishes: dict[str, Publication] = field(default_factory=dict[str, Publication])
    outbox: OutboxWiring = field(default_factory=OutboxWiring)
    inbox: InboxWiring = field(default_factory=InboxWiring)
    consumes: dict[str, Subscription] = field(default_factory=dict[str, Subscription])
    channels: dict[str, ChannelWiring] = field(default_factory=dict[str, ChannelWiring])
    """Those that this process sends by."""
    part_of: str | None = None
    """The service whose code this is, where it is one of its channels that is split off."""
    sagas: dict[str, SagaWiring] = field(default_factory=dict[str, SagaWiring])
    buckets: dict[str, BucketWiring] = field(default_factory=dict[str, BucketWiring])
    caches: dict[str, CacheWiring] = field(default_factory=dict[str, CacheWiring])
    edge_caches: dict[str, EdgeCacheWiring] = field(default_factory=dict[str, EdgeCacheWiring])
    switches: SwitchesWiring | None = None
    rate_limit: RateLimitWiring | None = None
    graphql: GraphqlWiring | None = None
    tokens: TokensWiring | None = None
    verifies: Verifies | None = None
    externals: dict[str, ExternalWiring] = field(default_factory=dict[str, ExternalWiring])
    logins: dict[str, LoginWiring] = field(default_factory=dict[str, LoginWiring])
    public: Public | None = None
    telemetry: Telemetry = field(default_factory=Telemetry)


def load() -> Wiring:
    """Read the wiring of this pod."""
    path = Path(os.environ.get("WIREPLAN_WIRING", DEFAULT_PATH))
    try:
        data = json.loads(path.read_text())
    except OSError as error:
        raise WiringError(f"the wiring cannot be read: {error}") from error
    except ValueError as error:
        raise WiringError(f"{path} is not JSON: {error}") from error
    return parse(data)


def parse(data: Mapping[str, Any]) -> Wiring:
    """Turn the parsed file into typed values."""
    version = data.get("version")
    if version != VERSION:
        raise WiringError(f"the wiring has version {version}, and this code reads version {VERSION}")
    return _build(Wiring, data, "wiring")


def need[T](part: T | None, name: str) -> T:
    """A part of the wiring that the code cannot do without."""
    if part is None:
        raise WiringError(f"the wiring has no {name}: the topology and the code of this service disagree")
    return part


def secret(path: str) -> str:
    """One secret, from the file that the cluster mounts."""
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise WiringError(f"a secret cannot be read: {error}") from error


def _build[T](kind: type[T], data: object, where: str) -> T:
    if not isinstance(data, Mapping):
        raise WiringError(f"{where} is no mapping")
    given = cast("Mapping[str, Any]", data)
    hints = typing.get_type_hints(kind)
    known = dataclasses.fields(cast("Any", kind))
    values = {
        f.name: _value(hints[f.name], given[f.name], f"{where}.{f.name}") for f in known if f.name in given
    }
    try:
        return kind(**values)
    except TypeError as error:
        raise WiringError(f"{where}: {error}") from error


def _value(hint: Any, data: Any, where: str) -> Any:
    arguments = typing.get_args(hint)
    if isinstance(hint, types.UnionType):
        return None if data is None else _value(arguments[0], data, where)
    if typing.get_origin(hint) is dict:
        return {key: _value(arguments[1], value, f"{where}.{key}") for key, value in data.items()}
    if typing.get_origin(hint) is tuple:
        return tuple(_value(arguments[0], value, f"{where}[{i}]") for i, value in enumerate(data))
    if dataclasses.is_dataclass(hint):
        return _build(cast("type[Any]", hint), data, where)
    return _number(hint, data)


def _number(hint: Any, data: Any) -> Any:
    """Durations arrive as 600.0, and some libraries and messages take whole seconds only."""
    if hint is int and isinstance(data, float) and data.is_integer():
        return int(data)
    if hint is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    return data
