"""Why a workload is not ready: one cause, the most telling one."""

from typing import Any

import pytest
from wireplan.rim.program.diagnose import Cause, cause, complete

NAME = "upload-1"


def pod(
    *,
    ready: bool = False,
    scheduled: str = "",
    containers: tuple[dict[str, Any], ...] = (),
    init: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": str(ready)}]
    conditions.append(
        {"type": "PodScheduled", "status": "False" if scheduled else "True", "message": scheduled}
    )
    status = {
        "phase": "Running",
        "conditions": conditions,
        "containerStatuses": list(containers),
        "initContainerStatuses": list(init),
    }
    return {"metadata": {"name": NAME}, "status": status}


def container(name: str = "upload", *, last: dict[str, Any] | None = None, **state: Any) -> dict[str, Any]:
    return {"name": name, "ready": False, "state": state, "lastState": {"terminated": last} if last else {}}


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"reason": reason, "message": message}


def event(
    reason: str, message: str, name: str = NAME, kind: str = "Warning", at: str = "2026-01-01"
) -> dict[str, Any]:
    return {
        "type": kind,
        "reason": reason,
        "message": message,
        "lastTimestamp": at,
        "involvedObject": {"name": name},
    }


CRASHED = {"exitCode": 1, "reason": "Error"}


@pytest.mark.parametrize(("found", "said"), [
    (pod(scheduled="0/3 nodes are available: 3 Insufficient memory."), "has no node: 0/3 nodes are available"),
    (pod(containers=(container(waiting=waiting("ImagePullBackOff", "not found")),)), "container upload does not start: ImagePullBackOff: not found"),
    (pod(containers=(container(waiting=waiting("CrashLoopBackOff"), last=CRASHED),)), "container upload keeps ending with exit code 1 (Error)"),
    (pod(init=(container("migrate", waiting=waiting("CrashLoopBackOff"), last=CRASHED),)), "init container migrate keeps ending with exit code 1"),
    (pod(init=(container("migrate", terminated=CRASHED),)), "init container migrate ended with exit code 1"),
    (pod(containers=(container(running={"startedAt": "2026-01-01"}, last={"exitCode": 137, "reason": "OOMKilled"}),)), "exit code 137 (OOMKilled) and runs again"),
    (pod(containers=(container(running={"startedAt": "2026-01-01"}),)), "container upload runs but its readiness probe fails"),
    (pod(containers=(container(waiting=waiting("CreateContainerConfigError", 'secret "x" not found')),)), 'secret "x" not found'),
])  # fmt: skip
def test_a_pod_says_what_is_wrong(found: dict[str, Any], said: str) -> None:
    told = cause("Deployment upload", [found], [], {})
    assert told is not None
    assert said in told.text()
    assert told.text().startswith(f"Deployment upload: pod {NAME}")


def test_the_init_container_comes_first() -> None:
    found = pod(
        init=(container("migrate", waiting=waiting("CrashLoopBackOff"), last=CRASHED),),
        containers=(container(waiting=waiting("PodInitializing")),),
    )
    told = cause("Deployment upload", [found], [], {(NAME, "migrate"): "line 1\nno such table\n"})
    assert told == Cause(
        "Deployment upload",
        f"pod {NAME}: init container migrate keeps ending with exit code 1 (Error)",
        ("line 1", "no such table"),
    )
    assert told is not None
    assert told.text().splitlines()[-1] == "    | no such table"


def test_events_speak_where_containers_do_not() -> None:
    found = pod(containers=(container(waiting=waiting("ContainerCreating")),))
    events = [
        event("FailedMount", 'secret "a" not found', at="2026-01-02"), event("Pulled", "fine", kind="Normal"),
        event("FailedMount", "older", at="2026-01-01"), event("Other", "not mine", name="auth-1", at="2026-01-03"),
    ]  # fmt: skip
    told = cause("Deployment upload", [found], events, {})
    assert told is not None
    assert told.what == f'pod {NAME}: FailedMount: secret "a" not found'


def test_a_workload_without_pods_says_why() -> None:
    events = [event("FailedCreate", "violates PodSecurity", name="upload-6f7d")]
    told = cause("Deployment upload", [], events, {})
    assert told is not None
    assert told.what == "FailedCreate: violates PodSecurity"


def test_a_ready_workload_has_no_cause() -> None:
    assert cause("Deployment upload", [pod(ready=True)], [], {}) is None


@pytest.mark.parametrize(("status", "well"), [
    ({"observedGeneration": 2, "readyReplicas": 2, "updatedReplicas": 2}, True),
    ({"observedGeneration": 1, "readyReplicas": 2, "updatedReplicas": 2}, False),
    ({"observedGeneration": 2, "readyReplicas": 2, "updatedReplicas": 1}, False),
    ({"observedGeneration": 2, "readyReplicas": 1, "updatedReplicas": 2}, False),
    ({}, False),
])  # fmt: skip
def test_complete_is_about_the_newest_version(status: dict[str, Any], well: bool) -> None:
    assert (
        complete("StatefulSet", {"metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": status})
        is well
    )
