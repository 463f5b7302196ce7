"""The gateway's REST API (row A1). A person's code: routes, and what they answer, are in routes/."""

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from tube_gateway.routes import accounts, logins, notifications, videos, watch
from tube_gateway.wired import Parts
from tube_platform.rpc import http


def application(parts: Parts) -> FastAPI:
    """The ASGI application."""
    # The platform traces requests; FastAPI's own tracing would begin a second trace inside the first.
    quiet = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
    app = FastAPI(title="tube", version="1.0.0", docs_url=None, redoc_url=None, telemetry=quiet)
    app.state.parts = parts
    http.install(app)
    for router in (accounts.router, logins.router, videos.router, notifications.router, watch.router):
        app.include_router(router)
    return app
