"""A gRPC server on a free port with the platform's interceptors, and a channel to it as the services have them."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc.aio

from tube_platform.rpc.client import GrpcClient
from tube_platform.rpc.server import GrpcServer
from tube_platform.wiring import Call, Grpc

OWN: dict[str, Any] = {"grpc.use_local_subchannel_pool": 1}
"""Options of a channel that shares no connections: where they are shared, an address that somebody else failed to reach is left alone for a
while, and ports come again."""


@asynccontextmanager
async def served[S](
    add: Callable[[S, grpc.aio.Server], None],
    servicer: S,
    deadline: float = 5.0,
    service_config: dict[str, Any] | None = None,
) -> AsyncGenerator[grpc.aio.Channel]:
    """Serve a servicer while the block runs."""
    server = GrpcServer(Grpc(0), host="127.0.0.1")
    server.register(add, servicer)
    await server.start()
    address = f"dns:///127.0.0.1:{server.bound_port}"
    call = Call(
        address,
        "service",
        deadline,
        service_config=service_config or {},
        channel_options=OWN,
    )
    client = GrpcClient(call, "service")
    try:
        yield client.channel
    finally:
        await client.close()
        await server.drain(0)
