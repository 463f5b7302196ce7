"""A platform team's own `pulumi up`, in the stack's folder, without a command of ours (row U4)."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from wireplan.rim.program.bodies import at
from wireplan.rim.program.kube import Cluster, address
from wireplan.rim.program.settings import Settings

from tests.cluster.program.conftest import container, write
from tests.cluster.program.shell import Shell, opened

LOCAL = {
    "environment": {
        "name": "local",
        "profile": "dev",
        "cluster": "embedded",
        "contexts": ["wireplan-local"],
    }
}


@dataclass(frozen=True)
class Stack:
    """A stack's folder, and the cluster that it is for."""

    shell: Shell
    api: Cluster

    def pulumi(self, *words: str) -> str:
        """What Pulumi says; where it fails, that is the test's failure."""
        done = self.shell.pulumi(*words)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
        return done.stdout


@pytest.fixture
def stack(tmp_path: Path, where: Settings, python_image: str) -> Iterator[Stack]:
    """A system of one worker that nothing was ever created of."""
    name = f"by-hand-{secrets.token_hex(2)}"
    pods = {"spec": {"template": {"spec": {"containers": [container(python_image)], "initContainers": None}}}}
    patch = {"kind": "Deployment", "name": "worker", "reason": "a stand-in for a service", "merge": pods}
    topology = {"wireplan": 1, "system": name, "services": {"worker": {"kind": "worker", "replicas": 2}}, "patches": [patch]}  # fmt: skip
    write(tmp_path, topology, LOCAL, {"worker": python_image, "tools": python_image})
    api = Cluster(Settings(where.context, name, where.kubeconfig))
    yield Stack(opened(tmp_path, name), api)
    api.send("DELETE", address("v1", "Namespace", "", name))


@pytest.mark.row("U4")
def test_a_bare_pulumi_up_creates_the_system_and_a_preview_then_has_nothing_to_do(stack: Stack) -> None:
    assert stack.api.find("apps/v1", "Deployment", "worker") is None
    stack.pulumi("up", "--yes", "--skip-preview")
    worker = stack.api.find("apps/v1", "Deployment", "worker")
    assert at(worker, "status", "readyReplicas") == 2
    assert stack.api.find("v1", "Service", "worker") is not None
    stack.pulumi("preview", "--expect-no-changes")
    left = [one.name for one in stack.shell.temporary.iterdir()]
    assert not [name for name in left if name.startswith("kubeconfig")], "a copy of the credentials"
