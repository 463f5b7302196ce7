"""A gRPC server on a free port with the platform's interceptors, and a channel to it with the client's."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import grpc.aio

from tube_platform.rpc.client import GrpcClient
from tube_platform.rpc.server import GrpcServer
from tube_platform.wiring import Call, Grpc


@asynccontextmanager
async def served[S](
    add: Callable[[S, grpc.aio.Server], None], servicer: S, deadline: float = 5.0
) -> AsyncGenerator[grpc.aio.Channel]:
    """Serve a servicer while the block runs."""
    server = GrpcServer(Grpc(0), host="127.0.0.1")
    server.register(add, servicer)
    await server.start()
    client = GrpcClient(Call(f"dns:///127.0.0.1:{server.bound_port}", "service", deadline), "service")
    try:
        yield client.channel
    finally:
        await client.close()
        await server.drain(0)
