"""An acknowledged write that does not survive the failures that the environment names.

What: in an environment that the file names, `survives` is 1 in profile prod and 0 in dev unless written. A write survives less: an upload to the built-in object store, whose one node answers
before its disk has the object; a commit in a database of one or two members that says no rpo; a change that a service can keep nowhere but in a cache; with `survives: 2` or more, records
and commits of which fewer copies are sure.
Why: whoever was told that something is kept does not send it again. What only one place has goes with that place: a disk fails, a node is lost, a cache restarts. Only copies that are there when the
answer is given count; one made later may be later than the failure.
Fix: an object store that others run and whose provider promises copies; three instances; more copies that must confirm; or say what may be lost: `durable: false` of a topic or bucket, an `rpo` above 0.
Source: spec rows F2.5, F3.6; the code of versitygw 1.8 (its posix backend writes an object and never calls fsync); kafka.apache.org documentation of min.insync.replicas; cloudnative-pg docs/src/failover.md.
What KAF001, KAF002, KAF003, KAF006, KAF018, K8S004, PG001, PG010 and PG011 say of one failure is left to them. Not in the first list of rules.
"""

from collections.abc import Iterator, Sequence

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import listed, term, written
from wireplan.topology import alone, durability, index, survival
from wireplan.topology.durability import Safety
from wireplan.topology.types import DatabaseCluster, Path, Topic, Topology


@rule("DUR001", Severity.ERROR, dev=Severity.WARNING)
def acknowledged_write_that_failures_lose(topology: Topology) -> Iterator[Fault]:
    """Stores, databases, topics and caches against what the environment asks for. A file that names no environment is a draft."""
    if written(topology, ("environment",)) and topology.environment.survives:
        yield from of_buckets(topology)
        yield from of_caches(topology)
        yield from of_databases(topology)
        yield from of_topics(topology)


def asked(topology: Topology) -> str:
    """What the environment wants, with its origin."""
    return (
        term(
            topology, f"The environment asks for survives: {topology.environment.survives}", survival.SURVIVES
        )
        + "."
    )


def of_buckets(topology: Topology) -> Iterator[Fault]:
    """The built-in store is one cause, whatever is in it; where requests need what is in it, K8S004 says so."""
    kept = survival.one_disk(topology)
    if not kept or alone.objects(topology):
        return
    safety = durability.of_bucket(topology, kept[0])
    names = listed(f'"{bucket.name}"' for bucket in kept)
    yield Fault(
        path=safety.schedule[-1][0],
        what=f"uploads to {names} are acknowledged, and lost with one node or one disk",
        why=f"{asked(topology)} The built-in object store is one program over one volume, and waits for no disk.",
        fix="object_store: {provider: external, endpoint: ...}; or durable: false for buckets whose objects can be made again",
        steps=safety.schedule,
    )


def few(topology: Topology, safety: Safety) -> bool:
    """Whether it is known to survive less than is asked for."""
    return safety.survives is not None and safety.survives < topology.environment.survives


def of_caches(topology: Topology) -> Iterator[Fault]:
    """Changes that only a cache has."""
    for write in survival.entries(topology):
        yield Fault(
            path=write.path,
            what=f'"{write.writer}" answers {write.target}, which changes something, and can keep it nowhere but in a cache',
            why=f"{asked(topology)} The service has no database, no bucket, publishes nothing and calls nobody.",
            fix=f"a database for {write.writer}; or NO_SIDE_EFFECTS as the method's idempotency_level, if it changes nothing",
            steps=write.weakest.schedule,
        )


def of_databases(topology: Topology) -> Iterator[Fault]:
    """Databases that promise nothing, or keep what they promise with too few copies."""
    used = {service.database.cluster for service in topology.services.values() if service.database}
    single = alone.servers(topology)
    for cluster in topology.databases.values():
        safety = durability.of_database(cluster)
        asks = cluster.synchronous is not None and cluster.synchronous.failover_quorum
        told = cluster.rpo == 0 and not (safety.survives and asks)  # PG001, PG010
        told = told or cluster.name in single  # PG011
        if (
            cluster.name in used
            and not cluster.rpo
            and few(topology, safety)
            and not told
            and durability.flushed(cluster)
        ):
            yield of_database(topology, cluster, safety)


def of_database(topology: Topology, cluster: DatabaseCluster, safety: Safety) -> Fault:
    """One of them."""
    base: Path = ("databases", cluster.name)
    wanted = topology.environment.survives
    unsaid = cluster.rpo is None
    return Fault(
        path=(*base, "instances") if unsaid else (*base, "synchronous", "number"),
        what=f'commits of database "{cluster.name}" are acknowledged, and lost with {count(safety)}',
        why=f"{asked(topology)} {'It says no rpo, and has too few instances to promise one.' if unsaid else f'{sure(safety)} surely there when a commit is acknowledged.'}",
        fix=f"instances: {wanted + 2}{'' if wanted == 1 else f', synchronous: {{number: {wanted}}}'}; or an rpo above 0, if so much may be lost",
        steps=safety.schedule,
    )


def count(safety: Safety) -> str:
    """The failures that lose it."""
    number = (safety.survives or 0) + 1
    return "one disk" if number == 1 else f"{number} disks"


def sure(safety: Safety) -> str:
    """The copies that are sure."""
    return f"{len(safety.copies)} copies are" if len(safety.copies) > 1 else "One copy is"


def of_topics(topology: Topology) -> Iterator[Fault]:
    """Durable topics that survive one failure, where more are asked for; those that survive none are KAF001's and its neighbours'."""
    weak = [topic for topic in topology.topics.values() if survival.weak(topology, topic)]
    causes = ((topology.place(*survival.cause(topology, topic)), topic) for topic in weak)
    for topics in index.grouped(causes).values():
        yield of_topic(topology, topics, durability.of_topic(topics[0], topology.kafka))


def of_topic(topology: Topology, topics: Sequence[Topic], safety: Safety) -> Fault:
    """One or several of one cause."""
    wanted, first = topology.environment.survives, topics[0]
    names = listed(f'"{topic.name}"' for topic in topics[:3])
    more = f" and {len(topics) - 3} more" if len(topics) > 3 else ""
    path: Path = ("topics", first.name, "min_insync_replicas")
    least = term(topology, f"min_insync_replicas {first.min_insync_replicas}", path)
    return Fault(
        path=survival.cause(topology, first),
        what=f"records of {names}{more} are acknowledged, and lost with {count(safety)}",
        why=f"{asked(topology)} {least}: {sure(safety)} surely there when a record is acknowledged.",
        fix=f"defaults.topics: {{replication_factor: {wanted + 2}, min_insync_replicas: {wanted + 1}}}, and as many brokers",
        steps=safety.schedule,
    )
