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

    return Valkey.from_pool(BlockingConnectionPool(max_connections=CONNECTIONS, **_connection(wiring)))


def line(wiring: CacheWiring) -> Any:
    """One connection, for one question after the other: taking one of several each time costs more than the question. It connects by itself, also again."""
    from valkey.asyncio import Connection

    return Connection(**_connection(wiring))


def _connection(wiring: CacheWiring) -> dict[str, Any]:
    return {
        "host": wiring.host,
        "port": wiring.port,
        "socket_connect_timeout": CONNECT_LIMIT,
        "socket_timeout": None,  # whoever asks has less; the client's own costs each question two timers
        "lib_name": None,  # it would be told to Valkey in two more round trips a connection
        "lib_version": None,
    }
