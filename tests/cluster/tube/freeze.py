"""A sick pod: its processes are stopped, as by a kernel that gives them no time. On the embedded cluster they are this machine's."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.tube.kube import Kube


@contextlib.contextmanager
def frozen(kube: Kube, *pods: str, container: str) -> Iterator[None]:
    """Stop a container of each pod, and let it go on."""
    stopped = [process for pod in pods for process in processes(kube, pod, container)]
    assert stopped, f"no processes of {pods} on this machine"
    try:
        for process in stopped:
            os.kill(process, signal.SIGSTOP)
        yield
    finally:
        for process in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


def processes(kube: Kube, pod: str, container: str) -> list[int]:
    """The process ids of a container, by its control group."""
    statuses = kube.get("pod", pod)["status"]["containerStatuses"]
    name = next(each["containerID"] for each in statuses if each["name"] == container).rsplit("/", 1)[-1]
    return [
        int(found.name)
        for found in Path("/proc").iterdir()
        if found.name.isdigit() and name in _groups(found)
    ]


def _groups(process: Path) -> str:
    try:
        return (process / "cgroup").read_text()
    except OSError:  # it has ended meanwhile
        return ""
