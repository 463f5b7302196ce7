"""A chain of calls so deep that no time is left at its end.

What: a service has a deadline, a budget or a handler's timeout of no more than the 50 ms that it keeps back for its own answer, and calls on.
Why: each hop keeps 50 ms back, so that it can still answer when the one below does not. Where that is all there is, the call below is over before it begins: it fails each
time, also when every service is well.
Fix: a longer budget at the edge, fewer hops, or a topic where nobody needs to wait.
Source: grpc.io, "Deadlines" (propagation); Google SRE book, "Addressing Cascading Failures" (deadline propagation). Corrected here: the list had a limit of 4 hops; how many are
too many depends on the time that there is.
"""

from collections.abc import Iterator, Mapping

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology.chains import HOP
from wireplan.topology.types import Service, Topology
from wireplan.topology.waits import Wait, waits


@rule("RPC011", Severity.ERROR)
def chain_longer_than_its_time(topology: Topology) -> Iterator[Fault]:
    """Services whose shortest wait leaves nothing for the calls they make; of each chain the first."""
    shortest: dict[str, Wait] = {}
    for service in topology.services.values():
        least = min(waits(topology, service), key=lambda wait: wait.seconds, default=None)
        if least:
            shortest[service.name] = least
    spent = {name for name, wait in shortest.items() if wait.seconds <= HOP and topology.services[name].calls}
    for name in sorted(spent):
        wait, service = shortest[name], topology.services[name]
        told_above = wait.call is not None and wait.call.caller in spent
        if not told_above and all(call.deadline <= wait.seconds for call in service.calls.values()):
            yield over(topology, service, shortest)


def over(topology: Topology, service: Service, shortest: Mapping[str, Wait]) -> Fault:
    """The chain with what is left at each hop."""
    call, left = next(iter(service.calls.values())), shortest[service.name].seconds
    hops = chain(service.name, shortest)
    shown = [
        term(topology, f'{wait.quoted} -> "{name}" {duration(wait.seconds)}', wait.path)
        for name, wait in hops
    ]
    path = ("services", call.caller, "calls", call.callee)
    return Fault(
        path=path,
        what=f'when "{service.name}" calls "{call.callee}", its time is over',
        why=f"{', '.join(shown)}. Each hop keeps {duration(HOP)} back for its own answer: of {duration(left)} nothing is left "
        f'for "{call.callee}".',
        fix=f"more than {duration(HOP)} for {hops[-1][0]}: a longer budget or deadline above, or fewer hops; or a topic",
        related=((hops[0][1].path, "all the time there is"),),
    )


def chain(name: str, shortest: Mapping[str, Wait]) -> list[tuple[str, Wait]]:
    """Who waits for whom, the outermost first."""
    found = [(name, shortest[name])]
    seen = {name}
    while (call := found[-1][1].call) and call.caller in shortest and call.caller not in seen:
        seen.add(call.caller)
        found.append((call.caller, shortest[call.caller]))
    return list(reversed(found))
