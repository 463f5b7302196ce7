"""A topic without a key that is compacted."""

from collections.abc import Iterator

from wireplan.topology import index

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    written = index.producers(host.topology)
    for topic in host.topics():
        if topic.key is None and topic.name in written:
            yield host.put("compact", "topics", topic.name, "cleanup")
