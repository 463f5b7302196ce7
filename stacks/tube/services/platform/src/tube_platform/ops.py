"""The ops port: /startup, /ready, /live, /metrics.

Liveness asks nothing but the event loop: a database or a broker that is down must not restart the pods that wait for it. Readiness
is the process's own state: started, and not ending.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tube_platform import metrics
from tube_platform.lifecycle import Lifecycle, Part, Phase

BEAT = 1.0
"""Seconds between heartbeats of the event loop."""

STALLED = 10.0
"""A heartbeat later than this means that something blocks the event loop."""

REQUEST_LIMIT = 5.0
"""Seconds that a client of this port may take."""

type Answer = tuple[HTTPStatus, str, bytes]


@dataclass(slots=True)
class Heart:
    """Beats on the event loop, and knows how late it was."""

    last: float = 0.0

    async def beat(self) -> None:
        """Beat for ever."""
        loop = asyncio.get_running_loop()
        self.last = loop.time()
        while True:
            await asyncio.sleep(BEAT)
            now = loop.time()
            metrics.loop_delay_seconds.set(max(0.0, now - self.last - BEAT))
            self.last = now

    def alive(self, now: float) -> bool:
        """Whether the last beat is recent."""
        return now - self.last < STALLED


@dataclass(slots=True)
class OpsServer(Part):
    """A small HTTP/1.1 server on the same event loop as the work, so that its answer says something about it."""

    lifecycle: Lifecycle
    port: int
    host: str = "0.0.0.0"  # noqa: S104 - the kubelet and the scraper come from outside the pod
    name: str = "ops"
    heart: Heart = field(default_factory=Heart)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen before all else, so that the startup probe hears 'not yet'."""
        self.lifecycle.watch("heartbeat", self.heart.beat())
        self._server = await asyncio.start_server(self._serve, self.host, self.port)

    @property
    def bound_port(self) -> int:
        """The port in use, which differs from the wanted one when that is 0."""
        return self._server.sockets[0].getsockname()[1] if self._server else self.port

    async def close(self) -> None:
        """Stop answering; the last thing to end."""
        if self._server:
            self._server.close()
            self._server.close_clients()

    def answer(self, path: str) -> Answer:
        """What a path is answered with."""
        match path:
            case "/startup":
                return self._probe(self.lifecycle.phase is not Phase.STARTING)
            case "/ready":
                return self._probe(self.lifecycle.phase is Phase.READY)
            case "/live":
                return self._probe(self.heart.alive(asyncio.get_running_loop().time()))
            case "/metrics":
                return HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest()
            case _:
                return HTTPStatus.NOT_FOUND, "text/plain", b"not found\n"

    def _probe(self, good: bool) -> Answer:
        status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
        return status, "text/plain", f"{self.lifecycle.phase}\n".encode()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(
            OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError
        ):
            async with asyncio.timeout(REQUEST_LIMIT):
                head = await reader.readuntil(b"\r\n\r\n")
                words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
                path = words[1].split("?", 1)[0] if len(words) == 3 else ""
                writer.write(_response(*self.answer(path)))
                await writer.drain()
        writer.close()


def _response(status: HTTPStatus, kind: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
