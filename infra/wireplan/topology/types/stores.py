"""What keeps data, and how services use it: databases, caches, buckets."""

from collections.abc import Mapping

from wireplan.records import dataclass
from wireplan.topology.types.resources import Resources, Volume


@dataclass(frozen=True, slots=True)
class Backup:
    """Where and how often a database is backed up, and how often a restore is verified (spec row F3.5). Seconds."""

    to: str
    every: float
    keep: float
    verify: float


@dataclass(frozen=True, slots=True)
class Synchronous:
    """Synchronous replication: `any number`, durability required or preferred, quorum failover."""

    method: str
    number: int
    durability: str
    failover_quorum: bool


@dataclass(frozen=True, slots=True)
class Pooler:
    """PgBouncer before a cluster: pods and a Service for writing, the same for reading; services connect to it (spec row F3.2)."""

    write: str  # pg-main-pooler-rw
    read: str
    instances: int  # pods of each of the two
    pool_size: int  # connections of one pod to one database
    clients: int  # connections that one pod takes


@dataclass(frozen=True, slots=True)
class DatabaseCluster:
    """A Postgres cluster (spec rows F3.1, F3.6). `rpo` in seconds; 0 = no acknowledged write may be lost."""

    name: str
    provider: str
    resource: str  # pg-main
    version: str
    image: str
    instances: int
    rpo: float | None
    databases: Mapping[str, str]  # database -> owning service
    max_connections: int
    reserved_connections: int
    synchronous: Synchronous | None
    volume: Volume
    resources: Resources
    backup: Backup | None
    pooler: Pooler | None
    parameters: Mapping[str, str]
    availability: float | None = None  # a share of time, below 1; None: not known


@dataclass(frozen=True, slots=True)
class Pool:
    """A service's connection pool to one endpoint of its database. Seconds."""

    min: int
    max: int
    timeout: float
    max_waiting: int
    max_lifetime: float
    connect_timeout: float


@dataclass(frozen=True, slots=True)
class DatabaseUse:
    """A service owns one database of a Postgres cluster (spec rows F3.1, F3.2, F3.3)."""

    service: str
    cluster: str
    name: str
    owner: str
    secret: str
    write_host: str
    read_host: str
    port: int
    pool: Pool
    statement_timeout: float
    reads_from_replicas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cache:
    """A Valkey cache: may vanish at any time."""

    name: str
    resource: str
    host: str
    port: int
    image: str
    memory: int
    eviction: str
    resources: Resources


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of the object store. `uploads_through` names the edge that clients upload through."""

    name: str
    uploads_through: str | None
    durable: bool


@dataclass(frozen=True, slots=True)
class BucketUse:
    """A service reads or writes a bucket."""

    bucket: str
    access: str  # read | write | read-write

    @property
    def writes(self) -> bool:
        """Whether the service may put something there."""
        return self.access != "read"


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """The S3 object store."""

    provider: str  # builtin | external
    resource: str
    endpoint: str
    region: str
    port: int
    image: str
    secret: str
    volume: Volume
    resources: Resources
    availability: float | None = None  # a share of time, below 1; None: not known
