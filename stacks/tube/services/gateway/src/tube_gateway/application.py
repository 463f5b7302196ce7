"""The gateway's REST API (row A1). A person's code: routes, and what they answer, are in routes/."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.requests import Request
from starlette.responses import JSONResponse

from tube_gateway.routes import accounts, notifications, videos, watch
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
    for router in (accounts.router, videos.router, notifications.router, watch.router):
        app.include_router(router)
    return app


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    """A request that does not fit the schema: which field, and why, but not its value."""
    if not isinstance(error, RequestValidationError):
        return web.problem_response(Invalid("the request does not fit the schema"))
    found = error.errors()
    if any(each["loc"][-1:] == ("idempotency-key",) and each["type"] == "missing" for each in found):
        return web.problem_response(
            Invalid("the header Idempotency-Key is needed", "idempotency_key_missing")
        )
    text = "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in found)
    return web.problem_response(Invalid(text, "schema"))
