"""`commit: before-effect`: what is in hand when a process dies is lost, and nothing is handled twice. The default is the other way round."""

import asyncio
from dataclasses import replace

import pytest
from google.protobuf.wrappers_pb2 import StringValue

from tube_platform.kafka import loop
from tube_platform.kafka.loop import ConsumerLoop, Handler
from tube_platform.kafka.records import Partition, Received
from tube_platform.lifecycle import Lifecycle
from tube_platform.testing.broker import MemoryBroker, MemorySource
from tube_platform.wiring import Subscription

AFTER = Subscription("t", "google.protobuf.StringValue", "value", "g", "t.g.dlt", max_poll_records=1)
BEFORE = replace(AFTER, commit="before-effect")


@pytest.mark.parametrize(("subscription", "committed"), [(AFTER, None), (BEFORE, 1)])
async def test_where_the_group_stands_while_a_handler_is_at_work(
    subscription: Subscription, committed: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies now loses the record, or gets it again."""
    monkeypatch.setattr(loop, "POLL", 0.002)
    broker, entered, lifecycle = MemoryBroker(), asyncio.Event(), Lifecycle(1.0)
    broker.publish("t", StringValue(value="a"), "k")

    async def handle(_: StringValue, __: Received) -> None:
        entered.set()
        await asyncio.Event().wait()

    source = MemorySource(broker, "g")
    member = ConsumerLoop(subscription, Handler(StringValue, handle), source, broker, lifecycle)
    await member.start()
    async with asyncio.timeout(5):
        await entered.wait()
    assert broker.committed.get(("g", Partition("t", 0))) == committed
    await member.quiesce()
    await member.drain(0.01)
    await member.close()
    assert broker.committed.get(("g", Partition("t", 0))) == committed


async def test_a_record_whose_offset_is_not_committed_is_not_handled(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would come again after it had its effect; the process ends instead, and its next run gets the record."""
    monkeypatch.setattr(loop, "POLL", 0.002)
    broker, lifecycle, seen = MemoryBroker(), Lifecycle(1.0), list[str]()
    broker.publish("t", StringValue(value="a"), "k")

    async def handle(event: StringValue, _: Received) -> None:
        seen.append(event.value)

    source = MemorySource(broker, "g", refuses_commits=True)
    member = ConsumerLoop(BEFORE, Handler(StringValue, handle), source, broker, lifecycle)
    await member.start()
    async with asyncio.timeout(5):
        while lifecycle.failure is None:
            await asyncio.sleep(0.002)
    await member.quiesce()
    await member.drain(0.01)
    await member.close()
    assert seen == []
    assert broker.lag("g", ["t"]) == 1
