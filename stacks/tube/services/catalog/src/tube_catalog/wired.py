"""What the topology says catalog has. Generated from the topology."""

from dataclasses import dataclass

from tube.catalog.v1 import catalog_pb2_grpc
from tube.events.v1 import events_pb2
from tube_platform.app import App
from tube_platform.inbox import Effects
from tube_platform.kafka.loop import Handler
from tube_platform.postgres import Database


@dataclass(frozen=True, slots=True)
class Parts:
    """What the handlers may use."""

    database: Database
    inbox: Effects


def wire(app: App) -> None:
    """Join parts and handlers."""
    from tube_catalog.handlers import (
        CatalogHandlers,
        VideoProcessedHandlers,
    )

    parts = Parts(
        database=app.database(),
        inbox=app.inbox(),
    )
    app.serve_grpc(
        catalog_pb2_grpc.add_CatalogServiceServicer_to_server,
        CatalogHandlers(parts),
    )
    video_processed = VideoProcessedHandlers(parts)
    app.consume(
        "video.processed",
        Handler(
            events_pb2.VideoProcessed,
            video_processed.handle,
        ),
    )
