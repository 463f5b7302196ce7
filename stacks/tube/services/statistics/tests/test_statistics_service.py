"""Facts and sums on a real database (rows M2, F2.3)."""

import uuid
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc.aio
import pytest

from tube.events.v1 import events_pb2
from tube.statistics.v1 import statistics_pb2, statistics_pb2_grpc
from tube_platform.inbox import Inbox
from tube_platform.kafka.failures import Poison
from tube_platform.postgres import Database
from tube_platform.testing.broker import received
from tube_platform.testing.rpc import served
from tube_statistics.handlers import StatisticsHandlers, VideoProcessedHandlers
from tube_statistics.wired import Parts

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def parts(database: Database) -> Parts:
    """What the handlers use."""
    return Parts(database=database, inbox=Inbox(database))


@pytest.fixture
async def statistics(parts: Parts) -> AsyncGenerator[Any]:
    """A client of a running service."""
    add = statistics_pb2_grpc.add_StatisticsServiceServicer_to_server
    async with served(add, StatisticsHandlers(parts)) as channel:
        yield statistics_pb2_grpc.StatisticsServiceStub(channel)


def processed(video_id: str, at: datetime = NOON, *, ready: bool = True) -> events_pb2.VideoProcessed:
    """An event of processing."""
    event = events_pb2.VideoProcessed(video_id=video_id, owner_id="o1")
    event.occurred_at.FromDatetime(at)
    if ready:
        event.ready.duration_ms, event.ready.size_bytes, event.ready.segments = 9000, 100, 3
    else:
        event.failed.reason = "no film"
    return event


async def consume(parts: Parts, event: events_pb2.VideoProcessed, event_id: uuid.UUID | None = None) -> None:
    """Deliver an event."""
    await VideoProcessedHandlers(parts).handle(event, received(event, "statistics", event_id))


async def test_each_video_counts_once(parts: Parts, statistics: Any) -> None:
    """However often its event is delivered."""
    names = [str(uuid.uuid4()) for _ in range(3)]
    for number, name in enumerate(names):
        event_id = uuid.uuid4()
        for _ in range(2):
            await consume(parts, processed(name, ready=number > 0), event_id)
    totals = await statistics.GetOwnerTotals(statistics_pb2.GetOwnerTotalsRequest(owner_id="o1"))
    assert (totals.videos_ready, totals.videos_failed) == (2, 1)
    assert (totals.duration_ms, totals.size_bytes) == (18000, 200)
    facts = await statistics.GetVideoFacts(statistics_pb2.GetVideoFactsRequest(video_id=names[1]))
    assert (facts.ready, facts.segments) == (True, 3)


async def test_newest_word_counts(parts: Parts, statistics: Any) -> None:
    """A film that failed and was replayed is ready, in whatever order the events come."""
    name = str(uuid.uuid4())
    await consume(parts, processed(name, NOON + timedelta(hours=1)))
    await consume(parts, processed(name, NOON, ready=False))
    totals = await statistics.GetOwnerTotals(statistics_pb2.GetOwnerTotalsRequest(owner_id="o1"))
    assert (totals.videos_ready, totals.videos_failed) == (1, 0)


async def test_nothing_known(statistics: Any) -> None:
    """Not found for a video, zero for an owner."""
    for name in (str(uuid.uuid4()), "nonsense"):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await statistics.GetVideoFacts(statistics_pb2.GetVideoFactsRequest(video_id=name))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    totals = await statistics.GetOwnerTotals(statistics_pb2.GetOwnerTotalsRequest(owner_id="nobody"))
    assert totals.videos_ready == 0


async def test_event_that_says_nothing_is_poison(parts: Parts) -> None:
    """It can never be counted."""
    with pytest.raises(Poison):
        await consume(parts, events_pb2.VideoProcessed(video_id=str(uuid.uuid4())))
    with pytest.raises(Poison):
        await consume(parts, processed("nonsense"))
