"""Makes films playable. A person's code."""

import asyncio
import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path

from tube.events.v1 import events_pb2
from tube_platform import logs
from tube_platform.kafka.failures import Poison
from tube_platform.kafka.records import Received
from tube_platform.objects import Bucket, Changed
from tube_platform.postgres import Connection
from tube_processing import repository, transcode
from tube_processing.repository import Film
from tube_processing.transcode import Rendition
from tube_processing.wired import Parts

log = logs.get(__name__)

PUTS_AT_ONCE = 4
CONTENT_TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".m4s": "video/iso.segment", ".mp4": "video/mp4"}


class VideoUploadedHandlers:
    """What processing does with video.uploaded."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def handle(self, event: events_pb2.VideoUploaded, record: Received) -> None:
        """Make the rendition, put it into the bucket, and say so.

        All of it may happen twice: files have the same names, and effect, event and inbox are one transaction.
        """
        _check(event)
        if await self._unwanted(event):
            # An earlier attempt may have been stopped before it deleted what it had made.
            await _forget(self._parts, _uuid(event.video_id))
            return
        if await self._parts.inbox.done(record):
            return
        with tempfile.TemporaryDirectory(prefix="film-") as folder:
            film = Path(folder) / "film"
            await self._fetch(event, film)
            made = Path(folder) / "rendition"
            made.mkdir()
            rendition = await transcode.transcode(film, made)
            await _store(self._parts.renditions, event.video_id, rendition)
            await self._finish(event, record, rendition)
        # Given up meanwhile: whoever deleted what was there may have been done before the last file came.
        if await self._unwanted(event):
            await _forget(self._parts, _uuid(event.video_id))

    async def dead_lettered(
        self, event: events_pb2.VideoUploaded | None, record: Received, reason: str
    ) -> None:
        """The owner hears that it did not work, and why."""
        if event is None or not event.video_id:
            return
        if await self._parts.inbox.done(record):
            return  # the last attempt had its effect, and was given up before it heard so
        film = Film(event.video_id, event.owner_id, "failed", reason=reason)
        processed = _processed(event)
        processed.failed.reason = reason

        async def effect(connection: Connection) -> None:
            await repository.save(connection, film)
            await self._parts.outbox.add(connection, "video.processed", processed)

        await self._parts.inbox.once(record, effect, step="dead-letter")
        log.info("film failed", video_id=event.video_id, reason=reason)

    async def _unwanted(self, event: events_pb2.VideoUploaded) -> bool:
        """Whether upload has given the film up: its word may be here before the film's turn (row F3.7)."""
        return await self._parts.database.read(
            lambda connection: repository.unwanted(connection, event.video_id)
        )

    async def _fetch(self, event: events_pb2.VideoUploaded, film: Path) -> None:
        if await self._parts.originals.head(event.object_key) is None:
            raise Poison("the film is not in the object store")
        etag = event.object_etag or None  # events of older uploads have none
        try:
            with film.open("wb") as file:
                async for chunk in self._parts.originals.stream(event.object_key, etag=etag):
                    await asyncio.to_thread(file.write, chunk)
        except Changed as error:
            raise Poison("the film was replaced after it was said to be complete") from error

    async def _finish(self, event: events_pb2.VideoUploaded, record: Received, rendition: Rendition) -> None:
        playlist, size = f"{event.video_id}/index.m3u8", rendition.size_bytes
        film = Film(
            event.video_id, event.owner_id, "ready", playlist, rendition.duration_ms, size, rendition.segments
        )
        processed = _processed(event)
        processed.ready.playlist = playlist
        processed.ready.duration_ms = rendition.duration_ms
        processed.ready.size_bytes = size
        processed.ready.segments = rendition.segments

        async def effect(connection: Connection) -> None:
            await repository.save(connection, film)
            await self._parts.outbox.add(connection, "video.processed", processed)

        first = await self._parts.inbox.once(record, effect)
        log.info("film ready", video_id=event.video_id, segments=rendition.segments, first=first)


class VideoUnwantedHandlers:
    """What processing does with video.unwanted."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def handle(self, event: events_pb2.VideoUnwanted, record: Received) -> None:
        """Remember it: the film may be on its way yet. What was made of it already is deleted, each time that this is heard."""
        video = _uuid(event.video_id)
        await self._parts.inbox.once(record, lambda connection: repository.give_up(connection, video))
        await _forget(self._parts, video)
        log.info("film is not wanted", video_id=event.video_id)

    async def dead_lettered(
        self, event: events_pb2.VideoUnwanted | None, record: Received, reason: str
    ) -> None:
        """A film too many is made, and nobody lists it."""


def _check(event: events_pb2.VideoUploaded) -> None:
    """Other bytes may decode as this message too."""
    _uuid(event.video_id)
    if not event.object_key:
        raise Poison("the event names no film")


def _uuid(given: str) -> uuid.UUID:
    try:
        return uuid.UUID(given)
    except ValueError as error:
        raise Poison("the event names no video") from error


async def _store(bucket: Bucket, video_id: str, rendition: Rendition) -> None:
    """Segments first, the playlist last: who sees it can play it."""
    limit = asyncio.Semaphore(PUTS_AT_ONCE)

    async def put(name: str, path: Path) -> None:
        async with limit:
            await bucket.put(f"{video_id}/{name}", path, CONTENT_TYPES[path.suffix])

    playlist = "index.m3u8"
    async with asyncio.TaskGroup() as group:
        for name, path in rendition.files.items():
            if name != playlist:
                group.create_task(put(name, path))
    await put(playlist, rendition.files[playlist])


async def _forget(parts: Parts, video: uuid.UUID) -> None:
    """The origin first: what the CDN no longer has, it would fetch again."""
    await parts.renditions.delete_below(str(video))
    await parts.cdn_cache.purge(f"/{video}/")


def _processed(event: events_pb2.VideoUploaded) -> events_pb2.VideoProcessed:
    processed = events_pb2.VideoProcessed(video_id=event.video_id, owner_id=event.owner_id, title=event.title)
    processed.occurred_at.FromDatetime(datetime.now(UTC))
    return processed
