"""Budgets of time shrink, whatever is nested in whatever."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from tube_platform import deadlines
from tube_platform.deadlines import LEAST, MARGIN


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


steps = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 5)), max_size=8)


@given(steps)
def test_inner_budget_never_exceeds_the_outer(nested: list[tuple[float, float]]) -> None:
    """Each hop has at most what the hop before it has, and leaving it gives back the outer budget."""
    clock = Clock()

    def go(rest: list[tuple[float, float]], outer: float) -> None:
        if not rest:
            return
        (budget, passed), *others = rest
        with deadlines.within(budget, clock):
            left = deadlines.remaining(clock)
            assert left is not None
            assert left <= min(budget, outer) + 1e-9
            clock.now += passed
            assert (deadlines.remaining(clock) or 0) <= max(0.0, left - passed) + 1e-9
            go(others, deadlines.remaining(clock) or 0.0)

    go(nested, float("inf"))
    assert deadlines.remaining(clock) is None


@given(st.floats(0.1, 10), st.floats(0, 10))
def test_call_gets_its_own_deadline_or_the_rest_less_a_margin(own: float, left: float) -> None:
    """min(own, remaining - 50 ms), and never nothing."""
    clock = Clock()
    assert deadlines.for_call(own, clock) == own
    with deadlines.within(left, clock):
        given_to_call = deadlines.for_call(own, clock)
        assert given_to_call >= LEAST
        assert given_to_call <= own
        assert abs(given_to_call - max(LEAST, min(own, left - MARGIN))) < 1e-9


async def test_budget_reaches_tasks_and_ends_with_the_block() -> None:
    """A task inherits the budget of its parent; a sibling outside has none."""

    async def child() -> float | None:
        return deadlines.remaining()

    with deadlines.within(3):
        left = await asyncio.create_task(child())
    assert left is not None
    assert left <= 3
    assert await asyncio.create_task(child()) is None


def test_no_budget_is_no_limit() -> None:
    """within(None) changes nothing."""
    with deadlines.within(None):
        assert deadlines.remaining() is None


def test_time_can_be_kept_for_what_comes_after() -> None:
    """So much of it, or half where there is less; and where there is no budget there is none."""
    for budget, left in ((10.0, 8.0), (1.0, 0.5)):
        with deadlines.within(budget, lambda: 0.0), deadlines.keeping(2.0, lambda: 0.0):
            assert deadlines.remaining(lambda: 0.0) == left
    with deadlines.keeping(2.0):
        assert deadlines.remaining() is None
