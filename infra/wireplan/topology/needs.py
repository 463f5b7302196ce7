"""What every part needs, and what becomes of it without: the links of a topology with what each does in a failure.

The model does not say which of a service's requests, or which of its handlers, make a call: a need of a service is taken to be one of all of them.
"""

from collections.abc import Iterator

from wireplan.model.units import duration_text
from wireplan.topology import fallbacks
from wireplan.topology.effects import ASIDE, PODS, SUPPLY, WRITES, Need
from wireplan.topology.types import Consumption, Edge, Service, Topology

KAFKA, OBJECT_STORE = "kafka", "object_store"


def needs(topology: Topology) -> Iterator[Need]:
    """Every need, in the order of the file."""
    for edge in topology.edges.values():
        yield from of_edge(edge)
        yield from of_purges(topology, edge)
    for service in topology.services.values():
        yield from of_calls(topology, service)
        yield from of_stores(service)
        yield from of_publications(service)
        for group in service.consumes.values():
            yield from of_group(topology, service, group)
    yield from of_parts(topology)
    yield from of_sagas(topology)


def flow_id(group: Consumption) -> str:
    """The id of a consumer group's flow."""
    return f"services.{group.service}.consumes.{group.topic}"


def route_id(edge: Edge, index: int) -> str:
    """The id of a route."""
    return f"edges.{edge.name}.routes.{index}"


def of_edge(edge: Edge) -> Iterator[Need]:
    """A route needs its edge, and what it leads to; a cache gives what it has while that is away."""
    for index, route in enumerate(edge.routes):
        source, path = route_id(edge, index), ("edges", edge.name, "routes", index)
        yield Need(source, f"edges.{edge.name}", "edge", path)
        target = f"buckets.{route.bucket}" if route.bucket else f"services.{route.to}"
        if edge.cache and route.cache and edge.cache.stale > 0:
            held = f"the cache of edge {edge.name} gives what it has, for {duration_text(edge.cache.stale)}"
            yield Need(source, target, "route", path, hard=False, passes=True, held=held)
        else:
            yield Need(source, target, "route", path, passes=True)


def of_purges(topology: Topology, edge: Edge) -> Iterator[Need]:
    """Each pod of an edge hears of a purge, or the purger tries again; until then the routes that it keeps give what should be gone.

    Only what purges waits for the edge, and nothing comes later for it.
    """
    for index, name in enumerate(edge.cache.purged_by if edge.cache else ()):
        path = ("edges", edge.name, "cache", "purged_by", index)
        groups = [flow_id(group) for group in topology.services[name].consumes.values()]
        held = f"only what purges edge {edge.name} waits for it, and is tried again"
        for source in (f"services.{name}", *(f"{group}{ASIDE}" for group in groups)):
            yield Need(source, f"edges.{edge.name}", "purge", path, hard=False, held=held)
        ttl = duration_text(edge.cache.ttl if edge.cache else 0)
        held = f"what {name} would purge is given for up to {ttl} (ttl of edge {edge.name})"
        for number, route in enumerate(edge.routes):
            for target in (f"services.{name}", *groups) if route.cache else ():
                yield Need(route_id(edge, number), target, "purge", path, hard=False, held=held)


def of_calls(topology: Topology, service: Service) -> Iterator[Need]:
    """Calls, and the keys of those whose tokens it accepts."""
    source = f"services.{service.name}"
    for call in service.calls.values():
        path = ("services", service.name, "calls", call.callee)
        held = fallbacks.instead(topology, call)
        yield Need(source, f"services.{call.callee}", "call", path, hard=not held, passes=True, held=held)
    issuer = service.verifies_tokens_of
    if issuer and topology.services[issuer].tokens:
        held = f"pods that run keep the token keys they have; one that starts has none until {issuer} is back"
        path = ("services", service.name, "verifies_tokens_of")
        yield Need(source, f"services.{issuer}{PODS}", "keys", path, hard=False, held=held)


def of_stores(service: Service) -> Iterator[Need]:
    """Database, buckets and externals; caches may vanish at any time."""
    source, base = f"services.{service.name}", ("services", service.name)
    if service.database:
        target = f"databases.{service.database.cluster}{WRITES}"
        yield Need(source, target, "database", (*base, "database"))
    for bucket in service.buckets:
        yield Need(source, f"buckets.{bucket}", "bucket", (*base, "buckets", bucket))
    for external in service.asked:
        yield Need(source, f"externals.{external}", "external", (*base, "externals", external))
    for cache in service.caches:
        counts = service.rate_limit is not None and service.rate_limit.store == cache
        held = f"{service.name} goes on without the cache{': each pod counts its share of the rate limit' if counts else ''}"
        yield Need(source, f"caches.{cache}", "cache", (*base, "caches", cache), hard=False, held=held)


def of_publications(service: Service) -> Iterator[Need]:
    """An outbox holds records that the topic does not take; what comes into the topic needs the publisher."""
    source, base = f"services.{service.name}", ("services", service.name)
    for topic, publication in service.publishes.items():
        path = (*base, "publishes", topic)
        outbox = publication.outbox and service.database is not None
        held = f"the outbox of {service.name} in its database keeps the records" if outbox else ""
        target = f"topics.{topic}{WRITES}"
        yield Need(source, target, "publish", path, hard=not outbox, passes=True, held=held)
        yield Need(f"topics.{topic}{SUPPLY}", f"services.{service.name}{PODS}", "supply", path)
        if service.database and outbox:
            database = f"databases.{service.database.cluster}{WRITES}"
            yield Need(f"topics.{topic}{SUPPLY}", database, "supply", path)
        for group in service.consumes.values():
            yield Need(f"topics.{topic}{SUPPLY}", flow_id(group), "supply", path, passes=True)
            held = f"{service.name} goes on later"
            yield Need(f"topics.{group.topic}", target, "lag", path, hard=False, passes=True, held=held)


def of_group(topology: Topology, service: Service, group: Consumption) -> Iterator[Need]:
    """A group stops without its topic or its service; meanwhile records wait, and the service knows less than there is."""
    flow, path = flow_id(group), ("services", service.name, "consumes", group.topic)
    kept = (
        f"records wait in topic {group.topic} (kept {duration_text(topology.topics[group.topic].retention)})"
    )
    topic, own = f"topics.{group.topic}", f"services.{service.name}"
    for channel in service.channels.values():
        if channel.topic == group.topic:
            yield Need(flow, f"externals.{channel.through}", "external", path)
    yield Need(flow, topic, "consume", path)
    yield Need(flow, own, "consume", path)
    yield Need(
        flow,
        f"{topic}{SUPPLY}",
        "supply",
        path,
        hard=False,
        passes=True,
        held=f"meanwhile no records come from there into topic {group.topic}",
    )
    yield Need(own, flow, "lag", path, hard=False, passes=True, held=f"{kept}; {service.name} lags behind")
    yield Need(topic, flow, "lag", path, hard=False, held=kept)
    for aside in group.aside:
        held = f"only a record that {service.name} cannot handle waits, and holds its partition"
        yield Need(f"{flow}{ASIDE}", f"topics.{aside}", "consume", path, hard=False, held=held)


def of_parts(topology: Topology) -> Iterator[Need]:
    """Topics stand on Kafka, buckets on the object store; backups go from the one to the other."""
    for name in topology.topics:
        yield Need(f"topics.{name}", KAFKA, "kafka", ("topics", name))
        yield Need(f"topics.{name}{WRITES}", f"topics.{name}", "publish", ("topics", name), passes=True)
        yield Need(f"topics.{name}{SUPPLY}", f"topics.{name}{WRITES}", "supply", ("topics", name))
    for name in topology.buckets:
        yield Need(f"buckets.{name}", OBJECT_STORE, "store", ("buckets", name))
    for name, cluster in topology.databases.items():
        yield Need(f"databases.{name}{WRITES}", f"databases.{name}", "database", ("databases", name))
        if cluster.backup:
            path = ("databases", name, "backup")
            yield Need(f"databases.{name}.backup", f"databases.{name}", "backup", path)
            yield Need(f"databases.{name}.backup", f"buckets.{cluster.backup.to}", "backup", path)


def of_sagas(topology: Topology) -> Iterator[Need]:
    """A saga needs its owner, and each step what it calls or waits for; what it sends waits in the owner's outbox."""
    for saga in topology.sagas.values():
        source = f"sagas.{saga.name}"
        yield Need(source, f"services.{saga.owner}", "saga", ("sagas", saga.name, "owner"))
        for index, step in enumerate(saga.steps):
            path = ("sagas", saga.name, "steps", index)
            if step.call:
                yield Need(source, f"services.{step.call.partition('.')[0]}", "saga", path)
            if step.send:
                yield Need(source, f"topics.{step.send}", "saga", path)
            if step.awaits:
                yield Need(source, f"topics.{step.awaits}", "saga", path)
                held = f"it waits for a record of topic {step.awaits}"
                yield Need(
                    source, f"topics.{step.awaits}{SUPPLY}", "saga", path, hard=False, passes=True, held=held
                )
