"""What can be watched. A person's code."""

import uuid
from datetime import UTC

from tube.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from tube.events.v1 import events_pb2
from tube_catalog import repository
from tube_catalog.repository import Video
from tube_catalog.wired import Parts
from tube_platform import pages
from tube_platform.errors import NotFound
from tube_platform.kafka.failures import Poison
from tube_platform.kafka.records import Received
from tube_platform.postgres import Connection
from tube_platform.rpc.server import Context

STATES = {"ready": catalog_pb2.Video.STATE_READY, "failed": catalog_pb2.Video.STATE_FAILED}


class CatalogHandlers(catalog_pb2_grpc.CatalogServiceServicer):
    """CatalogService."""

    def __init__(self, parts: Parts) -> None:
        self._database = parts.database

    async def GetVideo(
        self, request: catalog_pb2.GetVideoRequest, context: Context
    ) -> catalog_pb2.GetVideoResponse:
        """One video, from the host that writes: who just heard that it is ready must find it."""
        wanted = _uuid(request.video_id)
        video = await self._database.read(lambda connection: repository.find(connection, wanted))
        if video is None:
            raise NotFound("there is no such video")
        return catalog_pb2.GetVideoResponse(video=_message(video))

    async def PublishVideo(
        self, request: catalog_pb2.PublishVideoRequest, context: Context
    ) -> catalog_pb2.PublishVideoResponse:
        """Put a film on the list; asked again, it is there already (row F3.4)."""
        video = _published(request.video)
        await self._database.transact(lambda connection: repository.save(connection, video), repeatable=True)
        return catalog_pb2.PublishVideoResponse(video=_message(video))

    async def ListVideos(
        self, request: catalog_pb2.ListVideosRequest, context: Context
    ) -> catalog_pb2.ListVideosResponse:
        """A page of ready videos, from a replica (row F3.1)."""
        most, before = pages.size(request.page_size), pages.place(request.page_token)
        rows = await self._database.read_replica(
            lambda connection: repository.newest(connection, request.owner_id, before, most + 1)
        )
        page, following = pages.cut(rows, most, lambda video: (video.processed_at, video.id))
        return catalog_pb2.ListVideosResponse(
            videos=[_message(video) for video in page], next_page_token=following
        )


class VideoProcessedHandlers:
    """What the catalog does with video.processed."""

    def __init__(self, parts: Parts) -> None:
        self._inbox = parts.inbox

    async def handle(self, event: events_pb2.VideoProcessed, record: Received) -> None:
        """Make or replace the entry of a film that failed. What is ready goes on the list when upload's saga says so, by PublishVideo."""
        video = _video(event)

        async def effect(connection: Connection) -> None:
            if video.state == "failed":
                await repository.save(connection, video)

        await self._inbox.once(record, effect)


def _video(event: events_pb2.VideoProcessed) -> Video:
    outcome = event.WhichOneof("outcome")
    if outcome is None:
        raise Poison("the event says neither ready nor failed")
    return Video(
        id=_event_uuid(event.video_id),
        owner_id=event.owner_id,
        title=event.title,
        state=outcome,
        playlist=event.ready.playlist,
        duration_ms=event.ready.duration_ms,
        failure_reason=event.failed.reason,
        processed_at=event.occurred_at.ToDatetime(UTC),
    )


def _published(given: catalog_pb2.Video) -> Video:
    return Video(
        id=_uuid(given.video_id),
        owner_id=given.owner_id,
        title=given.title,
        state="ready",
        playlist=given.playlist,
        duration_ms=given.duration_ms,
        failure_reason="",
        processed_at=given.processed_at.ToDatetime(UTC),
    )


def _message(video: Video) -> catalog_pb2.Video:
    message = catalog_pb2.Video(
        video_id=str(video.id),
        owner_id=video.owner_id,
        title=video.title,
        state=STATES[video.state],
        playlist=video.playlist,
        duration_ms=video.duration_ms,
        failure_reason=video.failure_reason,
    )
    message.processed_at.FromDatetime(video.processed_at)
    return message


def _uuid(given: str) -> uuid.UUID:
    try:
        return uuid.UUID(given)
    except ValueError as error:
        raise NotFound("there is no such video") from error


def _event_uuid(given: str) -> uuid.UUID:
    try:
        return uuid.UUID(given)
    except ValueError as error:
        raise Poison("the event names no video") from error
