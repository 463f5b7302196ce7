"""Topics, who publishes to them and who consumes, the ways to people that begin at them, and the Kafka that holds them."""

from enum import Enum

from wireplan.records import dataclass
from wireplan.topology.types.resources import Resources, Volume


class Pattern(Enum):
    """How a topic is used (spec rows M1, M4)."""

    POINT_TO_POINT = "point-to-point"
    PUBLISH_SUBSCRIBE = "publish-subscribe"


class TopicRole(Enum):
    """Why a topic exists."""

    MAIN = "main"
    RETRY = "retry"
    DEAD_LETTER = "dead-letter"


class Membership(Enum):
    """How a consumer group knows its members."""

    DYNAMIC = "dynamic"
    STATIC = "static"
    SHARE = "share"  # KIP-932: records, not partitions, are given out; a preview in Python clients


class GroupProtocol(Enum):
    """Kafka's `group.protocol`; a share group has one of its own, which only share consumers speak."""

    CLASSIC = "classic"
    CONSUMER = "consumer"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic: written ones, and the retry and dead-letter topics that consumer groups need."""

    name: str
    role: TopicRole
    pattern: Pattern
    message: str | None
    key: str | None
    partitions: int
    replication_factor: int
    min_insync_replicas: int
    retention: float
    max_message_bytes: int
    durable: bool
    cleanup: str  # delete | compact
    source: str | None = None  # of a retry or dead-letter topic
    group: str | None = None
    version: str | None = None
    rate: float | None = None  # records published in the long run

    @property
    def aside(self) -> bool:
        """Whether it is one of retries or dead letters, which nobody wrote for its own sake."""
        return self.role is not TopicRole.MAIN


@dataclass(frozen=True, slots=True)
class Publication:
    """A service publishes records of `message` to `topic`; `outbox` when the service has a database (spec row F2.4)."""

    service: str
    topic: str
    message: str
    key: str | None
    outbox: bool
    acks: str  # all | leader | none


@dataclass(frozen=True, slots=True)
class RetryStep:
    """One retry topic and how long a record waits there, seconds."""

    topic: str
    delay: float


@dataclass(frozen=True, slots=True)
class Consumption:
    """A service's consumer group on a topic (spec rows M2, M5, M6, F2.2, F2.3)."""

    service: str
    topic: str
    message: str
    key: str | None
    group: str
    protocol: GroupProtocol
    membership: Membership
    session_timeout: float
    max_poll_interval: float
    max_poll_records: int
    handler_timeout: float
    concurrency: int
    attempts: int
    ordering: str  # none | key
    offset_reset: str  # earliest | latest
    commit: str  # after-effect | before-effect
    inbox: bool
    retries: tuple[RetryStep, ...]
    dead_letter: str | None
    outage: float  # the longest time away after which no record is missing
    handler_mean: float | None = None
    catch_up: float | None = None  # the longest time after that until nothing waits

    @property
    def aside(self) -> tuple[str, ...]:
        """The topics that a record goes to when it cannot be handled: of retries, then of dead letters."""
        return (*(step.topic for step in self.retries), *([self.dead_letter] if self.dead_letter else []))


@dataclass(frozen=True, slots=True)
class Channel:
    """A way by which a service tells people something, where it is the one that sends (spec row M3)."""

    way: str  # email | push | sms
    topic: str
    through: str
    sender: str


@dataclass(frozen=True, slots=True)
class Kafka:
    """The Kafka cluster (spec rows F2.1, F2.5)."""

    provider: str
    version: str
    brokers: int
    image: str
    bootstrap: str
    volume: Volume
    heap: int
    resources: Resources
    auto_create_topics: bool
    unclean_leader_election: bool
    availability: float | None = None  # a share of time, below 1; None: not known
