"""Films become renditions with a real ffmpeg; what is no film becomes a reason (rows P8, F2.2, F2.3)."""

import asyncio
import os
import re
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest

from tube.events.v1 import events_pb2
from tube_platform import postgres
from tube_platform.errors import Unavailable
from tube_platform.inbox import Inbox
from tube_platform.kafka.failures import Poison
from tube_platform.outbox import Outbox
from tube_platform.postgres import Connection, Database
from tube_platform.testing.broker import received
from tube_platform.testing.fakes import MemoryBucket, MemoryEdgeCache
from tube_platform.wiring import Publication
from tube_processing import transcode
from tube_processing.handlers import VideoUnwantedHandlers, VideoUploadedHandlers
from tube_processing.transcode import Rendition, TranscodeError
from tube_processing.wired import Parts

PUBLISHES = {"video.processed": Publication("video.processed", "tube.events.v1.VideoProcessed", "video_id")}
VIDEO = str(uuid.uuid4())


def make_film(path: Path, seconds: float = 5.0, *, sound: bool = True, size: str = "320x180") -> Path:
    """A film with a moving picture, and a tone."""
    source = ["-f", "lavfi", "-i", f"testsrc2=s={size}:r=15:d={seconds}"]
    tone = ["-f", "lavfi", "-i", f"sine=f=440:d={seconds}"] if sound else []
    command = [
        transcode.program(),
        "-loglevel",
        "error",
        "-y",
        *source,
        *tone,
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
    ]
    subprocess.run([*command, "-threads", "1", str(path)], check=True)
    return path


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small film."""
    return make_film(tmp_path_factory.mktemp("film") / "film.mp4").read_bytes()


@pytest.fixture
def parts(database: Database) -> Parts:
    """A real database, buckets in memory."""
    return Parts(
        database, Outbox(PUBLISHES), Inbox(database), MemoryBucket(), MemoryBucket(), MemoryEdgeCache()
    )


def event() -> events_pb2.VideoUploaded:
    """What upload says."""
    return events_pb2.VideoUploaded(video_id=VIDEO, owner_id="o1", title="film", object_key=VIDEO)


async def outbox(parts: Parts) -> list[events_pb2.VideoProcessed]:
    """What processing says."""

    async def work(connection: Connection) -> list[Any]:
        return await (await connection.execute("select payload from outbox order by seq")).fetchall()

    return [events_pb2.VideoProcessed.FromString(row[0]) for row in await parts.database.read(work)]


def bucket(found: Any) -> MemoryBucket:
    """A bucket as the fake it is."""
    assert isinstance(found, MemoryBucket)
    return found


async def test_film_becomes_a_playlist_and_segments(parts: Parts, film: bytes) -> None:
    """All files are there, named by their bytes; row, inbox and event are one transaction; a second delivery has no effect."""
    bucket(parts.originals).objects[VIDEO] = film
    handlers, record = VideoUploadedHandlers(parts), received(event(), "processing")
    await handlers.handle(event(), record)
    renditions = bucket(parts.renditions)
    playlist = renditions.objects[f"{VIDEO}/index.m3u8"].decode()
    named = re.findall(r'^(?!#)(\S+)$|URI="([^"]+)"', playlist, re.MULTILINE)
    files = {f"{VIDEO}/{name or initial}" for name, initial in named}
    assert files | {f"{VIDEO}/index.m3u8"} == set(renditions.objects)
    assert list(renditions.objects)[-1].endswith("index.m3u8"), "the playlist comes last"
    assert renditions.content_types[f"{VIDEO}/index.m3u8"] == "application/vnd.apple.mpegurl"
    (processed,) = await outbox(parts)
    assert processed.ready.playlist == f"{VIDEO}/index.m3u8"
    assert processed.ready.segments == 2
    assert abs(processed.ready.duration_ms - 5000) < 300
    assert (processed.video_id, processed.owner_id, processed.title) == (VIDEO, "o1", "film")
    before = dict(renditions.objects)
    await handlers.handle(event(), record)
    assert len(await outbox(parts)) == 1
    assert renditions.objects == before


async def test_film_that_nobody_wants_any_more_is_not_made(parts: Parts, film: bytes) -> None:
    """Row F3.7: the saga's undo came first, twice; the film comes late, or again."""
    bucket(parts.originals).objects[VIDEO] = film
    unwanted = events_pb2.VideoUnwanted(video_id=VIDEO)
    for _ in range(2):
        await VideoUnwantedHandlers(parts).handle(unwanted, received(unwanted, "processing-unwanted"))
    await VideoUploadedHandlers(parts).handle(event(), received(event(), "processing"))
    assert not bucket(parts.renditions).objects
    assert await outbox(parts) == []
    with pytest.raises(Poison):
        await VideoUnwantedHandlers(parts).handle(
            events_pb2.VideoUnwanted(), received(unwanted, "processing-unwanted")
        )


async def test_what_was_made_of_a_film_is_deleted_and_purged_when_it_is_given_up(
    parts: Parts, film: bytes
) -> None:
    """Row P3: the origin first, then the CDN, which would fetch it again; of another film nothing."""
    bucket(parts.originals).objects[VIDEO] = film
    await VideoUploadedHandlers(parts).handle(event(), received(event(), "processing"))
    renditions = bucket(parts.renditions)
    renditions.objects["other/index.m3u8"] = b"#EXTM3U"
    assert f"{VIDEO}/index.m3u8" in renditions.objects
    unwanted = events_pb2.VideoUnwanted(video_id=VIDEO)
    for _ in range(2):
        await VideoUnwantedHandlers(parts).handle(unwanted, received(unwanted, "processing-unwanted"))
    assert list(renditions.objects) == ["other/index.m3u8"]
    assert isinstance(parts.cdn_cache, MemoryEdgeCache)
    assert parts.cdn_cache.purged == [f"/{VIDEO}/"] * 2


async def test_a_film_that_is_given_up_while_it_is_made_leaves_nothing(
    parts: Parts, film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is later deletes: here the one who made it."""
    bucket(parts.originals).objects[VIDEO] = film
    unwanted = events_pb2.VideoUnwanted(video_id=VIDEO)
    real = transcode.transcode

    async def meanwhile(source: Path, folder: Path) -> Any:
        made = await real(source, folder)
        await VideoUnwantedHandlers(parts).handle(unwanted, received(unwanted, "processing-unwanted"))
        return made

    monkeypatch.setattr(transcode, "transcode", meanwhile)
    await VideoUploadedHandlers(parts).handle(event(), received(event(), "processing"))
    assert not bucket(parts.renditions).objects


async def test_what_an_attempt_has_left_of_a_film_that_was_given_up_is_deleted_by_the_next(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CDN or the store may be away in that moment, or the process end: the effect is done then, and the files are still there."""
    bucket(parts.originals).objects[VIDEO] = b"film"
    unwanted = events_pb2.VideoUnwanted(video_id=VIDEO)

    async def meanwhile(_: Path, folder: Path) -> Rendition:
        playlist = folder / "index.m3u8"
        playlist.write_text("#EXTM3U")
        await VideoUnwantedHandlers(parts).handle(unwanted, received(unwanted, "processing-unwanted"))
        patched.setattr(MemoryBucket, "delete_below", away)
        return Rendition({playlist.name: playlist}, 1000, 1)

    async def away(*_: object) -> int:
        raise Unavailable("the store is away")

    handlers, record = VideoUploadedHandlers(parts), received(event(), "processing")
    with monkeypatch.context() as patched:
        patched.setattr(transcode, "transcode", meanwhile)
        with pytest.raises(Unavailable):
            await handlers.handle(event(), record)
    assert bucket(parts.renditions).objects
    await handlers.handle(event(), record)
    assert not bucket(parts.renditions).objects


async def test_two_deliveries_at_once_are_one_effect(parts: Parts, film: bytes) -> None:
    """After a rebalance two pods may work on the same film."""
    bucket(parts.originals).objects[VIDEO] = film
    handlers, record = VideoUploadedHandlers(parts), received(event(), "processing")
    await asyncio.gather(handlers.handle(event(), record), handlers.handle(event(), record))
    assert len(await outbox(parts)) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"this is no film",
        os.urandom(4096),
        b"\x00\x00\x00\x20ftypisom" + b"\x00" * 100,
        b"#EXTM3U\n/etc/passwd\n",
    ],
)
async def test_what_is_no_film_is_poison_with_a_reason(parts: Parts, data: bytes) -> None:
    """And the reason names no path of this machine."""
    bucket(parts.originals).objects[VIDEO] = data
    with pytest.raises(Poison, match="no film that can be read") as caught:
        await VideoUploadedHandlers(parts).handle(event(), received(event(), "processing"))
    assert "/tmp" not in str(caught.value)
    assert not bucket(parts.renditions).objects


async def test_sound_alone_is_no_film(parts: Parts, tmp_path: Path) -> None:
    """There is nothing to watch."""
    path = tmp_path / "tone.mp4"
    command = [
        transcode.program(),
        "-loglevel",
        "error",
        "-f",
        "lavfi",
        "-i",
        "sine=f=440:d=1",
        "-c:a",
        "aac",
    ]
    subprocess.run([*command, str(path)], check=True)
    bucket(parts.originals).objects[VIDEO] = path.read_bytes()
    with pytest.raises(Poison):
        await VideoUploadedHandlers(parts).handle(event(), received(event(), "processing"))


async def test_film_that_is_not_there_is_poison(parts: Parts) -> None:
    """Somebody removed it."""
    with pytest.raises(Poison, match="not in the object store"):
        await VideoUploadedHandlers(parts).handle(event(), received(event(), "processing"))


async def test_owner_hears_of_a_dead_letter_once_and_a_replay_can_still_work(
    parts: Parts, film: bytes
) -> None:
    """Failed, with the reason; the same letter again says nothing new; replayed under the same id it may become ready."""
    handlers, record = VideoUploadedHandlers(parts), received(event(), "processing")
    await handlers.dead_lettered(event(), record, "no film")
    await handlers.dead_lettered(event(), record, "no film")
    (failed,) = await outbox(parts)
    assert failed.failed.reason == "no film"
    bucket(parts.originals).objects[VIDEO] = film
    await handlers.handle(event(), record)
    assert [each.WhichOneof("outcome") for each in await outbox(parts)] == ["failed", "ready"]

    async def state(connection: Connection) -> Any:
        return await postgres.value(connection, "select state from films")

    assert await parts.database.read(state) == "ready"


async def test_film_that_was_replaced_after_it_was_complete_is_poison(parts: Parts, film: bytes) -> None:
    """The URL that it was PUT to works for an hour; what is processed is what was there when it was said to be complete."""
    originals = bucket(parts.originals)
    originals.objects[VIDEO] = film
    head = await originals.head(VIDEO)
    assert head
    announced = event()
    announced.object_etag = head.etag or ""
    originals.objects[VIDEO] = film + b"more"
    handlers = VideoUploadedHandlers(parts)
    with pytest.raises(Poison, match="replaced"):
        await handlers.handle(announced, received(announced, "processing"))
    originals.objects[VIDEO] = film
    await handlers.handle(announced, received(announced, "processing"))
    assert [each.WhichOneof("outcome") for each in await outbox(parts)] == ["ready"]


@pytest.mark.parametrize("changed", [{"video_id": "nonsense"}, {"video_id": ""}, {"object_key": ""}])
async def test_event_that_names_no_film_is_poison(parts: Parts, changed: dict[str, str]) -> None:
    """Bytes of something else can decode as this message; asked for an object without a name, the store would seem to be down."""
    found = event()
    for name, value in changed.items():
        setattr(found, name, value)
    with pytest.raises(Poison):
        await VideoUploadedHandlers(parts).handle(found, received(found, "processing"))


async def test_film_that_is_ready_is_not_failed_by_its_last_attempt(parts: Parts, film: bytes) -> None:
    """An attempt can be given up at the very moment that its effect is committed."""
    bucket(parts.originals).objects[VIDEO] = film
    handlers, record = VideoUploadedHandlers(parts), received(event(), "processing")
    await handlers.handle(event(), record)
    await handlers.dead_lettered(event(), record, "the handler took too long")
    assert [each.WhichOneof("outcome") for each in await outbox(parts)] == ["ready"]


async def test_letter_that_names_no_video_tells_nobody(parts: Parts) -> None:
    """There is no owner to tell."""
    handlers = VideoUploadedHandlers(parts)
    await handlers.dead_lettered(None, received(event(), "processing"), "not decodable")
    assert await outbox(parts) == []


async def test_silent_and_odd_sized_films_work(tmp_path: Path) -> None:
    """No sound, a width that is not even, a picture that is wider than we keep."""
    for name, size, sound in (("silent.mp4", "322x182", False), ("wide.mkv", "1600x90", True)):
        film = make_film(tmp_path / name, 1.0, sound=sound, size=size)
        folder = tmp_path / f"{name}.d"
        folder.mkdir()
        assert (await transcode.transcode(film, folder)).segments == 1


async def test_same_film_gives_the_same_names(tmp_path: Path) -> None:
    """So that a second run overwrites files with the same bytes."""
    film, found = make_film(tmp_path / "f.mp4", 1.0), []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        found.append(set((await transcode.transcode(film, folder)).files))
    assert found[0] == found[1]


async def test_timeout_kills_ffmpeg_and_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancelled attempt leaves no process behind."""
    pid = tmp_path / "pid"
    script = tmp_path / "ffmpeg"
    script.write_text(f"#!/bin/sh\nsleep 60 & echo $! > {pid}\nwait\n")
    script.chmod(0o755)
    monkeypatch.setenv("FFMPEG", str(script))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await transcode.transcode(tmp_path / "film", tmp_path)
    child = int(pid.read_text())
    await asyncio.sleep(0.1)
    assert _state(child) in {None, "Z"}


async def test_ffmpeg_that_dies_for_another_reason_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No space, or killed by the kernel: that says nothing about the film."""
    script = tmp_path / "ffmpeg"
    monkeypatch.setenv("FFMPEG", str(script))
    for body in ("echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 1", "kill -9 $$"):
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
        with pytest.raises(TranscodeError):
            await transcode.transcode(tmp_path / "film", tmp_path)


def _state(pid: int) -> str | None:
    """The state of a process, if it is there."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return None
