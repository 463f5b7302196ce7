"""GraphQL turned on where no request is counted; a limit taken from a service that has it on."""

from collections.abc import Iterator

from wireplan.topology.types import ServiceKind

from tests.rules.mutating import GONE, Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        at = ("services", service.name, "graphql")
        if service.kind is not ServiceKind.GATEWAY:
            continue
        if service.rate_limit is None:
            yield host.put({"depth": 3}, *at)
        elif host.written("services", service.name, "rate_limit"):
            yield host.puts({at: True, ("services", service.name, "rate_limit"): GONE}, at)
