"""A real cluster, and small stacks on it: each in a namespace and a folder of its own, gone at the end."""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation
from wireplan.rim import home
from wireplan.rim.cluster import Cluster as Embedded
from wireplan.rim.images.layout import Layout as Images
from wireplan.rim.program import provider, workspace
from wireplan.rim.program.guards import Guards, forget_earlier_runs
from wireplan.rim.program.kube import Cluster, address
from wireplan.rim.program.progress import Progress
from wireplan.rim.program.settings import Settings

from tests.cluster.program.traps import TRAPS, Given, Trap

Body = dict[str, Any]
SERVER = """
import http.server, sys
class Ops(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *words):
        pass
print("serving", flush=True)
http.server.HTTPServer(("", 9000), Ops).serve_forever()
"""
CONFINED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}


@pytest.fixture(scope="session")
def where(cluster: Embedded) -> Settings:
    """The embedded cluster."""
    return Settings(cluster.context, "unset", cluster.kubeconfig)


@dataclass
class Small:
    """A stack of a few objects, registered as a system's are, in a namespace of its own; a test changes one of them or more."""

    folder: Path
    temporary: Path
    settings: Settings
    changed: frozenset[Trap] = frozenset()

    def stack(self, *changes: Trap) -> automation.Stack:
        """The stack, in which these are changed besides what has been."""

        def inline() -> None:
            forget_earlier_runs()
            given = Given(self.settings.namespace, provider(self.settings), Guards(self.settings, ()).hooks())
            for trap in TRAPS:
                trap(given, trap in self.changed or trap in changes)

        return workspace.stack(self.folder, "probe", "local", inline)

    def up(self, *changes: Trap) -> Progress:
        """Change these; what the engine did."""
        progress = Progress(print)
        self.stack(*changes).up(on_event=progress.event)
        self.changed |= set(changes)
        return progress

    def preview(self, *changes: Trap) -> None:
        """Look at what changing these would do."""
        self.stack(*changes).preview()

    def find(self, kind: str, name: str) -> Body | None:
        """An object of the namespace."""
        version = "v1" if kind in {"ConfigMap", "Secret"} else "apps/v1"
        return Cluster(self.settings).find(version, kind, name)

    def make(self, body: Body) -> None:
        """An object that somebody else makes there."""
        where = address("v1", body["kind"], self.settings.namespace)
        Cluster(self.settings).send("POST", where, body, "application/json")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, where: Settings) -> Iterator[Small]:
    """A small stack, and a folder of temporary files that nothing else writes into."""
    name = f"probe-{secrets.token_hex(3)}"
    settings = Settings(where.context, name, where.kubeconfig, timeout=60)
    cluster, folder = Cluster(settings), tmp_path_factory.mktemp("small")
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    cluster.send("POST", address("v1", "Namespace", ""), body, "application/json")
    with pytest.MonkeyPatch.context() as patch:
        temporary = tmp_path_factory.mktemp("temporary")
        patch.setenv("TMPDIR", str(temporary))
        yield Small(folder, temporary, settings)
    cluster.send("DELETE", address("v1", "Namespace", "", name))


@pytest.fixture(scope="session")
def python_image() -> str:
    """An image with Python that the cluster's registry has: that of the Jobs."""
    names = [
        name for name in Images(home.cache() / "images").names() if name.startswith("wireplan.local/tools:")
    ]
    if not names:
        from wireplan.rim.images import build, jobs

        return jobs.tools(build.here()).reference
    return names[-1]


def container(image: str, script: str = SERVER) -> Body:
    """A stand-in for a service: a container called worker that is ready once its script listens."""
    probe = {"httpGet": {"path": "/ready", "port": "ops"}, "periodSeconds": 2}
    ports = [{"name": "ops", "containerPort": 9000, "protocol": "TCP"}]
    return {
        "name": "worker", "image": image, "command": ["python3", "-c", script], "ports": ports, "readinessProbe": probe,
        "securityContext": CONFINED, "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
    }  # fmt: skip


def write(
    folder: Path, topology: Mapping[str, Any], overlay: Mapping[str, Any], images: Mapping[str, str]
) -> Path:
    """A system as files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "topology.yaml").write_text(json.dumps(topology))
    (folder / "local.yaml").write_text(json.dumps(overlay))
    (folder / "images.local.json").write_text(json.dumps(images))
    return folder
