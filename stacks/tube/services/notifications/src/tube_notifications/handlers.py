"""Tells authors and followers. A person's code."""

import uuid

from tube.events.v1 import events_pb2
from tube.notifications.v1 import notifications_pb2, notifications_pb2_grpc
from tube_notifications import repository
from tube_notifications.repository import News, Notification
from tube_notifications.wired import Parts
from tube_platform import pages, principal
from tube_platform.errors import Invalid
from tube_platform.kafka.failures import Poison
from tube_platform.kafka.records import Received
from tube_platform.rpc.server import Context

KINDS = {
    "ready": notifications_pb2.Notification.KIND_VIDEO_READY,
    "failed": notifications_pb2.Notification.KIND_VIDEO_FAILED,
    "published": notifications_pb2.Notification.KIND_VIDEO_PUBLISHED,
}


class NotificationsHandlers(notifications_pb2_grpc.NotificationsServiceServicer):
    """NotificationsService."""

    def __init__(self, parts: Parts) -> None:
        self._database = parts.database

    async def ListNotifications(
        self, request: notifications_pb2.ListNotificationsRequest, context: Context
    ) -> notifications_pb2.ListNotificationsResponse:
        """A page of the caller's notifications."""
        account, most = principal.required(), pages.size(request.page_size)
        before = pages.place(request.page_token)
        rows = await self._database.read(
            lambda connection: repository.newest(connection, account, before, most + 1)
        )
        page, following = pages.cut(rows, most, lambda row: (row.created_at, row.id))
        return notifications_pb2.ListNotificationsResponse(
            notifications=[_message(row) for row in page], next_page_token=following
        )

    async def Follow(
        self, request: notifications_pb2.FollowRequest, context: Context
    ) -> notifications_pb2.FollowResponse:
        """Begin to follow an account."""
        follower, account = principal.required(), _account(request.account_id)
        if follower == account:
            raise Invalid("nobody follows themselves", "follow_self")
        await self._database.transact(
            lambda connection: repository.follow(connection, account, follower), repeatable=True
        )
        return notifications_pb2.FollowResponse()

    async def Unfollow(
        self, request: notifications_pb2.UnfollowRequest, context: Context
    ) -> notifications_pb2.UnfollowResponse:
        """Follow an account no more."""
        follower, account = principal.required(), _account(request.account_id)
        await self._database.transact(
            lambda connection: repository.unfollow(connection, account, follower), repeatable=True
        )
        return notifications_pb2.UnfollowResponse()


class VideoProcessedHandlers:
    """What notifications does with video.processed (row M2)."""

    def __init__(self, parts: Parts) -> None:
        self._inbox = parts.inbox

    async def handle(self, event: events_pb2.VideoProcessed, record: Received) -> None:
        """Tell who is to be told."""
        news = _news(event)
        await self._inbox.once(record, lambda connection: repository.tell(connection, news))


def _news(event: events_pb2.VideoProcessed) -> News:
    outcome = event.WhichOneof("outcome")
    if outcome is None:
        raise Poison("the event says neither ready nor failed")
    try:
        video_id = uuid.UUID(event.video_id)
    except ValueError as error:
        raise Poison("the event names no video") from error
    return News(video_id, event.owner_id, event.title, outcome == "ready", event.failed.reason)


def _message(row: Notification) -> notifications_pb2.Notification:
    message = notifications_pb2.Notification(
        notification_id=str(row.id),
        kind=KINDS[row.kind],
        video_id=str(row.video_id),
        title=row.title,
        reason=row.reason,
    )
    message.created_at.FromDatetime(row.created_at)
    return message


def _account(given: str) -> str:
    """An account, in one spelling; that it is a UUID, its contract says."""
    return str(uuid.UUID(given))
