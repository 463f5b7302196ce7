"""Postgres by CloudNativePG: one Cluster, a Database and an owner a service, quorum failover (spec rows F3.1, F3.6).

Synchronous replication alone does not keep every acknowledged write: with `any 1` the replica that is left may not be the
one that has it. `failoverQuorum` makes the operator ask before it promotes.
"""

from collections.abc import Iterator, Mapping

from wireplan.manifests import common, pods, policies, quantity
from wireplan.manifests.common import Owner
from wireplan.manifests.flow import End, Port
from wireplan.manifests.pods import HOST, ZONE, constraint
from wireplan.manifests.thing import Body, Component, Object, Plan, Value, present
from wireplan.topology import names
from wireplan.topology.types import Backup, DatabaseCluster, Pooler, Topology

API = "postgresql.cnpg.io/v1"
CLUSTER_LABEL = "cnpg.io/cluster"
POOLER_LABEL = "cnpg.io/poolerName"
POOLER_CPU, POOLER_MEMORY = (
    50,
    128 * 1024**2,
)  # PgBouncer takes little; the operator's manager beside it some tens of MB
POOLER_IDLE = (
    60  # seconds that a connection is kept for the next client; PgBouncer's 600 outlast every rolling update
)
RELOAD = {"cnpg.io/reload": "true"}  # the operator follows a changed password
OPERATOR_NAMESPACE, OPERATOR_PODS = "cnpg-system", {"app.kubernetes.io/name": "cloudnative-pg"}
STATUS = 8000  # the instance manager's port
API_SERVER = (443, 6443)
STOP_DELAY, SWITCHOVER_DELAY = (
    210,
    120,
)  # seconds; the operator's 1800 and 3600 favour RPO over RTO, which the quorum keeps anyway
DAY, HOUR = 86_400, 3_600


def member_pods(topology: Topology, cluster: DatabaseCluster) -> Mapping[str, str] | None:
    """The operator's own label."""
    del topology
    return {CLUSTER_LABEL: cluster.resource}


def objects(plan: Plan, cluster: DatabaseCluster) -> Iterator[Object]:
    """The Cluster, who may reach it, and each service's database."""
    topology = plan.topology
    after = (("namespace", topology.system), ("network", topology.system))
    owner = Owner(topology, cluster.resource, "postgres", ("postgres", cluster.name), after)
    for database in sorted(cluster.databases):
        yield password(owner, cluster, database)
    yield traffic_policy(plan, owner, cluster)
    yield cluster_object(owner, cluster)
    for database in sorted(cluster.databases):
        yield database_object(owner, cluster, database)
    if cluster.pooler:
        yield from poolers(owner, cluster, cluster.pooler)


def password(owner: Owner, cluster: DatabaseCluster, database: str) -> Object:
    """The owner's user name, which is no secret, and its password."""
    name = names.database_secret(cluster.name, database)
    made = common.secret(
        owner, name, {"password": Value("password")}, {"username": database}, "kubernetes.io/basic-auth"
    )
    made.body["metadata"]["labels"] |= RELOAD
    return made


def cluster_object(owner: Owner, cluster: DatabaseCluster) -> Object:
    """The Cluster; it counts as there when all its members are ready."""
    spec: Body = {
        "instances": cluster.instances,
        "imageName": cluster.image,
        "imagePullPolicy": "IfNotPresent",
        "enablePDB": True,
        "enableSuperuserAccess": False,
        "primaryUpdateStrategy": "unsupervised",
        "primaryUpdateMethod": "switchover",
        "failoverDelay": 0,
        "stopDelay": STOP_DELAY,
        "switchoverDelay": SWITCHOVER_DELAY,
        "storage": storage(cluster),
        "resources": pods.resources(cluster.resources),
        "postgresql": postgresql(cluster),
        "managed": {"roles": [role(cluster, database) for database in sorted(cluster.databases)]},
        "affinity": {"enablePodAntiAffinity": True, "podAntiAffinityType": "required", "topologyKey": HOST},
        "topologySpreadConstraints": [constraint(ZONE, {CLUSTER_LABEL: cluster.resource}, "ScheduleAnyway")],
        # Readiness stays pg_isready: a replica that counts as unready for its lag leaves the quorum.
        "probes": {"liveness": {"isolationCheck": {"enabled": True}}},
    }
    if cluster.backup:
        keep = f"{max(1, round(cluster.backup.keep / DAY))}d"
        spec["backup"] = {
            "barmanObjectStore": archive(owner.topology, cluster.backup),
            "retentionPolicy": keep,
        }
    body: Body = {"apiVersion": API, "kind": "Cluster", "metadata": owner.metadata(), "spec": spec}
    ready = f"jsonpath={{.status.readyInstances}}={cluster.instances}"
    return owner.object(body, holds=f"database {cluster.name}", condition=ready)


def storage(cluster: DatabaseCluster) -> Body:
    """The volume of each member."""
    body: Body = {"size": quantity.memory(cluster.volume.size)}
    if cluster.volume.storage_class:
        body["storageClass"] = cluster.volume.storage_class
    return body


def postgresql(cluster: DatabaseCluster) -> Body:
    """Parameters, and synchronous replication with its quorum."""
    parameters = {**cluster.parameters, "max_connections": str(cluster.max_connections)}
    body: Body = {"parameters": dict(sorted(parameters.items()))}
    if cluster.synchronous:
        body["synchronous"] = {
            "method": cluster.synchronous.method,
            "number": cluster.synchronous.number,
            "dataDurability": cluster.synchronous.durability,
            "failoverQuorum": cluster.synchronous.failover_quorum,
        }
    return body


def role(cluster: DatabaseCluster, database: str) -> Body:
    """The owner of one database: it may log in and nothing more."""
    secret = {"name": names.database_secret(cluster.name, database)}
    return {"name": database, "ensure": "present", "login": True, "inherit": True, "passwordSecret": secret}


def database_object(owner: Owner, cluster: DatabaseCluster, database: str) -> Object:
    """One service's database; it stays in Postgres when its object goes."""
    name = f"{cluster.resource}-{database.replace('_', '-')}"
    spec: Body = {
        "name": database,
        "owner": database,
        "cluster": {"name": cluster.resource},
        "ensure": "present",
        "databaseReclaimPolicy": "retain",
    }
    body: Body = {"apiVersion": API, "kind": "Database", "metadata": owner.metadata(name), "spec": spec}
    return owner.object(body, holds=f"database {database}", condition="jsonpath={.status.applied}=true")


def poolers(owner: Owner, cluster: DatabaseCluster, pooler: Pooler) -> Iterator[Object]:
    """PgBouncer for writing and for reading. The operator labels its pods as the cluster's, so the cluster's policy is theirs.

    Session mode: migrations hold a lock from one transaction to the next, and the services' pools set what a session keeps.
    """
    parameters = {
        "default_pool_size": str(pooler.pool_size),
        "max_client_conn": str(pooler.clients),
        "server_idle_timeout": str(POOLER_IDLE),
    }
    for name, access in ((pooler.write, "rw"), (pooler.read, "ro")):
        spec: Body = {
            "cluster": {"name": cluster.resource},
            "type": access,
            "instances": pooler.instances,
            "pgbouncer": {"poolMode": "session", "parameters": parameters},
            "template": {"spec": pooler_pods(name)},
        }
        yield owner.object(
            {"apiVersion": API, "kind": "Pooler", "metadata": owner.metadata(name), "spec": spec}
        )


def pooler_pods(name: str) -> Body:
    """What the operator does not know of a pooler's pods: what they need, and that they stay apart."""
    memory = quantity.memory(POOLER_MEMORY)
    needs: Body = {
        "requests": {"cpu": quantity.cpu(POOLER_CPU), "memory": memory},
        "limits": {"memory": memory},
    }
    return {
        "containers": [{"name": "pgbouncer", "resources": needs}],
        "topologySpreadConstraints": [constraint(HOST, {POOLER_LABEL: name}, "ScheduleAnyway")],
    }


def traffic_policy(plan: Plan, owner: Owner, cluster: DatabaseCluster) -> Object:
    """Services as the Topology says; members among themselves; the operator; the API server, which members talk to."""
    end = End(cluster.resource, {CLUSTER_LABEL: cluster.resource})
    inside = [policies.entry(Port(names.POSTGRES_PORT)), policies.entry(Port(STATUS))]
    operator = policies.in_namespace(OPERATOR_NAMESPACE, OPERATOR_PODS)
    ingress: list[Body] = [{"from": [policies.peer(end), operator], "ports": inside}]
    egress: list[Body] = [
        {"to": [policies.peer(end)], "ports": inside},
        {"to": policies.anywhere(), "ports": [policies.entry(Port(number)) for number in API_SERVER]},
    ]
    return policies.allow(plan, owner, end, ingress=ingress, egress=egress)


def archive(topology: Topology, backup: Backup) -> Body:
    """Where backups and the write-ahead log are. In-tree barman ends with CloudNativePG 1.31: only this function knows it."""
    store = present(topology.object_store)
    keys = {
        "accessKeyId": {"name": store.secret, "key": "access_key"},
        "secretAccessKey": {"name": store.secret, "key": "secret_key"},
    }
    return {
        "destinationPath": f"s3://{backup.to}/",
        "endpointURL": store.endpoint,
        "s3Credentials": keys,
        "wal": {"compression": "gzip"},
        # Postgres spreads a checkpoint over minutes, to spare the others, and a backup waits for it. Alone on a small machine it need not.
        **({"data": {"immediateCheckpoint": True}} if topology.environment.profile == "dev" else {}),
    }


def backups(plan: Plan, cluster: DatabaseCluster) -> Iterator[Object]:
    """The base backups; the first one is taken at once, so the bucket must be there."""
    topology = plan.topology
    if cluster.backup is None:
        return
    after: list[Component] = [("postgres", cluster.name), ("network", topology.system)]
    if (store := present(topology.object_store)).provider == "builtin":
        after.append(("buckets", store.resource))
    owner = Owner(topology, cluster.resource, "postgres", ("backups", cluster.name), tuple(after))
    spec: Body = {
        "cluster": {"name": cluster.resource},
        "schedule": schedule(cluster.backup.every),
        "backupOwnerReference": "self",
        "immediate": True,
    }
    yield owner.object(
        {"apiVersion": API, "kind": "ScheduledBackup", "metadata": owner.metadata(), "spec": spec}
    )


def schedule(every: float) -> str:
    """A cron line with six fields: the operator's begins with seconds."""
    if every >= 7 * DAY:
        return "0 0 3 * * 0"
    days, hours = int(every // DAY), max(1, int(every // HOUR))
    if days >= 2:
        return f"0 0 3 */{days} * *"
    return "0 0 3 * * *" if days else f"0 0 */{hours} * * *"
