"""The whole way of a film in one process: every service with its real handlers and its own real database, gRPC between them, and a
broker and buckets in memory (rows P5, P8, P9, M1, M2, A8, F2.3, F2.4).

What the cluster tests show with a real Kafka, object store and edge, this shows in seconds, and it says at which joint it breaks.
"""

import asyncio
import subprocess
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from joserfc.jwk import OKPKey

import tube_auth
import tube_catalog
import tube_notifications
import tube_processing
import tube_statistics
import tube_upload
from tube.auth.v1 import auth_pb2_grpc
from tube.catalog.v1 import catalog_pb2_grpc
from tube.events.v1 import events_pb2
from tube.notifications.v1 import notifications_pb2_grpc
from tube.statistics.v1 import statistics_pb2_grpc
from tube.upload.v1 import upload_pb2_grpc
from tube_auth import wired as auth_wired
from tube_auth.handlers import AuthHandlers
from tube_catalog import wired as catalog_wired
from tube_catalog.handlers import CatalogHandlers
from tube_catalog.handlers import VideoProcessedHandlers as CatalogConsumer
from tube_gateway import keys
from tube_gateway.application import application
from tube_gateway.wired import Parts
from tube_media import wired as media_wired
from tube_media.application import application as media_application
from tube_notifications import wired as notifications_wired
from tube_notifications.handlers import NotificationsHandlers
from tube_notifications.handlers import VideoProcessedHandlers as NotificationsConsumer
from tube_platform.app import App
from tube_platform.idempotency import Idempotency
from tube_platform.inbox import Inbox
from tube_platform.kafka.loop import ConsumerLoop, Handler
from tube_platform.lifecycle import Lifecycle
from tube_platform.oidc.logins import Logins
from tube_platform.outbox import Outbox, Relay
from tube_platform.postgres import Database
from tube_platform.sagas.engine import Engine
from tube_platform.sagas.orchestrator import Orchestrator
from tube_platform.testing.broker import MemoryBroker, MemorySource
from tube_platform.testing.fakes import MemoryBucket, MemoryEdgeCache, MemoryOutbox
from tube_platform.testing.postgres import LocalPostgres
from tube_platform.testing.rpc import served
from tube_platform.tokens import Issuer, Verifier
from tube_platform.wiring import (
    OutboxWiring,
    Public,
    Publication,
    SagaStep,
    SagaWiring,
    Subscription,
    TokensWiring,
    Verifies,
)
from tube_processing import transcode
from tube_processing import wired as processing_wired
from tube_processing.handlers import VideoUnwantedHandlers, VideoUploadedHandlers
from tube_statistics import wired as statistics_wired
from tube_statistics.handlers import StatisticsHandlers
from tube_statistics.handlers import VideoProcessedHandlers as StatisticsConsumer
from tube_upload import wired as upload_wired

BASE, CDN = "https://tube.localhost:8443", "https://cdn.tube.localhost:8443"
MESSAGES = {
    "video.uploaded": "tube.events.v1.VideoUploaded",
    "video.processed": "tube.events.v1.VideoProcessed",
    "video.unwanted": "tube.events.v1.VideoUnwanted",
}
PUBLISHES = {topic: Publication(topic, message, "video_id") for topic, message in MESSAGES.items()}
LIFE = Lifecycle(5.0)
PATIENCE = 30.0
"""Seconds for one request: all services run on one event loop here, on a machine that may be busy."""
SAGA = SagaWiring(
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


@dataclass(slots=True)
class Uploads:
    """Upload's App, as far as its wiring asks for it: with the parts of this test."""

    held: upload_wired.Parts
    engine: Engine
    servicer: Any = None
    processed: Any = None

    def database(self) -> Database:
        """As of the test."""
        return self.held.database

    def outbox(self) -> Any:
        """As of the test."""
        return self.held.outbox

    def inbox(self) -> Any:
        """As of the test."""
        return self.held.inbox

    def idempotency(self) -> Any:
        """As of the test."""
        return self.held.idempotency

    def sagas(self) -> Engine:
        """As of the test."""
        return self.engine

    def bucket(self, name: str) -> Any:
        """As of the test."""
        return self.held.originals

    def client(self, target: str, kind: Any) -> Any:
        """As of the test."""
        return {"auth": self.held.auth, "catalog": self.held.catalog}[target]

    def serve_grpc(self, add: Any, servicer: Any) -> None:
        """Keep it."""
        self.servicer = servicer

    def consume(self, topic: str, handler: Any) -> None:
        """Keep it."""
        self.processed = handler


class Tube:
    """The running system, and a client of it."""

    def __init__(self, postgres: LocalPostgres, folder: Path) -> None:
        self.postgres, self.folder, self.stack = postgres, folder, AsyncExitStack()
        self.broker = MemoryBroker({"video.uploaded": 3})
        self.originals, self.renditions = MemoryBucket(), MemoryBucket()
        self.databases: dict[str, Database] = {}

    async def database(self, package: Any) -> Database:
        """The database of one service."""
        found = Database(self.postgres.database(Path(package.__file__).parent / "migrations"))
        self.stack.callback(self.postgres.drop, found.wiring.name)
        await found.start()
        self.stack.push_async_callback(found.close)
        self.databases[package.__name__] = found
        return found

    async def relay(self, database: Database) -> Outbox:
        """An outbox with its relay."""
        relay = Relay(database, self.broker, OutboxWiring(poll=0.05), LIFE)
        await relay.start()
        self.stack.push_async_callback(relay.close)
        return Outbox(PUBLISHES)

    async def consume(self, topic: str, group: str, handler: Handler[Any]) -> None:
        """A member of a group."""
        wiring = Subscription(topic, MESSAGES[topic], "video_id", group, f"{topic}.{group}.dlt")
        member = ConsumerLoop(wiring, handler, MemorySource(self.broker, group), self.broker, LIFE)
        await member.start()
        self.stack.push_async_callback(member.close)
        self.stack.push_async_callback(member.drain, 5.0)
        self.stack.push_async_callback(member.quiesce)

    async def start(self) -> None:
        """All services."""
        (self.folder / "k1.pem").write_bytes(OKPKey.generate_key("Ed25519").as_pem(private=True))
        issuer = Issuer(TokensWiring(BASE, "tube", keys_dir=str(self.folder)))
        stubs: dict[str, Any] = {
            "auth": await self.auth(issuer),
            "catalog": await self.catalog(),
            "statistics": await self.statistics(),
            "notifications": await self.notifications(),
        }
        stubs["upload"] = await self.upload(stubs["auth"], stubs["catalog"])
        await self.processing()
        verifier = Verifier(Verifies(BASE, "tube"), keys.fetch(stubs["auth"]))
        self.app = application(Parts(**stubs, verifier=verifier, public=Public(BASE, CDN)))
        self.api = httpx2.AsyncClient(transport=httpx2.ASGITransport(self.app), base_url=BASE)
        media = media_application(media_wired.Parts(self.renditions))
        self.cdn = httpx2.AsyncClient(transport=httpx2.ASGITransport(media), base_url=CDN)

    async def serve(self, add: Any, servicer: Any, stub: Any) -> Any:
        """A service behind gRPC."""
        return stub(await self.stack.enter_async_context(served(add, servicer, deadline=PATIENCE)))

    async def auth(self, issuer: Issuer) -> Any:
        """Auth."""
        database = await self.database(tube_auth)
        handlers = AuthHandlers(auth_wired.Parts(database, Idempotency(database), issuer, Logins({})))
        add = auth_pb2_grpc.add_AuthServiceServicer_to_server
        return await self.serve(add, handlers, auth_pb2_grpc.AuthServiceStub)

    async def upload(self, auth: Any, catalog: Any) -> Any:
        """Upload, and its saga."""
        database = await self.database(tube_upload)
        outbox, inbox = await self.relay(database), Inbox(database)
        engine = Engine(database, outbox, {"publish-video": SAGA})
        held = upload_wired.Parts(
            database, outbox, inbox, Idempotency(database), engine, self.originals, auth, catalog
        )
        app = Uploads(held, engine)
        upload_wired.wire(cast("App", app))
        await self.consume("video.processed", "upload", app.processed)
        orchestrator = Orchestrator(engine, LIFE)
        await orchestrator.start()
        self.stack.push_async_callback(orchestrator.close)
        add = upload_pb2_grpc.add_UploadServiceServicer_to_server
        return await self.serve(add, app.servicer, upload_pb2_grpc.UploadServiceStub)

    async def processing(self) -> None:
        """Processing."""
        database = await self.database(tube_processing)
        outbox = await self.relay(database)
        parts = processing_wired.Parts(
            database, outbox, Inbox(database), self.originals, self.renditions, MemoryEdgeCache()
        )
        uploaded = VideoUploadedHandlers(parts)
        handler = Handler(events_pb2.VideoUploaded, uploaded.handle, uploaded.dead_lettered)
        await self.consume("video.uploaded", "processing", handler)
        unwanted = VideoUnwantedHandlers(parts)
        handler = Handler(events_pb2.VideoUnwanted, unwanted.handle, unwanted.dead_lettered)
        await self.consume("video.unwanted", "processing-unwanted", handler)

    async def catalog(self) -> Any:
        """Catalog."""
        database = await self.database(tube_catalog)
        parts = catalog_wired.Parts(database=database, inbox=Inbox(database))
        handler = Handler(events_pb2.VideoProcessed, CatalogConsumer(parts).handle)
        await self.consume("video.processed", "catalog", handler)
        add = catalog_pb2_grpc.add_CatalogServiceServicer_to_server
        return await self.serve(add, CatalogHandlers(parts), catalog_pb2_grpc.CatalogServiceStub)

    async def statistics(self) -> Any:
        """Statistics."""
        database = await self.database(tube_statistics)
        parts = statistics_wired.Parts(database=database, inbox=Inbox(database))
        handler = Handler(events_pb2.VideoProcessed, StatisticsConsumer(parts).handle)
        await self.consume("video.processed", "statistics", handler)
        add = statistics_pb2_grpc.add_StatisticsServiceServicer_to_server
        return await self.serve(add, StatisticsHandlers(parts), statistics_pb2_grpc.StatisticsServiceStub)

    async def notifications(self) -> Any:
        """Notifications."""
        database = await self.database(tube_notifications)
        parts = notifications_wired.Parts(database, MemoryOutbox(), Inbox(database))
        handler = Handler(events_pb2.VideoProcessed, NotificationsConsumer(parts).handle)
        await self.consume("video.processed", "notifications", handler)
        add = notifications_pb2_grpc.add_NotificationsServiceServicer_to_server
        return await self.serve(
            add, NotificationsHandlers(parts), notifications_pb2_grpc.NotificationsServiceStub
        )

    async def login(self, email: str) -> dict[str, str]:
        """Open an account, and log in: the header that requests carry, and whose it is."""
        somebody = {"email": email, "password": "correct horse"}
        account = (await self.api.post("/v1/accounts", json=somebody)).json()["account_id"]
        tokens = (await self.api.post("/v1/login", json=somebody)).json()
        return {"authorization": f"Bearer {tokens['access_token']}", "x-account": account}

    async def put(self, who: dict[str, str], film: bytes, key: str) -> str:
        """Create, PUT, complete, each twice, as a client on a bad network does."""
        headers = {**who, "idempotency-key": key}
        made = [
            (await self.api.post("/v1/videos", json={"title": "film"}, headers=headers)).json()
            for _ in range(2)
        ]
        assert made[0]["video_id"] == made[1]["video_id"]
        video = made[0]["video_id"]
        await self.originals.put(video, film, "video/mp4")
        for _ in range(2):
            done = await self.api.post(f"/v1/videos/{video}/complete", headers=who)
            assert (done.status_code, done.json()["state"]) == (200, "uploaded")
        return video

    async def ended(self, who: dict[str, str], video: str) -> dict[str, Any]:
        """The video when it is processed."""
        async with asyncio.timeout(30):
            while True:
                found = (await self.api.get(f"/v1/videos/{video}", headers=who)).json()
                if found["state"] in {"ready", "failed"}:
                    return found
                await asyncio.sleep(0.05)

    async def told(self, who: dict[str, str]) -> list[str]:
        """What an account was told."""
        answer = (await self.api.get("/v1/notifications", headers=who)).json()
        return [each["kind"] for each in answer["notifications"]]


@pytest.fixture
async def tube(postgres: LocalPostgres, tmp_path: Path) -> AsyncGenerator[Tube]:
    """The running system."""
    found = Tube(postgres, tmp_path)
    async with found.stack:
        await found.start()
        yield found


@pytest.fixture
def film(tmp_path: Path) -> bytes:
    """A film of two seconds."""
    path = tmp_path / "film.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=2"]
    command = [
        transcode.program(),
        "-loglevel",
        "error",
        *source,
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        str(path),
    ]
    subprocess.run(command, check=True)
    return path.read_bytes()


async def until(condition: Callable[[], Any]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(15):
        while not await condition():
            await asyncio.sleep(0.05)


async def test_film_goes_in_and_plays(tube: Tube, film: bytes) -> None:
    """From the account to the segments, and everybody who is to be told is told, once."""
    author, fan = await tube.login("author@example.org"), await tube.login("fan@example.org")
    assert (await tube.api.put(f"/v1/following/{author['x-account']}", headers=fan)).status_code == 204
    video = await tube.put(author, film, "k1")
    ready = await tube.ended(author, video)
    assert ready["state"] == "ready"
    playlist = await tube.cdn.get(ready["playlist_url"])
    assert playlist.status_code == 200
    names = [line for line in playlist.text.splitlines() if line and not line.startswith("#")]
    assert names
    for name in names:
        segment = await tube.cdn.get(f"/{video}/{name}")
        assert segment.status_code == 200
        assert "immutable" in segment.headers["cache-control"]
    assert ready["playlist_url"] in (await tube.api.get(f"/watch/{video}")).text
    listed = (await tube.api.get("/v1/videos")).json()["videos"]
    assert [each["video_id"] for each in listed] == [video]

    async def all_heard() -> bool:
        facts = await tube.api.get(f"/v1/videos/{video}/facts")
        return facts.status_code == 200 and await tube.told(author) != [] and await tube.told(fan) != []

    await until(all_heard)
    assert await tube.told(author) == ["video_ready"]
    assert await tube.told(fan) == ["video_published"]
    assert len(tube.broker.records("video.uploaded")) == 1, (
        "one film, one event, however often it was asked for"
    )
    assert len(tube.broker.records("video.processed")) == 1
    uploaded, processed = tube.broker.records("video.uploaded")[0], tube.broker.records("video.processed")[0]
    trace = (uploaded.header("traceparent") or "").split("-")[1]
    assert trace in (processed.header("traceparent") or ""), "one trace from the request to the last event"


async def test_what_is_no_film_is_a_dead_letter_and_its_owner_hears_why(tube: Tube, film: bytes) -> None:
    """And the next film is processed."""
    author = await tube.login("author@example.org")
    bad, good = await tube.put(author, b"no film", "k1"), await tube.put(author, film, "k2")
    failed = await tube.ended(author, bad)
    assert failed["state"] == "failed"
    assert "no film that can be read" in failed["failure_reason"]
    assert (await tube.ended(author, good))["state"] == "ready"
    (letter,) = tube.broker.records("video.uploaded.processing.dlt")
    assert letter.key == bad.encode()

    async def heard() -> bool:
        return sorted(await tube.told(author)) == ["video_failed", "video_ready"]

    await until(heard)
    assert [each["video_id"] for each in (await tube.api.get("/v1/videos")).json()["videos"]] == [good]


async def test_brokers_that_are_away_delay_a_film_and_lose_none(tube: Tube, film: bytes) -> None:
    """200 while no broker answers; the film is processed when they are back."""
    author = await tube.login("author@example.org")
    tube.broker.refuse = lambda _: True
    video = await tube.put(author, film, "k1")
    await asyncio.sleep(0.3)
    assert (await tube.api.get(f"/v1/videos/{video}", headers=author)).json()["state"] == "uploaded"
    tube.broker.refuse = lambda _: False
    assert (await tube.ended(author, video))["state"] == "ready"
