"""Static members under the newer protocol."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, group, _ in host.groups():
        if host.alone(group):
            static = {(*path[:2], "identity"): "stable", (*path, "membership"): "static"}
            yield host.puts({**static, (*path, "protocol"): "consumer"}, (*path, "protocol"))
