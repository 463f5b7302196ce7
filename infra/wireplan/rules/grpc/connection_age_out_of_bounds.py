"""Connections that hide new pods, or end in the middle of a call.

What: a server's max_connection_age is over 10 minutes or under 30 seconds, or its max_connection_age_grace is shorter than the longest call it may be in.
Why: a gRPC client looks for pods again only when one of its connections ends. Until then a pod that was started because of the load, or in place of one that was
lost, gets no calls. When the grace is over, calls still in flight on the old connection are cut.
Fix: leave both out: Wireplan writes 2 minutes, and a grace above the longest deadline.
Source: grpc/proposal A9; grpc/grpc issues 12295 and 30015; spec rows A6, A7. Corrected here: an age under 30 s loses nothing, so it is a warning; and where
there is one pod, its connections end with it.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology import defaults, index
from wireplan.topology.types import Call, GrpcServer, Path, Service, Topology

LONGEST, SHORTEST = 600.0, 30.0  # seconds
Served = tuple[Service, GrpcServer, Call]  # the longest call


@rule("RPC002", Severity.ERROR)
def connection_age_out_of_bounds(topology: Topology) -> Iterator[Fault]:
    """The ages of the servers that are called, and their graces against the longest call."""
    callers = index.grpc_callers(topology)
    called = [
        (service, service.grpc, max(callers[service.name], key=lambda call: call.deadline))
        for service in topology.services.values()
        if service.grpc and service.name in callers
    ]
    for each in called:
        service, server, longest = each
        if out_of_bounds(service, server):
            said = hidden if server.max_connection_age > LONGEST else restless
            yield said(topology, age(service), each)
        if server.max_connection_age_grace < longest.deadline:
            yield cut_off(topology, grace(service), each)


def out_of_bounds(service: Service, server: GrpcServer) -> bool:
    """Whether connections end too often, or so late that a second pod would wait for them."""
    late = server.max_connection_age > LONGEST and service.replicas.max > 1
    return late or server.max_connection_age < SHORTEST


def age(service: Service) -> Path:
    """Where the age is written."""
    return ("services", service.name, "grpc", "max_connection_age")


def grace(service: Service) -> Path:
    """Where the grace is written."""
    return ("services", service.name, "grpc", "max_connection_age_grace")


def hidden(topology: Topology, path: Path, served: Served) -> Fault:
    """New pods are not seen."""
    service, server, call = served
    pods = term(topology, f"{service.replicas.max} pods", ("services", service.name, "replicas", "max"))
    return Fault(
        path=path,
        what=f'new pods of "{service.name}" may get no calls for {duration(server.max_connection_age)}',
        why=f'"{call.caller}" learns of pods when a connection ends, and the server ends one after '
        f"{term(topology, duration(server.max_connection_age), path)}. Of up to {pods} those that start meanwhile wait that long, "
        "while the old ones carry the load.",
        fix=f"max_connection_age: {duration(defaults.AGE.value)}, or at most {duration(LONGEST)}",
    )


def restless(topology: Topology, path: Path, served: Served) -> Fault:
    """Connections end before they are worth it."""
    service, server, call = served
    return Fault(
        path=path,
        what=f'connections to "{service.name}" end every {duration(server.max_connection_age)}',
        why=f'{term(topology, duration(server.max_connection_age), path)}: each pod of "{call.caller}" connects to each pod anew that often, '
        "and looks for pods no more often than every 10s all the same.",
        fix=f"max_connection_age: {duration(SHORTEST)} or more",
        severity=Severity.WARNING,
    )


def cut_off(topology: Topology, path: Path, served: Served) -> Fault:
    """A call outlives the grace."""
    service, server, call = served
    deadline = ("services", call.caller, "calls", service.name, "deadline")
    needed = call.deadline + defaults.AGE_GRACE.value
    allowed = term(topology, f"{duration(server.max_connection_age_grace)} of grace", path)
    return Fault(
        path=path,
        what=f'calls of "{call.caller}" to "{service.name}" are cut while they still have time',
        why=f"{term(topology, f'a call may take {duration(call.deadline)}', deadline)}; a connection that is "
        f"{term(topology, duration(server.max_connection_age), age(service))} old is closed after {allowed}, "
        f"{duration(call.deadline - server.max_connection_age_grace)} too early for a call that began last.",
        fix=f"max_connection_age_grace: {duration(needed)}",
        related=((deadline, "the longest call"),),
        becomes=duration(needed),
    )
