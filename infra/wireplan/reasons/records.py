"""What makes records safe: on their way into a topic, while they lie there, and until their effect is done once."""

from collections.abc import Iterator

from wireplan.reasons import limits, rates, survivals
from wireplan.reasons.facts import Fact
from wireplan.rules.words import duration, listed, size
from wireplan.topology import durability, events
from wireplan.topology.types import Consumption, Kafka, Membership, Path, Publication, Topic, Topology

ACKS = {
    "all": "the producer waits until all copies in sync have a record",
    "leader": "the producer waits for the leader alone",
    "none": "the producer waits for nobody",
}


def of_publication(topology: Topology, publication: Publication) -> Iterator[Fact]:
    """The facts of a publication, and of the topic that takes its records."""
    path: Path = ("services", publication.service, "publishes", publication.topic)
    owned = topology.services[publication.service].database is not None
    if publication.outbox:
        said = "a record is written in the transaction of its change, and sent from there until it is acknowledged"
    else:
        said = (
            "none: the database and the topic are two acts"
            if owned
            else f"none: {publication.service} has no database to agree with"
        )
    yield Fact("outbox", said, (*path, "outbox"), ("MSG001",))
    yield Fact("acks", ACKS[publication.acks], (*path, "acks"), ("KAF005",))
    circle = (
        f"handling {publication.topic} leads to {publication.topic} again"
        if events.comes_back(topology, publication.topic)
        else "none: no event that follows is this one again"
    )
    yield Fact("circle", circle, path, ("MSG006",))
    yield from of_topic(topology, publication.topic, publication.acks)
    yield from limits.of_publication(topology, topology.services[publication.service], publication.topic)
    yield from survivals.of_publication(topology, publication)
    if topology.kafka:
        yield from of_brokers(topology.kafka)


def of_topic(topology: Topology, name: str, acks: str = durability.ALL) -> Iterator[Fact]:
    """What is acknowledged, by how many copies, how large, in which order; `acks` is what a producer waits for."""
    topic, path = topology.topics[name], ("topics", name)
    yield Fact(
        "copies",
        f"{topic.replication_factor} of each record",
        (*path, "replication_factor"),
        ("KAF001", "KAF019"),
    )
    yield Fact(
        "acknowledged", acknowledged(topic, topology.kafka, acks), (*path, "min_insync_replicas"), ("KAF002",)
    )
    yield Fact("size", f"{size(topic.max_message_bytes)} at most", (*path, "max_message_bytes"), ("KAF017",))
    order = (
        f"records of one {topic.key} are in one partition, in order" if topic.key else "no key, so no order"
    )
    yield Fact("order", order, (*path, "key"), ("KAF013",))
    if topic.cleanup != "delete":
        said = f"{topic.cleanup}: the last record of each {topic.key or 'key'}, without an end"
        yield Fact("kept", said, (*path, "cleanup"), ("KAF022", "KAF023"))


def acknowledged(topic: Topic, kafka: Kafka | None, acks: str) -> str:
    """By whom, and what may be lost after that."""
    least, all_of = topic.min_insync_replicas, topic.replication_factor
    if acks != durability.ALL:
        return f"by fewer than the {least} of {all_of} that the topic asks for, since acks is {acks}: one loss may lose records"
    survives = durability.of_topic(topic, kafka).survives
    return f"by all in sync, at least {least} of {all_of}: the loss of {survives} loses nothing, and {all_of - least} may be away while records are taken"


def of_brokers(kafka: Kafka) -> Iterator[Fact]:
    """Who leads, and who decides that."""
    yield Fact("brokers", f"{kafka.brokers}", ("kafka", "brokers"), ("KAF003",))
    leads = (
        "any replica, also one that lacks acknowledged records"
        if kafka.unclean_leader_election
        else "only one that has every acknowledged record"
    )
    yield Fact("leader", leads, ("kafka", "unclean_leader_election"), ("KAF018",))


def of_consumption(topology: Topology, group: Consumption) -> Iterator[Fact]:
    """The facts of a consumer group."""
    yield from of_place(topology, group)
    yield from of_membership(topology, group)
    yield from of_effect(group)
    yield from of_failures(topology, group)
    yield from rates.of_group(topology, group)
    yield from limits.of_group(topology, group)
    yield from survivals.of_effect(topology, group)


def of_place(topology: Topology, group: Consumption) -> Iterator[Fact]:
    """Where a group begins, how long it may be away, how its progress is kept."""
    path: Path = ("services", group.service, "consumes", group.topic)
    topic = topology.topics[group.topic]
    begins = (
        "at the first record that is there"
        if group.offset_reset == "earliest"
        else "at the next record: earlier ones are skipped"
    )
    yield Fact("begins", begins, (*path, "offset_reset"), ("KAF015",))
    kept = f"{duration(topic.retention)}, and the group may be away for {duration(group.outage)}"
    yield Fact("kept", kept, ("topics", topic.name, "retention"), ("KAF016",))
    yield Fact(
        "progress",
        "the group's offsets have as many copies as records",
        ("kafka",),
        ("KAF004",),
        patched=True,
    )


def of_membership(topology: Topology, group: Consumption) -> Iterator[Fact]:
    """Who has which partitions, and when a member is put out."""
    path: Path = ("services", group.service, "consumes", group.topic)
    topic, service = topology.topics[group.topic], topology.services[group.service]
    shared = f"{topic.partitions} for {service.replicas.max} pods at most"
    yield Fact("partitions", shared, ("topics", topic.name, "partitions"), ("KAF010",))
    if group.membership is Membership.STATIC:
        member = f"a pod that comes back within {duration(group.session_timeout)} has its partitions again, without a rebalance"
    else:
        member = f"a silent pod is replaced after {duration(group.session_timeout)}"
    yield Fact("members", f"{group.membership.value}: {member}", (*path, "membership"), ("KAF014",))
    yield Fact("session", f"{duration(group.session_timeout)}", (*path, "session_timeout"), ("KAF009",))
    yield Fact("protocol", group.protocol.value, (*path, "protocol"), ("KAF007",))
    poll = f"{group.max_poll_records} x {duration(group.handler_timeout)} = {duration(group.max_poll_records * group.handler_timeout)} of {duration(group.max_poll_interval)}"
    yield Fact("poll", poll, (*path, "max_poll_interval"), ("KAF011",))


def of_effect(group: Consumption) -> Iterator[Fact]:
    """When a record counts as handled, and what a second delivery does."""
    path: Path = ("services", group.service, "consumes", group.topic)
    yield Fact(
        "handler",
        f"{duration(group.handler_timeout)} for one record",
        (*path, "handler_timeout"),
        ("KAF011", "RPC004"),
    )
    done = (
        "after the effect: a pod that dies has its record delivered again"
        if group.commit == "after-effect"
        else "before the effect: a pod that dies loses its record"
    )
    yield Fact("commit", done, (*path, "commit"), ("KAF006",))
    inbox = (
        "a second delivery is known in the effect's own transaction"
        if group.inbox
        else "none: a second delivery has its effect again, unless the handler knows it"
    )
    yield Fact("inbox", inbox, (*path, "inbox"), ("MSG003",))


def of_failures(topology: Topology, group: Consumption) -> Iterator[Fact]:
    """Where a record goes that cannot be handled."""
    path: Path = ("services", group.service, "consumes", group.topic)
    waits = listed(duration(step.delay) for step in group.retries)
    again = f"{group.attempts} in all" + (
        f", after {waits} in retry topics that hold no other record back" if waits else ""
    )
    yield Fact("attempts", again, (*path, "retries"), ("KAF013",))
    order = (
        "by key: no record of a key overtakes another"
        if group.ordering == "key"
        else "none is promised to the handler"
    )
    yield Fact("order", order, (*path, "ordering"), ("KAF013",))
    for step in group.retries:
        yield from aside(topology, step.topic, "retry topic")
    if group.dead_letter is None:
        yield Fact(
            "dead letters",
            "none: a record that cannot be handled is lost, or stops its partition",
            (*path, "dead_letter"),
            ("KAF012",),
        )
        return
    yield Fact("dead letters", f"kept in {group.dead_letter}", (*path, "dead_letter"), ("KAF012",))
    yield from aside(topology, group.dead_letter, "dead letters")


def aside(topology: Topology, name: str, what: str) -> Iterator[Fact]:
    """A retry or dead-letter topic: as safe, as large and as patient as its source."""
    topic = topology.topics.get(name)
    if topic is None:
        return
    said = (
        f"{name}: {topic.replication_factor} copies, {topic.min_insync_replicas} of them acknowledge, records of {size(topic.max_message_bytes)} "
        f"kept {duration(topic.retention)}"
    )
    yield Fact(what, said, ("topics", name), ("KAF001", "KAF002", "KAF012", "KAF016", "KAF017"))
