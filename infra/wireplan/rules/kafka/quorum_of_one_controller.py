"""Two brokers, of which one alone may decide.

What: kafka.brokers is 2 where Wireplan runs Kafka itself (`builtin`): of two nodes the first alone is a controller.
Why: Kafka's metadata, and who leads which partition, is decided by a majority of the controllers. Two voters need both, so there is one: while the first node is away,
the second may lead nothing new and every client waits. If its disk is lost, the second node's records belong to topics that nobody knows of any more. Nor can two copies be
both safe and available: with a minimum of one a record is acknowledged by one disk, with two any restart stops writes.
Fix: brokers: 3, or brokers: 1 where one machine is all there is (dev).
Source: apache/kafka docs/operations/kraft.md (3 or 5 controllers); strimzi/strimzi-kafka-operator KafkaSpecChecker. Corrected here: the number of voters is derived (three, or one), so that an
even one cannot be written, and Strimzi's pool always has three. One broker alone is left to KAF002: who keeps durable records on it hears of it there. That brokers are controllers as well
(`builtin`) is advised against by Kafka's documentation, but no step of it loses or stops anything: docs/limits.md says so, no rule does.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term
from wireplan.topology import capacity
from wireplan.topology.types import Topology

QUORUM = 3


@rule("KAF003", Severity.ERROR, dev=Severity.WARNING)
def quorum_of_one_controller(topology: Topology) -> Iterator[Fault]:
    """The brokers of a cluster of our own."""
    kafka = topology.kafka
    if kafka is None or not capacity.lone_vote(kafka):
        return
    path = ("kafka", "brokers")
    yield Fault(
        path=path,
        what="the second broker cannot go on without the first",
        why=f"1. Of {term(topology, f'{kafka.brokers} brokers', path)} kafka-0 alone is a controller, since two voters would need both. 2. The node of kafka-0 is lost. "
        "3. Nobody may make kafka-1 the leader of what kafka-0 led, or the coordinator of its groups: producers and consumers wait. 4. If the disk of kafka-0 is "
        "lost as well, so is the list of topics, and with it what kafka-1 still has of them.",
        fix=f"brokers: {QUORUM}",
        becomes=str(QUORUM),
    )
