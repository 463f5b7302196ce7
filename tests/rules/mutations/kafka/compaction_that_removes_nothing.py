"""A topic without a key that is compacted."""

from collections.abc import Iterator

from wireplan.topology import index

from tests.rules.mutating import GONE, Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    written = index.producers(host.topology)
    for topic in host.topics():
        path = ("topics", topic.name, "cleanup")
        ordered = any(group.ordering == "key" for group in host.readers(topic.name))
        if topic.name in written and not ordered:
            keyless = {("topics", topic.name, "key"): GONE} if topic.key else {}
            yield host.puts({path: "compact", **keyless}, path)
