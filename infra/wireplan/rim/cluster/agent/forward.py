"""The way in from this machine: 127.0.0.1:<port>, TCP and UDP, to a load balancer's address."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

CHUNK = 256 * 1024
LOOPBACK = ("127.0.0.1", "::1")
UDP_IDLE_SECONDS = 60.0
UDP_BUFFER = 4 * 1024 * 1024
CONNECT_SECONDS = 10.0

Address = tuple[str, int]


@dataclass(frozen=True, order=True)
class Way:
    """One port of this machine and where it leads."""

    protocol: str
    port: int
    target: str


class Forwarder:
    """Keeps the ways open that are wanted, and knows which could not be opened and why."""

    def __init__(self) -> None:
        self.open: dict[Way, list[asyncio.Server | asyncio.DatagramTransport]] = {}
        self.refused: dict[Way, str] = {}

    async def keep(self, wanted: Iterable[Way]) -> None:
        """Close what is not wanted any more, open what is new; try again what was refused before."""
        ways = unique(wanted)
        for way in [way for way in self.open if way not in ways]:
            for opened in self.open.pop(way):
                opened.close()
        self.refused = {}
        for way in ways:
            if way not in self.open:
                try:
                    self.open[way] = await self.listen(way)
                except OSError as error:
                    self.refused[way] = error.strerror or str(error)

    async def listen(self, way: Way) -> list[asyncio.Server | asyncio.DatagramTransport]:
        """Open the way on loopback; IPv6 is a courtesy, since browsers try it first."""
        opened = [await listen_on(LOOPBACK[0], way)]
        with contextlib.suppress(OSError):
            opened.append(await listen_on(LOOPBACK[1], way))
        return opened


def unique(wanted: Iterable[Way]) -> list[Way]:
    """At most one way a port: of two Services with one port, the lower address keeps it."""
    found: dict[tuple[str, int], Way] = {}
    for way in sorted(wanted, key=lambda w: (w.protocol, w.port, tuple(map(int, w.target.split("."))))):
        found.setdefault((way.protocol, way.port), way)
    return list(found.values())


async def listen_on(host: str, way: Way) -> asyncio.Server | asyncio.DatagramTransport:
    """One listening socket."""
    if way.protocol == "UDP":
        return await listen_udp(host, way)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await relay(reader, writer, (way.target, way.port))

    return await asyncio.start_server(serve, host, way.port, limit=CHUNK)


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: Address) -> None:
    """Carry one TCP connection both ways until both ends are done."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            far_reader, far_writer = await asyncio.open_connection(*target, limit=CHUNK)
    except (OSError, TimeoutError):
        reset(writer)
        return
    for one in (writer, far_writer):
        cast("socket.socket", one.get_extra_info("socket")).setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(pump(reader, far_writer))
            both.create_task(pump(far_reader, writer))
    except* OSError:
        reset(writer)
        reset(far_writer)
    finally:
        writer.close()
        far_writer.close()


def reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection instead of ending it: what was cut off must not look like a whole answer."""
    linger = struct.pack("ii", 1, 0)  # socket(7): closing then resets
    with contextlib.suppress(OSError):
        cast("socket.socket", writer.get_extra_info("socket")).setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, linger
        )
    writer.transport.abort()


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Carry one direction; pass on the end of the stream as what it is."""
    while data := await source.read(CHUNK):
        sink.write(data)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()


class Answers(asyncio.DatagramProtocol):
    """The far side of one UDP client: what comes back goes to that client."""

    def __init__(self, near: asyncio.DatagramTransport, client: Address) -> None:
        self.near = near
        self.client = client
        self.used = asyncio.get_running_loop().time()

    def datagram_received(self, data: bytes, addr: Address) -> None:  # noqa: ARG002 - the socket is connected
        """Pass an answer on."""
        self.used = asyncio.get_running_loop().time()
        self.near.sendto(data, self.client)


class Clients(asyncio.DatagramProtocol):
    """The near side of a UDP port: a socket of its own to the target for each client, so that answers find back."""

    def __init__(self, target: Address) -> None:
        self.target = target
        self.near: asyncio.DatagramTransport | None = None
        self.far: dict[Address, tuple[asyncio.DatagramTransport, Answers]] = {}
        self.early: dict[Address, list[bytes]] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The port is open."""
        self.near = cast("asyncio.DatagramTransport", transport)
        enlarge(self.near)
        self.track(self.sweep())

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """The port is closed: so are its clients' sockets."""
        for task in self.tasks:
            task.cancel()
        for transport, _ in self.far.values():
            transport.close()

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Pass a packet on; packets that arrive while the client's socket is being made wait for it."""
        if held := self.far.get(addr):
            held[1].used = asyncio.get_running_loop().time()
            held[0].sendto(data)
        elif addr in self.early:
            self.early[addr].append(data)
        else:
            self.early[addr] = [data]
            self.track(self.meet(addr))

    async def meet(self, client: Address) -> None:
        """Make the socket for a new client."""
        near = self.near
        assert near is not None  # noqa: S101 - packets come only through it
        try:
            transport, answers = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: Answers(near, client), remote_addr=self.target
            )
        except OSError:
            self.early.pop(client, None)
            return
        enlarge(transport)
        self.far[client] = (transport, answers)
        for data in self.early.pop(client, []):
            transport.sendto(data)

    async def sweep(self) -> None:
        """Close the sockets of clients that have been silent for long."""
        while True:
            await asyncio.sleep(UDP_IDLE_SECONDS / 2)
            now = asyncio.get_running_loop().time()
            for client, (transport, answers) in list(self.far.items()):
                if now - answers.used > UDP_IDLE_SECONDS:
                    transport.close()
                    del self.far[client]

    def track(self, work: "asyncio._CoroutineLike[None]") -> None:  # pyright: ignore[reportPrivateUsage]
        """Run in the background; the loop itself holds tasks only weakly."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


def enlarge(transport: asyncio.DatagramTransport) -> None:
    """QUIC sends in bursts: the kernel's default buffers would drop their ends."""
    raw = cast("socket.socket", transport.get_extra_info("socket"))
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, option, UDP_BUFFER)


async def listen_udp(host: str, way: Way) -> asyncio.DatagramTransport:
    """One UDP port."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Clients((way.target, way.port)), local_addr=(host, way.port)
    )
    return transport
