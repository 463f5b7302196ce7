"""What the topology says notifications has. Generated from the topology."""

from dataclasses import dataclass

from tube.events.v1 import events_pb2
from tube.notifications.v1 import notifications_pb2_grpc
from tube_platform.app import App
from tube_platform.inbox import Effects
from tube_platform.kafka.loop import Handler
from tube_platform.outbox import Writes
from tube_platform.postgres import Database


@dataclass(frozen=True, slots=True)
class Parts:
    """What the handlers may use."""

    database: Database
    outbox: Writes
    inbox: Effects


def wire(app: App) -> None:
    """Join parts and handlers."""
    from tube_notifications import delivery
    from tube_notifications.handlers import (
        NotificationsHandlers,
        VideoProcessedHandlers,
    )

    parts = Parts(
        database=app.database(),
        outbox=app.outbox(),
        inbox=app.inbox(),
    )
    app.serve_grpc(
        notifications_pb2_grpc.add_NotificationsServiceServicer_to_server,
        NotificationsHandlers(parts),
    )
    video_processed = VideoProcessedHandlers(parts)
    app.consume(
        "video.processed",
        Handler(
            events_pb2.VideoProcessed,
            video_processed.handle,
            video_processed.dead_lettered,
        ),
    )
    delivery.wire(app)
