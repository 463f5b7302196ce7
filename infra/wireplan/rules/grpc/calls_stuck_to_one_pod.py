"""Calls that all go to one pod of the callee.

What: the Service of a callee with more than one pod is not headless, or a caller balances otherwise than by round_robin.
Why: a gRPC channel keeps one HTTP/2 connection. Behind a Service with a cluster IP, or with pick_first, that connection reaches one pod and stays
there, so further pods stand idle and its loss breaks every call at once.
Fix: leave headless and load_balancing out; Wireplan then publishes the pods' addresses and callers balance over them.
Source: grpc/grpc issues 12295 and 30015; grpc.io load-balancing guide; spec rows P5, A5, A6. Corrected here: the two other ways to miss the pods, a target without
dns:/// and a port that is not the pod's own, cannot be written, since Wireplan makes the target; where one pod is all there is, there is nothing to miss; and HTTP clients choose a pod for each
of their many connections.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import listed, term
from wireplan.topology import index
from wireplan.topology.types import Call, Service, Topology

ROUND_ROBIN = "round_robin"


@rule("RPC001", Severity.ERROR)
def calls_stuck_to_one_pod(topology: Topology) -> Iterator[Fault]:
    """Callees without a headless name, once each; then callers that would not use it."""
    for name, callers in index.grpc_callers(topology).items():
        service = topology.services[name]
        if service.replicas.max == 1:
            continue
        if not service.headless:
            yield not_headless(topology, service, callers)
            continue
        yield from (
            one_address(topology, call, service) for call in callers if call.load_balancing != ROUND_ROBIN
        )


def not_headless(topology: Topology, service: Service, callers: tuple[Call, ...]) -> Fault:
    """The name of the callee is one address."""
    names = [call.caller for call in callers]
    subject = names[0] if len(names) == 1 else f"each of {listed(names)}"
    return Fault(
        path=("services", service.name, "headless"),
        what=f'every caller of "{service.name}" keeps to one of its pods',
        why=f"{service.dns} is one cluster IP; {subject} opens one connection to it, and kube-proxy chooses a pod once a connection, "
        f"not once a call. Of {pods(topology, service)} one works for a caller.",
        fix="headless: true",
        related=tuple(
            (("services", call.caller, "calls", service.name), f"{call.caller} calls it") for call in callers
        ),
        becomes="true",
    )


def one_address(topology: Topology, call: Call, callee: Service) -> Fault:
    """The caller would not use the list of pods."""
    return Fault(
        path=("services", call.caller, "calls", call.callee, "load_balancing"),
        what=f'"{call.caller}" sends all its calls to one pod of "{call.callee}"',
        why=f"{call.load_balancing} connects to the first address that answers and stays there; of {pods(topology, callee)} one works.",
        fix=f"load_balancing: {ROUND_ROBIN}",
        becomes=ROUND_ROBIN,
    )


def pods(topology: Topology, service: Service) -> str:
    """How many pods there are to balance over."""
    return term(topology, f"{service.replicas.max} pods", ("services", service.name, "replicas"))
