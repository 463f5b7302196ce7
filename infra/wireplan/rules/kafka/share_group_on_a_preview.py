"""A share group whose client or brokers are not ready for it.

What: membership is share; or kafka.version is older than 4.2, where share groups are not there for production.
Why: the Python client has share consumers as a preview: exact topic names only, no renewal of locks, and in implicit mode a record that cannot be decoded counts as accepted, which loses
it without a word. Wireplan renders none, so the consumer does not start. Brokers before 4.2 have share groups as a preview, off by default.
Fix: membership: dynamic, with more partitions where more pods are to have work (KAF010 says how many). In profile dev it is a warning.
Source: confluentinc/confluent-kafka-python docs/kip-932-share-consumer.md; KIP-932; apache/kafka docs/getting-started/upgrade.md (4.2). Corrected here: dead letters are the
consumer's own (KAF012), not the brokers' (KIP-1191), so that brokers before 4.4 lack nothing for them; and no mode of acknowledging can be written.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term
from wireplan.topology.types import Consumption, Membership, Topology

READY = (4, 2)


@rule("KAF014", Severity.ERROR, dev=Severity.WARNING)
def share_group_on_a_preview(topology: Topology) -> Iterator[Fault]:
    """Every share group."""
    for service in topology.services.values():
        for consumption in service.consumes.values():
            if consumption.membership is Membership.SHARE:
                yield preview(topology, consumption)


def preview(topology: Topology, consumption: Consumption) -> Fault:
    """What its client cannot do yet, and what its brokers cannot."""
    kafka = topology.kafka
    version = kafka.version if kafka else ""
    brokers = ""
    if older(version):
        brokers = f" Brokers of version {term(topology, version, ('kafka', 'version'))} have share groups as a preview as well, off by default; they are ready from 4.2 on."
    return Fault(
        path=("services", consumption.service, "consumes", consumption.topic, "membership"),
        what=f'share group "{consumption.group}" needs a client that is a preview',
        why="The Python client's share consumer is not for production: 1. a record that cannot be decoded is accepted when the next batch is asked for; 2. nothing tells that it is gone: "
        f"neither its handler nor its dead-letter topic has seen it. Wireplan renders no such consumer.{brokers}",
        fix="membership: dynamic",
        related=((("kafka", "version"), "the brokers"),) if brokers else (),
    )


def older(version: str) -> bool:
    """Whether brokers of a version are from before share groups were ready; one that is not read as numbers is not judged."""
    parts = version.split(".")[:2]
    return all(part.isdigit() for part in parts) and tuple(map(int, parts)) < READY
