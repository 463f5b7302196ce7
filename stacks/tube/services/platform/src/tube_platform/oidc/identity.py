"""Who a provider says somebody is: its ID token, believed only after every check of OpenID Connect Core 3.1.3.7 (row A9)."""

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tube_platform.errors import Unauthenticated
from tube_platform.keyring import Keyring, key_id
from tube_platform.wiring import LoginWiring

LEEWAY = 60
"""Seconds that the provider's clock may differ from ours: it is nobody's of ours."""

LONGEST_SUBJECT = 255
"""Characters of ASCII (OpenID Connect Core, 2)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody, as a provider knows them. An e-mail address is no part of it: it can be another's tomorrow, and at some providers today."""

    issuer: str
    subject: str


async def identity(
    token: str, wiring: LoginWiring, keys: Keyring, nonce: str, now: float | None = None
) -> Identity:
    """Who the token speaks of; raises Unauthenticated where it is not to be believed."""
    key = await keys.find(key_id(token))
    try:  # where a header is of a kind that the library does not expect, it raises TypeError
        claims = jwt.decode(token, KeySet([key]), algorithms=list(wiring.algorithms)).claims
    except (JoseError, ValueError, TypeError) as error:
        raise refused("its ID token is not signed as it should be") from error
    return _believed(claims, wiring, nonce, time.time() if now is None else now)


def refused(why: str) -> Unauthenticated:
    """A provider's answer that is not believed."""
    return Unauthenticated(f"the provider's answer is not accepted: {why}", "login_not_believed")


def _believed(claims: Mapping[str, Any], wiring: LoginWiring, nonce: str, now: float) -> Identity:
    registry = jwt.JWTClaimsRegistry(
        now=int(now),
        leeway=LEEWAY,
        iss={"essential": True, "value": wiring.issuer},
        aud={"essential": True, "value": wiring.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True},
    )
    try:
        registry.validate(dict(claims))
    except (JoseError, ValueError, TypeError) as error:
        raise refused("its ID token is not for this login") from error
    audience: object = claims["aud"]
    alone = audience in (wiring.client_id, [wiring.client_id])
    if (not alone or "azp" in claims) and claims.get("azp") != wiring.client_id:
        raise refused("its ID token is for somebody else")
    if not hmac.compare_digest(str(claims["nonce"]).encode(errors="replace"), nonce.encode()):
        raise refused("its ID token is for another login")
    return Identity(wiring.issuer, _subject(claims["sub"]))


def _subject(claimed: object) -> str:
    if not isinstance(claimed, str) or not 0 < len(claimed) <= LONGEST_SUBJECT:
        raise refused("its ID token names nobody")
    if not claimed.isascii() or not claimed.isprintable():
        raise refused("its ID token names somebody as nobody may be named")
    return claimed
