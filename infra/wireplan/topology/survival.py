"""Every acknowledged write of a system, and by which of its copies it survives: `durability` says how safe each place is.

A write is acknowledged when somebody heard that it is kept: a caller its answer after a commit, a group that its offset moved on, a client that its upload is
there. One that goes on to another place (a row in an outbox, then a record) has a stage for each, and is as safe as the weakest of them.
"""

from collections.abc import Iterator, Mapping
from enum import Enum

from wireplan.records import dataclass
from wireplan.topology import durability
from wireplan.topology.durability import Safety
from wireplan.topology.types import (
    Bucket,
    Consumption,
    Idempotency,
    OriginKind,
    Path,
    Publication,
    Service,
    Topic,
    Topology,
)


class Kind(Enum):
    """What was acknowledged."""

    COMMIT = "commit"  # an answer after a commit
    EVENT = "event"  # a record in an outbox, and later in its topic
    RECORD = "record"  # a record that brokers acknowledged
    OBJECT = "object"  # what a service puts into a bucket
    UPLOAD = "upload"  # what a client puts there by a presigned URL
    EFFECT = "effect"  # what handling a record did; its offset moved on
    ENTRY = "entry"  # what a service can keep nowhere but in a cache


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of an item's life, in words (empty: all of it), and its safety then."""

    when: str
    safety: Safety


@dataclass(frozen=True, slots=True)
class Write:
    """An acknowledged write: by whom (a service, or the edge that clients upload through), to what, and its safety stage by stage."""

    kind: Kind
    writer: str
    target: str
    path: Path
    stages: tuple[Stage, ...]

    @property
    def weakest(self) -> Safety:
        """The safety in the stage that survives least; what others promise is taken to be more than what is known."""
        return min((stage.safety for stage in self.stages), key=rank)

    @property
    def survives(self) -> int | None:
        """How many failures at once it survives for certain; None where others promise it."""
        return self.weakest.survives


def rank(safety: Safety) -> float:
    """By which the weakest is found."""
    return float("inf") if safety.survives is None else safety.survives


def whole(safety: Safety) -> tuple[Stage, ...]:
    """A life of one stage."""
    return (Stage("", safety),)


def writes(topology: Topology) -> Iterator[Write]:
    """Every acknowledged write, in the order of the services, then what clients upload themselves."""
    topics = {name: durability.of_topic(topic, topology.kafka) for name, topic in topology.topics.items()}
    databases = {name: durability.of_database(cluster) for name, cluster in topology.databases.items()}
    buckets = {name: durability.of_bucket(topology, bucket) for name, bucket in topology.buckets.items()}
    for service in topology.services.values():
        own = databases[service.database.cluster] if service.database else None
        yield from of_commit(service, own)
        for published in service.publishes.values():
            yield of_publication(
                published, durability.of_publication(published, topics[published.topic]), own
            )
        for group in service.consumes.values():
            yield from of_effect(group, own)
        for use in service.buckets.values():
            if use.writes:
                path: Path = ("services", service.name, "buckets", use.bucket)
                yield Write(Kind.OBJECT, service.name, use.bucket, path, whole(buckets[use.bucket]))
    yield from of_uploads(topology, buckets)
    yield from entries(topology)


def of_uploads(topology: Topology, buckets: Mapping[str, Safety]) -> Iterator[Write]:
    """What clients upload themselves."""
    for bucket in topology.buckets.values():
        if bucket.uploads_through:
            path: Path = ("buckets", bucket.name, "uploads_through")
            yield Write(Kind.UPLOAD, bucket.uploads_through, bucket.name, path, whole(buckets[bucket.name]))


SURVIVES: Path = ("environment", "survives")
"""Where it is said how many failures an acknowledged write must survive."""


def weak(topology: Topology, topic: Topic) -> bool:
    """Whether records of a durable topic survive a failure, and fewer than are asked for; those that survive none are KAF001's and its neighbours'."""
    if topology.kafka is None or topology.kafka.unclean_leader_election or topic.aside or not topic.durable:
        return False
    return 1 < durability.sure(topic, topology.kafka) <= topology.environment.survives


def cause(topology: Topology, topic: Topic) -> Path:
    """What makes a topic weak: its minimum where it is written; all that follow from the number of brokers have one cause."""
    path: Path = ("topics", topic.name, "min_insync_replicas")
    origin = topology.origins.get(path)
    return path if origin is not None and origin.kind is OriginKind.WRITTEN else SURVIVES


def one_disk(topology: Topology) -> tuple[Bucket, ...]:
    """Durable buckets of the built-in store that something is put into: acknowledged, and on one disk."""
    store = topology.object_store
    if store is None or store.provider != durability.STORE:
        return ()
    used = {
        use.bucket for service in topology.services.values() for use in service.buckets.values() if use.writes
    }
    every = topology.buckets.values()
    return tuple(each for each in every if each.durable and (each.name in used or each.uploads_through))


def entries(topology: Topology) -> Iterator[Write]:
    """What services can keep nowhere but in caches."""
    for service in topology.services.values():
        yield from of_entry(topology, service)


def of_commit(service: Service, database: Safety | None) -> Iterator[Write]:
    """What a service answers after a commit."""
    if service.database and database:
        path: Path = ("services", service.name, "database")
        yield Write(Kind.COMMIT, service.name, service.database.name, path, whole(database))


def of_publication(own: Publication, brokers: Safety, database: Safety | None) -> Write:
    """A record: through an outbox it is a row first."""
    path: Path = ("services", own.service, "publishes", own.topic)
    if not own.outbox or database is None:
        return Write(Kind.RECORD, own.service, own.topic, path, whole(brokers))
    stages = (Stage("until the brokers have it", database), Stage("from then on", brokers))
    return Write(Kind.EVENT, own.service, own.topic, path, stages)


def of_effect(group: Consumption, database: Safety | None) -> Iterator[Write]:
    """What a group did with a record whose offset it committed; without a database of its own, nobody here knows where that is kept."""
    path: Path = ("services", group.service, "consumes", group.topic)
    if group.commit == "before-effect":
        yield Write(
            Kind.EFFECT,
            group.service,
            group.topic,
            path,
            whole(durability.before_effect(path, group.service)),
        )
    elif database is not None:
        yield Write(Kind.EFFECT, group.service, group.topic, path, whole(database))


def of_entry(topology: Topology, service: Service) -> Iterator[Write]:
    """A method whose contract says that it changes something, of a service that reaches nothing but caches."""
    counting = service.rate_limit.store if service.rate_limit else None
    cache = next((name for name in service.caches if name != counting), None)
    if cache is None or elsewhere(service):
        return
    path: Path = ("services", service.name, "caches")
    for name in service.serves:
        contract = topology.contracts.get(name)
        methods = contract.methods.values() if contract else ()
        changing = next((each.name for each in methods if each.idempotency is Idempotency.IDEMPOTENT), None)
        if changing:
            yield Write(
                Kind.ENTRY, service.name, changing, path, whole(durability.in_cache(path, cache, changing))
            )


def elsewhere(service: Service) -> bool:
    """Whether a service can keep something, or have it kept, other than in a cache."""
    writable = any(use.writes for use in service.buckets.values())
    return bool(service.database or service.publishes or service.calls or service.externals or writable)
