"""Access tokens: JWTs signed with Ed25519, verified with the keys of the service that issues them (row A8)."""

import hashlib
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from tube_platform.errors import Unauthenticated
from tube_platform.keyring import FetchKeys, Keyring, key_id
from tube_platform.wiring import TokensWiring, Verifies, WiringError

LEEWAY = 10
"""Seconds that clocks may differ."""


MOST_VERIFIED = 2048
"""Tokens whose signature is known to be good: a client sends the same one for minutes. Two megabytes."""


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
    """Verifies tokens. Keys are cached; while the issuer is down the old ones are good."""

    wiring: Verifies
    fetch: FetchKeys
    clock: Callable[[], float] = time.monotonic
    _keyring: Keyring = field(init=False)
    _verified: OrderedDict[bytes, Mapping[str, Any]] = field(
        default_factory=OrderedDict[bytes, Mapping[str, Any]]
    )
    """What tokens say that were verified with the keys of now, by their digest: no token is kept that somebody could use."""
    _verified_with: int = 0

    def __post_init__(self) -> None:
        """The keys of the issuer."""
        self._keyring = Keyring(self.fetch, self.clock)

    async def verify(self, token: str, now: float | None = None) -> Claims:
        """What the token says; raises Unauthenticated."""
        known = _known.get()
        if known and known[0] is self and known[1] == token:
            return known[2]
        await self._keyring.freshen()
        digest = hashlib.sha256(token.encode()).digest()
        said = self._known_good().get(digest)
        if said is None:
            said = _decoded(token, await self._keyring.find(key_id(token)), self.wiring)
        claims = self._claims(said, now)  # each time: a token expires
        self._keep(digest, said)
        return claims

    def _known_good(self) -> OrderedDict[bytes, Mapping[str, Any]]:
        if self._verified_with != self._keyring.times_fetched:  # a key may be gone
            self._verified.clear()
            self._verified_with = self._keyring.times_fetched
        return self._verified

    def _keep(self, digest: bytes, said: Mapping[str, Any]) -> None:
        known = self._known_good()
        known[digest] = said
        known.move_to_end(digest)
        if len(known) > MOST_VERIFIED:
            known.popitem(last=False)

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
        return await self._keyring.public()


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


def _private_key(path: Path) -> OKPKey:
    try:
        return OKPKey.import_key(path.read_text(), {"kid": path.stem, "use": "sig"})
    except ValueError as error:
        raise WiringError(f"{path.name} is no Ed25519 private key in PEM") from error
