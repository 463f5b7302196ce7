"""A pod that is restarted where it should only get no further requests.

What: the liveness probe asks what the readiness probe asks, or gives up no later than it.
Why: a pod that is slow for its load has to leave the balancing first and catch up. Restarted instead, it takes its work in hand and its warm caches with it, the others get
its share, become slow, and are restarted in turn: an overload becomes an outage. If readiness ever looks at a database, all pods restart together when that is away.
Fix: leave the probes out: Wireplan relieves a pod after 10 s and restarts it after 30 s; or give liveness more failures than readiness.
Source: kubernetes.io, "Configure Liveness, Readiness and Startup Probes" (a higher failureThreshold for liveness; cascading failures); Strimzi's kafka_liveness.sh; spec rows A4,
F1.1. Corrected here: what the probes look at is Wireplan's (the event loop, and the process's own state), so that only their paths and times can be wrong.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term, written
from wireplan.topology.types import Path, Probe, Service, Topology


@rule("K8S001", Severity.ERROR)
def pod_restarted_before_it_is_relieved(topology: Topology) -> Iterator[Fault]:
    """The liveness of each service against its readiness: the same question, or a shorter patience."""
    for service in topology.services.values():
        probes = service.probes
        if probes.liveness.path == probes.readiness.path:
            yield one_question(topology, first(topology, service, PATHS), service)
        elif patience(probes.liveness) <= patience(probes.readiness):
            yield too_soon(topology, first(topology, service, TIMES), service)


PATHS = (("liveness", "path"), ("readiness", "path"))
TIMES = (("liveness", "failures"), ("liveness", "period"), ("readiness", "failures"), ("readiness", "period"))


def patience(probe: Probe) -> float:
    """Seconds of failure until a probe counts."""
    return probe.period * probe.failures


def first(topology: Topology, service: Service, ends: tuple[tuple[str, str], ...]) -> Path:
    """The first of some values of the probes that was written."""
    paths: list[Path] = [("services", service.name, "probes", *end) for end in ends]
    return next((path for path in paths if written(topology, path)), paths[0])


def one_question(topology: Topology, path: Path, service: Service) -> Fault:
    """Not ready means restarted."""
    asked, base = service.probes.liveness.path, ("services", service.name, "probes")
    live, ready = (
        term(topology, f"{probe} asks {asked}", (*base, probe, "path")) for probe in ("liveness", "readiness")
    )
    right = "/live" if "liveness" in path else "/ready"
    return Fault(
        path=path,
        what=f'a pod of "{service.name}" that is not ready is restarted',
        why=f"{live}, and {ready}: whatever makes a pod leave the balancing for a while, restarts it as well.",
        fix=f"path: {right}",
        becomes=right if right != asked else None,
    )


def too_soon(topology: Topology, path: Path, service: Service) -> Fault:
    """Both times, each as a product."""
    live, ready = (
        product(topology, service, name, probe)
        for name, probe in (("liveness", service.probes.liveness), ("readiness", service.probes.readiness))
    )
    return Fault(
        path=path,
        what=f'a slow pod of "{service.name}" is restarted before it has left the balancing',
        why=f"{live}, {ready}: it is never relieved of its load first, and its share goes to the others while it starts.",
        fix=f"more failures, or a longer period, of liveness: more than {duration(patience(service.probes.readiness))} in all",
    )


def product(topology: Topology, service: Service, name: str, probe: Probe) -> str:
    """How long a probe waits."""
    base: Path = ("services", service.name, "probes", name)
    failures = term(topology, f"failures {probe.failures}", (*base, "failures"))
    period = term(topology, f"period {duration(probe.period)}", (*base, "period"))
    return f"{name} {failures} x {period} = {duration(patience(probe))}"
