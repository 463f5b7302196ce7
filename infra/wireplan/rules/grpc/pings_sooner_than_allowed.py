"""A server that takes its clients' pings for an attack.

What: a server's min_ping_interval is not below the 30 s after which each client pings a silent connection.
Why: pings that come sooner than the server allows count against the client; after two of them the server answers GOAWAY too_many_pings and closes the connection, with
all calls on it. It happens on quiet connections only, so no test under load shows it.
Fix: leave min_ping_interval out: Wireplan writes 20 s.
Source: grpc/grpc doc/keepalive.md (default interval 300 s, two bad pings borne). Corrected here: Wireplan writes the clients' side and the permission to ping without calls on
both sides, so the server's interval is all that can differ.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology import defaults, grpc, index
from wireplan.topology.types import GrpcServer, Path, Topology

CLIENT = grpc.KEEPALIVE_TIME / 1000  # seconds


@rule("RPC003", Severity.ERROR)
def pings_sooner_than_allowed(topology: Topology) -> Iterator[Fault]:
    """The interval of each server that is called against its clients' keepalive."""
    callers = index.grpc_callers(topology)
    for name, service in topology.services.items():
        if service.grpc and name in callers and service.grpc.min_ping_interval >= CLIENT:
            yield too_many(topology, name, service.grpc, callers[name][0].caller)


def too_many(topology: Topology, name: str, server: GrpcServer, caller: str) -> Fault:
    """The pings, one by one."""
    path: Path = ("services", name, "grpc", "min_ping_interval")
    interval = duration(server.min_ping_interval)
    return Fault(
        path=path,
        what=f'"{name}" closes quiet connections for too many pings',
        why=f'"{caller}" pings a connection that is silent for {duration(CLIENT)} (derived); "{name}" allows one in '
        f"{term(topology, interval, path)}. It bears two that come too soon; the next, at {duration(3 * CLIENT)} or soon after, is "
        "answered by GOAWAY too_many_pings.",
        fix=f"min_ping_interval: {duration(defaults.MIN_PING.value)}",
        becomes=duration(defaults.MIN_PING.value),
    )
