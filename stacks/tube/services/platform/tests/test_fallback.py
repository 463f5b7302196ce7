"""Answers in place of a callee's: none, or the last good one with its age (row F1.6)."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tube_platform import caches, principal
from tube_platform.resilience import degraded, fallback, memory
from tube_platform.resilience.fallback import Cached, Empty
from tube_platform.resilience.memory import ValkeyMemory
from tube_platform.testing import echo
from tube_platform.wiring import CacheWiring, Call, FallbackWiring, WiringError

CALL = Call("dns:///x:1", echo.SERVICE, 1.0, reads=(echo.METHOD,))
METHOD = f"/{echo.SERVICE}/{echo.METHOD}"
REQUEST, ANSWER = echo.EchoRequest(text="question"), echo.EchoResponse(text="answer")


class MemoryMemory:
    """Keeps bytes for as long as it is asked to."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.kept: dict[str, tuple[bytes, float]] = {}

    async def get(self, key: str) -> bytes | None:
        """What is kept and not over."""
        value, until = self.kept.get(key, (None, 0.0))
        return value if self.clock() < until else None

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep."""
        self.kept[key] = (value, self.clock() + seconds)


class Bench:
    """A cached fallback: fresh for 30 s, given for 600."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.memory = MemoryMemory(lambda: self.now)
        self.cached = Cached(
            "echo", fallback.kinds(CALL), self.memory, ttl=30, max_stale=600, clock=lambda: self.now
        )

    async def keep(self, answer: Any = ANSWER) -> None:
        """The callee answers."""
        self.cached.after(METHOD, REQUEST, answer)
        await asyncio.gather(*self.cached._keeping)

    async def instead(self, request: Any = REQUEST) -> tuple[str | None, str]:
        """What is answered when the callee does not, and what is said about it."""
        with degraded.collecting() as notes:
            found: Any = await self.cached.instead(METHOD, request)
        return found and found.text, degraded.text(notes)


@pytest.fixture
def bench() -> Bench:
    """Nothing is kept yet."""
    return Bench()


async def test_an_answer_with_nothing_in_it_says_so() -> None:
    """And only where the contract says that nothing was to be done."""
    empty = Empty("echo", fallback.kinds(CALL))
    with degraded.collecting() as notes:
        found: Any = await empty.instead(METHOD, REQUEST)
        assert await empty.instead("/platform.testing.v1.EchoService/Write", REQUEST) is None
    assert found == echo.EchoResponse()
    assert degraded.text(notes) == "echo;answer=empty"


async def test_the_last_good_answer_is_given_with_its_age(bench: Bench) -> None:
    """Up to the limit of the topology, and not longer."""
    assert await bench.instead() == (None, "")
    await bench.keep()
    bench.now += 42
    assert await bench.instead() == ("answer", "echo;answer=cached;age=42")
    await bench.keep(echo.EchoResponse(text="newer"))
    assert await bench.instead() == ("newer", "echo;answer=cached;age=0")
    bench.now += 599
    assert (await bench.instead())[0] == "newer"
    bench.now += 2
    assert await bench.instead() == (None, "")


async def test_too_old_is_too_old_even_where_the_cache_still_has_it(bench: Bench) -> None:
    """Its clock may be another."""
    await bench.keep()
    bench.memory.kept = {key: (value, float("inf")) for key, (value, _) in bench.memory.kept.items()}
    bench.now += 601
    assert await bench.instead() == (None, "")


async def test_fresh_answers_save_the_call(bench: Bench) -> None:
    """For ttl, and they are not called degraded."""
    assert await bench.cached.before(METHOD, REQUEST) is None
    await bench.keep()
    with degraded.collecting() as notes:
        bench.now += 29
        assert await bench.cached.before(METHOD, REQUEST) == ANSWER
        bench.now += 1
        assert await bench.cached.before(METHOD, REQUEST) is None
    assert not notes


async def test_an_answer_is_for_who_asked_and_for_what(bench: Bench) -> None:
    """What one account may see is shown to no other."""
    with principal.acting_as("one"):
        await bench.keep()
    assert await bench.instead() == (None, "")
    with principal.acting_as("two"):
        assert await bench.instead() == (None, "")
    with principal.acting_as("one"):
        assert (await bench.instead())[0] == "answer"
        assert await bench.instead(echo.EchoRequest(text="another question")) == (None, "")


async def test_what_cannot_be_an_answer_is_none(bench: Bench) -> None:
    """Somebody else's bytes under our key."""
    await bench.keep()
    for strange in (b"short", fallback.AGE.pack(bench.now) + b"\xff\xff no message"):
        bench.memory.kept = {key: (strange, float("inf")) for key in bench.memory.kept}
        assert await bench.instead() == (None, "")
        assert await bench.cached.before(METHOD, REQUEST) is None


async def test_a_slow_cache_does_not_fill_the_memory(bench: Bench) -> None:
    """What is more than a few answers on their way is not kept."""
    gate = asyncio.Event()

    async def slow(key: str, value: bytes, seconds: float) -> None:
        await gate.wait()

    bench.memory.put = slow  # type: ignore[method-assign]
    for _ in range(fallback.MOST_KEPT_AT_ONCE + 20):
        bench.cached.after(METHOD, REQUEST, ANSWER)
    assert len(bench.cached._keeping) == fallback.MOST_KEPT_AT_ONCE
    gate.set()
    await asyncio.gather(*bench.cached._keeping)


def test_the_topology_chooses() -> None:
    """Error, empty, or the cache that it names; a method that the contract lacks is found at the start."""

    def made(own: FallbackWiring | None, *reads: str) -> Any:
        asked: list[str] = []
        call = Call("dns:///x:1", echo.SERVICE, 1.0, reads=reads or (echo.METHOD,), fallback=own)
        return fallback.fallback("echo", call, lambda name: asked.append(name) or MemoryMemory(float)), asked

    assert made(None) == (None, [])
    assert made(FallbackWiring("error")) == (None, [])
    assert isinstance(made(FallbackWiring("empty"))[0], Empty)
    cached, asked = made(FallbackWiring("cache", "fast", 1.0, 2.0))
    assert (cached.ttl, cached.max_stale, asked) == (1.0, 2.0, ["fast"])
    with pytest.raises(WiringError, match="NoSuchMethod"):
        made(FallbackWiring("empty"), "NoSuchMethod")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no cache that is away."""
    monkeypatch.setattr(memory, "LIMIT", 5.0)


@asynccontextmanager
async def valkey(
    answers: bool = True, gate: asyncio.Event | None = None
) -> AsyncGenerator[tuple[int, list[list[bytes]]]]:
    """A cache for GET and SET that speaks the protocol, or one that only listens; what it was asked. GETs of `slow` wait for the gate."""
    kept, asked = dict[bytes, bytes](), list[list[bytes]]()

    async def command(reader: asyncio.StreamReader) -> list[bytes]:
        words = int((await reader.readuntil(b"\r\n"))[1:])
        found = list[bytes]()
        for _ in range(words):
            size = int((await reader.readuntil(b"\r\n"))[1:])
            found.append((await reader.readexactly(size + 2))[:-2])
        return found

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                words = await command(reader)
                asked.append(words)
                if not answers:
                    continue
                if words[0] == b"SET":
                    kept[words[1]] = words[2]
                value = kept.get(words[1]) if words[0] == b"GET" else None
                if gate and words[:2] == [b"GET", b"slow"]:
                    await gate.wait()
                told = b"+OK\r\n" if words[0] != b"GET" else b"$-1\r\n"
                writer.write(b"$%d\r\n%s\r\n" % (len(value), value) if value is not None else told)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], asked
    server.close()
    server.close_clients()


async def test_bytes_are_kept_in_valkey_for_their_time(patient: None) -> None:
    """PX in milliseconds; what is larger than a cache should hold is not sent."""
    async with valkey() as (port, asked):
        found = ValkeyMemory(CacheWiring("127.0.0.1", port))
        await found.start()
        assert asked == [], "a cache that is away keeps nobody from starting"
        assert await found.get("k") is None
        assert asked[-1] == [b"GET", b"k"]
        await found.put("k", b"\x00\xffvalue", 1.5)
        await found.put("large", b"x" * (memory.LARGEST + 1), 1.5)
        assert await found.get("k") == b"\x00\xffvalue"
        assert [words for words in asked if words[0] == b"SET"] == [
            [b"SET", b"k", b"\x00\xffvalue", b"PX", b"1500"]
        ]
        await found.close()


async def test_a_cache_that_is_away_knows_nothing_and_is_left_alone() -> None:
    """After five failures its breaker is open, and requests do not pay for it."""
    found = ValkeyMemory(CacheWiring("127.0.0.1", 1), "away")
    for _ in range(10):
        assert await found.get("k") is None
        await found.put("k", b"v", 1)
    assert found._breaker.enter() is None
    await found.close()


async def test_a_cache_that_says_nothing_costs_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not waited for."""
    monkeypatch.setattr(memory, "LIMIT", 0.01)
    async with valkey(answers=False) as (port, _):
        found = ValkeyMemory(CacheWiring("127.0.0.1", port))
        assert await found.get("k") is None
        await found.close()


async def test_a_crowd_shares_few_connections(patient: None) -> None:
    """However many requests ask a slow cache at once; none is left open afterwards."""
    gate = asyncio.Event()
    async with valkey(gate=gate) as (port, asked):
        found = ValkeyMemory(CacheWiring("127.0.0.1", port))
        await found.put("slow", b"value", 10)
        crowd = asyncio.gather(*(found.get("slow") for _ in range(5 * caches.CONNECTIONS)))
        async with asyncio.timeout(5.0):
            while asked.count([b"GET", b"slow"]) < caches.CONNECTIONS:
                await asyncio.sleep(0)
        pool = found._client.connection_pool
        opened = [*pool._in_use_connections, *pool._available_connections]
        gate.set()
        assert set(await crowd) == {b"value"}
        assert len(opened) == caches.CONNECTIONS
        await found.close()
        assert not any(connection.is_connected for connection in opened)


async def test_an_answer_that_comes_too_late_is_not_the_next_ones(
    patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one account asked for must never be told to another, however their questions share connections."""
    gate = asyncio.Event()
    async with valkey(gate=gate) as (port, asked):
        found = ValkeyMemory(CacheWiring("127.0.0.1", port))
        await found.put("slow", b"of one", 10)
        await found.put("quick", b"of another", 10)
        monkeypatch.setattr(memory, "LIMIT", 0.01)
        assert await found.get("slow") is None
        monkeypatch.setattr(memory, "LIMIT", 5.0)
        gate.set()
        assert await found.get("quick") == b"of another"
        assert [b"GET", b"slow"] in asked
        await found.close()
