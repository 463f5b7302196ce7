"""Accounts and tokens. A person's code."""

import hashlib
import secrets
import uuid
from datetime import UTC, datetime, timedelta

from tube.auth.v1 import auth_pb2, auth_pb2_grpc
from tube_auth import identities, repository
from tube_auth.logins import ExternalLogins
from tube_auth.repository import Account, RefreshToken, Reservation
from tube_auth.wired import Parts
from tube_platform import logs, principal
from tube_platform.errors import AlreadyExists, Invalid, NotYet, Unauthenticated
from tube_platform.passwords import Passwords
from tube_platform.postgres import Connection
from tube_platform.rpc.server import Context

log = logs.get(__name__)

GRACE = 10.0
"""Seconds in which the token before the newest is taken again: the answer to its first use may have been lost."""

LONGEST_PASSWORD = 256
LONGEST_EMAIL = 254

QUOTA = 100 * 1024**3
"""Bytes of film that an account may have."""

RESERVE = "ReserveQuota"


class AuthHandlers(auth_pb2_grpc.AuthServiceServicer):
    """AuthService."""

    def __init__(self, parts: Parts) -> None:
        self._database = parts.database
        self._idempotency = parts.idempotency
        self._issuer = parts.issuer
        self._passwords = Passwords()
        self._external = ExternalLogins(parts.database, parts.logins)
        parts.database.passing += (repository.ENDED, *identities.PASSING)

    async def Register(
        self, request: auth_pb2.RegisterRequest, context: Context
    ) -> auth_pb2.RegisterResponse:
        """Open an account. A repeated request finds the account that it opened the first time."""
        email = _email(request.email)
        request_id = request.request_id or str(uuid.uuid4())
        account = Account(uuid.uuid4(), await self._passwords.hash(request.password), request_id)

        async def work(connection: Connection) -> Account:
            if await repository.add_account(connection, account, email):
                return account
            found = await repository.account_of(connection, email)
            if found is None or found.request_id != request_id:
                raise AlreadyExists("this address has an account", "email_taken")
            return found

        opened = await self._database.transact(work, repeatable=True)
        if opened is not account and not await self._passwords.verify(opened.password_hash, request.password):
            raise AlreadyExists("this address has an account", "email_taken")
        log.info("account opened", account_id=str(opened.id))
        return auth_pb2.RegisterResponse(account_id=str(opened.id))

    async def Login(self, request: auth_pb2.LoginRequest, context: Context) -> auth_pb2.LoginResponse:
        """Begin a session."""
        email, password = _email(request.email), request.password[:LONGEST_PASSWORD]
        account = await self._database.read(lambda connection: repository.account_of(connection, email))
        stored = account.password_hash if account else None
        if not await self._passwords.verify(stored, password) or account is None:
            raise Unauthenticated("address or password is wrong", "bad_credentials")
        fresh = await self._passwords.hash(password) if self._passwords.stale(account.password_hash) else None
        request_id = request.request_id or str(uuid.uuid4())

        async def work(connection: Connection) -> auth_pb2.Tokens:
            if fresh:
                await repository.set_password_hash(connection, account.id, fresh)
            return await self._begin_session(connection, account.id, request_id)

        return auth_pb2.LoginResponse(tokens=await self._database.transact(work, repeatable=True))

    async def BeginLogin(
        self, request: auth_pb2.BeginLoginRequest, context: Context
    ) -> auth_pb2.BeginLoginResponse:
        """Begin a login by a provider that is not ours (row A9)."""
        return auth_pb2.BeginLoginResponse(authorization_url=await self._external.begin(request))

    async def FinishLogin(
        self, request: auth_pb2.FinishLoginRequest, context: Context
    ) -> auth_pb2.FinishLoginResponse:
        """Finish it: a session for a browser, a code for an app."""
        account, app = await self._external.finish(request)
        if app:
            return auth_pb2.FinishLoginResponse(
                app_url=await self._external.hand_over(request.provider, account, app)
            )
        request_id = str(uuid.uuid4())  # of this call, and not of each run of what follows

        async def work(connection: Connection) -> auth_pb2.Tokens:
            return await self._begin_session(connection, account, request_id)

        return auth_pb2.FinishLoginResponse(tokens=await self._database.transact(work, repeatable=True))

    async def RedeemLogin(
        self, request: auth_pb2.RedeemLoginRequest, context: Context
    ) -> auth_pb2.RedeemLoginResponse:
        """Begin the session of an app."""
        request_id = request.request_id or str(uuid.uuid4())

        async def work(connection: Connection) -> auth_pb2.Tokens:
            account = await self._external.redeem(connection, request, request_id)
            return await self._begin_session(connection, account, request_id)

        return auth_pb2.RedeemLoginResponse(tokens=await self._database.transact(work, repeatable=True))

    async def Refresh(self, request: auth_pb2.RefreshRequest, context: Context) -> auth_pb2.RefreshResponse:
        """Replace a refresh token."""
        digest = _digest(request.refresh_token)

        async def work(connection: Connection) -> auth_pb2.Tokens | None:
            token = await repository.token(connection, digest)
            if token is None or token.revoked or token.expired:
                raise Unauthenticated("the refresh token is not valid (any more)", "invalid_refresh_token")
            if _stolen(token):
                await repository.revoke(connection, token.session_id)
                log.warning("refresh token used twice, session ended", session_id=str(token.session_id))
                return None
            await repository.rotate(connection, digest)
            return await self._issue(connection, token.account_id, token.session_id, digest)

        tokens = await self._database.transact(work, repeatable=True)
        if (
            tokens is None
        ):  # raised here and not in the transaction, which has to commit the end of the session
            raise Unauthenticated("the refresh token was used before; log in again", "refresh_token_reused")
        return auth_pb2.RefreshResponse(tokens=tokens)

    async def ReserveQuota(
        self, request: auth_pb2.ReserveQuotaRequest, context: Context
    ) -> auth_pb2.ReserveQuotaResponse:
        """Set bytes aside, once for a request (row F3.4)."""
        account, size = principal.required(), request.size_bytes

        async def effect(connection: Connection) -> auth_pb2.ReserveQuotaResponse:
            used = await repository.use_quota(connection, account, size, QUOTA)
            if used is None:
                raise NotYet("the quota of this account is used up", "quota_used_up")
            reservation = Reservation(request.request_id, request.video_id, size)
            await repository.add_reservation(connection, account, reservation)
            return auth_pb2.ReserveQuotaResponse(bytes_left=QUOTA - used)

        answer = await self._idempotency.once(RESERVE, request, auth_pb2.ReserveQuotaResponse, effect)
        log.info("quota reserved", account_id=account, video_id=request.video_id, bytes=size)
        return answer

    async def ReleaseQuota(
        self, request: auth_pb2.ReleaseQuotaRequest, context: Context
    ) -> auth_pb2.ReleaseQuotaResponse:
        """Give back what a request set aside; one that comes after this has no effect (row F3.7)."""
        account = principal.required()

        async def effect(connection: Connection) -> None:
            await repository.give_back(connection, account, request.reserved_by)

        released = await self._idempotency.undo(RESERVE, request.reserved_by, effect)
        log.info("quota released", account_id=account, reserved_by=request.reserved_by, found=released)
        return auth_pb2.ReleaseQuotaResponse()

    async def GetKeys(self, request: auth_pb2.GetKeysRequest, context: Context) -> auth_pb2.GetKeysResponse:
        """The public keys."""
        keys = self._issuer.public_keys()
        return auth_pb2.GetKeysResponse(
            keys=[auth_pb2.VerificationKey(kid=key["kid"], algorithm=key["alg"], x=key["x"]) for key in keys]
        )

    async def _begin_session(
        self, connection: Connection, account_id: uuid.UUID, request_id: str
    ) -> auth_pb2.Tokens:
        session = await repository.add_session(connection, account_id, request_id)
        return await self._issue(connection, account_id, session, None)

    async def _issue(
        self, connection: Connection, account_id: uuid.UUID, session: uuid.UUID, predecessor: bytes | None
    ) -> auth_pb2.Tokens:
        refresh = secrets.token_urlsafe(32)
        expires_at = datetime.now(UTC) + timedelta(seconds=self._issuer.wiring.refresh_ttl)
        await repository.add_token(connection, session, _digest(refresh), expires_at, predecessor)
        return auth_pb2.Tokens(
            account_id=str(account_id),
            access_token=self._issuer.issue(str(account_id), str(session)),
            expires_in_seconds=int(self._issuer.wiring.access_ttl),
            refresh_token=refresh,
        )


def _stolen(token: RefreshToken) -> bool:
    """A used token is good again only for a moment, and only while what replaced it was not used."""
    return token.rotated_seconds_ago is not None and (
        token.rotated_seconds_ago > GRACE or token.successor_used
    )


def _digest(refresh_token: str) -> bytes:
    """Tokens are random enough that a plain hash hides them."""
    return hashlib.sha256(refresh_token.encode()).digest()


def _email(given: str) -> str:
    email = given.strip().lower()
    local, _, domain = email.partition("@")
    if not local or "." not in domain or len(email) > LONGEST_EMAIL or any(c.isspace() for c in email):
        raise Invalid("this is no e-mail address", "email_invalid")
    return email
