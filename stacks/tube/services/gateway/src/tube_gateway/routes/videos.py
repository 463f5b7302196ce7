"""Videos: created and completed by upload, known to the catalog once they are processed."""

from datetime import UTC, datetime
from typing import Annotated

import grpc
from fastapi import APIRouter, Query
from grpc.aio import AioRpcError
from pydantic import BaseModel, Field

from tube.catalog.v1 import catalog_pb2
from tube.statistics.v1 import statistics_pb2
from tube.upload.v1 import upload_pb2
from tube_gateway.routes.context import (
    WITHOUT_TOKEN,
    AccountId,
    AccountIfAny,
    Deps,
    IdempotencyKey,
    degradable,
    problems,
)
from tube_gateway.wired import Parts
from tube_platform import principal
from tube_platform.errors import NotFound

router = APIRouter(tags=["videos"])

UPLOAD_STATES = {upload_pb2.Video.STATE_CREATED: "created", upload_pb2.Video.STATE_UPLOADED: "uploaded"}

TITLE = r"^[^\x00]*[^\s\x00-\x1f\x7f-\x9f][^\x00]*$"
"""Something can be read in it, and it can be stored."""
MEDIA_TYPE = r"^[!-~]+/[ -~]+$"
"""It becomes a header."""


class NewVideo(BaseModel):
    """A film that is to come."""

    title: str = Field(min_length=1, max_length=200, pattern=TITLE)
    content_type: str = Field(default="video/mp4", max_length=100, pattern=MEDIA_TYPE)


class Upload(BaseModel):
    """Where to put the film: one PUT, with no other credentials."""

    video_id: str
    upload_url: str
    upload_expires_at: datetime


class Video(BaseModel):
    """A video in any state: created, uploaded, ready or failed."""

    video_id: str
    owner_id: str
    title: str
    state: str
    playlist_url: str | None = None
    watch_url: str | None = None
    duration_ms: int | None = None
    failure_reason: str | None = None


class Page(BaseModel):
    """A page of videos."""

    videos: list[Video]
    next_page_token: str | None = None


class Facts(BaseModel):
    """What is counted of a video; nothing but its name while statistics does not answer."""

    video_id: str
    ready: bool | None = None
    duration_ms: int | None = None
    size_bytes: int | None = None
    segments: int | None = None


@router.post("/v1/videos", status_code=201, responses=problems(400, 401, 409, 422))
async def create(new: NewVideo, parts: Deps, account: AccountId, idempotency_key: IdempotencyKey) -> Upload:
    """Announce a film. Send the same Idempotency-Key again when the answer was lost."""
    request = upload_pb2.CreateVideoRequest(
        request_id=idempotency_key, title=new.title, content_type=new.content_type
    )
    with principal.acting_as(account):
        answer = await parts.upload.CreateVideo(request)
    return Upload(
        video_id=answer.video_id,
        upload_url=answer.upload_url,
        upload_expires_at=answer.upload_expires_at.ToDatetime(UTC),
    )


@router.post("/v1/videos/{video_id}/complete", responses=problems(401, 404, 409))
async def complete(video_id: str, parts: Deps, account: AccountId) -> Video:
    """Say that the film has been PUT. With 200 the film is promised to be processed."""
    with principal.acting_as(account):
        answer = await parts.upload.CompleteVideo(upload_pb2.CompleteVideoRequest(video_id=video_id))
    return _uploaded(answer.video)


@router.get("/v1/videos/{video_id}", responses=problems(401, 404), openapi_extra=WITHOUT_TOKEN)
async def get(video_id: str, parts: Deps, account: AccountIfAny) -> Video:
    """A video: from the catalog once it is processed, before that from upload, and then for its owner only."""
    try:
        answer = await parts.catalog.GetVideo(catalog_pb2.GetVideoRequest(video_id=video_id))
    except AioRpcError as error:
        if error.code() != grpc.StatusCode.NOT_FOUND or account is None:
            raise
        with principal.acting_as(account):
            return _uploaded(
                (await parts.upload.GetVideo(upload_pb2.GetVideoRequest(video_id=video_id))).video
            )
    if answer.video.state == catalog_pb2.Video.STATE_FAILED and answer.video.owner_id != account:
        raise NotFound("there is no such video")
    return _processed(parts, answer.video)


@router.get("/v1/videos", responses=problems(400))
async def newest(
    parts: Deps,
    page_size: Annotated[int, Query(ge=1, le=100)] = 20,
    page_token: Annotated[str, Query(max_length=200)] = "",
    owner_id: Annotated[str, Query(max_length=64)] = "",
) -> Page:
    """Ready videos, newest first."""
    request = catalog_pb2.ListVideosRequest(page_size=page_size, page_token=page_token, owner_id=owner_id)
    answer = await parts.catalog.ListVideos(request)
    return Page(
        videos=[_processed(parts, video) for video in answer.videos],
        next_page_token=answer.next_page_token or None,
    )


@router.get("/v1/videos/{video_id}/facts", responses=degradable() | problems(404))
async def facts(video_id: str, parts: Deps) -> Facts:
    """What statistics counted."""
    found = await parts.statistics.GetVideoFacts(statistics_pb2.GetVideoFactsRequest(video_id=video_id))
    if not found.video_id:  # the answer in place of one
        return Facts(video_id=video_id)
    return Facts(
        video_id=found.video_id,
        ready=found.ready,
        duration_ms=found.duration_ms,
        size_bytes=found.size_bytes,
        segments=found.segments,
    )


def _uploaded(video: upload_pb2.Video) -> Video:
    return Video(
        video_id=video.video_id, owner_id=video.owner_id, title=video.title, state=UPLOAD_STATES[video.state]
    )


def _processed(parts: Parts, video: catalog_pb2.Video) -> Video:
    ready = video.state == catalog_pb2.Video.STATE_READY
    return Video(
        video_id=video.video_id,
        owner_id=video.owner_id,
        title=video.title,
        state="ready" if ready else "failed",
        playlist_url=f"{parts.public.cdn_url}/{video.playlist}" if ready else None,
        watch_url=f"{parts.public.base_url}/watch/{video.video_id}" if ready else None,
        duration_ms=video.duration_ms if ready else None,
        failure_reason=video.failure_reason or None,
    )
