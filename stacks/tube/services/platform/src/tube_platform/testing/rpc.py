"""A gRPC server on a free port with the platform's interceptors, and a channel to it as the services have them."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc.aio

from tube_platform.rpc.client import GrpcClient
from tube_platform.rpc.server import GrpcServer
from tube_platform.wiring import Call, Grpc


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
    call = Call(address, "service", deadline, service_config=service_config or {})
    client = GrpcClient(call, "service")
    try:
        yield client.channel
    finally:
        await client.close()
        await server.drain(0)
