"""What a saga does next, from its table of steps alone (rows F3.4, F3.7)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tube_platform.sagas.decisions import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    STUCK_AFTER,
    Plan,
    Position,
    State,
)
from tube_platform.testing.journey import BOOKING, call, wired
from tube_platform.wiring import SagaStep

PLAN = Plan("journey", BOOKING)
START = Position()


def entered(plan: Plan, at: Position, *, expired: bool = False) -> Position:
    """The next attempt."""
    return plan.enter(at, expired=expired)


def done(plan: Plan, *names: str) -> Position:
    """A saga whose first steps are done."""
    at = START
    for name in names:
        at = entered(plan, at)
        assert at.step == name
        at = plan.succeed(at)
    return at


def undos(plan: Plan, at: Position) -> list[str]:
    """What is undone from here on, and nothing else happens."""
    found = list[str]()
    while not at.state.ended:
        assert at.state is State.COMPENSATING
        at = entered(plan, at)
        found.append(at.step or "")
        at = plan.succeed(at)
    assert at.state is State.COMPENSATED
    return found


def test_steps_follow_each_other_to_the_end() -> None:
    """In the order of the topology."""
    assert done(PLAN, "hotel", "flight", "pay", "ticket").state is State.DONE


def test_what_was_refused_is_not_undone_and_the_rest_is_in_reverse_order() -> None:
    """It was never done."""
    at = PLAN.refuse(entered(PLAN, done(PLAN, "hotel", "flight")), "no money")
    assert at.failure == "no money"
    assert undos(PLAN, at) == ["flight", "hotel"]


def test_what_was_not_answered_may_have_been_done_and_is_undone_first() -> None:
    """After its attempts are used up."""
    at = done(PLAN, "hotel")
    at = PLAN.fail(entered(PLAN, at), "silence")
    assert at.state is State.RUNNING
    assert at.pause > 0
    at = PLAN.fail(entered(PLAN, at), "silence")
    assert undos(PLAN, at) == ["flight", "hotel"]


def test_few_attempts_span_as_much_time_as_if_nobody_had_answered() -> None:
    """A callee that is away for a failover fails at once; the last pause is the step's timeout, and no pause is longer than a minute."""
    plan = Plan("journey", wired(replace(call("hotel", attempts=4), timeout=30.0), call("pay", pivot=True)))
    at, pauses = START, list[float]()
    for _ in range(3):
        at = plan.fail(entered(plan, at), "silence")
        pauses.append(at.pause)
    assert pauses == [7.5, 15.0, 30.0]
    slow = Plan("journey", wired(replace(call("hotel"), timeout=900.0), call("pay", pivot=True)))
    assert slow.fail(entered(slow, START), "silence").pause == LONGEST_PAUSE
    quick = Plan("journey", wired(replace(call("hotel"), timeout=0.1), call("pay", pivot=True)))
    assert quick.fail(entered(quick, START), "silence").pause == FIRST_PAUSE


def test_what_is_never_given_up_is_tried_soon_and_then_once_a_minute() -> None:
    """Its pauses double."""
    at, pauses = done(PLAN, "hotel", "flight", "pay"), list[float]()
    for _ in range(9):
        at = PLAN.fail(entered(PLAN, at), "silence")
        pauses.append(at.pause)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


def test_a_refusal_after_a_silence_does_not_say_that_the_first_attempt_was_not_done() -> None:
    """So the step is undone, too."""
    at = PLAN.fail(entered(PLAN, done(PLAN, "hotel")), "silence")
    assert undos(PLAN, PLAN.refuse(entered(PLAN, at), "no")) == ["flight", "hotel"]


def test_a_saga_refused_at_its_first_step_is_over() -> None:
    """There is nothing to undo."""
    assert PLAN.refuse(entered(PLAN, START), "no").state is State.COMPENSATED


def test_an_attempt_of_a_process_that_died_counts() -> None:
    """Its outcome is not known: the last one is followed by the way back."""
    at = entered(PLAN, entered(PLAN, done(PLAN, "hotel")))
    assert at.attempt == 2
    at = entered(PLAN, at)
    assert at.state is State.COMPENSATING
    assert at.step == "flight"


def test_a_pivot_that_does_not_answer_is_asked_until_it_does() -> None:
    """Turning back on a maybe would undo all around it and leave it standing; a clear no still turns back."""
    at = done(PLAN, "hotel", "flight")
    for _ in range(STUCK_AFTER):
        at = (
            PLAN.fail(entered(PLAN, at, expired=True), "silence")
            if at.attempt
            else PLAN.fail(entered(PLAN, at), "silence")
        )
    assert at.state is State.RUNNING
    assert at.stuck
    assert undos(PLAN, PLAN.refuse(entered(PLAN, at), "no")) == ["flight", "hotel"]


def test_a_pivot_with_an_undo_that_does_not_answer_is_undone() -> None:
    """There is a way back for it."""
    plan = Plan("journey", wired(call("hotel"), call("pay", pivot=True)))
    at = done(plan, "hotel")
    for _ in range(2):
        at = plan.fail(entered(plan, at), "silence")
    assert undos(plan, at) == ["pay", "hotel"]


def test_after_the_pivot_there_is_only_forward() -> None:
    """Whatever happens; a person is told, and the next success ends it."""
    at = done(PLAN, "hotel", "flight", "pay")
    at = PLAN.refuse(entered(PLAN, at, expired=True), "no")
    assert (at.state, at.stuck, at.pause) == (State.RUNNING, True, LONGEST_PAUSE)
    for _ in range(50):
        at = PLAN.fail(entered(PLAN, at, expired=True), "silence")
        assert at.state is State.RUNNING
    assert at.stuck
    ended = PLAN.succeed(entered(PLAN, at))
    assert (ended.state, ended.stuck) == (State.DONE, False)


def test_no_undo_is_ever_given_up() -> None:
    """It becomes visible, and goes on."""
    at = PLAN.refuse(entered(PLAN, done(PLAN, "hotel")), "no")
    for _ in range(STUCK_AFTER - 1):
        at = PLAN.fail(entered(PLAN, at), "silence")
    assert not at.stuck
    for _ in range(40):
        at = PLAN.fail(entered(PLAN, at), "silence")
        assert at.stuck
        assert at.step == "hotel"
        assert at.pause <= LONGEST_PAUSE
    assert undos(PLAN, at) == ["hotel"]


def test_an_undo_that_is_refused_is_for_a_person_at_once() -> None:
    """Contracts let an undo be repeated, not refused."""
    at = PLAN.refuse(entered(PLAN, done(PLAN, "hotel")), "no")
    assert PLAN.refuse(entered(PLAN, at), "no").stuck


def test_a_callee_too_old_for_a_step_turns_nothing_back() -> None:
    """It says that it does not know the method, which is no answer to the question: it is asked on, and a person looks at it."""
    at = PLAN.lack(entered(PLAN, done(PLAN, "hotel")), "no such method")
    assert (at.state, at.step, at.stuck) == (State.RUNNING, "flight", False)
    for _ in range(20):
        at = PLAN.lack(entered(PLAN, at), "no such method")
        assert (at.state, at.step, at.stuck, at.pause) == (State.RUNNING, "flight", True, LONGEST_PAUSE)
    at = PLAN.fail(entered(PLAN, at), "the new version starts")
    assert (at.state, at.stuck) == (State.RUNNING, True)
    at = PLAN.succeed(entered(PLAN, at))
    assert (at.step, at.stuck) == ("pay", False)


def test_a_callee_that_stays_too_old_is_left_when_the_time_of_the_whole_is_over() -> None:
    """The step is undone, too: another pod of the callee may have been new enough."""
    at = done(PLAN, "hotel")
    for _ in range(5):
        at = PLAN.lack(entered(PLAN, at), "no such method")
    back = entered(PLAN, at, expired=True)
    assert back.failure == "no such method"
    assert not back.stuck
    assert undos(PLAN, back) == ["flight", "hotel"]


def test_a_callee_too_old_for_what_is_never_given_up_is_asked_as_if_it_were_silent() -> None:
    """After the pivot, and on the way back."""
    for at in (done(PLAN, "hotel", "flight", "pay"), PLAN.refuse(entered(PLAN, done(PLAN, "hotel")), "no")):
        assert PLAN.lack(entered(PLAN, at), "?") == PLAN.fail(entered(PLAN, at), "?")


def test_a_question_is_not_undone() -> None:
    """It left nothing behind."""
    plan = Plan("journey", wired(call("look", undo=False), call("hotel"), call("pay", pivot=True)))
    assert undos(plan, plan.refuse(entered(plan, done(plan, "look", "hotel")), "no")) == ["hotel"]


@pytest.mark.parametrize(
    ("steps", "state"), [(("hotel",), "compensating"), (("hotel", "flight", "pay"), "running")]
)
def test_time_turns_back_only_before_the_pivot(steps: tuple[str, ...], state: str) -> None:
    """Between two attempts, never while one is under way."""
    assert entered(PLAN, done(PLAN, *steps), expired=True).state == state


def test_a_step_without_limit_ends_by_the_time_of_the_saga() -> None:
    """Before the pivot, until-done lasts as long as the whole may."""
    plan = Plan("journey", wired(call("hotel", retry="until-done"), call("pay", pivot=True)))
    at = START
    for _ in range(5):
        at = plan.fail(entered(plan, at), "silence")
    assert at.state is State.RUNNING
    assert undos(plan, entered(plan, at, expired=True)) == ["hotel"]


def test_steps_may_change_while_a_saga_is_under_way() -> None:
    """A new one is taken where it stands, one that is gone is passed; one that has to be undone and is gone is for a person."""
    at = done(PLAN, "hotel")
    more = Plan("journey", wired(call("car"), *BOOKING.steps))
    assert entered(more, at).step == "car"
    less = Plan("journey", wired(*BOOKING.steps[2:]))
    assert entered(less, replace(entered(PLAN, at), attempt=2)).step == "pay"
    back = less.refuse(entered(less, at), "no")
    assert back.step == "hotel"
    assert less.step(back.step) is None


def test_a_wait_that_ended_is_the_reason() -> None:
    """A person reads what was waited for."""
    plan = Plan("journey", wired(SagaStep("ask", 5.0, 1, send="asked", awaits="told", undo="topic unasked")))
    at = entered(plan, replace(entered(plan, START), waiting=True))
    assert at.state is State.COMPENSATING
    assert "no record ended ask" in at.failure


results = st.sampled_from(["done", "no", "silence", "died", "late", "lacks"])


@given(st.lists(results, max_size=60))
def test_a_saga_never_turns_after_its_pivot_and_never_leaves_what_was_done(script: list[str]) -> None:
    """Whatever happens to its attempts: what stands at the end is all or nothing, but for what nobody knows of yet."""
    at, standing = START, list[str]()
    for result in [*script, *["done"] * 10]:
        before = at.state
        at = entered(PLAN, at, expired=result == "late")
        if at.state.ended:
            break
        if "pay" in at.done:
            assert at.state is State.RUNNING
        assert not (before is State.COMPENSATING and at.state is State.RUNNING)
        name, forward = at.step or "", at.state is State.RUNNING
        if result == "no" and not (forward and name in standing):  # who did a thing says so when asked again
            at = PLAN.refuse(at, "no")
            continue
        if result == "lacks":
            at = PLAN.lack(at, "no such method")
            continue
        if forward and name not in standing:
            standing.append(name)  # the worst case of a silence: it was done
        if result == "silence":
            at = PLAN.fail(at, "silence")
        elif result != "died":
            if not forward and name in standing:
                standing.remove(name)
            at = PLAN.succeed(at)
    assert at.state.ended
    assert standing == ([] if at.state is State.COMPENSATED else ["hotel", "flight", "pay", "ticket"])
