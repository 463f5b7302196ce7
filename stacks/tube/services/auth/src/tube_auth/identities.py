"""Accounts by who providers say somebody is, and logins that have begun, in Postgres (row A9). Secrets that come back are stored as hashes only."""

import uuid
from dataclasses import dataclass

from tube_platform import postgres
from tube_platform.oidc import proof
from tube_platform.oidc.identity import Identity
from tube_platform.oidc.provider import Attempt
from tube_platform.postgres import Connection, Passing

ATTEMPT_TTL = 600.0
"""Seconds for which somebody may be at the provider's, and look for a second factor."""

CODE_TTL = 60.0
"""Seconds in which an app redeems the code that it was sent; RFC 6749 (4.1.2) allows ten minutes, and it comes at once."""

PASSING = tuple(
    Passing(
        f"delete from {table} where ctid = any(array(select ctid from {table} "  # noqa: S608 - of names in this line
        "where expires_at <= now() - make_interval(secs => %(age)s) limit %(most)s))"
    )
    for table in ("login_attempts", "login_codes")
)
"""What has expired is never looked at again."""


@dataclass(frozen=True, slots=True)
class AppAsked:
    """What an app said when it began."""

    redirect_uri: str
    challenge: str
    state: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A login that has begun."""

    attempt: Attempt
    browser_hash: bytes
    app: AppAsked | None


@dataclass(frozen=True, slots=True)
class Code:
    """A code that an app was sent, and whether it can be redeemed."""

    account_id: uuid.UUID
    challenge: str
    request_id: str | None
    expired: bool


@dataclass(frozen=True, slots=True)
class _Row:
    nonce: str
    verifier: str
    browser_hash: bytes
    app_redirect_uri: str | None
    app_challenge: str | None
    app_state: str | None
    expired: bool


async def keep(connection: Connection, provider: str, begun: Begun) -> None:
    """Remember a login that begins, once however often this is run."""
    app = begun.app
    await postgres.execute(
        connection,
        """
        insert into login_attempts
            (state_hash, provider, browser_hash, nonce, verifier, app_redirect_uri, app_challenge, app_state, expires_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, now() + make_interval(secs => %s))
        on conflict (state_hash) do nothing
        """,
        (
            proof.digest(begun.attempt.state),
            provider,
            begun.browser_hash,
            begun.attempt.nonce,
            begun.attempt.verifier,
            app.redirect_uri if app else None,
            app.challenge if app else None,
            app.state if app else None,
            ATTEMPT_TTL,
        ),
    )


async def take(connection: Connection, provider: str, state: str) -> Begun | None:
    """The login of a state, for the first who comes with it; None where there is none (any more)."""
    row = await postgres.fetch_one(
        connection,
        _Row,
        """
        delete from login_attempts where state_hash = %s and provider = %s
        returning nonce, verifier, browser_hash, app_redirect_uri, app_challenge, app_state, expires_at <= now() as expired
        """,
        (proof.digest(state), provider),
    )
    if row is None or row.expired:
        return None
    app = (
        AppAsked(row.app_redirect_uri, row.app_challenge or "", row.app_state or "")
        if row.app_redirect_uri
        else None
    )
    return Begun(Attempt(state, row.nonce, row.verifier), bytes(row.browser_hash), app)


async def account_of(connection: Connection, identity: Identity) -> tuple[uuid.UUID, bool]:
    """The account of somebody, and whether it is new. Two first logins at once open one: the second waits for the first's row."""
    known = "select account_id from identities where issuer = %s and subject = %s"
    found: uuid.UUID | None = await postgres.value(connection, known, (identity.issuer, identity.subject))
    if found is not None:
        return found, False
    opened = uuid.uuid4()
    await postgres.execute(
        connection, "insert into accounts (id, request_id) values (%s, %s)", (opened, str(uuid.uuid4()))
    )
    kept: uuid.UUID = await postgres.value(
        connection,
        """
        insert into identities (issuer, subject, account_id) values (%s, %s, %s)
        on conflict (issuer, subject) do update set issuer = excluded.issuer returning account_id
        """,
        (identity.issuer, identity.subject, opened),
    )
    if kept != opened:
        await postgres.execute(connection, "delete from accounts where id = %s", (opened,))
    return kept, kept == opened


async def add_code(
    connection: Connection, provider: str, code: str, account_id: uuid.UUID, challenge: str
) -> None:
    """A code for an app."""
    await postgres.execute(
        connection,
        "insert into login_codes (code_hash, provider, account_id, challenge, expires_at) "
        "values (%s, %s, %s, %s, now() + make_interval(secs => %s))",
        (proof.digest(code), provider, account_id, challenge, CODE_TTL),
    )


async def code(connection: Connection, provider: str, given: str) -> Code | None:
    """A code that an app comes with; it stays locked until the transaction ends."""
    return await postgres.fetch_one(
        connection,
        Code,
        "select account_id, challenge, request_id, expires_at <= now() as expired from login_codes "
        "where code_hash = %s and provider = %s for update",
        (proof.digest(given), provider),
    )


async def redeem(connection: Connection, given: str, request_id: str) -> None:
    """A code has been redeemed, by this request and no other."""
    await postgres.execute(
        connection,
        "update login_codes set request_id = %s where code_hash = %s",
        (request_id, proof.digest(given)),
    )
