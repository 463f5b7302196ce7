"""Uploads in Postgres."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from tube_platform import postgres
from tube_platform.postgres import Connection


@dataclass(frozen=True, slots=True)
class Video:
    """An upload."""

    id: uuid.UUID
    owner_id: str
    title: str
    content_type: str
    object_key: str
    state: str
    size_bytes: int
    created_at: datetime


async def add(
    connection: Connection, video_id: uuid.UUID, owner_id: str, title: str, content_type: str
) -> None:
    """A film is to come."""
    await postgres.execute(
        connection,
        "insert into videos (id, owner_id, title, content_type, object_key) values (%s, %s, %s, %s, %s)",
        (video_id, owner_id, title, content_type, str(video_id)),
    )


async def find(connection: Connection, video_id: uuid.UUID, owner_id: str) -> Video | None:
    """An upload of an account."""
    return await postgres.fetch_one(
        connection,
        Video,
        "select id, owner_id, title, content_type, object_key, state, size_bytes, created_at "
        "from videos where id = %s and owner_id = %s",
        (video_id, owner_id),
    )


async def mark_uploaded(connection: Connection, video_id: uuid.UUID, size_bytes: int) -> Video | None:
    """The film has come; None when that was known."""
    return await postgres.fetch_one(
        connection,
        Video,
        "update videos set state = 'uploaded', size_bytes = %s, uploaded_at = now() "
        "where id = %s and state = 'created' "
        "returning id, owner_id, title, content_type, object_key, state, size_bytes, created_at",
        (size_bytes, video_id),
    )
