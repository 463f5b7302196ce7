"""A copy of a Postgres cluster out of its backups, beside it and for an hour: what shows that they restore (spec row F3.5).

It writes no log of its own, so it can spoil nothing in the archive, and nobody but the operator may connect to it.
"""

from wireplan.manifests import labels, pods, policies
from wireplan.manifests.flow import End, Port
from wireplan.manifests.providers.postgres import cloudnative_pg as own
from wireplan.manifests.thing import Body, present
from wireplan.manifests.traffic import object_store, store_port
from wireplan.topology import names
from wireplan.topology.types import DatabaseCluster, Topology

ORIGIN = "origin"
COMPONENT = f"{labels.PREFIX}component"
ROLE = "postgres-restored"


def name(cluster: DatabaseCluster) -> str:
    """Of the copy, and of its policy."""
    return names.restored(cluster.name)


def proof(cluster: DatabaseCluster) -> str:
    """Of the ConfigMap that says when a restore was last proved."""
    return f"{cluster.resource}-restores"


def copy(topology: Topology, cluster: DatabaseCluster, until: str) -> Body:
    """One member with all that was committed up to the place `until` in the log (an LSN), and nothing after it."""
    backup = present(cluster.backup)
    settings = own.postgresql(cluster)
    settings.pop("synchronous", None)  # one member has nobody to wait for
    origin = {
        "name": ORIGIN,
        "barmanObjectStore": own.archive(topology, backup) | {"serverName": cluster.resource},
    }
    recovery = {"source": ORIGIN, "recoveryTarget": {"targetLSN": until}}
    spec: Body = {
        "instances": 1,
        "imageName": cluster.image,
        "imagePullPolicy": "IfNotPresent",
        "enablePDB": False,
        "enableSuperuserAccess": False,
        "storage": own.storage(cluster),
        "resources": pods.resources(cluster.resources),
        "postgresql": settings,
        "bootstrap": {"recovery": recovery},
        "externalClusters": [origin],
    }
    return {"apiVersion": own.API, "kind": "Cluster", "metadata": metadata(topology, cluster), "spec": spec}


def policies_of(topology: Topology, cluster: DatabaseCluster) -> list[Body]:
    """The copy reaches the backups and the API server, the operator reaches the copy, and nobody else does."""
    me = End(name(cluster), {own.CLUSTER_LABEL: name(cluster)})
    store, port = object_store(topology), policies.entry(Port(store_port(topology)))
    api = [policies.entry(Port(number)) for number in own.API_SERVER]
    operator = policies.in_namespace(own.OPERATOR_NAMESPACE, own.OPERATOR_PODS)
    leaves: list[Body] = [
        {"to": policies.anywhere(), "ports": api},
        {"to": policies.anywhere() if store.outside else [policies.peer(store)], "ports": [port]},
    ]
    enters: list[Body] = [{"from": [operator], "ports": [policies.entry(Port(own.STATUS))]}]
    both: Body = {"policyTypes": ["Ingress", "Egress"], "ingress": enters, "egress": leaves}
    made = [policy(topology, cluster, name(cluster), me, both)]
    if not store.outside:
        let: list[Body] = [{"from": [policies.peer(me)], "ports": [port]}]
        at_the_store: Body = {"policyTypes": ["Ingress"], "ingress": let}
        made.append(policy(topology, cluster, f"{name(cluster)}-reads", store, at_the_store))
    return made


def mine(found: Body) -> bool:
    """Whether an object that is called like one of a copy is one."""
    return found["metadata"].get("labels", {}).get(COMPONENT) == ROLE


def policy(topology: Topology, cluster: DatabaseCluster, called: str, end: End, rules: Body) -> Body:
    """One NetworkPolicy."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(topology, cluster) | {"name": called},
        "spec": {"podSelector": {"matchLabels": dict(end.pods or {})}, **rules},
    }


def metadata(topology: Topology, cluster: DatabaseCluster) -> Body:
    """Name and labels of what belongs to the copy."""
    return {
        "name": name(cluster),
        "namespace": topology.environment.namespace,
        "labels": labels.of(topology, name(cluster), ROLE),
    }
