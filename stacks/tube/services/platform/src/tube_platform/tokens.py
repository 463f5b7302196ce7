"""Access tokens: JWTs signed with Ed25519, verified with the keys of the service that issues them (row A8)."""

import asyncio
import hashlib
import time
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import Context, ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from tube_platform import deadlines, logs
from tube_platform.errors import Unauthenticated, Unavailable
from tube_platform.wiring import TokensWiring, Verifies, WiringError

log = logs.get(__name__)

LEEWAY = 10
"""Seconds that clocks may differ."""

KEYS_TTL = 300.0
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
"""Seconds after which the issuer is asked again while no key of it is known; doubled each time. Every request waits for that, so it is not long."""

REFETCH_AT_MOST_EVERY = 30.0
"""An unknown key id makes the verifier ask again, but not more often: key ids in tokens are chosen by whoever sends them."""

MOST_VERIFIED = 2048
"""Tokens whose signature is known to be good: a client sends the same one for minutes. Two megabytes."""

type FetchKeys = Callable[[], Awaitable[list[dict[str, Any]]]]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says."""

    subject: str
    session: str
    expires_at: int


@dataclass(slots=True)
class Issuer:
    """Signs tokens. The folder of keys has `<kid>.pem` files; `signing`, if there, names the key in use, else it is the last by name.

    To rotate: add the new key and name the old one in `signing`; when every verifier had time to fetch it, name the new one; when the last
    token of the old one has expired, take it away.
    """

    wiring: TokensWiring
    _keys: dict[str, OKPKey] = field(init=False)
    _signing: str = field(init=False)

    def __post_init__(self) -> None:
        """Read the keys."""
        folder = Path(self.wiring.keys_dir)
        self._keys = {path.stem: _private_key(path) for path in sorted(folder.glob("*.pem"))}
        if not self._keys:
            raise WiringError(f"{folder} has no token key")
        named = folder / "signing"
        self._signing = named.read_text().strip() if named.exists() else max(self._keys)
        if self._signing not in self._keys:
            raise WiringError(f"{named} names a key that is not there")

    def issue(self, subject: str, session: str, now: float | None = None) -> str:
        """An access token."""
        at = int(time.time() if now is None else now)
        claims = {
            "iss": self.wiring.issuer,
            "aud": self.wiring.audience,
            "sub": subject,
            "sid": session,
            "iat": at,
            "nbf": at,
            "exp": at + self.wiring.access_ttl,
            "jti": str(uuid.uuid4()),
        }
        header = {"alg": self.wiring.algorithm, "kid": self._signing, "typ": "at+jwt"}
        return jwt.encode(header, claims, self._keys[self._signing], algorithms=[self.wiring.algorithm])

    def public_keys(self) -> list[dict[str, Any]]:
        """All public keys, as JSON Web Keys."""
        return [
            {**key.as_dict(private=False), "kid": kid, "alg": self.wiring.algorithm, "use": "sig"}
            for kid, key in self._keys.items()
        ]


@dataclass(slots=True)
class Verifier:
    """Verifies tokens. Keys are cached; while the issuer is down the old ones are good.

    However many requests wait for keys, the issuer is asked once at a time: it is not to come up under all that its absence has piled up.
    """

    wiring: Verifies
    fetch: FetchKeys
    clock: Callable[[], float] = time.monotonic
    _keys: dict[str, Any] = field(default_factory=dict[str, Any])
    _fetched_at: float | None = None
    _tried_at: float = float("-inf")
    _failures: int = 0
    _asking: asyncio.Task[None] | None = None
    _verified: OrderedDict[bytes, Mapping[str, Any]] = field(
        default_factory=OrderedDict[bytes, Mapping[str, Any]]
    )
    """What tokens say that were verified with the keys of now, by their digest: no token is kept that somebody could use."""

    async def verify(self, token: str, now: float | None = None) -> Claims:
        """What the token says; raises Unauthenticated."""
        known = _known.get()
        if known and known[0] is self and known[1] == token:
            return known[2]
        await self._freshen()
        digest = hashlib.sha256(token.encode()).digest()
        said = self._verified.get(digest)
        if said is None:
            said = _decoded(token, await self._key(token), self.wiring)
        claims = self._claims(said, now)  # each time: a token expires
        self._keep(digest, said)
        return claims

    async def _key(self, token: str) -> Any:
        kid = _key_id(token)
        if kid not in self._keys:
            await self._ask()
        key = self._keys.get(kid)
        if key is None:
            raise Unauthenticated("the token is signed with an unknown key", "unknown_key")
        return key

    def _keep(self, digest: bytes, said: Mapping[str, Any]) -> None:
        self._verified[digest] = said
        self._verified.move_to_end(digest)
        if len(self._verified) > MOST_VERIFIED:
            self._verified.popitem(last=False)

    def _claims(self, claims: Mapping[str, Any], now: float | None) -> Claims:
        registry = jwt.JWTClaimsRegistry(
            now=int(time.time() if now is None else now),
            leeway=LEEWAY,
            iss={"essential": True, "value": self.wiring.issuer},
            aud={"essential": True, "value": self.wiring.audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        try:
            registry.validate(dict(claims))
        except JoseError as error:
            reason = "token_expired" if error.error == "expired_token" else "invalid_token"
            raise Unauthenticated("the access token is not valid (any more)", reason) from error
        return Claims(str(claims["sub"]), str(claims.get("sid", "")), int(claims["exp"]))

    async def keys(self) -> list[dict[str, Any]]:
        """The public keys, for who asks this service for them."""
        await self._freshen()
        return [key.as_dict(private=False) for key in self._keys.values()]

    async def _freshen(self) -> None:
        if self._keys and self._asking:
            return  # somebody asks; the old keys are good meanwhile
        if self._fetched_at is None or self.clock() - self._fetched_at > KEYS_TTL:
            await self._ask()

    async def _ask(self) -> None:
        """Ask for the keys, or wait for who does; raises Unavailable where none is known then."""
        if self._asking is None and self.clock() - self._tried_at >= self._pause():
            self._tried_at = self.clock()
            # Of nobody's request: neither its deadline nor its end is that of the others who wait.
            self._asking = asyncio.create_task(self._fetched(), context=Context())
        if self._asking:
            await asyncio.wait({self._asking}, timeout=deadlines.remaining())
        if not self._keys:
            raise Unavailable("the keys of the token issuer are not known yet", "keys_unavailable")

    def _pause(self) -> float:
        if self._keys:
            return REFETCH_AT_MOST_EVERY
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures - 1, 32)) if self._failures else 0.0

    async def _fetched(self) -> None:
        try:
            found = await self.fetch()
            self._keys = {str(key["kid"]): OKPKey.import_key(key) for key in found}
            self._verified.clear()  # a key may be gone
            self._fetched_at, self._failures = self.clock(), 0
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are told the same
            self._failures += 1
            log.warning("token keys not refreshed, the old ones go on", error=repr(error))
        finally:
            self._asking = None


_known: ContextVar[tuple[Verifier, str, Claims] | None] = ContextVar("known token", default=None)


@contextmanager
def known(verifier: Verifier, token: str, claims: Claims) -> Generator[None]:
    """While a request lasts its token is verified once, however many parts of the code ask who it is."""
    reset = _known.set((verifier, token, claims))
    try:
        yield
    finally:
        _known.reset(reset)


def _decoded(token: str, key: Any, wiring: Verifies) -> Mapping[str, Any]:
    try:  # where a header is of a kind that the library does not expect, it raises TypeError
        return jwt.decode(token, KeySet([key]), algorithms=list(wiring.algorithms)).claims
    except (JoseError, ValueError, TypeError) as error:
        raise Unauthenticated("the access token is not valid", "invalid_token") from error


def _key_id(token: str) -> str:
    from joserfc import jws

    try:
        return str(jws.extract_compact(token.encode()).headers().get("kid", ""))
    except (JoseError, ValueError, AttributeError) as error:
        raise Unauthenticated("the access token is no token", "invalid_token") from error


def _private_key(path: Path) -> OKPKey:
    try:
        return OKPKey.import_key(path.read_text(), {"kid": path.stem, "use": "sig"})
    except ValueError as error:
        raise WiringError(f"{path.name} is no Ed25519 private key in PEM") from error
