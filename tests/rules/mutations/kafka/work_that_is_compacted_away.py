"""A topic of work that is compacted; one without a key is given one where no contract says what its message has."""

from collections.abc import Iterator

from wireplan.topology.types import Pattern

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for topic in host.topics():
        path = ("topics", topic.name, "cleanup")
        work = topic.durable and topic.pattern is Pattern.POINT_TO_POINT and host.readers(topic.name)
        if work and (topic.key or not host.topology.messages):
            yield host.puts({path: "compact", ("topics", topic.name, "key"): topic.key or "id"}, path)
