"""Password hashes: argon2id, in a few threads, because each hash takes its memory and a tenth of a second."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tube_platform.errors import Exhausted

MEMORY_KIB = 19456
"""19 MiB, 2 passes: OWASP's smaller argon2id setting, so that THREADS hashes at once fit a small pod."""

THREADS = 2
QUEUE = 32
"""Hashes that may wait; more is a flood, and is refused at once."""


@dataclass(slots=True)
class Passwords:
    """Hashes and verifies."""

    _hasher: PasswordHasher = field(
        default_factory=lambda: PasswordHasher(time_cost=2, memory_cost=MEMORY_KIB, parallelism=1)
    )
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "argon2"))
    _waiting: int = 0
    _decoy: str | None = None

    async def hash(self, password: str) -> str:
        """The hash to store."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password fits. An account that does not exist takes as long as one that does."""
        if stored is None:
            if self._decoy is None:
                self._decoy = await self.hash("decoy")
            await self._run(self._check, self._decoy, password)
            return False
        return await self._run(self._check, stored, password)

    def stale(self, stored: str) -> bool:
        """Whether a hash was made with older settings, so that it should be made again at the next login."""
        return self._hasher.check_needs_rehash(stored)

    def _check(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run[**P, T](self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        if self._waiting >= QUEUE:
            raise Exhausted("too many logins at once", "logins_exhausted")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: work(*arguments, **named)
            )
        finally:
            self._waiting -= 1
