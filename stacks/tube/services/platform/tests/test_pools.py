"""Pools after an outage (row F3.2)."""

import asyncio
import contextlib
import socket
from dataclasses import replace

import pytest

from tube_platform import postgres
from tube_platform.errors import Unavailable
from tube_platform.postgres import Connection, Database


async def one(connection: Connection) -> int:
    """Work that needs a server."""
    return await postgres.value(connection, "select 1")


def free_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Bytes from one side to the other, to the end."""
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def test_a_server_that_was_away_for_long_is_found_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gave up meanwhile is not in the way of those who come after."""
    monkeypatch.setattr(postgres, "RECONNECT", 0.1)
    real, port = database.wiring.port, free_port()
    few = replace(database.wiring.pool, min=1, max=1, max_waiting=2, timeout=0.1)
    away = Database(replace(database.wiring, port=port, pool=few))
    await away._write.open()
    while away._write.get_stats().get("pool_size"):  # until the pool itself has given up
        await asyncio.gather(*(away.read(one) for _ in range(4)), return_exceptions=True)
    assert away._write.get_stats()["requests_waiting"] == 0, "the queue keeps who gave up"

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", real)
        await asyncio.gather(carry(reader, back), carry(there, writer))

    async with await asyncio.start_server(relay, "127.0.0.1", port), asyncio.timeout(10):
        while True:
            with contextlib.suppress(Unavailable):
                assert await away.read(one) == 1
                break
            await asyncio.sleep(0.05)
        await away.close()


async def test_those_who_gave_up_do_not_count_as_waiting(database: Database) -> None:
    """The queue's length is a strain that switches features off (row F1.4), and it ends with the strain."""
    few = replace(database.wiring.pool, min=1, max=1, max_waiting=2, timeout=0.1)
    small = Database(replace(database.wiring, pool=few))
    await small.start()
    go = asyncio.Event()

    async def hold(connection: Connection) -> None:
        await one(connection)
        await go.wait()

    holder = asyncio.create_task(small.transact(hold))
    await asyncio.sleep(0.05)
    answers = await asyncio.gather(*(small.read(one) for _ in range(3)), return_exceptions=True)
    assert sorted(each.reason for each in answers if isinstance(each, Unavailable)) == [
        "pool_full",
        "pool_timeout",
        "pool_timeout",
    ]
    assert small.queued() == 0
    go.set()
    await holder
    assert await small.read(one) == 1
    await small.close()
