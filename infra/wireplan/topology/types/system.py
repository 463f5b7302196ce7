"""The whole: the Topology, the environment that it is for, and what its author says of names and rules."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from wireplan.findings import Place
from wireplan.records import dataclass, empty
from wireplan.topology.types.contracts import Contract
from wireplan.topology.types.drills import Drill
from wireplan.topology.types.edges import Edge
from wireplan.topology.types.externals import External
from wireplan.topology.types.messaging import Kafka, Topic
from wireplan.topology.types.origins import Origin, OriginKind, Path
from wireplan.topology.types.sagas import Saga
from wireplan.topology.types.services import Service
from wireplan.topology.types.stores import Bucket, Cache, DatabaseCluster, ObjectStore


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment: where it runs and how strict it is. `contexts` are the only kube contexts it may touch."""

    name: str
    profile: str  # dev | prod
    namespace: str
    cluster: str  # embedded | existing | kind | k3d
    contexts: tuple[str, ...]
    storage_class: str | None
    kafka_provider: str  # builtin | strimzi | external
    postgres_provider: str  # cloudnative-pg | external
    edge_provider: str  # caddy | gateway-api
    survives: int  # failures at once that an acknowledged write must survive
    zones: int | None = None  # that its nodes are in; None: not known
    collector: str | None = None  # where traces go, by OTLP over HTTP
    sample: float | None = None  # a share of traces, below 1; None: all
    mtls: str | None = None  # builtin; None: gRPC in plain text
    certificate_lifetime: float | None = None  # seconds; None without mtls
    prometheus: str | None = None  # operator
    grafana: str | None = None  # sidecar


@dataclass(frozen=True, slots=True)
class Move:
    """A rename that keeps what it names: `moved: {from: ..., to: ...}`."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """A rule (code or name) that is waived, at `on` (`services.processing`) and below, or everywhere, through the day `until` (ISO)."""

    allow: str
    on: str | None
    until: str
    reason: str


@dataclass(frozen=True, slots=True)
class Strictness:
    """How strictly rules are taken, each by code or name as the author wrote it: enforced ones, and severities (note, warning, error)."""

    enforced: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class Topology:
    """A whole system in one environment, everything explicit."""

    system: str
    environment: Environment
    contracts_package: str | None
    contracts_version: str
    contracts: Mapping[str, Contract]  # gRPC services by full name
    messages: Mapping[str, tuple[str, ...]]  # field names by full message name
    services: Mapping[str, Service]
    topics: Mapping[str, Topic]
    kafka: Kafka | None
    databases: Mapping[str, DatabaseCluster]
    caches: Mapping[str, Cache]
    buckets: Mapping[str, Bucket]
    object_store: ObjectStore | None
    edges: Mapping[str, Edge]
    externals: Mapping[str, External]
    sagas: Mapping[str, Saga]
    moved: tuple[Move, ...]
    allow_data_loss: tuple[str, ...]
    patches: tuple[Mapping[str, Any], ...]
    origins: Mapping[Path, Origin]
    file: str = "topology.yaml"
    waivers: tuple[Waiver, ...] = ()
    rules: Strictness = field(default_factory=Strictness)
    drills: Mapping[str, Drill] = field(default_factory=empty)
    proto_files: Mapping[str, str] = field(default_factory=empty)  # .proto file by full message name

    def origin(self, *path: str | int) -> Origin:
        """Where the value at `path` comes from; the nearest parent's origin if the value has none of its own."""
        for length in range(len(path), 0, -1):
            found = self.origins.get(path[:length])
            if found is not None:
                return found
        return Origin(OriginKind.DEFAULT, Place(self.file), "")

    def place(self, *path: str | int) -> Place:
        """The best place in a file to point at for `path`."""
        return self.origin(*path).place
