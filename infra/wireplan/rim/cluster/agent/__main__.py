"""Run as `python -m wireplan.rim.cluster.agent --name NAME`, by `cluster up`. Ends on SIGTERM."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from wireplan.rim import files
from wireplan.rim.cluster import mend
from wireplan.rim.cluster.agent.balancer import Balanced, Balancer
from wireplan.rim.cluster.agent.forward import Forwarder, Way
from wireplan.rim.cluster.agent.volumes import Volumes
from wireplan.rim.cluster.api import Api, RefusedError, UnreachableError
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.talk import say
from wireplan.rim.trouble import Trouble

T = TypeVar("T")

# Watches end by themselves after this long; then everything is looked at afresh, whatever was missed.
WATCH_SECONDS = 60
RETRY_SECONDS = 1.0
MEND_SECONDS = 2.0
MEND_MOST_SECONDS = 60.0

FOR_BALANCERS = ("/api/v1/services", "/api/v1/nodes")
FOR_VOLUMES = ("/api/v1/persistentvolumeclaims", "/api/v1/persistentvolumes")


class Agent:
    """Looks whenever something changed, and does what is needed: each look sees the whole, so nothing can be missed."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.api = Api(layout.server, layout.certificates, "agent")
        self.balancer = Balancer(self.api, layout)
        self.volumes = Volumes(self.api, layout)
        self.forwarder = Forwarder()
        self.threads = ThreadPoolExecutor(max_workers=8)

    async def run(self) -> None:
        """Until cancelled."""
        balance, provision = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for path in FOR_BALANCERS:
                tasks.create_task(self.watch(path, balance))
            for path in FOR_VOLUMES:
                tasks.create_task(self.watch(path, provision))
            tasks.create_task(self.mend())
            tasks.create_task(self.repeat(balance, self.balance))
            tasks.create_task(self.repeat(provision, self.provision))

    async def thread(self, work: Callable[[], T]) -> T:
        """Run what waits for the API beside the loop, which must go on forwarding."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)

    async def watch(self, path: str, changed: asyncio.Event) -> None:
        """Set `changed` at every change under `path`, and at the latest when a watch ends."""
        loop = asyncio.get_running_loop()

        def follow() -> None:
            version = str(self.api.get(f"{path}?limit=1")["metadata"]["resourceVersion"])
            loop.call_soon_threadsafe(changed.set)
            for kind, _ in self.api.watch(path, version, WATCH_SECONDS):
                if kind != "BOOKMARK":
                    loop.call_soon_threadsafe(changed.set)

        while True:
            try:
                await self.thread(follow)
            except (RefusedError, UnreachableError):
                await asyncio.sleep(RETRY_SECONDS)

    async def repeat(self, changed: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` after every change; on failure once more, a little later."""
        while True:
            await changed.wait()
            changed.clear()
            try:
                await work()
            except (RefusedError, UnreachableError, Trouble, OSError) as error:
                say(f"will try again: {error}")
                await asyncio.sleep(RETRY_SECONDS)
                changed.set()

    async def balance(self) -> None:
        """Addresses, routes, and the ways in from this machine."""
        balanced = await self.thread(self.balancer.reconcile)
        await self.forwarder.keep(ways(balanced))
        self.tell()

    async def mend(self) -> None:
        """Start again what dies: at once the first time, ever later when it keeps dying."""
        pause = MEND_SECONDS
        while True:
            await asyncio.sleep(pause)
            if not mend.dead(self.layout):
                pause = MEND_SECONDS
                continue
            words = [sys.executable, "-m", "wireplan.rim.cluster.mend", f"--name={self.layout.name}"]
            child = await asyncio.create_subprocess_exec(*words, start_new_session=True)
            await child.wait()
            pause = min(pause * 2, MEND_MOST_SECONDS)

    async def provision(self) -> None:
        """Volumes."""
        await self.thread(self.volumes.reconcile)

    def tell(self) -> None:
        """Leave a note of what is forwarded and what could not be, for `cluster status`."""
        lines = [
            {
                "protocol": way.protocol,
                "port": way.port,
                "target": way.target,
                "refused": self.forwarder.refused.get(way, ""),
            }
            for way in sorted([*self.forwarder.open, *self.forwarder.refused])
        ]
        if files.write(self.layout.run / "forwards.json", json.dumps(lines)):
            for way, why in self.forwarder.refused.items():
                say(f"127.0.0.1:{way.port} ({way.protocol}) cannot lead to {way.target}: {why}")


def ways(balanced: list[Balanced]) -> list[Way]:
    """The ways in that these load balancers ask for."""
    return [
        Way(protocol, port, str(one.address))
        for one in balanced
        for protocol, port in one.ports
        if protocol in {"TCP", "UDP"}
    ]


async def serve(layout: Layout) -> None:
    """Run until told to end."""
    task = asyncio.ensure_future(Agent(layout).run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        say("ended")


def main() -> None:
    """Serve one cluster."""
    parser = argparse.ArgumentParser(prog="wireplan.rim.cluster.agent", description=__doc__)
    parser.add_argument("--name", required=True)
    asyncio.run(serve(Layout(parser.parse_args().name)))
    # Threads that wait for a watch would hold the interpreter for up to a minute.
    os._exit(0)


if __name__ == "__main__":
    main()
