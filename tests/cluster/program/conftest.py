"""A real cluster, and small stacks on it: each in a namespace and a folder of its own, gone at the end."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import automation
from wireplan.rim import home
from wireplan.rim.cluster import Cluster as Embedded
from wireplan.rim.images.layout import Layout as Images
from wireplan.rim.program import provider, workspace
from wireplan.rim.program.guards import Guards, forget_earlier_runs
from wireplan.rim.program.kube import Cluster, address
from wireplan.rim.program.settings import Settings

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


@pytest.fixture
def namespace(where: Settings) -> Iterator[Settings]:
    """A namespace of this test's own."""
    name = f"probe-{secrets.token_hex(3)}"
    settings = Settings(where.context, name, where.kubeconfig, timeout=60)
    yield settings
    Cluster(settings).send("DELETE", address("v1", "Namespace", "", name))


@dataclass
class Small:
    """A stack of a few objects, registered as a system's are, that a test changes from run to run."""

    folder: Path
    settings: Settings
    guarded: bool = True

    def stack(
        self, build: Callable[[pulumi.ProviderResource, pulumi.ResourceHookBinding | None], None]
    ) -> automation.Stack:
        """The stack with a program of the moment."""

        def inline() -> None:
            forget_earlier_runs()
            hooks = Guards(self.settings, ()).hooks() if self.guarded else None
            build(provider(self.settings), hooks)

        return workspace.stack(self.folder, "probe", "local", inline)


@pytest.fixture
def small(tmp_path: Path, namespace: Settings) -> Small:
    """A small stack."""
    cluster = Cluster(namespace)
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace.namespace}}
    cluster.send("POST", address("v1", "Namespace", ""), body, "application/json")
    return Small(tmp_path, namespace)


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
