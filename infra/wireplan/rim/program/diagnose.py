"""Why a rollout does not get ready: events, container states, last log lines; one cause a workload.

The judging is pure (`cause`); below it stands what asks the cluster.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wireplan.manifests.labels import PREFIX
from wireplan.rim.program.bodies import Body, at, rows

if TYPE_CHECKING:
    from wireplan.rim.program.kube import Cluster

WORKLOADS = (("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("batch/v1", "Job"))
HARMLESS = frozenset({"ContainerCreating", "PodInitializing", "Completed"})
WARNING = "Warning"
LOG_LINES = 8
GONE = "unable to retrieve container logs"  # the kubelet's words while it puts a container away
ATTEMPTS = 3
NO_PODS = "it has no pods yet"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a workload is not ready: the pod and container in the sentence, the last lines of the log under it."""

    workload: str
    what: str
    log: tuple[str, ...] = ()

    def text(self) -> str:
        """For a person."""
        return "\n".join([f"{self.workload}: {self.what}", *(f"    | {line}" for line in self.log)])


@dataclass(frozen=True, slots=True)
class Container:
    """What is known of one container of a pod."""

    pod: str
    name: str
    status: Body
    initial: bool = False
    log: Sequence[str] = field(default=())


def cause(
    workload: str, pods: Sequence[Body], events: Sequence[Body], logs: Mapping[tuple[str, str], str]
) -> Cause | None:
    """The first thing that explains why a workload is not ready, from the most telling to the least."""
    if not pods:
        told = last_warning(events, {workload.partition(" ")[2]}, prefix=True)
        return Cause(workload, told or NO_PODS)
    for pod in pods:
        if not ready(pod):
            found = of_pod(workload, pod, events, logs)
            if found:
                return found
    return None


def of_pod(
    workload: str, pod: Body, events: Sequence[Body], logs: Mapping[tuple[str, str], str]
) -> Cause | None:
    """What is wrong with one pod."""
    name = str(at(pod, "metadata", "name"))
    unscheduled = condition(pod, "PodScheduled")
    if unscheduled and unscheduled.get("status") == "False":
        return Cause(workload, f"pod {name} has no node: {unscheduled.get('message', '')}")
    for container in containers(pod):
        told = of_container(container)
        if told:
            log = logs.get((name, container.name), "")
            return Cause(workload, f"pod {name}: {told}", tuple(log.splitlines()[-LOG_LINES:]))
    warned = last_warning(events, {name})
    return (
        Cause(workload, f"pod {name}: {warned}")
        if warned
        else Cause(workload, f"pod {name} is not ready yet")
    )


def of_container(container: Container) -> str:
    """What is wrong with one container; empty where nothing is."""
    word = "init container" if container.initial else "container"
    waiting, ended = at(container.status, "state", "waiting"), at(container.status, "state", "terminated")
    crashed, well = at(container.status, "lastState", "terminated"), at(container.status, "ready")
    reason = str(at(waiting, "reason") or "")
    if reason == "CrashLoopBackOff" and crashed:
        return f"{word} {container.name} keeps ending with {exit_of(crashed)}"
    if reason and reason not in HARMLESS:
        return f"{word} {container.name} does not start: {reason}: {at(waiting, 'message') or ''}".rstrip(
            ": "
        )
    if at(ended, "exitCode"):
        return f"{word} {container.name} ended with {exit_of(ended)}"
    if at(crashed, "exitCode") and not well:
        return f"{word} {container.name} ended with {exit_of(crashed)} and runs again"
    if at(container.status, "state", "running") and not container.initial and not well:
        return f"{word} {container.name} runs but its readiness probe fails"
    return ""


def exit_of(ended: Body) -> str:
    """How a container ended."""
    return f"exit code {at(ended, 'exitCode')} ({at(ended, 'reason')})"


def containers(pod: Body) -> Iterable[Container]:
    """The containers of a pod, those first that run first."""
    name = str(at(pod, "metadata", "name"))
    for one in rows(pod, "status", "initContainerStatuses"):
        yield Container(name, str(one["name"]), one, initial=True)
    for one in rows(pod, "status", "containerStatuses"):
        yield Container(name, str(one["name"]), one)


def ready(pod: Body) -> bool:
    """Whether a pod is ready, or has done its work."""
    return at(pod, "status", "phase") == "Succeeded" or at(condition(pod, "Ready"), "status") == "True"


def condition(body: Body, kind: str) -> Body | None:
    """One of an object's conditions."""
    return next((one for one in rows(body, "status", "conditions") if one["type"] == kind), None)


def last_warning(events: Sequence[Body], names: set[str], *, prefix: bool = False) -> str:
    """The newest warning about one of the objects, or about one whose name begins so."""
    found = [one for one in events if one.get("type") == WARNING and about(one, names, prefix=prefix)]
    newest = max(
        found, key=lambda one: str(one.get("lastTimestamp") or one.get("eventTime") or ""), default=None
    )
    return f"{newest['reason']}: {newest['message']}" if newest else ""


def about(event: Body, names: set[str], *, prefix: bool) -> bool:
    """Whether an event is about one of the objects."""
    name = str(at(event, "involvedObject", "name") or "")
    return name in names or (prefix and any(name.startswith(f"{one}-") for one in names))


def causes(cluster: "Cluster") -> list[Cause]:
    """Why the workloads of the namespace that are not ready are not; asks the cluster."""
    events = cluster.items("v1", "Event")
    found: list[Cause] = []
    for version, kind in WORKLOADS:
        for one in cluster.items(version, kind):
            if not complete(kind, one):
                name = str(at(one, "metadata", "name"))
                pods = cluster.pods(str(at(one, "metadata", "labels", f"{PREFIX}name") or name))
                told = cause(f"{kind} {name}", pods, events, logs_of(cluster, pods))
                if told:
                    found.append(of_job(told, one))
    return found


def of_job(told: Cause, body: Body) -> Cause:
    """A cause with how its Job ended, where it is one that failed for good: its pods may be gone by then."""
    over = ended_badly(body)
    if not over:
        return told
    return replace(told, what=over if told.what == NO_PODS else f"{over}; {told.what}")


def ended_badly(body: Body) -> str:
    """That a Job has failed for good, and why; empty where it is tried again, or is no Job."""
    failed = condition(body, "Failed")
    if at(failed, "status") != "True":
        return ""
    name = at(body, "metadata", "name")
    why = f"{at(failed, 'reason')}: {at(failed, 'message')}"
    return f"failed for good ({why}), and begins anew once it is deleted (kubectl delete job {name})"


def complete(kind: str, body: Body) -> bool:
    """Whether a workload has what it asks for."""
    if kind == "Job":
        return bool(at(body, "status", "succeeded"))
    if int(at(body, "status", "observedGeneration") or 0) < int(at(body, "metadata", "generation") or 0):
        return False  # what the status says is about an older version
    wanted = int(at(body, "spec", "replicas") or 0)
    ready_now, updated = at(body, "status", "readyReplicas"), at(body, "status", "updatedReplicas")
    return int(ready_now or 0) >= wanted and int(updated or 0) >= wanted


def logs_of(cluster: "Cluster", pods: Sequence[Body]) -> dict[tuple[str, str], str]:
    """The last lines of the containers that are not well."""
    found: dict[tuple[str, str], str] = {}
    for pod in pods:
        for container in containers(pod) if not ready(pod) else ():
            if of_container(container):
                found[container.pod, container.name] = last_words(cluster, container)
    return found


def last_words(cluster: "Cluster", container: Container) -> str:
    """The last lines of a container: of the run that ended, else of the one that runs. Between two runs there may be none."""
    for _ in range(ATTEMPTS):
        for previous in (True, False):
            text = cluster.log(container.pod, container.name, previous=previous, lines=LOG_LINES)
            if text and not text.startswith(GONE):
                return text
        time.sleep(1)
    return ""
