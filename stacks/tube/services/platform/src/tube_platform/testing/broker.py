"""A broker in memory, behind the same two ports as the real one: topics, partitions, groups, committed offsets, rebalances."""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from google.protobuf.message import Message

from tube_platform.kafka.records import (
    CONTENT_TYPE,
    EVENT_ID,
    PROTOBUF,
    TYPE,
    FatalClientError,
    Headers,
    Outgoing,
    Partition,
    PublishError,
    Received,
)

type Listener = Callable[[Sequence[Partition]], None]

LOOK = 0.05
"""Seconds that a poll without records takes at most, so that a loop which is about to end, or has handled a record, need not wait long."""


@dataclass(slots=True)
class MemoryBroker:
    """Topics and what was committed. Everything is kept, so a test can read the whole log."""

    partitions: dict[str, int] = field(default_factory=dict[str, int])
    log: dict[Partition, list[Received]] = field(default_factory=dict[Partition, list[Received]])
    committed: dict[tuple[str, Partition], int] = field(default_factory=dict[tuple[str, Partition], int])
    clock: Callable[[], float] = time.time
    refuse: Callable[[Outgoing], bool] = field(default=lambda _: False)
    """Says which records the brokers do not acknowledge."""
    _news: threading.Condition = field(default_factory=threading.Condition)
    _told: int = 0

    def tell(self) -> None:
        """There is something new for whoever waits."""
        with self._news:
            self._told += 1
            self._news.notify_all()

    def told(self) -> int:
        """How often there was."""
        return self._told

    def wait(self, told: int, seconds: float) -> None:
        """Wait until there is more that is new than that, at most so long."""
        with self._news:
            self._news.wait_for(lambda: self._told != told, seconds)

    async def send(self, record: Outgoing) -> None:
        """Write a record; the port of a publisher."""
        if self.refuse(record):
            raise PublishError("the brokers do not acknowledge")
        self.append(record)

    def append(self, record: Outgoing) -> Received:
        """Write a record."""
        count = self.partitions.get(record.topic, 1)
        partition = Partition(record.topic, sum(record.key or b"") % count)
        log = self.log.setdefault(partition, [])
        received = Received(partition, len(log), record.key, record.value, record.headers, self.clock())
        log.append(received)
        self.tell()
        return received

    def publish(self, topic: str, message: Message, key: str, event_id: uuid.UUID | None = None) -> uuid.UUID:
        """Write an event as the outbox relay does."""
        found = event_id or uuid.uuid4()
        headers = event_headers(message, found)
        self.append(Outgoing(topic, key.encode(), message.SerializeToString(), headers))
        return found

    def records(self, topic: str) -> list[Received]:
        """All records of a topic, partition by partition."""
        return [record for place in sorted(self.log) if place.topic == topic for record in self.log[place]]

    def places(self, topics: Sequence[str]) -> list[Partition]:
        """All partitions of some topics."""
        return [Partition(topic, n) for topic in topics for n in range(self.partitions.get(topic, 1))]

    def lag(self, group: str, topics: Sequence[str]) -> int:
        """How many records a group has not committed."""
        places = self.places(topics)
        return sum(len(self.log.get(place, ())) - self.committed.get((group, place), 0) for place in places)


@dataclass(slots=True)
class MemorySource:
    """One member of a group. `rebalance` takes partitions away and gives others, as the group's coordinator would."""

    broker: MemoryBroker
    group: str
    fatal: bool = False
    polls: int = 0
    closed: bool = False
    refuses_commits: bool = False
    stored: dict[Partition, int] = field(default_factory=dict[Partition, int])
    paused: set[Partition] = field(default_factory=set[Partition])
    """As in the real client, a partition that goes away and comes back is still paused."""
    _position: dict[Partition, int] = field(default_factory=dict[Partition, int])
    _pending: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    _topics: Sequence[str] = ()
    _on: tuple[Listener, Listener, Listener] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def subscribe(
        self, topics: Sequence[str], on_assign: Listener, on_revoke: Listener, on_lost: Listener
    ) -> None:
        """Join; the first poll assigns all partitions."""
        self._topics, self._on = topics, (on_assign, on_revoke, on_lost)
        self.assign(self.broker.places(topics))

    def assign(self, partitions: Sequence[Partition]) -> None:
        """Give partitions at the next poll."""
        self._later(lambda: self._assign(partitions))

    def revoke(self, partitions: Sequence[Partition]) -> None:
        """Take partitions at the next poll."""
        self._later(lambda: self._revoke(partitions))

    def lose(self, partitions: Sequence[Partition]) -> None:
        """Take partitions that somebody else has already."""
        self._later(lambda: self._lose(partitions))

    def consume(self, most: int, seconds: float) -> list[Received]:
        """Up to so many records."""
        self.polls += 1
        if self.fatal:
            raise FatalClientError("fenced")
        told = self.broker.told()
        self._run_pending()
        found = self._take(most)
        if not found:
            self.broker.wait(told, min(seconds, LOOK))
        return found

    def pause(self, partitions: Sequence[Partition]) -> None:
        """Fetch nothing from these."""
        self.paused |= set(partitions)

    def resume(self, partitions: Sequence[Partition]) -> None:
        """Fetch from these again."""
        self.paused -= set(partitions)

    def store(self, offsets: dict[Partition, int]) -> None:
        """Remember offsets; those of partitions that are gone are refused."""
        for partition, offset in offsets.items():
            if partition in self._position:
                self.stored[partition] = offset

    def commit(self) -> bool:
        """Commit what is stored."""
        if self.refuses_commits:
            return False
        for partition, offset in self.stored.items():
            self.broker.committed[self.group, partition] = offset
        return True

    def close(self) -> None:
        """Leave."""
        self._revoke(list(self._position))
        self.closed = True

    def _later(self, act: Callable[[], None]) -> None:
        with self._lock:
            self._pending.append(act)
        self.broker.tell()

    def _run_pending(self) -> None:
        with self._lock:
            pending, self._pending = self._pending, []
        for act in pending:
            act()

    def _take(self, most: int) -> list[Received]:
        found: list[Received] = []
        for partition, position in self._position.items():
            if partition in self.paused:
                continue
            log = self.broker.log.get(partition, ())
            chosen = log[position : position + most - len(found)]
            self._position[partition] = position + len(chosen)
            found += [for_group(record, self.group) for record in chosen]
        return found

    def _assign(self, partitions: Sequence[Partition]) -> None:
        for partition in partitions:
            self._position[partition] = self.broker.committed.get((self.group, partition), 0)
        if self._on:
            self._on[0](partitions)

    def _revoke(self, partitions: Sequence[Partition]) -> None:
        if self._on and partitions:
            self._on[1](partitions)
        self._forget(partitions)

    def _lose(self, partitions: Sequence[Partition]) -> None:
        if self._on:
            self._on[2](partitions)
        self._forget(partitions)

    def _forget(self, partitions: Sequence[Partition]) -> None:
        for partition in partitions:
            self._position.pop(partition, None)
            self.stored.pop(partition, None)


def for_group(record: Received, group: str) -> Received:
    """A record as a member of a group reads it."""
    return Received(
        record.partition, record.offset, record.key, record.value, record.headers, record.timestamp, group
    )


def event_headers(message: Message, event_id: uuid.UUID) -> Headers:
    """The headers of an event."""
    return (
        (EVENT_ID, str(event_id).encode()),
        (TYPE, message.DESCRIPTOR.full_name.encode()),
        (CONTENT_TYPE, PROTOBUF.encode()),
    )


def received(message: Message, group: str = "group", event_id: uuid.UUID | None = None) -> Received:
    """A record that carries a message, for tests that call a handler themselves."""
    headers = event_headers(message, event_id or uuid.uuid4())
    return Received(Partition("topic", 0), 0, b"key", message.SerializeToString(), headers, 0.0, group)
