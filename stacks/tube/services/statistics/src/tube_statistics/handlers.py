"""Facts about videos. A person's code."""

import uuid
from datetime import UTC

from tube.events.v1 import events_pb2
from tube.statistics.v1 import statistics_pb2, statistics_pb2_grpc
from tube_platform.errors import NotFound
from tube_platform.kafka.failures import Poison
from tube_platform.kafka.records import Received
from tube_platform.rpc.server import Context
from tube_statistics import repository
from tube_statistics.repository import Facts
from tube_statistics.wired import Parts


class StatisticsHandlers(statistics_pb2_grpc.StatisticsServiceServicer):
    """StatisticsService."""

    def __init__(self, parts: Parts) -> None:
        self._database = parts.database

    async def GetVideoFacts(
        self, request: statistics_pb2.GetVideoFactsRequest, context: Context
    ) -> statistics_pb2.GetVideoFactsResponse:
        """The facts of one video."""
        try:
            wanted = uuid.UUID(request.video_id)
        except ValueError as error:
            raise NotFound("there is no such video") from error
        facts = await self._database.read(lambda connection: repository.find(connection, wanted))
        if facts is None:
            raise NotFound("nothing is known of this video yet")
        return statistics_pb2.GetVideoFactsResponse(
            video_id=str(facts.video_id),
            owner_id=facts.owner_id,
            ready=facts.ready,
            duration_ms=facts.duration_ms,
            size_bytes=facts.size_bytes,
            segments=facts.segments,
        )

    async def GetOwnerTotals(
        self, request: statistics_pb2.GetOwnerTotalsRequest, context: Context
    ) -> statistics_pb2.GetOwnerTotalsResponse:
        """The sums of one account."""
        totals = await self._database.read(lambda connection: repository.totals(connection, request.owner_id))
        return statistics_pb2.GetOwnerTotalsResponse(
            videos_ready=totals.videos_ready,
            videos_failed=totals.videos_failed,
            duration_ms=totals.duration_ms,
            size_bytes=totals.size_bytes,
        )


class VideoProcessedHandlers:
    """What statistics does with video.processed (row M2)."""

    def __init__(self, parts: Parts) -> None:
        self._inbox = parts.inbox

    async def handle(self, event: events_pb2.VideoProcessed, record: Received) -> None:
        """Save the facts."""
        facts = _facts(event)
        await self._inbox.once(record, lambda connection: repository.save(connection, facts))


def _facts(event: events_pb2.VideoProcessed) -> Facts:
    outcome = event.WhichOneof("outcome")
    if outcome is None:
        raise Poison("the event says neither ready nor failed")
    try:
        video_id = uuid.UUID(event.video_id)
    except ValueError as error:
        raise Poison("the event names no video") from error
    return Facts(
        video_id=video_id,
        owner_id=event.owner_id,
        ready=outcome == "ready",
        duration_ms=event.ready.duration_ms,
        size_bytes=event.ready.size_bytes,
        segments=event.ready.segments,
        processed_at=event.occurred_at.ToDatetime(UTC),
    )
