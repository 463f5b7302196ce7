"""The whole system as its author wrote it: the root of a topology file."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from wireplan.model.base import (
    BY_NAME,
    IS_WEB_URL,
    LISTED,
    MAP,
    NO_ITEMS,
    NO_PARTS,
    SYSTEM,
    BucketName,
    Name,
    Part,
    RuleName,
    ServiceName,
    TopicName,
    unsaid,
)
from wireplan.model.calls import CallDefaults
from wireplan.model.databases import DatabaseCluster
from wireplan.model.drills import Drill
from wireplan.model.edges import Edge
from wireplan.model.messaging import ConsumptionDefaults, Kafka, Topic, TopicDefaults
from wireplan.model.sagas import Saga
from wireplan.model.services import Service, ServiceDefaults
from wireplan.model.stores import Bucket, Cache, External, ObjectStore
from wireplan.model.units import Duration, Share

VERSION = r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$"
DATE = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"


class Contracts(Part):
    """Where the contracts are."""

    protos: str
    """The folder of .proto files, relative to this file."""
    package: Name | None = None
    """The name under which the generated package is published (spec row P7)."""
    version: Annotated[str, StringConstraints(pattern=VERSION)] | None = None
    """The version of that package, as `1.4.0`; `wireplan contracts` says which one a change needs."""


Profile = Literal["dev", "prod"]


class Environment(Part):
    """Where an overlay's system runs, and how strict it is."""

    name: Name | None = None
    """The environment's name; that of its file by default."""
    profile: Profile | None = None
    """`dev` is smaller and milder."""
    namespace: Name | None = None
    """Kubernetes namespace; the system's name by default."""
    cluster: Literal["embedded", "existing", "kind", "k3d"] | None = None
    """What kind of cluster it is."""
    contexts: Annotated[list[str], LISTED] = NO_ITEMS
    """The only kube contexts that commands may touch for this environment."""
    storage_class: str | None = None
    """Storage class of disks; the cluster's default when left out."""
    kafka: Literal["builtin", "strimzi", "external"] | None = None
    """Who runs Kafka."""
    postgres: Literal["cloudnative-pg", "external"] | None = None
    """Who runs Postgres."""
    edge: Literal["caddy", "gateway-api"] | None = None
    """What the edges are."""
    survives: Annotated[int, Field(ge=0, le=4)] | None = None
    """How many failures at once, each of a broker, a member of a database or a disk, an acknowledged write must survive."""
    zones: Annotated[int, Field(ge=2, le=9)] | None = None
    """How many zones its nodes are in; where it is said, `wireplan impact --fail zone` says what is lost with one of them."""
    collector: Annotated[str, IS_WEB_URL] | None = None
    """Where services send their traces, by OTLP over HTTP (http://collector.observability.svc.cluster.local:4318); nowhere when left out."""
    sample: Share | None = None
    """The share of requests whose traces are sent; all of them when left out."""
    mtls: Literal["builtin"] | None = None
    """Who signs the certificates by which services know each other: with it gRPC is encrypted, and a service is only called by those that the topology has
    call it (docs/identity-of-services.md). In plain text when left out."""
    certificate_lifetime: Duration | None = None
    """How long such a certificate is good for; it is renewed at half of it, while everything runs."""
    prometheus: Literal["operator"] | None = None
    """`operator`: alerts and what to scrape are made in the cluster as a PrometheusRule and a PodMonitor (`wireplan monitoring` writes them as files)."""
    grafana: Literal["sidecar"] | None = None
    """`sidecar`: dashboards are made in the cluster, each a ConfigMap with the label that Grafana's sidecar looks for."""


class Defaults(Part):
    """What parts say when they say nothing of their own."""

    services: ServiceDefaults = unsaid(ServiceDefaults)
    """Of services."""
    calls: CallDefaults = unsaid(CallDefaults)
    """Of calls."""
    consumes: ConsumptionDefaults = unsaid(ConsumptionDefaults)
    """Of consumer groups."""
    topics: TopicDefaults = unsaid(TopicDefaults)
    """Of topics."""


class Move(Part):
    """A rename that keeps what it names."""

    old: Annotated[str, Field(alias="from", pattern=r"^[a-z_]+\.\S+$")]
    """What it was called, for example `services.encoder`."""
    new: Annotated[str, Field(alias="to", pattern=r"^[a-z_]+\.\S+$")]
    """What it is called now, for example `services.processing`."""


class Patch(Part):
    """A last word on rendered objects, for what the model cannot say."""

    kind: str
    """The kind of the objects."""
    name: str | None = None
    """Their name; all of the kind when left out."""
    merge: dict[str, Any]
    """What is merged into them (RFC 7396)."""
    reason: str
    """Why it is needed."""


class Waiver(Part):
    """A rule that is waived for one place until a day, with the reason."""

    allow: RuleName
    """The rule's code or name."""
    on: str | None = None
    """The place, for example `services.processing`; everywhere when left out."""
    until: Annotated[str, StringConstraints(pattern=DATE)]
    """The last day of the waiver, for example 2027-01-31."""
    reason: Annotated[str, StringConstraints(min_length=1)]
    """Why it is waived."""


class Rules(Part):
    """How strictly the rules are taken in this system."""

    enforced: Annotated[list[RuleName], LISTED] = NO_ITEMS
    """Rules that no waiver and no baseline lifts, by code or name."""
    severity: dict[RuleName, Literal["note", "warning", "error"]] = NO_PARTS
    """How bad a finding of a rule is here, in every profile, where that is not what its page says; by code or name."""


class System(Part):
    """A microservice system: its services, what runs between them, and what they stand on."""

    wireplan: Literal[1] = 1
    """The version of this file format."""
    system: Annotated[str, StringConstraints(pattern=SYSTEM)]
    """The system's name; its Kubernetes namespace, too."""
    contracts: Contracts | None = None
    """Where the contracts are (spec rows P6, P7)."""
    environment: Environment = unsaid(Environment)
    """Where it runs; usually said by an overlay."""
    defaults: Defaults = unsaid(Defaults)
    """What parts say when they say nothing of their own."""
    edges: Annotated[dict[Name, Edge], MAP] = NO_PARTS
    """Where clients come in."""
    services: Annotated[dict[ServiceName, Service], BY_NAME]
    """The microservices."""
    topics: Annotated[dict[TopicName, Topic], BY_NAME] = NO_PARTS
    """Kafka topics."""
    kafka: Kafka | None = None
    """The Kafka cluster."""
    databases: Annotated[dict[Name, DatabaseCluster], MAP] = NO_PARTS
    """Postgres clusters."""
    caches: Annotated[dict[Name, Cache], BY_NAME] = NO_PARTS
    """Valkey caches."""
    buckets: Annotated[dict[BucketName, Bucket], BY_NAME] = NO_PARTS
    """Buckets of the object store."""
    object_store: ObjectStore | None = None
    """The object store."""
    externals: Annotated[dict[Name, External], MAP] = NO_PARTS
    """Systems that are not ours (spec row P10)."""
    sagas: Annotated[dict[Name, Saga], MAP] = NO_PARTS
    """Work across services with compensations."""
    drills: Annotated[dict[Name, Drill], MAP] = NO_PARTS
    """What is broken on purpose, and what must hold meanwhile."""
    moved: list[Move] = NO_ITEMS
    """Renames that keep what they name."""
    allow_data_loss: list[Annotated[str, Field(pattern=r"^(topic|database|bucket|volume) \S+$")]] = NO_ITEMS
    """What may be destroyed by the next change, for example `topic video.uploaded`."""
    patches: list[Patch] = NO_ITEMS
    """Last words on rendered objects."""
    rules: Rules = unsaid(Rules)
    """How strictly the rules are taken."""
    waivers: list[Waiver] = NO_ITEMS
    """Rules that are waived, where and until when."""
