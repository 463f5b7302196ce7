"""A query larger than what is answered at once, for who is known and for who is not."""

from collections.abc import Iterator
from typing import Any

from wireplan.topology.types import ServiceKind

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        if service.kind is not ServiceKind.GATEWAY:
            continue
        here = ("services", service.name)
        at = (*here, "graphql", "root_fields")
        if service.rate_limit is not None:
            yield host.put(service.rate_limit.burst + 1, *at)
        elif "limits" not in host.topology.caches:
            limit: dict[str, Any] = {"per": "address", "rate": "20/s", "burst": 40, "store": "limits"}
            more: dict[Any, Any] = {("caches", "limits"): {}}
            yield host.puts({**more, (*here, "rate_limit"): limit, at: 41}, at)
            if service.verifies_tokens_of is None:
                continue
            narrow = {**limit, "per": "principal", "anonymous": {"rate": "1/s", "burst": 5}}
            yield host.puts({**more, (*here, "rate_limit"): narrow, at: 6}, at)
