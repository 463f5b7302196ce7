"""Volumes: a folder of the node where the pod runs, kept as long as its claim, and never removed from elsewhere."""

from pathlib import Path
from typing import Any

import pytest
from wireplan.rim.cluster.agent import volumes
from wireplan.rim.cluster.agent.volumes import Volumes
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.trouble import Trouble

CLASSES = {
    "local": {
        "metadata": {"name": "local"},
        "provisioner": "wireplan.local/volumes",
        "reclaimPolicy": "Delete",
    }
}


def claim(
    name: str = "data", *, node: str = "node-2", phase: str = "Pending", size: str = "1Gi", **changes: Any
) -> dict[str, Any]:
    annotations = {volumes.SELECTED: node} if node else {}
    spec = {
        "storageClassName": "local",
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}},
        **changes,
    }
    return {
        "metadata": {"name": name, "namespace": "tube", "uid": f"{name}-uid-1", "annotations": annotations},
        "spec": spec,
        "status": {"phase": phase},
    }


def held(
    folder: Path, *, phase: str = "Released", policy: str = "Delete", by: str = "wireplan.local/volumes"
) -> dict[str, Any]:
    return {
        "metadata": {"name": "pvc-1", "annotations": {volumes.PROVISIONED_BY: by}},
        "spec": {
            "persistentVolumeReclaimPolicy": policy,
            "local": {"path": str(folder)},
            "claimRef": {"namespace": "tube", "name": "data"},
        },
        "status": {"phase": phase},
    }


class Recorded:
    """An API that notes what is made, changed and deleted."""

    def __init__(
        self, claims: list[dict[str, Any]] | None = None, made: list[dict[str, Any]] | None = None
    ) -> None:
        self.held = {
            "/apis/storage.k8s.io/v1/storageclasses": list(CLASSES.values()),
            "/api/v1/persistentvolumeclaims": claims or [],
            "/api/v1/persistentvolumes": made or [],
        }
        self.asked: list[tuple[str, str, Any]] = []

    def items(self, path: str) -> list[dict[str, Any]]:
        return self.held[path]

    def ask(self, method: str, path: str, body: Any = None) -> None:
        self.asked.append((method, path, body))

    def merge(self, path: str, change: Any) -> None:
        self.asked.append(("PATCH", path, change))


def reconcile(api: Recorded, layout: Layout) -> list[tuple[str, str, Any]]:
    Volumes(api, layout).reconcile()  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    return api.asked


@pytest.mark.parametrize(
    "asking",
    [
        claim(node=""),
        claim(phase="Bound"),
        claim(storageClassName="fast-disks"),
        {**claim(), "metadata": {**claim()["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}},
    ],
    ids=["no node chosen yet", "has one", "of another class", "going away"],
)
def test_only_a_claim_that_waits_for_us_gets_a_volume(asking: dict[str, Any]) -> None:
    assert volumes.waiting([asking], CLASSES, set()) == []


def test_a_claim_whose_volume_is_made_but_not_bound_yet_gets_no_second_one() -> None:
    assert volumes.waiting([claim()], CLASSES, {"pvc-data-uid-1"}) == []


def test_a_volume_is_a_folder_of_the_chosen_node_and_stays_there(layout: Layout) -> None:
    ((method, path, body),) = reconcile(Recorded([claim()]), layout)
    folder = layout.volumes / "node-2" / "tube_data_data-uid"
    assert (method, path) == ("POST", "/api/v1/persistentvolumes")
    assert folder.is_dir()
    assert body["spec"]["local"] == {"path": str(folder)}
    term = body["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]
    assert term == {"key": "kubernetes.io/hostname", "operator": "In", "values": ["node-2"]}
    assert body["spec"]["claimRef"]["uid"] == "data-uid-1"


def test_whoever_the_pod_runs_as_can_begin_in_it(layout: Layout) -> None:
    reconcile(Recorded([claim()]), layout)
    (folder,) = (layout.volumes / "node-2").iterdir()
    assert folder.stat().st_mode & 0o777 == 0o777


def test_when_the_claim_is_gone_the_folder_goes_before_the_volume(layout: Layout) -> None:
    folder = layout.volumes / "node-1" / "tube_data_1"
    folder.mkdir(parents=True)
    (folder / "base").write_text("rows")
    asked = reconcile(Recorded(made=[held(folder)]), layout)
    assert not folder.exists()
    assert asked == [("DELETE", "/api/v1/persistentvolumes/pvc-1", None)]


@pytest.mark.parametrize(
    "kept",
    [{"phase": "Bound"}, {"policy": "Retain"}, {"by": "example.com/disks"}],
    ids=["in use", "to be kept", "not ours"],
)
def test_data_that_is_in_use_or_kept_or_not_ours_is_not_touched(layout: Layout, kept: dict[str, str]) -> None:
    folder = layout.volumes / "node-1" / "tube_data_1"
    folder.mkdir(parents=True)
    assert reconcile(Recorded(made=[held(folder, **kept)]), layout) == []
    assert folder.is_dir()


def test_a_volume_that_points_elsewhere_removes_nothing_there(layout: Layout, tmp_path: Path) -> None:
    elsewhere = tmp_path / "precious"
    elsewhere.mkdir()
    reconcile(Recorded(made=[held(elsewhere)]), layout)
    assert elsewhere.is_dir()


def test_a_claim_that_asks_for_more_is_granted(layout: Layout) -> None:
    grown = claim(phase="Bound", size="5Gi", volumeName="pvc-1")
    grown["status"]["capacity"] = {"storage": "1Gi"}
    asked = reconcile(Recorded([grown], [held(layout.volumes / "node-1" / "x", phase="Bound")]), layout)
    assert [(method, path) for method, path, _ in asked] == [
        ("PATCH", "/api/v1/persistentvolumes/pvc-1"),
        ("PATCH", "/api/v1/namespaces/tube/persistentvolumeclaims/data/status"),
    ]


def test_a_claim_that_cannot_be_served_does_not_hold_up_the_others(layout: Layout) -> None:
    """Its node may be one that is not of this cluster; the agent says so and tries again."""
    api = Recorded([claim("lost", node="node-9"), claim("data")])
    with pytest.raises(Trouble, match="node-9"):
        reconcile(api, layout)
    assert [body["spec"]["claimRef"]["name"] for _, _, body in api.asked] == ["data"]
