"""Idempotency keys on a real server (row F1.3)."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tube_platform import idempotency, postgres, principal
from tube_platform.errors import InFlight, Invalid, KeyReused, NotFound, NotYet
from tube_platform.idempotency import Idempotency, fingerprint
from tube_platform.postgres import Connection, Database
from tube_platform.sagas import keys
from tube_platform.testing import echo
from tube_platform.testing.fakes import MemoryAnswers

type Query = Callable[[str], list[tuple[object, ...]]]
ANSWER = echo.EchoResponse


def request(key: str = "k", text: str = "film") -> Any:
    """A request with a key."""
    return echo.EchoRequest(request_id=key, text=text)


class Effect:
    """Counts, and answers with its number."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.runs, self.seconds = 0, seconds

    async def __call__(self, connection: Connection) -> Any:
        self.runs += 1
        await asyncio.sleep(self.seconds)
        await postgres.execute(connection, "insert into effects values (1)")
        return ANSWER(text=str(self.runs))


@pytest.fixture(autouse=True)
def table(query: Query) -> None:
    """Where effects are counted."""
    query("create table effects (n integer)")


async def test_repetition_gets_the_same_answer_and_no_second_effect(database: Database, query: Query) -> None:
    """Also after the process was replaced."""
    effect = Effect()
    first = await Idempotency(database).once("Create", request(), ANSWER, effect)
    again = await Idempotency(database).once("Create", request(), ANSWER, effect)
    assert first == again
    assert effect.runs == 1
    assert query("select count(*) from effects") == [(1,)]


async def test_key_belongs_to_a_principal_and_a_route(database: Database) -> None:
    """Nobody gets another's answer by guessing a key."""
    effect, answers = Effect(), Idempotency(database)
    with principal.acting_as("a"):
        await answers.once("Create", request(), ANSWER, effect)
    with principal.acting_as("b"):
        await answers.once("Create", request(), ANSWER, effect)
        await answers.once("Other", request(), ANSWER, effect)
    assert effect.runs == 3


async def test_key_with_another_request_is_refused(database: Database) -> None:
    """HTTP 422: the client made a mistake, and an old answer would hide it."""
    answers = Idempotency(database)
    await answers.once("Create", request(text="one"), ANSWER, Effect())
    with pytest.raises(KeyReused):
        await answers.once("Create", request(text="two"), ANSWER, Effect())


@pytest.mark.parametrize(
    ("key", "reason"), [("", "idempotency_key_missing"), ("k" * 256, "idempotency_key_too_long")]
)
async def test_key_is_needed_and_short(database: Database, key: str, reason: str) -> None:
    """HTTP 400."""
    with pytest.raises(Invalid) as caught:
        await Idempotency(database).once("Create", request(key), ANSWER, Effect())
    assert caught.value.reason == reason


async def test_request_in_flight_is_refused_after_a_moment(database: Database, query: Query) -> None:
    """HTTP 409: while the first runs for long, the second is told so; afterwards it gets the answer."""
    answers, effect = Idempotency(database), Effect(1.0)
    first = asyncio.create_task(answers.once("Create", request(), ANSWER, effect))
    await asyncio.sleep(0.1)
    with pytest.raises(InFlight):
        await answers.once("Create", request(), ANSWER, effect)
    assert await first == await answers.once("Create", request(), ANSWER, effect)
    assert query("select count(*) from effects") == [(1,)]


async def test_retry_waits_for_a_first_run_that_is_about_to_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that lost its connection and comes again at once gets the answer, not a 409."""
    monkeypatch.setattr(idempotency, "LOCK_WAIT", "30s")  # a busy machine may take its time to end the first
    answers, effect = Idempotency(database), Effect(0.1)
    found = await asyncio.gather(*(answers.once("Create", request(), ANSWER, effect) for _ in range(2)))
    assert found[0] == found[1]
    assert effect.runs == 1


async def test_failed_request_may_be_sent_again(database: Database) -> None:
    """No answer is stored for what had no effect."""

    async def fails(_: Connection) -> Any:
        raise NotFound("not there")

    answers, effect = Idempotency(database), Effect()
    with pytest.raises(NotFound):
        await answers.once("Create", request(), ANSWER, fails)
    await answers.once("Create", request(), ANSWER, effect)
    assert effect.runs == 1


async def unwrite(connection: Connection) -> None:
    """Take back what Effect writes."""
    await postgres.execute(connection, "insert into effects values (-1)")


async def test_what_was_done_is_undone_once(database: Database, query: Query) -> None:
    """However often the undo is asked for; a repetition of the request is refused then, not answered as if it stood (row F3.7)."""
    answers = Idempotency(database)
    await answers.once("Create", request(), ANSWER, Effect())
    assert await answers.undo("Create", "k", unwrite)
    assert not await answers.undo("Create", "k", unwrite)
    assert query("select sum(n), count(*) from effects") == [(0, 2)]
    with pytest.raises(NotYet, match="undone"):
        await answers.once("Create", request(), ANSWER, Effect())


async def test_a_request_that_comes_after_its_undo_has_no_effect(database: Database, query: Query) -> None:
    """It was slow on its way, and whoever sent it has turned back (row F3.7)."""
    answers = Idempotency(database)
    assert not await answers.undo("Create", "k", unwrite)
    with pytest.raises(NotYet) as caught:
        await answers.once("Create", request(), ANSWER, Effect())
    assert caught.value.reason == "undone"
    assert query("select count(*) from effects") == [(0,)]


async def test_an_undo_that_fails_undoes_nothing(database: Database) -> None:
    """It is asked for again."""
    answers = Idempotency(database)
    await answers.once("Create", request(), ANSWER, Effect())

    async def fails(_: Connection) -> None:
        raise NotFound("not there")

    with pytest.raises(NotFound):
        await answers.undo("Create", "k", fails)
    assert await answers.undo("Create", "k", unwrite)


async def test_the_stand_in_undoes_alike() -> None:
    """What handlers are tested with."""
    answers, effect = MemoryAnswers(), Undone()
    assert not await answers.undo("Create", "early", effect)
    with pytest.raises(NotYet):
        await answers.once("Create", request("early"), ANSWER, effect.answer)
    await answers.once("Create", request(), ANSWER, effect.answer)
    assert [await answers.undo("Create", "k", effect) for _ in range(2)] == [True, False]
    assert effect.runs == 1


class Undone:
    """Counts undos."""

    runs = 0

    async def __call__(self, _: Connection) -> None:
        self.runs += 1

    async def answer(self, _: Connection) -> Any:
        """What is undone."""
        return ANSWER()


async def aged(database: Database, query: Query, key: str, age: str) -> None:
    """A key whose request was answered so long ago."""
    await Idempotency(database).once("Create", request(key), ANSWER, Effect())
    query(f"update idempotency set created_at = now() - interval '{age}' where key = '{key}'")


async def test_a_key_is_forgotten_after_three_days(database: Database, query: Query) -> None:
    """Nobody sends a request again after that."""
    for key, age in {"old": "3 days 1 minute", "late": "3 days 23 hours", "young": "2 days 23 hours"}.items():
        await aged(database, query, key, age)
    await Idempotency(database).clean()
    assert query("select key from idempotency") == [("young",)]


@pytest.mark.parametrize("age", ["3 days 1 minute", "89 days"])
async def test_what_a_saga_did_can_be_undone_for_as_long_as_sagas_are_kept(
    database: Database, query: Query, age: str
) -> None:
    """A saga may be stuck for weeks: an undo that found nothing would look as if it were done (row F3.7)."""
    step, other = (keys.of_step(uuid.uuid4(), "hold a seat") for _ in range(2))
    await aged(database, query, step, age)
    await aged(database, query, other, "90 days 1 minute")
    await Idempotency(database).clean()
    assert await Idempotency(database).undo("Create", step, unwrite)
    assert not await Idempotency(database).undo("Create", other, unwrite)


async def test_the_undos_of_a_saga_are_remembered_as_long_as_its_steps(
    database: Database, query: Query
) -> None:
    """A step that was slow on its way is still refused after its undo; and so is one whose undo came first."""
    saga = uuid.uuid4()
    await aged(database, query, keys.of_undo(saga, "seat"), "80 days")
    assert not await Idempotency(database).undo("Create", keys.of_step(saga, "early"), unwrite)
    query("update idempotency set created_at = now() - interval '80 days'")
    await Idempotency(database).clean()
    assert query("select count(*) from idempotency") == [(2,)]


async def test_cleaning_looks_at_a_day_of_what_sagas_keep_and_no_more(database: Database) -> None:
    """By the index, and bounded at both ends: what is kept for ninety days is not read every hour."""

    async def plan(connection: Connection) -> str:
        await postgres.execute(connection, "set local enable_seqscan = off")
        rows = await connection.execute(f"explain {idempotency.OLD}", {"age": idempotency.KEEP, "most": 5000})
        return "\n".join(row[0] for row in await rows.fetchall())

    (condition,) = (
        line for line in (await database.read(plan)).splitlines() if "Index Cond: ((created" in line
    )
    assert "created_at < " in condition
    assert "created_at >= " in condition


def test_fingerprint_is_of_the_request_without_its_key() -> None:
    """The key is not part of what is compared."""
    assert fingerprint(request("a")) == fingerprint(request("b"))
    assert fingerprint(request(text="x")) != fingerprint(request(text="y"))
