"""An OpenID provider on loopback for tests: the authorization code flow with PKCE for one client, and every way in which its answer can be wrong.

It follows the protocol where nothing else is asked of it: a code is good once and for a while, for the address and the client it was made for.
"""

import asyncio
import base64
import secrets
import socket
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from tube_platform.lifecycle import Lifecycle
from tube_platform.oidc import proof
from tube_platform.web import HttpServer
from tube_platform.wiring import Http

CODE_TTL = 60.0
KINDS: dict[str, Callable[[], Any]] = {
    "RS256": lambda: RSAKey.generate_key(2048),
    "ES256": lambda: ECKey.generate_key("P-256"),
    "Ed25519": lambda: OKPKey.generate_key("Ed25519"),
}

type Claims = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for."""

    redirect_uri: str
    challenge: str
    nonce: str
    subject: str
    expires_at: float


@dataclass(slots=True)
class LocalProvider:
    """The provider. `person` is who is logged in at it; `wrong` changes the claims of ID tokens, `header` how they are signed."""

    issuer: str
    redirect_uri: str
    client: str = "client-1"
    secret: str = "the secret of client-1: 100 %+"
    person: str = "person-1"
    clock: Callable[[], float] = time.time
    algorithm: str = "RS256"
    wrong: Callable[[Claims], Claims] = dict
    unsigned: bool = False
    discovery: Claims = field(default_factory=dict[str, Any])
    failing: int = 0
    """A status for every answer in place of the right one."""
    silent: asyncio.Event | None = None
    """Answers wait for it."""
    asked: list[str] = field(default_factory=list[str])
    versions: list[str] = field(default_factory=list[str])
    _keys: dict[str, Any] = field(default_factory=dict[str, Any])
    _published: set[str] = field(default_factory=set[str])
    _grants: dict[str, Grant] = field(default_factory=dict[str, Grant])

    def __post_init__(self) -> None:
        """One key."""
        self.rotate()

    def rotate(self, *, published: bool = True) -> str:
        """Sign with a new key from now on, and publish only that."""
        kid = secrets.token_hex(4)
        self._keys[kid] = made(self.algorithm, len(self._keys))
        if published:
            self._published = {kid}
        return kid

    def application(self) -> Starlette:
        """What is served."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._answered(self._discover)),
                Route("/keys", self._answered(self._publish)),
                Route("/authorize", self._answered(self._authorize)),
                Route("/token", self._answered(self._token), methods=["POST"]),
            ]
        )

    def _answered(self, answer: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def answered(request: Request) -> Response:
            self.asked.append(request.url.path)
            self.versions.append(str(request.scope.get("http_version")))
            if self.silent:
                await self.silent.wait()
            if self.failing:
                return PlainTextResponse("not now", self.failing)
            return await answer(request)

        return answered

    async def _discover(self, _: Request) -> Response:
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": [self.algorithm],
            "authorization_response_iss_parameter_supported": True,
        }
        return JSONResponse(found | self.discovery)

    async def _publish(self, _: Request) -> Response:
        keys = [
            {**key.as_dict(private=False), "kid": kid, "use": "sig"}
            for kid, key in self._keys.items()
            if kid in self._published
        ]
        return JSONResponse({"keys": keys})

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        if asked.get("client_id") != self.client or asked.get("redirect_uri") != self.redirect_uri:
            return PlainTextResponse("no such client, or not there", 400)
        fits = asked.get("response_type") == "code" and asked.get("code_challenge_method") == "S256"
        if not fits or "openid" not in asked.get("scope", "").split():
            return self._back({"error": "invalid_request", "state": asked.get("state", "")})
        code = secrets.token_urlsafe(16)
        self._grants[code] = Grant(
            self.redirect_uri,
            asked["code_challenge"],
            asked.get("nonce", ""),
            self.person,
            self.clock() + CODE_TTL,
        )
        return self._back({"code": code, "state": asked.get("state", ""), "iss": self.issuer})

    def _back(self, told: dict[str, str]) -> Response:
        return RedirectResponse(f"{self.redirect_uri}?{urlencode(told)}", 302)

    async def _token(self, request: Request) -> Response:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        client, _, password = (base64.b64decode(given).decode() if scheme == "Basic" else "").partition(":")
        if (unquote_plus(client), unquote_plus(password)) != (self.client, self.secret):
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        grant = self._grants.pop(asked.get("code", ""), None)
        if (
            grant is None
            or grant.expires_at <= self.clock()
            or asked.get("redirect_uri") != grant.redirect_uri
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        if not proof.proves(asked.get("code_verifier", ""), grant.challenge):
            return JSONResponse({"error": "invalid_grant"}, 400)
        token = {"access_token": "of no use here", "token_type": "Bearer", "id_token": self._id_token(grant)}
        return JSONResponse(token)

    def _id_token(self, grant: Grant) -> str:
        now = int(self.clock())
        claims = {
            "iss": self.issuer,
            "aud": self.client,
            "sub": grant.subject,
            "nonce": grant.nonce,
            "iat": now,
            "exp": now + 300,
        }
        kid = list(self._keys)[-1]
        algorithm = "none" if self.unsigned else self.algorithm
        header = {"alg": algorithm, "kid": kid}
        return jwt.encode(header, self.wrong(claims), self._keys[kid], algorithms=[algorithm])


@cache
def made(algorithm: str, number: int) -> Any:
    """A provider's so-manieth key, made once a process: for one of RSA a processor looks for primes for a tenth of a second."""
    return KINDS[algorithm]()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@asynccontextmanager
async def serving(provider: LocalProvider, port: int) -> AsyncGenerator[HttpServer]:
    """The provider on a port of loopback, by HTTP/1.1 and HTTP/2 in the clear."""
    server = HttpServer(Http(port, deadline=30.0), provider.application(), Lifecycle(1.0), "127.0.0.1")
    await server.start()
    try:
        yield server
    finally:
        await server.drain(0.1)
        await server.close()
