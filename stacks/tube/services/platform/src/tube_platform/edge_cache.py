"""The cache of an edge: answers are taken out of it when what they were about is gone (row P3).

Each pod of the edge has a cache of its own, and all are asked. Only services that the topology lets do so come there.
"""

import asyncio
import re
import socket
from dataclasses import dataclass
from typing import Protocol

from tube_platform import deadlines, logs
from tube_platform.errors import Unavailable
from tube_platform.wiring import EdgeCacheWiring

log = logs.get(__name__)

PATIENCE = 3.0
"""Seconds that a pod of the edge may take."""
PATH = re.compile(r"/[A-Za-z0-9/._~-]*", re.ASCII)
DONE = b"204"


class Purges(Protocol):
    """Takes answers out."""

    async def purge(self, path: str) -> None:
        """Take out what is kept of a path; of all that lies below it, where it ends in a slash."""
        ...


@dataclass(slots=True)
class EdgeCache:
    """The caches in all pods of one edge."""

    wiring: EdgeCacheWiring

    async def purge(self, path: str) -> None:
        """Take out what is kept of a path; of all that lies below it, where it ends in a slash.

        What is purged must be gone from the origin first, or it is fetched again. A pod that does not answer is Unavailable: whoever was told to
        purge does it again, all of it.
        """
        if not PATH.fullmatch(path):
            raise ValueError(f"{path!r} is no path")
        addresses = await self._pods()
        answers = await asyncio.gather(
            *(self._one(address, path) for address in addresses), return_exceptions=True
        )
        for answer in answers:
            if isinstance(answer, BaseException):
                raise Unavailable("a pod of the edge did not purge its cache", "edge_unavailable") from answer
        log.info("purged", path=path, pods=len(addresses))

    async def _pods(self) -> list[str]:
        """Every pod; none where the edge has none: what a pod keeps ends with it."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self.wiring.host, self.wiring.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
                return []
            raise Unavailable("the pods of the edge are not known", "edge_unavailable") from error
        return sorted({str(address[4][0]) for address in found})

    async def _one(self, address: str, path: str) -> None:
        left = deadlines.remaining()
        async with asyncio.timeout(PATIENCE if left is None else min(PATIENCE, left)):
            reader, writer = await asyncio.open_connection(address, self.wiring.port)
            try:
                writer.write(f"PURGE {path} HTTP/1.1\r\nHost: cache\r\nConnection: close\r\n\r\n".encode())
                line = await reader.readline()
            finally:
                writer.close()
        if line.split(b" ")[1:2] != [DONE]:
            raise OSError(f"{address} answered {line!r}")
