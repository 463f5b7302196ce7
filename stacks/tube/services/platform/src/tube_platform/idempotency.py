"""Idempotency keys (row F1.3): the same request again gets the same answer, and has no second effect.

The answer is stored in the transaction of the effect. While a request runs, it holds an advisory lock on its key; the same key at the same
time waits a moment and is then told that the request is in flight (HTTP 409). The same key with another request is refused (422).
What was undone stays undone: a request that comes after its own undo, as one that was slow on its way does, has no effect (row F3.7).
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import LiteralString, Protocol

from google.protobuf.message import Message
from psycopg import errors

from tube_platform import postgres, principal
from tube_platform.errors import InFlight, Invalid, KeyReused, NotYet
from tube_platform.postgres import Connection, Database
from tube_platform.sagas import keys

LONGEST_KEY = 255
KEEP = 3 * 86_400.0
"""Seconds that a key is remembered (reliability.md 5: 24 to 72 h). Those of sagas are remembered for keys.KEEP."""

SLIP: LiteralString = "1 day"
"""How long cleaning may have been missed. It looks at no more than so much of what is kept for sagas: else it would read all of that each time.

What a longer pause leaves behind goes with the keys of sagas.
"""

LOCK_WAIT = "300ms"
"""A retry after a lost connection finds its first run still ending; it should wait for that rather than fail."""

OK = "OK"
UNDONE = "UNDONE"
INSERT: LiteralString = "insert into idempotency (principal, route, key, request_hash, status, body) values (%s, %s, %s, %s, %s, %s)"
TOO_OLD: LiteralString = (
    "delete from idempotency where ctid = any(array(select ctid from idempotency "
    "where created_at < now() - make_interval(secs => %(age)s) limit %(most)s))"
)
OLD: LiteralString = (
    "delete from idempotency where ctid = any(array(select ctid from idempotency "  # noqa: S608 - of constants
    "where created_at < now() - make_interval(secs => %(age)s) "
    f"and created_at >= now() - make_interval(secs => %(age)s) - interval '{SLIP}' "
    f"and key !~ '{keys.FORM}' limit %(most)s))"
)


class Answers(Protocol):
    """What handlers need of idempotency keys."""

    async def once[M: Message](
        self, route: str, request: Message, kind: type[M], effect: Callable[[Connection], Awaitable[M]]
    ) -> M:
        """Run the effect, or give the answer that an earlier run gave."""
        ...

    async def undo(self, route: str, key: str, effect: Callable[[Connection], Awaitable[None]]) -> bool:
        """Take back what the request of a key did, once; False when there was nothing to take back, and then there never will be."""
        ...


@dataclass(frozen=True, slots=True)
class _Stored:
    request_hash: bytes
    body: bytes
    status: str


@dataclass(slots=True)
class Idempotency:
    """Answers that are given again. The key is the request's field `request_id`."""

    database: Database

    async def once[M: Message](
        self, route: str, request: Message, kind: type[M], effect: Callable[[Connection], Awaitable[M]]
    ) -> M:
        """Run the effect, or give the answer that an earlier run gave."""
        key = check_key(getattr(request, "request_id", ""))
        who, digest = principal.current() or "", fingerprint(request)

        async def work(connection: Connection) -> M:
            await _lock(connection, f"{who}\n{route}\n{key}")
            stored = await _stored(connection, who, route, key)
            if stored:
                return _again(stored, digest, kind)
            answer = await effect(connection)
            await postgres.execute(
                connection, INSERT, (who, route, key, digest, OK, answer.SerializeToString())
            )
            return answer

        return await self.database.transact(work, repeatable=True)

    async def undo(self, route: str, key: str, effect: Callable[[Connection], Awaitable[None]]) -> bool:
        """Take back what the request of a key did, once; False when there was nothing to take back, and then there never will be."""
        key, who = check_key(key), principal.current() or ""

        async def work(connection: Connection) -> bool:
            await _lock(connection, f"{who}\n{route}\n{key}")
            stored = await _stored(connection, who, route, key)
            if stored is None:
                await postgres.execute(connection, INSERT, (who, route, key, b"", UNDONE, b""))
            if stored is None or stored.status == UNDONE:
                return False
            await effect(connection)
            await postgres.execute(
                connection,
                "update idempotency set status = %s where principal = %s and route = %s and key = %s",
                (UNDONE, who, route, key),
            )
            return True

        return await self.database.transact(work, repeatable=True)

    async def clean(self, keep: float = KEEP, keep_sagas: float = keys.KEEP) -> None:
        """Forget keys that are too old to come again, `keep` seconds after their answer, and `keep_sagas` where a saga asked."""
        await postgres.forget(self.database, TOO_OLD, keep_sagas)
        await postgres.forget(self.database, OLD, keep)


def check_key(key: str) -> str:
    """A key that can be stored."""
    if not key:
        raise Invalid("an idempotency key is needed", "idempotency_key_missing")
    if len(key) > LONGEST_KEY:
        raise Invalid(f"an idempotency key has at most {LONGEST_KEY} characters", "idempotency_key_too_long")
    return key


def fingerprint(request: Message) -> bytes:
    """A digest of a request without its key."""
    copy = type(request)()
    copy.CopyFrom(request)
    copy.ClearField("request_id")
    return hashlib.sha256(copy.SerializeToString(deterministic=True)).digest()


async def _stored(connection: Connection, who: str, route: str, key: str) -> _Stored | None:
    return await postgres.fetch_one(
        connection,
        _Stored,
        "select request_hash, body, status from idempotency where principal = %s and route = %s and key = %s",
        (who, route, key),
    )


def _again[M: Message](stored: _Stored, digest: bytes, kind: type[M]) -> M:
    if stored.status == UNDONE:
        raise NotYet("this was undone before it came", "undone")
    if stored.request_hash != digest:
        raise KeyReused("this idempotency key was used for another request")
    return kind.FromString(stored.body)


async def _lock(connection: Connection, name: str) -> None:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    try:
        await postgres.execute(connection, "select set_config('lock_timeout', %s, true)", (LOCK_WAIT,))
        await postgres.execute(connection, "select pg_advisory_xact_lock(%s)", (number,))
        await postgres.execute(connection, "set local lock_timeout to default")
    except errors.LockNotAvailable as error:
        raise InFlight("this request is being carried out right now") from error
