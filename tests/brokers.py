"""Brokers in memory, behind what of confluent_kafka the pods' scripts use: the client is in their image, and not here."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

Headers = Sequence[tuple[str, bytes | None]]
NOW = 1_800_000_000.0
"""When the first record is written, in seconds since the epoch; each other one a second after the last."""


@dataclass(frozen=True)
class Message:
    """A record, as the client gives it."""

    place: tuple[str, int, int]
    content: tuple[bytes | None, bytes | None]
    given: Headers = ()
    written: float = NOW

    def topic(self) -> str:
        return self.place[0]

    def partition(self) -> int:
        return self.place[1]

    def offset(self) -> int:
        return self.place[2]

    def key(self) -> bytes | None:
        return self.content[0]

    def value(self) -> bytes | None:
        return self.content[1]

    def headers(self) -> list[tuple[str, bytes | None]] | None:
        return list(self.given) or None

    def timestamp(self) -> tuple[int, int]:
        return 1, round(self.written * 1000)

    def error(self) -> None:
        return None


@dataclass
class Brokers:
    """Topics of one or more partitions; `refuse` says which records are not acknowledged."""

    log: dict[tuple[str, int], list[Message]] = field(default_factory=dict[tuple[str, int], list[Message]])
    refuse: Callable[[str, Mapping[str, bytes | None]], bool] = field(default=lambda _, __: False)
    down: bool = False

    def write(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers = (), partition: int = 0
    ) -> Message:
        """Append a record."""
        log = self.log.setdefault((topic, partition), [])
        written = NOW + sum(len(each) for each in self.log.values())
        log.append(Message((topic, partition, len(log)), (key, value), headers, written))
        return log[-1]

    def records(self, topic: str) -> list[Message]:
        """All records of a topic."""
        return [each for place in sorted(self.log) if place[0] == topic for each in self.log[place]]

    def installed(self, monkeypatch: pytest.MonkeyPatch) -> "Brokers":
        """These brokers as the ones that confluent_kafka knows."""
        client, admin = ModuleType("confluent_kafka"), ModuleType("confluent_kafka.admin")
        client.__dict__.update(
            Producer=lambda _: Producer(self), Consumer=lambda _: Consumer(self), TopicPartition=Place
        )
        spec = SimpleNamespace(earliest=lambda: False, latest=lambda: True)
        admin.__dict__.update(AdminClient=lambda _: Admin(self), OffsetSpec=spec)
        monkeypatch.setitem(sys.modules, "confluent_kafka", client)
        monkeypatch.setitem(sys.modules, "confluent_kafka.admin", admin)
        monkeypatch.setenv("KAFKA_BOOTSTRAP", "memory:9092")
        return self


@dataclass(frozen=True)
class Place:
    """A partition, and an offset in it."""

    topic: str
    partition: int
    offset: int = -1001


@dataclass
class Admin:
    """Answers what there is."""

    brokers: Brokers

    def list_topics(self, timeout: float) -> Any:
        del timeout
        if self.brokers.down:
            raise TimeoutError("no broker answers")
        known: dict[str, Any] = {}
        for topic, number in self.brokers.log:
            known.setdefault(topic, SimpleNamespace(partitions={})).partitions[number] = None
        return SimpleNamespace(topics=known)

    def list_offsets(self, wanted: Mapping[Place, bool], request_timeout: float) -> dict[Place, Any]:
        del request_timeout

        def offset(place: Place, end: bool) -> Any:
            log = self.brokers.log[place.topic, place.partition]
            return SimpleNamespace(offset=len(log) if end else 0)

        return {place: SimpleNamespace(result=partial(offset, place, end)) for place, end in wanted.items()}


@dataclass
class Consumer:
    """Reads what it was given, partition by partition."""

    brokers: Brokers
    ahead: list[Message] = field(default_factory=list[Message])

    def assign(self, places: Sequence[Place]) -> None:
        for each in places:
            self.ahead += self.brokers.log[each.topic, each.partition][each.offset :]

    def poll(self, seconds: float) -> Message | None:
        del seconds
        return self.ahead.pop(0) if self.ahead else None

    def close(self) -> None:
        self.ahead.clear()


@dataclass
class Producer:
    """Writes, and tells each record's fate when it is flushed."""

    brokers: Brokers
    waiting: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])

    def produce(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        partition: int = 0,
        *,
        headers: Headers,
        on_delivery: Callable[[str | None, Message | None], None],
    ) -> None:
        if self.brokers.refuse(topic, dict(headers)):
            self.waiting.append(lambda: on_delivery("not enough replicas", None))
        else:
            written = self.brokers.write(topic, key, value, headers, partition)
            self.waiting.append(lambda: on_delivery(None, written))

    def poll(self, seconds: float) -> int:
        del seconds
        return 0

    def flush(self, seconds: float) -> int:
        del seconds
        while self.waiting:
            self.waiting.pop(0)()
        return 0
