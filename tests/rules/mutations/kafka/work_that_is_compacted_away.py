"""A topic of work that is compacted."""

from collections.abc import Iterator

from wireplan.topology.types import Pattern

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for topic in host.topics():
        if (
            topic.durable
            and topic.key
            and topic.pattern is Pattern.POINT_TO_POINT
            and host.readers(topic.name)
        ):
            yield host.put("compact", "topics", topic.name, "cleanup")
