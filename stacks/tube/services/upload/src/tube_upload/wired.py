"""What the topology says upload has. Generated from the topology."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tube.auth.v1 import auth_pb2_grpc
from tube.catalog.v1 import catalog_pb2_grpc
from tube.events.v1 import events_pb2
from tube.upload.v1 import upload_pb2_grpc
from tube_platform.app import App
from tube_platform.idempotency import Answers
from tube_platform.inbox import Effects
from tube_platform.kafka.loop import Handler
from tube_platform.objects import Bucket
from tube_platform.outbox import Writes
from tube_platform.postgres import Database
from tube_platform.sagas.steps import (
    Answer,
    Begins,
    Call,
    Saga,
    Send,
    Step,
)

if TYPE_CHECKING:
    from tube.auth.v1.auth_pb2_grpc import AuthServiceAsyncStub
    from tube.catalog.v1.catalog_pb2_grpc import CatalogServiceAsyncStub


@dataclass(frozen=True, slots=True)
class Parts:
    """What the handlers may use."""

    database: Database
    outbox: Writes
    inbox: Effects
    idempotency: Answers
    sagas: Begins
    originals: Bucket
    auth: "AuthServiceAsyncStub"
    catalog: "CatalogServiceAsyncStub"


def wire(app: App) -> None:
    """Join parts and handlers."""
    from tube_upload.handlers import (
        UploadHandlers,
        VideoProcessedHandlers,
    )
    from tube_upload.sagas import (
        PublishVideoSaga,
        PublishVideoState,
    )

    parts = Parts(
        database=app.database(),
        outbox=app.outbox(),
        inbox=app.inbox(),
        idempotency=app.idempotency(),
        sagas=app.sagas(),
        originals=app.bucket("originals"),
        auth=app.client("auth", auth_pb2_grpc.AuthServiceStub),
        catalog=app.client("catalog", catalog_pb2_grpc.CatalogServiceStub),
    )
    app.serve_grpc(
        upload_pb2_grpc.add_UploadServiceServicer_to_server,
        UploadHandlers(parts),
    )
    publish_video_saga = PublishVideoSaga(parts)
    app.sagas().add(
        Saga(
            "publish-video",
            PublishVideoState,
            {
                "reserve-quota": Step(
                    action=Call.to(
                        publish_video_saga.reserve_quota,
                        parts.auth.ReserveQuota,
                        publish_video_saga.reserve_quota_done,
                    ),
                    undo=Call.to(
                        publish_video_saga.reserve_quota_undo,
                        parts.auth.ReleaseQuota,
                    ),
                ),
                "process": Step(
                    action=Send(
                        publish_video_saga.process,
                    ),
                    undo=Send(
                        publish_video_saga.process_undo,
                    ),
                    answer=Answer.by(
                        publish_video_saga.process_key,
                        publish_video_saga.process_answered,
                    ),
                ),
                "publish": Step(
                    action=Call.to(
                        publish_video_saga.publish,
                        parts.catalog.PublishVideo,
                        publish_video_saga.publish_done,
                    ),
                ),
            },
        )
    )
    video_processed = VideoProcessedHandlers(parts)
    app.consume(
        "video.processed",
        Handler(
            events_pb2.VideoProcessed,
            app.sagas().answering("video.processed", video_processed.handle),
            video_processed.dead_lettered,
        ),
    )
