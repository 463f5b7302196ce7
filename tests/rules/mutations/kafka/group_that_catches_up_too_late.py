"""A group that keeps up, and is allowed a second to catch up after its outage."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, _, topic in host.groups():
        if topic.cleanup == "delete" and len(host.readers(topic.name)) == 1:
            said = {("topics", topic.name, "rate"): "1/s", (*path, "handler", "mean"): "10ms"}
            yield host.puts({**said, (*path, "catch_up"): "1s"}, (*path, "catch_up"))
