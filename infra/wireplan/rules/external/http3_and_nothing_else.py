"""A system outside that is spoken to by HTTP/3 or not at all.

What: fallback of an external system is none.
Why: HTTP/3 goes over UDP, and firewalls, clouds and the provider's own front drop that without a word. Nothing is wrong with either end, and no request arrives.
Fix: leave fallback out: http2.
Source: RFC 9114, section 3.1 (a client should try TCP where QUIC does not get through); spec row P10.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology.types import Topology


@rule("EXT001", Severity.ERROR)
def http3_and_nothing_else(topology: Topology) -> Iterator[Fault]:
    """External systems by HTTP/3."""
    for external in topology.externals.values():
        if external.protocol == "http3" and external.fallback is None:
            yield Fault(
                path=("externals", external.name, "fallback"),
                what=f'"{external.name}" cannot be reached where UDP does not get through',
                why="1. A firewall on the way drops UDP. 2. Requests by HTTP/3 are never answered. 3. There is no HTTP/2 to take their place.",
                fix="leave fallback out: http2",
                becomes="http2",
            )
