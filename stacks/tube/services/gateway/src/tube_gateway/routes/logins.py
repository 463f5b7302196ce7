"""Logins by providers that are not ours (row A9).

A browser goes to `GET /v1/login/{provider}`, is sent to the provider, and comes back to the callback, which answers with tokens. An app on
somebody's machine opens the same address in a browser with an address and a challenge of its own; it is sent a code there, and exchanges it
by `POST /v1/login/{provider}` (RFC 8252).
"""

import secrets
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Path, Query
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, RedirectResponse, Response

from tube.auth.v1 import auth_pb2
from tube_gateway.routes.accounts import Tokens, tokens
from tube_gateway.routes.context import Deps, problems
from tube_platform.errors import Invalid

router = APIRouter(tags=["logins"])

COOKIE = "__Host-login"
COOKIE_AGE = 600
"""Seconds, as long as a login may take."""

type Provider = Annotated[
    str, Path(pattern=r"^[a-z][a-z0-9-]{0,62}$", description="A provider of the topology")
]
type Browser = Annotated[
    str, Cookie(alias=COOKIE, max_length=128, description="The browser's own secret, of the beginning")
]
type Asked = Annotated[str, Query(max_length=2048)]

SENT = {
    "description": "Go there",
    "headers": {"location": {"description": "Where to go on", "schema": {"type": "string"}}},
}
TOO_LONG: dict[int | str, dict[str, Any]] = {
    431: {"description": "An address longer than what the edge takes, which says so itself"}
}
UNKEPT = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
"""Addresses and answers of a login hold secrets: nobody keeps them, and no page tells the next where it came from."""


class LoginCode(BaseModel):
    """The code that an app was sent, and the verifier of its challenge."""

    code: str = Field(max_length=512)
    code_verifier: str = Field(max_length=128)


class Told(BaseModel):
    """What a provider sends a browser back with: a code, or why there is none; and who it is (RFC 9207)."""

    state: str = Field(default="", max_length=512)
    code: str = Field(default="", max_length=2048)
    iss: str = Field(default="", max_length=2048)
    error: str = Field(default="", max_length=128)


@router.get(
    "/v1/login/{provider}",
    status_code=303,
    response_class=Response,
    responses={303: SENT, **problems(400, 404), **TOO_LONG},
)
async def begin(
    provider: Provider,
    parts: Deps,
    browser: Browser = "",
    redirect_uri: Asked = "",
    code_challenge: Asked = "",
    state: Asked = "",
) -> Response:
    """Go to a provider to log in."""
    if (code_challenge or state) and not redirect_uri:
        raise Invalid("an app says where it is: redirect_uri", "redirect_needed")
    secret = browser if len(browser) >= 32 else secrets.token_urlsafe(32)
    request = auth_pb2.BeginLoginRequest(provider=provider, browser=secret)
    if redirect_uri:
        app = auth_pb2.App(redirect_uri=redirect_uri, code_challenge=code_challenge, state=state)
        request.app.CopyFrom(app)
    found = RedirectResponse((await parts.auth.BeginLogin(request)).authorization_url, 303, UNKEPT)
    # Lax: the cookie comes along when the provider sends the browser back, and not with what other pages ask for by themselves.
    found.set_cookie(COOKIE, secret, max_age=COOKIE_AGE, path="/", secure=True, httponly=True, samesite="lax")
    return found


@router.get(
    "/v1/login/{provider}/callback",
    response_model=Tokens,
    responses={303: SENT | {"description": "Back to the app"}, **problems(400, 401, 404), **TOO_LONG},
)
async def callback(
    provider: Provider, parts: Deps, told: Annotated[Told, Query()], browser: Browser = ""
) -> Response:
    """Come back from a provider: with tokens in the answer, or a code for an app in the address that follows."""
    asked = auth_pb2.FinishLoginRequest(
        provider=provider,
        browser=browser,
        state=told.state,
        code=told.code,
        issuer=told.iss,
        error=told.error,
    )
    answer = await parts.auth.FinishLogin(asked)
    if answer.app_url:
        return RedirectResponse(answer.app_url, 303, UNKEPT)
    return JSONResponse(tokens(answer.tokens).model_dump(), headers=UNKEPT)


@router.post("/v1/login/{provider}", responses=problems(400, 401, 404))
async def redeem(provider: Provider, given: LoginCode, parts: Deps, response: Response) -> Tokens:
    """Exchange the code of a login for tokens, in the app that began it."""
    request = auth_pb2.RedeemLoginRequest(
        request_id=str(uuid.uuid4()), provider=provider, code=given.code, code_verifier=given.code_verifier
    )
    response.headers.update(UNKEPT)
    return tokens((await parts.auth.RedeemLogin(request)).tokens)
