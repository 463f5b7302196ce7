"""What a pod is answered, asked from this machine: a program that is started in it takes a third of a second of CPU.

On the embedded cluster the processes of pods are this machine's, and so are the networks that they see.
"""

import ctypes
import http.client
import os
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.tube.freeze import processes
from tests.cluster.tube.kube import Kube

NETWORK = 0x40000000
"""CLONE_NEWNET, see setns(2)."""
ITSELF = "127.0.0.1"
PATIENCE = 5.0
"""Seconds until an answer."""
Place = tuple[str, int]
"""An address and a port."""
KERNEL = ctypes.CDLL(None, use_errno=True)


def answer(
    kube: Kube, pod: str, port: int, path: str = "/", host: str = ITSELF, patience: float = PATIENCE
) -> tuple[int, str]:
    """Status and text of what a pod is answered by a host, or by itself.

    Raises:
        OSError: it is not in time, or the pod runs no more.
        http.client.HTTPException: what is said is no answer.
    """
    container = kube.get("pod", pod)["spec"]["containers"][0]["name"]
    for process in processes(kube, pod, container)[:1]:
        channel = http.client.HTTPConnection(host, port, timeout=patience)
        with network(process):
            channel.connect()
        try:
            channel.request("GET", path)
            found = channel.getresponse()
            return found.status, found.read().decode()
        finally:
            channel.close()
    raise ProcessLookupError(f"{pod} has no process of {container} on this machine")


def reached(
    kube: Kube, pods: Sequence[str], places: Sequence[Place], patience: float = 2.0
) -> set[tuple[str, Place]]:
    """Which pods are let through to which places: all are tried at once, since who is shut out waits for an answer in vain."""
    containers = {pod: kube.get("pod", pod)["spec"]["containers"][0]["name"] for pod in pods}
    found = {pod: processes(kube, pod, name)[0] for pod, name in containers.items()}

    def tried(way: tuple[str, Place]) -> bool:
        pod, place = way
        with network(found[pod]):
            try:
                socket.create_connection(place, patience).close()
            except OSError:
                return False
        return True

    ways = [(pod, place) for pod in pods for place in places]
    with ThreadPoolExecutor(len(ways)) as threads:
        return {way for way, through in zip(ways, threads.map(tried, ways), strict=True) if through}


@contextmanager
def network(process: int) -> Iterator[None]:
    """This thread in the network of a process. What is connected meanwhile stays so."""
    with Path("/proc/thread-self/ns/net").open() as home, Path(f"/proc/{process}/ns/net").open() as there:
        enter(there.fileno())
        try:
            yield
        finally:
            enter(home.fileno())


def enter(space: int) -> None:
    """Let this thread see the network of a namespace.

    Raises:
        OSError: the kernel refuses.
    """
    if KERNEL.setns(space, NETWORK):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
