"""Processes that are stopped, as by a kernel that gives them no time: a sick pod's, or one at its work. On the embedded cluster they are this machine's."""

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.cluster.tube.kube import Kube
from tests.cluster.tube.wait import eventually

LOOK = 0.05
"""Seconds between two looks at what is at work: less than a second's work takes."""


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


def caught(kube: Kube, pods: Sequence[str], container: str, program: str, within: float = 60) -> list[str]:
    """Stop a program that runs in a container of the pods once it has written a part of its work; the pods in which it is.

    It stays half done until its pod is killed, however little there is to do: so the work need not be long for one to be in its middle.
    """
    groups = {pod: group(kube, pod, container) for pod in pods}

    def look() -> list[str]:
        at_work = [
            (pod, process)
            for process in Path("/proc").glob("[0-9]*")
            if _read(process / "comm").startswith(program)
            for pod, name in groups.items()
            if name in _read(process / "cgroup") and any((process / "cwd").iterdir())
        ]
        for _, process in at_work:
            os.kill(int(process.name), signal.SIGSTOP)
        return [pod for pod, process in at_work if not _ended(process)]

    return eventually(look, f"{program} is at work in one of {pods}", within, LOOK)


def processes(kube: Kube, pod: str, container: str) -> list[int]:
    """The process ids of a container, by its control group."""
    name = group(kube, pod, container)
    return [
        int(found.name)
        for found in Path("/proc").iterdir()
        if found.name.isdigit() and name in _read(found / "cgroup")
    ]


def group(kube: Kube, pod: str, container: str) -> str:
    """What the control groups of a container have in their names."""
    statuses = kube.get("pod", pod)["status"]["containerStatuses"]
    named = next(each["containerID"] for each in statuses if each["name"] == container)
    return str(named).rsplit("/", 1)[-1]


def _ended(process: Path) -> bool:
    return _read(process / "stat").rpartition(")")[2].split()[:1] in ([], ["Z"])


def _read(about: Path) -> str:
    try:
        return about.read_text()
    except OSError:  # it has ended meanwhile
        return ""
