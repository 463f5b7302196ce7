"""A group that asks for the order of a key, and does not get it.

What: ordering: key where the topic has no key, and more than one partition or record in hand; or together with retries, or with a share group; or, as a warning, where several pods send the topic from one outbox.
Why: order is kept within a partition, so records must have the key that brings them there. A record that waits in a retry topic is overtaken by the next of its key, and a share group
gives out neighbours at once. Relays of one outbox take different rows, and the later row may be sent first.
Fix: a key for the topic; no retries (a failing record then holds its key back, in place); members that share partitions. Against the outbox' last moments: times in the records, which the
handler compares, or one pod.
Source: kafka.apache.org documentation, ordering within a partition; KIP-932 (no order); event-driven.io "ordering in Postgres outbox"; docs/limits.md. Corrected here: the consumers that Wireplan renders
pass over retry topics where order is asked for, so that the waits that were written have no effect.
"""

from collections.abc import Iterator, Mapping

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, listed, term
from wireplan.topology import index
from wireplan.topology.types import Consumption, Membership, Path, Publication, Topology

KEY = "key"


@rule("KAF013", Severity.ERROR)
def order_that_is_not_kept(topology: Topology) -> Iterator[Fault]:
    """Groups that want order, against all that takes it away."""
    producers = index.producers(topology)
    for service in topology.services.values():
        for group in service.consumes.values():
            if group.ordering == KEY:
                yield from against(topology, group, producers)


def against(
    topology: Topology, group: Consumption, producers: Mapping[str, tuple[Publication, ...]]
) -> Iterator[Fault]:
    """What one group asks for and something else takes."""
    place = ("services", group.service, "consumes", group.topic)
    if group.membership is Membership.SHARE:
        yield shared(group, place)
    elif group.key is None:
        if topology.topics[group.topic].partitions > 1 or group.concurrency > 1:
            yield keyless(topology, group, place)
    else:
        if group.retries:
            yield overtaken(topology, group, place)
        relays = [p for p in producers.get(group.topic, ()) if p.outbox and pods(topology, p.service) > 1]
        if relays:
            yield relayed(topology, group, relays)


def pods(topology: Topology, service: str) -> int:
    """The most pods of a service at once."""
    replicas = topology.services[service].replicas
    return replicas.max + replicas.surge


def shared(group: Consumption, place: Path) -> Fault:
    """Records of one key at two pods at once."""
    return Fault(
        path=(*place, "ordering"),
        what=f'share group "{group.group}" keeps no order of keys',
        why="1. Records 7 and 8 of one key lie side by side. 2. A share group gives 7 to one pod and 8 to another. 3. The effect of 8 comes first.",
        fix="membership: dynamic, or ordering: none",
        related=(((*place, "membership"), "the share group"),),
    )


def keyless(topology: Topology, group: Consumption, place: Path) -> Fault:
    """No key, no partition of its own."""
    topic = topology.topics[group.topic]
    partitions = term(topology, f"{topic.partitions} partitions", ("topics", topic.name, "partitions"))
    where = f"any of {partitions}" if topic.partitions > 1 else "the one partition"
    hands = term(topology, f"concurrency {group.concurrency}", (*place, "concurrency"))
    return Fault(
        path=(*place, "ordering"),
        what=f'group "{group.group}" wants order by key, and topic "{topic.name}" has none',
        why=f"1. Two records about one thing, without a key, go to {where}. 2. Nothing says that they belong together: they are handled at once, by two pods or by one ({hands}). "
        "3. The second may be done first.",
        fix=f"topics.{topic.name}.key: the field that must stay in order",
        related=((("topics", topic.name), "the topic"),),
    )


def overtaken(topology: Topology, group: Consumption, place: Path) -> Fault:
    """The next record of the key passes while the first waits."""
    waits = listed(duration(step.delay) for step in group.retries)
    first = group.retries[0]
    return Fault(
        path=(*place, "retries"),
        what=f'group "{group.group}" would let records of one key overtake each other in its retry topics',
        why=f"1. Record 7 fails and goes to {first.topic}, for {term(topology, waits, (*place, 'retries'))}. 2. Record 8 of the same key is handled meanwhile. 3. Record 7 is handled after it. "
        "The consumers that Wireplan renders keep the order instead and retry in place: these waits have no effect.",
        fix="retries: [], or ordering: none",
        related=(((*place, "ordering"), "the order that is asked for"),),
    )


def relayed(topology: Topology, group: Consumption, relays: list[Publication]) -> Fault:
    """Two relays of one outbox."""
    first = relays[0]
    number = term(topology, f"{pods(topology, first.service)} pods", ("services", first.service, "replicas"))
    whose = listed(f'"{each.service}"' for each in relays)
    return Fault(
        path=("services", group.service, "consumes", group.topic, "ordering"),
        what=f'records of one key may come to group "{group.group}" in the other order: {whose} sends them from several pods',
        why=f'Up to {number} of "{first.service}" relay its outbox, each takes rows that no other has. 1. One takes row 7 and is slow. 2. Row 8 of the same key is committed, and '
        "another pod takes it. 3. Row 8 is sent first. Rows that are written moments apart may do so.",
        fix="compare the times in the records and waive this; or one pod that has a name: identity: stable, replicas: 1",
        related=((("services", first.service, "publishes", first.topic), "the outbox"),),
        severity=Severity.WARNING,
    )
