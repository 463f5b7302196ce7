"""Uploads on a real database, with a bucket in memory (rows P8, F1.3, F2.4)."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import grpc.aio
import pytest

from tube.upload.v1 import upload_pb2, upload_pb2_grpc
from tube_platform import principal
from tube_platform.idempotency import Idempotency
from tube_platform.outbox import Outbox
from tube_platform.postgres import Database
from tube_platform.rpc import codes
from tube_platform.testing.fakes import MemoryBucket, MemoryInbox, MemorySagas
from tube_platform.testing.rpc import served
from tube_upload.handlers import UploadHandlers
from tube_upload.sagas import PublishVideoState
from tube_upload.wired import Parts

type Query = Callable[[str], list[tuple[object, ...]]]
NOBODY: Any = None
"""Handlers call no other service; the saga does."""


@pytest.fixture
def bucket() -> MemoryBucket:
    """Where films are put."""
    return MemoryBucket()


@pytest.fixture
def sagas() -> MemorySagas:
    """The sagas that were begun."""
    return MemorySagas()


@pytest.fixture
async def upload(database: Database, bucket: MemoryBucket, sagas: MemorySagas) -> AsyncGenerator[Any]:
    """A client of a running upload, acting as owner `o1`."""
    answers = Idempotency(database)
    parts = Parts(database, Outbox({}), MemoryInbox(), answers, sagas, bucket, NOBODY, NOBODY)
    add = upload_pb2_grpc.add_UploadServiceServicer_to_server
    async with served(add, UploadHandlers(parts)) as channel:
        with principal.acting_as("o1"):
            yield upload_pb2_grpc.UploadServiceStub(channel)


async def create(upload: Any, request_id: str = "k1", title: str = "film") -> upload_pb2.CreateVideoResponse:
    """Announce a film."""
    return await upload.CreateVideo(upload_pb2.CreateVideoRequest(request_id=request_id, title=title))


async def complete(upload: Any, video_id: str) -> upload_pb2.Video:
    """Say that it lies there."""
    return (await upload.CompleteVideo(upload_pb2.CompleteVideoRequest(video_id=video_id))).video


async def reason(call: Any) -> str:
    """Why a call was refused."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return codes.problem(caught.value).reason


async def test_film_goes_in(upload: Any, bucket: MemoryBucket, sagas: MemorySagas) -> None:
    """Create, PUT, complete: the row is `uploaded`, and the film's saga is begun."""
    created = await create(upload)
    assert created.video_id in created.upload_url
    await bucket.put(created.video_id, b"x" * 10, "video/mp4")
    video = await complete(upload, created.video_id)
    assert (video.state, video.size_bytes, video.owner_id) == (upload_pb2.Video.STATE_UPLOADED, 10, "o1")
    head = await bucket.head(created.video_id)
    assert head
    assert head.etag, "the URL goes on working, so the saga remembers which film it means"
    state = PublishVideoState("o1", "film", created.video_id, head.etag, 10)
    assert sagas.begun == {(PublishVideoState, created.video_id): state}


async def test_create_again_is_the_same_video_with_a_url_that_works(upload: Any, query: Query) -> None:
    """The same key: one row. The URL is signed anew, since the first may have expired."""
    first, again = await create(upload), await create(upload)
    assert first.video_id == again.video_id
    assert again.upload_url
    assert query("select count(*) from videos") == [(1,)]
    assert b"https" not in b"".join(row[0] for row in query("select body from idempotency"))  # pyright: ignore
    assert await reason(create(upload, title="another")) == "idempotency_key_reused"
    assert await reason(create(upload, request_id="")) == "schema"


async def test_complete_again_begins_no_second_saga(
    upload: Any, bucket: MemoryBucket, sagas: MemorySagas, query: Query
) -> None:
    """A client that lost the answer, and one that is impatient."""
    created = await create(upload)
    await bucket.put(created.video_id, b"x", "video/mp4")
    await asyncio.gather(*(complete(upload, created.video_id) for _ in range(4)))
    await complete(upload, created.video_id)
    assert len(sagas.begun) == 1
    assert query("select state, size_bytes from videos") == [("uploaded", 1)]


async def test_complete_without_a_film_is_refused_and_may_be_tried_again(
    upload: Any, bucket: MemoryBucket
) -> None:
    """No promise is given for what is not there."""
    created = await create(upload)
    assert await reason(complete(upload, created.video_id)) == "object_missing"
    await bucket.put(created.video_id, b"", "video/mp4")
    assert await reason(complete(upload, created.video_id)) == "object_missing"
    await bucket.put(created.video_id, b"x", "video/mp4")
    assert (await complete(upload, created.video_id)).state == upload_pb2.Video.STATE_UPLOADED


async def test_nobody_sees_or_completes_the_films_of_others(upload: Any, bucket: MemoryBucket) -> None:
    """To others there is no such video."""
    created = await create(upload)
    await bucket.put(created.video_id, b"x", "video/mp4")
    with principal.acting_as("o2"):
        assert await reason(complete(upload, created.video_id)) == "not_found"
        assert (
            await reason(upload.GetVideo(upload_pb2.GetVideoRequest(video_id=created.video_id)))
            == "not_found"
        )
    with principal.acting_as(None):
        assert await reason(create(upload, "k9")) == "unauthenticated"
    assert await reason(complete(upload, "nonsense")) == "not_found"


@pytest.mark.parametrize(("title", "why"), [("", "schema"), ("   ", "title_blank"), ("x" * 201, "schema")])
async def test_title_is_needed(upload: Any, title: str, why: str) -> None:
    """1 to 200 characters, as the contract says, and one of them can be read."""
    assert await reason(create(upload, title=title)) == why


async def test_get_says_how_far_the_upload_got(upload: Any) -> None:
    """Created, before the film came."""
    created = await create(upload)
    found = (await upload.GetVideo(upload_pb2.GetVideoRequest(video_id=created.video_id))).video
    assert (found.state, found.title) == (upload_pb2.Video.STATE_CREATED, "film")


async def test_title_that_cannot_be_stored_is_refused(upload: Any) -> None:
    """The caller's fault, and said so."""
    assert await reason(create(upload, title="a\x00b")) == "text_invalid"
