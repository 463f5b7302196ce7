"""publish-video on a real database: what it asks, sends and takes back (rows F3.4, F3.7)."""

import uuid
from collections.abc import Callable
from typing import Any, cast

import grpc.aio
import pytest

from tube.auth.v1 import auth_pb2
from tube.catalog.v1 import catalog_pb2
from tube.events.v1 import events_pb2
from tube_platform import principal
from tube_platform.app import App
from tube_platform.errors import Unavailable
from tube_platform.outbox import Outbox
from tube_platform.postgres import Database
from tube_platform.sagas.engine import Engine
from tube_platform.testing.broker import received
from tube_platform.testing.journey import hurry, turn
from tube_platform.wiring import Publication, SagaStep, SagaWiring
from tube_upload.sagas import PublishVideoState
from tube_upload.wired import wire

type Query = Callable[[str], list[tuple[object, ...]]]
VIDEO = str(uuid.uuid4())
STATE = PublishVideoState("o1", "film", VIDEO, '"e"', 5)
PUBLISHES = {
    "video.uploaded": Publication("video.uploaded", "tube.events.v1.VideoUploaded", "video_id"),
    "video.unwanted": Publication("video.unwanted", "tube.events.v1.VideoUnwanted", "video_id"),
}
WIRING = SagaWiring(
    600.0,
    (
        SagaStep(
            "reserve-quota", 5.0, 3, call="auth.ReserveQuota", undo="auth.ReleaseQuota", retry="until-done"
        ),
        SagaStep(
            "process", 60.0, 2, send="video.uploaded", awaits="video.processed", undo="topic video.unwanted"
        ),
        SagaStep("publish", 5.0, 3, call="catalog.PublishVideo", pivot=True),
    ),
)


class Others:
    """Auth and catalog: they count what they are asked, and fail as they are told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any, str | None]] = []
        self.fails: dict[str, list[Exception]] = {}

    def _take(self, name: str, request: Any) -> None:
        self.asked.append((name, request, principal.current()))
        if self.fails.get(name):
            raise self.fails[name].pop(0)

    async def ReserveQuota(self, request: auth_pb2.ReserveQuotaRequest) -> auth_pb2.ReserveQuotaResponse:
        self._take("reserve", request)
        return auth_pb2.ReserveQuotaResponse()

    async def ReleaseQuota(self, request: auth_pb2.ReleaseQuotaRequest) -> auth_pb2.ReleaseQuotaResponse:
        self._take("release", request)
        return auth_pb2.ReleaseQuotaResponse()

    async def PublishVideo(
        self, request: catalog_pb2.PublishVideoRequest
    ) -> catalog_pb2.PublishVideoResponse:
        self._take("publish", request)
        return catalog_pb2.PublishVideoResponse()

    @property
    def names(self) -> list[str]:
        """What they were asked, in order."""
        return [name for name, _, _ in self.asked]


class Wired:
    """Upload's App, as far as a saga needs it."""

    def __init__(self, engine: Engine, others: Others) -> None:
        self.engine, self.others = engine, others
        self.processed: Any = None

    def sagas(self) -> Engine:
        return self.engine

    def client(self, target: str, kind: Any) -> Others:
        return self.others

    def consume(self, topic: str, handler: Any) -> None:
        self.processed = handler

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


@pytest.fixture
def others() -> Others:
    """The services that are called."""
    return Others()


@pytest.fixture
async def owner(database: Database, others: Others) -> Wired:
    """A process of upload, with one saga begun for `o1`."""
    found = Wired(Engine(database, Outbox(PUBLISHES), {"publish-video": WIRING}), others)
    wire(cast("App", found))
    with principal.acting_as("o1"):
        await database.transact(lambda connection: found.engine.begin(connection, VIDEO, STATE))
    return found


def ready() -> events_pb2.VideoProcessed:
    """A film that can be watched."""
    event = events_pb2.VideoProcessed(video_id=VIDEO)
    event.ready.playlist, event.ready.duration_ms = f"{VIDEO}/index.m3u8", 9000
    event.occurred_at.FromSeconds(1_800_000_000)
    return event


async def come(owner: Wired, event: events_pb2.VideoProcessed) -> None:
    """Deliver what processing says, twice."""
    record = received(event, "upload")
    for _ in range(2):
        await owner.processed.handle(event, record)


def sent(query: Query) -> list[tuple[object, ...]]:
    """The records of the saga."""
    return query("select topic, convert_from(key, 'UTF8') from outbox order by seq")


async def test_film_is_published(owner: Wired, others: Others, query: Query) -> None:
    """Quota, record, entry, each once, in the name of the film's owner."""
    await turn(owner.engine)
    assert others.names == ["reserve"], "nothing is published before it is processed"
    await come(owner, ready())
    while await turn(owner.engine):
        pass
    assert others.names == ["reserve", "publish"]
    assert {who for _, _, who in others.asked} == {"o1"}
    reserved, published = (request for _, request, _ in others.asked)
    assert (reserved.video_id, reserved.size_bytes, bool(reserved.request_id)) == (VIDEO, 5, True)
    video = published.video
    assert (video.video_id, video.owner_id, video.title) == (VIDEO, "o1", "film")
    assert (video.playlist, video.duration_ms) == (f"{VIDEO}/index.m3u8", 9000)
    assert (video.state, video.processed_at.seconds) == (catalog_pb2.Video.STATE_READY, 1_800_000_000)
    assert sent(query) == [("video.uploaded", VIDEO)]
    ((payload,),) = query("select payload from outbox")
    event = events_pb2.VideoUploaded.FromString(cast("bytes", payload))
    assert (event.object_key, event.object_etag, event.size_bytes) == (VIDEO, '"e"', 5)
    assert event.occurred_at.seconds > 0
    assert query("select state from sagas") == [("done",)]


async def test_film_that_is_none_gives_its_quota_back(owner: Wired, others: Others, query: Query) -> None:
    """Processing said no, so nothing of it is undone but what was before it."""
    await turn(owner.engine)
    event = events_pb2.VideoProcessed(video_id=VIDEO)
    event.failed.reason = "no film"
    await come(owner, event)
    await turn(owner.engine)
    assert others.names == ["reserve", "release"]
    assert others.asked[1][1].reserved_by == others.asked[0][1].request_id
    assert sent(query) == [("video.uploaded", VIDEO)]
    assert query("select state, failure from sagas") == [("compensated", "no film")]


async def test_film_that_the_catalog_refuses_is_unwanted(owner: Wired, others: Others, query: Query) -> None:
    """What was sent is taken back too, last thing first."""
    others.fails["publish"] = [grpc_no()]
    await turn(owner.engine)
    await come(owner, ready())
    while await turn(owner.engine):
        pass
    assert others.names == ["reserve", "publish", "release"]
    assert sent(query) == [("video.uploaded", VIDEO), ("video.unwanted", VIDEO)]
    assert query("select state from sagas") == [("compensated",)]


async def test_auth_and_catalog_that_are_away_delay_a_film_and_lose_none(
    owner: Wired, others: Others, database: Database, query: Query
) -> None:
    """The upload was acknowledged: silence turns nothing back, however long it lasts."""
    others.fails = {name: [Unavailable("nobody answers")] * 12 for name in ("reserve", "publish")}
    for _ in range(13):
        await turn(owner.engine)
        await hurry(database)
    await come(owner, ready())
    for _ in range(13):
        await turn(owner.engine)
        await hurry(database)
    assert others.names == ["reserve"] * 13 + ["publish"] * 13
    assert len({request.request_id for name, request, _ in others.asked if name == "reserve"}) == 1
    assert sent(query) == [("video.uploaded", VIDEO)]
    assert query("select state from sagas") == [("done",)]


async def test_quota_that_is_used_up_ends_it_before_anything_is_sent(
    owner: Wired, others: Others, query: Query
) -> None:
    """Nothing was done, so nothing is undone."""
    others.fails["reserve"] = [grpc_no()]
    await turn(owner.engine)
    assert (others.names, sent(query)) == (["reserve"], [])
    assert query("select state from sagas") == [("compensated",)]


def grpc_no() -> grpc.aio.AioRpcError:
    """A refusal as it comes over the network."""
    empty = grpc.aio.Metadata()
    return grpc.aio.AioRpcError(grpc.StatusCode.FAILED_PRECONDITION, empty, empty, "no")
