"""Limits on requests as clients meet them: who is counted as whom, what a refusal says, what is never limited (row F1.2)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tube_platform import app as app_module
from tube_platform import metrics, wiring
from tube_platform.limits.asgi import QUOTA_EXCEEDED, Limited
from tube_platform.limits.counters import Counters, InPod
from tube_platform.limits.gcra import Limit, Verdict
from tube_platform.limits.policies import Policies, address
from tube_platform.limits.store import StoreError
from tube_platform.tokens import Issuer, Verifier
from tube_platform.web import Observed
from tube_platform.wiring import (
    LimitWiring,
    RateLimitWiring,
    TokensWiring,
    Verifies,
    WiringError,
)

LOGIN = "POST /v1/login"
WIRED = RateLimitWiring(
    rate=1.0,
    burst=4,
    cache="fast",
    forwarded=True,
    anonymous=LimitWiring(1.0, 6, "address"),
    routes={LOGIN: LimitWiring(0.1, 2, "address")},
)


class Clock:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Away:
    """A store that is away, so that the pod counts by the test's clock."""

    def at_hand(self, keys: Sequence[str], limits: Sequence[Limit]) -> Verdict | None:
        """Nothing is counted in advance."""
        del keys, limits

    async def count(self, keys: Sequence[str], limits: Sequence[Limit], within: float) -> Verdict:
        """Nothing."""
        raise StoreError("away")

    async def close(self) -> None:
        """Nothing."""


async def hello(request: Request) -> PlainTextResponse:
    """An answer."""
    return PlainTextResponse(request.method)


def application() -> Starlette:
    """What is behind the limits."""
    routes = [
        Route("/v1/films/{film}", hello),
        Route("/v1/films", hello, methods=["GET", "POST"]),
        Route("/v1/login", hello, methods=["POST"]),
        Route("/.well-known/jwks.json", hello),
    ]
    return Starlette(routes=routes)


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    """Who gives out tokens."""
    (tmp_path / "k1.pem").write_bytes(OKPKey.generate_key("Ed25519").as_pem(private=True))
    return Issuer(TokensWiring("https://demo", "demo", keys_dir=str(tmp_path)))


class Client:
    """Asks a service with limits, as whoever a test wants."""

    def __init__(self, issuer: Issuer, limits: RateLimitWiring = WIRED) -> None:
        async def fetch() -> list[dict[str, Any]]:
            return issuer.public_keys()

        self.clock = Clock()
        self.issuer = issuer
        behind = application()
        counters = Counters(Away(), InPod(self.clock), 0.05, clock=self.clock)
        self.limited = Limited(
            behind,
            Policies("gateway", limits, behind),
            counters,
            Verifier(Verifies("https://demo", "demo"), fetch),
        )
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.limited), base_url="http://gateway"
        )

    async def ask(
        self,
        method: str = "GET",
        path: str = "/v1/films/1",
        *,
        who: str = "",
        ip: str = "192.0.2.1",
        **headers: str,
    ) -> Any:
        """One request, by an account or by nobody."""
        given = {"x-forwarded-for": ip} | {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            given |= {"authorization": f"Bearer {self.issuer.issue(who, 'session')}"}
        return await self.http.request(method, path, headers=given)

    async def served(self, times: int = 20, *arguments: str, **options: str) -> int:
        """How many of so many requests at once are answered."""
        answers = [await self.ask(*arguments, **options) for _ in range(times)]
        assert {answer.status_code for answer in answers} <= {200, 429}
        return sum(answer.status_code == 200 for answer in answers)


@pytest.fixture
def client(issuer: Issuer) -> Client:
    """A client."""
    return Client(issuer)


async def test_who_asks_too_fast_is_told_when_to_come_again_and_another_is_served(client: Client) -> None:
    """429 with problem+json, and it keeps its word."""
    assert await client.served(who="a") == 4
    refused = await client.ask(who="a")
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "1"
    said = refused.json()
    assert (said["type"], said["title"], said["status"]) == (QUOTA_EXCEEDED, "quota_exceeded", 429)
    assert said["violated-policies"] == ["principal"]
    assert (await client.ask(who="b")).status_code == 200
    client.clock.now += 1
    assert await client.served(who="a") == 1


async def test_every_answer_says_what_is_left(client: Client) -> None:
    """Quota and window, remaining and reset; a refusal's reset is its Retry-After."""
    first = await client.ask(who="a")
    assert first.headers["ratelimit-policy"] == '"principal";q=4;w=4'
    assert first.headers["ratelimit"] == '"principal";r=3;t=1'
    await client.served(who="a")
    refused = await client.ask(who="a")
    assert refused.headers["ratelimit"] == f'"principal";r=0;t={refused.headers["retry-after"]}'


async def test_metrics_have_a_refusal_under_its_route(client: Client) -> None:
    """Which the router has not seen; what is no route is `unmatched` as ever."""
    client.http = httpx2.AsyncClient(
        transport=httpx2.ASGITransport(Observed(client.limited, 10.0)), base_url="http://gateway"
    )

    def refused(route: str) -> float:
        return metrics.http_served.labels("GET", route, 429, "1.1")._value.get()

    routes = {"/v1/films/{film}": "/v1/films/1", "unmatched": "/v1/nowhere"}
    before = {route: refused(route) for route in routes}
    await client.served(4, who="a")
    for path in routes.values():
        assert (await client.ask("GET", path, who="a")).status_code == 429
    assert {route: refused(route) - before[route] for route in routes} == dict.fromkeys(routes, 1)


async def test_nobody_is_counted_by_the_address_that_the_edge_saw(client: Client) -> None:
    """What a client writes in front of it changes nothing."""
    forged = [await client.ask(ip=f"10.0.0.{number}, 192.0.2.1") for number in range(20)]
    assert sum(answer.status_code == 200 for answer in forged) == 6
    assert (await client.ask(ip="192.0.2.1")).json()["violated-policies"] == ["anonymous"]
    assert (await client.ask(ip="192.0.2.2")).status_code == 200


async def test_a_network_of_ipv6_is_one_address(client: Client) -> None:
    """A customer has 2**64 of them."""
    answers = [await client.ask(ip=f"2001:db8:0:1::{number:x}") for number in range(20)]
    assert sum(answer.status_code == 200 for answer in answers) == 6
    assert (await client.ask(ip="2001:db8:0:2::1")).status_code == 200


@pytest.mark.parametrize(
    ("said", "forwarded", "expected"),
    [
        ("192.0.2.1", True, "192.0.2.1"),
        ("192.0.2.1", False, "10.1.1.1"),
        ("", True, "10.1.1.1"),
        ("no address", True, "10.1.1.1"),
        ("::ffff:192.0.2.1", True, "192.0.2.1"),
        ("2001:db8::5", True, "2001:db8::/64"),
    ],
)
def test_address_of_a_client(said: str, forwarded: bool, expected: str) -> None:
    """Of the header only where an edge writes it; else of the connection."""
    headers = [(b"x-forwarded-for", said.encode())] if said else []
    assert address({"headers": headers, "client": ("10.1.1.1", 5)}, forwarded) == expected


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", ""])
async def test_a_token_that_is_not_good_names_nobody(client: Client, token: str) -> None:
    """Whoever could name anybody could use up anybody's limit."""
    for _ in range(20):
        await client.ask(authorization=f"Bearer {token}")
    assert (await client.ask()).status_code == 429
    assert (await client.ask(who="a")).status_code == 200


async def test_token_of_another_issuer_names_nobody(client: Client, tmp_path: Path) -> None:
    """Even when it says a name that we know."""
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "k1.pem").write_bytes(OKPKey.generate_key("Ed25519").as_pem(private=True))
    token = Issuer(TokensWiring("https://demo", "demo", keys_dir=str(folder))).issue("a", "s")
    for _ in range(20):
        await client.ask(authorization=f"Bearer {token}")
    assert await client.served(who="a") == 4


async def test_what_others_need_to_verify_tokens_is_never_limited(client: Client) -> None:
    """And carries no limit in its headers."""
    assert await client.served(50, "GET", "/.well-known/jwks.json") == 50
    assert "ratelimit" not in (await client.ask("GET", "/.well-known/jwks.json")).headers


async def test_login_has_a_limit_of_its_own_by_address(client: Client) -> None:
    """For who is logged in, too; and being refused there costs nothing elsewhere."""
    assert await client.served(20, *LOGIN.split(), who="a") == 2
    refused = await client.ask(*LOGIN.split(), who="b")
    assert refused.json()["violated-policies"] == [LOGIN]
    assert refused.headers["ratelimit-policy"] == f'"principal";q=4;w=4, "{LOGIN}";q=2;w=20'
    assert refused.headers["retry-after"] == "10"
    assert await client.served(who="a") == 2, "the two that were answered count for the account"
    assert (await client.ask(*LOGIN.split(), who="b", ip="192.0.2.9")).status_code == 200


async def test_limit_of_a_route_counts_all_its_requests(issuer: Issuer) -> None:
    """Whoever makes them, whatever stands in its path, with HEAD as with GET."""
    narrow = LimitWiring(1.0, 3, "route")
    client = Client(issuer, RateLimitWiring(9.0, 90, "fast", routes={"GET /v1/films/{film}": narrow}))
    answers = [
        await client.ask(method, f"/v1/films/{who}", who=who) for method in ("GET", "HEAD") for who in "abc"
    ]
    assert [answer.status_code for answer in answers] == [200] * 3 + [429] * 3
    assert (await client.ask("GET", "/v1/films", who="a")).status_code == 200


async def test_limit_per_route_is_each_routes_own(issuer: Issuer) -> None:
    """What is no route at all is one more."""
    client = Client(issuer, RateLimitWiring(1.0, 2, "fast", per="route"))
    assert await client.served(5, "GET", "/v1/films/1", who="a") == 2
    assert await client.served(5, "GET", "/v1/films", who="a") == 2
    missing = [(await client.ask("GET", f"/none/{number}")).status_code for number in range(4)]
    assert missing == [404, 404, 429, 429]


def test_limit_of_a_route_that_is_not_there_ends_the_start() -> None:
    """Else a word misspelled in the topology would be a limit that nobody has."""
    limits = RateLimitWiring(1.0, 2, "fast", routes={"POST /v1/logn": LimitWiring(1.0, 1)})
    with pytest.raises(WiringError, match=r"POST /v1/logn, .* it has .*POST /v1/login"):
        Policies("gateway", limits, application())


async def test_a_token_is_verified_once_a_request(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service's own question who asks is answered from the limiter's; and not beyond the request."""
    real, counted = Verifier._claims, list[object]()

    def claims(self: Verifier, *rest: Any) -> Any:
        counted.append(rest)
        return real(self, *rest)

    monkeypatch.setattr(Verifier, "_claims", claims)
    verifier, token = client.limited._verifier, client.issuer.issue("a", "s")
    assert verifier is not None

    async def asks_again(scope: Any, receive: Any, send: Any) -> None:
        assert (await verifier.verify(token)).subject == "a"
        await PlainTextResponse("yes")(scope, receive, send)

    client.limited._application = asks_again
    assert (await client.ask(authorization=f"Bearer {token}")).status_code == 200
    assert len(counted) == 1
    await verifier.verify(token)
    assert len(counted) == 2


def test_app_puts_the_limits_of_the_wiring_before_the_application() -> None:
    """Nobody has to write a line for them; without a limit the application is served as it is."""
    wired = {
        "version": 1,
        "system": "demo",
        "service": "gateway",
        "http": {"port": 8080},
        "caches": {"fast": {"host": "cache", "port": 6379}},
        "rate_limit": {"per": "principal", "rate": 20.0, "burst": 40, "cache": "fast", "pods": 2},
    }
    plain, behind = {name: part for name, part in wired.items() if name != "rate_limit"}, application()
    limited = app_module.App(wiring.parse(wired))._limited(behind)
    assert isinstance(limited, Limited)
    assert (limited._counters.pods, limited._counters.timeout) == (2, 0.05)
    assert app_module.App(wiring.parse(plain))._limited(behind) is behind
    del wired["caches"]
    with pytest.raises(WiringError, match="cache fast"):
        app_module.App(wiring.parse(wired))._limited(behind)
