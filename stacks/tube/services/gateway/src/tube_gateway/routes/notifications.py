"""Notifications and followers."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from tube.notifications.v1 import notifications_pb2
from tube_gateway.routes.context import AccountId, Deps, degradable, problems
from tube_platform import principal

router = APIRouter(tags=["notifications"])

ADDRESS = r"^[^@\s\x00-\x1f\x7f-\x9f<>]+@[^@\s\x00-\x1f\x7f-\x9f<>]+\.[^@\s\x00-\x1f\x7f-\x9f<>]+$"
"""An e-mail address, as far as a pattern can tell."""

KINDS = {
    notifications_pb2.Notification.KIND_VIDEO_READY: "video_ready",
    notifications_pb2.Notification.KIND_VIDEO_FAILED: "video_failed",
    notifications_pb2.Notification.KIND_VIDEO_PUBLISHED: "video_published",
}


class Notification(BaseModel):
    """One thing that the account was told."""

    notification_id: str
    kind: str
    video_id: str
    title: str
    reason: str | None = None
    created_at: datetime


class Contacts(BaseModel):
    """How the account is told beside the list; what is empty is a way that is not wanted (row M3)."""

    email: str = Field(default="", max_length=254, pattern=rf"^$|{ADDRESS}")
    push: str = Field(default="", max_length=512, pattern=r"^[\x21-\x7e]*$")
    sms: str = Field(default="", pattern=r"^$|^\+[1-9][0-9]{6,14}$")


class Page(BaseModel):
    """A page of notifications."""

    notifications: list[Notification]
    next_page_token: str | None = None


@router.get("/v1/notifications", responses=degradable() | problems(400, 401))
async def newest(
    parts: Deps,
    account: AccountId,
    page_size: Annotated[int, Query(ge=1, le=100)] = 20,
    page_token: Annotated[str, Query(max_length=200)] = "",
) -> Page:
    """The account's notifications, newest first; none while notifications does not answer, which the header says."""
    request = notifications_pb2.ListNotificationsRequest(page_size=page_size, page_token=page_token)
    with principal.acting_as(account):
        answer = await parts.notifications.ListNotifications(request)
    return Page(
        notifications=[_notification(each) for each in answer.notifications],
        next_page_token=answer.next_page_token or None,
    )


@router.put("/v1/following/{account_id}", status_code=204, responses=problems(400, 401))
async def follow(account_id: UUID, parts: Deps, account: AccountId) -> None:
    """Follow an account."""
    with principal.acting_as(account):
        await parts.notifications.Follow(notifications_pb2.FollowRequest(account_id=str(account_id)))


@router.delete("/v1/following/{account_id}", status_code=204, responses=problems(400, 401))
async def unfollow(account_id: UUID, parts: Deps, account: AccountId) -> None:
    """Follow an account no more."""
    with principal.acting_as(account):
        await parts.notifications.Unfollow(notifications_pb2.UnfollowRequest(account_id=str(account_id)))


@router.get("/v1/contacts", responses=problems(401))
async def contacts(parts: Deps, account: AccountId) -> Contacts:
    """How the account is told."""
    with principal.acting_as(account):
        answer = await parts.notifications.GetContacts(notifications_pb2.GetContactsRequest())
    found = answer.contacts
    return Contacts(email=found.email, push=found.push, sms=found.sms)


@router.put("/v1/contacts", status_code=204, responses=problems(400, 401))
async def set_contacts(wanted: Contacts, parts: Deps, account: AccountId) -> None:
    """Say how the account is told from now on."""
    given = notifications_pb2.Contacts(email=wanted.email, push=wanted.push, sms=wanted.sms)
    with principal.acting_as(account):
        await parts.notifications.SetContacts(notifications_pb2.SetContactsRequest(contacts=given))


def _notification(given: notifications_pb2.Notification) -> Notification:
    return Notification(
        notification_id=given.notification_id,
        kind=KINDS[given.kind],
        video_id=given.video_id,
        title=given.title,
        reason=given.reason or None,
        created_at=given.created_at.ToDatetime(UTC),
    )
