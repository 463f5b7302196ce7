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
from wireplan.rules.words import duration, once, term
from wireplan.topology import index
from wireplan.topology.types import Call, Edge, Path, Service, Topology

RESERVE = 10.0  # seconds to commit offsets, close pools and exit after the last request
Work = tuple[str, Path, float]  # what it is, where its time is written, seconds


@rule("K8S002", Severity.ERROR)
def grace_shorter_than_the_work(topology: Topology) -> Iterator[Fault]:
    """Each service's grace against the longest thing that its pods may be doing; of one grace for many, that which needs most."""
    callers, entries = index.callers(topology), index.entries(topology)
    short: list[tuple[float, Service, Work]] = []
    for service in topology.services.values():
        doing = work(service, callers.get(service.name, ()), entries.get(service.name, ()))
        longest = max(doing, key=lambda each: each[2], default=("nothing", (), 0.0))
        needed = service.shutdown.pre_stop + longest[2] + RESERVE
        if service.shutdown.grace < needed:
            short.append((needed, service, longest))
    short.sort(key=lambda each: -each[0])
    for path, each, more in once(topology, ((grace(each[1]), each) for each in short)):
        yield killed(topology, path, each, more)


def grace(service: Service) -> Path:
    """Where the grace is written."""
    return ("services", service.name, "shutdown", "grace")


def work(service: Service, callers: Iterable[Call], entries: Iterable[Edge]) -> Iterator[Work]:
    """What a pod of `service` may be in the middle of."""
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


def killed(topology: Topology, where: Path, short: tuple[float, Service, Work], more: str) -> Fault:
    """The sum, each term with its line."""
    needed, service, (words, path, seconds) = short
    base = ("services", service.name, "shutdown")
    pre_stop = term(topology, f"preStop {duration(service.shutdown.pre_stop)}", (*base, "pre_stop"))
    at_work = term(topology, f"{words} {duration(seconds)}", path) if path else ""
    terms = " + ".join(each for each in (pre_stop, at_work, f"closing {duration(RESERVE)}") if each)
    return Fault(
        path=where,
        what=f'pods of "{service.name}" are killed after {duration(service.shutdown.grace)}, but may need {duration(needed)} to end their work{more}',
        why=f"{terms} = {duration(needed)}. What is still in flight after {duration(service.shutdown.grace)} is cut by SIGKILL.",
        fix=f"grace: {duration(needed)}",
        related=((path, "the longest work"),) if path else (),
        becomes=duration(needed),
    )
