"""Volumes: on the node of their pod, holding what was written, gone with their claim."""

from pathlib import Path
from typing import Any

import pytest

from tests.cluster.embedded.conftest import Pods
from tests.cluster.tube.wait import eventually


def claim(name: str, size: str = "1Gi") -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def folder(pods: Pods, name: str) -> Path:
    volume = pods.kube.get("pvc", name)["spec"]["volumeName"]
    return Path(pods.kube.get("pv", volume)["spec"]["local"]["path"])


@pytest.fixture(scope="module")
def written(pods: Pods) -> Pods:
    """A pod on node-2 that wrote into its volume."""
    pods.apply(claim("data"))
    pods.start("writer", node="node-2", volume="data")
    pods.kube.execute("writer", "sh", "-c", "echo rows > /data/table")
    return pods


def test_the_volume_lies_on_the_node_of_the_pod(written: Pods) -> None:
    assert folder(written, "data").parent.name == "node-2"
    assert (folder(written, "data") / "table").read_text() == "rows\n"


def test_another_pod_of_the_claim_comes_to_the_same_node_and_finds_what_was_written(written: Pods) -> None:
    written.remove("writer")
    written.start("reader", volume="data")
    assert written.kube.get("pod", "reader")["spec"]["nodeName"] == "node-2"
    assert written.kube.execute("reader", "cat", "/data/table") == "rows\n"


def test_a_claim_may_grow(written: Pods) -> None:
    written.apply(claim("data", "2Gi"))
    assert eventually(
        lambda: written.kube.get("pvc", "data")["status"]["capacity"]["storage"] == "2Gi", "the new size"
    )


def test_without_its_claim_the_volume_is_gone_from_the_disk(written: Pods) -> None:
    where = folder(written, "data")
    written.remove("reader", "writer")
    assert where.is_dir(), "a pod's end is not the volume's end"
    written.kube.run("delete", "pvc", "data")
    assert eventually(lambda: not where.exists(), "the folder is removed")
    assert where.parent.is_dir()
