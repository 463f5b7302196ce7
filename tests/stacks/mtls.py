"""Run by the Python of a services' workspace: one service calls another, each with the certificate and the wiring that it is given.

The two wirings come as JSON by stdin; the status of the call leaves by stdout.
"""

import asyncio
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


class Servicer:
    """Says what it was told."""

    async def Echo(self, request: Any, context: Any) -> Any:
        """Answer."""
        return import_module("tube_platform.testing.echo").EchoResponse(text=request.text)


async def called(server_wiring: dict[str, Any], client_wiring: dict[str, Any]) -> str:
    """The name of the status."""
    grpc, rpc = import_module("grpc"), "tube_platform.rpc"
    wiring, echo = import_module("tube_platform.wiring"), import_module("tube_platform.testing.echo")
    certificates = import_module(f"{rpc}.certificates").Certificates
    served, calling = wiring.parse(server_wiring), wiring.parse(client_wiring)
    server = import_module(f"{rpc}.server").GrpcServer(
        wiring.Grpc(0),
        host="127.0.0.1",
        certificates=certificates(Path(served.mtls.folder)),
        peers=import_module(f"{rpc}.peers").Peers(served.service, served.mtls.callers),
    )
    server.register(echo.add_echo, Servicer())
    await server.start()
    name = (
        f"{served.service}.{served.namespace}.svc.cluster.local"  # what a client in the cluster connects to
    )
    options = {"grpc.ssl_target_name_override": name}
    call = wiring.Call(f"dns:///localhost:{server.bound_port}", "s", 5.0, channel_options=options)
    client = import_module(f"{rpc}.client").GrpcClient(
        call, served.service, certificates=certificates(Path(calling.mtls.folder))
    )
    try:
        await echo.EchoStub(client.channel).Echo(echo.EchoRequest(text="o"))
    except grpc.aio.AioRpcError as error:
        return str(error.code().name)
    finally:
        await client.close()
        await server.drain(0)
    return "OK"


if __name__ == "__main__":
    print(asyncio.run(called(*json.load(sys.stdin))))
