"""Names in Pulumi: tokens, and the URNs that follow from them. They are a contract: a changed one is a replaced resource."""

import hashlib
from collections.abc import Callable, Mapping

from wireplan.manifests.thing import Component, Object
from wireplan.topology import names
from wireplan.topology.types import Move

PACKAGE = "kubernetes"
TOKENS = {
    "namespace": "wireplan:system:Namespace",
    "network": "wireplan:system:Network",
    "certificates": "wireplan:system:Certificates",
    "kafka": "wireplan:kafka:Kafka",
    "topics": "wireplan:kafka:Topics",
    "postgres": "wireplan:postgres:Postgres",
    "backups": "wireplan:postgres:Backups",
    "cache": "wireplan:cache:Cache",
    "objects": "wireplan:objects:ObjectStore",
    "buckets": "wireplan:objects:Buckets",
    "external": "wireplan:external:External",
    "service": "wireplan:service:Service",
    "edge": "wireplan:edge:Edge",
    "monitoring": "wireplan:system:Monitoring",
}
MOVABLE = {
    "services": "service",
    "edges": "edge",
    "caches": "cache",
}  # what `moved:` may say of names in the tree
RESOURCES: dict[str, Callable[[str], str]] = {
    "service": str,
    "edge": names.edge,
    "cache": names.cache,
}  # what the names of a component's objects begin with

# What has to be there before what, inside one component. A Service of type LoadBalancer counts as ready when pods are
# behind it, so it comes after them; other Services are headless and are waited for by nobody.
PODS = frozenset({"Deployment", "StatefulSet", "Job", "Cluster", "Kafka", "KafkaNodePool"})
LAST = frozenset({"HorizontalPodAutoscaler", "Database", "ScheduledBackup", "KafkaTopic", "KafkaUser"})


def component_token(component: Component) -> str:
    """The type of a node of the tree."""
    return TOKENS[component[0]]


def token(one: Object) -> str:
    """The type of an object's resource, as pulumi-kubernetes calls it."""
    version = str(one.body["apiVersion"])
    return f"{PACKAGE}:{version if '/' in version else f'core/{version}'}:{one.kind}"


def urn(stack: str, project: str, one: Object) -> str:
    """The whole name of an object's resource."""
    kinds = f"{component_token(one.component)}${token(one)}"
    return f"urn:pulumi:{stack}::{project}::{kinds}::{one.name}"


def manager(name: str) -> str:
    """The field manager of a resource, from its URN.

    The provider would make a random one: an object whose creation was interrupted then could not be created again, since it
    conflicts with itself. And two resources that mean one object conflict, as they should.
    """
    return f"wireplan-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def stage(one: Object) -> int:
    """0 for what pods need, 1 for what runs them, 2 for what needs them."""
    if one.kind in PODS:
        return 1
    balanced = one.kind == "Service" and one.body["spec"]["type"] == "LoadBalancer"
    return 2 if one.kind in LAST or balanced else 0


def former_names(moves: tuple[Move, ...]) -> dict[Component, str]:
    """What components were called before, by `moved:`."""
    found: dict[Component, str] = {}
    for move in moves:
        (old_kind, _, old), (new_kind, _, new) = move.old.partition("."), move.new.partition(".")
        if old_kind == new_kind and new_kind in MOVABLE:
            found[MOVABLE[new_kind], new] = old
    return found


def former_name(one: Object, former: Mapping[Component, str]) -> str | None:
    """What an object was called before its component was renamed; None where that was not."""
    kind, new = one.component
    old = former.get(one.component)
    if old is None:
        return None
    begins = RESOURCES[kind](new)
    return RESOURCES[kind](old) + one.name[len(begins) :] if one.name.startswith(begins) else one.name


def title(component: Component) -> str:
    """A component for people: `service upload`."""
    kind, name = component
    return (
        kind
        if kind == name or kind in ("namespace", "network", "topics", "buckets", "monitoring")
        else f"{kind} {name}"
    )
