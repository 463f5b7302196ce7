"""Where a saga stands, and where it stands after what happened to its step. No clock, no database: the table of the topology decides.

forward     steps in order; up to the pivot there is a way back
back        what was done, and what may have been done, is undone in reverse order; no undo is ever given up
forward on  after the pivot no step is given up either

A step that was refused was not done. One that was not answered may have been done: it is undone with the rest, and a pivot without an undo is asked
again until it says yes or no, since turning back on a maybe would undo all around it and leave it standing.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from tube_platform.wiring import SagaStep, SagaWiring

UNTIL_DONE = "until-done"

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds between two attempts: doubled each time, up to what a failover takes.

Where attempts are few, the last pause is the step's timeout: a callee that refuses connections fails at once, and the attempts shall span as
much time as if it had not answered. Short faults are the client's to retry.
"""

STUCK_AFTER = 10
"""Attempts of what is never given up, after which a person should look: some four minutes, longer than a failover or a rollout."""


class State(StrEnum):
    """Which way a saga goes, or how it ended."""

    RUNNING = "running"
    COMPENSATING = "compensating"
    DONE = "done"
    COMPENSATED = "compensated"

    @property
    def ended(self) -> bool:
        """Whether nothing will happen any more."""
        return self in {State.DONE, State.COMPENSATED}


@dataclass(frozen=True, slots=True)
class Position:
    """How far a saga is. `done` are the steps that stand, in the order in which they were done; `pause` is how long nothing is to happen."""

    state: State = State.RUNNING
    step: str | None = None
    attempt: int = 0
    waiting: bool = False
    done: tuple[str, ...] = ()
    stuck: bool = False
    failure: str = ""
    """Why it turned back."""
    error: str = ""
    """What the last attempt failed with."""
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a saga, as the topology has them."""

    name: str
    wiring: SagaWiring

    def step(self, name: str | None) -> SagaStep | None:
        """A step by its name; None where a newer topology has dropped it."""
        return next((step for step in self.wiring.steps if step.name == name), None)

    def enter(self, at: Position, *, expired: bool) -> Position:
        """Begin the next attempt; or turn back instead, or end."""
        name = self._next(at)
        if name is None:
            return _ended(at)
        if name != at.step:  # a rollout changed the steps
            at = replace(at, step=name, attempt=0, waiting=False)
        if at.waiting:
            at = replace(at, error=f"no record ended {name} in time")
        if self._may_turn(at) and (expired or self._used_up(at)):
            why = at.error or "its time was over"
            return self.enter(self._back(at, why, maybe=at.attempt > 0), expired=False)
        return replace(at, attempt=at.attempt + 1, waiting=False, pause=0.0)

    def succeed(self, at: Position) -> Position:
        """The step at hand was done, or undone."""
        name = at.step or ""
        done = (*at.done, name) if at.state is State.RUNNING else at.done[:-1]
        after = replace(at, done=done, step=None, attempt=0, waiting=False, stuck=False, error="", pause=0.0)
        following = self._next(after)
        return _ended(after) if following is None else replace(after, step=following)

    def refuse(self, at: Position, why: str) -> Position:
        """The step at hand was answered with no."""
        if self._decided(at):
            return replace(at, stuck=True, error=why, pause=LONGEST_PAUSE, waiting=False)
        return self._back(at, why, maybe=at.attempt > 1)

    def fail(self, at: Position, why: str) -> Position:
        """Whether the step at hand was done is not known."""
        failed = replace(at, error=why, waiting=False)
        if self._may_turn(failed) and self._used_up(failed):
            return self._back(failed, why, maybe=True)
        if self._gives_up(failed) and not at.stuck:
            return replace(failed, pause=self._pause(failed))
        stuck = at.stuck or at.attempt >= STUCK_AFTER
        doubled = FIRST_PAUSE * 2.0 ** min(at.attempt - 1, STUCK_AFTER)
        return replace(failed, stuck=stuck, pause=min(doubled, LONGEST_PAUSE))

    def lack(self, at: Position, why: str) -> Position:
        """Whoever was asked does not know how: its version is older, as one may be in a rollout. It is asked again, and nothing is undone for that.

        When the attempts are used up a person should look, and the saga goes on trying until the time of the whole is over.
        """
        if self._may_turn(at) and (at.stuck or self._used_up(at)):
            return replace(at, stuck=True, error=why, pause=LONGEST_PAUSE, waiting=False)
        return self.fail(at, why)

    def _next(self, at: Position) -> str | None:
        if at.state is State.COMPENSATING:
            return at.done[-1] if at.done else None
        if at.state.ended:
            return None
        return next((step.name for step in self.wiring.steps if step.name not in at.done), None)

    def _decided(self, at: Position) -> bool:
        """Whether there is only one way left."""
        passed = any(step.pivot and step.name in at.done for step in self.wiring.steps)
        return passed or at.state is not State.RUNNING

    def _may_turn(self, at: Position) -> bool:
        """Whether turning back leaves nothing standing: not after the pivot, nor while the pivot may have been done."""
        step = self.step(at.step)
        maybe_pivot = step is not None and step.pivot and step.undo is None and at.attempt > 0
        return not self._decided(at) and not maybe_pivot

    def _gives_up(self, at: Position) -> bool:
        step = self.step(at.step)
        return self._may_turn(at) and step is not None and step.retry != UNTIL_DONE

    def _pause(self, at: Position) -> float:
        step = self.step(at.step)
        last = step.timeout * 2.0 ** (at.attempt + 1 - step.attempts) if step else FIRST_PAUSE
        return min(max(last, FIRST_PAUSE), LONGEST_PAUSE)

    def _used_up(self, at: Position) -> bool:
        step = self.step(at.step)
        limited = step is not None and step.retry != UNTIL_DONE and at.attempt >= step.attempts
        return limited and not at.stuck

    def _back(self, at: Position, why: str, *, maybe: bool) -> Position:
        """Turn back; `maybe` the step at hand was done, so it is undone first. What leaves nothing behind is not undone."""
        names = (*at.done, at.step or "") if maybe else at.done
        left = tuple(name for name in names if (step := self.step(name)) is None or step.undo)
        if not left:
            return replace(_ended(at), state=State.COMPENSATED, failure=why)
        return Position(State.COMPENSATING, left[-1], done=left, failure=why)


def _ended(at: Position) -> Position:
    end = State.COMPENSATED if at.state in {State.COMPENSATING, State.COMPENSATED} else State.DONE
    return replace(at, state=end, step=None, attempt=0, waiting=False, done=(), stuck=False, pause=0.0)
