"""Serves renditions to the CDN. A person's code."""

import re
from pathlib import PurePosixPath

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tube_media import ranges
from tube_media.ranges import UnsatisfiableError
from tube_media.wired import Parts
from tube_platform import web
from tube_platform.errors import NotFound
from tube_platform.objects import IMMUTABLE, Bucket, ObjectInfo

NAME = re.compile(r"[0-9a-f-]{36}/[0-9a-zA-Z_-]+\.(m3u8|m4s|mp4|ts)")
CONTENT_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".ts": "video/mp2t",
}
PLAYLIST_CACHE = "public, max-age=60"
"""A film that is processed again gets a new playlist under the old name; segments are named by their bytes."""


def application(parts: Parts) -> Starlette:
    """The ASGI application."""
    bucket = parts.renditions

    async def serve(request: Request) -> Response:
        return await _serve(bucket, request)

    app = Starlette(routes=[Route("/{name:path}", serve, methods=["GET", "HEAD"])])
    web.install(app)
    return app


async def _serve(bucket: Bucket, request: Request) -> Response:
    name = request.path_params["name"]
    if not NAME.fullmatch(name):
        raise NotFound("there is no such file")
    info = await bucket.head(name)
    if info is None:
        raise NotFound("there is no such file")
    headers = _headers(info)
    if _known(request.headers.get("if-none-match"), info.etag):
        return Response(status_code=304, headers=headers)
    try:
        wanted = None if _changed(request, info) else ranges.parse(request.headers.get("range"), info.size)
    except UnsatisfiableError:
        return Response(status_code=416, headers={"content-range": f"bytes */{info.size}"})
    start, end = (wanted.start, wanted.end) if wanted else (0, info.size)
    headers["content-length"] = str(end - start)
    if wanted:
        headers["content-range"] = wanted.header(info.size)
    status = 206 if wanted else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    body = bucket.stream(name, start, end) if wanted else bucket.stream(name)
    return StreamingResponse(body, status, headers)


def _headers(info: ObjectInfo) -> dict[str, str]:
    kind = PurePosixPath(info.key).suffix
    headers = {
        "content-type": CONTENT_TYPES[kind],
        "cache-control": PLAYLIST_CACHE if kind == ".m3u8" else IMMUTABLE,
        "accept-ranges": "bytes",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
    }
    if info.etag:
        headers["etag"] = info.etag
    return headers


def _known(given: str | None, etag: str | None) -> bool:
    """Whether the client has these bytes already."""
    if not given or not etag:
        return False
    return given.strip() == "*" or etag.removeprefix("W/") in {
        each.strip().removeprefix("W/") for each in given.split(",")
    }


def _changed(request: Request, info: ObjectInfo) -> bool:
    """Whether a range of another version is asked for; then it gets the whole."""
    given = request.headers.get("if-range")
    return given is not None and given != info.etag
