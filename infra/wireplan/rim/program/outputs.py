"""What a stack tells: addresses, URLs, and the public half of the edges' certificates."""

from collections.abc import Mapping
from typing import Any

import pulumi

from wireplan.rim.program import secrets
from wireplan.rim.program.bodies import at, rows
from wireplan.rim.program.build import Manifest
from wireplan.topology.types import Topology

CERTIFICATE = "ca.crt"


def export(topology: Topology, resources: Mapping[tuple[str, str], Manifest]) -> None:
    """Export the outputs of the stack."""
    pulumi.export("namespace", topology.environment.namespace)
    pulumi.export("urls", {name: edge.base_url for name, edge in sorted(topology.edges.items())})
    edges = {name: resources.get(("Service", edge.resource)) for name, edge in sorted(topology.edges.items())}
    pulumi.export("addresses", {name: made.status.apply(address) for name, made in edges.items() if made})
    found = [resources.get(("Secret", edge.tls_secret)) for _, edge in sorted(topology.edges.items())]
    authorities = [made.data.apply(authority) for made in found if made]
    if authorities:
        # A certificate is public; only that it came out of a Secret made it secret.
        pulumi.export("authority", pulumi.Output.unsecret(pulumi.Output.all(*authorities).apply("".join)))


def address(status: Any) -> str:
    """The address of a load balancer, once it has one."""
    first = next(iter(rows(status, "loadBalancer", "ingress")), None)
    return str(at(first, "ip") or at(first, "hostname") or "")


def authority(data: Mapping[str, str]) -> str:
    """The certificate of the authority that an edge's own is signed by."""
    return secrets.decoded(data, CERTIFICATE)
