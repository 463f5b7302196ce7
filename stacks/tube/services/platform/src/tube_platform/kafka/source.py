"""The consumer client: librdkafka's, set for at-least-once.

The plain client and not its asyncio wrapper: rebalances call back inside `consume`, and with one thread of our own they can wait for
handlers to end without a lock anywhere.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from tube_platform import logs, metrics
from tube_platform.kafka.producer import log_bridge
from tube_platform.kafka.records import (
    PASSING,
    FatalClientError,
    Partition,
    Received,
)
from tube_platform.wiring import Subscription

log = logs.get(__name__)

LOOK_EVERY_MS = 15_000
"""How often the client says how far behind it is; it asks the brokers for the ends of its partitions as often, also of paused ones."""

type Listener = Callable[[Sequence[Partition]], None]


def settings(bootstrap: str, client: str, wiring: Subscription, instance: str | None) -> dict[str, Any]:
    """The protocol is written out, because the library's default for it will change; so is what its defaults get wrong."""
    values: dict[str, Any] = {
        "bootstrap.servers": bootstrap,
        "client.id": client,
        "group.id": wiring.group,
        "group.protocol": wiring.protocol,
        "auto.offset.reset": wiring.offset_reset,
        "enable.auto.commit": True,
        "auto.commit.interval.ms": 1000,
        "enable.auto.offset.store": False,
        "max.poll.interval.ms": int(wiring.max_poll_interval * 1000),
        "check.crcs": True,
        "isolation.level": "read_committed",
        "socket.keepalive.enable": True,
        "reconnect.backoff.max.ms": 2000,
        "topic.metadata.refresh.interval.ms": 30000,
        "statistics.interval.ms": LOOK_EVERY_MS,
        "log_level": 4,
    }
    if wiring.protocol == "classic":  # with the new protocol these belong to the broker
        values["session.timeout.ms"] = int(wiring.session_timeout * 1000)
        values["heartbeat.interval.ms"] = min(3000, int(wiring.session_timeout * 1000 / 3))
        values["partition.assignment.strategy"] = "cooperative-sticky"
    if instance:
        values["group.instance.id"] = instance
    return values


@dataclass(slots=True)
class KafkaSource:
    """One member of one consumer group. All its methods are called by one thread."""

    config: dict[str, Any]
    _consumer: Any = None
    _fatal: str | None = None
    _topics: tuple[str, ...] = field(default=())

    def subscribe(
        self, topics: Sequence[str], on_assign: Listener, on_revoke: Listener, on_lost: Listener
    ) -> None:
        """Join the group."""
        self._topics = tuple(topics)
        heard = {"error_cb": self._on_error, "stats_cb": self._on_statistics}
        self._consumer = Consumer(self.config | heard | {"logger": log_bridge("kafka.consumer")})
        self._consumer.subscribe(
            list(topics),
            on_assign=_listener(on_assign),
            on_revoke=_listener(on_revoke),
            on_lost=_listener(on_lost),
        )

    def consume(self, most: int, seconds: float) -> list[Received]:
        """Up to so many records."""
        if self._fatal:
            raise FatalClientError(self._fatal)
        messages = self._consumer.consume(1, seconds)  # asked for more, it would wait for more
        if messages and most > 1:
            messages += self._consumer.consume(most - 1, 0)
        return [self._received(message) for message in messages if self._good(message)]

    def pause(self, partitions: Sequence[Partition]) -> None:
        """Fetch nothing from these."""
        self._consumer.pause(_client(partitions))

    def resume(self, partitions: Sequence[Partition]) -> None:
        """Fetch from these again."""
        self._consumer.resume(_client(partitions))

    def store(self, offsets: dict[Partition, int]) -> None:
        """Remember offsets; a partition that was lost meanwhile is its new owner's."""
        for partition, offset in offsets.items():
            try:
                self._consumer.store_offsets(
                    offsets=[TopicPartition(partition.topic, partition.number, offset)]
                )
            except KafkaException as error:
                log.info("offset not stored", partition=str(partition), error=str(error))

    def commit(self) -> bool:
        """Commit what is stored; False when the brokers did not take it."""
        try:
            found = self._consumer.commit(asynchronous=False)
        except KafkaException as error:
            if error.args[0].code() == KafkaError._NO_OFFSET:
                return True
            log.warning("offsets not committed", error=str(error))
            return False
        refused = [str(each.error) for each in found or () if each.error]
        if refused:
            log.warning("offsets not committed", error=refused[0])
        return not refused

    def close(self) -> None:
        """Leave."""
        if self._consumer is not None:
            self._consumer.close()

    def _good(self, message: Any) -> bool:
        error = message.error()
        if error is None:
            return True
        if error.fatal() or error.code() == KafkaError._FATAL:
            raise FatalClientError(str(error))
        if error.name() not in PASSING:
            log.warning("consumer", error=str(error))
        return False

    def _received(self, message: Any) -> Received:
        _, milliseconds = message.timestamp()
        headers = tuple((name, data or b"") for name, data in message.headers() or ())
        return Received(
            Partition(message.topic(), message.partition()),
            message.offset(),
            message.key(),
            message.value(),
            headers,
            milliseconds / 1000,
            self.config["group.id"],
        )

    def _on_statistics(self, text: str) -> None:
        """How many records wait, into the metrics. It is called inside of `consume`."""
        found: Mapping[str, Any] = json.loads(text).get("topics", {})
        for topic in self._topics:
            partitions: Mapping[str, Any] = found.get(topic, {}).get("partitions", {})
            waiting = sum(lag(each) for each in partitions.values() if each["fetch_state"] == "active")
            metrics.records_lag.labels(topic, self.config["group.id"]).set(waiting)

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self._fatal = str(error)
        if error.fatal() or error.name() not in PASSING:
            log.warning("consumer", error=str(error), fatal=error.fatal())


def lag(partition: Mapping[str, int]) -> int:
    """How many records of a partition are not committed, by the client's statistics. Where nothing is committed yet, all that there are."""
    if (known := partition["consumer_lag"]) >= 0:
        return known
    begin = max(partition["lo_offset"], partition["stored_offset"], 0)
    return max(0, partition["hi_offset"] - begin)


def _listener(listener: Listener) -> Callable[[Any, Sequence[Any]], None]:
    """A listener as the client calls it."""

    def called(_: Any, found: Sequence[Any]) -> None:
        listener([Partition(each.topic, each.partition) for each in found])

    return called


def _client(partitions: Sequence[Partition]) -> list[TopicPartition]:
    return [TopicPartition(each.topic, each.number) for each in partitions]
