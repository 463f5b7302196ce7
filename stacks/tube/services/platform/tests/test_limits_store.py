"""Limits on requests in a real Valkey: one script, all pods together, and a server that freezes, forgets and comes back (row F1.2)."""

import asyncio
import random
from collections.abc import AsyncGenerator, Generator, Sequence
from typing import Any

import pytest

from tube_platform.caches import CONNECTIONS
from tube_platform.limits.advance import InAdvance
from tube_platform.limits.counters import Counters, InPod
from tube_platform.limits.gcra import SECOND, SPARED, Limit, decide
from tube_platform.limits.store import Store, StoreError, Taken
from tube_platform.testing.valkey import LocalValkey, running
from tube_platform.wiring import CacheWiring

HOURLY = Limit(1 / 3600, 5)
"""So slow that it does not matter how long a test takes."""

PATIENCE = 10.0


@pytest.fixture(scope="module")
def valkey() -> Generator[LocalValkey]:
    """A server."""
    with running() as found:
        yield found


@pytest.fixture
async def store(valkey: LocalValkey) -> AsyncGenerator[Store]:
    """The store of one pod, with nothing in it."""
    valkey.ask("FLUSHALL")
    found = Store(valkey.wiring)
    yield found
    await found.close()


async def test_pods_count_together(store: Store, valkey: LocalValkey) -> None:
    """However many ask at the same moment, and by whichever pod: the burst, not one more."""
    other = Store(valkey.wiring)
    asked = [pod.take(["a"], [HOURLY], PATIENCE) for _ in range(20) for pod in (store, other)]
    found = await asyncio.gather(*asked)
    assert sum(taken.requests for taken in found) == HOURLY.burst
    assert (await store.take(["b"], [HOURLY], PATIENCE)).levels[0].remaining == HOURLY.burst - 1
    await other.close()


async def test_requests_that_come_while_others_are_counted_are_counted_together(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first alone, all that came meanwhile in one more question; each as if it had asked alone, also where one of them can not be counted."""
    questions, run = list[int](), Store._run

    async def watched(self: Store, keys: Sequence[str], arguments: Sequence[int]) -> Any:
        if not questions:
            later.extend(asyncio.create_task(each) for each in crowd)
        questions.append(len(keys))
        return await run(self, keys, arguments)

    monkeypatch.setattr(Store, "_run", watched)
    later = list[asyncio.Task[Taken]]()
    narrow = Limit(1 / 3600, 2)
    crowd = [store.take([key, "all"], [narrow, HOURLY], PATIENCE) for key in ("x", "x", "x", "y", "y")]
    await store.take(["all"], [HOURLY], PATIENCE)
    found = await asyncio.gather(*later)
    assert questions == [1, 10]
    assert [taken.requests for taken in found] == [1, 1, 0, 1, 1]
    assert [taken.levels[1].remaining for taken in found] == [3, 2, 2, 1, 0]


async def test_nobody_waits_longer_than_he_may_also_behind_an_earlier_question(
    store: Store, valkey: LocalValkey
) -> None:
    """The earlier one has all the time of the world; whoever comes later has not."""
    await store.take(["a"], [HOURLY], PATIENCE)
    with valkey.frozen():
        patient = asyncio.create_task(store.take(["a"], [HOURLY], 3600))
        for _ in range(3):  # until its question is on the way
            await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE / 2):  # before anybody else's time is over
            with pytest.raises(StoreError, match="no answer yet"):
                await store.take(["b"], [HOURLY], 0.01)
        assert not patient.done()
    assert (await patient).levels[0].remaining == HOURLY.burst - 2
    assert (await store.take(["b"], [HOURLY], PATIENCE)).levels[0].remaining == HOURLY.burst - 1, (
        "whoever has gone is not counted"
    )


async def test_one_key_that_is_something_else_spoils_no_others(store: Store, valkey: LocalValkey) -> None:
    """Those who asked with it have their answer."""
    valkey.ask("LPUSH", "a", "x")
    asked = [store.take([key], [HOURLY], PATIENCE) for key in ("b", "a", "c")]
    first, wrong, last = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(wrong, StoreError)
    assert [each.requests for each in (first, last) if isinstance(each, Taken)] == [1, 1]


async def test_script_decides_as_the_pods_do(store: Store, valkey: LocalValkey) -> None:
    """For any limits and any past of their keys, with more in advance and some given back: the script is `gcra.decide`."""
    chance = random.Random(1)
    for _ in range(200):
        limits = [
            Limit(1 / chance.randint(600, 7200), chance.choice((1, 2, 9, 100)))
            for _ in range(chance.randint(1, 3))
        ]
        # In the middle between two steps, so that the moments that pass meanwhile change no count.
        past = [
            limit.interval * chance.randint(-2, limit.burst + 2) + limit.interval // 2 for limit in limits
        ]
        now = server_time(valkey)
        keys = [f"k{number}" for number, _ in enumerate(limits)]
        for key, ahead in zip(keys, past, strict=True):
            valkey.ask("SET", key, str(now + ahead))
        more, back = chance.choice((0, 1, 30)), chance.choice((0, 0, 2))
        taken = await store.take(keys, limits, PATIENCE, more, back)
        requests, ahead = decide(limits, past, more, back)
        assert taken.requests == requests
        for level, expected in zip(taken.levels, ahead, strict=True):
            assert abs(level.ahead - expected) < 60 * SECOND


def server_time(valkey: LocalValkey) -> int:
    """Microseconds of the server's clock."""
    _, _, seconds, _, rest, _ = valkey.ask("TIME").split("\r\n")
    return int(seconds) * SECOND + int(rest)


async def test_a_request_that_one_limit_refuses_is_counted_by_none(store: Store) -> None:
    """All keys, or no key."""
    narrow = Limit(1 / 3600, 1)
    for _ in range(4):
        await store.take(["all", "login"], [HOURLY, narrow], PATIENCE)
    assert (await store.take(["all"], [HOURLY], PATIENCE)).levels[0].remaining == 5 - 1 - 1


async def test_what_is_taken_in_advance_is_a_small_part_of_what_is_left(store: Store) -> None:
    """And what was not used is as if it had never been taken."""
    wide = Limit(1 / 3600, 100)
    taken = await store.take(["a"], [wide], PATIENCE, more=50)
    assert (taken.requests, taken.levels[0].remaining) == (100 // SPARED, 100 - 100 // SPARED)
    again = await store.take(["a"], [wide], PATIENCE, back=taken.requests - 1)
    assert (again.requests, again.levels[0].remaining) == (1, 100 - 2)


async def test_keys_end_by_themselves(store: Store, valkey: LocalValkey) -> None:
    """As soon as they say nothing more: a store of limits does not fill up."""
    await store.take(["a"], [Limit(1 / 100, 5)], PATIENCE)
    left = int(valkey.ask("PTTL", "a").strip(":\r\n"))
    assert 90_000 < left <= 100_000


async def test_server_that_forgot_the_script_is_told_again(store: Store, valkey: LocalValkey) -> None:
    """As a new one is, after a restart."""
    assert (await store.take(["a"], [HOURLY], PATIENCE)).requests == 1
    valkey.ask("SCRIPT", "FLUSH")
    assert (await store.take(["a"], [HOURLY], PATIENCE)).levels[0].remaining == HOURLY.burst - 2


async def test_key_that_is_something_else_is_an_error_of_the_store(store: Store, valkey: LocalValkey) -> None:
    """And nothing that the code above has to know."""
    valkey.ask("LPUSH", "a", "x")
    with pytest.raises(StoreError, match="WRONGTYPE"):
        await store.take(["a"], [HOURLY], PATIENCE)


async def test_nobody_there_is_an_error_of_the_store() -> None:
    """Refused, or a name that nobody knows."""
    for host in ("127.0.0.1", "cache.invalid"):
        store = Store(CacheWiring(host, 1))
        with pytest.raises(StoreError):
            await store.take(["a"], [HOURLY], PATIENCE)
        await store.close()


async def test_frozen_store_holds_nobody_up_and_counts_again_when_it_thaws(
    store: Store, valkey: LocalValkey
) -> None:
    """Many more requests than there are connections: all are answered by the pod; then the store counts as before."""
    now = [1000.0]
    counters = Counters(InAdvance(store), InPod(), 0.05, clock=lambda: now[0])
    assert (await counters.count(["a"], [HOURLY])).counted_in == "store"
    with valkey.frozen():
        async with asyncio.timeout(PATIENCE):
            crowd = await asyncio.gather(*(counters.count(["a"], [HOURLY]) for _ in range(5 * CONNECTIONS)))
        assert {verdict.counted_in for verdict in crowd} == {"pod"}
        assert sum(verdict.allowed for verdict in crowd) == HOURLY.burst
    counters.timeout = PATIENCE  # a busy machine may take its time
    for _ in range(100):
        now[0] += 60
        if (await counters.count(["b"], [HOURLY])).counted_in == "store":
            break
    assert (await counters.count(["a"], [HOURLY])).counted_in == "store"
