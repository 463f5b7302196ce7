"""Public keys that somebody else publishes, kept for a while (rows A8, A9)."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

from tube_platform import deadlines, logs
from tube_platform.errors import Problem, Unauthenticated, Unavailable

log = logs.get(__name__)

KEYS_TTL = 300.0
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
"""Seconds after which the publisher is asked again while no key of it is known; doubled each time. Every request waits for that, so it is not long."""

REFETCH_AT_MOST_EVERY = 30.0
"""An unknown key id makes us ask again, but not more often: key ids in tokens are chosen by whoever sends them."""

type FetchKeys = Callable[[], Awaitable[list[dict[str, Any]]]]


def _not_known_yet() -> Problem:
    return Unavailable("the keys of the token issuer are not known yet", "keys_unavailable")


@dataclass(slots=True)
class Keyring:
    """Keys by their ids. While whoever publishes them is away the old ones are good.

    However many requests wait for keys, the publisher is asked once at a time: it is not to come up under all that its absence has piled up.
    `without` makes what those are told who need a key while none is known.
    """

    fetch: FetchKeys
    clock: Callable[[], float] = time.monotonic
    without: Callable[[], Problem] = _not_known_yet
    times_fetched: int = 0
    """How often the keys were had; what was judged by former ones is to be judged anew."""
    _keys: dict[str, Key] = field(default_factory=dict[str, Key])
    _fetched_at: float | None = None
    _tried_at: float = float("-inf")
    _failures: int = 0
    _asking: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> Key:
        """The key of an id; raises Unauthenticated where nobody publishes it, and what `without` makes where no key is known."""
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
        if self._keys and self._asking:
            return  # somebody asks; the old keys are good meanwhile
        if self._fetched_at is None or self.clock() - self._fetched_at > KEYS_TTL:
            await self._ask()

    async def _ask(self) -> None:
        """Ask for the keys, or wait for who does."""
        if self._asking is None and self.clock() - self._tried_at >= self._pause():
            self._tried_at = self.clock()
            # Of nobody's request: neither its deadline nor its end is that of the others who wait.
            self._asking = asyncio.create_task(self._fetched(), context=Context())
        if self._asking:
            await asyncio.wait({self._asking}, timeout=deadlines.remaining())
        if not self._keys:
            raise self.without()

    def _pause(self) -> float:
        if self._keys:
            return REFETCH_AT_MOST_EVERY
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures - 1, 32)) if self._failures else 0.0

    async def _fetched(self) -> None:
        try:
            self._keys = _usable(await self.fetch())
            self._fetched_at, self._failures = self.clock(), 0
            self.times_fetched += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are told the same
            self._failures += 1
            log.warning("token keys not refreshed, the old ones go on", error=repr(error))
        finally:
            self._asking = None


def key_id(token: str) -> str:
    """The id of the key that a token says it is signed with; raises Unauthenticated where it is no token."""
    try:
        return str(jws.extract_compact(token.encode()).headers().get("kid", ""))
    except (JoseError, ValueError, AttributeError) as error:
        raise Unauthenticated("this is no token", "invalid_token") from error


def _usable(found: list[dict[str, Any]]) -> dict[str, Key]:
    """Keys that sign, and of a kind that the library knows: publishers add new kinds without asking. Raises ValueError where none is left."""
    keys: dict[str, Key] = {}
    for each in found:
        if each.get("use", "sig") != "sig" or each.get("kty") not in ("RSA", "EC", "OKP"):
            continue
        try:
            keys[str(each.get("kid", ""))] = import_key(each)
        except (JoseError, ValueError, KeyError) as error:
            log.warning("a published key cannot be read", kid=str(each.get("kid", "")), error=str(error))
    if not keys:
        raise ValueError("no key that can be used is published")
    return keys
