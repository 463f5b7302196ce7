"""Notifications and followers in Postgres."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from tube_platform import postgres
from tube_platform.postgres import Connection


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing that somebody is told."""

    id: uuid.UUID
    kind: str
    video_id: uuid.UUID
    title: str
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class News:
    """What there is to tell about a video."""

    video_id: uuid.UUID
    owner_id: str
    title: str
    ready: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Contacts:
    """How somebody wants to be told beside the list; empty: not so."""

    email: str = ""
    push: str = ""
    sms: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A new notification, and how its account wants to be told."""

    id: uuid.UUID
    account_id: str
    kind: str
    email: str
    push: str
    sms: str


async def tell(connection: Connection, news: News) -> list[Told]:
    """Tell the author, and when the video is out the followers. Nobody is told the same twice: only what is new comes back."""
    return await postgres.fetch(
        connection,
        Told,
        """
        with new as (
        insert into notifications (account_id, kind, video_id, title, reason)
        select %(owner)s, case when %(ready)s then 'ready' else 'failed' end, %(video)s, %(title)s, %(reason)s
        union all
        select follower_id, 'published', %(video)s, %(title)s, '' from followers
        where account_id = %(owner)s and %(ready)s
        on conflict (account_id, video_id, kind) do nothing
        returning id, account_id, kind
        )
        select id, account_id, kind, coalesce(email, '') email, coalesce(push, '') push, coalesce(sms, '') sms
        from new left join contacts using (account_id)
        """,
        {
            "owner": news.owner_id,
            "ready": news.ready,
            "video": news.video_id,
            "title": news.title,
            "reason": news.reason,
        },
    )


async def newest(
    connection: Connection, account_id: str, before: tuple[datetime, uuid.UUID] | None, most: int
) -> list[Notification]:
    """An account's notifications, newest first, from below a place in the list."""
    at, last = before or (None, None)
    return await postgres.fetch(
        connection,
        Notification,
        """
        select id, kind, video_id, title, reason, created_at from notifications
        where account_id = %(account)s
          and (%(at)s::timestamptz is null or (created_at, id) < (%(at)s::timestamptz, %(last)s::uuid))
        order by created_at desc, id desc limit %(most)s
        """,
        {"account": account_id, "at": at, "last": last, "most": most},
    )


async def follow(connection: Connection, account_id: str, follower_id: str) -> None:
    """Begin to follow."""
    await postgres.execute(
        connection,
        "insert into followers (account_id, follower_id) values (%s, %s) on conflict do nothing",
        (account_id, follower_id),
    )


async def unfollow(connection: Connection, account_id: str, follower_id: str) -> None:
    """Follow no more."""
    await postgres.execute(
        connection,
        "delete from followers where account_id = %s and follower_id = %s",
        (account_id, follower_id),
    )


async def set_contacts(connection: Connection, account_id: str, contacts: Contacts) -> None:
    """Remember how somebody wants to be told."""
    await postgres.execute(
        connection,
        """
        insert into contacts (account_id, email, push, sms) values (%s, %s, %s, %s)
        on conflict (account_id) do update set (email, push, sms) = (excluded.email, excluded.push, excluded.sms)
        """,
        (account_id, contacts.email, contacts.push, contacts.sms),
    )


async def contacts(connection: Connection, account_id: str) -> Contacts:
    """How somebody wants to be told."""
    query = "select email, push, sms from contacts where account_id = %s"
    found = await postgres.fetch(connection, Contacts, query, (account_id,))
    return found[0] if found else Contacts()
