"""Kafka, Postgres clusters, caches, buckets and the object store (spec rows F2.1, F3.1, P11)."""

from collections.abc import Mapping

from wireplan.model.base import unsaid
from wireplan.model.databases import Backup as WrittenBackup
from wireplan.model.databases import DatabaseCluster as WrittenCluster
from wireplan.model.messaging import Kafka as WrittenKafka
from wireplan.model.stores import ObjectStore as WrittenStore
from wireplan.topology import capacity, defaults, messaging, names
from wireplan.topology.context import Context, pick, resources, seconds, share, volume
from wireplan.topology.types import (
    Backup,
    Bucket,
    Cache,
    DatabaseCluster,
    DatabaseUse,
    Kafka,
    ObjectStore,
    Pooler,
    Service,
    Synchronous,
)

VALKEY_IMAGE = "docker.io/valkey/valkey:8.1"
OBJECTS_IMAGE = "ghcr.io/versity/versitygw:v1.8.0"
KAFKA_IMAGE = "docker.io/apache/kafka"
POSTGRES_IMAGE = "ghcr.io/cloudnative-pg/postgresql"


def kafka(context: Context) -> Kafka | None:
    """The Kafka cluster, where the system has topics or says that it wants one."""
    if context.system.kafka is None and not context.system.topics:
        return None
    written, profile = context.system.kafka or unsaid(WrittenKafka), context.profile
    provider = context.environment.kafka_provider
    version = pick(profile, defaults.KAFKA_VERSION, written.version)
    heap = int(pick(profile, defaults.KAFKA_HEAP, written.heap))
    return Kafka(
        provider=provider,
        version=version,
        brokers=messaging.brokers(context),
        image=f"{KAFKA_IMAGE}:{version}",
        bootstrap=written.bootstrap or names.kafka_bootstrap(provider, context.namespace),
        volume=volume(context, defaults.KAFKA_DISK, written.volume),
        heap=heap,
        resources=resources(profile, defaults.KAFKA_CPU, capacity.broker_memory(heap), written.resources),
        auto_create_topics=pick(profile, defaults.AUTO_CREATE, written.auto_create_topics),
        unclean_leader_election=pick(profile, defaults.UNCLEAN, written.unclean_leader_election),
        availability=share(written.availability),
    )


Users = list[tuple[Service, DatabaseUse]]
"""Services that have a database in a cluster, and how they use it."""


def databases(context: Context, services: Mapping[str, Service]) -> dict[str, DatabaseCluster]:
    """Every Postgres cluster."""
    users: dict[str, Users] = {name: [] for name in context.system.databases}
    for service in services.values():
        if service.database:
            users[service.database.cluster].append((service, service.database))
    return {name: cluster(context, name, w, users[name]) for name, w in context.system.databases.items()}


def cluster(context: Context, name: str, written: WrittenCluster, users: Users) -> DatabaseCluster:
    """One Postgres cluster with everything explicit."""
    profile = context.profile
    instances = pick(profile, defaults.INSTANCES, written.instances)
    version = pick(profile, defaults.POSTGRES_VERSION, written.version)
    owners = {use.name: service.name for service, use in users}
    found = resources(profile, defaults.POSTGRES_CPU, defaults.POSTGRES_MEMORY, written.resources)
    before = pooler(name, users) if pick(profile, defaults.POOLER, written.pooler) else None
    rpo = float(written.rpo) if written.rpo is not None else 0.0 if instances >= 3 else None
    return DatabaseCluster(
        name=name,
        provider=context.environment.postgres_provider,
        resource=names.postgres(name),
        version=version,
        image=f"{POSTGRES_IMAGE}:{version}",
        instances=instances,
        rpo=rpo,
        databases={database: owners.get(database, "") for database in written.databases},
        max_connections=written.max_connections
        or capacity.max_connections(
            ((service.replicas, use) for service, use in users), before.instances if before else 1
        ),
        reserved_connections=defaults.RESERVED.value,
        synchronous=synchronous(written, instances, rpo),
        volume=volume(context, defaults.POSTGRES_DISK, written.volume),
        resources=found,
        backup=backup(profile, written.backup) if written.backup else None,
        pooler=before,
        parameters={
            "shared_buffers": capacity.shared_buffers(found.memory_limit),
            "synchronous_commit": "on",
            **written.parameters,
        },
        availability=share(written.availability),
    )


def pooler(cluster: str, users: Users) -> Pooler:
    """PgBouncer before a cluster. Any one pod may be given all clients, so none of them ever waits for another pod's."""
    held = [capacity.pooled(service.replicas, use) for service, use in users]
    return Pooler(
        write=names.pooler(cluster, "rw"),
        read=names.pooler(cluster, "ro"),
        instances=defaults.POOLER_INSTANCES.value,
        pool_size=max(held, default=1),
        clients=max(defaults.CONNECTIONS.value, sum(held)),
    )


def synchronous(written: WrittenCluster, instances: int, rpo: float | None) -> Synchronous | None:
    """Synchronous replication: as written, else one replica confirms where nothing may be lost (PG001)."""
    if written.synchronous is not None:
        own = written.synchronous
        return Synchronous(own.method, own.number, own.durability, own.failover_quorum)
    if rpo != 0 or instances < 2:
        return None
    return Synchronous("any", 1, "required", failover_quorum=True)


def backup(profile: str, written: WrittenBackup) -> Backup:
    """Backups and their verification (spec row F3.5)."""
    return Backup(
        to=written.to,
        every=seconds(profile, defaults.BACKUP_EVERY, written.every),
        keep=seconds(profile, defaults.BACKUP_KEEP, written.keep),
        verify=seconds(profile, defaults.BACKUP_VERIFY, written.verify),
    )


def caches(context: Context) -> dict[str, Cache]:
    """Every cache."""
    found: dict[str, Cache] = {}
    for name, written in context.system.caches.items():
        memory = int(pick(context.profile, defaults.CACHE_MEMORY, written.memory))
        found[name] = Cache(
            name=name,
            resource=names.cache(name),
            host=names.dns(names.cache(name), context.namespace),
            port=names.CACHE_PORT,
            image=VALKEY_IMAGE,
            memory=memory,
            eviction=pick(context.profile, defaults.CACHE_EVICTION, written.eviction),
            resources=resources(
                context.profile, defaults.CACHE_CPU, capacity.cache_memory(memory), written.resources
            ),
        )
    return found


def buckets(context: Context) -> dict[str, Bucket]:
    """Every bucket."""
    return {
        name: Bucket(
            name, written.uploads_through, pick(context.profile, defaults.BUCKET_DURABLE, written.durable)
        )
        for name, written in context.system.buckets.items()
    }


def object_store(context: Context) -> ObjectStore | None:
    """The object store, where the system has buckets or says that it wants one."""
    if context.system.object_store is None and not context.system.buckets:
        return None
    written, profile = context.system.object_store or unsaid(WrittenStore), context.profile
    return ObjectStore(
        provider=pick(profile, defaults.STORE_PROVIDER, written.provider),
        resource=names.OBJECTS,
        endpoint=(written.endpoint or "").rstrip("/")
        or f"http://{names.dns(names.OBJECTS, context.namespace)}:{names.OBJECTS_PORT}",
        region=pick(profile, defaults.REGION, written.region),
        port=names.OBJECTS_PORT,
        image=OBJECTS_IMAGE,
        secret=names.OBJECTS,
        volume=volume(context, defaults.STORE_DISK, written.volume),
        resources=resources(profile, defaults.STORE_CPU, defaults.STORE_MEMORY, written.resources),
        availability=share(written.availability),
    )
