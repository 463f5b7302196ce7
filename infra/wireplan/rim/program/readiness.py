"""Wait until everything has rolled out. The provider (4.25) takes a StatefulSet for ready that has not begun to roll."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wireplan.rim.program.bodies import Body, at
from wireplan.rim.program.diagnose import WORKLOADS, complete, ended_badly

if TYPE_CHECKING:
    from wireplan.rim.program.kube import Cluster

CNPG = "postgresql.cnpg.io/v1"
POLL_SECONDS = 1.0
TELL_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Late:
    """What has not rolled out, and whether waiting for it is of no use."""

    text: str
    hopeless: bool = False


def unready(cluster: "Cluster", managed: str) -> list[Late]:
    """What of the system has not rolled out, as `StatefulSet kafka (2 of 3)`; `managed` selects what is ours."""
    found: list[Late] = []
    for version, kind in WORKLOADS:
        found += [late(kind, one) for one in cluster.items(version, kind, managed) if not complete(kind, one)]
    for one in cluster.items(CNPG, "Cluster", managed):
        if int(at(one, "status", "readyInstances") or 0) < int(at(one, "spec", "instances") or 0):
            name, phase = at(one, "metadata", "name"), at(one, "status", "phase") or "no phase yet"
            found.append(Late(f"Cluster {name} ({phase})"))
    return found


def waited_for(cluster: "Cluster", managed: str) -> list[Late]:
    """What is not there yet; an API server that goes away for a moment comes back, and is no end of the waiting."""
    from wireplan.rim.program.kube import NoAnswerError

    try:
        return unready(cluster, managed)
    except NoAnswerError as error:
        return [Late(f"the cluster's answer ({error})")]


def late(kind: str, body: Body) -> Late:
    """A workload and how far it is."""
    name, wanted = at(body, "metadata", "name"), at(body, "spec", "replicas")
    if kind == "Job":
        over = ended_badly(body)
        return Late(f"Job {name}: {over}", hopeless=True) if over else Late(f"Job {name}")
    ready = min(int(at(body, "status", key) or 0) for key in ("readyReplicas", "updatedReplicas"))
    return Late(f"{kind} {name} ({ready} of {wanted})")


def wait(cluster: "Cluster", managed: str, seconds: float, say: Callable[[str], None]) -> list[str]:
    """Wait until all is rolled out, so many seconds at most, or until something never will; what is not, at the end."""
    end, quiet = time.monotonic() + seconds, time.monotonic() + TELL_SECONDS
    while waiting := waited_for(cluster, managed):
        texts = [one.text for one in waiting]
        if time.monotonic() > end or any(one.hopeless for one in waiting):
            return texts
        if time.monotonic() > quiet:
            say(f"    waiting for {'; '.join(texts)}")
            quiet = time.monotonic() + TELL_SECONDS
        time.sleep(POLL_SECONDS)
    return []
