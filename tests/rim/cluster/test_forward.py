"""The way in from 127.0.0.1: both protocols, both directions, and a port in use is a sentence and no crash.

The targets listen on 127.0.0.2, so that one port number serves both ends, as it does on the cluster.
"""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import cast

import pytest
from wireplan.rim.cluster.agent import forward
from wireplan.rim.cluster.agent.forward import Forwarder, Way

TARGET = "127.0.0.2"


def run(work: Callable[[], Coroutine[None, None, None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await work()

    asyncio.run(bounded())


async def upper(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer everything in capitals, once the client has said that it is done."""
    data = await reader.read(-1)
    writer.write(data.upper())
    await writer.drain()
    writer.close()


class Upper(asyncio.DatagramProtocol):
    """The same, a packet at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(data.upper(), addr)


async def tcp_target() -> tuple[asyncio.Server, int]:
    server = await asyncio.start_server(upper, TARGET, 0)
    return server, int(server.sockets[0].getsockname()[1])


def test_a_connection_is_carried_both_ways_and_its_end_is_an_end() -> None:
    async def work() -> None:
        server, port = await tcp_target()
        forwarder = Forwarder()
        await forwarder.keep([Way("TCP", port, TARGET)])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"film" * 100_000)
        writer.write_eof()
        assert await reader.read(-1) == b"FILM" * 100_000
        writer.close()
        await forwarder.keep([])
        server.close()

    run(work)


def test_a_target_that_is_not_there_is_a_broken_connection_and_no_empty_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def work() -> None:
        server, port = await tcp_target()
        server.close()
        await server.wait_closed()
        forwarder = Forwarder()
        await forwarder.keep([Way("TCP", port, TARGET)])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with pytest.raises(ConnectionError):
            await reader.readexactly(1)
        writer.close()
        await forwarder.keep([])

    run(work)


def ask(loop: asyncio.AbstractEventLoop, port: int, words: list[bytes]) -> Coroutine[None, None, list[bytes]]:
    """Send packets from one socket of its own, and collect as many answers."""

    async def talk() -> list[bytes]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.setblocking(False)
            channel.connect(("127.0.0.1", port))
            for word in words:
                await loop.sock_sendall(channel, word)
            return [await loop.sock_recv(channel, 1500) for _ in words]

    return talk()


def test_each_udp_client_gets_its_own_answers_from_the_first_packet_on() -> None:
    async def work() -> None:
        loop = asyncio.get_running_loop()
        target, _ = await loop.create_datagram_endpoint(Upper, local_addr=(TARGET, 0))
        port = int(target.get_extra_info("sockname")[1])
        forwarder = Forwarder()
        await forwarder.keep([Way("UDP", port, TARGET)])
        first, second = await asyncio.gather(
            ask(loop, port, [b"a1", b"a2", b"a3"]), ask(loop, port, [b"b1", b"b2"])
        )
        assert sorted(first) == [b"A1", b"A2", b"A3"]
        assert sorted(second) == [b"B1", b"B2"]
        await forwarder.keep([])
        target.close()

    run(work)


def test_a_silent_udp_client_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "UDP_IDLE_SECONDS", 0.02)

    async def work() -> None:
        loop = asyncio.get_running_loop()
        target, _ = await loop.create_datagram_endpoint(Upper, local_addr=(TARGET, 0))
        port = int(target.get_extra_info("sockname")[1])
        clients = forward.Clients((TARGET, port))
        near, _ = await loop.create_datagram_endpoint(lambda: clients, local_addr=("127.0.0.1", 0))
        assert await ask(loop, int(near.get_extra_info("sockname")[1]), [b"hello"]) == [b"HELLO"]
        while clients.far:
            await asyncio.sleep(0.01)
        near.close()
        target.close()

    run(work)


def test_a_port_in_use_is_told_and_the_others_are_opened() -> None:
    async def work() -> None:
        server, port = await tcp_target()
        other, free = await tcp_target()
        with socket.create_server(("127.0.0.1", port)):
            forwarder = Forwarder()
            taken, open_way = Way("TCP", port, TARGET), Way("TCP", free, TARGET)
            await forwarder.keep([taken, open_way])
            assert "in use" in forwarder.refused[taken]
            assert list(forwarder.open) == [open_way]
        await forwarder.keep([taken, open_way])
        assert forwarder.refused == {}, "tried again once the port is free"
        await forwarder.keep([])
        server.close()
        other.close()

    run(work)


def test_a_way_that_is_not_wanted_any_more_is_closed() -> None:
    async def work() -> None:
        server, port = await tcp_target()
        forwarder = Forwarder()
        await forwarder.keep([Way("TCP", port, TARGET)])
        await forwarder.keep([])
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        server.close()

    run(work)
