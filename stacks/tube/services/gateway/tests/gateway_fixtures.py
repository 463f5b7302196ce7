"""A gateway, and what is behind it: a plugin of the tests that name it. A conftest of its own no member can have beside the workspace's."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import FastAPI
from gateway_behind import ISSUER, SERVICES, Behind
from joserfc.jwk import OKPKey

from tube.auth.v1 import auth_pb2
from tube_gateway import keys
from tube_gateway.application import application
from tube_gateway.wired import Parts
from tube_platform.rpc.client import GrpcClient
from tube_platform.rpc.server import GrpcServer
from tube_platform.tokens import Issuer, Verifier
from tube_platform.wiring import Call, Grpc, Public, TokensWiring, Verifies


@pytest.fixture
def behind() -> Behind:
    """What is behind the gateway."""
    return Behind()


@pytest.fixture
def issuer(tmp_path: Path, behind: Behind) -> Issuer:
    """The issuer of tokens, whose keys auth gives out."""
    (tmp_path / "k1.pem").write_bytes(OKPKey.generate_key("Ed25519").as_pem(private=True))
    found = Issuer(TokensWiring(ISSUER, "tube", keys_dir=str(tmp_path)))
    (key,) = found.public_keys()
    verification = auth_pb2.VerificationKey(kid=key["kid"], algorithm=key["alg"], x=key["x"])
    behind.answers["GetKeys"] = auth_pb2.GetKeysResponse(keys=[verification])
    return found


@pytest.fixture(scope="session")
def whole() -> FastAPI:
    """The gateway, made once, with its document: FastAPI takes a tenth of a second to work out its routes, when it is asked first."""
    return application(cast("Parts", None))


@pytest.fixture
async def app(whole: FastAPI, behind: Behind, issuer: Issuer) -> AsyncGenerator[FastAPI]:
    """The gateway with all services behind one port; what a test adds to it goes with the test."""
    server = GrpcServer(Grpc(0), host="127.0.0.1")
    for add, base, _ in SERVICES.values():
        server.register(add, behind.servicer(base))
    await server.start()
    client = GrpcClient(Call(f"dns:///127.0.0.1:{server.bound_port}", "all", 5.0), "all")
    stubs: dict[str, Any] = {name: client.stub(stub) for name, (_, _, stub) in SERVICES.items()}
    verifier = Verifier(Verifies(ISSUER, "tube"), keys.fetch(stubs["auth"]))
    routes = list(whole.router.routes)
    whole.state.parts = Parts(
        **stubs, verifier=verifier, public=Public(ISSUER, "https://cdn.tube.localhost:8443")
    )
    yield whole
    whole.router.routes[:] = routes
    await client.close()
    await server.drain(0)
