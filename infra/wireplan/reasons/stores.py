"""What makes it safe to keep something: databases, caches, buckets, and systems that are not ours."""

from collections.abc import Iterator

from wireplan.reasons import survivals
from wireplan.reasons.facts import Fact
from wireplan.rules.words import duration, listed, size
from wireplan.topology import capacity
from wireplan.topology.addresses import Address
from wireplan.topology.types import (
    Bucket,
    Cache,
    DatabaseCluster,
    DatabaseUse,
    External,
    ObjectStore,
    Path,
    Topology,
)


def of_database(topology: Topology, use: DatabaseUse) -> Iterator[Fact]:
    """The facts of a service's database."""
    path: Path = ("services", use.service, "database")
    service, cluster = topology.services[use.service], topology.databases[use.cluster]
    own = f"database {use.name} is {use.service}'s alone, so a transaction never crosses services"
    yield Fact("owner", own, (*path, "name"), ("YML040",))
    pool = f"{use.pool.max} connections a pod, {duration(use.pool.timeout)} for one to be free, a statement {duration(use.statement_timeout)} at most"
    yield Fact("pool", pool, (*path, "pool", "max"))
    count = capacity.connections(service.replicas, use, capacity.poolers(cluster))
    yield Fact(
        "connections", f"{count} of {use.service} among the {cluster.max_connections} that {cluster.name} takes",
        ("databases", cluster.name, "max_connections"), ("PG006",),
    )  # fmt: skip
    reads = (
        f"{listed(use.reads_from_replicas)} alone, which decide no write"
        if use.reads_from_replicas
        else "none"
    )
    yield Fact("replica reads", reads, ("services", use.service, "reads_from_replicas"), ("PG005",))
    yield from of_cluster(cluster)
    yield from survivals.of_database(cluster)


def of_cluster(cluster: DatabaseCluster) -> Iterator[Fact]:
    """What of a Postgres cluster may fail without losing a write."""
    path: Path = ("databases", cluster.name)
    yield Fact("instances", f"{cluster.instances}", (*path, "instances"), ("PG001", "PG003", "PG011"))
    if cluster.rpo is not None:
        said = "nothing acknowledged is lost" if cluster.rpo == 0 else f"{duration(cluster.rpo)} may be lost"
        yield Fact("rpo", said, (*path, "rpo"), ("PG001",))
    if cluster.synchronous:
        own = cluster.synchronous
        quorum = (
            "who is promoted has every acknowledged write"
            if own.failover_quorum
            else "no quorum decides who is promoted"
        )
        says = f"{own.method} {own.number} replica confirms each write, durability {own.durability}; {quorum}"
        yield Fact(
            "confirmed", says, (*path, "synchronous"), ("PG001", "PG002", "PG003", "PG004"), patched=True
        )
    disk = [f"{name} {cluster.parameters.get(name, 'on')}" for name in ("fsync", "synchronous_commit")]
    yield Fact(
        "commit",
        f"{listed(disk)}: acknowledged when it is on disk, where both are on",
        (*path, "parameters"),
        ("PG010",),
    )
    own = "each one that Postgres takes and the operator leaves to it"
    yield Fact("parameters", own, (*path, "parameters"), ("PG012",))
    if cluster.pooler:
        yield Fact("pooler", "keeps a session for its client", (*path, "pooler"), ("PG007",), patched=True)
    yield from of_backup(cluster)


def of_backup(cluster: DatabaseCluster) -> Iterator[Fact]:
    """What brings a cluster back that is gone as a whole."""
    path: Path = ("databases", cluster.name, "backup")
    own = cluster.backup
    if own is None:
        yield Fact("backup", "none", path, ("PG008",))
        return
    yield Fact(
        "backup",
        f"every {duration(own.every)} to bucket {own.to}, kept {duration(own.keep)}",
        path,
        ("PG008",),
        patched=True,
    )
    yield Fact("restore", f"tried every {duration(own.verify)}", (*path, "verify"), ("PG009",))


def of_cache(cache: Cache) -> Iterator[Fact]:
    """A cache may be gone at any time."""
    path: Path = ("caches", cache.name)
    yield Fact(
        "memory",
        f"{size(cache.memory)}, then {cache.eviction}; nothing is kept here alone",
        (*path, "eviction"),
        ("CAC001", "RPC013"),
    )


def of_bucket(bucket: Bucket) -> Iterator[Fact]:
    """A bucket of the object store."""
    kept = (
        "kept when it is taken out of the file"
        if bucket.durable
        else "removed when it is taken out of the file"
    )
    yield Fact("kept", kept, ("buckets", bucket.name, "durable"), ("PG008", "K8S004"))


def of_objects(store: ObjectStore | None) -> Iterator[Fact]:
    """What the buckets lie in."""
    if store is None:
        return
    own = "one pod over one disk, with no copy of either"
    where = own if store.provider == "builtin" else "a store that is not ours, and keeps what it promises"
    yield Fact("object store", where, ("object_store", "provider"), ("K8S004",))


def of_outside(edge: str, store: Address, path: Path) -> Iterator[Fact]:
    """The way of an edge to a store that is not ours."""
    spoken = "by TLS" if store.tls else "in plain text"
    said = f"outwards, {spoken}, as {store.authority}: uploads are signed for that name"
    yield Fact("way", said, ("object_store", "endpoint"))
    out = f"{edge} may connect to port {store.port} of any address: a NetworkPolicy knows no names"
    yield Fact("network", out, path, ("SEC002",), patched=True)


def of_external(external: External) -> Iterator[Fact]:
    """A system that is not ours."""
    path: Path = ("externals", external.name)
    yield Fact("protocol", f"{external.protocol}, as it speaks itself", (*path, "kind"))
    yield Fact("time", f"{duration(external.timeout)}, then it counts as away", (*path, "timeout"))
    yield Fact("address", "without a secret in it", (*path, "url"), ("SEC003",))
