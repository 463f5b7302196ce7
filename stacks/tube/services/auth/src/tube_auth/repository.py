"""Accounts, sessions, refresh tokens and quotas in Postgres. Refresh tokens are stored as hashes only."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from tube_platform import postgres
from tube_platform.postgres import Connection, Passing

ENDED = Passing(
    """
    with old as (
        select hash, session_id, expires_at from refresh_tokens
        where expires_at < now() - make_interval(secs => %(age)s)
        order by expires_at limit %(most)s for update skip locked
    ), ended as (
        delete from sessions where id in (
            select old.session_id from old where not exists (
                select from refresh_tokens later
                where later.session_id = old.session_id and later.expires_at >= old.expires_at
                and later.hash not in (select hash from old)
            )
        )
    )
    delete from refresh_tokens where hash in (select hash from old)
    """,
    age=86_400.0,
)
"""Tokens that expired a day ago, so that no transaction still looks at one, and each session with the last of its own.

The oldest go first: who goes with the last of them leaves none behind, also where two pods do this at once.
"""


@dataclass(frozen=True, slots=True)
class Account:
    """An account."""

    id: uuid.UUID
    password_hash: str
    request_id: str


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token with what decides about it."""

    session_id: uuid.UUID
    account_id: uuid.UUID
    expired: bool
    revoked: bool
    rotated_seconds_ago: float | None
    successor_used: bool


@dataclass(frozen=True, slots=True)
class Reservation:
    """Bytes that are set aside for a film."""

    request_id: str
    video_id: str
    size_bytes: int


async def add_account(connection: Connection, account: Account, email: str) -> bool:
    """Open an account; False when the address is taken."""
    return bool(
        await postgres.execute(
            connection,
            "insert into accounts (id, email, password_hash, request_id) values (%s, %s, %s, %s) "
            "on conflict (email) do nothing",
            (account.id, email, account.password_hash, account.request_id),
        )
    )


async def account_of(connection: Connection, email: str) -> Account | None:
    """The account of an address."""
    return await postgres.fetch_one(
        connection, Account, "select id, password_hash, request_id from accounts where email = %s", (email,)
    )


async def set_password_hash(connection: Connection, account_id: uuid.UUID, password_hash: str) -> None:
    """Replace a hash that was made with older settings."""
    await postgres.execute(
        connection, "update accounts set password_hash = %s where id = %s", (password_hash, account_id)
    )


async def add_session(connection: Connection, account_id: uuid.UUID, request_id: str) -> uuid.UUID:
    """A session; the same request gives the same one."""
    return await postgres.value(
        connection,
        "insert into sessions (id, account_id, request_id) values (%s, %s, %s) "
        "on conflict (account_id, request_id) do update set request_id = excluded.request_id returning id",
        (uuid.uuid4(), account_id, request_id),
    )


async def add_token(
    connection: Connection,
    session_id: uuid.UUID,
    digest: bytes,
    expires_at: datetime,
    predecessor: bytes | None,
) -> None:
    """A refresh token of a session."""
    await postgres.execute(
        connection,
        "insert into refresh_tokens (hash, session_id, expires_at, predecessor) values (%s, %s, %s, %s)",
        (digest, session_id, expires_at, predecessor),
    )


async def token(connection: Connection, digest: bytes) -> RefreshToken | None:
    """A refresh token. Its session stays locked until the transaction ends, so that two refreshes happen one after the other."""
    session = await postgres.value(
        connection, "select session_id from refresh_tokens where hash = %s", (digest,)
    )
    if session is None:
        return None
    await postgres.execute(connection, "select from sessions where id = %s for update", (session,))
    return await postgres.fetch_one(
        connection,
        RefreshToken,
        """
        select t.session_id, s.account_id, t.expires_at <= now() as expired, s.revoked_at is not null as revoked,
               extract(epoch from clock_timestamp() - t.rotated_at)::float8 as rotated_seconds_ago,
               exists (select from refresh_tokens n where n.predecessor = t.hash and n.rotated_at is not null)
                   as successor_used
        from refresh_tokens t join sessions s on s.id = t.session_id
        where t.hash = %s
        """,
        (digest,),
    )


async def rotate(connection: Connection, digest: bytes) -> None:
    """A refresh token was used; the first use counts."""
    await postgres.execute(
        connection,
        "update refresh_tokens set rotated_at = clock_timestamp() where hash = %s and rotated_at is null",
        (digest,),
    )


async def revoke(connection: Connection, session_id: uuid.UUID) -> None:
    """End a session."""
    await postgres.execute(
        connection,
        "update sessions set revoked_at = now() where id = %s and revoked_at is null",
        (session_id,),
    )


async def use_quota(connection: Connection, account_id: str, size_bytes: int, most: int) -> int | None:
    """Count bytes as used; how many there are now, or None when that would be more than `most`. The row is locked: two films cannot both take the last bytes."""
    return await postgres.value(
        connection,
        """
        insert into quotas as q (account_id, used_bytes)
        select %(account)s, %(size)s where %(size)s <= %(most)s
        on conflict (account_id) do update set used_bytes = q.used_bytes + excluded.used_bytes
        where q.used_bytes + excluded.used_bytes <= %(most)s
        returning used_bytes
        """,
        {"account": account_id, "size": size_bytes, "most": most},
    )


async def add_reservation(connection: Connection, account_id: str, reservation: Reservation) -> None:
    """What a request set aside, so that it can be given back."""
    await postgres.execute(
        connection,
        "insert into quota_reservations (account_id, request_id, video_id, size_bytes) values (%s, %s, %s, %s)",
        (account_id, reservation.request_id, reservation.video_id, reservation.size_bytes),
    )


async def give_back(connection: Connection, account_id: str, request_id: str) -> None:
    """Undo both."""
    await postgres.execute(
        connection,
        """
        with gone as (
            delete from quota_reservations where account_id = %(account)s and request_id = %(request)s returning size_bytes
        )
        update quotas set used_bytes = used_bytes - gone.size_bytes from gone where account_id = %(account)s
        """,
        {"account": account_id, "request": request_id},
    )
