"""A caller that gives up before the work it asked for can be done.

What: a call's deadline, an edge's budget or a handler's timeout is shorter than a deadline that the service below gives to a call of its own; or the pauses
between the attempts of a call take longer than its deadline.
Why: the answer comes when nobody waits. The service below goes on for a caller that has gone, the caller tries again, and the load grows exactly when the
system is slow. Attempts that cannot begin before the deadline are promised and never made.
Fix: leave deadlines out: Wireplan gives each hop what fits; or give the caller more, or what is below less.
Source: grpc/proposal A6; Google SRE book, "Addressing Cascading Failures". Corrected here: one deadline spans all attempts of a call (A6), so that attempts do
not multiply it and only the pauses between them must fit; and in the model every call has a deadline.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology import index
from wireplan.topology.chains import chains
from wireplan.topology.grpc import pauses
from wireplan.topology.types import Call, Path, Service, Topology
from wireplan.topology.waits import Wait, waits


@rule("RPC004", Severity.ERROR)
def deadline_shorter_than_the_work_below(topology: Topology) -> Iterator[Fault]:
    """Each wait for a service against the longest call that the service itself may make; each call against its pauses.

    Of calls in a circle none can be longer than the next: RPC009 speaks of those.
    """
    onward = chains(topology).onward
    callers = index.grouped((call.callee, call) for calls in onward.values() for call in calls)
    for service in topology.services.values():
        longest = max(onward[service.name], key=lambda call: call.deadline, default=None)
        if longest is not None:
            yield from (
                too_short(topology, wait, service, longest)
                for wait in waits(topology, service, callers.get(service.name, ()))
                if wait.seconds < longest.deadline
            )
        yield from (
            never_made(topology, call)
            for call in service.calls.values()
            if pauses(call.retry) >= call.deadline
        )


def too_short(topology: Topology, wait: Wait, service: Service, longest: Call) -> Fault:
    """The wait ends before the work below."""
    below = duration(longest.deadline)
    return Fault(
        path=wait.path,
        what=f'{wait.quoted} waits {duration(wait.seconds)} for "{service.name}", which itself waits up to {below} for "{longest.callee}"',
        why=f"{chain(topology, wait, service, longest)}: for {duration(longest.deadline - wait.seconds)} "
        f'"{longest.callee}" may work for someone who has gone.',
        fix=f'{below} or more here, or {duration(wait.seconds)} or less from "{service.name}" to "{longest.callee}"',
        related=((deadline(longest), "the work below"),),
    )


def never_made(topology: Topology, call: Call) -> Fault:
    """The last attempt cannot begin before the deadline."""
    attempts = ("services", call.caller, "calls", call.callee, "retry", "attempts")
    return Fault(
        path=deadline(call),
        what=f'"{call.caller}" promises "{call.callee}" {call.retry.attempts} attempts, but {duration(call.deadline)} '
        "end before the last begins",
        why=f"{term(topology, f'{call.retry.attempts} attempts', attempts)} have pauses of up to {duration(pauses(call.retry))} between them; "
        f"{term(topology, f'the deadline of {duration(call.deadline)}', deadline(call))} spans them all.",
        fix=f"more than {duration(pauses(call.retry))}, or fewer attempts",
        severity=Severity.WARNING,
    )


def chain(topology: Topology, wait: Wait, service: Service, longest: Call) -> str:
    """The path, each hop with its time and line."""
    first = term(topology, f'{wait.quoted} -> "{service.name}" {duration(wait.seconds)}', wait.path)
    below = f'-> "{longest.callee}" {duration(longest.deadline)}'
    return f"{first}, then {term(topology, below, deadline(longest))}"


def deadline(call: Call) -> Path:
    """Where a call's deadline is written."""
    return ("services", call.caller, "calls", call.callee, "deadline")
