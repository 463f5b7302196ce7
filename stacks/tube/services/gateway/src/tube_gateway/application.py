"""The gateway's REST API (row A1). A person's code: routes, and what they answer, are in routes/."""

from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.requests import Request
from starlette.responses import JSONResponse

from tube_gateway.routes import accounts, logins, notifications, videos, watch
from tube_gateway.wired import Parts
from tube_platform import web
from tube_platform.errors import Invalid
from tube_platform.rpc import http


def application(parts: Parts) -> FastAPI:
    """The ASGI application."""
    # The platform traces requests; FastAPI's own tracing would begin a second trace inside the first.
    quiet = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
    app = FastAPI(title="tube", version="1.0.0", docs_url=None, redoc_url=None, telemetry=quiet)
    app.state.parts = parts
    http.install(app)
    app.add_exception_handler(RequestValidationError, _invalid)
    for router in (accounts.router, logins.router, videos.router, notifications.router, watch.router):
        app.include_router(router)
    _document(app)
    return app


def _document(app: FastAPI) -> None:
    """Make the OpenAPI document say what the code does: FastAPI writes down a 422 of its own for what this gateway answers with 400.

    It is made when somebody asks for it, which takes half a second that a starting pod does not have.
    """
    original = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = original()
            for operations in found["paths"].values():
                for operation in operations.values():
                    _correct(operation["responses"])
            for name in ("HTTPValidationError", "ValidationError"):
                found["components"]["schemas"].pop(name, None)
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = document


def _correct(responses: dict[str, Any]) -> None:
    default = responses.get("422", {}).get("content", {}).get("application/json", {})
    if default.get("schema", {}).get("$ref", "").endswith("/HTTPValidationError"):
        del responses["422"]
        responses["400"] = responses["503"] | {"description": "Bad Request"}
    for status, response in responses.items():
        if int(status) >= 400 and "content" in response:  # our own errors come as problem+json only
            response["content"] = {web.PROBLEM_JSON: response["content"][web.PROBLEM_JSON]}


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    """A request that does not fit the schema: which field, and why, but not its value."""
    if not isinstance(error, RequestValidationError):
        return web.problem_response(Invalid("the request does not fit the schema"))
    found = error.errors()
    missing = {str(each["loc"][-1]).lower() for each in found if each["type"] == "missing"}
    if "idempotency-key" in missing:
        return web.problem_response(
            Invalid("the header Idempotency-Key is needed", "idempotency_key_missing")
        )
    text = "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {_words(each)}" for each in found)
    return web.problem_response(Invalid(text, "schema"))


def _words(found: dict[str, Any]) -> str:
    """What is wrong, for people: a pattern is for programs, and stands in the OpenAPI document."""
    pattern = found["type"] == "string_pattern_mismatch"
    return "it does not have the form that the OpenAPI document gives" if pattern else found["msg"]
