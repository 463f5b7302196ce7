"""Who says how many pods there are: we let go of it when an autoscaler comes.

Server-side apply resets a field whose only owner no longer names it; of the number of pods that leaves one. So before the
objects are applied without it, our ownership of the field is taken back, and its value stays until the autoscaler looks.
The way back needs nothing: what an autoscaler writes into a field without an owner stays without one.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from wireplan.manifests.thing import Object
from wireplan.rim.program import tree
from wireplan.rim.program.bodies import Body, at, rows

if TYPE_CHECKING:
    from wireplan.rim.program.kube import Cluster

VERSION, WORKLOADS = "apps/v1", ("Deployment", "StatefulSet")
SPEC, REPLICAS = "f:spec", "f:replicas"


def hand_over(cluster: "Cluster", wanted: Sequence[Object], stack: str, project: str) -> list[str]:
    """Let go of the number of pods where the objects name none any more; the workloads concerned."""
    from wireplan.rim.program.kube import address

    open_ended = {
        (one.kind, one.name): tree.manager(tree.urn(stack, project, one))
        for one in wanted
        if one.kind in WORKLOADS and "replicas" not in one.body["spec"]
    }
    done: list[str] = []
    for kind in sorted({kind for kind, _ in open_ended}):
        for body in cluster.items(VERSION, kind):
            name, owners = str(at(body, "metadata", "name")), rows(body, "metadata", "managedFields")
            kept = list(without(owners, open_ended.get((kind, name), "")))
            if kept != owners:
                place = address(VERSION, kind, cluster.namespace, name)
                cluster.send("PATCH", place, {"metadata": {"managedFields": kept}})
                done.append(f"{kind} {name}")
    return done


def without(owners: Sequence[Body], manager: str) -> Iterator[Body]:
    """The owners of an object's fields, where `manager` has let go of the number of pods and of nothing else."""
    for owner in owners:
        if owner.get("manager") != manager or at(owner, "fieldsV1", SPEC, REPLICAS) is None:
            yield owner
            continue
        spec = {key: value for key, value in owner["fieldsV1"][SPEC].items() if key != REPLICAS}
        fields: dict[str, Any] = {**owner["fieldsV1"], SPEC: spec}
        yield {**owner, "fieldsV1": fields}
