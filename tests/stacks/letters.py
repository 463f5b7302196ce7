"""Run by the Python of a services' workspace: a record dies in one of two groups, and is replayed by the script of `wireplan dead-letters`.

Real consumers and producers of the platform, and the brokers that librdkafka can play itself. The first argument is the script, the
second says by which way the record goes back: `lane`, the group's retry topic, or `topic`, where it came from. What happened goes to stdout.
"""

# What it imports is installed there, and not where the repository is checked.
# pyright: reportMissingImports=false

import asyncio
import importlib.util
import json
import os
import sys
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from confluent_kafka import Producer
from google.protobuf.wrappers_pb2 import StringValue
from tube_platform.kafka import loop, source
from tube_platform.kafka.failures import Poison
from tube_platform.kafka.loop import ConsumerLoop, Handler
from tube_platform.kafka.producer import KafkaPublisher
from tube_platform.kafka.records import Outgoing, Received
from tube_platform.kafka.source import KafkaSource
from tube_platform.lifecycle import Lifecycle
from tube_platform.postgres import Connection
from tube_platform.testing.broker import event_headers
from tube_platform.testing.fakes import MemoryInbox
from tube_platform.wiring import RetryTopic, Subscription

TOPIC, DEAD, RETRY = "orders", "orders.billing.dlt", "orders.billing.retry.5s"
AT = "2027-01-03T00:00:00+00:00"


class Group:
    """A consumer group; what it handled, and what had an effect."""

    def __init__(self, name: str, *retries: RetryTopic) -> None:
        self.seen: list[str] = []
        self.effects: list[str] = []
        self.broken = False
        self._inbox = MemoryInbox()
        self.subscription = Subscription(
            topic=TOPIC, message="google.protobuf.StringValue", key=None, group=name, dead_letter_topic=f"{TOPIC}.{name}.dlt",
            session_timeout=6.0, retry_topics=retries,
        )  # fmt: skip

    async def handle(self, message: StringValue, record: Received) -> None:
        self.seen.append(message.value)
        if self.broken:
            raise Poison("no such account")

        async def effect(_: Connection) -> None:
            self.effects.append(message.value)

        await self._inbox.once(record, effect)

    @asynccontextmanager
    async def consuming(self, bootstrap: str, publisher: KafkaPublisher) -> AsyncGenerator[None]:
        client = KafkaSource(source.settings(bootstrap, "test", self.subscription, None))
        member = ConsumerLoop(self.subscription, Handler(StringValue, self.handle), client, publisher, Lifecycle(2.0))  # fmt: skip
        await member.start()
        try:
            yield
        finally:
            await member.quiesce()
            await member.drain(2.0)
            await member.close()


async def until(condition: Callable[[], Any]) -> Any:
    """Wait for something to become true."""
    async with asyncio.timeout(40):
        while not (found := await asyncio.to_thread(condition)):
            await asyncio.sleep(0.02)
    return found


def script(path: str) -> Any:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("letters", path)
    assert spec
    assert spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


async def main(path: str, way: str) -> dict[str, Any]:
    """Die, be listed, be replayed twice, be handled."""
    owner = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 3, "log_level": 0})
    bootstrap = ",".join(
        f"{broker.host}:{broker.port}" for broker in owner.list_topics(timeout=10).brokers.values()
    )
    os.environ["KAFKA_BOOTSTRAP"] = bootstrap
    letters, loop.POLL = script(path), 0.02
    for topic in (TOPIC, DEAD, RETRY, f"{TOPIC}.stock.dlt"):  # they are made when asked for
        owner.list_topics(topic, timeout=10)
    publisher = KafkaPublisher(bootstrap, "test", 10.0)
    await publisher.start()
    billing, stock = Group("billing", RetryTopic(RETRY, 0.1)), Group("stock")
    billing.broken = True
    async with AsyncExitStack() as members:
        for each in (billing, stock):
            await members.enter_async_context(each.consuming(bootstrap, publisher))
        message = StringValue(value="a")
        await publisher.send(
            Outgoing(TOPIC, b"a", message.SerializeToString(), event_headers(message, uuid.uuid4()))
        )
        (letter,) = await until(lambda: letters.look([DEAD])["letters"])
        billing.broken = False
        place = [letter["topic"], letter["partition"], letter["offset"]]
        back = {DEAD: [RETRY, ""] if way == "lane" else [TOPIC, "billing"]}
        order = {"action": "replayed", "at": AT, "letters": [place], "back": back}
        told = [
            await asyncio.to_thread(letters.apply, {**order, "again": again})
            for again in (False, False, True)
        ]
        await until(lambda: len(billing.seen) == 3)
        last = StringValue(value="last")  # once it was handled, all before it was
        await publisher.send(
            Outgoing(TOPIC, b"a", last.SerializeToString(), event_headers(last, uuid.uuid4()))
        )
        await until(lambda: "last" in billing.effects and "last" in stock.effects)
    await publisher.close()
    said = {
        name: letter[name] for name in ("class", "type", "reason", "attempts", "source_topic", "key", "state")
    }
    return {"letter": said, "told": told, "open": letters.look([DEAD])["letters"], "seen": [billing.seen, stock.seen],
            "effects": [billing.effects, stock.effects], "name": letters.name(tuple(place))}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(*sys.argv[1:]))))
