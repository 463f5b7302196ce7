"""Accounts and tokens (row A8)."""

import uuid
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from tube.auth.v1 import auth_pb2
from tube_gateway.routes.context import Deps, OptionalKey, problems

router = APIRouter(tags=["accounts"])


ADDRESS = r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+\.[^@\s\x00-\x1f\x7f-\x9f]+$"
"""An e-mail address, as far as a pattern can tell: mail tells the rest. Auth takes no other."""


class Credentials(BaseModel):
    """Address and password."""

    email: str = Field(max_length=254, pattern=ADDRESS)
    password: str = Field(max_length=256)


class NewAccount(Credentials):
    """Address and password of an account to be."""

    password: str = Field(min_length=8, max_length=256)


class Account(BaseModel):
    """An account."""

    account_id: str


class RefreshToken(BaseModel):
    """A refresh token."""

    refresh_token: str = Field(max_length=512)


class Tokens(BaseModel):
    """What a client keeps: the access token goes with each request, the refresh token is exchanged for new ones."""

    account_id: str
    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name
    expires_in: int
    refresh_token: str


class KeySet(BaseModel):
    """A JSON Web Key Set."""

    keys: list[dict[str, Any]]


@router.post("/v1/accounts", status_code=201, responses=problems(400, 409))
async def register(credentials: NewAccount, parts: Deps, idempotency_key: OptionalKey = "") -> Account:
    """Open an account."""
    request = auth_pb2.RegisterRequest(
        request_id=idempotency_key or str(uuid.uuid4()),
        email=credentials.email,
        password=credentials.password,
    )
    answer = await parts.auth.Register(request)
    return Account(account_id=answer.account_id)


@router.post("/v1/login", responses=problems(400, 401))
async def login(credentials: Credentials, parts: Deps) -> Tokens:
    """Begin a session."""
    request = auth_pb2.LoginRequest(
        request_id=str(uuid.uuid4()), email=credentials.email, password=credentials.password
    )
    return tokens((await parts.auth.Login(request)).tokens)


@router.post("/v1/token", responses=problems(400, 401))
async def refresh(given: RefreshToken, parts: Deps) -> Tokens:
    """Exchange a refresh token for a new pair."""
    answer = await parts.auth.Refresh(auth_pb2.RefreshRequest(refresh_token=given.refresh_token))
    return tokens(answer.tokens)


@router.get("/.well-known/jwks.json", responses=problems(limited=False))
async def keys(parts: Deps) -> KeySet:
    """The public keys that verify access tokens."""
    return KeySet(keys=await parts.verifier.keys())


def tokens(given: auth_pb2.Tokens) -> Tokens:
    """Tokens as JSON."""
    return Tokens(
        account_id=given.account_id,
        access_token=given.access_token,
        expires_in=given.expires_in_seconds,
        refresh_token=given.refresh_token,
    )
