"""A quorum that one zone has.

What: the environment says how many zones there are, and the zone with most copies has so many controllers of Kafka, or members of a database, that what is left cannot go on.
Why: zones are lost whole: a data centre without power, a network that is cut off. Of three copies in two zones one zone has two. When that one is lost the third cannot know whether the others are gone or
merely out of reach, so it may neither lead nor confirm: Kafka takes no records and a database no writes until the zone is back.
Fix: three zones, so that each copy of three has its own; of databases with more members than zones so many that confirm (synchronous.number) as one zone may have, and as many left. Or leave zones out, where a zone that
stops the writes is accepted.
Source: kafka.apache.org documentation, KRaft, deployment considerations (a majority of controllers must live); cloudnative-pg docs/src/failover.md (R + W > N); kubernetes.io, pod topology spread constraints (what is spread evenly
differs by one). Copies are spread as evenly as they go, which the manifests ask for and do not demand. Not in the first list of rules.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import listed, term
from wireplan.topology import zones
from wireplan.topology.copies import BUILT_IN
from wireplan.topology.types import DatabaseCluster, Kafka, Path, Topology

ZONES: Path = ("environment", "zones")


@rule("DUR002", Severity.ERROR, dev=Severity.WARNING)
def quorum_that_one_zone_has(topology: Topology) -> Iterator[Fault]:
    """One finding for all that stops: its cause is the number of zones."""
    number = topology.environment.zones
    if number is None:
        return
    kafka = topology.kafka if topology.topics else None
    quorum = kafka if kafka and three(kafka) and zones.leaderless(kafka, number) else None
    stopped = [each for each in topology.databases.values() if stops(each, number)]
    if quorum or stopped:
        yield fault(topology, number, quorum, stopped)


def three(kafka: Kafka) -> bool:
    """Whether it is ours, and has a quorum of more than one: of fewer brokers KAF003 and KAF019 speak."""
    return kafka.provider in BUILT_IN and kafka.brokers >= zones.VOTERS


def stops(cluster: DatabaseCluster, number: int) -> bool:
    """Whether its writes stop with a zone that does not have all of it."""
    gone = zones.share(cluster.instances, number)
    single = gone == 1  # a member alone: PG003's
    return cluster.provider in BUILT_IN and not single and zones.stopped(cluster, gone)


def fault(topology: Topology, number: int, kafka: Kafka | None, stopped: list[DatabaseCluster]) -> Fault:
    """What stops, and the sum of each."""
    names = [*(["Kafka"] if kafka else []), *(f'database "{each.name}"' for each in stopped)]
    said = [
        *([of_kafka(topology, number, kafka)] if kafka else []),
        *(of_database(topology, number, each) for each in stopped),
    ]
    more = [(("databases", each.name, "instances"), "its members") for each in stopped]
    return Fault(
        path=ZONES,
        what=f"the loss of one of {number} zones stops {listed(names)}",
        why=" ".join(said),
        fix="three zones for what has three copies; of what has more, more that confirm; or leave zones out, if that is accepted",
        related=tuple(more),
    )


def of_kafka(topology: Topology, number: int, kafka: Kafka) -> str:
    """The controllers that may be left."""
    has = zones.share(kafka.brokers, number)
    brokers = term(topology, f"{kafka.brokers} brokers", ("kafka", "brokers"))
    return f"Kafka: of {brokers} one of {number} zones has {has}, and so two of the three controllers or more: no majority is left to say who leads."


def of_database(topology: Topology, number: int, cluster: DatabaseCluster) -> str:
    """The members that are left."""
    gone = zones.share(cluster.instances, number)
    base: Path = ("databases", cluster.name)
    members = term(topology, f"{cluster.instances} instances", (*base, "instances"))
    confirm = cluster.synchronous.number if cluster.synchronous else 0
    return (
        f"{cluster.name}: of {members} one zone has {gone}, the primary among them; of the {cluster.instances - gone} that are left "
        f"{'none is sure to have what ' + str(confirm) + ' confirmed' if confirm < gone else 'too few can confirm the next write'}."
    )
