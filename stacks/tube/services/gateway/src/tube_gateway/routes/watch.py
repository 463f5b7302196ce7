"""The page that plays a video: a few lines over Media Source Extensions, or native HLS where there are none."""

import html
import re
import secrets
from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from tube.catalog.v1 import catalog_pb2
from tube_gateway.routes.context import Deps, problems
from tube_platform.errors import NotFound

router = APIRouter(tags=["watch"])

PLACEHOLDER = re.compile(r"%(title|playlist|nonce)%")
PAGE = files("tube_gateway").joinpath("watch.html").read_text()


@router.get("/watch/{video_id}", response_class=HTMLResponse, responses=problems(404))
async def watch(video_id: str, parts: Deps) -> HTMLResponse:
    """A page with the video."""
    answer = await parts.catalog.GetVideo(catalog_pb2.GetVideoRequest(video_id=video_id))
    if answer.video.state != catalog_pb2.Video.STATE_READY:
        raise NotFound("there is no such video")
    nonce, cdn = secrets.token_urlsafe(16), parts.public.cdn_url
    values = {
        "title": html.escape(answer.video.title),
        "playlist": html.escape(f"{cdn}/{answer.video.playlist}"),
        "nonce": nonce,
    }
    page = PLACEHOLDER.sub(lambda found: values[found[1]], PAGE)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        f"media-src blob: {cdn}; connect-src {cdn}; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
    return HTMLResponse(page, headers=headers)
