"""What routes need of the request: the parts, and who asks."""

from typing import Annotated, Any

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from tube_gateway.wired import Parts
from tube_platform.errors import Unauthenticated
from tube_platform.limits.asgi import DOCUMENTED


class BrokenRule(BaseModel):
    """A rule that a request breaks."""

    field: str = Field(description="The path of the field in the request of the service behind this")
    rule: str = Field(description="A word for programs")
    detail: str = Field(description="A sentence for people")


class ProblemBody(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str = Field(description="A word for programs")
    status: int
    detail: str = Field(description="A sentence for people")
    errors: list[BrokenRule] | None = Field(
        default=None, description="With 400: the rules of the contract that the request breaks"
    )
    violated_policies: list[str] | None = Field(
        default=None,
        alias="violated-policies",
        description="With 429: the limits that the request was beyond",
    )


def problems(*statuses: int, limited: bool = True) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for its OpenAPI entry. Every route has a limit (row F1.2), but that of the public keys."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}
    found: dict[int | str, dict[str, Any]] = {
        status: {"model": ProblemBody, "content": content} for status in sorted({*statuses, 503, 504})
    }
    return found | {429: DOCUMENTED | {"model": ProblemBody, "content": content}} if limited else found


def degradable() -> dict[int | str, dict[str, Any]]:
    """The good answer of a route that can do without a service behind it, for its OpenAPI entry."""
    header = {
        "description": "There while something is missing in the answer, or of another time: which service, and what was answered instead",
        "schema": {"type": "string", "examples": ["statistics;answer=empty", "catalog;answer=cached;age=42"]},
    }
    return {200: {"headers": {"x-degraded": header}}}


async def parts_of(request: Request) -> Parts:
    """The parts of this gateway. It waits for nothing, and is a coroutine all the same: FastAPI gives a plain function a thread, each time."""
    return request.app.state.parts


BEARER = HTTPBearer(auto_error=False, bearerFormat="JWT", description="An access token of POST /v1/login")
type Token = Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]


WITHOUT_TOKEN: dict[str, Any] = {"security": [{}]}
"""Beside what FastAPI says of a token in an OpenAPI entry: without one it is answered, too."""


async def account(request: Request, token: Token) -> str:
    """The account that the access token names."""
    if token is None:
        raise Unauthenticated("this needs an access token", "no_token")
    return (await (await parts_of(request)).verifier.verify(token.credentials.strip())).subject


async def account_if_any(request: Request, token: Token) -> str | None:
    """The account, where one is not needed."""
    return await account(request, token) if "authorization" in request.headers else None


type Deps = Annotated[Parts, Depends(parts_of)]
type AccountId = Annotated[str, Depends(account)]
type AccountIfAny = Annotated[str | None, Depends(account_if_any)]
type IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="The same key, the same effect: once",
    ),
]
type OptionalKey = Annotated[str, Header(alias="Idempotency-Key", max_length=255)]
