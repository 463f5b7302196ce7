"""A system outside that a service waits for longer than it is waited for itself.

What: the timeout of an external system is as long as, or longer than, a deadline, budget or handler's timeout of who waits for a service that uses it.
Why: the system outside is away. The service waits for it until nobody waits for the service any more: instead of an answer that says so, its caller has none, counts that
against the service, and opens the breaker of all that it asks it for.
Fix: a timeout that leaves time to answer; or a longer deadline.
Source: Google SRE book, "Addressing Cascading Failures" (deadlines of a chain); gRFC A6; spec rows P10, F1.2.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology import index
from wireplan.topology.types import External, Topology
from wireplan.topology.waits import Wait, of_group, waits


@rule("EXT002", Severity.ERROR)
def longer_than_its_caller_waits(topology: Topology) -> Iterator[Fault]:
    """Each external system against the shortest wait for a service that uses it."""
    if not topology.externals:
        return
    callers = index.grouped((c.callee, c) for s in topology.services.values() for c in s.calls.values())
    shortest: dict[str, Wait] = {}
    for service in topology.services.values():
        # What a channel sends is waited for by its group alone.
        found = waits(topology, service, callers.get(service.name, ())) if service.asked else ()
        wait = min(found, key=lambda each: each.seconds, default=None)
        asked = [(name, wait) for name in service.asked] if wait else []
        asked += [
            (each.through, of_group(service.consumes[each.topic])) for each in service.channels.values()
        ]
        for name, own in asked:
            if name not in shortest or own.seconds < shortest[name].seconds:
                shortest[name] = own
    for name, wait in shortest.items():
        external = topology.externals[name]
        if external.timeout >= wait.seconds:
            yield too_long(topology, external, wait)


def too_long(topology: Topology, external: External, wait: Wait) -> Fault:
    """One that outlasts who waits."""
    path = ("externals", external.name, "timeout")
    own = term(topology, f"timeout {duration(external.timeout)}", path)
    return Fault(
        path=path,
        what=f'{wait.quoted} waits {duration(wait.seconds)} for a service that waits {duration(external.timeout)} for "{external.name}"',
        why=f'1. "{external.name}" is away: {own}. 2. After {duration(wait.seconds)} {wait.quoted} has gone, without a word of why. '
        "3. It counts that against the service, which is well.",
        fix=f"less than {duration(wait.seconds)} here, with time to answer in, or more there",
        related=((wait.path, "who waits"),),
    )
