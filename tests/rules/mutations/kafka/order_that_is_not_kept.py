"""Order asked for without a key, with retries that let it be overtaken, or of an outbox with several relays."""

from collections.abc import Iterator

from wireplan.topology import index
from wireplan.topology.types import Membership

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, group, topic in host.groups():
        place, retries = (*path, "ordering"), (*path, "retries")
        relays = [
            each
            for each in index.producers(host.topology).get(topic.name, ())
            if each.outbox and pods(host, each.service) > 1
        ]
        if group.membership is Membership.SHARE:
            continue
        if topic.key is None:
            yield host.puts({place: "key", (*path, "concurrency"): 4}, place)
        elif relays:
            yield host.puts({place: "key", retries: []}, place)
        else:
            yield host.puts({place: "key", retries: ["5s", "1m"]}, retries)


def pods(host: Host, service: str) -> int:
    """The most pods of a service at once, those of a rolling update included."""
    replicas = host.topology.services[service].replicas
    return replicas.max + replicas.surge
