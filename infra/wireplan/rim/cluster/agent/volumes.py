"""Persistent volumes as folders of a node: made, grown and removed as their claims ask. Deciding is pure; `Volumes` acts."""

import shutil
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from wireplan.rim.cluster.api import Api, Object, RefusedError, annotation
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.cluster.objects.ground import PROVISIONER
from wireplan.rim.talk import say
from wireplan.rim.trouble import Trouble

SELECTED = "volume.kubernetes.io/selected-node"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"


def ours(classes: Iterable[Object]) -> dict[str, Object]:
    """The storage classes whose volumes we make."""
    return {one["metadata"]["name"]: one for one in classes if one.get("provisioner") == PROVISIONER}


def waiting(claims: Iterable[Object], classes: Mapping[str, Object], names: set[str]) -> list[Object]:
    """The claims that need a volume now: of a class of ours, their node chosen, their volume not yet made."""
    return [
        claim
        for claim in claims
        if claim["spec"].get("storageClassName") in classes
        and claim.get("status", {}).get("phase") == "Pending"
        and annotation(claim, SELECTED)
        and not claim["metadata"].get("deletionTimestamp")
        and volume_name(claim) not in names
    ]


def volume_name(claim: Object) -> str:
    """The name of a claim's volume."""
    return f"pvc-{claim['metadata']['uid']}"


def volume(claim: Object, storage_class: Object, folder: Path) -> Object:
    """The volume for a claim."""
    meta, spec = claim["metadata"], claim["spec"]
    node = meta["annotations"][SELECTED]
    here = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": volume_name(claim), "annotations": {PROVISIONED_BY: PROVISIONER}},
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec["accessModes"],
            "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
            "storageClassName": spec["storageClassName"],
            "volumeMode": "Filesystem",
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": meta["namespace"],
                "name": meta["name"],
                "uid": meta["uid"],
            },
            "local": {"path": str(folder)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [here]}},
        },
    }


def made_by_us(volumes: Iterable[Object]) -> list[Object]:
    """The volumes that came from here."""
    return [one for one in volumes if annotation(one, PROVISIONED_BY) == PROVISIONER]


def released(volumes: Iterable[Object]) -> list[Object]:
    """The volumes whose claim is gone and whose data nobody asked to keep."""
    return [
        one
        for one in made_by_us(volumes)
        if one.get("status", {}).get("phase") == "Released"
        and one["spec"]["persistentVolumeReclaimPolicy"] == "Delete"
        and not one["metadata"].get("deletionTimestamp")
    ]


def outgrown(claims: Iterable[Object], volumes: Iterable[Object]) -> list[tuple[Object, Object]]:
    """Claims that ask for more than they have, each with its volume. A folder has no size, so growing is saying so."""
    by_name = {one["metadata"]["name"]: one for one in made_by_us(volumes)}
    pairs = [(claim, by_name.get(claim["spec"].get("volumeName", ""))) for claim in claims]
    return [
        (claim, found)
        for claim, found in pairs
        if found is not None
        and claim.get("status", {}).get("phase") == "Bound"
        and claim["status"].get("capacity", {}).get("storage")
        != claim["spec"]["resources"]["requests"]["storage"]
    ]


def each(work: Iterable[Callable[[], None]]) -> None:
    """Do every piece of work: one claim that cannot be served must not hold up all others. Then tell of the first that failed.

    Raises:
        RefusedError: or whatever else that first one raised; the agent tries again.
    """
    failed: list[Exception] = []
    for piece in work:
        try:
            piece()
        except (RefusedError, Trouble, OSError) as error:
            failed.append(error)
    if failed:
        raise failed[0]


class Volumes:
    """Keeps folders and volumes as the claims ask."""

    def __init__(self, api: Api, layout: Layout) -> None:
        self.api = api
        self.layout = layout

    def reconcile(self) -> None:
        """Make, grow and remove."""
        classes = ours(self.api.items("/apis/storage.k8s.io/v1/storageclasses"))
        claims = self.api.items("/api/v1/persistentvolumeclaims")
        volumes = self.api.items("/api/v1/persistentvolumes")
        names = {one["metadata"]["name"] for one in volumes}
        each(
            [
                *(
                    partial(self.make, claim, classes[claim["spec"]["storageClassName"]])
                    for claim in waiting(claims, classes, names)
                ),
                *(partial(self.grow, claim, found) for claim, found in outgrown(claims, volumes)),
                *(partial(self.remove, one) for one in released(volumes)),
            ]
        )

    def make(self, claim: Object, storage_class: Object) -> None:
        """A folder on the chosen node, then the volume."""
        meta = claim["metadata"]
        node = self.layout.named(meta["annotations"][SELECTED])
        folder = self.layout.volumes / node.name / f"{meta['namespace']}_{meta['name']}_{meta['uid'][:8]}"
        folder.mkdir(parents=True, exist_ok=True)
        # Like a fresh disk with any file system: whoever the pod runs as must be able to begin.
        folder.chmod(0o777)
        self.api.ask("POST", "/api/v1/persistentvolumes", volume(claim, storage_class, folder))
        say(f"{meta['namespace']}/{meta['name']} has a volume on {node.name}")

    def grow(self, claim: Object, found: Object) -> None:
        """Let volume and claim say the new size."""
        meta = claim["metadata"]
        size: dict[str, Any] = {"capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]}}
        self.api.merge(f"/api/v1/persistentvolumes/{found['metadata']['name']}", {"spec": size})
        path = f"/api/v1/namespaces/{meta['namespace']}/persistentvolumeclaims/{meta['name']}/status"
        self.api.merge(path, {"status": size})

    def remove(self, one: Object) -> None:
        """Remove the folder, then the volume: the other way round, a crash between would keep the folder for ever."""
        folder = Path(one["spec"]["local"]["path"])
        if folder.parent.parent == self.layout.volumes and folder.is_dir():
            shutil.rmtree(folder)
        self.api.ask("DELETE", f"/api/v1/persistentvolumes/{one['metadata']['name']}")
        say(f"removed the volume of {one['spec']['claimRef']['namespace']}/{one['spec']['claimRef']['name']}")
