"""The program rests while the engine works, and hears of the end and of failures as before."""

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from pulumi.runtime import rpc_manager, settings, stack
from wireplan.rim.program import resting

KEPT: Any = getattr(settings, "SETTINGS")  # noqa: B009 - its type is the SDK's own affair
LOOKS = 20
"""Seconds of work that are shown within this many turns of the event loop: without rest there are tens of thousands."""


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The SDK's waiting with rest, and its lists empty."""
    manager = rpc_manager.RPCManager()
    monkeypatch.setattr(stack, "_get_rpc_manager", lambda: manager)
    monkeypatch.setattr(stack, "wait_for_rpcs", stack.wait_for_rpcs)
    KEPT.outputs.clear()
    resting.rest()
    yield stack.wait_for_rpcs
    KEPT.outputs.clear()


async def turns(work: Coroutine[Any, Any, None]) -> int:
    """How many turns the event loop makes until the work is done."""
    loop: Any = asyncio.get_running_loop()
    counted, once = 0, loop._run_once

    def turn() -> None:
        nonlocal counted
        counted += 1
        once()

    loop._run_once = turn
    await work
    return counted


def test_an_output_that_takes_its_time_is_waited_for_in_few_turns(waiting: Any) -> None:
    async def run() -> int:
        KEPT.outputs.append(asyncio.create_task(asyncio.sleep(10 * resting.EVERY)))
        return await turns(waiting())

    assert asyncio.run(run()) < 10 * LOOKS
    assert not KEPT.outputs


def test_what_an_output_adds_is_waited_for_too(waiting: Any) -> None:
    done: list[str] = []

    async def first() -> None:
        await asyncio.sleep(2 * resting.EVERY)
        KEPT.outputs.append(asyncio.create_task(second()))

    async def second() -> None:
        await asyncio.sleep(2 * resting.EVERY)
        done.append("second")

    async def run() -> None:
        KEPT.outputs.append(asyncio.create_task(first()))
        await waiting()

    asyncio.run(run())
    assert done == ["second"]


def test_a_failure_is_told_though_others_go_on(waiting: Any) -> None:
    async def fails() -> None:
        raise ValueError("refused")

    async def run() -> None:
        others = asyncio.create_task(asyncio.sleep(600))
        KEPT.outputs.extend([others, asyncio.create_task(fails())])
        try:
            await waiting()
        finally:
            others.cancel()

    with pytest.raises(ValueError, match="refused"):
        asyncio.run(run())


def test_to_ask_for_rest_again_changes_nothing(waiting: Any) -> None:
    before = stack.wait_for_rpcs
    resting.rest()
    assert stack.wait_for_rpcs is before
