"""A pod that is killed in the middle of the work it was given time for.

What: the termination grace of a pod is shorter than its preStop, plus the longest request or handler it may be in, plus 10 s to close.
Why: when the grace is over the kubelet sends SIGKILL. Requests in flight break, and a record whose effect is half done is delivered again, at every
rolling update and every scale-down.
Fix: leave grace out: Wireplan derives it; or shorten the longest deadline or handler.
Source: kubernetes.io "Pod Lifecycle", termination of pods; KEP-3960 (preStop sleep); spec rows A7, F1.5.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology.types import Path, Service, Topology
from wireplan.topology.waits import Wait, waits

RESERVE = 10.0  # seconds to commit offsets, close pools and exit after the last request


@rule("K8S002", Severity.ERROR)
def grace_shorter_than_the_work(topology: Topology) -> Iterator[Fault]:
    """Each service's grace against the longest thing that its pods may be doing; of one grace for many, that which needs most."""
    short: list[tuple[float, Service, Wait | None]] = []
    for service in topology.services.values():
        longest = max(waits(topology, service), key=lambda wait: wait.seconds, default=None)
        needed = service.shutdown.pre_stop + (longest.seconds if longest else 0.0) + RESERVE
        if service.shutdown.grace < needed:
            short.append((needed, service, longest))
    short.sort(key=lambda each: -each[0])
    yield from (killed(topology, *each) for each in short)


def killed(topology: Topology, needed: float, service: Service, longest: Wait | None) -> Fault:
    """The sum, each term with its line."""
    base: Path = ("services", service.name, "shutdown")
    pre_stop = term(topology, f"preStop {duration(service.shutdown.pre_stop)}", (*base, "pre_stop"))
    at_work = term(topology, f"{longest.work} {duration(longest.seconds)}", longest.path) if longest else ""
    terms = " + ".join(each for each in (pre_stop, at_work, f"closing {duration(RESERVE)}") if each)
    return Fault(
        path=(*base, "grace"),
        what=f'pods of "{service.name}" are killed after {duration(service.shutdown.grace)}, but may need {duration(needed)} to end their work',
        why=f"{terms} = {duration(needed)}. What is still in flight after {duration(service.shutdown.grace)} is cut by SIGKILL.",
        fix=f"grace: {duration(needed)}",
        related=((longest.path, "the longest work"),) if longest else (),
        becomes=duration(needed),
    )
