"""Clients of Valkey. Nothing is connected before the first question, so that a pod starts without a cache."""

from typing import Any

from tube_platform.wiring import CacheWiring

CONNECTIONS = 8
"""Of one client. Each is in use for a millisecond a question; without a limit a slow cache would get one more for each request that waits for it."""

CONNECT_LIMIT = 1.0
"""Seconds for connecting and for letting go. Whoever asks has less time, and limits it."""


def client(wiring: CacheWiring) -> Any:
    """A client of a cache, to be made while a process starts: the package takes longer to import than a request may wait."""
    from valkey.asyncio import BlockingConnectionPool, Valkey

    pool = BlockingConnectionPool(
        max_connections=CONNECTIONS,
        host=wiring.host,
        port=wiring.port,
        socket_connect_timeout=CONNECT_LIMIT,
        lib_name=None,  # it would be told to Valkey in two more round trips a connection
        lib_version=None,
    )
    return Valkey.from_pool(pool)
