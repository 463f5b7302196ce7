"""Pods to try the cluster with, in a namespace that is removed afterwards."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from wireplan.rim.cluster import Cluster
from wireplan.rim.images import build, recipes

from tests.cluster.tube.kube import Kube, ready
from tests.cluster.tube.wait import eventually

NAMESPACE = "wireplan-tests"

# A web server and a UDP echo that say who they are, and that a pod without rights may run.
SERVER = """
import http.server, os, socket, threading
name = os.environ["HOSTNAME"]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{name} {self.client_address[0]}".encode()
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *_): pass
def echo():
    channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); channel.bind(("", 8080))
    while True:
        data, peer = channel.recvfrom(1500); channel.sendto(name.encode() + b" " + data, peer)
threading.Thread(target=echo, daemon=True).start()
http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""

FETCH = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=float(sys.argv[2])).read().decode())"


@dataclass
class Pods:
    """Makes pods, and asks through them."""

    kube: Kube
    image: str
    uses: list[str] = field(default_factory=list[str])

    def start(
        self,
        name: str,
        *,
        node: str = "",
        labels: dict[str, str] | None = None,
        volume: str = "",
        probe: bool = False,
    ) -> str:
        """Start a pod that serves; return its address once it is ready."""
        container: dict[str, Any] = {
            "name": "main", "image": self.image, "command": ["python3", "-c", SERVER], "imagePullPolicy": "IfNotPresent",
            "volumeMounts": [{"name": "data", "mountPath": "/data"}] if volume else [],
            "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1} if probe else None,
        }  # fmt: skip
        spec: dict[str, Any] = {
            "containers": [container], "terminationGracePeriodSeconds": 1,
            "nodeSelector": {"kubernetes.io/hostname": node} if node else {},
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": volume}}] if volume else [],
            "tolerations": [{"operator": "Exists"}],
        }  # fmt: skip
        self.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name, "labels": {"app": name, **(labels or {})}},
                "spec": spec,
            }
        )
        return self.ready(name)

    def ready(self, name: str, within: float = 180) -> str:
        """Wait until the pod is ready; return its address."""

        def look() -> str:
            pod = self.kube.get("pod", name)
            return str(pod["status"]["podIP"]) if ready(pod) else ""

        return eventually(look, f"pod {name} ready", within)

    def apply(self, item: dict[str, Any]) -> None:
        """Let an object be so."""
        self.kube.run("apply", "--server-side", "--filename=-", stdin=json.dumps(item))

    def fetch(self, client: str, url: str, seconds: float = 5) -> str:
        """What a pod gets from a URL.

        Raises:
            RefusedError: it gets nothing within so many seconds.
        """
        return self.kube.execute(client, "python3", "-c", FETCH, url, str(seconds)).strip()

    def remove(self, *names: str) -> None:
        """Remove pods, and wait until they are gone."""
        self.kube.run("delete", "pod", *names, "--ignore-not-found", "--grace-period=1", timeout=120)


@pytest.fixture(scope="session")
def image() -> str:
    """An image with Python in it: the one that services stand on."""
    recipe = recipes.recipe("python")
    build.image(build.here(), recipe)
    return recipe.name


@pytest.fixture(scope="session")
def pods(cluster: Cluster, image: str) -> Iterator[Pods]:
    """Pods in a namespace of the tests' own."""
    kube = Kube(cluster.kubeconfig, NAMESPACE)
    # A run that was cut off may have left it.
    kube.run("delete", "namespace", NAMESPACE, "--ignore-not-found", timeout=180)
    kube.run("create", "namespace", NAMESPACE)
    try:
        yield Pods(kube, image)
    finally:
        kube.run("delete", "namespace", NAMESPACE, timeout=180)
