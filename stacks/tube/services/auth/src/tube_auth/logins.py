"""Logins by providers that are not ours: begun, finished once, and redeemed by apps (row A9).

A browser carries three secrets: the state, which the provider gives back; a cookie of its own, so that nobody can be logged in to somebody
else's account by a link; and the code, which is worth nothing without the verifier that stays here. An app on somebody's machine gets no
tokens through the browser: it is sent a code of ours, which only it can redeem.
"""

import hmac
import uuid
from urllib.parse import urlencode

from tube.auth.v1 import auth_pb2
from tube_auth import identities
from tube_auth.identities import AppAsked, Begun
from tube_platform import logs
from tube_platform.errors import Invalid, Unauthenticated
from tube_platform.oidc import proof
from tube_platform.oidc.logins import Logins
from tube_platform.oidc.provider import Attempt
from tube_platform.postgres import Connection, Database

log = logs.get(__name__)

SHORTEST_BROWSER = 32
LONGEST_STATE = 512


class ExternalLogins:
    """What the handlers do for BeginLogin, FinishLogin and RedeemLogin; sessions are begun as after a password."""

    def __init__(self, database: Database, logins: Logins) -> None:
        self._database = database
        self._logins = logins

    async def begin(self, request: auth_pb2.BeginLoginRequest) -> str:
        """Where the browser is sent."""
        provider = self._logins.provider(request.provider)
        if len(request.browser) < SHORTEST_BROWSER:
            raise Invalid("the browser has no secret of its own", "browser_needed")
        begun = Begun(Attempt(), proof.digest(request.browser), self._app(request))
        address = await provider.address(begun.attempt)
        await self._database.transact(
            lambda connection: identities.keep(connection, request.provider, begun), repeatable=True
        )
        return address

    async def finish(self, request: auth_pb2.FinishLoginRequest) -> tuple[uuid.UUID, AppAsked | None]:
        """The account of who comes back, and the app that waits for them."""
        provider = self._logins.provider(request.provider)
        begun = await self._database.transact(
            lambda connection: identities.take(connection, request.provider, request.state)
        )
        if begun is None:
            raise Unauthenticated("this login has ended or never began; begin again", "login_unknown")
        if not hmac.compare_digest(begun.browser_hash, proof.digest(request.browser)):
            raise Unauthenticated("this login began in another browser", "login_of_another_browser")
        if request.error or not request.code:
            raise Unauthenticated("the provider did not log in anybody", "login_denied")
        identity = await provider.exchange(request.code, begun.attempt, request.issuer)

        async def work(connection: Connection) -> tuple[uuid.UUID, bool]:
            return await identities.account_of(connection, identity)

        account, opened = await self._database.transact(work, repeatable=True)
        log.info("login by a provider", provider=request.provider, account_id=str(account), opened=opened)
        return account, begun.app

    async def hand_over(self, provider: str, account: uuid.UUID, app: AppAsked) -> str:
        """The address of an app, with a code for it."""
        given = proof.secret()
        await self._database.transact(
            lambda connection: identities.add_code(connection, provider, given, account, app.challenge)
        )
        joint = "&" if "?" in app.redirect_uri else "?"
        return f"{app.redirect_uri}{joint}{urlencode({'code': given, 'state': app.state})}"

    async def redeem(
        self, connection: Connection, request: auth_pb2.RedeemLoginRequest, request_id: str
    ) -> uuid.UUID:
        """The account of a code, once. The same request again is an answer that was lost."""
        found = await identities.code(connection, request.provider, request.code)
        if found is None or found.expired or found.request_id not in (None, request_id):
            raise Unauthenticated("this code is not valid (any more)", "invalid_login_code")
        if not proof.proves(request.code_verifier, found.challenge):
            raise Unauthenticated("this code is for another app", "invalid_login_code")
        await identities.redeem(connection, request.code, request_id)
        return found.account_id

    def _app(self, request: auth_pb2.BeginLoginRequest) -> AppAsked | None:
        if not request.HasField("app"):
            return None
        app = request.app
        if not proof.CHALLENGE.fullmatch(app.code_challenge):
            raise Invalid("an app proves itself by a code_challenge (S256)", "code_challenge_needed")
        if len(app.state) > LONGEST_STATE:
            raise Invalid(f"a state has at most {LONGEST_STATE} characters", "state_too_long")
        return AppAsked(self._logins.app(request.provider, app.redirect_uri), app.code_challenge, app.state)
