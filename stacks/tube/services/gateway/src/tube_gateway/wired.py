"""What the topology says gateway has. Generated from the topology."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tube.auth.v1 import auth_pb2_grpc
from tube.catalog.v1 import catalog_pb2_grpc
from tube.notifications.v1 import notifications_pb2_grpc
from tube.statistics.v1 import statistics_pb2_grpc
from tube.upload.v1 import upload_pb2_grpc
from tube_platform.app import App
from tube_platform.tokens import Verifier
from tube_platform.wiring import Public

if TYPE_CHECKING:
    from tube.auth.v1.auth_pb2_grpc import AuthServiceAsyncStub
    from tube.catalog.v1.catalog_pb2_grpc import CatalogServiceAsyncStub
    from tube.notifications.v1.notifications_pb2_grpc import NotificationsServiceAsyncStub
    from tube.statistics.v1.statistics_pb2_grpc import StatisticsServiceAsyncStub
    from tube.upload.v1.upload_pb2_grpc import UploadServiceAsyncStub


@dataclass(frozen=True, slots=True)
class Parts:
    """What the handlers may use."""

    auth: "AuthServiceAsyncStub"
    catalog: "CatalogServiceAsyncStub"
    notifications: "NotificationsServiceAsyncStub"
    statistics: "StatisticsServiceAsyncStub"
    upload: "UploadServiceAsyncStub"
    verifier: Verifier
    public: Public


def wire(app: App) -> None:
    """Join parts and handlers."""
    from tube_gateway import keys
    from tube_gateway.application import application

    auth = app.client("auth", auth_pb2_grpc.AuthServiceStub)
    parts = Parts(
        auth=auth,
        catalog=app.client("catalog", catalog_pb2_grpc.CatalogServiceStub),
        notifications=app.client("notifications", notifications_pb2_grpc.NotificationsServiceStub),
        statistics=app.client("statistics", statistics_pb2_grpc.StatisticsServiceStub),
        upload=app.client("upload", upload_pb2_grpc.UploadServiceStub),
        verifier=app.verifier(keys.fetch(auth)),
        public=app.public(),
    )
    app.serve_http(application(parts))
