"""Partitions that do not suffice for the pods, or do not divide among them."""

from collections.abc import Iterator

from wireplan.topology.types import Pattern

from tests.rules.mutating import Host, Mutation

SLOWER = ("KAF020", "KAF021")
"""Of fewer partitions fewer are worked on at once: where a topic says its rate, what follows from that is another fault."""


def mutations(host: Host) -> Iterator[Mutation]:
    for topic in host.topics():
        readers = host.readers(topic.name)
        pods = [host.topology.services[group.service].replicas.max for group in readers]
        if topic.pattern is Pattern.POINT_TO_POINT and len(pods) == 1 and pods[0] > 1:
            for number in (1, 2 * pods[0] + 1):
                at = ("topics", topic.name, "partitions")
                yield host.puts({at: number}, at, also=SLOWER)
