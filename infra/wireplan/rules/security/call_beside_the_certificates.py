"""A call in plain text beside calls with certificates.

What: the environment has mtls, and a service calls another by HTTP.
Why: certificates are of gRPC. A service that serves HTTP takes a request from whoever reaches its port: only the network policies stand before it, and where the network does not
keep them (not every one does) or a pod beside it is taken over, nobody notices that it is not the caller of the topology who asks.
Fix: serve a contract and call it by gRPC; or waive it, with the reason why that is good enough here.
Source: NIST SP 800-204A, 4.2 (every call between services authenticated on both sides); docs/identity-of-services.md, what it does not cover.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term
from wireplan.topology.types import Call, Topology

SWITCH = ("environment", "mtls")


@rule("SEC011", Severity.WARNING)
def call_beside_the_certificates(topology: Topology) -> Iterator[Fault]:
    """Calls by HTTP where those by gRPC are known by their certificates."""
    if topology.environment.mtls is None:
        return
    for service in topology.services.values():
        for call in service.calls.values():
            if call.protocol == "http":
                yield open_call(topology, call)


def open_call(topology: Topology, call: Call) -> Fault:
    """One of them."""
    return Fault(
        path=("services", call.caller, "calls", call.callee),
        what=f'"{call.callee}" cannot tell whether it is "{call.caller}" who calls',
        why=f"{term(topology, 'mtls', SWITCH)} has services know each other by certificates, which calls by gRPC show. This one goes by HTTP, in plain text: "
        f'"{call.callee}" answers whoever reaches its port.',
        fix=f'have "{call.callee}" serve a contract, and call it by gRPC',
        related=((SWITCH, "certificates for all other calls"),),
    )
