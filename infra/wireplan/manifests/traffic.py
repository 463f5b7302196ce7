"""Who may talk to whom: the flows that follow from the Topology, each with the edge that it comes from.

A NetworkPolicy is written from these flows and from nothing else, so that no allow is without an edge.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from wireplan.manifests import labels
from wireplan.manifests.flow import WORLD, End, Flow, Port
from wireplan.manifests.providers import kafka, postgres
from wireplan.manifests.thing import present
from wireplan.topology import names
from wireplan.topology.addresses import address
from wireplan.topology.types import Service, Topology


def by_end(topology: Topology) -> Mapping[str, tuple[Flow, ...]]:
    """The flows under the names of both of their ends."""
    table: defaultdict[str, list[Flow]] = defaultdict(list)
    for flow in flows(topology):
        table[flow.source.name].append(flow)
        table[flow.target.name].append(flow)
    return {name: tuple(found) for name, found in table.items()}


def pods(topology: Topology, name: str) -> End:
    """The pods of a service, edge, cache, the object store or one of the Jobs."""
    return End(name, labels.selector(topology, name))


def flows(topology: Topology) -> Iterator[Flow]:
    """Every flow of the system, in a fixed order."""
    for service in topology.services.values():
        yield from of_service(topology, service)
    yield from of_edges(topology)
    yield from of_backups(topology)
    yield from of_jobs(topology)


def of_service(topology: Topology, service: Service) -> Iterator[Flow]:
    """What a service opens connections to."""
    me = pods(topology, service.name)
    for callee in callees(service):
        own = service.calls.get(callee)
        ports = topology.services[callee].ports
        port = ports.http if own and own.protocol == "http" else ports.grpc
        if port is not None:
            yield Flow(me, pods(topology, callee), (Port(port),), f"{service.name} calls {callee}")
    if topology.kafka and (service.publishes or service.consumes):
        yield Flow(me, brokers(topology), kafka_ports(topology), f"{service.name} uses Kafka")
    if service.database:
        target = cluster_pods(topology, service.database.cluster)
        yield Flow(
            me,
            target,
            (Port(service.database.port),),
            f"{service.name} uses database {service.database.name}",
        )
    for name in caches_of(service):
        cache = topology.caches[name]
        yield Flow(
            me, pods(topology, cache.resource), (Port(cache.port),), f"{service.name} uses cache {name}"
        )
    if topology.object_store and service.buckets:
        yield Flow(me, object_store(topology), (Port(store_port(topology)),), f"{service.name} uses buckets")
    for name in service.externals:
        yield Flow(me, WORLD, external_ports(topology, name), f"{service.name} uses {name}")
    if topology.environment.collector:
        yield Flow(me, *collector(topology.environment.collector), f"{service.name} sends traces")


def collector(url: str) -> tuple[End, tuple[Port, ...]]:
    """Where traces go: outside of the system, in a namespace of the cluster where its name says so."""
    where = address(url)
    labels_of = where.host.split(".")
    inside = labels_of[1] if labels_of[2:3] == ["svc"] else ""
    return End("the collector", namespace=inside), (Port(where.port),)


def callees(service: Service) -> tuple[str, ...]:
    """Services that it calls, and the one whose token keys it fetches."""
    names = dict.fromkeys(service.calls)
    if service.verifies_tokens_of:
        names.setdefault(service.verifies_tokens_of)
    return tuple(names)


def caches_of(service: Service) -> tuple[str, ...]:
    """Caches that it uses: named ones, its rate limit's, and those that its fallbacks answer from."""
    names = dict.fromkeys(service.caches)
    if service.rate_limit:
        names.setdefault(service.rate_limit.store)
    for call in service.calls.values():
        if call.fallback and call.fallback.cache:
            names.setdefault(call.fallback.cache)
    return tuple(names)


def of_edges(topology: Topology) -> Iterator[Flow]:
    """The world to each edge, over TCP and UDP, and each edge to what is behind it."""
    for edge in topology.edges.values():
        me = pods(topology, edge.resource)
        both = (
            (Port(edge.container_port), Port(edge.container_port, "UDP"))
            if "http3" in edge.clients
            else (Port(edge.container_port),)
        )
        yield Flow(WORLD, me, both, f"clients use edge {edge.name}")
        for target in dict.fromkeys(route.to for route in edge.routes if not route.bucket):
            port = topology.services[target].ports.http
            if port is not None:
                yield Flow(me, pods(topology, target), (Port(port),), f"edge {edge.name} routes to {target}")
        for purger in edge.cache.purged_by if edge.cache else ():
            ports = (Port(names.EDGE_PURGE_PORT),)
            yield Flow(pods(topology, purger), me, ports, f"{purger} purges edge {edge.name}")
        if topology.object_store and any(route.bucket for route in edge.routes):
            yield Flow(
                me,
                object_store(topology),
                (Port(store_port(topology)),),
                f"edge {edge.name} routes to a bucket",
            )


def of_backups(topology: Topology) -> Iterator[Flow]:
    """Members of Postgres clusters to the store that keeps their backups: what cannot be archived fills their disks."""
    for name, cluster in topology.databases.items():
        if cluster.backup and topology.object_store:
            ports = (Port(store_port(topology)),)
            why = f"database {name} is archived in bucket {cluster.backup.to}"
            yield Flow(cluster_pods(topology, name), object_store(topology), ports, why)


def of_jobs(topology: Topology) -> Iterator[Flow]:
    """The Jobs that make topics and buckets; under the name of the first, pods that ask Kafka what it holds."""
    if topology.kafka and topology.topics:
        made = kafka.provider(topology).TOPICS_BY_JOB
        yield Flow(
            pods(topology, "kafka-topics"),
            brokers(topology),
            kafka_ports(topology),
            "topics are made in Kafka" if made else "Kafka is asked what it holds",
        )
    if topology.object_store and topology.object_store.provider == "builtin" and topology.buckets:
        ports = (Port(store_port(topology)),)
        yield Flow(
            pods(topology, "objects-buckets"),
            object_store(topology),
            ports,
            "buckets are made in the object store",
        )


def brokers(topology: Topology) -> End:
    """The Kafka brokers, wherever the provider has them."""
    selector = kafka.provider(topology).broker_pods(topology)
    return End("kafka", selector)


def kafka_ports(topology: Topology) -> tuple[Port, ...]:
    """The port that clients use, off the bootstrap address."""
    addresses = present(topology.kafka).bootstrap.split(",")
    return tuple(dict.fromkeys(Port(int(address.rpartition(":")[2])) for address in addresses))


def cluster_pods(topology: Topology, cluster: str) -> End:
    """The members of a Postgres cluster, wherever the provider has them."""
    chosen = topology.databases[cluster]
    return End(chosen.resource, postgres.provider(chosen).member_pods(topology, chosen))


def object_store(topology: Topology) -> End:
    """The object store, in the namespace or outside."""
    store = present(topology.object_store)
    if store.provider == "builtin":
        return pods(topology, store.resource)
    return End("object store")


def store_port(topology: Topology) -> int:
    """The object store's port, off its address where it is not ours."""
    return address(present(topology.object_store).endpoint).port


def external_ports(topology: Topology, name: str) -> tuple[Port, ...]:
    """The port of an external system; HTTP/3 needs it over UDP too."""
    external = topology.externals[name]
    number = address(external.url).port
    return (Port(number), Port(number, "UDP")) if external.protocol == "http3" else (Port(number),)
