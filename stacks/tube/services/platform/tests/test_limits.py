"""Limits on requests: what is allowed, and who counts while the store is away (row F1.2)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from tube_platform.limits.counters import (
    FAILURES,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Counters,
    InPod,
)
from tube_platform.limits.gcra import SECOND, Level, Limit, Verdict, decide
from tube_platform.limits.store import StoreError

LIMIT = Limit(20, 40)


class Clock:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


limits = st.builds(Limit, st.floats(0.01, 1000), st.integers(1, 100))


@given(limits, st.lists(st.floats(0, 3), min_size=1, max_size=200))
def test_no_stretch_of_time_has_more_requests_than_the_limit_says(limit: Limit, pauses: list[float]) -> None:
    """At most burst + rate x time, wherever one begins to count."""
    clock, allowed = Clock(), list[float]()
    pod = InPod(clock)
    for pause in pauses:
        clock.now += pause
        if pod.count(["somebody"], [limit]).allowed:
            allowed.append(clock.now)
    for first, begin in enumerate(allowed):
        for last, end in enumerate(allowed[first:], first):
            assert last - first + 1 <= limit.burst + (end - begin) * SECOND / limit.interval + 1e-3


@given(limits, st.integers(1, 50))
def test_whoever_keeps_to_the_rate_is_never_refused(limit: Limit, requests: int) -> None:
    """One request an interval may go on for ever."""
    ahead = (0,)
    for _ in range(requests):
        allowed, ahead = decide([limit], ahead)
        assert allowed
        ahead = (ahead[0] - limit.interval,)


@given(limits, st.integers(0, 10**9))
def test_who_waits_as_long_as_he_was_told_is_served_and_not_a_moment_earlier(
    limit: Limit, ahead: int
) -> None:
    """The wait is exact, and what remains is what would be allowed."""
    level = Level(limit, min(ahead, limit.tolerance))
    assert (level.wait == 0) == (level.remaining > 0)
    assert decide([limit], [level.ahead - level.wait])[0]
    if level.wait:
        assert not decide([limit], [level.ahead - level.wait + 1])[0]


def test_burst_then_the_rate() -> None:
    """40 at once, and then 20 in each second."""
    clock = Clock()
    pod = InPod(clock)
    assert sum(pod.count(["a"], [LIMIT]).allowed for _ in range(100)) == 40
    clock.now += 1
    assert sum(pod.count(["a"], [LIMIT]).allowed for _ in range(100)) == 20
    assert pod.count(["b"], [LIMIT]).allowed, "another one is not concerned"


def test_a_request_that_one_limit_refuses_is_counted_by_none() -> None:
    """Else who floods the login would lock himself out of everything."""
    pod = InPod(Clock())
    narrow = Limit(1, 2)
    for _ in range(10):
        pod.count(["all", "login"], [LIMIT, narrow])
    assert pod.count(["all"], [LIMIT]).levels[0].remaining == 40 - 2 - 1


def test_clock_that_was_set_back_shuts_nobody_out() -> None:
    """A key is at most a whole burst ahead, whatever stands in it."""
    allowed, ahead = decide([LIMIT], [3600 * SECOND])
    assert (allowed, ahead) == (False, (LIMIT.tolerance,))


@given(limits, st.integers(1, 20))
def test_shares_of_a_limit_are_no_less_than_the_whole(limit: Limit, pods: int) -> None:
    """The pods' shares together let everybody go on who may."""
    share = limit.shared(pods)
    assert share.burst * pods >= limit.burst
    assert share.rate * pods == pytest.approx(limit.rate)


def test_memory_of_a_pod_has_an_end() -> None:
    """The keys that were not asked for longest are forgotten."""
    pod = InPod(Clock(), most=3)
    narrow = [Limit(1, 1)]
    for key in "abcad":
        pod.count([key], narrow)
    assert not pod.count(["a"], narrow).allowed
    assert pod.count(["b"], narrow).allowed


@dataclass
class FakeStore:
    """Answers, fails, or keeps silent, as a test wants."""

    fails: bool = False
    asked: int = 0
    waits: asyncio.Event | None = None
    closed: bool = False
    entered: asyncio.Event = field(default_factory=asyncio.Event)

    def at_hand(self, keys: Sequence[str], limits: Sequence[Limit]) -> Verdict | None:
        """Nothing is counted in advance."""
        del keys, limits

    async def count(self, keys: Sequence[str], limits: Sequence[Limit], within: float) -> Verdict:
        """An answer, perhaps."""
        self.asked += 1
        self.entered.set()
        if self.waits:
            await self.waits.wait()
        if self.fails:
            raise StoreError("away")
        return Verdict(True, tuple(Level(limit, limit.interval) for limit in limits))

    async def close(self) -> None:
        """Remember it."""
        self.closed = True


@pytest.fixture
def store() -> FakeStore:
    """The store."""
    return FakeStore()


@pytest.fixture
def clock() -> Clock:
    """The time."""
    return Clock()


@pytest.fixture
def counters(store: FakeStore, clock: Clock) -> Counters:
    """Two pods share what the store counts."""
    return Counters(store, InPod(clock), 0.05, 2, clock)


async def ask(counters: Counters, times: int = 1) -> list[str]:
    """Who counted, request by request."""
    return [(await counters.count(["a"], [LIMIT])).counted_in for _ in range(times)]


async def test_store_that_answers_counts(counters: Counters, store: FakeStore) -> None:
    """Every request, and the pod none."""
    assert await ask(counters, 5) == ["store"] * 5
    await counters.close()
    assert store.closed


async def test_one_late_answer_is_no_outage(counters: Counters, store: FakeStore) -> None:
    """That request is counted in the pod; the next one asks the store."""
    store.fails = True
    assert await ask(counters) == ["pod"]
    store.fails = False
    assert await ask(counters) == ["store"]
    store.fails = True
    assert await ask(counters, FAILURES - 1) == ["pod"] * (FAILURES - 1)
    store.fails = False
    assert await ask(counters) == ["store"], "failures count in a row"


async def test_dead_store_costs_its_timeout_a_few_times_not_every_request(
    counters: Counters, store: FakeStore, clock: Clock
) -> None:
    """After that it is asked once in a while, less and less often, but at least every eight seconds."""
    store.fails = True
    assert await ask(counters, 30) == ["pod"] * 30
    assert store.asked == FAILURES
    pause, looks = FIRST_PAUSE, list[float]()
    for _ in range(6):
        clock.now += pause - 0.001
        await ask(counters, 5)
        clock.now += 0.001
        before = store.asked
        await ask(counters, 5)
        looks.append(store.asked - before)
        pause = min(2 * pause, LONGEST_PAUSE)
    assert looks == [1] * 6


async def test_store_that_is_back_counts_again(counters: Counters, store: FakeStore, clock: Clock) -> None:
    """And a later outage begins with the first pause."""
    store.fails = True
    await ask(counters, FAILURES)
    clock.now += FIRST_PAUSE
    await ask(counters)
    store.fails = False
    clock.now += 2 * FIRST_PAUSE
    assert await ask(counters, 2) == ["store"] * 2
    store.fails = True
    await ask(counters, FAILURES)
    clock.now += FIRST_PAUSE
    store.fails = False
    assert await ask(counters) == ["store"]


async def test_only_one_request_looks_whether_the_store_is_back(
    counters: Counters, store: FakeStore, clock: Clock
) -> None:
    """The others do not wait for what may never answer; and one that is given up gives its turn to the next."""
    store.fails = True
    await ask(counters, FAILURES)
    clock.now += FIRST_PAUSE
    store.waits = asyncio.Event()
    store.entered.clear()
    look = asyncio.create_task(ask(counters))
    await store.entered.wait()
    async with asyncio.timeout(10):
        assert await ask(counters, 3) == ["pod"] * 3
    look.cancel()
    await asyncio.gather(look, return_exceptions=True)
    store.waits, store.fails = None, False
    assert await ask(counters) == ["store"]


async def test_many_that_fail_together_are_one_outage(
    counters: Counters, store: FakeStore, clock: Clock
) -> None:
    """Requests on their way when the store froze make the pause no longer."""
    store.fails, store.waits = True, asyncio.Event()
    crowd = [asyncio.create_task(ask(counters)) for _ in range(20)]
    await store.entered.wait()
    await asyncio.sleep(0)
    with capture_logs() as lines:
        store.waits.set()
        await asyncio.gather(*crowd)
    assert len(lines) == 1
    store.waits, store.fails = None, False
    clock.now += FIRST_PAUSE
    assert await ask(counters) == ["store"]


async def test_pod_counts_its_share(counters: Counters, store: FakeStore) -> None:
    """Two pods with half of the burst each are one limit."""
    store.fails = True
    allowed = [(await counters.count(["a"], [LIMIT])).allowed for _ in range(60)]
    assert sum(allowed) == 20


async def test_a_change_is_logged_once(counters: Counters, store: FakeStore, clock: Clock) -> None:
    """One line when the store goes, one when it is back, none a request."""
    with capture_logs() as lines:
        store.fails = True
        await ask(counters, 50)
        clock.now += FIRST_PAUSE
        await ask(counters, 50)
        store.fails = False
        clock.now += LONGEST_PAUSE
        await ask(counters, 50)
    assert [line["log_level"] for line in lines] == ["warning", "info"]


async def test_decisions_and_errors_are_counted(counters: Counters, store: FakeStore) -> None:
    """By outcome, and by who counted."""

    def told(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    def all_told() -> tuple[float, ...]:
        return (
            told("rate_limit_decisions_total", outcome="allowed", counted_in="store"),
            told("rate_limit_decisions_total", outcome="allowed", counted_in="pod"),
            told("rate_limit_decisions_total", outcome="refused", counted_in="pod"),
            told("rate_limit_store_errors_total"),
        )

    before = all_told()
    await ask(counters, 2)
    store.fails = True
    await ask(counters, 25)
    grown = tuple(after - was for after, was in zip(all_told(), before, strict=True))
    assert grown == (2, 20, 5, FAILURES)
