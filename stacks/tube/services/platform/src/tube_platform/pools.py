"""A pool of connections that finds its server again, however many gave up meanwhile."""

from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, TooManyRequests


class Pool(AsyncConnectionPool[AsyncConnection[Any]]):
    """At most `most` wait at once; one more is refused at once. Whoever gives up leaves the queue.

    The library (psycopg_pool 3.3) keeps those who gave up in its queue until a connection comes, and its own bound counts them. In an outage that
    is longer than its attempts to connect the queue would only grow, or, with that bound, fill up: then everybody is refused, and nobody is left
    for whom it would connect again.
    """

    def __init__(self, conninfo: str, *, most: int, **options: Any) -> None:
        super().__init__(conninfo, **options)
        self._most = most
        self.waiting = 0

    async def getconn(self, timeout: float | None = None) -> AsyncConnection[Any]:
        """A connection, within so many seconds.

        Raises:
            TooManyRequests: enough others wait.
        """
        if self.waiting >= self._most and not self.get_stats().get("pool_available", 0):
            raise TooManyRequests(f"{self.waiting} requests wait for the pool {self.name}")
        self.waiting += 1
        try:
            return await super().getconn(timeout)
        finally:
            self.waiting -= 1
            self._leave()

    def _leave(self) -> None:
        """Take those out of the queue who have given up: each has the error that it was told."""
        for gone in [each for each in self._waiting if each.error]:
            self._waiting.remove(gone)
