"""What became of each film."""

import uuid
from dataclasses import dataclass

from tube_platform import postgres
from tube_platform.postgres import Connection


@dataclass(frozen=True, slots=True)
class Film:
    """A processed film."""

    video_id: str
    owner_id: str
    state: str
    playlist: str | None = None
    duration_ms: int = 0
    size_bytes: int = 0
    segments: int = 0
    reason: str | None = None


async def save(connection: Connection, film: Film) -> None:
    """The last word about a film counts: one that was dead and is replayed may still become ready."""
    await postgres.execute(
        connection,
        """
        insert into films (video_id, owner_id, state, playlist, duration_ms, size_bytes, segments, reason)
        values (%s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (video_id) do update set state = excluded.state, playlist = excluded.playlist,
            duration_ms = excluded.duration_ms, size_bytes = excluded.size_bytes, segments = excluded.segments,
            reason = excluded.reason, processed_at = now()
        """,
        (
            film.video_id,
            film.owner_id,
            film.state,
            film.playlist,
            film.duration_ms,
            film.size_bytes,
            film.segments,
            film.reason,
        ),
    )


async def give_up(connection: Connection, video_id: uuid.UUID) -> None:
    """Nobody wants a film any more."""
    await postgres.execute(
        connection, "insert into unwanted (video_id) values (%s) on conflict do nothing", (video_id,)
    )


async def unwanted(connection: Connection, video_id: str) -> bool:
    """Whether nobody wants a film any more."""
    return bool(
        await postgres.value(
            connection, "select exists (select from unwanted where video_id = %s)", (video_id,)
        )
    )
