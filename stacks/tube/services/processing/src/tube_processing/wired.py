"""What the topology says processing has. Generated from the topology."""

from dataclasses import dataclass

from tube.events.v1 import events_pb2
from tube_platform.app import App
from tube_platform.edge_cache import Purges
from tube_platform.inbox import Effects
from tube_platform.kafka.loop import Handler
from tube_platform.objects import Bucket
from tube_platform.outbox import Writes
from tube_platform.postgres import Database


@dataclass(frozen=True, slots=True)
class Parts:
    """What the handlers may use."""

    database: Database
    outbox: Writes
    inbox: Effects
    originals: Bucket
    renditions: Bucket
    cdn_cache: Purges


def wire(app: App) -> None:
    """Join parts and handlers."""
    from tube_processing.handlers import (
        VideoUnwantedHandlers,
        VideoUploadedHandlers,
    )

    parts = Parts(
        database=app.database(),
        outbox=app.outbox(),
        inbox=app.inbox(),
        originals=app.bucket("originals"),
        renditions=app.bucket("renditions"),
        cdn_cache=app.edge_cache("cdn"),
    )
    video_unwanted = VideoUnwantedHandlers(parts)
    app.consume(
        "video.unwanted",
        Handler(
            events_pb2.VideoUnwanted,
            video_unwanted.handle,
            video_unwanted.dead_lettered,
        ),
    )
    video_uploaded = VideoUploadedHandlers(parts)
    app.consume(
        "video.uploaded",
        Handler(
            events_pb2.VideoUploaded,
            video_uploaded.handle,
            video_uploaded.dead_lettered,
        ),
    )
