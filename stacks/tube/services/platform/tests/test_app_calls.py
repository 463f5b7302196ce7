"""What an App joins around a call: its switch, its breakers, what is answered in its place (rows F1.4, F1.6, F1.7)."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc.aio
import pytest

from tube_platform import errors
from tube_platform.app import App
from tube_platform.resilience import degraded
from tube_platform.resilience.breaker import State
from tube_platform.rpc.client import GrpcClient
from tube_platform.rpc.guard import Guard
from tube_platform.rpc.server import GrpcServer
from tube_platform.testing import echo
from tube_platform.wiring import (
    BreakerWiring,
    CacheWiring,
    Call,
    DatabaseWiring,
    FallbackWiring,
    Grpc,
    SwitchesWiring,
    Wiring,
    WiringError,
)

REQUEST = echo.EchoRequest(text="hello")


class Callee:
    """A service that answers until it is ill."""

    ill = False
    calls = 0

    async def Echo(self, request: Any, context: Any) -> Any:
        """Answer, or not."""
        self.calls += 1
        if self.ill:
            raise errors.Unavailable("down")
        return echo.EchoResponse(text=request.text)


class Bench:
    """An app that can do without the callee."""

    def __init__(self, port: int, callee: Callee, folder: Path) -> None:
        self.callee, self.folder, self.now = callee, folder, 0.0
        self.call = Call(
            f"dns:///127.0.0.1:{port}", echo.SERVICE, 5.0, critical=False, reads=(echo.METHOD,),
            breaker=BreakerWiring(consecutive_failures=2), fallback=FallbackWiring("empty"),
        )  # fmt: skip
        switches = SwitchesWiring(("echo", "hints"), str(folder))
        self.wiring = Wiring("s", "a", calls={"echo": self.call}, switches=switches)
        self.app = App(self.wiring)
        self.stub = self.app.client("echo", echo.EchoStub)
        switches_of_app, self.features = self.app._switched()
        switches_of_app.clock = lambda: self.now

    def guard(self) -> Guard:
        """What stands before the callee."""
        (client,) = (part for part in self.app.lifecycle._parts if isinstance(part, GrpcClient))
        assert client.guard
        return client.guard

    async def ask(self) -> tuple[str, str]:
        """What is answered, and what is said about it."""
        with degraded.collecting() as notes:
            answer = await self.stub.Echo(REQUEST)
        return answer.text, degraded.text(notes)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncGenerator[Bench]:
    """All is well."""
    callee = Callee()
    server = GrpcServer(Grpc(0), host="127.0.0.1")
    server.register(echo.add_echo, callee)
    await server.start()
    found = Bench(server.bound_port, callee, tmp_path)
    yield found
    for part in found.app.lifecycle._parts:
        await part.close()
    await server.drain(0)


WHOLE, WITHOUT = ("hello", ""), ("", "echo;answer=empty")


async def test_what_is_switched_off_by_hand_is_not_asked(bench: Bench) -> None:
    """And asked again when it is switched on."""
    assert await bench.ask() == WHOLE
    (bench.folder / "echo").write_text("off")
    bench.now += 1
    assert [await bench.ask(), await bench.ask()] == [WITHOUT, WITHOUT]
    assert bench.callee.calls == 1
    (bench.folder / "echo").unlink()
    bench.now += 1
    assert await bench.ask() == WHOLE


async def test_a_callee_that_is_ill_takes_its_feature_away_by_itself(bench: Bench) -> None:
    """And no other."""
    bench.callee.ill = True
    assert {await bench.ask() for _ in range(5)} == {WITHOUT}
    assert bench.callee.calls == 2
    assert [bench.features.on(name) for name in ("echo", "hints")] == [False, True]


async def test_who_only_calls_while_the_feature_is_on_finds_the_callee_well_again(bench: Bench) -> None:
    """The breaker is asked by nobody meanwhile, and lets one try once its time is over: else the feature would stay off for ever."""
    for breaker in bench.guard().breakers.values():
        breaker.clock = lambda: bench.now
    bench.callee.ill = True
    await bench.ask()
    await bench.ask()
    asked = [bench.features.on("echo")]
    bench.callee.ill = False
    for _ in range(2 * int(BreakerWiring().open_for)):
        bench.now += 1
        if bench.features.on("echo"):
            asked.append(True)
            assert await bench.ask() == WHOLE
    assert asked == [False, *[True] * (len(asked) - 1)]
    assert len(asked) > BreakerWiring().close_after
    assert not bench.guard().ill()
    assert {breaker.state for breaker in bench.guard().breakers.values()} == {State.CLOSED}


async def test_a_queue_before_the_database_takes_all_away(bench: Bench, tmp_path: Path) -> None:
    """Whichever of database and client was asked for first."""
    password = tmp_path / "password"
    password.write_text("p")
    wiring = DatabaseWiring("d", "u", "127.0.0.1", "127.0.0.1", password_file=str(password))
    bench.app.wiring = replace(bench.wiring, database=wiring)
    database = bench.app.database()
    assert await bench.ask() == WHOLE
    assert bench.app._strains == [database.queued]
    bench.app._strains[:] = [lambda: 1.0]
    assert await bench.ask() == WITHOUT
    assert not bench.app.features().on("hints")


async def test_what_cannot_be_done_without_has_no_switch(bench: Bench) -> None:
    """A file of its name changes nothing."""
    call = replace(bench.call, critical=True, fallback=None)
    app = App(replace(bench.wiring, calls={"echo": call}))
    (bench.folder / "echo").write_text("off")
    assert (await app.client("echo", echo.EchoStub).Echo(REQUEST)).text == "hello"
    bench.callee.ill = True
    with pytest.raises(grpc.aio.AioRpcError):
        await app.client("echo", echo.EchoStub).Echo(REQUEST)


async def test_answers_are_kept_in_the_cache_that_the_topology_names(bench: Bench) -> None:
    """One client for all calls that use it; a cache that the wiring lacks is found at the start."""
    cached = replace(bench.call, fallback=FallbackWiring("cache", "fast", 0.0, 60.0))
    wiring = replace(bench.wiring, calls={"echo": cached})
    app = App(replace(wiring, caches={"fast": CacheWiring("127.0.0.1", 1)}))
    app.client("echo", echo.EchoStub)
    assert app.memory("fast") is app.memory("fast")
    assert app.memory("fast") in app.lifecycle._parts
    with pytest.raises(WiringError, match="cache fast"):
        App(wiring).client("echo", echo.EchoStub)
