"""The HTTP server: Granian on one port, HTTP/2 by prior knowledge (what the edge speaks, rows P2 and P3) and HTTP/1.1 for people with curl.

Granian runs on this process's event loop. It never upgrades a connection from 1.1 to 2, so an edge that forgot to speak HTTP/2 would go
unnoticed: every answer says which version its request had (`x-http-version`), and so do the log and the metrics.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import cache
from http import HTTPMethod, HTTPStatus
from typing import Any, NamedTuple

from opentelemetry.trace import Span, SpanKind
from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tube_platform import deadlines, logs, metrics, telemetry
from tube_platform.errors import Invalid, Problem, TooLarge
from tube_platform.lifecycle import Lifecycle, Part
from tube_platform.resilience import degraded
from tube_platform.routes import Routes
from tube_platform.wiring import Http

log = logs.get(__name__)

HEARD = 1.0
"""Seconds in which Granian surely hears that it is to end, by a thread of its own: cut off before, it would set a future that is cancelled."""
START_LIMIT = 5.0
LARGEST_BODY = 1024 * 1024
"""Bytes of a request: JSON, and never a film; films go to the object store."""

PROBLEM_JSON = "application/problem+json"

ALIVE = "/.well-known/alive"
"""What an edge with a cache asks every two seconds, to know whether it has to stand in: not worth a line of the log."""

TRACE = frozenset(name.encode() for name in telemetry.HEADERS)

STATUS = {
    "INVALID_ARGUMENT": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "FAILED_PRECONDITION": 409,
    "RESOURCE_EXHAUSTED": 429,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
BY_REASON = {"idempotency_key_reused": 422, "too_large": 413, "unsupported_media_type": 415}
RETRY_AFTER = {409: "1", 429: "1", 503: "1"}

METHODS = frozenset(HTTPMethod)
OTHER = "_OTHER"
"""Any other method: a client may make up as many as it likes, and each would be a metric of its own (OpenTelemetry's word for it)."""

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(slots=True)
class HttpServer(Part):
    """Serves an ASGI application."""

    wiring: Http
    application: Any
    lifecycle: Lifecycle
    host: str = "0.0.0.0"  # noqa: S104 - the edge comes from other pods
    name: str = "http"
    _server: Any = None
    _task: asyncio.Task[None] | None = None
    _ending: bool = False

    async def start(self) -> None:
        """Listen."""
        from granian.constants import HTTPModes, Interfaces
        from granian.http import HTTP2Settings
        from granian.server.embed import Server

        self._server = Server(
            Observed(self.application, self.wiring.deadline),
            address=self.host,
            port=self.wiring.port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.auto,
            http2_settings=HTTP2Settings(keep_alive_interval=20_000, keep_alive_timeout=10),
            websockets=False,
            log_enabled=False,
        )
        self._task = self.lifecycle.watch("http server", self._serve())
        await self._listening()

    async def drain(self, seconds: float) -> None:
        """Take no new connections, and let requests in hand end."""
        self._ending = True
        if self._task and self._server:
            self._server.stop()
            await asyncio.wait({self._task}, timeout=seconds)

    async def close(self) -> None:
        """Nothing is left after the drain, or soon after it."""
        if self._task:
            if self._ending:
                await asyncio.wait({self._task}, timeout=HEARD)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _serve(self) -> None:
        """Granian returns when its worker has died; unless this is the end, the process must not outlive that."""
        await self._server.serve()
        if not self._ending:
            raise RuntimeError("the HTTP server stopped by itself")

    async def _listening(self) -> None:
        """Granian does not say when it listens; a connection does."""
        async with asyncio.timeout(START_LIMIT):
            while True:
                if self._task and self._task.done():
                    self._task.result()
                    raise OSError(f"nothing listens on port {self.wiring.port}")
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.wiring.port)
                    writer.close()
                    return
                await asyncio.sleep(0.02)


class Observed:
    """Around every request: a span, a log line, a count, a budget of time; in the answer the HTTP version, and what of it is degraded."""

    def __init__(self, application: Asgi, budget: float) -> None:
        self._application = application
        self._budget = budget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        if scope["path"] == ALIVE:
            await Response(status_code=204)(scope, receive, send)
            return
        version = str(scope.get("http_version", ""))
        began, status, started = time.monotonic(), 500, False

        async def observed(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                more = [(b"x-http-version", version.encode()), *_degraded(notes)]
                message["headers"] = [*message.get("headers", ()), *more]
            await send(message)

        came = {n.decode(): value.decode("latin-1") for n, value in scope["headers"] if n in TRACE}
        parent = telemetry.extract(came) if came else telemetry.NEW
        with (
            telemetry.span(_method(scope), SpanKind.SERVER, parent) as span,
            deadlines.within(self._budget),
            degraded.collecting() as notes,
        ):
            try:
                await self._application(scope, _limited(receive), observed)
            except Exception:
                log.exception("request failed")
                if not started:
                    await problem_response(Problem("something went wrong here"))(scope, receive, observed)
            finally:
                _trace(span, scope, status)
                _note(scope, status, version, time.monotonic() - began)


def _degraded(notes: degraded.Notes) -> list[tuple[bytes, bytes]]:
    """Said to the client, and kept by nobody: the next answer may be whole."""
    if not notes:
        return []
    return [(degraded.KEY.encode(), degraded.text(notes).encode()), (b"cache-control", b"no-store")]


def _limited(receive: Receive) -> Receive:
    """The body, as long as it is not too long."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_BODY:
            raise TooLarge(f"a request has at most {LARGEST_BODY} bytes")
        return message

    return limited


def install(application: Any) -> None:
    """Make an application answer problems as application/problem+json (RFC 9457)."""
    application.add_exception_handler(Problem, _answer)
    application.add_exception_handler(HTTPException, _no_route)
    application.add_exception_handler(Exception, _answer)


def problem_response(problem: Problem) -> JSONResponse:
    """A problem as HTTP."""
    status = BY_REASON.get(problem.reason, STATUS.get(problem.code, 500))
    headers = {"retry-after": RETRY_AFTER[status]} if status in RETRY_AFTER else {}
    if status == 401:
        headers["www-authenticate"] = f'Bearer error="{problem.reason}"'
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.reason,
        "status": status,
        "detail": problem.message,
    }
    if isinstance(problem, Invalid) and problem.violations:
        body["errors"] = [
            {"field": each.field, "rule": each.rule, "detail": each.says} for each in problem.violations
        ]
    return JSONResponse(body, status, headers, PROBLEM_JSON)


async def _no_route(request: Request, error: Exception) -> JSONResponse:
    """What the router refuses: no such path, or not with this method."""
    # FastAPI calls whatever ends the reading of a body a bad request.
    if isinstance(error.__cause__, TooLarge):
        return problem_response(error.__cause__)
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if status == HTTPStatus.METHOD_NOT_ALLOWED:  # the router names the methods of one route only
        headers["Allow"] = ", ".join(Routes(request.app).methods(request.url.path))
    title = HTTPStatus(status).phrase
    body = {
        "type": "about:blank",
        "title": title.lower().replace(" ", "_"),
        "status": status,
        "detail": title,
    }
    return JSONResponse(body, status, headers, PROBLEM_JSON)


async def _answer(_: Request, error: Exception) -> JSONResponse:
    return problem_response(error if isinstance(error, Problem) else Problem("something went wrong here"))


def _route(scope: Scope) -> str:
    """The route of a request; its path holds names and numbers, which are not for metrics, logs or traces."""
    return getattr(scope.get("route"), "path", "unmatched")


def _method(scope: Scope) -> str:
    """The method of a request, if it is one."""
    return scope["method"] if scope["method"] in METHODS else OTHER


def _trace(span: Span, scope: Scope, status: int) -> None:
    if not span.is_recording():
        return
    method, route = _method(scope), _route(scope)
    span.update_name(f"{method} {route}")
    span.set_attributes(
        {"http.request.method": method, "http.route": route, "http.response.status_code": status}
    )
    if status >= 500:
        telemetry.failed(span, str(status))


def _note(scope: Scope, status: int, version: str, seconds: float) -> None:
    known = _answered(_method(scope), _route(scope), status, version)
    known.served.inc()
    known.seconds.observe(seconds)
    known.line.info(seconds=round(seconds, 4))


class Answered(NamedTuple):
    """Where requests are noted that are the same but for their time."""

    served: Counter
    seconds: Histogram
    line: logs.Line


@cache  # to look a child up among its metric takes longer than to count
def _answered(method: str, route: str, status: int, version: str) -> Answered:
    return Answered(
        metrics.http_served.labels(method, route, status, version),
        metrics.http_served_seconds.labels(route),
        logs.Line("request", method=method, route=route, status=status, http_version=version),
    )
