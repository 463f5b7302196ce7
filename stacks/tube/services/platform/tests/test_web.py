"""The HTTP server: HTTP/2 by prior knowledge, problems, budgets, and an ending that lets requests end (rows P2, A1)."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tube_platform import deadlines, errors, web
from tube_platform.errors import Problem
from tube_platform.lifecycle import Lifecycle
from tube_platform.resilience import degraded
from tube_platform.web import HttpServer
from tube_platform.wiring import Http


class Application:
    """Answers as a test wants."""

    def __init__(self) -> None:
        self.raises: Exception | None = None
        self.without: list[str] = []
        self.entered, self.go = asyncio.Event(), asyncio.Event()
        self.app = Starlette(
            routes=[
                Route("/a/{x}", self.answer),
                Route("/a/{x}", self.body, methods=["PUT"]),
                Route("/slow", self.slow),
                Route("/body", self.body, methods=["POST"]),
            ]
        )
        web.install(self.app)

    async def answer(self, _: Request) -> Response:
        """Raise, or say how much time there is; without what a test says."""
        for part in self.without:
            degraded.without(part)
        if self.raises:
            raise self.raises
        return PlainTextResponse(str(deadlines.remaining()))

    async def body(self, request: Request) -> Response:
        """Say how long the body is."""
        return PlainTextResponse(str(len(await request.body())))

    async def slow(self, _: Request) -> Response:
        """Wait for the test."""
        self.entered.set()
        await self.go.wait()
        return PlainTextResponse("done")


@pytest.fixture
def application() -> Application:
    """What is served."""
    return Application()


@pytest.fixture
async def server(application: Application) -> AsyncGenerator[HttpServer]:
    """It, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = HttpServer(Http(port, deadline=3.0), application.app, Lifecycle(1.0), "127.0.0.1")
    await found.start()
    yield found
    await found.drain(1.0)
    await found.close()


def client(server: HttpServer, *, http2: bool = True) -> httpx2.AsyncClient:
    """A client that speaks HTTP/2 with prior knowledge, as the edge does, or HTTP/1.1."""
    url = f"http://127.0.0.1:{server.wiring.port}"
    return httpx2.AsyncClient(
        base_url=url,
        http1=not http2,
        http2=http2,
        trust_env=False,
        verify=False,  # no TLS here, and no authorities to be read for it
        timeout=60.0,
    )


@pytest.mark.parametrize(("http2", "version", "said"), [(True, "HTTP/2", "2"), (False, "HTTP/1.1", "1.1")])
async def test_answer_says_which_http_version_the_request_had(
    server: HttpServer, http2: bool, version: str, said: str
) -> None:
    """An edge that fell back to HTTP/1.1 can be seen."""
    async with client(server, http2=http2) as to:
        found = await to.get("/a/1")
    assert found.http_version == version
    assert found.headers["x-http-version"] == said
    assert 2.5 < float(found.text) <= 3.0


@pytest.mark.parametrize(
    "kind", [kind for kind in Problem.__subclasses__() if kind.__module__ == errors.__name__]
)
async def test_problems_are_problem_json(
    server: HttpServer, application: Application, kind: type[Problem]
) -> None:
    """RFC 9457, with a word for programs."""
    application.raises = kind("a sentence")
    async with client(server) as to:
        found = await to.get("/a/1")
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["title"] == kind.default_reason
    assert found.json()["status"] == found.status_code
    expected = web.BY_REASON.get(kind.default_reason, web.STATUS[kind.code])
    assert found.status_code == expected


@pytest.mark.parametrize(("path", "status"), [("/none", 404), ("/a/1", 405)])
async def test_what_the_router_refuses_is_problem_json_too(
    server: HttpServer, path: str, status: int
) -> None:
    """No page of another kind."""
    async with client(server) as to:
        found = await to.post(path)
    assert (found.status_code, found.headers["content-type"]) == (status, "application/problem+json")


async def test_a_refused_method_names_every_method_that_the_path_has(server: HttpServer) -> None:
    """Of all its routes, not of the first one only."""
    async with client(server) as to:
        found = await to.delete("/a/1")
    assert (found.status_code, found.headers["allow"]) == (405, "GET, HEAD, PUT")


async def test_methods_that_a_client_makes_up_are_counted_as_one(server: HttpServer) -> None:
    """Each would be a time series of its own, and there is no end of them."""
    labels = {"method": web.OTHER, "route": "/a/{x}", "status": "405", "http_version": "2"}
    before = REGISTRY.get_sample_value("http_served_total", labels) or 0
    async with client(server) as to:
        for method in ("BREW", "FROTH"):
            assert (await to.request(method, "/a/1")).status_code == 405
    assert REGISTRY.get_sample_value("http_served_total", labels) == before + 2


async def test_bug_is_500_and_says_nothing(server: HttpServer, application: Application) -> None:
    """Its text is in the log."""
    application.raises = RuntimeError("password=hunter2")
    async with client(server) as to:
        found = await to.get("/a/1")
    assert found.status_code == 500
    assert "hunter2" not in found.text
    assert found.headers["content-type"] == "application/problem+json"


async def test_body_has_a_limit(server: HttpServer) -> None:
    """A megabyte, with a length in front or without; a film goes to the object store."""

    async def pieces(count: int) -> AsyncGenerator[bytes]:
        for _ in range(count):
            yield b"x" * 1024

    async with client(server) as to:
        assert (await to.post("/body", content=b"x" * web.LARGEST_BODY)).text == str(web.LARGEST_BODY)
        whole = await to.post("/body", content=b"x" * (web.LARGEST_BODY + 1))
        assert (whole.status_code, whole.json()["title"]) == (413, "too_large")
    async with client(server) as to:
        assert (await to.post("/body", content=pieces(1025))).status_code == 413


async def test_server_that_stops_by_itself_ends_the_process(server: HttpServer) -> None:
    """A gateway without its HTTP server must not stay in the balancing."""
    server._server.stop()
    async with asyncio.timeout(5):
        while server.lifecycle.failure is None:
            await asyncio.sleep(0.01)
    assert "stopped by itself" in str(server.lifecycle.failure)


async def test_end_lets_requests_end(server: HttpServer, application: Application) -> None:
    """SIGTERM while an answer is being made: the client gets it, new connections are refused."""
    # HTTP/1.1: after GOAWAY Python's h2 takes a connection for closed and drops the streams that still run on it.
    async with client(server, http2=False) as to:
        asking = asyncio.create_task(to.get("/slow"))
        await application.entered.wait()
        ending = asyncio.create_task(server.drain(5.0))
        await asyncio.sleep(0.1)
        application.go.set()
        found: Any = await asking
        assert found.text == "done"
        await ending
    async with client(server) as late:
        with pytest.raises(httpx2.ConnectError):
            await late.get("/a/1")


async def test_a_degraded_answer_says_so_and_is_kept_by_nobody(
    server: HttpServer, application: Application
) -> None:
    """The header is there as long as something is missing, and not a request longer."""
    application.without = ["statistics"]
    async with client(server) as to:
        found = await to.get("/a/1")
        assert found.headers["x-degraded"] == "statistics;answer=empty"
        assert found.headers["cache-control"] == "no-store"
        application.without = []
        assert "x-degraded" not in (await to.get("/a/1")).headers


async def test_an_edge_that_asks_whether_it_is_there_is_answered_before_anything_is_noted(
    server: HttpServer,
) -> None:
    """Every two seconds from every pod of the edge (row P3): no log line, no count."""
    async with client(server) as to:
        found = await to.get(web.ALIVE)
    assert found.status_code == 204
    assert "x-http-version" not in found.headers
