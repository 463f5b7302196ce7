"""Requests that are counted in advance: fewer questions to the store, and no more requests than the limit says (row F1.2)."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tube_platform.limits.advance import HELD_FOR, MOST, InAdvance
from tube_platform.limits.gcra import (
    SECOND,
    SPARED,
    Level,
    Limit,
    Verdict,
    decide,
)
from tube_platform.limits.store import StoreError, Taken

WIDE = Limit(1, 100_000)
"""So much that a pod takes as many in advance as it ever does."""

WITHIN = 1.0


@dataclass
class SharedStore:
    """What Valkey does, in this process, by a clock that stands still until it is moved; `away` is an outage."""

    now: float = 1000.0
    away: bool = False
    asked: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    until: defaultdict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))

    def clock(self) -> float:
        """Its time, and that of the pods."""
        return self.now

    def ahead(self, key: str) -> int:
        """How far ahead a key is."""
        return self.until[key] - round(self.now * SECOND)

    async def take(
        self, keys: Sequence[str], limits: Sequence[Limit], within: float, more: int = 0, back: int = 0
    ) -> Taken:
        """As `Store.take`."""
        await asyncio.sleep(0)
        if self.away:
            raise StoreError("away")
        self.asked.append((more, back))
        requests, ahead = decide(limits, map(self.ahead, keys), more, back)
        self.until |= {key: round(self.now * SECOND) + each for key, each in zip(keys, ahead, strict=True)}
        return Taken(requests, tuple(map(Level, limits, ahead)))

    async def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def store() -> SharedStore:
    """Nothing is counted yet."""
    return SharedStore()


class Pod(InAdvance):
    """One of the pods that ask it."""

    async def asked(self, *keys: str, limits: Sequence[Limit] = (WIDE,)) -> Verdict:
        """A request."""
        return self.at_hand(keys, limits) or await self.count(keys, limits, WITHIN)


def pod(store: SharedStore) -> Pod:
    """A new one."""
    return Pod(store, store.clock)


requests = st.lists(st.tuples(st.sampled_from((0, 0, 0.01, 0.1, 0.9, 3)), st.integers(0, 2)), max_size=300)
"""Pauses in seconds, each before a request, and the pod that it comes to."""


@given(st.builds(Limit, st.floats(0.1, 1000), st.integers(1, 200)), requests)
async def test_no_stretch_of_time_has_more_than_the_limit_and_what_the_pods_had_in_their_hands(
    limit: Limit, asked: list[tuple[float, int]]
) -> None:
    """Burst + rate x time, wherever one begins to count, and a part of the burst for each pod."""
    store = SharedStore()
    pods, allowed = [pod(store) for _ in range(3)], list[float]()
    for pause, where in asked:
        store.now += pause
        if (await pods[where].asked("a", limits=[limit])).allowed:
            allowed.append(store.now)
    held = len(pods) * (limit.burst // SPARED)
    for first, begin in enumerate(allowed):
        for last, end in enumerate(allowed[first:], first):
            most = limit.burst + (end - begin) * SECOND / limit.interval
            assert last - first + 1 <= most + held + 1e-3


@given(st.integers(1, 200), st.lists(st.integers(0, 2), max_size=300))
async def test_whoever_keeps_to_the_rate_is_never_refused(burst: int, asked: list[int]) -> None:
    """One request an interval, to whichever pod, may go on for ever."""
    store, limit = SharedStore(), Limit(8, burst)
    pods = [pod(store) for _ in range(3)]
    for where in asked:
        assert (await pods[where].asked("a", limits=[limit])).allowed
        store.now += limit.interval / SECOND


async def test_one_who_asks_without_a_pause_is_rarely_a_question(store: SharedStore) -> None:
    """One, two, four and so on in advance, up to the most; and all that is counted is used in the end."""
    counting = pod(store)
    for _ in range(10 * MOST):
        assert (await counting.asked("a")).allowed
    assert [more for more, _ in store.asked[:5]] == [0, 1, 3, 7, 15]
    assert store.asked[-1] == (MOST, 0)
    assert len(store.asked) < 20


async def test_one_who_asks_now_and_then_is_counted_one_by_one(store: SharedStore) -> None:
    """Nothing is taken from the others for him."""
    counting = pod(store)
    for _ in range(10):
        await counting.asked("a")
        store.now += HELD_FOR
    assert store.asked == [(0, 0)] * 10


async def test_what_is_not_used_within_the_moment_is_given_back(store: SharedStore) -> None:
    """With the next question, which takes no more than were used: then it is as if each had been counted by itself."""
    counting = pod(store)
    for _ in range(5):  # one, two more, and two of four
        await counting.asked("a")
    store.now += HELD_FOR
    await counting.asked("a")
    assert store.asked == [(0, 0), (1, 0), (3, 0), (1, 2)]
    assert store.ahead("a") == 7 * WIDE.interval - round(HELD_FOR * SECOND), "six were used, and one is held"


async def test_close_to_its_limit_each_request_is_a_question(store: SharedStore) -> None:
    """So the last ones are allowed, and the first one too many refused, by whichever pod."""
    narrow, pods = Limit(1 / 3600, SPARED), [pod(store), pod(store)]
    allowed = [(await pods[n % 2].asked("a", limits=[narrow])).allowed for n in range(2 * SPARED)]
    assert allowed == [True] * SPARED + [False] * SPARED
    assert len(store.asked) == 2 * SPARED


async def test_clients_are_told_what_is_left_as_if_each_request_were_counted_by_itself(
    store: SharedStore,
) -> None:
    """Nobody sees what a pod holds."""
    counting, limit = pod(store), Limit(1, 1000)
    found = [(await counting.asked("a", limits=[limit])).levels[0].remaining for _ in range(100)]
    assert found == list(range(999, 899, -1))


async def test_only_one_of_a_crowd_takes_more(store: SharedStore) -> None:
    """The others wait for a question all the same, and each is one request."""
    counting = pod(store)
    for _ in range(2):
        await counting.asked("a")
    await asyncio.gather(*(counting.asked("a") for _ in range(20)))
    assert sorted(store.asked[2:])[-2:] == [(0, 0), (3, 0)]
    assert store.ahead("a") == sum(1 + more for more, _ in store.asked) * WIDE.interval


async def test_all_limits_of_a_request_are_counted_together(store: SharedStore) -> None:
    """As many in advance as the one allows that has the least left."""
    counting, narrow = pod(store), Limit(1 / 3600, 2 * SPARED)
    verdicts = [await counting.asked("a", "b", limits=[WIDE, narrow]) for _ in range(2 * SPARED + 1)]
    assert [verdict.allowed for verdict in verdicts] == [True] * 2 * SPARED + [False]
    assert store.ahead("a") == 2 * SPARED * WIDE.interval


async def test_while_the_store_is_away_what_is_held_is_used_and_then_it_is_an_error(
    store: SharedStore,
) -> None:
    """And afterwards it is asked as before."""
    counting = pod(store)
    for _ in range(4):
        await counting.asked("a")
    store.away = True
    for _ in range(3):
        assert (await counting.asked("a")).allowed
    with pytest.raises(StoreError):
        await counting.asked("a")
    store.away = False
    assert (await counting.asked("a")).allowed
    assert store.asked[-1] == (7, 0)


async def test_keys_that_are_not_asked_for_are_forgotten(store: SharedStore) -> None:
    """The one that was counted longest ago is the first."""
    counting = Pod(store, store.clock, most=2)
    for key in ("a", "b", "a", "c", "a", "b"):
        await counting.asked(key)
    assert [more for more, _ in store.asked] == [0, 0, 1, 0, 0]
