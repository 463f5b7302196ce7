"""The catalog in Postgres."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from tube_platform import postgres
from tube_platform.postgres import Connection


@dataclass(frozen=True, slots=True)
class Video:
    """An entry."""

    id: uuid.UUID
    owner_id: str
    title: str
    state: str
    playlist: str
    duration_ms: int
    failure_reason: str
    processed_at: datetime


async def save(connection: Connection, video: Video) -> None:
    """The newest word about a video counts, whichever comes first."""
    await postgres.execute(
        connection,
        """
        insert into videos (id, owner_id, title, state, playlist, duration_ms, failure_reason, processed_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (id) do update set state = excluded.state, playlist = excluded.playlist,
            duration_ms = excluded.duration_ms, failure_reason = excluded.failure_reason,
            processed_at = excluded.processed_at
        where videos.processed_at <= excluded.processed_at
        """,
        (
            video.id,
            video.owner_id,
            video.title,
            video.state,
            video.playlist,
            video.duration_ms,
            video.failure_reason,
            video.processed_at,
        ),
    )


async def find(connection: Connection, video_id: uuid.UUID) -> Video | None:
    """An entry."""
    return await postgres.fetch_one(
        connection,
        Video,
        "select id, owner_id, title, state, playlist, duration_ms, failure_reason, processed_at "
        "from videos where id = %s",
        (video_id,),
    )


async def newest(
    connection: Connection, owner_id: str, before: tuple[datetime, uuid.UUID] | None, most: int
) -> list[Video]:
    """Ready videos, newest first, of one owner or of all, from below a place in the list."""
    at, last = before or (None, None)
    return await postgres.fetch(
        connection,
        Video,
        """
        select id, owner_id, title, state, playlist, duration_ms, failure_reason, processed_at
        from videos
        where state = 'ready' and (%(owner)s = '' or owner_id = %(owner)s)
          and (%(at)s::timestamptz is null or (processed_at, id) < (%(at)s::timestamptz, %(last)s::uuid))
        order by processed_at desc, id desc limit %(most)s
        """,
        {"owner": owner_id, "at": at, "last": last, "most": most},
    )
