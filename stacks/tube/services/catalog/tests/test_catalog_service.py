"""The catalog on a real database: events make entries, entries make pages (rows M1, F2.3, F3.1)."""

import uuid
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc.aio
import pytest

from tube.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from tube.events.v1 import events_pb2
from tube_catalog.handlers import CatalogHandlers, VideoProcessedHandlers
from tube_catalog.wired import Parts
from tube_platform.inbox import Inbox
from tube_platform.kafka.failures import Poison
from tube_platform.postgres import Database
from tube_platform.rpc import codes
from tube_platform.testing.broker import received
from tube_platform.testing.rpc import served

type Query = Callable[[str], list[tuple[object, ...]]]
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def parts(database: Database) -> Parts:
    """What the handlers use."""
    return Parts(database=database, inbox=Inbox(database))


@pytest.fixture
async def catalog(parts: Parts) -> AsyncGenerator[Any]:
    """A client of a running catalog."""
    add = catalog_pb2_grpc.add_CatalogServiceServicer_to_server
    async with served(add, CatalogHandlers(parts)) as channel:
        yield catalog_pb2_grpc.CatalogServiceStub(channel)


def processed(
    video_id: str, at: datetime = NOON, owner: str = "o1", failed: str = ""
) -> events_pb2.VideoProcessed:
    """An event of processing."""
    event = events_pb2.VideoProcessed(video_id=video_id, owner_id=owner, title=f"film {video_id[:4]}")
    event.occurred_at.FromDatetime(at)
    if failed:
        event.failed.reason = failed
    else:
        event.ready.playlist = f"{video_id}/index.m3u8"
        event.ready.duration_ms = 9000
    return event


async def consume(parts: Parts, event: events_pb2.VideoProcessed, event_id: uuid.UUID | None = None) -> None:
    """Deliver an event."""
    await VideoProcessedHandlers(parts).handle(event, received(event, "catalog", event_id))


async def publish(catalog: Any, video_id: str, at: datetime = NOON, owner: str = "o1") -> None:
    """What upload's saga asks for."""
    video = catalog_pb2.Video(
        video_id=video_id,
        owner_id=owner,
        title=f"film {video_id[:4]}",
        state=catalog_pb2.Video.STATE_READY,
        playlist=f"{video_id}/index.m3u8",
        duration_ms=9000,
    )
    video.processed_at.FromDatetime(at)
    await catalog.PublishVideo(catalog_pb2.PublishVideoRequest(video=video))


async def get(catalog: Any, video_id: str) -> catalog_pb2.Video:
    """An entry."""
    return (await catalog.GetVideo(catalog_pb2.GetVideoRequest(video_id=video_id))).video


async def reason(call: Any) -> str:
    """Why a call was refused."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return codes.problem(caught.value).reason


async def test_published_film_can_be_watched(catalog: Any) -> None:
    """Everything that a player needs."""
    video_id = str(uuid.uuid4())
    await publish(catalog, video_id)
    video = await get(catalog, video_id)
    assert video.state == catalog_pb2.Video.STATE_READY
    assert (video.playlist, video.duration_ms, video.owner_id) == (f"{video_id}/index.m3u8", 9000, "o1")
    assert video.processed_at.ToDatetime(UTC) == NOON


async def test_film_that_is_ready_waits_to_be_published(parts: Parts, catalog: Any, query: Query) -> None:
    """Processing alone puts nothing on the list (row F3.4)."""
    video_id = str(uuid.uuid4())
    await consume(parts, processed(video_id))
    assert await reason(get(catalog, video_id)) == "not_found"
    assert query("select count(*) from inbox") == [(1,)]


async def test_published_twice_is_one_entry(catalog: Any, query: Query) -> None:
    """The saga may ask again."""
    video_id = str(uuid.uuid4())
    await publish(catalog, video_id)
    await publish(catalog, video_id)
    assert query("select count(*) from videos") == [(1,)]


async def test_what_is_no_ready_film_is_not_published(catalog: Any) -> None:
    """No playlist, another state, no video."""
    ready = catalog_pb2.Video.STATE_READY
    for video, why in (
        (catalog_pb2.Video(video_id=str(uuid.uuid4()), state=ready), "schema"),
        (catalog_pb2.Video(video_id=str(uuid.uuid4()), playlist="p"), "schema"),
        (catalog_pb2.Video(video_id="nonsense", state=ready, playlist="p"), "not_found"),
    ):
        assert await reason(catalog.PublishVideo(catalog_pb2.PublishVideoRequest(video=video))) == why


async def test_failed_film_says_why_and_is_not_listed(parts: Parts, catalog: Any) -> None:
    """Its owner sees the reason."""
    video_id = str(uuid.uuid4())
    await consume(parts, processed(video_id, failed="no film"))
    video = await get(catalog, video_id)
    assert (video.state, video.failure_reason) == (catalog_pb2.Video.STATE_FAILED, "no film")
    assert not (await catalog.ListVideos(catalog_pb2.ListVideosRequest())).videos


@pytest.mark.parametrize("video_id", [str(uuid.uuid4()), "nonsense"])
async def test_unknown_video(catalog: Any, video_id: str) -> None:
    """Not found, whatever the name looks like."""
    assert await reason(get(catalog, video_id)) == "not_found"


async def test_second_delivery_and_replay(parts: Parts, catalog: Any, query: Query) -> None:
    """The same event twice is one entry; a newer word replaces an older one, never the other way."""
    video_id, event_id = str(uuid.uuid4()), uuid.uuid4()
    failed = processed(video_id, NOON, failed="no film")
    await consume(parts, failed, event_id)
    await publish(catalog, video_id, NOON + timedelta(hours=1))
    await consume(parts, failed, event_id)
    await consume(parts, processed(video_id, NOON - timedelta(hours=1), failed="older"))
    assert (await get(catalog, video_id)).state == catalog_pb2.Video.STATE_READY
    assert query("select count(*) from videos") == [(1,)]


async def test_event_that_says_nothing_is_poison(parts: Parts) -> None:
    """Neither ready nor failed, or no video: it can never become an entry."""
    with pytest.raises(Poison):
        await consume(parts, events_pb2.VideoProcessed(video_id=str(uuid.uuid4())))
    with pytest.raises(Poison):
        await consume(parts, processed("nonsense"))


async def test_pages_show_each_video_once_newest_first(catalog: Any) -> None:
    """Also where times are equal; and only an owner's when asked."""
    names = [str(uuid.uuid4()) for _ in range(7)]
    for number, name in enumerate(names):
        await publish(catalog, name, NOON + timedelta(minutes=number // 2), owner=f"o{number % 2}")
    seen: list[str] = []
    token, times = "", list[datetime]()
    while True:
        page = await catalog.ListVideos(catalog_pb2.ListVideosRequest(page_size=2, page_token=token))
        seen += [video.video_id for video in page.videos]
        times += [video.processed_at.ToDatetime(UTC) for video in page.videos]
        token = page.next_page_token
        if not token:
            break
    assert sorted(seen) == sorted(names)
    assert times == sorted(times, reverse=True)
    own = await catalog.ListVideos(catalog_pb2.ListVideosRequest(owner_id="o1"))
    assert {video.video_id for video in own.videos} == set(names[1::2])
