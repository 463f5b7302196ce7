"""A patch that opens the network beyond the edges of the topology.

What: a patch changes the policy that denies everything (or all policies, by naming none); or it gives a NetworkPolicy a rule from everywhere, or to everywhere on every port.
Why: each pod may reach what its edges in the topology say and nothing else, so that a pod that is taken over does not reach the databases, and so that a picture of the
topology is a picture of what happens. One open rule is enough: policies add up, and none takes away.
Fix: write the edge in the topology (calls, databases, externals); in a patch name who comes in, or the port and address that is gone to.
Source: kubernetes.io/docs/concepts/services-networking/network-policies (policies are additive; an empty peer or selector is everyone); kube-linter non-isolated-pod. Narrowed here:
default deny, DNS and a rule an edge are rendered from the topology, so that only patches can differ. An edge's own policy is open to clients.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology import patched
from wireplan.topology.types import Path, Topology

DENY = "default-deny"
EVERYWHERE = ("0.0.0.0/0", "::/0")
BASE: dict[str | None, str] = {
    None: "all policies of the system at once, with them the one that denies everything",
    DENY: "the policy that denies what no edge allows",
}


@rule("SEC002", Severity.ERROR)
def network_open_beside_the_topology(topology: Topology) -> Iterator[Fault]:
    """Patches of NetworkPolicies."""
    edges = {edge.resource for edge in topology.edges.values()}
    for path, name, merge in patched.merges(topology, "NetworkPolicy"):
        spec = patched.at(merge, "spec")
        if name in BASE and spec is not patched.ABSENT:
            yield opened((*path, "spec"), f"the patch changes {BASE[name]}")
            continue
        for index, entry in enumerate(patched.items(patched.at(spec, "ingress"))):
            if name not in edges and everyone(patched.at(entry, "from")):
                yield opened((*path, "spec", "ingress", index), f'everyone comes in to "{name}"')
        for index, entry in enumerate(patched.items(patched.at(spec, "egress"))):
            if everyone(patched.at(entry, "to")) and not patched.items(patched.at(entry, "ports")):
                yield opened((*path, "spec", "egress", index), f'"{name}" goes out to everyone')


def everyone(peers: Any) -> bool:
    """Whether peers are anybody: none named, all namespaces, or all addresses."""
    named: Sequence[Any] = patched.items(peers)
    return not named or any(
        (
            patched.at(peer, "namespaceSelector") == {}
            and patched.at(peer, "podSelector") in ({}, patched.ABSENT)
        )
        or patched.at(peer, "ipBlock", "cidr") in EVERYWHERE
        for peer in named
    )


def opened(path: Path, what: str) -> Fault:
    """What is reached by it."""
    return Fault(
        path=path,
        what=f"{what}, whatever the topology says",
        why="1. A pod anywhere in the cluster is taken over. 2. It reaches what no edge of the topology leads to: policies add up, and none takes this one back. "
        "3. What was to be found out by its edges is not.",
        fix="write the edge in the topology, or name the peer and the port in the patch",
    )
