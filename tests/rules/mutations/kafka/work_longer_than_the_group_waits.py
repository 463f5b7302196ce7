"""A group that waits shorter than a session, or than the records of one poll take."""

from collections.abc import Iterator

from wireplan.topology.types import GroupProtocol

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, group, _ in host.groups():
        if group.protocol is GroupProtocol.CLASSIC:
            yield host.put("1s", *path, "max_poll_interval")
        if group.protocol is not GroupProtocol.SHARE and group.handler_timeout >= 1:
            polls = {(*path, "max_poll_records"): 100, (*path, "max_poll_interval"): "60s"}
            yield host.puts(polls, (*path, "max_poll_interval"))
