"""While Pulumi's engine works, the program rests.

The SDK (3.216) looks for its outputs again and again without a pause: one processor is busy for as long as an `up` takes. Later
versions wait (https://github.com/pulumi/pulumi/pull/22411); once one of them is pinned, this module can go.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, cast

EVERY = 0.02
"""Seconds between two looks: beside what an engine takes for a resource, nobody notices."""


def rest() -> None:
    """Have the SDK's own waiting begin when there is something to find. Called again it changes nothing."""
    from pulumi.runtime import stack

    found: Any = stack
    waiting = found.wait_for_rpcs
    if hasattr(waiting, "rests"):
        return

    async def rested(await_all_outstanding_tasks: bool = True) -> None:
        while busy():
            await asyncio.sleep(EVERY)
        await waiting(await_all_outstanding_tasks)

    cast("Any", rested).rests = True
    found.wait_for_rpcs = rested


def busy() -> bool:
    """Whether the engine is still asked for something, or an output is not there yet, and nothing has failed."""
    from pulumi.runtime import settings, stack

    manager, kept = cast("Any", stack)._get_rpc_manager(), cast("Any", settings).SETTINGS
    tasks: list[asyncio.Future[Any]] = [*manager.rpcs, *kept.outputs]
    return not failed(tasks) and any(not each.done() for each in tasks)


def failed(tasks: Iterable[asyncio.Future[Any]]) -> bool:
    """Whether one of them ended badly: the SDK tells which."""
    return any(each.done() and (each.cancelled() or each.exception() is not None) for each in tasks)
