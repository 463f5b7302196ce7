"""Tells authors and followers. A person's code."""

import re
import uuid
from datetime import UTC, datetime

from tube.events.v1 import events_pb2
from tube.notifications.v1 import notifications_pb2, notifications_pb2_grpc
from tube_notifications import repository
from tube_notifications.repository import Contacts, News, Notification, Told
from tube_notifications.wired import Parts
from tube_platform import pages, principal
from tube_platform.errors import Invalid
from tube_platform.kafka.failures import Poison
from tube_platform.kafka.records import Received
from tube_platform.postgres import Connection
from tube_platform.rpc.server import Context

KINDS = {
    "ready": notifications_pb2.Notification.KIND_VIDEO_READY,
    "failed": notifications_pb2.Notification.KIND_VIDEO_FAILED,
    "published": notifications_pb2.Notification.KIND_VIDEO_PUBLISHED,
}


DUE = events_pb2.NotificationDue
REASONS = {
    "ready": DUE.KIND_VIDEO_READY,
    "failed": DUE.KIND_VIDEO_FAILED,
    "published": DUE.KIND_VIDEO_PUBLISHED,
}
WAYS = {"email": "notification.email", "push": "notification.push", "sms": "notification.sms"}
"""Ways, and the topics of what is to be sent by each (row M3)."""

ADDRESS = re.compile(r"[^@\s\x00-\x1f\x7f-\x9f<>]+@[^@\s\x00-\x1f\x7f-\x9f<>]+\.[^@\s\x00-\x1f\x7f-\x9f<>]+")
DEVICE = re.compile(r"[\x21-\x7e]+")
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
LONGEST = {"email": 254, "push": 512, "sms": 16}


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

    async def SetContacts(
        self, request: notifications_pb2.SetContactsRequest, context: Context
    ) -> notifications_pb2.SetContactsResponse:
        """How the caller wants to be told from now on."""
        account, wanted = principal.required(), _contacts(request.contacts)
        await self._database.transact(
            lambda connection: repository.set_contacts(connection, account, wanted), repeatable=True
        )
        return notifications_pb2.SetContactsResponse()

    async def GetContacts(
        self, request: notifications_pb2.GetContactsRequest, context: Context
    ) -> notifications_pb2.GetContactsResponse:
        """How the caller wants to be told."""
        account = principal.required()
        found = await self._database.read(lambda connection: repository.contacts(connection, account))
        return notifications_pb2.GetContactsResponse(
            contacts=notifications_pb2.Contacts(email=found.email, push=found.push, sms=found.sms)
        )


class VideoProcessedHandlers:
    """What notifications does with video.processed (row M2)."""

    def __init__(self, parts: Parts) -> None:
        self._inbox, self._outbox = parts.inbox, parts.outbox

    async def handle(self, event: events_pb2.VideoProcessed, record: Received) -> None:
        """Tell who is to be told: in the list, and by the ways that each wants."""
        news = _news(event)

        async def effect(connection: Connection) -> None:
            for told in await repository.tell(connection, news):
                await self._told(connection, told, news)

        await self._inbox.once(record, effect)

    async def dead_lettered(
        self, event: events_pb2.VideoProcessed | None, record: Received, reason: str
    ) -> None:
        """Nobody is told: the record says of whom and what, or nothing does."""

    async def _told(self, connection: Connection, told: Told, news: News) -> None:
        due = DUE(
            account_id=told.account_id,
            kind=REASONS[told.kind],
            video_id=str(news.video_id),
            title=news.title,
            reason=news.reason if told.kind == "failed" else "",
        )
        due.occurred_at.FromDatetime(datetime.now(UTC))
        for way, to in (("email", told.email), ("push", told.push), ("sms", told.sms)):
            if to:
                own = DUE()
                own.CopyFrom(due)
                own.to = to
                await self._outbox.add(connection, WAYS[way], own, event_id=uuid.uuid5(told.id, way))


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


def _contacts(given: notifications_pb2.Contacts) -> Contacts:
    """What is asked for, as far as a pattern can tell: nobody has proved that it is theirs."""
    for name, value, fits in (
        ("email", given.email, ADDRESS),
        ("push", given.push, DEVICE),
        ("sms", given.sms, NUMBER),
    ):
        if value and (len(value) > LONGEST[name] or not fits.fullmatch(value)):
            raise Invalid(f"nobody can be told so by {name}", f"{name}_invalid")
    return Contacts(given.email, given.push, given.sms)


def _account(given: str) -> str:
    """An account, in one spelling; that it is a UUID, its contract says."""
    return str(uuid.UUID(given))
