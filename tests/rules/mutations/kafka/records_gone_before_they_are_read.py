"""Records, or their retries, that go before a reader is back."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for topic in host.topics():
        readers = host.readers(topic.name)
        if topic.durable and topic.cleanup == "delete" and readers:
            yield host.put("1h", "topics", topic.name, "retention")
    for path, group, topic in host.groups():
        if topic.durable:
            for step in group.retries[:1]:
                yield host.put("1s", "topics", step.topic, "retention")
            if topic.cleanup == "delete":
                kept = ("topics", topic.name, "retention")
                yield host.puts(
                    {kept: "21d", (*path, "outage"): "30d"}, kept, also=["KAF021"]
                )  # more to catch up with
