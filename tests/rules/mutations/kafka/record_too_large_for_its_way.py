"""Records that no client takes; letters that do not fit."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for topic in host.topics():
        yield host.put("1Gi", "topics", topic.name, "max_message_bytes")
    for _, group, _ in host.groups():
        for name in [*(step.topic for step in group.retries), group.dead_letter]:
            if name is not None:
                yield host.put("1Ki", "topics", name, "max_message_bytes")
