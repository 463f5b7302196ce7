"""A pod that is killed in the middle of the work it was given time for.

What: the termination grace of a pod is shorter than its preStop, plus the longest request or handler it may be in, plus 10 s to close.
Why: when the grace is over the kubelet sends SIGKILL. Requests in flight break, and a record whose effect is half done is delivered again, at every
rolling update and every scale-down.
Fix: leave grace out: Wireplan derives it; or shorten the longest deadline or handler.
Source: kubernetes.io "Pod Lifecycle", termination of pods; KEP-3960 (preStop sleep); spec rows A7, F1.5.
"""

from collections.abc import Iterable, Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology import index
from wireplan.topology.types import Call, Edge, Path, Service, Topology

RESERVE = 10.0  # seconds to commit offsets, close pools and exit after the last request


@rule("K8S002", Severity.ERROR)
def grace_shorter_than_the_work(topology: Topology) -> Iterator[Fault]:
    """Each service's grace against the longest thing that its pods may be doing."""
    callers, entries = index.callers(topology), index.entries(topology)
    for service in topology.services.values():
        doing = work(service, callers.get(service.name, ()), entries.get(service.name, ()))
        words, path, longest = max(doing, key=lambda each: each[2], default=("nothing", (), 0.0))
        needed = service.shutdown.pre_stop + longest + RESERVE
        if service.shutdown.grace < needed:
            yield killed(topology, service, (words, path, longest), needed)


def work(
    service: Service, callers: Iterable[Call], entries: Iterable[Edge]
) -> Iterator[tuple[str, Path, float]]:
    """What a pod of `service` may be in the middle of: words, where its time is written, seconds."""
    for call in callers:
        yield (
            f"call of {call.caller}",
            ("services", call.caller, "calls", call.callee, "deadline"),
            call.deadline,
        )
    for edge in entries:
        yield f"request of edge {edge.name}", ("edges", edge.name, "budget"), edge.budget
    for consumption in service.consumes.values():
        path = ("services", service.name, "consumes", consumption.topic, "handler_timeout")
        yield f"handler of {consumption.topic}", path, consumption.handler_timeout


def killed(topology: Topology, service: Service, longest: tuple[str, Path, float], needed: float) -> Fault:
    """The sum, each term with its line."""
    base = ("services", service.name, "shutdown")
    words, path, seconds = longest
    pre_stop = term(topology, f"preStop {duration(service.shutdown.pre_stop)}", (*base, "pre_stop"))
    at_work = term(topology, f"{words} {duration(seconds)}", path) if path else ""
    terms = " + ".join(each for each in (pre_stop, at_work, f"closing {duration(RESERVE)}") if each)
    return Fault(
        path=(*base, "grace"),
        what=f'pods of "{service.name}" are killed after {duration(service.shutdown.grace)}, but may need {duration(needed)} to end their work',
        why=f"{terms} = {duration(needed)}. What is still in flight after {duration(service.shutdown.grace)} is cut by SIGKILL.",
        fix=f"grace: {duration(needed)}",
        related=((path, "the longest work"),) if path else (),
        becomes=duration(needed),
    )
