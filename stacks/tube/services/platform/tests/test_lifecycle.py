"""Parts start in order and end in order; a failure ends the process."""

import asyncio
import os
import signal

import pytest

from tube_platform import lifecycle
from tube_platform.lifecycle import Lifecycle, Part, Phase


class Recording(Part):
    """Writes down what is asked of it."""

    def __init__(self, name: str, log: list[str], life: Lifecycle, fail_at: str = "") -> None:
        self.name, self.log, self.life, self.fail_at = name, log, life, fail_at

    def note(self, step: str) -> None:
        """One step."""
        self.log.append(f"{step} {self.name} ({self.life.phase})")
        if step == self.fail_at:
            raise RuntimeError(f"{self.name} cannot {step}")

    async def start(self) -> None:
        self.note("start")

    async def quiesce(self) -> None:
        self.note("quiesce")

    async def drain(self, seconds: float) -> None:
        self.note("drain")

    async def close(self) -> None:
        self.note("close")


def make(*names: str, fail: str = "", at: str = "") -> tuple[Lifecycle, list[str]]:
    """A life with parts of these names, one of which may fail."""
    life, log = Lifecycle(drain_seconds=1.0), list[str]()
    for name in names:
        life.add(Recording(name, log, life, at if name == fail else ""))
    return life, log


async def test_order_of_start_and_end() -> None:
    """Start in order; on SIGTERM: not ready, all quiesce, then drain and close from the last to the first; exit 0."""
    life, log = make("pool", "server")
    running = asyncio.create_task(life.run())
    while life.phase is not Phase.READY:
        await asyncio.sleep(0.001)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == 0
    assert log == [
        "start pool (starting)",
        "start server (starting)",
        "quiesce pool (draining)",
        "quiesce server (draining)",
        "drain server (draining)",
        "drain pool (draining)",
        "close server (draining)",
        "close pool (draining)",
    ]


async def test_part_that_cannot_start_ends_the_process_and_closes_the_others() -> None:
    """Exit 1; what was started is closed; what was not is left alone."""
    life, log = make("pool", "server", "consumer", fail="server", at="start")
    assert await life.run() == 1
    assert "close pool (draining)" in log
    assert not any("consumer" in line for line in log)
    assert life.phase is Phase.DRAINING


async def test_background_work_that_fails_ends_the_process() -> None:
    """A relay or a consumer that died must not leave a pod that is ready and does nothing."""
    life, log = make("pool")

    async def work() -> None:
        await asyncio.sleep(0.01)
        raise OSError("the relay died")

    running = asyncio.create_task(life.run())
    await asyncio.sleep(0)
    life.watch("relay", work())
    assert await running == 1
    assert isinstance(life.failure, OSError)
    assert log[-1] == "close pool (draining)"


async def test_part_that_ends_badly_does_not_keep_the_others_from_ending() -> None:
    """Whatever one part raises or hangs in, the rest get their steps."""
    life, log = make("pool", "server", fail="server", at="drain")
    life.add(Hanging())
    lifecycle.CLOSE_LIMIT, kept = 0.05, lifecycle.CLOSE_LIMIT
    try:
        running = asyncio.create_task(life.run())
        await asyncio.sleep(0.02)
        life.stop()
        assert await running == 0
    finally:
        lifecycle.CLOSE_LIMIT = kept
    assert "close pool (draining)" in log


class Hanging(Part):
    """Never closes."""

    name = "hanging"

    async def close(self) -> None:
        await asyncio.sleep(60)


async def test_sigterm_during_the_start_ends_it() -> None:
    """A pod that waits for its database can be ended."""
    life = Lifecycle(1.0)

    class Waiting(Part):
        async def start(self) -> None:
            await asyncio.sleep(60)

    life.add(Waiting())
    running = asyncio.create_task(life.run())
    await asyncio.sleep(0.02)
    life.stop()
    async with asyncio.timeout(3):
        assert await running == 0


async def test_drain_time_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the last part leaves is for the ones before it, and each gets a little at least."""
    monkeypatch.setattr(lifecycle, "LEAST_DRAIN", 0.1)
    life = Lifecycle(drain_seconds=0.5)
    got: list[float] = []

    class Slow(Part):
        async def drain(self, seconds: float) -> None:
            got.append(seconds)
            await asyncio.sleep(0.25)

    for _ in range(3):
        life.add(Slow())
    running = asyncio.create_task(life.run())
    await asyncio.sleep(0.02)
    life.stop()
    await running
    assert got == pytest.approx([0.5, 0.25, lifecycle.LEAST_DRAIN], abs=0.1)
