"""Topics, publications, consumer groups and the Kafka cluster (spec rows M1 to M6, F2.1 to F2.6)."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from wireplan.model.base import TEXT, HostPorts, Part, ProtoName, Short, TopicName, short, unsaid
from wireplan.model.resources import Resources, Volume
from wireplan.model.units import Duration, Rate, Share, Size


class TopicDefaults(Part):
    """What topics say when they say nothing of their own."""

    partitions: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Partitions; point-to-point: 3 x the most instances of the consuming service (spec row M4)."""
    replication_factor: Annotated[int, Field(ge=1, le=9)] | None = None
    """Copies of each partition."""
    min_insync_replicas: Annotated[int, Field(ge=1, le=9)] | None = None
    """Copies that must have a record before it is acknowledged."""
    retention: Duration | None = None
    """How long records are kept."""
    max_message_bytes: Size | None = None
    """The largest record."""
    durable: bool | None = None
    """Whether acknowledged records must survive the loss of a broker."""
    cleanup: Literal["delete", "compact"] | None = None
    """Kafka's cleanup.policy."""


class Topic(TopicDefaults):
    """A Kafka topic."""

    pattern: Literal["point-to-point", "publish-subscribe"] = "publish-subscribe"
    """One consuming service that shares the work, or many that each get every record (spec rows M1, M4)."""
    message: ProtoName | None = None
    """The protobuf message of its records, by full name."""
    key: str | None = None
    """The field of the message whose value is the record's key; records of one key keep their order."""
    version: str | None = None
    """The field of the message that grows from one record of a key to the next, a whole number or a time: by it, readers that do not keep the order tell the newer record."""
    rate: Rate | None = None
    """Records published to it in the long run, by all publishers together, on a busy day: what its groups must keep up with."""


class Publication(Part):
    """What a service publishes."""

    message: ProtoName | None = None
    """The message, where the topic does not name one."""
    outbox: bool | None = None
    """Whether records go through the outbox of the service's database (spec row F2.4); yes when it has a database."""
    acks: Literal["all", "leader", "none"] | None = None
    """Who has a record before the producer counts it as sent: all replicas in sync, its leader alone, or nobody."""


class Handler(Part):
    """The function that handles one record."""

    timeout: Duration | None = None
    """The longest time that handling one record may take."""
    mean: Duration | None = None
    """How long handling one record takes on average; whether a group keeps up with its topic follows from it."""

    @model_validator(mode="after")
    def _fits(self) -> "Handler":
        if self.mean is not None and self.mean <= 0:
            raise PydanticCustomError(
                "combination", "a record takes some time: write for example mean: 20ms", {}
            )
        if self.mean is not None and self.timeout is not None and self.mean > self.timeout:
            raise PydanticCustomError(
                "combination",
                "the mean ({mean}) is longer than the longest ({timeout})",
                {"mean": str(self.mean), "timeout": str(self.timeout)},
            )
        return self


class ConsumptionDefaults(Part):
    """What consumer groups say when they say nothing of their own."""

    membership: Literal["dynamic", "static", "share"] | None = None
    """`static`: the pod's name is its group.instance.id, so a restart does not rebalance (spec row M6); `share`: records
    are given out one by one (KIP-932), without order, and more pods than partitions have work."""
    protocol: Literal["classic", "consumer"] | None = None
    """Kafka's group.protocol; classic for static members, consumer for dynamic ones."""
    session_timeout: Duration | None = None
    """How long the group keeps the place of a silent member."""
    max_poll_interval: Duration | None = None
    """The longest time between two polls before the member is put out."""
    max_poll_records: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Records taken by one poll."""
    handler: Annotated[Handler, Short(short("timeout"), TEXT)] = unsaid(Handler)
    """Limits of the function that handles one record."""
    concurrency: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Records handled at the same time by one pod."""
    attempts: Annotated[int, Field(ge=1, le=100)] | None = None
    """Attempts in all before a record goes to the dead-letter topic."""
    retries: list[Duration] | None = None
    """How long a record waits before each further attempt: a retry topic each."""
    ordering: Literal["none", "key"] | None = None
    """`key`: records of one key are handled in order, so a failing one holds its key back."""
    offset_reset: Literal["earliest", "latest"] | None = None
    """Where a new group begins."""
    commit: Literal["after-effect", "before-effect"] | None = None
    """When the offset is committed; before the effect loses records when a pod dies (spec row F2.3)."""
    inbox: bool | None = None
    """Whether handled records are remembered in the effect's transaction, so that a second delivery has no effect."""
    dead_letter: bool | None = None
    """Whether records that cannot be handled go to a dead-letter topic (spec row F2.2)."""
    outage: Duration | None = None
    """How long the service may be away before it reads on, without losing a record: its topic keeps records at least so long."""
    catch_up: Duration | None = None
    """How long the group may take, after its longest outage, until it has caught up; needs the `rate` of the topic."""

    @model_validator(mode="after")
    def _fits(self) -> "ConsumptionDefaults":
        waits = self.retries or []
        if len(set(waits)) < len(waits):
            raise PydanticCustomError(
                "combination", "a wait is listed twice in retries: each has a retry topic of its own", {}
            )
        if self.membership == "share" and (self.protocol or self.ordering == "key"):
            raise PydanticCustomError(
                "combination",
                "a share group has a protocol of its own and keeps no order: leave out protocol and ordering",
                {},
            )
        return self


PROTOCOLS = {"static": "classic", "dynamic": "consumer", "share": "share"}
"""The protocol of each kind of membership, where none is written: static members need the classic one (KAF007)."""


class Consumption(ConsumptionDefaults):
    """A service's consumer group on a topic."""

    group: TopicName | None = None
    """Kafka's group.id; the service's name by default (spec rows M2, M5)."""


class Kafka(Part):
    """The Kafka cluster (spec rows F2.1, F2.5)."""

    brokers: Annotated[int, Field(ge=1, le=99)] | None = None
    """Brokers; 3 survive the loss of one."""
    version: str | None = None
    """Kafka's version, for example "4.3.1"."""
    bootstrap: HostPorts | None = None
    """host:port of a cluster that is not ours; needed by the provider `external`."""
    volume: Volume | None = None
    """The disk of each broker."""
    heap: Size | None = None
    """Java heap of each broker."""
    resources: Resources = unsaid(Resources)
    """CPU and memory of each broker."""
    auto_create_topics: bool | None = None
    """Whether a mistyped name makes a topic; off by default."""
    unclean_leader_election: bool | None = None
    """Whether a replica that lacks acknowledged records may lead; off by default."""
    availability: Share | None = None
    """The share of time in which it takes and gives records; not known when left out (docs/impact.md)."""
