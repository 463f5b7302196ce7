"""Systems that are not ours, by HTTP/3 from a real Caddy, and by HTTP/2 where UDP does not get through (row P10)."""

import asyncio
import contextlib
import gzip
import socket
import tracemalloc
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tube_platform import deadlines, external
from tube_platform.errors import Beyond
from tube_platform.external import Answer, ElsewhereError, External, Form
from tube_platform.lifecycle import Lifecycle
from tube_platform.oidc.provider import Attempt, Provider
from tube_platform.testing.caddy import Server, caddy
from tube_platform.testing.provider import LocalProvider, free_port, serving
from tube_platform.web import HttpServer
from tube_platform.wiring import BreakerWiring, ExternalWiring, Http, LoginWiring

CALLBACK = "https://app.example/v1/login/id/callback"
LONG = 30.0
"""Seconds: a machine may be busy, and no test waits for the end of it."""


class Clock:
    """Time as a test says."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Now."""
        return self.now


class Application:
    """Answers with a status, or when a test lets it."""

    def __init__(self) -> None:
        self.status = 200
        self.go = asyncio.Event()
        self.go.set()
        self.asked = 0
        self.app = Starlette(routes=[Route("/", self.answer, methods=["GET", "POST"])])

    async def answer(self, request: Request) -> Response:
        """One answer."""
        self.asked += 1
        await request.body()
        await self.go.wait()
        return PlainTextResponse("x", self.status)


@asynccontextmanager
async def reached(wiring: ExternalWiring, clock: Clock | None = None) -> AsyncGenerator[External]:
    """An external system, with its client loaded."""
    found = External("id", wiring, clock or Clock())
    await found.start()
    try:
        yield found
    finally:
        await found.close()


def by_http3(server: Server, fallback: str | None = "http2", timeout: float = LONG) -> ExternalWiring:
    """The way to a Caddy."""
    return ExternalWiring(
        server.url,
        "http3",
        timeout,
        fallback=fallback,
        address="127.0.0.1",
        authority_file=str(server.authority),
    )


ECHO = "respond {http.request.proto}"


@contextmanager
def nothing_gets_through(port: int) -> Generator[None]:
    """A network that lets no UDP through: what is sent is never answered."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hole:
        hole.bind(("127.0.0.1", port))
        yield


async def test_it_is_spoken_to_by_http3_from_the_first_request(tmp_path: Path) -> None:
    """Both ends say so; nothing has to be learnt over TCP first."""
    with caddy(tmp_path, free_port(), ECHO) as server:
        async with reached(by_http3(server)) as system:
            answer = await system.get(f"{server.url}/")
            assert (answer.version, answer.body) == ("3", b"HTTP/3.0")
            assert (await system.post(f"{server.url}/", Form({"a": "b"}))).version == "3"


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "lost"])
async def test_where_udp_does_not_get_through_it_is_http2(tmp_path: Path, refused: bool) -> None:
    """At once from then on, and after five minutes HTTP/3 is tried again."""
    port, clock = free_port(), Clock()
    with caddy(tmp_path, port, ECHO, "h1 h2") as server:
        # Half of the time goes to HTTP/3: what is lost costs that once.
        async with reached(by_http3(server, timeout=LONG if refused else 6.0), clock) as system:
            if refused:
                assert (await system.get(f"{server.url}/")).version == "2"
            else:
                with nothing_gets_through(port):
                    assert (await system.get(f"{server.url}/")).body == b"HTTP/2.0"
            assert (await system.get(f"{server.url}/")).version == "2"
            assert not system.ill
    with caddy(tmp_path, port, ECHO) as server:
        async with reached(by_http3(server), clock) as other:
            other._http3_from = clock.now + external.WITHOUT_HTTP3
            assert (await other.get(f"{server.url}/")).version == "2"
            clock.now += external.WITHOUT_HTTP3
            assert (await other.get(f"{server.url}/")).version == "3"


async def test_what_is_sent_is_never_sent_twice(tmp_path: Path) -> None:
    """It may have arrived; the next one goes the other way."""
    with caddy(tmp_path, free_port(), ECHO, "h1 h2") as server:
        async with reached(by_http3(server)) as system:
            with pytest.raises(Beyond):
                await system.post(f"{server.url}/", Form({}))
            assert (await system.post(f"{server.url}/", Form({}))).version == "2"


@pytest.mark.parametrize(("method", "half"), [("GET", True), ("POST", False)])
async def test_what_is_sent_once_has_all_of_its_time(
    method: str, half: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half is kept back for a second way only where there is one: a provider that takes its time over a code is not cut off."""
    given: list[float] = []

    async def by(_: External, protocol: str, seconds: float, *__: object) -> Answer:
        given.append(seconds)
        return Answer(200, b"", "3")

    monkeypatch.setattr(External, "_by", by)
    url = "https://id.example/"
    async with reached(ExternalWiring(url, "http3", LONG, fallback="http2")) as system:
        await (system.get(url) if method == "GET" else system.post(url, Form({})))
    assert given == [LONG / 2 if half else LONG]


async def test_without_a_fallback_there_is_none(tmp_path: Path) -> None:
    """The topology can say so, and is told what that costs by a rule."""
    with caddy(tmp_path, free_port(), ECHO, "h1 h2") as server:
        async with reached(by_http3(server, None)) as system:
            with pytest.raises(Beyond):
                await system.get(f"{server.url}/")


async def test_who_nobody_vouches_for_is_not_spoken_to(tmp_path: Path) -> None:
    """The authorities that everybody believes do not know this one."""
    with caddy(tmp_path, free_port(), ECHO) as server:
        for protocol in ("http3", "http2"):
            wiring = ExternalWiring(server.url, protocol, LONG, address="127.0.0.1")
            async with reached(wiring) as system:
                with pytest.raises(Beyond):
                    await system.get(f"{server.url}/")


async def test_a_silent_connection_is_not_used_again(tmp_path: Path) -> None:
    """Its server has forgotten it, and over UDP nobody would notice."""
    clock = Clock()
    with caddy(tmp_path, free_port(), ECHO) as server:
        async with reached(by_http3(server), clock) as system:
            await system.get(f"{server.url}/")
            before = system._sessions["http3"][0]
            await system.get(f"{server.url}/")
            assert system._sessions["http3"][0] is before
            clock.now += max(external.IDLE, LONG) + 1
            assert (await system.get(f"{server.url}/")).version == "3"
            assert system._sessions["http3"][0] is not before


async def test_requests_at_once_share_their_connections(tmp_path: Path) -> None:
    """None is made beside the one that another request is making, to be forgotten."""
    with caddy(tmp_path, free_port(), ECHO) as server:
        async with reached(by_http3(server)) as system:
            first, second = await asyncio.gather(*(system._session("http3") for _ in range(2)))
            assert first is second


async def test_nobody_else_is_asked_in_the_middle_of_a_login(tmp_path: Path) -> None:
    """Whether a certificate was revoked is said by third parties, whom no policy lets a pod out to."""
    with caddy(tmp_path, free_port(), ECHO) as server:
        async with reached(by_http3(server)) as system:
            assert (await system._session("http3"))._revocation_configuration is None


async def test_a_whole_login_by_http3(tmp_path: Path) -> None:
    """Discovery, the code, the keys: every request to the provider comes in by HTTP/3, whose certificate is its own authority's."""
    behind, port = free_port(), free_port()
    provider = LocalProvider(f"https://id.localhost:{port}", CALLBACK)
    (tmp_path / "client_secret").write_text(provider.secret)
    site = f"reverse_proxy 127.0.0.1:{behind}"
    async with serving(provider, behind):
        with caddy(tmp_path, port, site) as server:
            async with reached(by_http3(server)) as system:
                login = LoginWiring(server.url, provider.client, CALLBACK, str(tmp_path / "client_secret"))
                found, attempt = Provider(login, system), Attempt()
                address = await found.address(attempt)
                plain = address.replace(server.url, f"http://127.0.0.1:{behind}")
                async with httpx2.AsyncClient() as browser:
                    sent = (await browser.get(plain)).headers["location"]
                told = {name: values[0] for name, values in parse_qs(urlsplit(sent).query).items()}
                assert told["state"] == attempt.state
                identity = await found.exchange(told["code"], attempt, told["iss"])
                assert (identity.issuer, identity.subject) == (server.url, provider.person)
                assert not system._sessions.keys() - {"http3"}, "nothing went another way"


@asynccontextmanager
async def plain(application: Application, **wiring: object) -> AsyncGenerator[External]:
    """A system by HTTP/1.1 on loopback."""
    port = free_port()
    server = HttpServer(Http(port, deadline=LONG), application.app, Lifecycle(1.0), "127.0.0.1")
    await server.start()
    breaker = BreakerWiring(consecutive_failures=2, open_for=5.0, close_after=1)
    async with reached(ExternalWiring(f"http://127.0.0.1:{port}", "http1", LONG, breaker=breaker)) as system:
        yield system
    application.go.set()
    await server.drain(0.1)
    await server.close()


@asynccontextmanager
async def saying(text: bytes) -> AsyncGenerator[tuple[External, list[str]]]:
    """A system that says the same to every request, byte by byte as a test has it; and what it was asked."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                asked.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
                writer.write(text)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with reached(ExternalWiring(url, "http1", LONG)) as system:
        yield system, asked
    server.close()


async def test_what_it_says_to_one_login_is_not_told_with_the_next() -> None:
    """A cookie would be: the connections are everybody's, and who set one for a person would meet it again with another's code."""
    async with saying(b"HTTP/1.1 200 OK\r\nset-cookie: of=one\r\ncontent-length: 1\r\n\r\nx") as (
        system,
        asked,
    ):
        for _ in range(2):
            assert (await system.get(f"{system.wiring.url}/")).body == b"x"
    assert len(asked) == 2
    assert not any("cookie:" in each for each in asked)


@pytest.mark.parametrize("where", ["http://[", "http://127.0.0.1:99999999/", "//\\"])
async def test_where_it_sends_us_on_is_not_even_read(where: str) -> None:
    """It is not followed, so that it is no address is no failure of ours."""
    text = f"HTTP/1.1 302 Found\r\nlocation: {where}\r\ncontent-length: 0\r\n\r\n"
    async with saying(text.encode()) as (system, _):
        assert (await system.get(f"{system.wiring.url}/")).status == 302


MUCH = 50 * external.LARGEST_ANSWER


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("status", ["200 OK", "302 Found"])
async def test_of_an_answer_that_is_too_long_no_more_is_held_than_may_be(status: str, packed: bool) -> None:
    """Whoever answers does not decide how much memory that takes: not by its length, and not by what it unpacks to."""
    body = gzip.compress(bytes(MUCH), 1) if packed else bytes(MUCH)
    encoding = "content-encoding: gzip\r\n" if packed else ""
    head = f"HTTP/1.1 {status}\r\n{encoding}location: /\r\ncontent-length: {len(body)}\r\n\r\n"
    async with saying(head.encode() + body) as (system, asked):
        tracemalloc.start()
        try:
            if packed:
                assert (await system.get(f"{system.wiring.url}/")).body == body
            else:
                with pytest.raises(Beyond, match="too much"):
                    await system.get(f"{system.wiring.url}/")
            assert tracemalloc.get_traced_memory()[1] < MUCH / 5
        finally:
            tracemalloc.stop()
    assert "accept-encoding: identity" in asked[0]


async def test_a_client_that_takes_long_to_load_is_not_waited_for_longer_than_an_answer() -> None:
    """As on a node that is short of everything; and that the other system is ill it does not mean."""

    async def never() -> None:
        await asyncio.Event().wait()

    application = Application()
    async with plain(application) as system:
        loading, system._loading = system._loading, asyncio.create_task(never())
        with deadlines.within(0.2), pytest.raises(Beyond, match="yet"):
            await system.get(f"{system.wiring.url}/")
        assert system._loading
        system._loading.cancel()
        system._loading = loading
        assert (await system.get(f"{system.wiring.url}/")).status == 200
        assert application.asked == 1


@pytest.mark.parametrize(
    ("status", "failed"), [(200, False), (302, False), (404, False), (429, True), (503, True)]
)
async def test_what_counts_as_a_failure(status: int, failed: bool) -> None:
    """That there is no such thing is an answer; that it is too busy is not. Nobody is sent on by an answer."""
    application = Application()
    application.status = status
    async with plain(application) as system:
        if failed:
            for _ in range(2):
                with pytest.raises(Beyond):
                    await system.get(f"{system.wiring.url}/")
            with pytest.raises(Beyond, match="too often"):
                await system.get(f"{system.wiring.url}/")
        else:
            for _ in range(3):
                assert (await system.get(f"{system.wiring.url}/")).status == status
        assert application.asked == (2 if failed else 3)
        assert system.ill == failed


async def test_a_request_that_had_no_time_says_nothing_about_the_system() -> None:
    """It ends with the caller's time, and counts for nothing."""
    application = Application()
    application.go.clear()
    async with plain(application) as system:
        for _ in range(3):
            with deadlines.within(0.1), pytest.raises(Beyond):
                await system.get(f"{system.wiring.url}/")
        assert not system.ill


async def test_keys_of_a_provider_that_is_away_are_missed_as_the_provider_is() -> None:
    """Nobody counts it as a failure of ours."""
    application = Application()
    application.status = 503
    async with plain(application) as system:
        login = LoginWiring(system.wiring.url, "client", CALLBACK, "/nowhere")
        with pytest.raises(Beyond):
            await Provider(login, system).keys.find("any")


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://id.example/keys", True),
        ("https://keys.id.example/v1", True),
        ("https://id.example.evil/", False),
        ("http://id.example/", False),
        ("https://user@id.example/", False),
        ("", False),
    ],
)
async def test_requests_go_to_its_own_hosts_only(url: str, own: bool) -> None:
    """Its URL's, and those that the topology names beside it."""
    system = External("id", ExternalWiring("https://id.example", hosts=("keys.id.example",)))
    if own:
        system.refuse_elsewhere(url)
    else:
        with pytest.raises(ElsewhereError):
            await system.get(url)
