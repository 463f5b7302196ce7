"""tube's gateway as somebody writes it without the platform package: FastAPI, Granian, grpc.aio, joserfc, and nothing around them.

    python benchmarks/gateways/bare.py PORT BEHIND

It has the routes of tube's gateway in the same order, the same models of what comes and goes, and the same calls; tokens are verified with the same
library. It has no limits, deadlines, breakers, fallbacks, traces, metrics, logs, problems or probes, and ends with SIGTERM.
Routes that are not measured are there for the router alone.
"""

import asyncio
import signal
import sys
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import grpc.aio
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.telemetry import TelemetryConfig
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP2Settings
from granian.server.embed import Server
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from pydantic import BaseModel, Field
from tube.auth.v1 import auth_pb2, auth_pb2_grpc
from tube.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from tube.upload.v1 import upload_pb2, upload_pb2_grpc

ISSUER, AUDIENCE, ALGORITHM = "https://tube.example", "tube", "Ed25519"
BASE, CDN = "https://tube.example", "https://cdn.tube.example"
TITLE = r"^[^\x00]*[^\s\x00-\x1f\x7f-\x9f][^\x00]*$"
MEDIA_TYPE = r"^[!-~]+/[ -~]+$"
REGISTRY = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    sub={"essential": True},
    exp={"essential": True},
)


class Behind:
    """The services that it calls, and the keys of one of them."""

    def __init__(self, channel: grpc.aio.Channel, keys: KeySet) -> None:
        self.catalog: Any = catalog_pb2_grpc.CatalogServiceStub(channel)
        self.upload: Any = upload_pb2_grpc.UploadServiceStub(channel)
        self.keys = keys


class NewVideo(BaseModel):
    """A film that is to come."""

    title: str = Field(min_length=1, max_length=200, pattern=TITLE)
    content_type: str = Field(default="video/mp4", max_length=100, pattern=MEDIA_TYPE)


class Upload(BaseModel):
    """Where to put the film."""

    video_id: str
    upload_url: str
    upload_expires_at: datetime


class Video(BaseModel):
    """A video in any state."""

    video_id: str
    owner_id: str
    title: str
    state: str
    playlist_url: str | None = None
    watch_url: str | None = None
    duration_ms: int | None = None
    failure_reason: str | None = None


async def behind(request: Request) -> Behind:
    """What is behind it."""
    return request.app.state.behind


Token = Annotated[HTTPAuthorizationCredentials | None, Security(HTTPBearer(auto_error=False))]


async def account(request: Request, token: Token) -> str:
    """The account that the access token names."""
    if token is None:
        raise HTTPException(401)
    try:
        claims = jwt.decode(token.credentials, request.app.state.behind.keys, algorithms=[ALGORITHM]).claims
        REGISTRY.validate(claims)
    except (JoseError, ValueError) as error:
        raise HTTPException(401) from error
    return str(claims["sub"])


async def account_if_any(request: Request, token: Token) -> str | None:
    """The account, where one is not needed."""
    return await account(request, token) if "authorization" in request.headers else None


Deps = Annotated[Behind, Depends(behind)]
AccountId = Annotated[str, Depends(account)]
AccountIfAny = Annotated[str | None, Depends(account_if_any)]
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


accounts, logins, videos, others = APIRouter(), APIRouter(), APIRouter(), APIRouter()


async def absent() -> None:
    """A route that is not measured."""
    raise HTTPException(501)


accounts.post("/v1/accounts")(absent)
accounts.post("/v1/login")(absent)
accounts.post("/v1/token")(absent)
accounts.get("/.well-known/jwks.json")(absent)
logins.get("/v1/login/{provider}")(absent)
logins.get("/v1/login/{provider}/callback")(absent)
logins.post("/v1/login/{provider}")(absent)


@videos.post("/v1/videos", status_code=201)
async def create(new: NewVideo, parts: Deps, account: AccountId, idempotency_key: Key) -> Upload:
    """Announce a film."""
    request = upload_pb2.CreateVideoRequest(
        request_id=idempotency_key, title=new.title, content_type=new.content_type
    )
    answer = await parts.upload.CreateVideo(request, metadata=(("x-principal", account),))
    return Upload(
        video_id=answer.video_id,
        upload_url=answer.upload_url,
        upload_expires_at=answer.upload_expires_at.ToDatetime(UTC),
    )


videos.post("/v1/videos/{video_id}/complete")(absent)


@videos.get("/v1/videos/{video_id}")
async def get(video_id: str, parts: Deps, account: AccountIfAny) -> Video:
    """A video."""
    answer = await parts.catalog.GetVideo(catalog_pb2.GetVideoRequest(video_id=video_id))
    video = answer.video
    ready = video.state == catalog_pb2.Video.STATE_READY
    if not ready and video.owner_id != account:
        raise HTTPException(404)
    return Video(
        video_id=video.video_id,
        owner_id=video.owner_id,
        title=video.title,
        state="ready" if ready else "failed",
        playlist_url=f"{CDN}/{video.playlist}" if ready else None,
        watch_url=f"{BASE}/watch/{video.video_id}" if ready else None,
        duration_ms=video.duration_ms if ready else None,
        failure_reason=video.failure_reason or None,
    )


@videos.get("/v1/videos")
async def newest(page_size: Annotated[int, Query(ge=1, le=100)] = 20) -> None:
    """A route that is not measured."""
    raise HTTPException(501, str(page_size))


@others.put("/v1/following/{account_id}", status_code=204)
async def follow(account_id: UUID) -> None:
    """A route that is not measured."""
    raise HTTPException(501, str(account_id))


videos.get("/v1/videos/{video_id}/facts")(absent)
others.get("/v1/notifications")(absent)
others.get("/watch/{video_id}")(absent)


async def keys(channel: grpc.aio.Channel) -> KeySet:
    """The public keys of access tokens."""
    stub: Any = auth_pb2_grpc.AuthServiceStub(channel)
    found = await stub.GetKeys(auth_pb2.GetKeysRequest())
    return KeySet([
        OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "kid": key.kid, "alg": key.algorithm, "x": key.x})
        for key in found.keys
    ])  # fmt: skip


async def main(port: int, behind: int) -> None:
    """Serve until the end."""
    quiet = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
    app = FastAPI(docs_url=None, redoc_url=None, telemetry=quiet)
    for router in (accounts, logins, videos, others):
        app.include_router(router)
    channel = grpc.aio.insecure_channel(f"127.0.0.1:{behind}")
    app.state.behind = Behind(channel, await keys(channel))
    server = Server(
        app,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.auto,
        http2_settings=HTTP2Settings(keep_alive_interval=20_000, keep_alive_timeout=10),
        websockets=False,
        log_enabled=False,
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
