"""The sagas of upload. A person's code."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tube.auth.v1 import auth_pb2
from tube.catalog.v1 import catalog_pb2
from tube.events.v1 import events_pb2
from tube_platform.sagas.steps import Progress, Refused
from tube_upload.wired import Parts


@dataclass(frozen=True, slots=True)
class PublishVideoState:
    """A film on its way to the list. The key of the saga is its id."""

    owner_id: str
    title: str
    object_key: str
    object_etag: str
    size_bytes: int
    playlist: str = ""
    duration_ms: int = 0
    processed_at: float = 0.0
    """Seconds since the epoch."""


class PublishVideoSaga:
    """publish-video: reserve-quota, process, publish (pivot)."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def reserve_quota(self, at: Progress[PublishVideoState]) -> auth_pb2.ReserveQuotaRequest:
        """As much as the film has."""
        return auth_pb2.ReserveQuotaRequest(video_id=at.key, size_bytes=at.state.size_bytes)

    def reserve_quota_done(
        self, at: Progress[PublishVideoState], answer: auth_pb2.ReserveQuotaResponse
    ) -> PublishVideoState:
        """Nobody needs what is left."""
        return at.state

    def reserve_quota_undo(self, at: Progress[PublishVideoState]) -> auth_pb2.ReleaseQuotaRequest:
        """What that request set aside."""
        return auth_pb2.ReleaseQuotaRequest(reserved_by=at.undoes)

    def process(self, at: Progress[PublishVideoState]) -> events_pb2.VideoUploaded:
        """The film is named with its tag: the URL that it was PUT to goes on working for a while."""
        event = events_pb2.VideoUploaded(
            video_id=at.key,
            owner_id=at.state.owner_id,
            title=at.state.title,
            object_key=at.state.object_key,
            size_bytes=at.state.size_bytes,
            object_etag=at.state.object_etag,
        )
        event.occurred_at.FromDatetime(datetime.now(UTC))
        return event

    def process_undo(self, at: Progress[PublishVideoState]) -> events_pb2.VideoUnwanted:
        """Nothing is made of it any more."""
        event = events_pb2.VideoUnwanted(video_id=at.key)
        event.occurred_at.FromDatetime(datetime.now(UTC))
        return event

    def process_key(self, message: events_pb2.VideoProcessed) -> str | None:
        """A film is a saga."""
        return message.video_id

    def process_answered(
        self, at: Progress[PublishVideoState], message: events_pb2.VideoProcessed
    ) -> PublishVideoState:
        """A film that is none gives its quota back."""
        if message.WhichOneof("outcome") != "ready":
            raise Refused(message.failed.reason)
        return replace(
            at.state,
            playlist=message.ready.playlist,
            duration_ms=message.ready.duration_ms,
            processed_at=message.occurred_at.ToDatetime(UTC).timestamp(),
        )

    def publish(self, at: Progress[PublishVideoState]) -> catalog_pb2.PublishVideoRequest:
        """The whole entry: the catalog may hear of the video here first."""
        video = catalog_pb2.Video(
            video_id=at.key,
            owner_id=at.state.owner_id,
            title=at.state.title,
            state=catalog_pb2.Video.STATE_READY,
            playlist=at.state.playlist,
            duration_ms=at.state.duration_ms,
        )
        video.processed_at.FromDatetime(datetime.fromtimestamp(at.state.processed_at, UTC))
        return catalog_pb2.PublishVideoRequest(video=video)

    def publish_done(
        self, at: Progress[PublishVideoState], answer: catalog_pb2.PublishVideoResponse
    ) -> PublishVideoState:
        """Nobody needs it again."""
        return at.state
