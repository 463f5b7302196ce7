"""Static members of a service that scales, with a session longer than a record takes."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, group, topic in host.groups():
        lone = len(host.topology.services[group.service].consumes) == 1
        if lone and group.handler_timeout < 600 and host.written("topics", topic.name, "partitions") is None:
            static = {(*path, "membership"): "static", (*path[:2], "identity"): "stable"}
            scales = {(*path[:2], "replicas"): {"min": 2, "max": 4}}
            yield host.puts(
                {**static, **scales, (*path, "session_timeout"): "10m"}, (*path, "session_timeout")
            )
