"""A pool of connections that finds its server again, however many gave up meanwhile."""

from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, TooManyRequests


class Pool(AsyncConnectionPool[AsyncConnection[Any]]):
    """At most `most` wait at once; one more is refused at once.

    The library's own bound (psycopg_pool 3.3) counts those who gave up, too: they stay in its queue until a connection comes. After an outage that
    is longer than its attempts to connect the queue is full of them, everybody is refused, and nobody is left for whom it would connect again.
    """

    most: int = 0
    waiting: int = 0

    async def getconn(self, timeout: float | None = None) -> AsyncConnection[Any]:
        """A connection, within so many seconds.

        Raises:
            TooManyRequests: enough others wait.
        """
        if self.waiting >= self.most and not self.get_stats().get("pool_available", 0):
            raise TooManyRequests(f"{self.waiting} requests wait for the pool {self.name}")
        self.waiting += 1
        try:
            return await super().getconn(timeout)
        finally:
            self.waiting -= 1
