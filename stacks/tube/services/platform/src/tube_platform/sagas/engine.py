"""One attempt of a saga after the other, whichever pod began it.

An attempt is written down before it is made, with a time by which it must have ended: a row that is due again was left by a process that died,
and any other takes it. No lock and no connection is held while another service is asked. What came of an attempt, what is sent, and the next attempt
are written in one transaction; the version of the row lets only the holder of the attempt do it. All attempts of a step carry the same idempotency key.
"""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import psycopg
from google.protobuf.message import Message
from opentelemetry.trace import SpanKind

from tube_platform import deadlines, logs, metrics, postgres, principal, telemetry
from tube_platform.errors import Problem
from tube_platform.kafka.records import Received
from tube_platform.outbox import Writes
from tube_platform.postgres import Connection, Database
from tube_platform.resilience import degraded
from tube_platform.sagas import keys, store
from tube_platform.sagas.decisions import Plan, Position, State
from tube_platform.sagas.steps import (
    Call,
    Local,
    Progress,
    Saga,
    Send,
    lacks,
    refused,
    said,
)
from tube_platform.sagas.store import Row
from tube_platform.wiring import SagaStep, SagaWiring, WiringError, need

log = logs.get(__name__)

LEASE_MARGIN = 15.0
"""Seconds beyond an attempt's own time before another process takes it for left: its result may still wait for a commit."""

TO_TOPIC = "topic "

type Data = dict[str, Any]
type Then[M] = Callable[[M, Received], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Held:
    """A saga whose row this transaction holds, and where it has come to in it."""

    row: Row
    at: Position
    data: Data


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call that is written down and now to be made; `version` is that of the row."""

    held: Held
    step: SagaStep
    action: Call[Any]
    version: int

    @property
    def backwards(self) -> bool:
        """Whether it undoes."""
        return self.held.at.state is State.COMPENSATING


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt: the state after it, or an error."""

    data: Data
    error: BaseException | None = None


@dataclass(slots=True)
class Engine:
    """The sagas of a service."""

    database: Database
    outbox: Writes
    wirings: Mapping[str, SagaWiring]
    sagas: dict[str, Saga[Any]] = field(default_factory=dict[str, Saga[Any]])
    plans: dict[str, Plan] = field(default_factory=dict[str, Plan])
    news: bool = False
    """Whether a transaction has made a saga due: one that has committed, since another's commit would else use the word up."""
    ending: bool = False
    """Whether the process ends: no call is made any more."""
    calling: set[asyncio.Task[Any]] = field(default_factory=set[asyncio.Task[Any]])
    """Tasks that wait for another service; they may be cancelled, while those that write down what came of it should not."""

    def add[S](self, saga: Saga[S]) -> None:
        """Take on a saga; raises WiringError where its code and the topology do not fit."""
        wiring = self.wirings.get(saga.name)
        if wiring is None:
            raise WiringError(
                f"the wiring has no saga {saga.name}: the topology and the code of this service disagree"
            )
        for step in wiring.steps:
            _check(saga, step)
        self.sagas[saga.name], self.plans[saga.name] = saga, Plan(saga.name, wiring)

    async def begin(self, connection: Connection, key: str, state: object) -> bool:
        """Begin the saga that has this kind of state, in the transaction of its first effect; False when one was begun for the key before."""
        saga = next((each for each in self.sagas.values() if each.state is type(state)), None)
        if saga is None:
            raise WiringError(f"no saga has {type(state).__name__} for its state")
        data = store.dump(state)
        if store.load(saga.state, data) != state:
            raise TypeError(f"{type(state).__name__} holds what JSON does not give back")
        timeout = self.wirings[saga.name].timeout
        begun = store.Begun(saga.name, key, data, timeout, principal.current(), telemetry.inject())
        new = await store.begin(connection, begun)
        if new:
            self.database.after_commit(connection, self._is_due)
        return new

    def answering[M: Message](self, topic: str, then: Then[M]) -> Then[M]:
        """A handler of a topic: a record ends the steps that wait for it, then the service's own handler gets it."""

        async def handle(message: M, record: Received) -> None:
            for saga in self.sagas.values():
                for step in self.wirings[saga.name].steps:
                    if step.awaits == topic:
                        await self.answer(saga.name, step.name, message, record)
            await then(message, record)

        return handle

    async def answer(self, saga: str, step: str, message: Message, record: Received) -> bool:
        """End a step by a record; False when none waits for it, or no more."""
        answer = need(self.sagas[saga].steps[step].answer, f"answer of {step}")
        key = answer.key(message)
        if key is None:
            return False

        async def work(connection: Connection) -> bool:
            row = await store.named(connection, saga, key)
            if row is None or row.state != State.RUNNING or row.step != step or not row.attempt:
                return False
            if not await store.new_record(connection, f"{record.group}/saga {saga}", record.event_id):
                return False
            held = Held(row, row.position, row.data)
            try:
                outcome = Outcome(store.dump(answer.done(self._progress(held), message)))
            except Exception as error:
                if not refused(error):
                    raise
                outcome = Outcome(row.data, error)
            after = self._after(connection, held, outcome)
            await (self._end if after.at.state.ended else self._pause)(connection, after)
            self.database.after_commit(connection, self._is_due)
            return True

        ended = await self.database.transact(work, repeatable=True)
        if not ended:
            log.info("a record ends no step", saga=saga, step=step, key=key)
        return ended

    async def take(self) -> tuple[Attempt | None] | None:
        """Go on with what is due; None when nothing is, and no attempt in it where the saga needs none now."""

        async def work(connection: Connection) -> tuple[Attempt | None] | None:
            row = await store.due(connection, self.sagas.keys())
            return row and (await self._advance(connection, Held(row, row.position, row.data)),)

        # Repeatable: when the unknown commit did happen, the row is not due any more.
        return await self.database.transact(work, repeatable=True)

    async def follow(self, attempt: Attempt | None) -> None:
        """Make attempts until the saga has to wait, or has ended. What cannot be made any more is left to another process."""
        while attempt:
            if self.ending:
                await self.release(attempt)
                return
            try:
                outcome = await self._called(attempt)
            except asyncio.CancelledError:
                await self.release(attempt)
                raise
            attempt = await self._note(attempt, outcome)

    async def release(self, attempt: Attempt) -> None:
        """Leave an attempt to another process at once. It may have been made, as if this one had died; the next has the same key."""

        async def work(connection: Connection) -> None:
            await store.release(connection, attempt.held.row.id, attempt.version)

        try:
            await self.database.transact(work, repeatable=True)
        except (Problem, psycopg.Error, OSError) as error:
            log.info("an attempt is left until its time is over", error=repr(error))

    async def _called(self, attempt: Attempt) -> Outcome:
        task = need(asyncio.current_task(), "task")
        self.calling.add(task)
        try:
            return await self._made(attempt)
        finally:
            self.calling.discard(task)

    async def _made(self, attempt: Attempt) -> Outcome:
        """Make the call."""
        row, data, seconds = attempt.held.row, attempt.held.data, attempt.step.timeout
        with (
            telemetry.span(_span(attempt.held), SpanKind.INTERNAL, telemetry.extract(row.trace)),
            principal.acting_as(row.principal),
            deadlines.within(seconds),
            degraded.forbidden(),
        ):
            try:
                async with asyncio.timeout(seconds):
                    state = await attempt.action.run(self._progress(attempt.held))
                return Outcome(data if attempt.backwards else store.dump(state))
            except TimeoutError:
                return Outcome(data, TimeoutError(f"no answer within {seconds:g} s"))
            except Exception as error:  # noqa: BLE001 - whatever it is, the saga goes on from it
                return Outcome(data, error)

    async def _note(self, attempt: Attempt, outcome: Outcome) -> Attempt | None:
        """Write down what came of an attempt; the next one, where the saga goes straight on."""

        async def work(connection: Connection) -> Attempt | None:
            row = await store.unchanged(connection, attempt.held.row.id, attempt.version)
            if row is None:
                log.info(
                    "a saga went on without this attempt",
                    saga=attempt.held.row.name,
                    key=attempt.held.row.key,
                )
                return None
            held = Held(row, row.position, outcome.data)
            if attempt.step.awaits and not outcome.error and not attempt.backwards:
                return await self._wait(connection, held)
            return await self._go_on(connection, self._after(connection, held, outcome))

        # Repeatable: when the unknown commit did happen, the second run finds another version.
        return await self.database.transact(work, repeatable=True)

    async def _go_on(self, connection: Connection, held: Held) -> Attempt | None:
        return await (self._pause if held.at.pause else self._advance)(connection, held)

    async def _advance(self, connection: Connection, held: Held) -> Attempt | None:
        """As far as it goes inside of the database; the call that has to be made then."""
        row, plan = held.row, self.plans[held.row.name]
        while True:
            held = replace(held, at=plan.enter(held.at, expired=row.expired))
            if held.at.state.ended:
                return await self._end(connection, held)
            step, code = plan.step(held.at.step), self.sagas[row.name].steps.get(held.at.step or "")
            if step is None or code is None:
                gone = f"the topology has no step {held.at.step} any more"
                return await self._pause(connection, replace(held, at=plan.refuse(held.at, gone)))
            backwards = held.at.state is State.COMPENSATING
            action = code.undo if backwards else code.action
            if isinstance(action, Call):
                await store.save(connection, row, held.at, held.data, step.timeout + LEASE_MARGIN)
                return Attempt(held, step, action, row.version + 1)
            outcome = await self._inside(connection, held, action)
            if step.awaits and not outcome.error and not backwards:
                return await self._wait(connection, held)
            held = self._after(connection, held, outcome)
            if held.at.pause:
                return await self._pause(connection, held)

    async def _inside(
        self, connection: Connection, held: Held, action: Local[Any] | Send[Any] | None
    ) -> Outcome:
        """A step that the transaction itself does. Where it fails, what it wrote is taken back, and the transaction goes on."""
        row, data = held.row, held.data
        seconds = self._step(held).timeout
        try:
            async with asyncio.timeout(seconds), connection.transaction():
                with (
                    telemetry.span(_span(held), SpanKind.INTERNAL, telemetry.extract(row.trace)),
                    principal.acting_as(row.principal),
                    degraded.forbidden(),
                ):
                    if isinstance(action, Send):
                        await self._send(connection, held, action)
                    elif isinstance(action, Local):
                        state = await action.run(self._progress(held), connection)
                        data = data if held.at.state is State.COMPENSATING else store.dump(state)
        except Exception as error:
            if isinstance(error, psycopg.Error) and postgres.unavailable(error):
                raise
            return Outcome(held.data, error)
        return Outcome(data)

    async def _send(self, connection: Connection, held: Held, action: Send[Any]) -> None:
        progress, step = self._progress(held), self._step(held)
        topic = (step.undo or "").removeprefix(TO_TOPIC) if progress.undoes else step.send or ""
        event = uuid.uuid5(progress.id, progress.request_id)
        await self.outbox.add(connection, topic, action.message(progress), event_id=event)

    async def _wait(self, connection: Connection, held: Held) -> None:
        """The step is under way until its record comes, or its time is over."""
        seconds = self._step(held).timeout
        await store.save(connection, held.row, replace(held.at, waiting=True), held.data, seconds)

    async def _pause(self, connection: Connection, held: Held) -> None:
        row, at = held.row, held.at
        if at.stuck and not row.stuck:
            words = {"saga": row.name, "key": row.key, "step": at.step, "error": at.error}
            self.database.after_commit(connection, partial(log.error, "a saga is stuck", **words))
        await store.save(connection, row, at, held.data, at.pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter

    async def _end(self, connection: Connection, held: Held) -> None:
        row, at = held.row, held.at
        await store.save(connection, row, at, held.data, 0.0)
        self.database.after_commit(connection, partial(_tell_end, row, at))

    def _after(self, connection: Connection, held: Held, outcome: Outcome) -> Held:
        """Where a saga stands after an attempt."""
        plan, at, error = self.plans[held.row.name], held.at, outcome.error
        if error is None:
            outcome_name, after = _WELL[at.state], plan.succeed(at)
        elif refused(error):
            outcome_name, after = "refused", plan.refuse(at, said(error))
        elif lacks(error):
            outcome_name, after = "failed", plan.lack(at, said(error))
        else:
            outcome_name, after = "failed", plan.fail(at, said(error))
        self.database.after_commit(connection, partial(_tell_attempt, plan.name, at, outcome_name, error))
        return Held(held.row, after, outcome.data)

    def _is_due(self) -> None:
        self.news = True

    def _step(self, held: Held) -> SagaStep:
        return need(self.plans[held.row.name].step(held.at.step), f"step {held.at.step}")

    def _progress(self, held: Held) -> Progress[Any]:
        row, step = held.row, held.at.step or ""
        state, forward = store.load(self.sagas[row.name].state, held.data), keys.of_step(row.id, step)
        if held.at.state is State.COMPENSATING:
            undo = keys.of_undo(row.id, step)
            return Progress(row.id, row.name, row.key, step, state, undo, forward)
        return Progress(row.id, row.name, row.key, step, state, forward)


_WELL = {State.RUNNING: "done", State.COMPENSATING: "undone"}


def _tell_attempt(saga: str, at: Position, outcome: str, error: BaseException | None) -> None:
    """What is counted inside of a transaction would be counted again each time that it is run again."""
    if error:
        log.info("a step failed", saga=saga, step=at.step, attempt=at.attempt, error=said(error))
    metrics.saga_attempts.labels(saga, at.step, outcome).inc()


def _tell_end(row: Row, at: Position) -> None:
    metrics.sagas_ended.labels(row.name, at.state).inc()
    log.info("a saga has ended", saga=row.name, key=row.key, state=at.state, failure=at.failure)


def _span(held: Held) -> str:
    return f"{held.row.name} {held.at.step}"


def _check(saga: Saga[Any], step: SagaStep) -> None:
    """What the topology says of a step is written, and of the same kind."""
    code = saga.steps.get(step.name)
    if code is None:
        raise WiringError(f"saga {saga.name} has no code for its step {step.name}")
    undone = (step.undo or "").startswith(TO_TOPIC)
    for part, action, wanted, sent in (
        ("step", code.action, step.call or step.send, bool(step.send)),
        ("undo of step", code.undo, step.undo, undone),
    ):
        if bool(action) != bool(wanted) or isinstance(action, Send) != sent:
            raise WiringError(f"{part} {step.name} of saga {saga.name}: the topology and the code disagree")
    if bool(code.answer) != bool(step.awaits):
        raise WiringError(f"step {step.name} of saga {saga.name} awaits {step.awaits}, and its code does not")
