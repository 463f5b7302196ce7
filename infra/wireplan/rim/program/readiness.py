"""Wait until everything has rolled out. The provider (4.25) takes a StatefulSet for ready that has not begun to roll."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from wireplan.rim.program.bodies import Body, at
from wireplan.rim.program.diagnose import WORKLOADS, complete

if TYPE_CHECKING:
    from wireplan.rim.program.kube import Cluster

CNPG = "postgresql.cnpg.io/v1"
POLL_SECONDS = 1.0
TELL_SECONDS = 15.0


def unready(cluster: "Cluster", managed: str) -> list[str]:
    """What of the system has not rolled out, as `StatefulSet kafka (2 of 3)`; `managed` selects what is ours."""
    found: list[str] = []
    for version, kind in WORKLOADS:
        found += [told(kind, one) for one in cluster.items(version, kind, managed) if not complete(kind, one)]
    for one in cluster.items(CNPG, "Cluster", managed):
        if int(at(one, "status", "readyInstances") or 0) < int(at(one, "spec", "instances") or 0):
            found.append(
                f"Cluster {at(one, 'metadata', 'name')} ({at(one, 'status', 'phase') or 'no phase yet'})"
            )
    return found


def waited_for(cluster: "Cluster", managed: str) -> list[str]:
    """What is not there yet; an API server that goes away for a moment comes back, and is no end of the waiting."""
    from wireplan.rim.program.kube import NoAnswerError

    try:
        return unready(cluster, managed)
    except NoAnswerError as error:
        return [f"the cluster's answer ({error})"]


def told(kind: str, body: Body) -> str:
    """A workload and how far it is."""
    name, wanted = at(body, "metadata", "name"), at(body, "spec", "replicas")
    if kind == "Job":
        return f"Job {name}"
    ready = min(int(at(body, "status", key) or 0) for key in ("readyReplicas", "updatedReplicas"))
    return f"{kind} {name} ({ready} of {wanted})"


def wait(cluster: "Cluster", managed: str, seconds: float, say: Callable[[str], None]) -> list[str]:
    """Wait until all is rolled out, so many seconds at most; what is not, at the end."""
    end, quiet = time.monotonic() + seconds, time.monotonic() + TELL_SECONDS
    while waiting := waited_for(cluster, managed):
        if time.monotonic() > end:
            return waiting
        if time.monotonic() > quiet:
            say(f"    waiting for {'; '.join(waiting)}")
            quiet = time.monotonic() + TELL_SECONDS
        time.sleep(POLL_SECONDS)
    return []
