"""The namespace, which enforces the restricted pod security standard."""

from collections.abc import Iterator

from wireplan.manifests import labels
from wireplan.manifests.thing import Object, Plan, thing

SECURITY = "pod-security.kubernetes.io/"
LEVEL = "restricted"
SECURITY_VERSION = "v1.34"  # what the standard meant in that release; raised on purpose, not by an upgrade


@thing("namespace", rank=0)
def namespace(plan: Plan) -> Iterator[Object]:
    """It goes last and by name only: with a namespace goes everything in it, volumes included."""
    topology = plan.topology
    levels = {f"{SECURITY}{mode}": LEVEL for mode in ("enforce", "audit", "warn")}
    versions = {f"{SECURITY}{mode}-version": SECURITY_VERSION for mode in ("enforce", "audit", "warn")}
    name = topology.environment.namespace
    own = labels.of(topology, topology.system, "namespace")
    metadata = {"name": name, "labels": {**own, **dict(sorted((levels | versions).items()))}}
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    yield Object(("namespace", topology.system), body, holds=f"namespace {name}")
