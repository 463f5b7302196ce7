"""The public keys of access tokens, from auth."""

from typing import TYPE_CHECKING, Any

from grpc.aio import AioRpcError

from tube.auth.v1 import auth_pb2
from tube_platform.keyring import FetchKeys
from tube_platform.rpc import codes

if TYPE_CHECKING:
    from tube.auth.v1.auth_pb2_grpc import AuthServiceAsyncStub


def fetch(auth: "AuthServiceAsyncStub") -> FetchKeys:
    """A function that asks auth for its keys, as JSON Web Keys."""

    async def ask() -> list[dict[str, Any]]:
        try:
            found = await auth.GetKeys(auth_pb2.GetKeysRequest())
        except AioRpcError as error:
            raise codes.problem(error) from error
        return [
            {"kty": "OKP", "crv": "Ed25519", "kid": key.kid, "alg": key.algorithm, "x": key.x, "use": "sig"}
            for key in found.keys
        ]

    return ask
