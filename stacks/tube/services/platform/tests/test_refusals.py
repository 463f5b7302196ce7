"""What FastAPI refuses by itself reaches clients as every other problem does, and the document says so (row A1)."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import FastAPI, Header
from fastapi.telemetry import TelemetryConfig
from pydantic import BaseModel, Field

from tube_platform import web
from tube_platform.rpc import http
from tube_platform.web import Observed

JSON = {"content-type": "application/json"}


class Order(BaseModel):
    """A body."""

    secret: str = Field(max_length=8, pattern="^[a-z]+$")


async def order(new: Order, key: Annotated[str, Header(alias="Idempotency-Key")]) -> None:
    """A route with a body."""


async def orders(size: int = 1) -> None:
    """A route without."""


@pytest.fixture
def application() -> FastAPI:
    """A gateway as scaffold begins it."""
    quiet = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
    app = FastAPI(telemetry=quiet)
    http.install(app)
    app.add_api_route("/v1/orders", order, methods=["POST"])
    app.add_api_route(
        "/v1/orders", orders, methods=["GET"], responses={404: {"content": {web.PROBLEM_JSON: {}}}}
    )
    return app


@pytest.fixture
async def client(application: FastAPI) -> AsyncGenerator[httpx2.AsyncClient]:
    """Who asks it."""
    transport = httpx2.ASGITransport(Observed(application, 3.0))
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as found:
        yield found


@pytest.mark.parametrize(
    ("content", "headers", "status", "title"),
    [
        (b'{"secret": "HUNTER"}', JSON, 400, "schema"),
        (b'{"secret": ', JSON, 400, "schema"),
        (b"", JSON, 400, "schema"),
        (b'{"secret": "hunter"}', {"content-type": "text/plain"}, 415, "unsupported_media_type"),
        (b'{"secret": "hunter"}', {}, 415, "unsupported_media_type"),
        (b"x" * (web.LARGEST_BODY + 1), JSON, 413, "too_large"),
    ],
)
async def test_a_body_that_does_not_fit_is_a_problem(
    client: httpx2.AsyncClient, content: bytes, headers: dict[str, str], status: int, title: str
) -> None:
    """It says which field, and repeats nothing of it."""
    found = await client.post("/v1/orders", content=content, headers={**headers, "Idempotency-Key": "k"})
    assert (found.status_code, found.json()["title"]) == (status, title)
    assert found.headers["content-type"] == web.PROBLEM_JSON
    assert "hunter" not in found.text.lower()


async def test_a_missing_key_is_named(client: httpx2.AsyncClient) -> None:
    """It is what clients forget most."""
    found = await client.post("/v1/orders", json={"secret": "a"})
    assert (found.status_code, found.json()["title"]) == (400, "idempotency_key_missing")


def test_the_document_has_no_error_of_another_kind(application: FastAPI) -> None:
    """Neither FastAPI's 422 nor its schemas; a body may be refused before it is read."""
    document = application.openapi()
    assert document is application.openapi(), "it is made once"
    methods: Any = document["paths"]["/v1/orders"]
    assert sorted(methods["get"]["responses"]) == ["200", "400", "404"]
    assert sorted(methods["post"]["responses"]) == ["200", "400", "413", "415"]
    errors = [
        each for one in methods.values() for status, each in one["responses"].items() if status != "200"
    ]
    assert {kind for each in errors for kind in each["content"]} == {web.PROBLEM_JSON}
    assert "ValidationError" not in document["components"]["schemas"]
