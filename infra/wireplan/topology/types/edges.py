"""Where clients come in: routes, and the cache of a CDN."""

from wireplan.records import dataclass
from wireplan.topology.addresses import Address
from wireplan.topology.types.resources import Replicas, Resources


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
