"""What a change would do, before it is done: data that it would destroy is refused, and what the engine refuses is told."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wireplan.manifests.objects import objects
from wireplan.manifests.thing import Images, Object
from wireplan.rim.program import protection, tree
from wireplan.rim.program.bodies import at, rows
from wireplan.rim.program.progress import Progress
from wireplan.rim.talk import say
from wireplan.rim.trouble import Trouble
from wireplan.topology.types import Topology

if TYPE_CHECKING:
    from pulumi.automation import Stack

    from wireplan.rim.program.kube import Cluster

PROTECTED = re.compile(
    r'resource "(urn:pulumi:[^"]+)" cannot be (?:deleted|replaced)|unable to (?:delete|replace) resource "(urn:[^"]+)"'
)
IMMUTABLE = re.compile(
    r'StatefulSet(?:\.apps)? "([^"]+)" is invalid: spec: Forbidden: updates to statefulset spec'
)
NAMESPACE = "kubernetes:core/v1:Namespace"
UNCHANGED = frozenset({"same", "read"})


def state(found: "Stack") -> dict[str, Any]:
    """The stack's state, without what an interrupted run had begun: creating it again finds it, and changes nothing twice."""
    deployment = dict(found.export_stack().deployment or {})
    if deployment.pop("pending_operations", None):
        restore(found, deployment)
    return deployment


def restore(found: "Stack", deployment: dict[str, Any]) -> None:
    """Put a changed state back."""
    from pulumi.automation import Deployment

    found.import_stack(Deployment(version=3, deployment=deployment))


def believable(
    found: "Stack", before: dict[str, Any], cluster: "Cluster", wanted: Sequence[Object]
) -> dict[str, Any]:
    """The state without what is not there any more: it may tell of a cluster that is gone, or of objects somebody deleted.

    A namespace that is missing, or another one of the same name, has taken all it held with it.
    """
    if not before.get("resources"):
        return before
    if strange(before, cluster):
        emptied: dict[str, Any] = {**before, "resources": []}
        restore(found, emptied)
        return emptied
    gone = absent(before, cluster, wanted)
    if gone:
        say(f"    {len(gone)} of its objects are gone from the cluster: they are made again")
        found.refresh(target=gone)
        return state(found)
    return before


def strange(before: Mapping[str, Any], cluster: "Cluster") -> bool:
    """Whether the namespace that the state tells of is not the one in the cluster."""
    known = [
        at(one, "outputs", "metadata", "uid")
        for one in rows(before, "resources")
        if one.get("type") == NAMESPACE
    ]
    live = cluster.find("v1", "Namespace", cluster.namespace)
    return bool(known) and known[0] != at(live, "metadata", "uid")


def absent(before: Mapping[str, Any], cluster: "Cluster", wanted: Sequence[Object]) -> list[str]:
    """URNs of wanted objects that the state knows and the cluster does not have."""
    kinds = {(str(one.body["apiVersion"]), one.kind) for one in wanted}
    there = {
        (kind, str(at(body, "metadata", "name")))
        for version, kind in sorted(kinds)
        for body in cluster.items(version, kind)
    }
    keys = {(one.kind, one.name) for one in wanted} - there
    return [
        str(one["urn"]) for one in rows(before, "resources")
        if (str(at(one, "inputs", "kind")), str(at(one, "inputs", "metadata", "name"))) in keys
    ]  # fmt: skip


def keep_data(before: Mapping[str, Any], topology: Topology, images: Images, name: str) -> None:
    """Refuse a change that would destroy data which the topology does not give up by name.

    Raises:
        Trouble: it would.
    """
    wanted = {tree.urn(name, topology.system, one): one.body for one in objects(topology, images)}
    lost = protection.refused(protection.steps(before, wanted), topology.allow_data_loss)
    if lost:
        raise Trouble("nothing was changed", why=protection.destroyed(lost))


def release(found: "Stack", before: dict[str, Any], topology: Topology) -> None:
    """Let go of what the topology allows to be destroyed; the protection stands in the state."""
    if protection.released(before, topology.allow_data_loss):
        restore(found, before)


def preview(found: "Stack", before: Mapping[str, Any]) -> Progress:
    """What would be done.

    Raises:
        Trouble: the plan is refused.
    """
    from pulumi.automation.errors import CommandError

    planned = Progress(silent)
    try:
        found.preview(on_event=planned.event)
    except CommandError as error:
        raise refused(planned, str(error), before) from error
    return planned


def silent(line: str) -> None:
    """A preview says nothing."""
    del line


def changing(planned: Progress) -> bool:
    """Whether a plan does anything."""
    return any(count for operation, count in planned.counts.items() if operation not in UNCHANGED)


def refused(planned: Progress, text: str, before: Mapping[str, Any]) -> Trouble:
    """Why a plan cannot be carried out: data first, then fields that cannot change, then whatever the engine says."""
    said = "\n".join(dict.fromkeys(failure.message for failure in planned.failures))
    protected = [first or second for first, second in PROTECTED.findall(text + said)]
    inputs = {str(one["urn"]): one.get("inputs") for one in rows(before, "resources")}
    lost = [protection.Loss(held, "would be deleted or replaced")
            for urn in dict.fromkeys(protected) if (held := protection.holds(inputs.get(urn)))]  # fmt: skip
    if lost:
        return Trouble("nothing was changed", why=protection.destroyed(lost))
    if found := IMMUTABLE.search(text + said):
        return immutable(found[1])
    return Trouble("the plan cannot be carried out", why=said or text)


def immutable(name: str) -> Trouble:
    """A StatefulSet's volumes and identity cannot be changed in place; the way around keeps pods and data."""
    return Trouble(
        f"nothing was changed: StatefulSet {name} cannot be changed so",
        why="Kubernetes lets only replicas, template and a few more fields of a StatefulSet change, not its volumes or selector",
        fix=f"for larger volumes: enlarge the claims (kubectl patch pvc data-{name}-N), then "
        f"`kubectl delete statefulset {name} --cascade=orphan`, which leaves pods and data alone, and run `wireplan up` again",
    )
