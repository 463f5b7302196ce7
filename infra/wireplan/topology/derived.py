"""The formulas of derived values, with the numbers of one topology put in: what `wireplan show` prints."""

from collections.abc import Callable

from wireplan.model.units import duration_text, size_text
from wireplan.topology import capacity, channels, defaults, externals, fallbacks, grpc, limits, turns
from wireplan.topology.types import Path, Topology
from wireplan.topology.waits import waits

Formula = Callable[[Topology, Path], str]


def deadline(t: Topology, path: Path) -> str:
    """Of a call that names none."""
    call = t.services[str(path[1])].calls[str(path[3])]
    if call.deadline >= defaults.DEADLINE.value:
        return ""
    return f"what {call.caller} has, less 50 ms for the hop; it spans all {call.retry.attempts} attempts (gRFC A6)"


def attempts(t: Topology, path: Path) -> str:
    """Of a call that names none."""
    call = t.services[str(path[1])].calls[str(path[3])]
    return "" if call.retry.attempts == defaults.ATTEMPTS.value else grpc.once(call)


def grace(t: Topology, path: Path) -> str:
    """Of a pod's end."""
    end = t.services[str(path[1])].shutdown
    return (
        f"preStop {duration_text(end.pre_stop)} + longest request or record {duration_text(end.drain)} "
        f"+ {duration_text(defaults.RESERVE.value)} to close"
    )


def drain(t: Topology, path: Path) -> str:
    """Of the longest work."""
    doing = waits(t, t.services[str(path[1])])
    every = [f"{each.work} {duration_text(each.seconds)}" for each in doing]
    return f"the longest of {', '.join(every)}" if every else "nothing waits for it"


def partitions(t: Topology, path: Path) -> str:
    """Of a topic."""
    topic = t.topics[str(path[1])]
    if topic.source is not None:
        return f"as {topic.source}" if topic.role.value == "retry" else "one: dead letters are read by people"
    if topic.pattern.value != "point-to-point":
        return ""
    most = capacity.instances(t.services).get(topic.name, 1)
    return f"{defaults.PER_INSTANCE.value} x {most} instances at most of the consuming service (spec row M4)"


def copies(t: Topology, path: Path) -> str:
    """Of a topic's replication factor."""
    topic = t.topics[str(path[1])]
    if topic.source is not None:
        return f"as {topic.source}"
    return f"{defaults.COPIES.value}, or as many as there are brokers ({t.kafka.brokers if t.kafka else 0})"


def in_sync(t: Topology, path: Path) -> str:
    """Of min.insync.replicas."""
    topic = t.topics[str(path[1])]
    if topic.source is not None:
        return f"as {topic.source}"
    return f"replication factor {topic.replication_factor} - 1, at least 1 (KAF002)"


def retention(t: Topology, path: Path) -> str:
    """Of retry and dead-letter topics."""
    topic = t.topics[str(path[1])]
    if topic.source is None:
        longest = capacity.outages(t.services).get(topic.name, 0.0)
        return "the longest outage of a group (KAF016)" if longest > defaults.RETENTION.value else ""
    if topic.role.value == "retry":
        return f"as {topic.source}, at least its wait and the group's outage (KAF016)"
    return f"at least 14 days and twice {topic.source}'s {duration_text(t.topics[topic.source].retention)} (KAF012)"


def max_connections(t: Topology, path: Path) -> str:
    """Of a Postgres cluster."""
    name = str(path[1])
    poolers = capacity.poolers(t.databases[name])
    terms = [
        f"{s.name} {capacity.connections(s.replicas, s.database, poolers)} "
        f"(({s.replicas.max} + {s.replicas.surge}) pods x {s.database.pool.max}{' x 2 pools' if s.database.reads_from_replicas else ''}"
        f"{f' x {poolers} poolers' if poolers > 1 else ''})"
        for s in t.services.values() if s.database and s.database.cluster == name
    ]  # fmt: skip
    return f"{' + '.join([f'{defaults.RESERVED.value} reserved', *terms])}, rounded up to {capacity.ROUND}, at least {defaults.CONNECTIONS.value} (PG006)"


def rpo(t: Topology, path: Path) -> str:
    """Of a Postgres cluster."""
    cluster = t.databases[str(path[1])]
    return f"{cluster.instances} instances: " + (
        "nothing acknowledged is lost" if cluster.rpo == 0 else "too few to promise one"
    )


def synchronous(t: Topology, path: Path) -> str:
    """Of a Postgres cluster."""
    cluster = t.databases[str(path[1])]
    return (
        f"rpo {duration_text(cluster.rpo)}, {cluster.instances} instances: one replica confirms every write (PG001)"
        if cluster.rpo is not None
        else "no rpo"
    )


def poll(t: Topology, path: Path) -> str:
    """Of max.poll.interval and max.poll.records."""
    group = t.services[str(path[1])].consumes[str(path[3])]
    return (
        f"records taken by one poll ({group.max_poll_records}) x handler {duration_text(group.handler_timeout)} "
        f"fit twice into {duration_text(group.max_poll_interval)}, which is no less than the session of a classic member (KAF011)"
    )


def protocol(t: Topology, path: Path) -> str:
    """Of a group."""
    group = t.services[str(path[1])].consumes[str(path[3])]
    return f"{group.membership.value} membership (KAF007)"


def inbox(t: Topology, path: Path) -> str:
    """Of a group or publication."""
    return f"{path[1]} has {'a' if t.services[str(path[1])].database else 'no'} database"


def critical(t: Topology, path: Path) -> str:
    """Of a call."""
    call = t.services[str(path[1])].calls[str(path[3])]
    if not call.critical and call.fallback and fallbacks.answers(call):
        return f"its fallback ({call.fallback.kind}) is answered instead"
    return f"{path[3]} is of tier {t.services[str(path[3])].tier.value}"


def broker_memory(t: Topology, _: Path) -> str:
    """Of a broker."""
    return f"2 x heap {size_text(t.kafka.heap)}: the page cache serves the records" if t.kafka else ""


def cache_memory(t: Topology, path: Path) -> str:
    """Of a cache pod."""
    return f"entries {size_text(t.caches[str(path[1])].memory)} + half of it + 32Mi"


def waiting(t: Topology, path: Path) -> str:
    """Of a pool."""
    use = t.services[str(path[1])].database
    return f"4 x {use.pool.max} connections" if use else ""


def named(text: str) -> Formula:
    """A formula that needs no numbers."""
    return lambda _topology, _path: text


def kind(t: Topology, path: Path) -> str:
    """Of a service."""
    own = t.services[str(path[1])]
    if own.serves:
        return f"it serves {', '.join(own.serves)}"
    return "it serves HTTP" if own.ports.http else "it serves nothing: it consumes"


MEMORY_LIMIT = named("as much as is requested, so that no pod dies for a neighbour's need")
AGE_GRACE = named(f"the longest deadline served + {duration_text(defaults.AGE_GRACE.value)} (RPC002)")
SAGA_TIMEOUT = named("every step with all its attempts, there and back (SAG002)")


def surge(t: Topology, path: Path) -> str:
    """Of a service."""
    return "a StatefulSet replaces pods in place" if t.services[str(path[1])].identity == "stable" else ""


def cpu(t: Topology, path: Path) -> str:
    """Of what an autoscaler counts in: what a pod works with, not what it rests at."""
    own = (t.services if path[0] == "services" else t.edges)[str(path[1])].replicas
    why = f"{defaults.SCALED_CPU.why}: a pod more at {capacity.scale_percent(own)} %"
    return why if own.autoscaled else ""


def as_source(t: Topology, path: Path) -> str:
    """Of what retry and dead-letter topics have from their source."""
    return f"as {source}" if (source := t.topics[str(path[1])].source) else ""


def letter(t: Topology, path: Path) -> str:
    """Of the largest record of retry and dead-letter topics."""
    return f"{source}, and {capacity.LETTER} for headers (KAF017)" if (source := as_source(t, path)) else ""


def role(t: Topology, path: Path) -> str:
    """Of a topic."""
    topic = t.topics[str(path[1])]
    return f"group {topic.group} needs it" if topic.source is not None else "services publish to it"


def pattern(t: Topology, path: Path) -> str:
    """Of a topic."""
    return "one group reads it" if t.topics[str(path[1])].source is not None else ""


NAME = named("made from the name")
IMAGE = named("the version that Wireplan is tested with")
PORT = named("the port that its image serves")
PROVIDER = named("as the environment says")

RUN = ("edges.*", "caches.*", "object_store", "kafka", "databases.*")
FORMULAS: dict[str, Formula] = {
    **{f"{part}.resources.memory_limit": MEMORY_LIMIT for part in (*RUN, "services.*")},
    **{f"{part}.image": IMAGE for part in RUN},
    **{f"{part}.resource": NAME for part in ("databases.*", "caches.*", "edges.*", "object_store")},
    **{f"object_store.{each}": NAME for each in ("secret", "endpoint")},
    "services.*.calls.*.deadline": deadline,
    "services.*.calls.*.retry.attempts": attempts,
    "services.*.calls.*.critical": critical,
    "services.*.calls.*.protocol": named("gRPC where the callee serves it, else HTTP"),
    "services.*.calls.*.target": NAME,
    "services.*.calls.*.contract": named("the first gRPC service that the callee serves"),
    "services.*.shutdown.grace": grace,
    "services.*.shutdown.drain": drain,
    "services.*.grpc.max_connection_age_grace": AGE_GRACE,
    "services.*.resources.cpu_request": cpu,
    "services.*.kind": kind,
    "services.*.module": NAME,
    "services.*.dns": NAME,
    "services.*.ports": named("grpc 50051, http 8080, ops 9000; what it serves decides which"),
    **channels.FORMULAS,
    "services.*.consumes.*.protocol": protocol,
    "services.*.consumes.*.max_poll_interval": poll,
    "services.*.consumes.*.max_poll_records": poll,
    "services.*.consumes.*.inbox": inbox,
    "services.*.consumes.*.retries.*.topic": NAME,
    "services.*.consumes.*.dead_letter": named("topic and group"),
    "services.*.consumes.*.message": named("as the topic says"),
    "services.*.consumes.*.key": named("as the topic says"),
    "services.*.publishes.*.outbox": inbox,
    "services.*.publishes.*.message": named("as the topic says"),
    "services.*.publishes.*.key": named("as the topic says"),
    "services.*.database.cluster": named("the cluster that lists the database"),
    **{f"services.*.database.{each}": NAME for each in ("owner", "secret", "write_host", "port")},
    "services.*.database.read_host": named("made from the name; without a replica the host for writing"),
    "services.*.database.pool.max_waiting": waiting,
    "services.*.caches": named("caches it names, counts requests in, or keeps fallbacks in"),
    **limits.FORMULAS,
    "services.*.tokens.issuer": named("the URL of the first load balancer"),
    "services.*.tokens.audience": named("the system's name"),
    "services.*.tokens.secret": NAME,
    **externals.FORMULAS,
    "services.*.replicas.surge": surge,
    "topics.*.partitions": partitions,
    "topics.*.message": as_source,
    "topics.*.key": as_source,
    "topics.*.version": as_source,
    "topics.*.role": role,
    "topics.*.source": role,
    "topics.*.group": role,
    "topics.*.pattern": pattern,
    "topics.*.max_message_bytes": letter,
    "topics.*.durable": as_source,
    "topics.*.replication_factor": copies,
    "topics.*.min_insync_replicas": in_sync,
    "topics.*.retention": retention,
    "kafka.resources.memory_request": broker_memory,
    "kafka.bootstrap": NAME,
    **{f"{part}.provider": PROVIDER for part in ("kafka", "databases.*", "edges.*")},
    **dict.fromkeys(("edges.*.container_port", "caches.*.port", "object_store.port"), PORT),
    "edges.*.replicas.surge": named(defaults.SURGE.why),
    "edges.*.routes.*.upstream": NAME,
    "edges.*.routes.*.cache": named("where the edge has a cache, all but buckets: a signed address is a key"),
    "edges.*.cache.image": IMAGE,
    "edges.*.cache.resources.memory_limit": MEMORY_LIMIT,
    "edges.*.routes.*.outside": named("the parts of object_store.endpoint"),
    "edges.*.routes.*.bucket": named("where the route leads"),
    "edges.*.routes.*.protocol": named("http2 to services (spec row P2), http1 to the object store"),
    "databases.*.max_connections": max_connections,
    "databases.*.rpo": rpo,
    "databases.*.synchronous": synchronous,
    **{f"databases.*.pooler.{each}": NAME for each in ("write", "read")},
    "databases.*.pooler.pool_size": named("the most connections of one service to one host"),
    "databases.*.pooler.clients": named("the most connections of all services to one host, at least 100"),
    "databases.*.parameters": named("shared_buffers = memory / 4; synchronous_commit on"),
    "caches.*.resources.memory_request": cache_memory,
    "caches.*.host": NAME,
    "edges.*.base_url": named("host and port"),
    "edges.*.tls_secret": NAME,
    "edges.*.resources.cpu_request": cpu,
    "sagas.*.timeout": SAGA_TIMEOUT,
    "sagas.*.steps.*.retry": turns.why_retry,
    "sagas.*.steps.*.changes": named("true unless a send says false"),
    **{f"sagas.*.steps.*.{each}": named("as the step says") for each in ("name", "undo_call", "undo_send")},
    "environment.namespace": named("the system's name"),
    "environment.name": named("the overlay's file name"),
}
"""By the pattern of the value's path; an empty text means that this value is a default after all."""
