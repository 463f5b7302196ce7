"""What the topology says upload has. Generated from the topology."""

from dataclasses import dataclass

from tube.upload.v1 import upload_pb2_grpc
from tube_platform.app import App
from tube_platform.idempotency import Answers
from tube_platform.objects import Bucket
from tube_platform.outbox import Writes
from tube_platform.postgres import Database


@dataclass(frozen=True, slots=True)
class Parts:
    """What the handlers may use."""

    database: Database
    outbox: Writes
    idempotency: Answers
    originals: Bucket


def wire(app: App) -> None:
    """Join parts and handlers."""
    from tube_upload.handlers import UploadHandlers

    parts = Parts(
        database=app.database(),
        outbox=app.outbox(),
        idempotency=app.idempotency(),
        originals=app.bucket("originals"),
    )
    app.serve_grpc(
        upload_pb2_grpc.add_UploadServiceServicer_to_server,
        UploadHandlers(parts),
    )
