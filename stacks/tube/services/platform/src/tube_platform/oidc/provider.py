"""An OpenID provider: where its parts are, the way to it, and what it makes of a code (rows A9, P10).

The authorization code flow with PKCE (RFC 6749 4.1, RFC 7636, RFC 9700): `address` is where a browser is sent, `exchange` what is done with the code
that it brings back. What is kept between the two is the caller's.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote_plus, urlencode

from tube_platform import logs
from tube_platform.errors import Beyond, Unauthenticated
from tube_platform.external import Answer, ElsewhereError, External, Form
from tube_platform.keyring import Keyring
from tube_platform.oidc import proof
from tube_platform.oidc.identity import Identity, identity, refused
from tube_platform.wiring import LoginWiring, secret

log = logs.get(__name__)

DISCOVERY = "/.well-known/openid-configuration"
DISCOVERY_TTL = 300.0
ASK_AGAIN = 30.0
"""Seconds for which an old answer goes on where there is no new one: each try takes of the time of a login that goes well without."""

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
LONGEST_CODE = 2048


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login that began: secrets of it, to be kept by whoever finishes it. Only `state` goes through the browser as it is."""

    state: str = field(default_factory=proof.secret)
    nonce: str = field(default_factory=proof.secret)
    verifier: str = field(default_factory=proof.secret)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What discovery says."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool
    """Whether it says who it is when it sends a browser back (RFC 9207)."""


@dataclass(slots=True)
class Provider:
    """One provider."""

    wiring: LoginWiring
    external: External
    clock: Callable[[], float] = time.monotonic
    keys: Keyring = field(init=False)
    _metadata: Metadata | None = None
    _good_until: float = 0.0

    def __post_init__(self) -> None:
        """Nothing is known yet."""
        self.keys = Keyring(self._fetch_keys, self.clock, self._without_keys)

    async def address(self, attempt: Attempt) -> str:
        """Where a browser is sent to log in. Raises Beyond while the provider is away: better here than when somebody comes back from it."""
        found = await self.metadata(again=self.external.ill)
        asked = {
            "response_type": "code",
            "client_id": self.wiring.client_id,
            "redirect_uri": self.wiring.redirect_uri,
            "scope": "openid",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": proof.challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in found.authorization_endpoint else "?"
        return f"{found.authorization_endpoint}{joint}{urlencode(asked)}"

    async def exchange(self, code: str, attempt: Attempt, issuer: str) -> Identity:
        """Who logged in, of a code that came back. `issuer` is who the browser says it comes from, if it does."""
        found = await self.metadata()
        if (found.names_itself or issuer) and issuer != self.wiring.issuer:
            raise refused("it comes from another provider")
        if not 0 < len(code) <= LONGEST_CODE:
            raise Unauthenticated("the provider sent no code", "login_code_refused")
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.wiring.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        # As a form has them, before they are joined by a colon (RFC 6749, 2.3.1).
        client = quote_plus(self.wiring.client_id), quote_plus(secret(self.wiring.client_secret_file))
        answer = await self.external.post(found.token_endpoint, Form(fields, client))
        token = self._granted(answer).get("id_token")
        if not isinstance(token, str):
            raise refused("it has no ID token")
        return await identity(token, self.wiring, self.keys, attempt.nonce)

    async def metadata(self, *, again: bool = False) -> Metadata:
        """What discovery says. While the provider is away the old answer is good, unless it is asked `again`."""
        if self._metadata and self.clock() <= self._good_until and not again:
            return self._metadata
        try:
            answer = await self.external.get(self.wiring.issuer.rstrip("/") + DISCOVERY)
            self._metadata, self._good_until = self._read(answer), self.clock() + DISCOVERY_TTL
        except Beyond:
            if self._metadata is None or again:
                raise
            self._good_until = self.clock() + ASK_AGAIN
            log.warning("discovery not refreshed, the old one goes on", provider=self.external.name)
        return self._metadata

    def _read(self, answer: Answer) -> Metadata:
        found = _document(answer)
        if answer.status != 200 or found.get("issuer") != self.wiring.issuer:
            raise self._misfit("discovery speaks of another issuer")
        places = [str(found.get(name, "")) for name in ENDPOINTS]
        for place in places:
            try:
                self.external.refuse_elsewhere(place)
            except ElsewhereError as error:
                raise self._misfit(str(error)) from error
        methods = found.get("code_challenge_methods_supported", ["S256"])
        if "S256" not in methods:
            raise self._misfit("it knows no PKCE with S256")
        named = bool(found.get("authorization_response_iss_parameter_supported"))
        return Metadata(*places, names_itself=named)

    async def _fetch_keys(self) -> list[dict[str, Any]]:
        found = _document(await self.external.get((await self.metadata()).jwks_uri)).get("keys")
        if not isinstance(found, list):
            raise self._misfit("it publishes no keys")
        return [cast("dict[str, Any]", each) for each in cast("list[Any]", found) if isinstance(each, dict)]

    def _without_keys(self) -> Beyond:
        return Beyond(f"the keys of {self.external.name} are not known yet")

    def _granted(self, answer: Answer) -> Mapping[str, Any]:
        found = _document(answer)
        if answer.status == 200:
            return found
        error = str(found.get("error", ""))
        if answer.status == 400 and error == "invalid_grant":
            raise Unauthenticated("the provider does not take this code (any more)", "login_code_refused")
        raise self._misfit(f"it refuses us: {answer.status} {error[:40]}")

    def _misfit(self, why: str) -> Beyond:
        """The provider and the topology do not fit: no fault of whoever logs in, and nothing that they could mend."""
        log.error("the provider is not what the topology says", provider=self.external.name, why=why)
        return Beyond(f"login by {self.external.name} does not work right now")


def _document(answer: Answer) -> Mapping[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
