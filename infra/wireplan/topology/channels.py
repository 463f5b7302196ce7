"""Ways by which services tell people something, as resolved: each is of the service that sends by it (spec row M3)."""

from collections.abc import Callable, Mapping

from wireplan.topology import edges
from wireplan.topology.context import Context
from wireplan.topology.types import Channel, Path, Topology


def channels(context: Context, name: str) -> Mapping[str, Channel]:
    """The channels that a service sends by: none of those that are split off."""
    written = context.system.services[name]
    if written.split:
        return {}
    return {
        way: Channel(way, each.topic, each.through, each.sender or sender(context, way))
        for way, each in written.channels.items()
    }


def sender(context: Context, way: str) -> str:
    """Who messages are from, where nobody says so."""
    found = edges.public(context)
    system = context.system.system
    return f"no-reply@{found.host if found else system}" if way == "email" else system


def group(topology: Topology, path: Path) -> str:
    """Of a group that nobody names."""
    service = topology.services[str(path[1])]
    if any(channel.topic == path[3] for channel in service.channels.values()):
        return "the names of service and channel, whether it is split or not (spec rows M2, M3)"
    return "the service's name (spec rows M2, M5)"


def who(topology: Topology, path: Path) -> str:
    """Of a sender that nobody names."""
    del topology
    return "no-reply at the host of the first load balancer" if path[3] == "email" else "the system's name"


def beside(topology: Topology, path: Path) -> str:
    """Of a database that no file lists."""
    whole = topology.services[topology.databases[str(path[1])].databases[str(path[3])]].part_of
    return f"that of a channel of {whole}, beside its own" if whole else ""


FORMULAS: dict[str, Callable[[Topology, Path], str]] = {
    "services.*.consumes.*.group": group,
    "services.*.channels.*.sender": who,
    "databases.*.databases.*": beside,
}
"""By the pattern of a value's path, as in `derived`."""
