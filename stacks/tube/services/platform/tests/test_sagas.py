"""Sagas on a real server: each ends done or undone, wherever its process dies (rows F3.4, F3.7)."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.trace import SpanKind
from prometheus_client import REGISTRY
from psycopg.errors import SerializationFailure

from tube_platform import postgres as sql
from tube_platform import principal, telemetry
from tube_platform.errors import NotYet, Unavailable
from tube_platform.kafka.records import Received
from tube_platform.postgres import Connection, Database
from tube_platform.resilience import degraded
from tube_platform.sagas import store
from tube_platform.sagas.decisions import Position
from tube_platform.sagas.engine import LEASE_MARGIN, Engine
from tube_platform.sagas.steps import (
    Call,
    Progress,
    Refused,
    Saga,
    Step,
    refused,
)
from tube_platform.testing import echo
from tube_platform.testing.broker import received
from tube_platform.testing.journey import (
    AWAITED,
    BOOKING,
    NAME,
    SENT,
    Fate,
    Journey,
    Killed,
    Mortal,
    World,
    begin,
    call,
    called,
    coded,
    engine,
    hurry,
    local,
    text,
    turn,
    wired,
)
from tube_platform.testing.postgres import LocalPostgres
from tube_platform.testing.rpc import served
from tube_platform.wiring import DatabaseWiring, SagaStep, SagaWiring, WiringError

type Query = Callable[[str], list[tuple[Any, ...]]]

STATE = "select state from sagas"


async def live(database: Database, processes: Callable[[], Engine], most: int = 300) -> None:
    """Processes one after the other, each until it dies, until nothing is left to do."""
    owner = processes()
    for _ in range(most):
        try:
            await hurry(database)
            if not await turn(owner):
                return
        except Killed:
            owner = processes()
    raise AssertionError("the saga does not end")


async def test_steps_are_done_in_order_and_answers_are_kept(database: Database, query: Query) -> None:
    """The saga ends, and says what it knows."""
    world = World()
    owner = engine(database, world)
    assert await begin(owner, "trip")
    assert await turn(owner)
    assert world.order == ["hotel", "flight", "pay", "ticket"]
    ((state, data, finished),) = query("select state, data, finished_at is not null from sagas")
    assert (state, finished) == ("done", True)
    assert data["answers"] == [f"{step} is done" for step in world.order]
    assert not await turn(owner)


async def test_a_refusal_undoes_in_reverse_order(database: Database, query: Query) -> None:
    """What was refused was never done; the reason is kept."""
    world = World(scripts={"pay": ["no"]})
    owner = engine(database, world)
    await begin(owner, "trip")
    await live(database, lambda: owner)
    assert world.order == ["hotel", "flight", "flight_undo", "hotel_undo"]
    ((state, failure),) = query("select state, failure from sagas")
    assert state == "compensated"
    assert "this cannot be" in failure


OUTCOMES = {
    "done": ({}, {"hotel": 1, "flight": 1, "pay": 1, "ticket": 1}),
    "compensated": ({"pay": ["no"]}, {}),
}


@pytest.mark.parametrize("state", OUTCOMES)
async def test_a_process_may_die_between_every_pair_of_steps(
    database: Database, query: Query, state: str
) -> None:
    """Before each call, after it, before each commit and after it: the next process goes on, and no effect happens twice.

    A refusal that was heard and not written down is asked for again, so the script says it as often as there are deaths.
    """
    scripts, standing = OUTCOMES[state]
    fate = Fate()
    whole = World(fate, {name: [*script, *script] for name, script in scripts.items()})
    await begin(engine(database, World()), "whole")
    await live(database, lambda: engine(Mortal(database, fate), whole))
    points = fate.points
    assert points > 12
    for point in range(1, points + 1):
        fate = Fate(dies_at=point)
        world = World(fate, {name: [*script, *script] for name, script in scripts.items()})
        await begin(engine(database, World()), f"trip {point}")
        await live(database, lambda: engine(Mortal(database, fate), world))  # noqa: B023 - used in this round only
        assert query(f"{STATE} where key = 'trip {point}'") == [(state,)], point
        assert dict(world.standing()) == standing, point
        assert max(world.effects.values()) == 1


@dataclass(frozen=True, slots=True)
class Ended:
    """How a saga ended."""

    state: str
    stuck: bool


happens = st.sampled_from(["ok", "no", "down", "lost", "dies", "dies-after"])
scripts = st.fixed_dictionaries(
    {
        name: st.lists(happens, max_size=4)
        for name in ("hotel", "flight", "pay", "ticket", "hotel_undo", "flight_undo")
    }
)


@pytest.fixture(scope="module")
def examples(postgres: LocalPostgres) -> DatabaseWiring:
    """One database for all examples."""
    return postgres.database(Path(store.__file__).parent / "no_migrations")


@given(scripts, st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_every_saga_ends_and_every_effect_is_one_or_none(
    examples: DatabaseWiring, scripts: dict[str, list[str]], dies_at: int
) -> None:
    """Calls that are refused, unanswered, done and unanswered, and processes that die on the way there and back."""
    key = str(uuid.uuid4())

    async def run() -> None:
        database = Database(examples)
        await database.start()
        try:
            fate = Fate(dies_at)
            world = World(fate, {name: list(script) for name, script in scripts.items()})
            await begin(engine(database, world), key)
            await live(database, lambda: engine(Mortal(database, fate), world))
            rows = await database.read(
                lambda connection: sql.fetch(
                    connection, Ended, "select state, stuck from sagas where key = %s", (key,)
                )
            )
            standing = dict(world.standing())
            assert max(world.effects.values(), default=0) <= 1
            assert max(world.undone.values(), default=0) <= 1
            if rows == [Ended("done", stuck=False)]:
                assert standing == {"hotel": 1, "flight": 1, "pay": 1, "ticket": 1}
            else:
                assert rows == [Ended("compensated", stuck=False)]
                assert standing == {}
        finally:
            await database.close()

    asyncio.run(run())


async def test_a_key_begins_a_saga_once(database: Database, query: Query) -> None:
    """Also in two transactions at once; another kind of saga has keys of its own."""
    owner = engine(database, World())
    assert sorted(await asyncio.gather(*(begin(owner, "trip") for _ in range(4)))) == [
        False,
        False,
        False,
        True,
    ]
    assert await begin(owner, "other trip")
    assert query("select count(*) from sagas") == [(2,)]


async def test_a_transaction_that_fails_begins_nothing(database: Database, query: Query) -> None:
    """The saga begins with its first effect, or not at all."""
    owner = engine(database, World())

    async def work(connection: Connection) -> None:
        await owner.begin(connection, "trip", Journey("Oslo"))
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        await database.transact(work)
    assert query("select count(*) from sagas") == [(0,)]


async def test_two_processes_share_the_work(database: Database, query: Query) -> None:
    """Each attempt is made by one of them."""
    world = World()
    owners = [engine(database, world) for _ in range(2)]
    for number in range(10):
        await begin(owners[0], str(number))

    async def work(owner: Engine) -> None:
        while await turn(owner):
            pass

    await asyncio.gather(*(work(owner) for owner in owners for _ in range(2)))
    assert query("select state, count(*) from sagas group by 1") == [("done", 10)]
    assert len(world.calls) == len(set(world.calls)) == 40


async def test_a_process_that_was_only_slow_changes_nothing_any_more(
    database: Database, query: Query
) -> None:
    """Its time was over, another has gone on; its late answer is not written down, and the effect was one."""
    entered, go = asyncio.Event(), asyncio.Event()
    world = World()
    first = engine(database, world)

    async def hang() -> None:
        entered.set()
        await go.wait()

    world.hook = lambda name: hang() if name == "flight" and not entered.is_set() else None
    await begin(first, "trip")
    slow = asyncio.create_task(turn(first))
    await entered.wait()
    await hurry(database)
    assert await turn(engine(database, world))
    ((version,),) = query("select version from sagas where state = 'done'")
    go.set()
    await slow
    assert query("select version from sagas") == [(version,)]
    assert set(world.effects.values()) == {1}
    keys = [key for name, key in world.calls if name == "flight"]
    assert len(keys) == 2
    assert len(set(keys)) == 1


async def test_an_attempt_in_hand_is_nobody_elses(database: Database) -> None:
    """Until its time is over."""
    entered, go = asyncio.Event(), asyncio.Event()
    world = World()

    async def hang() -> None:
        entered.set()
        await go.wait()

    world.hook = lambda name: hang() if name == "hotel" else None
    owner = engine(database, world)
    await begin(owner, "trip")
    slow = asyncio.create_task(turn(owner))
    await entered.wait()
    assert not await turn(engine(database, world))
    go.set()
    await slow


async def test_the_time_of_an_attempt_counts_from_when_it_is_made(database: Database, query: Query) -> None:
    """And not from when the transaction began in which the owner did a step of its own before it."""
    worked, ends = list[Any](), list[Any]()

    async def work(at: Progress[Journey], connection: Connection) -> None:
        worked.append(await sql.value(connection, "select clock_timestamp()"))

    own = SagaStep("own", 5.0, 1, call="owner.Own")
    world = World(hook=lambda _: ends.extend(query("select due_at from sagas")[0]))
    owner = engine(database, world, wired(own, call("hotel")), {"own": local(work)})
    await begin(owner, "trip")
    assert await turn(owner)
    lease = timedelta(seconds=call("hotel").timeout + LEASE_MARGIN)
    assert ends[0] - lease >= worked[0]


async def test_all_attempts_of_a_step_carry_one_key(database: Database) -> None:
    """Whichever process makes them; its undo has another."""
    world = World(scripts={"flight": ["down", "lost"]})
    await begin(engine(database, world), "trip")
    await live(database, lambda: engine(database, world))
    keys = {
        name: {key for called_, key in world.calls if called_ == name}
        for name in ("flight", "flight_undo", "hotel")
    }
    assert [len(found) for found in keys.values()] == [1, 1, 1]
    assert len(set.union(*keys.values())) == 3


async def test_a_pause_lies_between_two_attempts(database: Database, query: Query) -> None:
    """In the row, so that it holds no lock and survives the process."""
    world = World(scripts={"hotel": ["down"]})
    owner = engine(database, world)
    await begin(owner, "trip")
    assert await turn(owner)
    assert not await turn(owner)
    ((attempt, error, later),) = query("select attempt, error, due_at > now() from sagas")
    assert (attempt, later) == (1, True)
    assert error == "UNAVAILABLE: nobody answers"


async def test_a_step_has_its_own_time(database: Database, query: Query) -> None:
    """What does not answer within it has failed."""
    wiring = SagaWiring(600.0, (replace(BOOKING.steps[0], timeout=0.05), *BOOKING.steps[1:]))
    world = World(hook=lambda name: asyncio.Event().wait() if name == "hotel" else None)
    owner = engine(database, world, wiring)
    await begin(owner, "trip")
    async with asyncio.timeout(10.0):
        await turn(owner)
    assert query("select error from sagas") == [("TimeoutError('no answer within 0.05 s')",)]


async def test_the_time_of_the_whole_turns_it_back(database: Database, query: Query) -> None:
    """Only before the pivot."""
    world = World()
    before = engine(database, world, replace(BOOKING, timeout=0.0))
    await begin(before, "early")
    await live(database, lambda: before)
    assert query(f"{STATE} where key = 'early'") == [("compensated",)]
    scripts = {"ticket": ["down"]}
    world = World(scripts=scripts)
    owner = engine(database, world)
    await begin(owner, "late")
    await turn(owner)
    query("update sagas set ends_at = now() where key = 'late'")
    await live(database, lambda: owner)
    assert query(f"{STATE} where key = 'late'") == [("done",)]


async def test_who_began_a_saga_is_who_asks(database: Database) -> None:
    """Services see the account, and keys belong to it."""
    seen = list[str | None]()
    world = World(hook=lambda _: seen.append(principal.current()))
    owner = engine(database, world)
    with principal.acting_as("ada"):
        await begin(owner, "trip")
    await turn(owner)
    assert set(seen) == {"ada"}


async def test_a_step_by_grpc_is_refused_or_failed_by_its_status(database: Database, query: Query) -> None:
    """Through a real server and client: key, account and trace arrive, a no turns the saga back, anything else is tried again."""
    seen, traces = list[tuple[str, str | None]](), set[int]()
    answers = [Unavailable("away"), None, NotYet("not this one")]

    class Servicer:
        async def Echo(self, request: Any, _: Any) -> Any:
            seen.append((request.request_id, principal.current()))
            traces.add(trace.get_current_span().get_span_context().trace_id)
            if error := answers.pop(0):
                raise error
            return echo.EchoResponse(text=f"room for {request.text}")

    async with served(echo.add_echo, Servicer()) as channel:
        stub = echo.EchoStub(channel)

        def step(name: str) -> Step[Journey]:
            code = called(World(), name)
            action = Call[Journey].to(
                lambda at: echo.EchoRequest(text=at.state.where),
                stub.Echo,
                lambda at, answer: Journey(at.state.where, [*at.state.answers, answer.text]),
            )
            return replace(code, action=action)

        owner = engine(database, World(), more={name: step(name) for name in ("hotel", "flight")})
        with principal.acting_as("ada"), telemetry.span("request", SpanKind.SERVER) as request:
            await begin(owner, "trip")
        await turn(owner)
        assert query("select step, error from sagas") == [("hotel", "UNAVAILABLE: away")]
        await live(database, lambda: owner)
    ((id_, state, failure, data),) = query("select id, state, failure, data from sagas")
    assert (state, failure) == ("compensated", "FAILED_PRECONDITION: not this one")
    assert data["answers"] == ["room for Oslo"]
    assert seen == [(f"{id_}:{name}", "ada") for name in ("hotel", "hotel", "flight")]
    assert traces == {request.get_span_context().trace_id}


async def test_a_callee_too_old_for_a_step_is_asked_again_and_told_of_plainly(
    database: Database, query: Query
) -> None:
    """While a rollout goes on: what was done before stays, and a person reads what is the matter."""

    class Servicer:
        async def Echo(self, request: Any, _: Any) -> Any:
            return echo.EchoResponse(text=request.text)

    async with served(echo.add_echo, Servicer()) as channel:
        method: list[Any] = [
            channel.unary_unary(f"/{echo.SERVICE}/New", echo.EchoRequest.SerializeToString, bytes)
        ]

        async def ask(at: Progress[Journey]) -> None:
            await method[0](echo.EchoRequest(text=at.key))

        code = replace(called(World(), "flight"), action=Call.by(ask))
        owner = engine(database, World(), more={"flight": code})
        await begin(owner, "trip")
        for _ in range(4):
            await turn(owner)
            await hurry(database)
        ((state, step, stuck, error),) = query("select state, step, stuck, error from sagas")
        assert (state, step, stuck) == ("running", "flight", True)
        assert error.startswith("UNIMPLEMENTED: ")
        assert error.endswith("; it runs a version that does not know this method")
        method[0] = echo.EchoStub(channel).Echo
        await turn(owner)
    assert query("select state, stuck from sagas") == [("done", False)]


@pytest.mark.parametrize("code", ["ALREADY_EXISTS", "OUT_OF_RANGE", "NOT_FOUND", "UNAUTHENTICATED"])
def test_a_status_that_says_no_is_a_no(code: str) -> None:
    """By itself, or as the problem that a client of ours makes of it."""
    nothing = grpc.aio.Metadata()
    assert refused(grpc.aio.AioRpcError(grpc.StatusCode[code], nothing, nothing, "no"))


async def test_an_answer_in_place_of_a_callees_is_none_to_a_step(database: Database) -> None:
    """Neither to a call, nor to what the owner asks within its own transaction."""
    seen = list[bool]()

    async def ask(_: Progress[Journey]) -> None:
        seen.append(degraded.is_forbidden())

    async def own(_: Progress[Journey], __: Connection) -> None:
        seen.append(degraded.is_forbidden())

    wiring = wired(call("hotel"), SagaStep("own", 5.0, 1, call="owner.Own"))
    world = World()
    hotel = replace(called(world, "hotel"), action=Call.by(ask))
    owner = engine(database, world, wiring, {"hotel": hotel, "own": local(own)})
    await begin(owner, "trip")
    await turn(owner)
    assert seen == [True, True]
    assert not degraded.is_forbidden()


def figures() -> tuple[float, ...]:
    """Attempts of the first step that were done, and sagas that were."""
    attempts = REGISTRY.get_sample_value(
        "saga_attempts_total", {"saga": NAME, "step": "hotel", "outcome": "done"}
    )
    return attempts or 0.0, REGISTRY.get_sample_value(
        "sagas_ended_total", {"saga": NAME, "state": "done"}
    ) or 0.0


async def test_what_is_counted_is_what_was_committed(
    database: Database, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that is run again counts once."""
    failures = [SerializationFailure("again") for _ in range(2)]
    save = store.save

    async def fails_after(connection: Connection, row: store.Row, at: Position, *rest: Any) -> None:
        await save(connection, row, at, *rest)
        if failures and (at.state.ended or "hotel" in at.done):
            raise failures.pop()

    monkeypatch.setattr(store, "save", fails_after)
    owner = engine(database, World(), wired(call("hotel")))
    await begin(owner, "trip")
    attempts, ended = figures()
    await turn(owner)
    assert query(STATE) == [("done",)]
    assert not failures
    assert figures() == (attempts + 1, ended + 1)


RECORDS = wired(
    SagaStep("ask", 5.0, 2, send="asked", awaits="told", undo="topic unasked"),
    call("pay", undo=False, pivot=True),
    SagaStep("tell", 5.0, 3, send="told", retry="until-done"),
)
WRITTEN = {"ask": AWAITED, "tell": Step(SENT.action)}


@dataclass(slots=True)
class Told:
    """Records of the topic that is waited for; the same value is the same record again."""

    owner: Engine
    records: dict[str, Received] = field(default_factory=dict[str, Received])
    handled: list[str] = field(default_factory=list[str])

    async def __call__(self, value: str) -> None:
        """Hand a record to the owner as its consumer does."""

        async def then(message: Any, _: Received) -> None:
            self.handled.append(message.value)

        record = self.records.setdefault(value, received(text(value), group="owner"))
        await self.owner.answering("told", then)(text(value), record)


async def test_a_record_is_sent_in_the_transaction_of_its_step(database: Database, query: Query) -> None:
    """And one that is waited for ends the step."""
    owner = engine(database, World(), RECORDS, WRITTEN)
    await begin(owner, "trip")
    assert await turn(owner)
    assert query("select topic, convert_from(key, 'UTF8') from outbox") == [("asked", "trip")]
    assert query("select state, step, waiting from sagas") == [("running", "ask", True)]
    assert not await turn(owner)
    told = Told(owner)
    await told("trip")
    assert told.handled == ["trip"]
    assert await turn(owner)
    assert query(STATE) == [("done",)]
    assert query("select topic from outbox order by seq") == [("asked",), ("told",)]


async def test_a_record_ends_a_step_once_and_nobodys_ends_none(database: Database, query: Query) -> None:
    """The second delivery, one of another key, and one that comes after the saga turned back."""
    owner = engine(database, World(scripts={"pay": ["no"]}), RECORDS, WRITTEN)
    told = Told(owner)
    await begin(owner, "trip")
    await turn(owner)
    await told("another trip")
    await told("")
    assert query("select waiting from sagas") == [(True,)]
    await told("trip")
    await told("trip")
    assert query("select step, data->'answers' from sagas") == [("pay", ["came"])]
    await turn(owner)
    assert query(STATE) == [("compensated",)]
    told.records.clear()
    await told("trip")
    assert query(STATE) == [("compensated",)]
    assert query("select topic from outbox order by seq") == [("asked",), ("unasked",)]


async def test_a_record_that_comes_again_does_not_end_a_later_step(database: Database, query: Query) -> None:
    """Where steps wait for the same topic."""
    wiring = wired(RECORDS.steps[0], replace(RECORDS.steps[0], name="ask-again"), *RECORDS.steps[1:])
    owner = engine(database, World(), wiring, {**WRITTEN, "ask-again": AWAITED})
    told = Told(owner)
    await begin(owner, "trip")
    for _ in range(2):
        await turn(owner)
        await told("trip")
    assert query("select step, waiting from sagas") == [("ask-again", True)]
    told.records.clear()
    await told("trip")
    assert query("select step from sagas") == [("pay",)]


async def test_what_is_not_answered_is_sent_again_under_the_same_id_and_then_undone(
    database: Database, query: Query
) -> None:
    """Whoever had it before knows it by its id."""
    owner = engine(database, World(), RECORDS, WRITTEN)
    await begin(owner, "trip")
    await live(database, lambda: owner)
    rows = query("select topic, headers->>'event-id' from outbox order by seq")
    assert [topic for topic, _ in rows] == ["asked", "asked", "unasked"]
    assert rows[0] == rows[1] != rows[2]
    assert query("select state, failure from sagas") == [("compensated", "no record ended ask in time")]


async def test_a_record_that_says_no_turns_the_saga_back(database: Database, query: Query) -> None:
    """An answer may be a refusal."""

    def no(at: Progress[Journey], _: Any) -> Journey:
        raise Refused(f"{at.key} is sold out")

    assert AWAITED.answer
    answered = replace(AWAITED, answer=replace(AWAITED.answer, done=no))
    owner = engine(database, World(), RECORDS, {**WRITTEN, "ask": answered})
    await begin(owner, "trip")
    await turn(owner)
    await Told(owner)("trip")
    assert query("select state, failure from sagas") == [("compensated", "trip is sold out")]


async def test_a_call_may_be_ended_by_a_record_that_is_quicker_than_its_answer(
    database: Database, query: Query
) -> None:
    """Its own answer comes too late then, and changes nothing."""
    wiring = wired(replace(call("hotel"), awaits="told"), call("pay", undo=False, pivot=True))
    entered, go = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        entered.set()
        await go.wait()

    world = World(hook=lambda name: hang() if name == "hotel" else None)
    owner = engine(database, world, wiring, {"hotel": replace(called(world, "hotel"), answer=AWAITED.answer)})
    await begin(owner, "trip")
    slow = asyncio.create_task(turn(owner))
    await entered.wait()
    await Told(owner)("trip")
    go.set()
    await slow
    assert await turn(owner)
    assert query("select state, data->'answers' from sagas") == [("done", ["came", "pay is done"])]


OWN = wired(
    SagaStep("open", 5.0, 1, undo="owner.Close"),
    SagaStep("write", 5.0, 2, call="owner.Write", undo="owner.Unwrite"),
    call("pay", undo=False, pivot=True),
)


async def test_what_the_owner_does_itself_is_in_the_transaction_of_the_step(
    database: Database, query: Query
) -> None:
    """Its rows and the saga's agree, there and back; what began the saga is undone with the rest."""
    query("create table lines (text text)")

    async def write(_: Progress[Journey], connection: Connection) -> None:
        await sql.execute(connection, "insert into lines values ('written')")

    async def unwrite(_: Progress[Journey], connection: Connection) -> None:
        await sql.execute(connection, "delete from lines")

    async def close(at: Progress[Journey], connection: Connection) -> None:
        await sql.execute(connection, "insert into lines values (%s)", (f"{at.step} undone",))

    world = World(scripts={"pay": ["down", "no"]})
    both = {
        "open": Step(undo=local(close).action),
        "write": Step(local(write).action, local(unwrite).action),
    }
    owner = engine(database, world, OWN, both)
    await begin(owner, "trip")
    await turn(owner)
    assert query("select * from lines") == [("written",)]
    await live(database, lambda: owner)
    assert query("select * from lines") == [("open undone",)]
    assert query(STATE) == [("compensated",)]


async def test_a_step_of_the_owner_that_fails_takes_back_what_it_wrote(
    database: Database, query: Query
) -> None:
    """And the failure is written down all the same."""
    query("create table lines (text text)")

    async def fails(_: Progress[Journey], connection: Connection) -> None:
        await sql.execute(connection, "insert into lines values ('half')")
        await sql.execute(connection, "select 1 / 0")

    async def nothing(_: Progress[Journey], connection: Connection) -> None:
        await sql.execute(connection, "select 1")

    both = {
        "open": Step(undo=local(nothing).action),
        "write": Step(local(fails).action, local(nothing).action),
    }
    owner = engine(database, World(), OWN, both)
    await begin(owner, "trip")
    await live(database, lambda: owner)
    assert query("select * from lines") == []
    ((state, failure),) = query("select state, failure from sagas")
    assert state == "compensated"
    assert "division by zero" in failure


async def test_what_a_person_wrote_wrong_is_a_failed_attempt(database: Database, query: Query) -> None:
    """Not the end of the process: the next version of the code goes on."""

    async def broken(_: Progress[Journey]) -> Journey:
        raise KeyError("where")

    world = World()
    repaired = called(world, "hotel")
    owner = engine(database, world, more={"hotel": replace(repaired, action=Call.by(broken))})
    await begin(owner, "trip")
    await turn(owner)
    assert query("select error from sagas") == [("KeyError('where')",)]
    await live(database, lambda: engine(database, world))
    assert query(STATE) == [("done",)]


@pytest.mark.parametrize("answer", [object(), float("nan"), "a\x00b"])
async def test_what_cannot_be_kept_is_a_failed_attempt(database: Database, query: Query, answer: Any) -> None:
    """The database would not take it, now or later."""

    async def keeps(at: Progress[Journey]) -> Journey:
        return Journey(at.state.where, [answer])

    async def writes(at: Progress[Journey], _: Connection) -> Journey:
        return Journey(at.state.where, [answer])

    wiring = wired(*BOOKING.steps[:3], replace(BOOKING.steps[3], name="write", call="owner.Write"))
    world = World()
    more = {"hotel": replace(called(world, "hotel"), action=Call.by(keeps)), "write": local(writes)}
    owner = engine(database, world, wiring, more)
    await begin(owner, "outside")
    await turn(owner)
    assert query("select attempt, error <> '' from sagas") == [(1, True)]
    query("update sagas set done = '{hotel,flight,pay}', step = 'write', attempt = 0, due_at = now()")
    await turn(owner)
    assert query("select step, attempt, error <> '' from sagas") == [("write", 1, True)]


async def test_an_error_is_kept_as_far_as_it_can_be(database: Database, query: Query) -> None:
    """Not longer than a person reads, and without what the database does not store."""

    async def fails(_: Progress[Journey]) -> Journey:
        raise Refused("a\x00" * 1000)

    world = World()
    owner = engine(database, world, more={"hotel": replace(called(world, "hotel"), action=Call.by(fails))})
    await begin(owner, "trip")
    await turn(owner)
    assert query("select state, failure from sagas") == [("compensated", "a" * 500)]


async def test_a_saga_under_way_has_the_default_of_a_new_field(database: Database, query: Query) -> None:
    """And one that was dropped is passed over."""
    owner = engine(database, World())
    await begin(owner, "trip")
    query("""update sagas set data = '{"where": "Oslo", "gone": 1}'""")
    await turn(owner)
    assert query(STATE) == [("done",)]


async def test_a_state_is_what_json_gives_back(database: Database) -> None:
    """Found out where the saga begins, not where it goes on."""
    owner = engine(database, World())
    with pytest.raises(TypeError, match="Journey holds"):
        await database.transact(
            lambda connection: owner.begin(connection, "trip", Journey("Oslo", ("a",)))  # type: ignore[arg-type]
        )
    with pytest.raises(WiringError, match="no saga has str"):
        await database.transact(lambda connection: owner.begin(connection, "trip", "Oslo"))


async def test_code_and_topology_that_disagree_do_not_start(database: Database) -> None:
    """Each step has its code, of the kind that the topology names."""
    world = World()
    code = coded(world, BOOKING)
    for wrong, says in [
        (Saga("other", Journey, code.steps), "no saga other"),
        (Saga(NAME, Journey, {}), "no code for its step hotel"),
        (Saga(NAME, Journey, {**code.steps, "hotel": SENT}), "step hotel .* disagree"),
        (
            Saga(NAME, Journey, {**code.steps, "hotel": Step(code.steps["hotel"].action)}),
            "undo of step hotel",
        ),
        (Saga(NAME, Journey, {**code.steps, "pay": called(world, "pay")}), "undo of step pay"),
        (Saga(NAME, Journey, {**code.steps, "ticket": AWAITED}), "ticket"),
    ]:
        owner = engine(database, world)
        with pytest.raises(WiringError, match=says):
            owner.add(wrong)


async def test_a_step_that_is_gone_and_has_to_be_undone_is_for_a_person(
    database: Database, query: Query
) -> None:
    """It is stuck, and goes on when a version that knows the step is back."""
    world = World(scripts={"pay": ["no"]})
    whole = engine(database, world)
    await begin(whole, "trip")
    await turn(whole)
    query("update sagas set state = 'compensating', step = 'hotel', done = '{hotel}', finished_at = null")
    world.undone.clear()
    await hurry(database)
    await turn(engine(database, world, SagaWiring(600.0, BOOKING.steps[1:])))
    assert query("select state, stuck, error from sagas") == [
        ("compensating", True, "the topology has no step hotel any more")
    ]
    await live(database, lambda: engine(database, world))
    assert query("select state, stuck from sagas") == [("compensated", False)]


def test_a_state_is_stored_field_by_field() -> None:
    """Lists stay lists."""
    assert store.load(Journey, store.dump(Journey("Oslo", ["a"]))) == Journey("Oslo", ["a"])
