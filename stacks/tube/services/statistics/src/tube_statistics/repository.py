"""Facts in Postgres."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from tube_platform import postgres
from tube_platform.postgres import Connection


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a video."""

    video_id: uuid.UUID
    owner_id: str
    ready: bool
    duration_ms: int
    size_bytes: int
    segments: int
    processed_at: datetime


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over an account's videos."""

    videos_ready: int
    videos_failed: int
    duration_ms: int
    size_bytes: int


async def save(connection: Connection, facts: Facts) -> None:
    """One row a video, so that a sum counts each once; the newest word counts."""
    await postgres.execute(
        connection,
        """
        insert into facts (video_id, owner_id, ready, duration_ms, size_bytes, segments, processed_at)
        values (%s, %s, %s, %s, %s, %s, %s)
        on conflict (video_id) do update set ready = excluded.ready, duration_ms = excluded.duration_ms,
            size_bytes = excluded.size_bytes, segments = excluded.segments, processed_at = excluded.processed_at
        where facts.processed_at <= excluded.processed_at
        """,
        (
            facts.video_id,
            facts.owner_id,
            facts.ready,
            facts.duration_ms,
            facts.size_bytes,
            facts.segments,
            facts.processed_at,
        ),
    )


async def find(connection: Connection, video_id: uuid.UUID) -> Facts | None:
    """The facts of a video."""
    return await postgres.fetch_one(
        connection,
        Facts,
        "select video_id, owner_id, ready, duration_ms, size_bytes, segments, processed_at "
        "from facts where video_id = %s",
        (video_id,),
    )


async def totals(connection: Connection, owner_id: str) -> Totals:
    """The sums of an account."""
    found = await postgres.fetch_one(
        connection,
        Totals,
        """
        select count(*) filter (where ready) as videos_ready, count(*) filter (where not ready) as videos_failed,
               coalesce(sum(duration_ms), 0)::bigint as duration_ms, coalesce(sum(size_bytes), 0)::bigint as size_bytes
        from facts where owner_id = %s
        """,
        (owner_id,),
    )
    return found or Totals(0, 0, 0, 0)
