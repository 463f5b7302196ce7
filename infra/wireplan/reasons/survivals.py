"""What an acknowledged write survives: how many failures at once, and by which copies, as `wireplan prove` has it."""

from collections.abc import Iterator

from wireplan.reasons.facts import Fact
from wireplan.topology import durability, survival
from wireplan.topology.durability import Safety
from wireplan.topology.types import (
    Bucket,
    Consumption,
    DatabaseCluster,
    Path,
    Publication,
    Service,
    Topic,
    Topology,
)

NAME, CODES = "survives", ("DUR001",)


def of_publication(topology: Topology, own: Publication) -> Iterator[Fact]:
    """A record in its topic; before that in the outbox, where there is one."""
    topic, database = topology.topics[own.topic], topology.services[own.service].database
    brokers = durability.of_publication(own, durability.of_topic(topic, topology.kafka))
    if own.outbox and database:
        outbox = durability.of_database(topology.databases[database.cluster])
        said = f"until the brokers have it: {safe(outbox)}"
        yield Fact("outbox survives", said, ("databases", database.cluster), CODES)
    yield of_topic(topology, topic, brokers)


def of_topic(topology: Topology, topic: Topic, brokers: Safety | None = None) -> Fact:
    """A record that lies there; `brokers` where not all in sync acknowledge it."""
    path = survival.cause(topology, topic) if survival.weak(topology, topic) else ("topics", topic.name)
    return Fact(NAME, safe(brokers or durability.of_topic(topic, topology.kafka)), path, CODES)


def of_effect(topology: Topology, group: Consumption) -> Iterator[Fact]:
    """What a group did with a record; nobody here knows where a service without a database keeps it."""
    database = topology.services[group.service].database
    for write in survival.of_effect(group, of_service(topology, topology.services[group.service])):
        path: Path = ("databases", database.cluster) if database else write.path
        yield Fact(NAME, f"what it did with a record: {safe(write.weakest)}", path, CODES)


def of_database(cluster: DatabaseCluster) -> Iterator[Fact]:
    """A commit."""
    yield Fact(NAME, safe(durability.of_database(cluster)), ("databases", cluster.name), CODES)


def of_bucket(topology: Topology, bucket: Bucket) -> Iterator[Fact]:
    """An object."""
    safety = durability.of_bucket(topology, bucket)
    path = safety.schedule[-1][0] if safety.schedule else ("buckets", bucket.name)
    yield Fact(NAME, safe(safety), path, CODES)


def of_cache(topology: Topology, service: Service) -> Iterator[Fact]:
    """What a service can keep nowhere else."""
    for write in survival.of_entry(topology, service):
        yield Fact(NAME, f"what {write.target} changed: {safe(write.weakest)}", write.path, CODES)


def of_service(topology: Topology, service: Service) -> Safety | None:
    """The safety of its commits."""
    return durability.of_database(topology.databases[service.database.cluster]) if service.database else None


def safe(safety: Safety) -> str:
    """One place."""
    return f"{failures(safety.survives)}: {copies(safety)}"


def failures(number: int | None) -> str:
    """How many at once."""
    if number is None:
        return "what others promise"
    return "no failure" if not number else f"{number} failure{'s' if number > 1 else ''} at once"


def copies(safety: Safety) -> str:
    """Those that are sure when it is acknowledged."""
    return "; ".join(each.where for each in safety.copies) or "no copy on a disk"
