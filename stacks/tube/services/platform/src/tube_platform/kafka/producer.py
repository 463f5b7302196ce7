"""The producer: idempotent, acks from all in-sync replicas, and a future that ends with the delivery report.

It is librdkafka's plain producer and one thread: the asyncio producer of the same library sends no headers, and ours carry the event's
id and trace. Its own retries are the only ones; the application never retries a record that may have been written, the outbox
sends it again under the same event id.
"""

import asyncio
import contextlib
import threading
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from tube_platform import logs
from tube_platform.kafka.records import PASSING, Outgoing, PublishError
from tube_platform.lifecycle import Part

log = logs.get(__name__)

QUEUE_FULL_PAUSE = 0.05


def settings(bootstrap: str, client: str, delivery_timeout: float) -> dict[str, Any]:
    """Safe where the library's defaults are not (reliability.md 1.5)."""
    return {
        "bootstrap.servers": bootstrap,
        "client.id": client,
        "enable.idempotence": True,
        "acks": "all",
        "max.in.flight.requests.per.connection": 5,
        "message.max.bytes": 1_000_000_000,  # each topic says how much it takes; here it would be one limit for all
        "delivery.timeout.ms": int(delivery_timeout * 1000),
        "linger.ms": 5,
        "compression.type": "lz4",
        "socket.keepalive.enable": True,
        "reconnect.backoff.max.ms": 2000,
        "log_level": 4,
    }


@dataclass(slots=True)
class KafkaPublisher(Part):
    """Sends records. After a fatal error the producer is thrown away and the next record gets a new one."""

    bootstrap: str
    client: str
    delivery_timeout: float
    name: str = "producer"
    _producer: Any = None
    _thread: threading.Thread | None = None
    _ending: threading.Event = field(default_factory=threading.Event)
    _broken: bool = False
    _made: int = 0

    async def start(self) -> None:
        """Make the producer; it connects by itself, now or later."""
        self._renew()
        self._thread = threading.Thread(target=self._poll, name="kafka-producer", daemon=True)
        self._thread.start()

    async def send(self, record: Outgoing) -> None:
        """Return when the brokers acknowledged; raise PublishError when they did not."""
        if self._broken:
            self._renew()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        made = self._made

        def delivered(error: KafkaError | None, _: object) -> None:
            with contextlib.suppress(RuntimeError):  # the event loop has ended, and nobody waits any more
                loop.call_soon_threadsafe(_settle, done, self._failure(error, made))

        while True:
            try:
                self._producer.produce(
                    record.topic,
                    record.value,
                    record.key,
                    headers=list(record.headers),
                    on_delivery=delivered,
                )
                break
            except BufferError:
                await asyncio.sleep(QUEUE_FULL_PAUSE)  # backpressure: what cannot be queued is not dropped
            except KafkaException as error:
                raise self._failure(error.args[0], made) or PublishError(str(error)) from error
        await done

    async def close(self) -> None:
        """Wait a moment for what is under way."""
        self._ending.set()
        if self._producer is not None:
            await asyncio.to_thread(self._producer.flush, 2.0)
        if self._thread:
            await asyncio.to_thread(self._thread.join, 2.0)

    def _poll(self) -> None:
        """Delivery reports arrive on this thread."""
        while not self._ending.is_set():
            try:
                self._producer.poll(0.1)
            except Exception:
                log.exception("a delivery report was not taken")

    def _renew(self) -> None:
        if self._broken:
            log.warning("producer failed for good, making a new one")
        old, self._made, self._broken = self._producer, self._made + 1, False
        self._producer = Producer(
            settings(self.bootstrap, self.client, self.delivery_timeout)
            | {"error_cb": self._on_error, "logger": log_bridge("kafka.producer")}
        )
        if old is not None:
            threading.Thread(target=_let_go, args=(old,), name="kafka-producer-end", daemon=True).start()

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self._broken = True
        if error.fatal() or error.name() not in PASSING:
            log.warning("producer", error=str(error), fatal=error.fatal())

    def _failure(self, error: KafkaError | None, made: int) -> PublishError | None:
        if error is None:
            return None
        if (error.fatal() or error.code() == KafkaError._FATAL) and made == self._made:
            self._broken = True
        return PublishError(str(error))


def _let_go(producer: Any) -> None:
    """End a producer that failed for good: what it still holds gets a report, so that nobody waits for ever."""
    producer.purge()
    producer.flush(5.0)


def log_bridge(name: str) -> Any:
    """librdkafka's own lines, as JSON like the rest."""
    import logging

    return logging.getLogger(name)


def _settle(done: "asyncio.Future[None]", failure: PublishError | None) -> None:
    if done.done():
        return
    if failure:
        done.set_exception(failure)
    else:
        done.set_result(None)
