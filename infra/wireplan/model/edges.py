"""Where clients come in: load balancers and CDNs (spec rows P1, P2, P3)."""

from typing import Annotated, Literal

from pydantic import Field

from wireplan.model.base import NO_ITEMS, Host, Part, ServiceName, unsaid
from wireplan.model.resources import REPLICAS, Replicas, Resources
from wireplan.model.units import Duration, Share, Size


class Route(Part):
    """A path, and where it leads."""

    path: Annotated[str, Field(pattern=r"^/[^\s]*$")]
    """The prefix of the path; the longest prefix wins."""
    to: Annotated[str, Field(pattern=r"^(bucket [-a-z0-9]+|[-a-z0-9]+)$")]
    """A service, or `bucket NAME`."""
    protocol: Literal["http2", "http1"] | None = None
    """What is spoken to it; http2 (spec row P2), to a bucket http1."""
    objective: Share | None = None
    """The share of its requests that is promised to be answered; held against what they need (EDG003)."""
    cache: bool | None = None
    """Whether the edge's cache keeps its answers; true where the edge has a cache, but for buckets: a signed address is a key (docs/cdn.md)."""


class EdgeCache(Part):
    """The cache of a CDN (docs/cdn.md)."""

    size: Size | None = None
    """How much each pod of the edge holds, on its disk."""
    ttl: Duration | None = None
    """How long an answer counts as fresh at most; its own Cache-Control says whether it is kept at all, and may say less."""
    stale: Duration | None = None
    """How long after that it may still be given while the origin does not answer."""
    purged_by: list[ServiceName] = NO_ITEMS
    """Services that may take answers out of it, when what they were about is gone."""
    resources: Resources = unsaid(Resources)
    """CPU and memory of the cache in each pod, beside those of the edge."""


class Edge(Part):
    """A load balancer or a CDN: HTTP/3 to clients with HTTP/2 as fallback, HTTP/2 to what is behind."""

    kind: Literal["load-balancer", "cdn"] = "load-balancer"
    """A CDN caches, a load balancer does not."""
    host: Host
    """The host name that clients use."""
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """The port that clients use."""
    clients: list[Literal["http3", "http2", "http1"]] | None = None
    """What is spoken to clients, the preferred first."""
    early_data: bool | None = None
    """Whether requests in TLS early data are taken; they can be replayed, so off."""
    budget: Duration | None = None
    """The deadline of one request, from which the deadlines of all calls behind it follow."""
    max_body: Size | None = None
    """The largest body of a request to a service, beyond which it is answered 413; without it, any. Uploads to a bucket are as large as they are."""
    routes: Annotated[list[Route], Field(min_length=1)]
    """Paths and where they lead."""
    cache: EdgeCache | None = None
    """The cache of a CDN."""
    replicas: Annotated[Replicas | None, REPLICAS] = None
    """Pods."""
    resources: Resources = unsaid(Resources)
    """CPU and memory of a pod."""
    availability: Share | None = None
    """The share of time in which it answers, whatever is behind it; not known when left out (docs/impact.md)."""
