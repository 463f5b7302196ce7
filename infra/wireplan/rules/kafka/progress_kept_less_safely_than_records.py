"""The groups' progress, kept less safely than the records.

What: a patch of Strimzi's Kafka object gives `__consumer_offsets`, `__transaction_state` or `__share_group_state` fewer copies than Wireplan does, or a minimum in sync
that one broker meets alone, or that every copy must meet.
Why: what a group has done stands in these topics alone. With one copy of it, the loss of one broker's disk sends every group that it coordinated back to the beginning, or, where
it begins at the end, past all that it had not read; the records themselves are all there.
Fix: take these keys out of the patch: copies are 3, of which 2 must be in sync (1 and 1 with fewer than three brokers).
Source: strimzi/strimzi-kafka-operator packaging/examples/kafka/kafka-persistent.yaml; apache/kafka docs/getting-started/upgrade.md (4.2) on share groups. Corrected here: both providers derive these numbers
from the brokers, so that only a patch can make them less.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term
from wireplan.topology import patched
from wireplan.topology.types import Kafka, Path, Topology

CONFIG = ("spec", "kafka", "config")
COPIES = 3
TOPICS = {
    "__consumer_offsets": ("offsets.topic.replication.factor", None),
    "__transaction_state": ("transaction.state.log.replication.factor", "transaction.state.log.min.isr"),
    "__share_group_state": (
        "share.coordinator.state.topic.replication.factor",
        "share.coordinator.state.topic.min.isr",
    ),
}
"""Each of Kafka's own topics, and what says its copies and its minimum."""


@rule("KAF004", Severity.ERROR, dev=Severity.WARNING)
def progress_kept_less_safely_than_records(topology: Topology) -> Iterator[Fault]:
    """What patches say of Kafka's own topics."""
    kafka = topology.kafka
    if kafka is None or kafka.provider != "strimzi":
        return
    for path, _, merge in patched.merges(topology, "Kafka"):
        config = patched.table(patched.at(merge, *CONFIG))
        for name in TOPICS:
            yield from of_topic(topology, kafka, name, ((*path, *CONFIG), config))


def of_topic(
    topology: Topology, kafka: Kafka, name: str, said: tuple[Path, Mapping[str, Any]]
) -> Iterator[Fault]:
    """One of Kafka's own topics: too few copies, else a minimum that does not suit them."""
    path, config = said
    factor, minimum = TOPICS[name]
    derived = min(kafka.brokers, COPIES)
    copies, least = config.get(factor), config.get(minimum) if minimum else None
    if isinstance(copies, int) and copies < derived:
        yield fewer(topology, name, (*path, factor), (copies, derived))
        return
    kept = copies if isinstance(copies, int) else derived
    if isinstance(least, int) and minimum and kept >= COPIES and not 1 < least < kept:
        yield unfit(topology, name, (*path, minimum), (least, kept))


def fewer(topology: Topology, name: str, path: Path, numbers: tuple[int, int]) -> Fault:
    """One disk less between the progress and its loss."""
    copies, derived = numbers
    return Fault(
        path=path,
        what=f"what groups have done is kept in {copies} {'copy' if copies == 1 else 'copies'} of {name}",
        why=f"{term(topology, f'{path[-1]} {copies}', path)}, where {derived} brokers could keep it. 1. Groups commit, and brokers acknowledge. 2. "
        f"{'One broker loses its disk' if copies == 1 else f'{copies} brokers lose their disks'}. 3. The records are all there, the commits are not: the groups begin anew.",
        fix=f"take {path[-1]} out of the patch",
        becomes=str(derived),
    )


def unfit(topology: Topology, name: str, path: Path, numbers: tuple[int, int]) -> Fault:
    """A minimum that one disk meets, or that a restart breaks."""
    least, kept = numbers
    stops = least >= kept
    return Fault(
        path=path,
        what=f"{name} {'takes nothing while a broker restarts' if stops else 'acknowledges what one broker holds'}",
        why=f"{term(topology, f'{path[-1]} {least}', path)} of {kept} copies: "
        + (
            f"{kept} - 1 = {kept - 1} are in sync during a restart, so that nothing is committed."
            if stops
            else "1. A leader acknowledges alone. 2. It is lost. 3. A copy leads that never had it."
        ),
        fix=f"take {path[-1]} out of the patch",
        becomes=str(kept - 1),
    )
