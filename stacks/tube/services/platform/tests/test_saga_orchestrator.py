"""The part of a process that goes on with sagas (rows F3.4, F3.7)."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from prometheus_client import REGISTRY

from tube_platform.app import App
from tube_platform.lifecycle import Lifecycle
from tube_platform.postgres import Connection, Database
from tube_platform.sagas import __main__ as told
from tube_platform.sagas import orchestrator, store
from tube_platform.sagas.engine import Engine
from tube_platform.sagas.orchestrator import Orchestrator
from tube_platform.sagas.steps import Begins
from tube_platform.testing.fakes import MemorySagas
from tube_platform.testing.journey import (
    NAME,
    Journey,
    World,
    begin,
    engine,
    hurry,
    turn,
)
from tube_platform.wiring import Wiring

type Query = Callable[[str], list[tuple[Any, ...]]]


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.003)


@asynccontextmanager
async def running(owner: Engine) -> AsyncGenerator[Orchestrator]:
    """A process, ended as the lifecycle ends it."""
    part = Orchestrator(owner, Lifecycle(1.0))
    await part.start()
    try:
        yield part
    finally:
        await part.quiesce()
        await part.drain(1.0)
        await part.close()


def gauge(name: str, **labels: str) -> float | None:
    """What is scraped."""
    return REGISTRY.get_sample_value(name, {"saga": NAME, **labels})


async def test_a_commit_that_begins_a_saga_wakes_the_orchestrator(
    database: Database, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for no poll."""
    monkeypatch.setattr(orchestrator, "POLL", 3600.0)
    owner = engine(database, World())
    async with running(owner):
        for number in range(1, 4):  # when one has ended, nothing was left to take
            await begin(owner, str(number))
            await until(lambda: query("select count(*) from sagas where state = 'done'") == [(number,)])  # noqa: B023


async def test_a_saga_is_news_to_its_own_commit_and_to_no_other(database: Database) -> None:
    """One that comes meanwhile would wake the orchestrator before anything is due, and afterwards nobody would."""
    owner, heard = engine(database, World()), list[bool]()
    database.on_commit(lambda: heard.append(owner.news))

    async def nothing(_: Connection) -> None:
        """Commits all the same."""

    async def work(connection: Connection) -> None:
        await owner.begin(connection, "trip", Journey("Oslo"))
        await database.transact(nothing)

    await database.transact(work)
    assert heard == [False, True]


async def test_pauses_and_what_others_left_are_found_by_looking(
    database: Database, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody tells of them."""
    monkeypatch.setattr(orchestrator, "POLL", 0.01)
    async with running(engine(database, World())):
        await begin(engine(database, World()), "of another process")
        await until(lambda: query("select state from sagas") == [("done",)])


async def test_a_database_that_is_away_ends_nothing(
    database: Database, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sagas wait for it."""
    monkeypatch.setattr(orchestrator, "POLL", 0.01)
    monkeypatch.setattr(orchestrator, "FAILURE_PAUSE", 0.01)
    query("alter table sagas rename to away")
    owner = engine(database, World())
    async with running(owner) as part:
        failed = asyncio.Event()
        monkeypatch.setattr(orchestrator.log, "warning", lambda *_, **__: failed.set())
        await failed.wait()
        query("alter table away rename to sagas")
        await begin(owner, "trip")
        await until(lambda: query("select state from sagas") == [("done",)])
        assert part.lifecycle.failure is None


async def test_ending_waits_for_what_is_in_hand_and_takes_nothing_more(
    database: Database, query: Query
) -> None:
    """As far as there is time; the rest is due again when its time is over."""
    entered, go = asyncio.Event(), asyncio.Event()
    world = World()

    async def hang() -> None:
        entered.set()
        await go.wait()

    world.hook = lambda name: hang() if name == "hotel" else None
    owner = engine(database, world)
    part = Orchestrator(owner, Lifecycle(1.0))
    await part.start()
    await begin(owner, "in hand")
    await entered.wait()
    await part.quiesce()
    await begin(owner, "later")
    ending = asyncio.create_task(part.drain(10.0))
    go.set()
    await ending
    await part.close()
    assert query("select key, state from sagas order by key") == [("in hand", "done"), ("later", "running")]


async def test_what_does_not_end_in_time_is_left_to_another_process(database: Database, query: Query) -> None:
    """A call that hangs keeps no process from ending."""
    entered = asyncio.Event()
    world = World()

    async def hang() -> None:
        if not entered.is_set():
            entered.set()
            await asyncio.Event().wait()

    world.hook = lambda _: hang()
    owner = engine(database, world)
    part = Orchestrator(owner, Lifecycle(1.0))
    await part.start()
    await begin(owner, "trip")
    await entered.wait()
    await part.quiesce()
    await part.drain(0.0)
    assert not await turn(engine(database, world))
    await part.close()
    assert await turn(engine(database, world))
    assert query("select state from sagas") == [("done",)]
    assert set(world.effects.values()) == {1}


async def test_what_came_of_a_call_is_written_down_before_the_process_ends(
    database: Database, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the step after it is not begun: another process takes that at once."""
    entered, go = asyncio.Event(), asyncio.Event()
    world = World()
    owner = engine(database, world)
    unchanged = store.unchanged

    async def slow(*each: Any) -> Any:
        entered.set()
        await go.wait()
        return await unchanged(*each)

    monkeypatch.setattr(store, "unchanged", slow)
    part = Orchestrator(owner, Lifecycle(1.0))
    await part.start()
    await begin(owner, "trip")
    await entered.wait()
    await part.quiesce()
    ending = asyncio.create_task(part.close())
    await asyncio.sleep(0)
    go.set()
    await ending
    assert world.order == ["hotel"]
    assert query("select step, attempt from sagas") == [("flight", 1)]
    assert await turn(engine(database, world))
    assert query("select state from sagas") == [("done",)]
    assert len(world.calls) == 4


async def test_what_is_taken_while_the_process_ends_is_given_back(
    database: Database, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would else wait for its time to be over, with nobody who makes it."""
    taken, go = asyncio.Event(), asyncio.Event()
    world = World()
    owner = engine(database, world)
    due = store.due

    async def slow(*each: Any) -> Any:
        found = await due(*each)
        if found:
            taken.set()
            await go.wait()
        return found

    monkeypatch.setattr(store, "due", slow)
    part = Orchestrator(owner, Lifecycle(1.0))
    await begin(owner, "trip")
    await part.start()
    await taken.wait()
    quiescing = asyncio.create_task(part.quiesce())
    await asyncio.sleep(0)
    go.set()
    await quiescing
    await part.close()
    assert world.calls == []
    assert query("select step, attempt from sagas") == [("hotel", 1)]
    assert await turn(engine(database, world))
    assert query("select state from sagas") == [("done",)]


async def test_unfinished_and_stuck_sagas_are_seen_from_outside(database: Database, query: Query) -> None:
    """By the way they go, how old the oldest is, and how many ended how."""
    ended = gauge("sagas_ended_total", state="done") or 0.0
    world = World(scripts={"hotel": ["ok", "down"], "ticket": ["ok", "no"]})
    owner = engine(database, world)
    part = Orchestrator(owner, Lifecycle(1.0))
    for key in ("whole", "running", "stuck"):
        await begin(owner, key)
        await turn(owner)
    query("update sagas set created_at = now() - interval '1 hour' where key = 'stuck'")
    await part.observe()
    assert gauge("sagas", state="running") == 1
    assert gauge("sagas", state="stuck") == 1
    assert gauge("sagas", state="compensating") == 0
    assert 3600 <= (gauge("saga_oldest_seconds") or 0) < 3700
    assert gauge("sagas_ended_total", state="done") == ended + 1
    await hurry(database)
    while await turn(owner):
        await hurry(database)
    await part.observe()
    assert gauge("sagas", state="stuck") == 0
    assert gauge("saga_oldest_seconds") == 0


async def test_what_the_topology_dropped_while_it_was_under_way_is_still_counted(
    database: Database, query: Query
) -> None:
    """Nobody goes on with it, and somebody should know."""
    owner = engine(database, World())
    await begin(owner, "trip")
    query("update sagas set name = 'dropped', created_at = now() - interval '1 hour'")
    part = Orchestrator(owner, Lifecycle(1.0))
    assert not await turn(owner)
    await part.observe()
    assert REGISTRY.get_sample_value("sagas", {"saga": "dropped", "state": "running"}) == 1
    assert (REGISTRY.get_sample_value("saga_oldest_seconds", {"saga": "dropped"}) or 0) >= 3600
    query("delete from sagas")
    await part.observe()
    assert REGISTRY.get_sample_value("sagas", {"saga": "dropped", "state": "running"}) == 0


async def test_what_ended_long_ago_is_forgotten(database: Database, query: Query) -> None:
    """What goes on is not, however old."""
    owner = engine(database, World(scripts={"hotel": ["ok", "down"]}))
    for key in ("ended", "under way"):
        await begin(owner, key)
        await turn(owner)
    await Orchestrator(owner, Lifecycle(1.0)).clean(keep=-1.0)
    assert query("select key from sagas") == [("under way",)]


async def test_an_app_has_one_engine(database: Database) -> None:
    """Handlers and steps share it; it runs with the other parts."""
    app = App(Wiring("test", "owner", database=database.wiring))
    assert app.sagas() is app.sagas()


async def test_handlers_are_tested_with_sagas_that_only_begin() -> None:
    """Once for a key."""
    sagas = MemorySagas()
    begins: Begins = sagas
    nowhere: Any = None
    assert await begins.begin(nowhere, "trip", Journey("Oslo"))
    assert not await begins.begin(nowhere, "trip", Journey("Rome"))
    assert sagas.begun == {(Journey, "trip"): Journey("Oslo")}


async def test_a_pod_tells_of_its_sagas(
    database: Database, query: Query, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those that have not ended, with what a person wants to know; and it can be told not to wait any longer."""
    world = World(scripts={"hotel": ["ok", "down"], "ticket": ["ok", "no"]})
    owner = engine(database, world)
    for key in ("whole", "running", "stuck"):
        await begin(owner, key)
        await turn(owner)
    told.main([], database.wiring)
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    first, second = found["sagas"]
    assert found["more"] == 0
    assert (first["key"], first["state"], first["step"], first["stuck"]) == (
        "stuck",
        "running",
        "ticket",
        True,
    )
    assert (second["key"], second["step"], second["error"]) == (
        "running",
        "hotel",
        "UNAVAILABLE: nobody answers",
    )
    assert second["due"] > 0
    assert not await turn(owner)
    told.main(["--retry", NAME, "running"], database.wiring)
    told.main(["--retry", NAME, "whole"], database.wiring)
    assert capsys.readouterr().out.splitlines()[-2:] == ["1", "0"]
    assert await turn(owner)
    assert query("select state from sagas where key = 'running'") == [("done",)]


async def test_a_pod_that_tells_only_some_of_its_sagas_says_how_many_more_there_are(
    database: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody takes the first thousand for all."""
    owner = engine(database, World())
    for key in range(5):
        await begin(owner, str(key))
    for most, more in ((2, 3), (5, 0), (6, 0)):
        monkeypatch.setattr(told, "MOST", most)
        told.main([], database.wiring)
        found = json.loads(capsys.readouterr().out)
        assert (len(found["sagas"]), found["more"]) == (min(most, 5), more)
