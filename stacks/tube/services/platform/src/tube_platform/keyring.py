"""Public keys that somebody else publishes, kept for a while (rows A8, A9)."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

from tube_platform import logs
from tube_platform.errors import Beyond, Problem, Unauthenticated, Unavailable

log = logs.get(__name__)

KEYS_TTL = 300.0
REFETCH_AT_MOST_EVERY = 30.0
"""An unknown key id makes us ask again, but not more often: key ids in tokens are chosen by whoever sends them."""

type FetchKeys = Callable[[], Awaitable[list[dict[str, Any]]]]


@dataclass(slots=True)
class Keyring:
    """Keys by their ids. While whoever publishes them is away the old ones are good."""

    fetch: FetchKeys
    clock: Callable[[], float] = time.monotonic
    _keys: dict[str, Key] = field(default_factory=dict[str, Key])
    _fetched_at: float | None = None
    _tried_at: float | None = None

    async def find(self, kid: str) -> Key:
        """The key of an id; raises Unauthenticated where nobody publishes it."""
        await self.freshen()
        if kid not in self._keys:
            await self._ask()
        key = self._keys.get(kid)
        if key is None:
            raise Unauthenticated("the token is signed with an unknown key", "unknown_key")
        return key

    async def public(self) -> list[dict[str, Any]]:
        """All keys, as JSON Web Keys."""
        await self.freshen()
        return [dict(key.as_dict(private=False)) for key in self._keys.values()]

    async def freshen(self) -> None:
        """Ask again when the keys are old."""
        if self._fetched_at is None or self.clock() - self._fetched_at > KEYS_TTL:
            await self._ask()

    async def _ask(self) -> None:
        tried = self._tried_at
        if self._keys and tried is not None and self.clock() - tried < REFETCH_AT_MOST_EVERY:
            return
        self._tried_at = self.clock()
        try:
            found = await self.fetch()
        except Problem as problem:
            if not self._keys and isinstance(problem, Beyond):
                raise
            if not self._keys:
                raise Unavailable(
                    "the keys of the token issuer are not known yet", "keys_unavailable"
                ) from problem
            log.warning("token keys not refreshed, the old ones go on", error=problem.message)
            return
        self._keys = dict(_usable(found))
        self._fetched_at = self.clock()


def key_id(token: str) -> str:
    """The id of the key that a token says it is signed with; raises Unauthenticated where it is no token."""
    try:
        return str(jws.extract_compact(token.encode()).headers().get("kid", ""))
    except (JoseError, ValueError, AttributeError) as error:
        raise Unauthenticated("this is no token", "invalid_token") from error


def _usable(found: list[dict[str, Any]]) -> list[tuple[str, Key]]:
    """Keys that sign, and of a kind that the library knows: publishers add new kinds without asking."""
    keys: list[tuple[str, Key]] = []
    for each in found:
        if each.get("use", "sig") != "sig" or each.get("kty") not in ("RSA", "EC", "OKP"):
            continue
        try:
            keys.append((str(each.get("kid", "")), import_key(each)))
        except (JoseError, ValueError, KeyError) as error:
            log.warning("a published key cannot be read", kid=str(each.get("kid", "")), error=str(error))
    return keys
