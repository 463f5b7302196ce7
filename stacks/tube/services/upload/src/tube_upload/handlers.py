"""Takes films in. A person's code."""

import uuid
from datetime import UTC, datetime, timedelta

from tube.events.v1 import events_pb2
from tube.upload.v1 import upload_pb2, upload_pb2_grpc
from tube_platform import logs, principal
from tube_platform.errors import Invalid, NotFound, NotYet
from tube_platform.kafka.records import Received
from tube_platform.postgres import Connection
from tube_platform.rpc.server import Context
from tube_upload import repository
from tube_upload.repository import Video
from tube_upload.sagas import PublishVideoState
from tube_upload.wired import Parts

log = logs.get(__name__)

URL_SECONDS = 3600
LARGEST_FILM = 2 * 1024**3

STATES = {"created": upload_pb2.Video.STATE_CREATED, "uploaded": upload_pb2.Video.STATE_UPLOADED}


class UploadHandlers(upload_pb2_grpc.UploadServiceServicer):
    """UploadService."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def CreateVideo(
        self, request: upload_pb2.CreateVideoRequest, context: Context
    ) -> upload_pb2.CreateVideoResponse:
        """Make a row, and sign a URL for the film."""
        owner = principal.required()
        title = request.title.strip()
        if not title:
            raise Invalid("a title holds something that can be read", "title_blank")
        content_type = request.content_type or "application/octet-stream"

        async def effect(connection: Connection) -> upload_pb2.CreateVideoResponse:
            video_id = uuid.uuid4()
            await repository.add(connection, video_id, owner, title, content_type)
            return upload_pb2.CreateVideoResponse(video_id=str(video_id))

        kind = upload_pb2.CreateVideoResponse
        answer = await self._parts.idempotency.once("CreateVideo", request, kind, effect)
        # The URL is no part of the stored answer: it ends, and a later repetition of the request needs one that works.
        answer.upload_url = await self._parts.originals.sign_put(answer.video_id, URL_SECONDS)
        answer.upload_expires_at.FromDatetime(datetime.now(UTC) + timedelta(seconds=URL_SECONDS))
        log.info("video created", video_id=answer.video_id, owner_id=owner)
        return answer

    async def CompleteVideo(
        self, request: upload_pb2.CompleteVideoRequest, context: Context
    ) -> upload_pb2.CompleteVideoResponse:
        """Promise that the film will be processed: row and event in one transaction."""
        video = await self._find(request.video_id)
        if video.state != "uploaded":
            video = await self._complete(video)
        return upload_pb2.CompleteVideoResponse(video=_message(video))

    async def GetVideo(
        self, request: upload_pb2.GetVideoRequest, context: Context
    ) -> upload_pb2.GetVideoResponse:
        """One of the caller's uploads."""
        return upload_pb2.GetVideoResponse(video=_message(await self._find(request.video_id)))

    async def _complete(self, video: Video) -> Video:
        found = await self._parts.originals.head(video.object_key)
        if found is None or found.size == 0:
            raise NotYet("the film is not there yet: PUT it to the upload URL first", "object_missing")
        if found.size > LARGEST_FILM:
            raise Invalid(f"a film has at most {LARGEST_FILM} bytes", "film_too_large")

        async def work(connection: Connection) -> Video:
            new = await repository.mark_uploaded(connection, video.id, found.size)
            if new is None:  # somebody was quicker, and wrote the event
                return await repository.find(connection, video.id, video.owner_id) or video
            await self._parts.sagas.begin(connection, str(new.id), _state(new, found.etag or ""))
            return new

        return await self._parts.database.transact(work, repeatable=True)

    async def _find(self, video_id: str) -> Video:
        owner, wanted = principal.required(), _uuid(video_id)
        video = await self._parts.database.read(lambda connection: repository.find(connection, wanted, owner))
        if video is None:
            raise NotFound("there is no such video")
        return video


def _state(video: Video, etag: str) -> PublishVideoState:
    return PublishVideoState(video.owner_id, video.title, video.object_key, etag, video.size_bytes)


def _message(video: Video) -> upload_pb2.Video:
    message = upload_pb2.Video(
        video_id=str(video.id),
        owner_id=video.owner_id,
        title=video.title,
        state=STATES[video.state],
        size_bytes=video.size_bytes,
    )
    message.created_at.FromDatetime(video.created_at)
    return message


def _uuid(given: str) -> uuid.UUID:
    try:
        return uuid.UUID(given)
    except ValueError as error:
        raise NotFound("there is no such video") from error


class VideoProcessedHandlers:
    """What upload does with video.processed: its saga has had it before."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def handle(self, event: events_pb2.VideoProcessed, record: Received) -> None:
        """Nothing more."""

    async def dead_lettered(
        self, event: events_pb2.VideoProcessed | None, record: Received, reason: str
    ) -> None:
        """The step ends by its time."""
