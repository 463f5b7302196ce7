"""More records than all pods can handle."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, group, topic in host.groups():
        mean = (*path, "handler", "mean")
        if topic.cleanup == "delete" and len(host.readers(topic.name)) == 1 and group.handler_timeout >= 1:
            yield host.puts({("topics", topic.name, "rate"): "1000/s", mean: "1s"}, mean)
