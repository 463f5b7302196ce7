"""A caller that gives up before the work it asked for can be done.

What: a call's deadline, an edge's budget or a handler's timeout is shorter than a deadline that the service below gives to its own calls; or it leaves
no room for the attempts that its retry policy promises.
Why: the answer comes when nobody waits. The callee goes on working for a caller that has gone, the caller tries again, and the load grows exactly when
the system is slow. Retries that do not fit in the deadline are promised and never made.
Fix: give the caller more than the callee's own calls take, times its attempts and with the pauses between; or shorten what is below.
Source: grpc/proposal A6 (one deadline spans all attempts); Google SRE book, "Addressing Cascading Failures". Corrected here: a deadline below one
attempt is an error, room for fewer attempts than promised a warning, since a failed attempt usually fails fast; a call always has
a deadline in the model.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology.types import Call, Path, Service, Topology

JITTER = 1.2  # a backoff is multiplied by up to this much (A6)


@dataclass(frozen=True, slots=True)
class Wait:
    """Someone who waits for a service: how long, how often it would try, and the words for it."""

    who: str
    path: Path
    seconds: float
    attempts: int = 1
    pauses: float = 0.0


@rule("RPC004", Severity.ERROR)
def deadline_shorter_than_the_work_below(topology: Topology) -> Iterator[Fault]:
    """Each wait for a service against the longest call that the service itself may make."""
    for service in topology.services.values():
        longest = max(service.calls.values(), key=lambda call: call.deadline, default=None)
        for wait in waits(topology, service):
            if longest is not None and wait.seconds < longest.deadline:
                yield too_short(topology, wait, service, longest)
            elif room(wait, longest) > wait.seconds:
                yield attempts_do_not_fit(topology, wait, service, longest)


def waits(topology: Topology, service: Service) -> Iterator[Wait]:
    """Everyone who waits for `service`: its callers, the edges that lead to it, its own handlers of records."""
    for call in topology.callers(service.name):
        yield Wait(
            who=f'"{call.caller}"',
            path=("services", call.caller, "calls", call.callee, "deadline"),
            seconds=call.deadline,
            attempts=call.retry.attempts,
            pauses=pauses(call),
        )
    for edge in topology.edges.values():
        if any(route.to == service.name for route in edge.routes):
            yield Wait(who=f'edge "{edge.name}"', path=("edges", edge.name, "budget"), seconds=edge.budget)
    for consumption in service.consumes.values():
        yield Wait(
            who=f'the handler of "{consumption.topic}"',
            path=("services", service.name, "consumes", consumption.topic, "handler_timeout"),
            seconds=consumption.handler_timeout,
        )


def pauses(call: Call) -> float:
    """The longest sum of pauses between the attempts of a call."""
    retry = call.retry
    steps = (retry.initial_backoff * retry.multiplier**step for step in range(retry.attempts - 1))
    return sum(min(step, retry.max_backoff) * JITTER for step in steps)


def room(wait: Wait, longest: Call | None) -> float:
    """What all attempts of `wait` may take, each as long as the callee's own longest call."""
    return wait.attempts * (longest.deadline if longest else 0.0) + wait.pauses


def too_short(topology: Topology, wait: Wait, service: Service, longest: Call) -> Fault:
    """Not even one attempt fits."""
    return Fault(
        path=wait.path,
        what=f'{wait.who} waits {duration(wait.seconds)} for "{service.name}", which itself waits up to {duration(longest.deadline)} '
        f'for "{longest.callee}"',
        why=f"{chain(topology, wait, service, longest)}: for {duration(longest.deadline - wait.seconds)} "
        f'"{longest.callee}" works for someone who has gone.',
        fix=f"more than {duration(room(wait, longest))} here, or less than {duration(wait.seconds)} from "
        f'"{service.name}" to "{longest.callee}"',
        related=((deadline(longest), "the work below"),),
    )


def attempts_do_not_fit(topology: Topology, wait: Wait, service: Service, longest: Call | None) -> Fault:
    """The retry policy promises more than the deadline leaves room for."""
    each = (
        f"{wait.attempts} attempts x {duration(longest.deadline)} + "
        if longest
        else f"{wait.attempts} attempts with "
    )
    path = (
        chain(topology, wait, service, longest)
        if longest
        else term(topology, f"{wait.who} waits {duration(wait.seconds)}", wait.path)
    )
    return Fault(
        path=wait.path,
        what=f'{wait.who} promises "{service.name}" {wait.attempts} attempts, but {duration(wait.seconds)} leave no room for them',
        why=f"{path}. {each}pauses {duration(wait.pauses)} = {duration(room(wait, longest))} is more than {duration(wait.seconds)}.",
        fix=f"deadline: {duration(room(wait, longest))}, or fewer attempts",
        related=((deadline(longest), "the work below"),) if longest else (),
        severity=Severity.WARNING,
    )


def chain(topology: Topology, wait: Wait, service: Service, longest: Call) -> str:
    """The path, each hop with its time and line."""
    first = term(topology, f'{wait.who} -> "{service.name}" {duration(wait.seconds)}', wait.path)
    below = f'-> "{longest.callee}" {duration(longest.deadline)}'
    return f"{first}, then {term(topology, below, deadline(longest))}"


def deadline(call: Call) -> Path:
    """Where a call's deadline is written."""
    return ("services", call.caller, "calls", call.callee, "deadline")
