"""What is behind a gateway under test: services that answer what a test gives them, and what they usually answer."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from tube.auth.v1 import auth_pb2, auth_pb2_grpc
from tube.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from tube.notifications.v1 import notifications_pb2_grpc
from tube.statistics.v1 import statistics_pb2_grpc
from tube.upload.v1 import upload_pb2, upload_pb2_grpc
from tube_platform import principal
from tube_platform.errors import Problem
from tube_platform.limits.gcra import Limit, Verdict
from tube_platform.limits.store import StoreError

VIDEO, ACCOUNT = str(uuid.UUID(int=7)), str(uuid.UUID(int=1))
ISSUER = "https://tube.localhost:8443"


class Behind:
    """The services behind the gateway: they answer what a test gives them, and remember what they were asked, and by whom."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, Any, str | None]] = []

    def servicer(self, base: type[Any]) -> Any:
        """A servicer of every method of a contract."""
        methods = {name: self._method(name, base.__name__) for name in vars(base) if name[0].isupper()}
        return type(base.__name__, (base,), methods)()

    def _method(self, name: str, owner: str) -> Callable[..., Any]:
        async def answer(_: Any, request: Any, __: Any) -> Any:
            key = name if name in self.answers else f"{owner.removesuffix('ServiceServicer')}.{name}"
            self.asked.append((key, request, principal.current()))
            found = self.answers[key]
            if isinstance(found, Problem):
                raise found
            return found

        return answer


SERVICES = {
    "auth": (auth_pb2_grpc.add_AuthServiceServicer_to_server, auth_pb2_grpc.AuthServiceServicer, auth_pb2_grpc.AuthServiceStub),
    "catalog": (
        catalog_pb2_grpc.add_CatalogServiceServicer_to_server,
        catalog_pb2_grpc.CatalogServiceServicer,
        catalog_pb2_grpc.CatalogServiceStub,
    ),
    "notifications": (
        notifications_pb2_grpc.add_NotificationsServiceServicer_to_server,
        notifications_pb2_grpc.NotificationsServiceServicer,
        notifications_pb2_grpc.NotificationsServiceStub,
    ),
    "statistics": (
        statistics_pb2_grpc.add_StatisticsServiceServicer_to_server,
        statistics_pb2_grpc.StatisticsServiceServicer,
        statistics_pb2_grpc.StatisticsServiceStub,
    ),
    "upload": (
        upload_pb2_grpc.add_UploadServiceServicer_to_server,
        upload_pb2_grpc.UploadServiceServicer,
        upload_pb2_grpc.UploadServiceStub,
    ),
}  # fmt: skip


def video(state: int = catalog_pb2.Video.STATE_READY, **more: Any) -> catalog_pb2.GetVideoResponse:
    """A video of the catalog."""
    found = {
        "video_id": VIDEO,
        "owner_id": ACCOUNT,
        "title": "<film>",
        "playlist": f"{VIDEO}/index.m3u8",
        "duration_ms": 9000,
    }
    return catalog_pb2.GetVideoResponse(video=catalog_pb2.Video(**(found | more), state=state))  # type: ignore[arg-type]


def uploaded(state: int) -> upload_pb2.Video:
    """A video of upload."""
    return upload_pb2.Video(video_id=VIDEO, owner_id=ACCOUNT, title="film", state=state)  # type: ignore[arg-type]


TOKENS = auth_pb2.Tokens(account_id=ACCOUNT, access_token="a", expires_in_seconds=600, refresh_token="r")
CREDENTIALS = {"email": "a@example.org", "password": "correct horse"}


class Away:
    """A store of limits that is away."""

    def at_hand(self, keys: Sequence[str], limits: Sequence[Limit]) -> Verdict | None:
        """Nothing is counted in advance."""
        del keys, limits

    async def count(self, keys: Sequence[str], limits: Sequence[Limit], within: float) -> Verdict:
        """Nothing."""
        raise StoreError("away")

    async def close(self) -> None:
        """Nothing."""
