"""Records as the platform sees them, and the two ports to the brokers."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

EVENT_ID = "event-id"
TYPE = "type"
CONTENT_TYPE = "content-type"
OCCURRED_AT = "occurred-at"
PROTOBUF = "application/x-protobuf"

PASSING = frozenset({"_PARTITION_EOF", "_TRANSPORT", "_ALL_BROKERS_DOWN", "_TIMED_OUT", "_RESOLVE"})
"""What the client reports and mends by itself, many times a second while brokers are away; its own log lines say it seldom."""

type Headers = tuple[tuple[str, bytes], ...]


class PublishError(Exception):
    """The brokers did not acknowledge. The record may have been written all the same; it is to be sent again."""


class FatalClientError(Exception):
    """The Kafka client can do nothing any more (fenced, out of sequence): the process has to end."""


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """A partition of a topic."""

    topic: str
    number: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be written."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Received:
    """A record that was read."""

    partition: Partition
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp: float = 0.0
    """Seconds since the epoch, when it was written."""
    group: str = ""
    event_id: uuid.UUID = field(init=False)

    def __post_init__(self) -> None:
        """A record of a stranger has no id; its place in the log is one."""
        given = self.header(EVENT_ID)
        try:
            found = uuid.UUID(given) if given else None
        except ValueError:
            found = None
        place = f"{self.partition.topic}/{self.partition.number}/{self.offset}"
        object.__setattr__(self, "event_id", found or uuid.uuid5(uuid.NAMESPACE_URL, place))

    def header(self, name: str) -> str | None:
        """The last header of a name."""
        values = [value for key, value in self.headers if key == name]
        return values[-1].decode("utf-8", "replace") if values else None


class Publisher(Protocol):
    """Writes records."""

    async def send(self, record: Outgoing) -> None:
        """Return when the brokers acknowledged; raise PublishError when they did not."""
        ...


class Source(Protocol):
    """Reads records. Its methods block, and are called by one thread only."""

    def subscribe(
        self,
        topics: Sequence[str],
        on_assign: Callable[[Sequence[Partition]], None],
        on_revoke: Callable[[Sequence[Partition]], None],
        on_lost: Callable[[Sequence[Partition]], None],
    ) -> None:
        """Join the group. The callbacks run inside `consume` and `close`."""
        ...

    def consume(self, most: int, seconds: float) -> list[Received]:
        """Up to so many records; raise FatalClientError when there will never be any."""
        ...

    def pause(self, partitions: Sequence[Partition]) -> None:
        """Fetch nothing from these; the member stays in the group."""
        ...

    def resume(self, partitions: Sequence[Partition]) -> None:
        """Fetch from these again."""
        ...

    def store(self, offsets: dict[Partition, int]) -> None:
        """Remember the next offset of each; they are committed in the background."""
        ...

    def commit(self) -> bool:
        """Commit what is stored, now; False when the brokers did not take it."""
        ...

    def close(self) -> None:
        """Leave (a static member keeps its place)."""
        ...
