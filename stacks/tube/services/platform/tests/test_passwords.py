"""Passwords: argon2id, bounded, and no difference between a wrong password and no account."""

import asyncio

import pytest
from argon2 import PasswordHasher

from tube_platform import passwords
from tube_platform.errors import Exhausted
from tube_platform.passwords import Passwords


async def test_right_and_wrong() -> None:
    """Argon2id with a salt of its own."""
    found = Passwords()
    first, second = await found.hash("p"), await found.hash("p")
    assert first.startswith("$argon2id$")
    assert first != second
    assert await found.verify(first, "p")
    assert not await found.verify(first, "q")
    assert not await found.verify("no hash", "p")


async def test_missing_account_costs_a_hash_too() -> None:
    """What is not there is verified against a decoy."""
    found = Passwords()
    assert not await found.verify(None, "p")
    assert found._decoy is not None
    assert not await found.verify(None, "decoy")


async def test_old_settings_are_noticed() -> None:
    """A hash of weaker settings is to be made again."""
    assert Passwords().stale(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("p"))
    assert not Passwords().stale(await Passwords().hash("p"))


async def test_flood_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each hash takes memory and time; past the queue the answer is 429."""
    monkeypatch.setattr(passwords, "QUEUE", 2)
    found = Passwords()
    results = await asyncio.gather(*(found.hash("p") for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(result, Exhausted) for result in results) == 2
    assert await found.hash("p")
