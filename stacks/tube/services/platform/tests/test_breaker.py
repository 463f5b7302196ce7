"""The breaker: it opens when a callee is ill, tries it carefully, and closes after a streak of healthy calls (row F1.7)."""

from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tube_platform.resilience.breaker import (
    PROBE_EVERY,
    SPREAD,
    Breaker,
    Permit,
    State,
    Verdict,
)
from tube_platform.wiring import BreakerWiring

WIRING = BreakerWiring(consecutive_failures=5, minimum_calls=20, failure_ratio=0.5, close_after=3)


class Bench:
    """A breaker, its clock, and what it told."""

    def __init__(self, wiring: BreakerWiring = WIRING) -> None:
        self.now, self.spread = 100.0, 0.0
        self.told: list[State] = []
        self.breaker = Breaker(
            wiring, lambda state, _: self.told.append(state), lambda: self.now, lambda: self.spread
        )

    def call(self, verdict: Verdict) -> bool:
        """One call, if it is let through."""
        permit = self.breaker.enter()
        if permit:
            self.breaker.leave(permit, verdict)
        return permit is not None

    def calls(self, *verdicts: Verdict) -> None:
        """Several, all of which are let through."""
        for each in verdicts:
            assert self.call(each)

    def opened(self) -> "Bench":
        """Itself, just opened by failures in a row."""
        self.calls(*[Verdict.FAILED] * self.breaker.wiring.consecutive_failures)
        assert self.breaker.state is State.OPEN
        return self


def test_failures_in_a_row_open_it_and_an_answer_between_them_does_not() -> None:
    """At low traffic, too."""
    bench = Bench()
    for _ in range(4):
        bench.calls(*[Verdict.FAILED] * 4, Verdict.HEALTHY)
        bench.now += 60
    assert bench.told == []
    bench.opened()
    assert not bench.call(Verdict.HEALTHY)


@pytest.mark.parametrize(("failed", "state"), [(9, State.CLOSED), (10, State.OPEN)])
def test_a_share_of_failures_opens_it(failed: int, state: State) -> None:
    """Half of twenty, never more than two in a row."""
    bench = Bench()
    pattern = [Verdict.HEALTHY] * (20 - 2 * failed) + [Verdict.HEALTHY, Verdict.FAILED] * failed
    bench.calls(*pattern)
    assert bench.breaker.state is state


def test_what_failed_before_the_window_is_forgotten() -> None:
    """Ten failures a while ago, ten good answers now: half of what was counted, and not of what counts."""
    bench = Bench()
    for _ in range(5):
        bench.calls(Verdict.HEALTHY, Verdict.FAILED)
    bench.now += WIRING.window
    bench.calls(*[Verdict.HEALTHY] * 14, Verdict.FAILED, Verdict.FAILED)
    assert bench.breaker.state is State.CLOSED


def test_too_few_calls_say_nothing() -> None:
    """Half of eighteen."""
    bench = Bench()
    bench.calls(*[Verdict.HEALTHY, Verdict.FAILED] * 9)
    assert bench.breaker.state is State.CLOSED


def test_open_it_refuses_until_its_time_is_over_and_then_lets_one_call_a_second_through() -> None:
    """Not two at once either: a callee that is ill is not met by all who waited."""
    bench = Bench().opened()
    bench.now += WIRING.open_for - 0.01
    assert bench.breaker.enter() is None
    bench.now += 0.01
    probe = bench.breaker.enter()
    assert probe
    bench.now += 5 * PROBE_EVERY
    assert bench.breaker.enter() is None, "the probe is not answered yet"
    bench.breaker.leave(probe, Verdict.HEALTHY)
    assert bench.call(Verdict.HEALTHY)
    assert not bench.call(Verdict.HEALTHY), "the second within a second"
    assert bench.told == [State.OPEN, State.HALF_OPEN]


def test_a_streak_closes_it() -> None:
    """Three by the wiring, and not two."""
    bench = Bench().opened()
    bench.now += WIRING.open_for
    for number in range(3):
        assert bench.breaker.state is not State.CLOSED, number
        bench.calls(Verdict.HEALTHY)
        bench.now += PROBE_EVERY
    assert bench.told == [State.OPEN, State.HALF_OPEN, State.CLOSED]
    bench.calls(*[Verdict.FAILED] * 4, Verdict.HEALTHY)
    assert bench.breaker.state is State.CLOSED, "it begins anew"


def test_a_probe_that_nobody_waited_for_counts_neither_way() -> None:
    """The next one may be made."""
    bench = Bench().opened()
    bench.now += WIRING.open_for
    for verdict in (Verdict.HEALTHY, Verdict.NOTHING, Verdict.HEALTHY, Verdict.NOTHING):
        bench.calls(verdict)
        bench.now += PROBE_EVERY
    assert bench.breaker.state is State.HALF_OPEN
    bench.calls(Verdict.HEALTHY)
    assert bench.breaker.state is State.CLOSED


def test_each_opening_lasts_twice_as_long_up_to_a_limit_and_a_streak_ends_that() -> None:
    """5, 10, 20, 40, 60, 60 seconds; after it has closed, 5 again."""
    bench, lasted = Bench().opened(), list[float]()
    for _ in range(6):
        began = bench.now
        while not bench.call(Verdict.FAILED):
            bench.now += 0.5
        lasted.append(bench.now - began)
    assert lasted == [5, 10, 20, 40, 60, 60]
    bench.now += WIRING.open_max
    for _ in range(3):
        bench.calls(Verdict.HEALTHY)
        bench.now += PROBE_EVERY
    bench.opened()
    bench.now += WIRING.open_for
    assert bench.call(Verdict.HEALTHY)


def test_pods_do_not_all_try_at_the_same_moment() -> None:
    """The time is shorter by a share that differs, and never longer than said."""
    bench = Bench()
    bench.spread = 1.0
    bench.opened()
    bench.now += WIRING.open_for * (1 - SPREAD) - 0.01
    assert bench.breaker.enter() is None
    bench.now += 0.02
    assert bench.breaker.enter()


@pytest.mark.parametrize("verdict", [Verdict.HEALTHY, Verdict.FAILED])
def test_calls_of_another_time_say_nothing(verdict: Verdict) -> None:
    """Those that were under way when it opened end when it is half-open: they are no probes."""
    bench = Bench(BreakerWiring(close_after=1))
    old = [bench.breaker.enter() for _ in range(4)]
    bench.opened()
    bench.now += WIRING.open_for
    probe = bench.breaker.enter()
    for each in old:
        assert each
        bench.breaker.leave(each, verdict)
    assert bench.breaker.state is State.HALF_OPEN
    assert probe
    bench.breaker.leave(probe, Verdict.HEALTHY)
    assert bench.breaker.state is State.CLOSED


class AnyOrder(RuleBasedStateMachine):
    """Calls begin, end and are given up in any order, at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(
            BreakerWiring(
                consecutive_failures=3, minimum_calls=6, window=4.0, open_for=2.0, open_max=8.0, close_after=2
            )
        )
        self.under_way: list[tuple[Permit, State]] = []
        self.streak = 0
        self.opened_at = 0.0
        self.probed_at = float("-inf")

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 3.0, 9.0]))
    def time_passes(self, seconds: float) -> None:
        """The clock goes on."""
        self.bench.now += seconds

    @rule()
    def call_begins(self) -> None:
        """Closed: always let through. Else one at a time, one a second, and none before the time is over."""
        before = self.bench.breaker.state
        permit = self.bench.breaker.enter()
        if before is State.CLOSED:
            assert permit
        elif permit:
            assert not [each for each, state in self.under_way if self._probe(each, state)]
            assert self.bench.now - self.probed_at >= PROBE_EVERY
            assert before is State.HALF_OPEN or self.bench.now - self.opened_at >= 2.0
            self.streak = 0 if before is State.OPEN else self.streak
            self.probed_at = self.bench.now
        if permit:
            self.under_way.append((permit, self.bench.breaker.state))

    @rule(which=st.integers(0, 7), verdict=st.sampled_from(Verdict))
    def call_ends(self, which: int, verdict: Verdict) -> None:
        """Half-open, a streak of probes closes it and nothing else, and one failure opens it."""
        if not self.under_way:
            return
        permit, state = self.under_way.pop(which % len(self.under_way))
        probe, before = self._probe(permit, state), self.bench.breaker.state
        self.bench.breaker.leave(permit, verdict)
        after = self.bench.breaker.state
        if before is State.HALF_OPEN:
            self.streak += probe and verdict is Verdict.HEALTHY
            wanted = {True: State.CLOSED, False: State.HALF_OPEN}[self.streak >= 2]
            assert after is (State.OPEN if probe and verdict is Verdict.FAILED else wanted)
        if before is State.OPEN or verdict is Verdict.NOTHING:
            assert after is before
        if after is State.OPEN and before is not State.OPEN:
            assert verdict is Verdict.FAILED
            self.opened_at = self.bench.now

    def _probe(self, permit: Permit, state: State) -> bool:
        """Whether a call was let through by the half-open breaker that is there now."""
        return state is State.HALF_OPEN and permit.age == self.bench.breaker._age

    @invariant()
    def transitions_follow_the_figure(self) -> None:
        """Nothing goes from open to closed, or from closed to half-open."""
        way = [State.CLOSED, *self.bench.told]
        allowed = {
            (State.CLOSED, State.OPEN), (State.OPEN, State.HALF_OPEN),
            (State.HALF_OPEN, State.OPEN), (State.HALF_OPEN, State.CLOSED),
        }  # fmt: skip
        assert set(pairwise(way)) <= allowed


def test_any_order_of_calls() -> None:
    """The machine above, many times."""
    run_state_machine_as_test(
        AnyOrder, settings=settings(max_examples=100, stateful_step_count=40, deadline=None)
    )
