"""Around every call: breakers for reads and writes, switches, answers in place of the callee's (rows F1.4, F1.6, F1.7)."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import grpc
import grpc.aio
import pytest

from tube_platform import deadlines, errors, metrics
from tube_platform.errors import Problem
from tube_platform.resilience import degraded
from tube_platform.resilience.breaker import State, Verdict
from tube_platform.resilience.fallback import Empty, kinds
from tube_platform.rpc import codes, guard
from tube_platform.rpc.client import GrpcClient
from tube_platform.rpc.guard import READ, WRITE, Guard
from tube_platform.rpc.server import GrpcServer
from tube_platform.testing import echo
from tube_platform.wiring import BreakerWiring, Call, Grpc

BREAKER = BreakerWiring(consecutive_failures=3, close_after=2, open_for=5.0)
REQUEST = echo.EchoRequest(text="hello")


class Callee:
    """A service that fails as a test wants, and counts."""

    def __init__(self) -> None:
        self.calls = 0
        self.problem: Problem | None = None
        self.note = ""
        self.waits: asyncio.Event | None = None
        self.entered = asyncio.Event()

    async def Echo(self, request: Any, context: Any) -> Any:
        """Answer, or not."""
        self.calls += 1
        self.entered.set()
        if self.waits:
            await self.waits.wait()
        if self.problem:
            raise self.problem
        if self.note:
            degraded.without(self.note)
        return echo.EchoResponse(text=request.text)


class Bench:
    """A callee behind a guarded channel, and the guard's clock."""

    def __init__(self, port: int, callee: Callee) -> None:
        self.callee, self.now, self.why = callee, 100.0, ""
        self.port = port
        self.guard = self.made(READ)

    def made(self, kind: str, *, fallback: bool = False) -> Guard:
        """A guard for the method as a read or as a write."""
        reads = (echo.METHOD,) if kind == READ else ()
        target = f"dns:///127.0.0.1:{self.port}"
        call = Call(target, echo.SERVICE, 5.0, reads=reads, breaker=BREAKER)
        answer = Empty("echo", kinds(Call(target, echo.SERVICE, 5.0, reads=(echo.METHOD,))))
        self.guard = Guard("echo", call, answer if fallback else None, lambda: self.why)
        for breaker in self.guard.breakers.values():
            breaker.clock, breaker.chance = lambda: self.now, lambda: 0.0
        self.client = GrpcClient(call, "echo", self.guard)
        return self.guard

    async def call(self) -> str:
        """The text of an answer, or the code and the reason of a failure."""
        try:
            answer: Any = await echo.EchoStub(self.client.channel).Echo(REQUEST)
        except grpc.aio.AioRpcError as error:
            problem = codes.problem(error)
            return f"{error.code().name} {problem.reason}"
        return answer.text

    async def calls(self, count: int) -> set[str]:
        """Several, one after the other."""
        return {await self.call() for _ in range(count)}


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    """A callee that answers."""
    callee = Callee()
    server = GrpcServer(Grpc(0), host="127.0.0.1")
    server.register(echo.add_echo, callee)
    await server.start()
    found = Bench(server.bound_port, callee)
    yield found
    await found.client.close()
    await server.drain(0)


def counted(metric: Any, *labels: str) -> float:
    """A counter's or gauge's value."""
    return metric.labels(*labels)._value.get()


async def test_a_callee_that_fails_is_left_alone_and_comes_back(bench: Bench) -> None:
    """Calls are refused without being made, then tried one by one, then made as before; all of it can be watched."""
    opened = counted(metrics.breaker_transitions, "echo", READ, "open")
    refused = counted(metrics.calls_refused, "echo", READ, "breaker_open")
    bench.callee.problem = errors.Unavailable("down")
    assert await bench.calls(3) == {"UNAVAILABLE unavailable"}
    assert await bench.calls(20) == {"UNAVAILABLE breaker_open"}
    assert bench.callee.calls == 3
    assert counted(metrics.breaker_transitions, "echo", READ, "open") == opened + 1
    assert counted(metrics.calls_refused, "echo", READ, "breaker_open") == refused + 20
    assert counted(metrics.breaker_state, "echo", READ) == 2
    assert bench.guard.ill()
    bench.callee.problem = None
    bench.now += BREAKER.open_for
    assert [await bench.call() for _ in range(2)] == ["hello", "UNAVAILABLE breaker_open"]
    assert counted(metrics.breaker_state, "echo", READ) == 1
    bench.now += 1
    assert await bench.calls(9) == {"hello"}
    assert counted(metrics.breaker_state, "echo", READ) == 0
    assert not bench.guard.ill()


async def test_a_breaker_that_nobody_asks_for_a_call_says_when_it_may_be_tried(bench: Bench) -> None:
    """And again no more while somebody tries: what is off because of it has one asker at a time."""
    bench.callee.problem = errors.Unavailable("down")
    await bench.calls(3)
    bench.now += BREAKER.open_for - 1
    assert bench.guard.ill()
    bench.now += 1
    assert not bench.guard.ill()
    assert counted(metrics.breaker_state, "echo", READ) == 1
    bench.callee.waits = asyncio.Event()
    bench.callee.entered.clear()
    trying = asyncio.create_task(bench.call())
    await bench.callee.entered.wait()
    assert bench.guard.ill()
    bench.callee.waits.set()
    await trying
    assert bench.guard.breakers[READ].state is State.OPEN


async def test_a_callee_that_cannot_write_may_still_read(bench: Bench) -> None:
    """Each class of methods has its own breaker."""
    bench.made(WRITE)
    bench.callee.problem = errors.Unavailable("no primary")
    await bench.calls(3)
    assert bench.guard.breakers[WRITE].state is State.OPEN
    assert bench.guard.breakers[READ].state is State.CLOSED


@pytest.mark.parametrize(
    "problem",
    [
        errors.Invalid("x"),
        errors.NotFound("x"),
        errors.Forbidden("x"),
        errors.InFlight("x"),
        errors.NotYet("x"),
        errors.Exhausted("too many logins", "logins_exhausted"),
        errors.Unavailable("what it would ask is switched off", guard.SWITCHED_OFF),
        errors.Beyond("a system that is not ours is away"),
    ],
)
async def test_an_answer_is_an_answer_also_where_it_is_no(bench: Bench, problem: Problem) -> None:
    """A client that asks nonsense takes the callee from nobody."""
    bench.callee.problem = problem
    await bench.calls(10)
    assert bench.callee.calls == 10


@pytest.mark.parametrize(
    "problem",
    [
        errors.Unavailable("x"),
        errors.DeadlineExceeded("x"),
        errors.Exhausted("x"),
        Problem("a bug"),
    ],
)
async def test_what_speaks_of_its_health_opens_it(bench: Bench, problem: Problem) -> None:
    """Down, slow, full, broken."""
    bench.callee.problem = problem
    await bench.calls(10)
    assert bench.callee.calls == 3


def test_a_deadline_that_was_short_to_begin_with_says_nothing_of_the_callee() -> None:
    """Who has used up its own time on the way must not switch off what is behind."""
    late = grpc.aio.AioRpcError(grpc.StatusCode.DEADLINE_EXCEEDED, grpc.aio.Metadata(), grpc.aio.Metadata())
    with deadlines.within(0.4):
        assert not deadlines.ample(1.0)
        assert deadlines.ample(0.5)
    assert deadlines.ample(1.0)
    assert not deadlines.ample(1.0, 0.1)
    assert guard.judged(late, ample=False) is Verdict.NOTHING
    assert guard.judged(late, ample=True) is Verdict.FAILED


async def test_who_gives_up_says_nothing_of_the_callee_and_leaves_no_permit_behind(bench: Bench) -> None:
    """Clients that go away open no breaker, and one that was the probe does not keep the next from being one."""
    bench.callee.problem = errors.Unavailable("down")
    await bench.calls(2)
    bench.callee.waits = asyncio.Event()
    for _ in range(5):
        await given_up(bench)
    assert bench.guard.breakers[READ].state is State.CLOSED
    bench.callee.waits.set()
    await bench.calls(1)
    assert bench.guard.breakers[READ].state is State.OPEN
    bench.now += BREAKER.open_for
    bench.callee.waits.clear()
    await given_up(bench)
    bench.callee.waits, bench.callee.problem = None, None
    bench.now += 1
    assert await bench.call() == "hello"


async def given_up(bench: Bench) -> None:
    """A call whose caller goes away once the callee has it."""
    bench.callee.entered.clear()
    task = asyncio.ensure_future(bench.call())
    await bench.callee.entered.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_call_that_was_given_up_is_not_counted_as_a_good_one(bench: Bench) -> None:
    """Its end is unknown."""
    method = f"/{echo.SERVICE}/{echo.METHOD}"
    counts = {code: counted(metrics.rpc_called, "echo", method, code) for code in ("OK", "CANCELLED")}
    bench.callee.waits = asyncio.Event()
    await given_up(bench)
    assert counted(metrics.rpc_called, "echo", method, "OK") == counts["OK"]
    assert counted(metrics.rpc_called, "echo", method, "CANCELLED") == counts["CANCELLED"] + 1


async def test_a_read_is_answered_without_the_callee_and_says_so(bench: Bench) -> None:
    """By a failure, and as quickly by an open breaker."""
    bench.made(READ, fallback=True)
    bench.callee.problem = errors.Unavailable("down")
    for _ in range(5):
        with degraded.collecting() as notes:
            assert await bench.call() == ""
        assert degraded.text(notes) == "echo;answer=empty"
    assert bench.callee.calls == 3
    bench.callee.problem = errors.NotFound("no such thing")
    bench.now += BREAKER.open_for
    assert await bench.call() == "NOT_FOUND not_found", "what the callee says is not replaced"


async def test_where_an_answer_in_its_place_is_none_the_callee_is_asked_and_its_error_told(
    bench: Bench,
) -> None:
    """A step of a saga goes on from what was said, not from what a fallback made up."""
    bench.made(READ, fallback=True)
    bench.callee.problem = errors.Unavailable("down")
    with degraded.forbidden():
        assert await bench.call() == "UNAVAILABLE unavailable"
    assert await bench.call() == ""


class Keeping(Empty):
    """What was kept."""

    kept = 0

    def after(self, method: str, request: Any, answer: Any) -> None:
        """Count."""
        self.kept += 1


async def test_an_answer_with_a_part_missing_is_not_kept(bench: Bench) -> None:
    """From the cache it would come as if it were whole."""
    call = bench.made(READ).wiring
    bench.guard.fallback = kept = Keeping("echo", kinds(call))
    bench.callee.note = "deeper"
    with degraded.collecting() as notes:
        await bench.call()
    assert (degraded.text(notes), kept.kept) == ("deeper;answer=empty", 0)
    bench.callee.note = ""
    with degraded.collecting() as notes:
        degraded.without("another part of the request")
        await bench.call()
    assert kept.kept == 1


async def test_a_write_is_never_answered_in_its_place(bench: Bench) -> None:
    """It would say that it was done."""
    bench.made(WRITE, fallback=True)
    bench.callee.problem = errors.Unavailable("down")
    with degraded.collecting() as notes:
        assert await bench.calls(4) == {"UNAVAILABLE unavailable", "UNAVAILABLE breaker_open"}
    assert not notes


async def test_a_callee_that_is_switched_off_is_not_asked(bench: Bench) -> None:
    """A read is answered without it, a write is refused, and its breaker hears nothing of it."""
    bench.why = "by hand"
    bench.made(READ, fallback=True)
    assert await bench.calls(5) == {""}
    bench.made(WRITE)
    assert await bench.calls(5) == {"UNAVAILABLE switched_off"}
    assert bench.callee.calls == 0
    bench.why = ""
    assert await bench.call() == "hello"


async def test_without_a_breaker_in_the_wiring_there_is_none(bench: Bench) -> None:
    """As for one that was written before there were any."""
    bench.client = GrpcClient(Call(f"dns:///127.0.0.1:{bench.port}", echo.SERVICE, 5.0), "echo")
    bench.callee.problem = errors.Unavailable("down")
    await bench.calls(10)
    assert bench.callee.calls == 10


async def test_what_a_callee_answered_without_is_told_on(bench: Bench) -> None:
    """From the service where it is missing to the client, over those between."""
    bench.callee.note = "deeper"
    with degraded.collecting() as notes:
        await bench.call()
    assert degraded.text(notes) == "deeper;answer=empty"


def test_notes_of_several_parts_are_one_value_and_come_apart_again() -> None:
    """The last word about a part counts."""
    with degraded.collecting() as notes:
        degraded.without("statistics")
        degraded.stale("catalog", 42.9)
        degraded.stale("catalog", 43.2)
    value = degraded.text(notes)
    assert value == "statistics;answer=empty, catalog;answer=cached;age=43"
    with degraded.collecting() as restored:
        degraded.restore([value, value.encode()])
    assert restored == notes


def test_notes_of_one_request_are_not_anothers() -> None:
    """And outside of any there are none."""
    degraded.without("nobody")
    with degraded.collecting() as outer:
        with degraded.collecting() as inner:
            degraded.without("inner")
        degraded.without("outer")
    assert (list(outer), list(inner)) == (["outer"], ["inner"])
