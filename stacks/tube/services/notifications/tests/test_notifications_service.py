"""Who is told what, on a real database (rows M2, F2.3, F1.3)."""

import uuid
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import grpc.aio
import pytest

from tube.events.v1 import events_pb2
from tube.notifications.v1 import notifications_pb2, notifications_pb2_grpc
from tube_notifications import messages
from tube_notifications.handlers import NotificationsHandlers, VideoProcessedHandlers
from tube_notifications.wired import Parts
from tube_platform import principal
from tube_platform.inbox import Inbox
from tube_platform.kafka.failures import Poison
from tube_platform.postgres import Database
from tube_platform.rpc import codes
from tube_platform.testing.broker import received
from tube_platform.testing.fakes import MemoryOutbox
from tube_platform.testing.rpc import served

KIND = notifications_pb2.Notification
AUTHOR, FOLLOWER, OTHER = (str(uuid.UUID(int=n)) for n in (1, 2, 3))


@pytest.fixture
def parts(database: Database) -> Parts:
    """What the handlers use."""
    return Parts(database=database, outbox=MemoryOutbox(), inbox=Inbox(database))


@pytest.fixture
async def notifications(parts: Parts) -> AsyncGenerator[Any]:
    """A client of a running service."""
    add = notifications_pb2_grpc.add_NotificationsServiceServicer_to_server
    async with served(add, NotificationsHandlers(parts)) as channel:
        yield notifications_pb2_grpc.NotificationsServiceStub(channel)


def processed(video_id: str = "", failed: str = "") -> events_pb2.VideoProcessed:
    """An event of processing."""
    event = events_pb2.VideoProcessed(video_id=video_id or str(uuid.uuid4()), owner_id=AUTHOR, title="film")
    event.occurred_at.FromDatetime(datetime.now(UTC))
    if failed:
        event.failed.reason = failed
    else:
        event.ready.playlist = "p"
    return event


async def consume(parts: Parts, event: events_pb2.VideoProcessed, event_id: uuid.UUID | None = None) -> None:
    """Deliver an event."""
    await VideoProcessedHandlers(parts).handle(event, received(event, "notifications", event_id))


async def told(notifications: Any, account: str) -> list[tuple[int, str]]:
    """What an account was told."""
    with principal.acting_as(account):
        answer = await notifications.ListNotifications(notifications_pb2.ListNotificationsRequest())
    return [(each.kind, each.reason) for each in answer.notifications]


async def follow(notifications: Any, follower: str, account: str = AUTHOR) -> None:
    """Begin to follow."""
    with principal.acting_as(follower):
        await notifications.Follow(notifications_pb2.FollowRequest(account_id=account))


async def test_author_hears_that_it_is_ready_and_followers_that_it_is_out(
    parts: Parts, notifications: Any
) -> None:
    """Each once, however often the event comes and however often somebody follows."""
    await follow(notifications, FOLLOWER)
    await follow(notifications, FOLLOWER)
    event, event_id = processed(), uuid.uuid4()
    await consume(parts, event, event_id)
    await consume(parts, event, event_id)
    await consume(parts, event)  # a replay under another id
    assert await told(notifications, AUTHOR) == [(KIND.KIND_VIDEO_READY, "")]
    assert await told(notifications, FOLLOWER) == [(KIND.KIND_VIDEO_PUBLISHED, "")]
    assert await told(notifications, OTHER) == []


async def test_failure_is_the_authors_alone(parts: Parts, notifications: Any) -> None:
    """With its reason."""
    await follow(notifications, FOLLOWER)
    await consume(parts, processed(failed="no film"))
    assert await told(notifications, AUTHOR) == [(KIND.KIND_VIDEO_FAILED, "no film")]
    assert await told(notifications, FOLLOWER) == []


async def test_who_follows_no_more_is_not_told(parts: Parts, notifications: Any) -> None:
    """To stop twice is to stop once."""
    await follow(notifications, FOLLOWER)
    with principal.acting_as(FOLLOWER):
        for _ in range(2):
            await notifications.Unfollow(notifications_pb2.UnfollowRequest(account_id=AUTHOR))
    await consume(parts, processed())
    assert await told(notifications, FOLLOWER) == []


async def test_refusals(notifications: Any) -> None:
    """Nobody follows themselves or nobody; a list needs a login."""
    for follower, account, reason in (
        (AUTHOR, AUTHOR, "follow_self"),
        (AUTHOR, "nonsense", "schema"),
        ("", AUTHOR, "unauthenticated"),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await follow(notifications, follower, account)
        assert codes.problem(caught.value).reason == reason


async def test_pages(parts: Parts, notifications: Any) -> None:
    """Newest first, each once."""
    for _ in range(5):
        await consume(parts, processed())
    seen: list[str] = []
    token = ""
    with principal.acting_as(AUTHOR):
        while True:
            request = notifications_pb2.ListNotificationsRequest(page_size=2, page_token=token)
            page = await notifications.ListNotifications(request)
            seen += [each.notification_id for each in page.notifications]
            token = page.next_page_token
            if not token:
                break
    assert len(seen) == len(set(seen)) == 5


async def test_event_that_says_nothing_is_poison(parts: Parts) -> None:
    """Nobody can be told of it."""
    with pytest.raises(Poison):
        await consume(parts, events_pb2.VideoProcessed(video_id=str(uuid.uuid4())))
    with pytest.raises(Poison):
        await consume(parts, processed("nonsense"))


DUE = events_pb2.NotificationDue
CONTACTS = {"email": "ann@example.org", "push": "device-1", "sms": "+491701234567"}


async def reached(notifications: Any, account: str, **wanted: str) -> None:
    """Say how an account wants to be told."""
    request = notifications_pb2.SetContactsRequest(contacts=notifications_pb2.Contacts(**wanted))
    with principal.acting_as(account):
        await notifications.SetContacts(request)


def due(parts: Parts) -> list[tuple[str, str, int]]:
    """What is to be sent: topic, to whom, why."""
    outbox = parts.outbox
    assert isinstance(outbox, MemoryOutbox)
    return [(topic, event.to, event.kind) for topic, event in outbox.events]


async def test_each_is_told_by_the_ways_that_they_want(parts: Parts, notifications: Any) -> None:
    """Once, however often the event comes; and by none where nobody asked (row M3)."""
    await reached(notifications, AUTHOR, **CONTACTS)
    await reached(notifications, FOLLOWER, sms="+15551234567")
    await follow(notifications, FOLLOWER)
    await follow(notifications, OTHER)
    event = processed()
    await consume(parts, event)
    await consume(parts, event)
    assert sorted(due(parts)) == [
        ("notification.email", "ann@example.org", DUE.KIND_VIDEO_READY),
        ("notification.push", "device-1", DUE.KIND_VIDEO_READY),
        ("notification.sms", "+15551234567", DUE.KIND_VIDEO_PUBLISHED),
        ("notification.sms", "+491701234567", DUE.KIND_VIDEO_READY),
    ]


async def test_who_wants_it_otherwise_is_told_otherwise(parts: Parts, notifications: Any) -> None:
    """What is said last counts, whole."""
    await reached(notifications, AUTHOR, **CONTACTS)
    await reached(notifications, AUTHOR, push="device-2")
    await consume(parts, processed(failed="no film"))
    assert due(parts) == [("notification.push", "device-2", DUE.KIND_VIDEO_FAILED)]
    with principal.acting_as(AUTHOR):
        answer = await notifications.GetContacts(notifications_pb2.GetContactsRequest())
    assert (answer.contacts.email, answer.contacts.push) == ("", "device-2")


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"email": "ann"}, "email_invalid"),
        ({"email": "ann@example.org\nBcc: eve@example.org"}, "email_invalid"),
        ({"push": "two words"}, "push_invalid"),
        ({"sms": "0170"}, "sms_invalid"),
    ],
)
async def test_what_nobody_can_be_told_by_is_refused(
    notifications: Any, wanted: dict[str, str], reason: str
) -> None:
    """At once, and not when it is to be sent."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await reached(notifications, AUTHOR, **wanted)
    assert codes.problem(caught.value).reason == reason


def test_messages_say_what_happened() -> None:
    """A title of several lines is one line; what says nothing is poison."""
    event = DUE(to="x", kind=DUE.KIND_VIDEO_FAILED, title="my\nfilm", reason="no film")
    assert messages.email(event).subject == "Your film could not be processed: my film"
    assert messages.push(event).text == "my film: no film"
    assert len(messages.sms(DUE(to="x", kind=DUE.KIND_VIDEO_READY, title="x" * 500)).text) == 160
    for nothing in (DUE(to="x"), DUE(kind=DUE.KIND_VIDEO_READY)):
        with pytest.raises(Poison):
            messages.email(nothing)
