"""Edges: where clients come in, and where each path leads (spec rows P1, P2, P3)."""

from wireplan.model.edges import Edge as WrittenEdge
from wireplan.model.edges import Route as WrittenRoute
from wireplan.topology import defaults, names, stores
from wireplan.topology.addresses import Address, address
from wireplan.topology.context import Context, pick, resources, seconds, share
from wireplan.topology.types import Edge, EdgeCache, Replicas, Route

CADDY_IMAGE = "docker.io/library/caddy:2.11"
VARNISH_IMAGE = "docker.io/library/varnish:7.7"


def edges(context: Context) -> dict[str, Edge]:
    """Every edge."""
    store = stores.object_store(context)
    outside = address(store.endpoint) if store and store.provider == "external" else None
    return {name: edge(context, name, written, outside) for name, written in context.system.edges.items()}


def edge(context: Context, name: str, written: WrittenEdge, outside: Address | None) -> Edge:
    """One edge with everything explicit."""
    profile = context.profile
    port = pick(profile, defaults.EDGE_PORT, written.port)
    pods = replicas(profile, written)
    cpu = defaults.SCALED_CPU if pods.autoscaled else defaults.EDGE_CPU
    kept = cache(profile, written)
    clients = tuple(written.clients) if written.clients is not None else defaults.EDGE_CLIENTS.value
    return Edge(
        name=name,
        kind=written.kind,
        provider=context.environment.edge_provider,
        resource=names.edge(name),
        host=written.host,
        port=port,
        container_port=names.EDGE_PORT,
        clients=clients,
        early_data=pick(profile, defaults.EARLY_DATA, written.early_data),
        budget=seconds(profile, defaults.BUDGET, written.budget),
        routes=tuple(route(context, r, outside, kept) for r in written.routes),
        cache=kept,
        replicas=pods,
        resources=resources(profile, cpu, defaults.EDGE_MEMORY, written.resources),
        image=CADDY_IMAGE,
        tls_secret=names.edge_tls(name),
        base_url=names.url(written.host, port),
        availability=share(written.availability),
        max_body=int(written.max_body) if written.max_body is not None else None,
    )


def replicas(profile: str, written: WrittenEdge) -> Replicas:
    """Pods of an edge."""
    if written.replicas is None:
        number = defaults.EDGE_REPLICAS.of(profile)
        return Replicas(number, number, surge=defaults.SURGE.value)
    own = written.replicas
    cpu = pick(profile, defaults.CPU_PERCENT, own.cpu_percent) if own.max > own.min else own.cpu_percent
    return Replicas(own.min, own.max, cpu, own.lag_records, defaults.SURGE.value)


def cache(profile: str, written: WrittenEdge) -> EdgeCache | None:
    """The cache of a CDN; a load balancer has one only where that is written."""
    own = written.cache
    if own is None and written.kind != "cdn":
        return None
    return EdgeCache(
        size=int(pick(profile, defaults.CDN_SIZE, own.size if own else None)),
        ttl=seconds(profile, defaults.CDN_TTL, own.ttl if own else None),
        stale=seconds(profile, defaults.CDN_STALE, own.stale if own else None),
        image=VARNISH_IMAGE,
        resources=resources(
            profile, defaults.CDN_CPU, defaults.CDN_MEMORY, *([own.resources] if own else ())
        ),
        purged_by=tuple(own.purged_by) if own else (),
    )


def route(context: Context, written: WrittenRoute, outside: Address | None, kept: EdgeCache | None) -> Route:
    """A path to a service, or to a bucket of the object store, which may be `outside`."""
    bucket = written.to.removeprefix("bucket ") if written.to.startswith("bucket ") else None
    if bucket and outside:
        upstream = f"{outside.written}:{outside.port}"
    elif bucket:
        upstream = f"{names.dns(names.OBJECTS, context.namespace)}:{names.OBJECTS_PORT}"
    else:
        upstream = f"{names.dns(written.to, context.namespace)}:{names.HTTP_PORT}"
    protocol = written.protocol or ("http1" if bucket else "http2")
    objective = share(written.objective)
    store = outside if bucket else None
    asked = bucket is None if written.cache is None else written.cache
    return Route(
        written.path, written.to, bucket, protocol, upstream, objective, store, kept is not None and asked
    )


def public(context: Context) -> WrittenEdge | None:
    """The first load balancer: the address that people know the system by."""
    return next((e for e in context.system.edges.values() if e.kind == "load-balancer"), None)


def public_url(context: Context) -> str:
    """The URL of the first load balancer; without one, of the system's name."""
    found = public(context)
    if found is None:
        return f"https://{context.system.system}"
    return names.url(found.host, pick(context.profile, defaults.EDGE_PORT, found.port))
