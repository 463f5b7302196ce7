"""Topics, publications and consumer groups, with the retry and dead-letter topics they need (spec rows M1 to M6, F2)."""

from collections.abc import Iterator, Mapping

from wireplan.model.base import unsaid
from wireplan.model.messaging import PROTOCOLS
from wireplan.model.messaging import Consumption as WrittenConsumption
from wireplan.model.messaging import Topic as WrittenTopic
from wireplan.model.units import duration_text
from wireplan.topology import capacity, defaults, names
from wireplan.topology.context import Context, pick, seconds
from wireplan.topology.types import (
    Consumption,
    GroupProtocol,
    Membership,
    Pattern,
    Publication,
    RetryStep,
    Service,
    Topic,
    TopicRole,
)


def publications(context: Context, service: str) -> dict[str, Publication]:
    """What a service publishes; through its outbox where it has a database (spec row F2.4)."""
    written = context.system.services[service]
    found: dict[str, Publication] = {}
    for topic, publication in written.publishes.items():
        declared = context.system.topics[topic]
        outbox = publication.outbox if publication.outbox is not None else written.database is not None
        message = publication.message or declared.message or ""
        acks = pick(context.profile, defaults.ACKS, publication.acks)
        found[topic] = Publication(service, topic, message, declared.key, outbox, acks)
    return found


def consumptions(context: Context, service: str) -> dict[str, Consumption]:
    """The consumer groups of a service."""
    written = context.system.services[service].consumes
    return {topic: consumption(context, service, topic, written[topic]) for topic in written}


def consumption(context: Context, service: str, topic: str, written: WrittenConsumption) -> Consumption:
    """One consumer group with everything explicit."""
    system, profile = context.system, context.profile
    rest = system.defaults.consumes
    declared = system.topics[topic]
    group = written.group or service
    membership = pick(profile, defaults.MEMBERSHIP, written.membership, rest.membership)
    speaks = protocol(membership, written.protocol or rest.protocol)
    timeout = seconds(profile, defaults.HANDLER_TIMEOUT, written.handler.timeout, rest.handler.timeout)
    session = seconds(profile, defaults.SESSION, written.session_timeout, rest.session_timeout)
    poll, records = polls(context, written, timeout, session if speaks is GroupProtocol.CLASSIC else 0.0)
    inbox = written.inbox if written.inbox is not None else rest.inbox
    return Consumption(
        service=service,
        topic=topic,
        message=declared.message or "",
        key=declared.key,
        group=group,
        protocol=speaks,
        membership=Membership(membership),
        session_timeout=session,
        max_poll_interval=poll,
        max_poll_records=records,
        handler_timeout=timeout,
        concurrency=pick(profile, defaults.CONCURRENCY, written.concurrency, rest.concurrency),
        attempts=pick(profile, defaults.CONSUME_ATTEMPTS, written.attempts, rest.attempts),
        ordering=ordering(context, written),
        offset_reset=pick(profile, defaults.OFFSET_RESET, written.offset_reset, rest.offset_reset),
        commit=pick(profile, defaults.COMMIT, written.commit, rest.commit),
        inbox=inbox if inbox is not None else system.services[service].database is not None,
        retries=retries(context, topic, group, written),
        dead_letter=names.dead_letter_topic(topic, group) if has_dead_letter(context, written) else None,
        outage=seconds(profile, defaults.OUTAGE, written.outage, rest.outage),
        handler_mean=mean(written.handler.mean, rest.handler.mean, timeout),
        catch_up=said(written.catch_up, rest.catch_up),
    )


def said(*written: float | None) -> float | None:
    """The first value that was written, as a plain float; None where none was."""
    return next((float(value) for value in written if value is not None), None)


def mean(own: float | None, common: float | None, timeout: float) -> float | None:
    """How long one record takes on average, where somebody says so; what is said for all groups is no more than a group's own limit."""
    return float(own) if own is not None else min(float(common), timeout) if common is not None else None


def protocol(membership: str, written: str | None) -> GroupProtocol:
    """Static members need the classic protocol (KAF007); always written out, since clients' defaults will change (librdkafka).

    A default that names a protocol is for groups that have a choice: a share group has none.
    """
    own = PROTOCOLS[membership]
    return GroupProtocol(own if membership == "share" else written or own)


def polls(context: Context, written: WrittenConsumption, timeout: float, session: float) -> tuple[float, int]:
    """max.poll.interval and max.poll.records: half the interval suffices for all records of a poll (KAF011).

    A classic member does not start with an interval below its session timeout.
    """
    rest = context.system.defaults.consumes
    interval = written.max_poll_interval if written.max_poll_interval is not None else rest.max_poll_interval
    records = written.max_poll_records if written.max_poll_records is not None else rest.max_poll_records
    needed = 2 * timeout * (records or 1)
    poll = float(interval) if interval is not None else max(defaults.MAX_POLL.value, needed, session)
    fitting = int(poll / 2 / timeout) if timeout > 0 else defaults.MAX_POLL_RECORDS.value
    return poll, records or max(1, min(defaults.MAX_POLL_RECORDS.value, fitting))


def ordering(context: Context, written: WrittenConsumption) -> str:
    """Whether records of one key keep their order."""
    return pick(
        context.profile, defaults.ORDERING, written.ordering, context.system.defaults.consumes.ordering
    )


def has_dead_letter(context: Context, written: WrittenConsumption) -> bool:
    """Whether records that cannot be handled go to a dead-letter topic."""
    return pick(
        context.profile,
        defaults.DEAD_LETTER,
        written.dead_letter,
        context.system.defaults.consumes.dead_letter,
    )


def retries(context: Context, topic: str, group: str, written: WrittenConsumption) -> tuple[RetryStep, ...]:
    """The retry topics of a group: none for `ordering: key`, where waiting records would be overtaken (KAF013)."""
    delays = written.retries if written.retries is not None else context.system.defaults.consumes.retries
    if delays is None:
        attempts = pick(
            context.profile,
            defaults.CONSUME_ATTEMPTS,
            written.attempts,
            context.system.defaults.consumes.attempts,
        )
        delays = () if ordering(context, written) == "key" or attempts < 2 else defaults.RETRIES.value
    return tuple(RetryStep(names.retry_topic(topic, group, duration_text(d)), float(d)) for d in delays)


def topics(context: Context, services: Mapping[str, Service]) -> dict[str, Topic]:
    """Every topic: the written ones, then the retry and dead-letter topics of each group."""
    most, away = capacity.instances(services), capacity.outages(services)
    found = {
        name: main(context, name, most.get(name, 1), away.get(name, 0.0)) for name in context.system.topics
    }
    for service in services.values():
        for group in service.consumes.values():
            for topic in for_group(context, group, found[group.topic]):
                found[topic.name] = topic
    return found


def main(context: Context, name: str, most: int, away: float) -> Topic:
    """A topic that the author wrote; `most` instances consume it, and no group is `away` for longer (KAF016)."""
    written, rest, profile = context.system.topics[name], context.system.defaults.topics, context.profile
    copies = replication_factor(context, written)
    retention = said(written.retention, rest.retention)
    return Topic(
        name=name,
        role=TopicRole.MAIN,
        pattern=Pattern(written.pattern),
        message=written.message,
        key=written.key,
        version=written.version,
        partitions=written.partitions or rest.partitions or capacity.partitions(written.pattern, most),
        replication_factor=copies,
        min_insync_replicas=written.min_insync_replicas or rest.min_insync_replicas or min_insync(copies),
        retention=retention if retention is not None else max(defaults.RETENTION.value, away),
        max_message_bytes=int(
            pick(profile, defaults.MESSAGE_BYTES, written.max_message_bytes, rest.max_message_bytes)
        ),
        durable=pick(profile, defaults.DURABLE, written.durable, rest.durable),
        cleanup=pick(profile, defaults.CLEANUP, written.cleanup, rest.cleanup),
        rate=said(written.rate),
    )


def brokers(context: Context) -> int:
    """Brokers of the Kafka cluster."""
    kafka = context.system.kafka
    return pick(context.profile, defaults.BROKERS, kafka.brokers if kafka else None)


def replication_factor(context: Context, written: WrittenTopic) -> int:
    """Copies of each partition: three, or as many as there are brokers (KAF001)."""
    return (
        written.replication_factor
        or context.system.defaults.topics.replication_factor
        or min(defaults.COPIES.value, brokers(context))
    )


def min_insync(copies: int) -> int:
    """One copy may be missing and writes go on; two have every acknowledged record (KAF002)."""
    return max(1, copies - 1)


def for_group(context: Context, group: Consumption, source: Topic) -> Iterator[Topic]:
    """The retry and dead-letter topics of a group; never less safe than their source (KAF012)."""
    for step in group.retries:
        kept = max(source.retention, step.delay + group.outage)
        yield beside(context, step.topic, kept, group, source)
    if group.dead_letter:
        kept = max(2 * source.retention, defaults.DLT_RETENTION.value)
        yield beside(context, group.dead_letter, kept, group, source)


def beside(context: Context, name: str, kept: float, group: Consumption, source: Topic) -> Topic:
    """One such topic, whose records are `kept` so long; what `topics` says of it by name goes first."""
    written = context.system.topics.get(name) or unsaid(WrittenTopic)
    dead = name == group.dead_letter
    return Topic(
        name=name,
        role=TopicRole.DEAD_LETTER if dead else TopicRole.RETRY,
        pattern=Pattern.POINT_TO_POINT,
        message=source.message,
        key=source.key,
        version=source.version,
        partitions=written.partitions or (1 if dead else source.partitions),
        replication_factor=written.replication_factor or source.replication_factor,
        min_insync_replicas=written.min_insync_replicas or source.min_insync_replicas,
        retention=float(written.retention) if written.retention is not None else kept,
        max_message_bytes=int(written.max_message_bytes or capacity.letter(source.max_message_bytes)),
        durable=written.durable if written.durable is not None else source.durable,
        cleanup=written.cleanup or "delete",
        source=source.name,
        group=group.group,
    )
