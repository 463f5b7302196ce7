"""What is behind both gateways: catalog, upload and auth with answers that are always the same, on one port, by gRPC alone.

    python benchmarks/gateways/behind.py OPTIONS

OPTIONS are the server's, as JSON: clients that look after their connections ask for some patience. It has the health that they watch. It says on
one line which port it has and a token that is good for the run, and ends with SIGTERM. The services' own environment runs it.
"""

import asyncio
import json
import signal
import sys
import time
import uuid
from typing import Any

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from joserfc import jwt
from joserfc.jwk import OKPKey
from tube.auth.v1 import auth_pb2, auth_pb2_grpc
from tube.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from tube.upload.v1 import upload_pb2, upload_pb2_grpc

ISSUER, AUDIENCE, KID, ALGORITHM = "https://tube.example", "tube", "k1", "Ed25519"
LASTS = 3600
ACCOUNT = str(uuid.UUID(int=1))
SIGNED = "https://tube.example/originals/film?X-Amz-Signature=" + "0" * 400
"""As long as a presigned URL is."""


class Catalog(catalog_pb2_grpc.CatalogServiceServicer):
    """Knows any video."""

    async def GetVideo(self, request: Any, context: Any) -> Any:  # noqa: N802 - the contract's name
        """One that is ready."""
        del context
        video = catalog_pb2.Video(
            video_id=request.video_id,
            owner_id=ACCOUNT,
            title="A film",
            state=catalog_pb2.Video.STATE_READY,
            playlist=f"{request.video_id}/master.m3u8",
            duration_ms=9000,
        )
        return catalog_pb2.GetVideoResponse(video=video)


class Upload(upload_pb2_grpc.UploadServiceServicer):
    """Takes any video."""

    async def CreateVideo(self, request: Any, context: Any) -> Any:  # noqa: N802 - the contract's name
        """Where to put it; only in the name of an account."""
        who = dict(context.invocation_metadata()).get("x-principal")
        if who != ACCOUNT or not request.request_id or not request.title:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "nobody asks")
        answer = upload_pb2.CreateVideoResponse(video_id=str(uuid.UUID(int=7)), upload_url=SIGNED)
        answer.upload_expires_at.FromSeconds(int(time.time()) + LASTS)
        return answer


class Auth(auth_pb2_grpc.AuthServiceServicer):
    """Gives out the public key."""

    def __init__(self, key: OKPKey) -> None:
        self._x = str(key.as_dict(private=False)["x"])

    async def GetKeys(self, request: Any, context: Any) -> Any:  # noqa: N802 - the contract's name
        """The only one."""
        del request, context
        return auth_pb2.GetKeysResponse(
            keys=[auth_pb2.VerificationKey(kid=KID, algorithm=ALGORITHM, x=self._x)]
        )


def token(key: OKPKey) -> str:
    """An access token, as auth issues them."""
    at = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": ACCOUNT, "sid": "s", "iat": at, "nbf": at}
    more = {"exp": at + LASTS, "jti": str(uuid.uuid4())}
    header = {"alg": ALGORITHM, "kid": KID, "typ": "at+jwt"}
    return jwt.encode(header, claims | more, key, algorithms=[ALGORITHM])


async def main() -> None:
    """Answer until the end."""
    key = OKPKey.generate_key("Ed25519")
    server = grpc.aio.server(options=[*json.loads(sys.argv[1]).items()])
    watched = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(watched, server)
    await watched.set("", health_pb2.HealthCheckResponse.SERVING)
    catalog_pb2_grpc.add_CatalogServiceServicer_to_server(Catalog(), server)
    upload_pb2_grpc.add_UploadServiceServicer_to_server(Upload(), server)
    auth_pb2_grpc.add_AuthServiceServicer_to_server(Auth(key), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(json.dumps({"port": port, "token": token(key)}), flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    await server.stop(0)


if __name__ == "__main__":
    asyncio.run(main())
