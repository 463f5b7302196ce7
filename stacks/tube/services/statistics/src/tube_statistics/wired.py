"""What the topology says statistics has. Generated from the topology."""

from dataclasses import dataclass

from tube.events.v1 import events_pb2
from tube.statistics.v1 import statistics_pb2_grpc
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
    from tube_statistics.handlers import (
        StatisticsHandlers,
        VideoProcessedHandlers,
    )

    parts = Parts(
        database=app.database(),
        inbox=app.inbox(),
    )
    app.serve_grpc(
        statistics_pb2_grpc.add_StatisticsServiceServicer_to_server,
        StatisticsHandlers(parts),
    )
    video_processed = VideoProcessedHandlers(parts)
    app.consume(
        "video.processed",
        Handler(
            events_pb2.VideoProcessed,
            video_processed.handle,
        ),
    )
