"""A record that is accepted, and too large for where it goes next.

What: a retry or dead-letter topic takes smaller records than its source and the headers of a letter; or a topic takes records that no consumer can receive (above 100 MB).
Why: a record that fails is sent on with headers that say where it was and what failed. A topic that refuses it for its size refuses it every time: the record stays, and its partition
with it. A client refuses an answer above 100 MB, and asks for the same again.
Fix: leave max_message_bytes of retry and dead-letter topics out: they take what their source takes, and 4096 bytes more. Large things go to a bucket, and the record says where.
Source: confluentinc/librdkafka CONFIGURATION.md (receive.message.max.bytes 100000000), MSG_SIZE_TOO_LARGE. Corrected here: the rendered producer and the brokers have no limit of their own
below a topic's; what comes by an edge or a call, and is too large to go on, is MSG007's.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import size, term
from wireplan.topology import capacity
from wireplan.topology.types import Path, Topic, TopicRole, Topology

SENT = 104_857_600  # socket.request.max.bytes of brokers


@rule("KAF017", Severity.ERROR)
def record_too_large_for_its_way(topology: Topology) -> Iterator[Fault]:
    """Written topics against their readers, the others against their source."""
    for topic in topology.topics.values():
        path = ("topics", topic.name, "max_message_bytes")
        if topic.role is TopicRole.MAIN:
            if capacity.letter(topic.max_message_bytes) > capacity.RECEIVED:
                yield unreceivable(topology, topic, path)
        elif topic.source is not None:
            source = topology.topics[topic.source]
            if topic.max_message_bytes < capacity.letter(source.max_message_bytes):
                yield stuck(topology, topic, source, path)


def unreceivable(topology: Topology, topic: Topic, path: Path) -> Fault:
    """Brokers would take it, and no client."""
    takes = term(topology, f"max_message_bytes {size(topic.max_message_bytes)}", path)
    most = capacity.RECEIVED - capacity.LETTER
    return Fault(
        path=path,
        what=f'topic "{topic.name}" takes records that no consumer can receive',
        why=f"{takes} + {capacity.LETTER} for headers = {capacity.letter(topic.max_message_bytes)} bytes, and a client takes an answer of {capacity.RECEIVED} at most. 1. A record of that size is "
        "acknowledged. 2. The consumer asks, the answer is too large, it closes the connection and asks again. 3. Nothing behind the record is ever read. (Brokers close the connection of "
        f"whoever sends more than {SENT}: the outbox then tries for ever.)",
        fix=f"max_message_bytes: {most} at most; large things go to a bucket, and the record says where",
    )


def stuck(topology: Topology, topic: Topic, source: Topic, path: Path) -> Fault:
    """The source takes it, the next topic does not."""
    needed = capacity.letter(source.max_message_bytes)
    origin: Path = ("topics", source.name, "max_message_bytes")
    record = term(topology, f'a record of "{source.name}" up to {size(source.max_message_bytes)}', origin)
    takes = term(topology, size(topic.max_message_bytes), path)
    return Fault(
        path=path,
        what=f'a record of "{source.name}" may not fit into "{topic.name}"',
        why=f"{record} + {capacity.LETTER} for headers = {needed} bytes, {topic.name} takes {takes}. 1. Such a record fails. 2. Brokers refuse its letter (MSG_SIZE_TOO_LARGE), every time. "
        "3. Its offset cannot move: the partition stands still.",
        fix=f"max_message_bytes: {size(needed)}, or leave it out",
        related=((origin, "the source"),),
        becomes=size(needed),
    )
