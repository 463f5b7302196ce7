"""Logins by a provider that is not ours, against a real one on loopback: what is believed, what is not, and what happens while it is away (rows A9, P10)."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import grpc.aio
import httpx2
import pytest
from joserfc.jwk import OKPKey

from tube.auth.v1 import auth_pb2, auth_pb2_grpc
from tube_auth import identities, repository
from tube_auth.handlers import AuthHandlers
from tube_auth.wired import Parts
from tube_platform import keyring, postgres
from tube_platform.errors import Unauthenticated
from tube_platform.external import External
from tube_platform.housekeeping import Housekeeping
from tube_platform.idempotency import Idempotency
from tube_platform.lifecycle import Lifecycle
from tube_platform.oidc import identity, proof
from tube_platform.oidc.logins import Logins
from tube_platform.oidc.provider import ASK_AGAIN, DISCOVERY, DISCOVERY_TTL, Provider
from tube_platform.postgres import Connection, Database
from tube_platform.rpc import codes
from tube_platform.testing.provider import LocalProvider, free_port, serving
from tube_platform.testing.rpc import served
from tube_platform.tokens import Issuer, Verifier
from tube_platform.wiring import BreakerWiring, ExternalWiring, LoginWiring, TokensWiring, Verifies

type Query = Callable[[str], list[tuple[object, ...]]]

CALLBACK = "https://tube.localhost:8443/v1/login/id/callback"
BROWSER = "the secret of one browser, long enough"
APP = auth_pb2.App(redirect_uri="http://127.0.0.1:50505/back", state="the app's own")
VERIFIER = "v" * 43


@dataclass(slots=True)
class Clock:
    """Time as a test says."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        """Now."""
        return self.now


@dataclass(slots=True)
class World:
    """auth, the provider, and a browser that goes between them."""

    auth: Any
    provider: LocalProvider
    known: Provider
    clock: Clock
    issuer: Issuer
    # Without TLS nobody is believed; to read all authorities there are takes a tenth of a second.
    http: httpx2.AsyncClient = field(default_factory=lambda: httpx2.AsyncClient(verify=False))

    async def begin(self, *, browser: str = BROWSER, app: auth_pb2.App | None = None) -> str:
        """The provider's address."""
        request = auth_pb2.BeginLoginRequest(provider="id", browser=browser, app=app)
        return (await self.auth.BeginLogin(request)).authorization_url

    async def visit(self, address: str) -> dict[str, str]:
        """Log in there; what comes back."""
        answer = await self.http.get(address)
        assert answer.status_code == 302, answer.text
        assert answer.headers["location"].startswith(CALLBACK)
        return {
            name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()
        }

    async def finish(self, told: dict[str, str], *, browser: str = BROWSER) -> auth_pb2.FinishLoginResponse:
        """Bring it to auth."""
        request = auth_pb2.FinishLoginRequest(
            provider="id",
            browser=browser,
            state=told.get("state", ""),
            code=told.get("code", ""),
            issuer=told.get("iss", ""),
            error=told.get("error", ""),
        )
        return await self.auth.FinishLogin(request)

    async def login(self) -> auth_pb2.Tokens:
        """The whole way of a browser."""
        return (await self.finish(await self.visit(await self.begin()))).tokens

    async def code(self) -> str:
        """The whole way of an app, up to its code."""
        app = auth_pb2.App(code_challenge=proof.challenge(VERIFIER))
        app.MergeFrom(APP)
        answer = await self.finish(await self.visit(await self.begin(app=app)))
        assert not answer.HasField("tokens"), "an app's tokens do not go through the browser"
        assert answer.app_url.startswith(f"{APP.redirect_uri}?")
        told = parse_qs(urlsplit(answer.app_url).query)
        assert told["state"] == [APP.state]
        return told["code"][0]

    async def redeem(self, code: str, verifier: str = VERIFIER, request_id: str = "r1") -> auth_pb2.Tokens:
        """The app comes for its tokens."""
        request = auth_pb2.RedeemLoginRequest(
            request_id=request_id, provider="id", code=code, code_verifier=verifier
        )
        return (await self.auth.RedeemLogin(request)).tokens


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> AsyncGenerator[World]:
    """A provider that runs, and an auth that knows it."""
    port = free_port()
    provider = LocalProvider(f"http://127.0.0.1:{port}", CALLBACK)
    (tmp_path / "k1.pem").write_bytes(OKPKey.generate_key("Ed25519").as_pem(private=True))
    (tmp_path / "client_secret").write_text(f"{provider.secret}\n")
    issuer = Issuer(TokensWiring("https://tube.localhost:8443", "tube", keys_dir=str(tmp_path)))
    login = LoginWiring(
        provider.issuer, provider.client, CALLBACK, str(tmp_path / "client_secret"), apps=("tube-app:/login",)
    )
    clock = Clock()
    breaker = BreakerWiring(consecutive_failures=3, open_for=5.0, close_after=1)
    external = External("id", ExternalWiring(provider.issuer, "http1", 30.0, breaker=breaker))
    known = Provider(login, external, clock)
    handlers = AuthHandlers(Parts(database, Idempotency(database), issuer, Logins({"id": known})))
    async with (
        serving(provider, port),
        served(auth_pb2_grpc.add_AuthServiceServicer_to_server, handlers) as channel,
    ):
        found = World(auth_pb2_grpc.AuthServiceStub(channel), provider, known, clock, issuer)
        yield found
        await found.http.aclose()
        await external.close()


async def refusal(call: Any) -> str:
    """Why a call was refused."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return codes.problem(caught.value).reason


async def test_who_comes_back_gets_tokens_of_ours(world: World, query: Query) -> None:
    """The provider's token ends here: what the client gets is what a password would have got it, and it can be renewed as that."""
    tokens = await world.login()

    async def keys() -> list[dict[str, Any]]:
        return world.issuer.public_keys()

    claims = await Verifier(Verifies(world.issuer.wiring.issuer, "tube"), keys).verify(tokens.access_token)
    assert claims.subject == tokens.account_id
    renewed = await world.auth.Refresh(auth_pb2.RefreshRequest(refresh_token=tokens.refresh_token))
    assert renewed.tokens.account_id == tokens.account_id
    assert query("select email, password_hash from accounts") == [(None, None)]


async def test_the_address_asks_for_a_code_with_proof(world: World) -> None:
    """PKCE by S256, a state and a nonce, each of its own; and nothing of what stays here."""
    first, second = [parse_qs(urlsplit(await world.begin()).query) for _ in range(2)]
    assert first["response_type"] == ["code"]
    assert first["code_challenge_method"] == ["S256"]
    assert first["scope"] == ["openid"]
    assert first["redirect_uri"] == [CALLBACK]
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
    assert "code_verifier" not in first


async def test_an_account_is_who_the_provider_says_by_issuer_and_subject(world: World) -> None:
    """The same person again, the same account; another person, another account."""
    first = await world.login()
    assert (await world.login()).account_id == first.account_id
    world.provider.person = "person-2"
    assert (await world.login()).account_id != first.account_id


async def test_an_address_links_nothing(world: World) -> None:
    """A provider that says somebody's e-mail address does not let its person into the account of that address, verified or not."""
    credentials = {"email": "a@example.org", "password": "correct horse"}
    mine = (await world.auth.Register(auth_pb2.RegisterRequest(request_id="r1", **credentials))).account_id
    world.provider.wrong = lambda claims: claims | {"email": "a@example.org", "email_verified": True}
    assert (await world.login()).account_id != mine


async def test_two_first_logins_at_once_open_one_account(world: World, query: Query) -> None:
    """Two tabs, one person."""
    told = [await world.visit(await world.begin()) for _ in range(2)]
    first, second = await asyncio.gather(*(world.finish(each) for each in told))
    assert first.tokens.account_id == second.tokens.account_id
    assert query("select count(*) from accounts") == [(1,)]


async def test_a_state_is_good_once(world: World) -> None:
    """Whoever replays what came back finds nothing, whether the first time went well or not."""
    told = await world.visit(await world.begin())
    await world.finish(told)
    assert await refusal(world.finish(told)) == "login_unknown"


async def test_a_state_is_good_for_minutes(world: World, database: Database) -> None:
    """Not for the next who sits at the machine."""
    told = await world.visit(await world.begin())
    await database.transact(
        lambda connection: postgres.execute(connection, "update login_attempts set expires_at = now()")
    )
    assert await refusal(world.finish(told)) == "login_unknown"


async def test_a_login_ends_in_the_browser_where_it_began(world: World) -> None:
    """A link with somebody else's code logs nobody in to their account; and the code is used up by the try."""
    told = await world.visit(await world.begin(browser="the browser of somebody who means ill"))
    assert await refusal(world.finish(told)) == "login_of_another_browser"
    assert (
        await refusal(world.finish(told, browser="the browser of somebody who means ill")) == "login_unknown"
    )


async def test_a_state_of_nobody_is_refused_before_the_provider_is_asked(world: World) -> None:
    """Anybody can make one up."""
    assert await refusal(world.finish({"state": "made up", "code": "c"})) == "login_unknown"
    assert "/token" not in world.provider.asked


async def test_an_old_code_is_refused(world: World) -> None:
    """The provider says so; begin again."""
    told = await world.visit(await world.begin())
    world.provider.clock = lambda: 10.0**12
    assert await refusal(world.finish(told)) == "login_code_refused"


async def test_a_code_is_bound_to_the_login_that_asked_for_it(world: World) -> None:
    """The code of one login under the state of another: the verifier does not fit (RFC 7636)."""
    first, second = [await world.visit(await world.begin()) for _ in range(2)]
    assert await refusal(world.finish({**second, "code": first["code"]})) == "login_code_refused"


async def test_who_was_refused_there_is_refused_here(world: World) -> None:
    """`error` in place of a code."""
    told = await world.visit(await world.begin())
    assert await refusal(world.finish({"state": told["state"], "error": "access_denied"})) == "login_denied"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"aud": "somebody else"},
        {"aud": 7},
        {"aud": ["client-1", "somebody else"]},
        {"azp": "somebody else"},
        {"nonce": "of another login"},
        {"nonce": None},
        {"exp": 1_000},
        {"exp": None},
        {"exp": "later"},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": 7},
        {"sub": "person-1\0"},
        {"sub": "pérson-1"},
    ],
    ids=str,
)
async def test_an_id_token_that_is_not_for_this_login_is_not_believed(
    world: World, query: Query, wrong: dict[str, Any]
) -> None:
    """OpenID Connect Core 3.1.3.7, check by check: nothing is opened."""

    def spoilt(claims: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in (claims | wrong).items() if value is not None}

    world.provider.wrong = spoilt
    assert await refusal(world.login()) == "login_not_believed"
    assert query("select count(*) from accounts") == [(0,)]


@pytest.mark.parametrize("claim", ["nonce", "sub"])
def test_a_claim_that_is_no_text_is_not_believed(claim: str) -> None:
    """JSON can spell half a character, which nothing stores or sends on."""
    claims = {"iss": "i", "aud": "c", "sub": "s", "nonce": "n", "iat": 1.0, "exp": 100.0, claim: "\ud800"}
    with pytest.raises(Unauthenticated):
        identity._believed(claims, LoginWiring("i", "c", CALLBACK, "/nowhere"), "n", 1.0)


async def test_several_audiences_are_believed_where_we_are_the_one_it_is_for(world: World) -> None:
    """The other half of the check above."""
    world.provider.wrong = lambda claims: claims | {"aud": ["client-1", "x"], "azp": "client-1"}
    assert (await world.login()).account_id


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_an_id_token_without_a_signature_is_not_believed(world: World) -> None:
    """`alg: none` is an algorithm, and on no list."""
    world.provider.unsigned = True
    assert await refusal(world.login()) == "login_not_believed"


async def test_an_algorithm_that_is_not_listed_is_not_believed(world: World) -> None:
    """A good signature, of a kind that the topology does not name."""
    world.provider.algorithm = "ES256"
    world.provider.rotate()
    assert await refusal(world.login()) == "login_not_believed"


async def test_an_unknown_key_is_asked_for_seldom_and_a_rotated_one_is_found(world: World) -> None:
    """Rotation: the new key is found by asking again; not more often than twice a minute, however many tokens name it."""
    await world.login()
    world.provider.rotate()
    world.clock.now += keyring.REFETCH_AT_MOST_EVERY
    await world.login()
    world.provider.rotate(published=False)
    asked = world.provider.asked.count("/keys")
    for _ in range(3):
        assert await refusal(world.login()) == "unknown_key"
    assert world.provider.asked.count("/keys") == asked
    world.clock.now += keyring.REFETCH_AT_MOST_EVERY
    assert await refusal(world.login()) == "unknown_key"
    assert world.provider.asked.count("/keys") == asked + 1


async def test_it_is_said_who_sent_the_browser_back(world: World) -> None:
    """RFC 9207: an answer of another provider is not brought to this one."""
    for claimed in ("https://evil.example", ""):
        told = await world.visit(await world.begin())
        assert await refusal(world.finish({**told, "iss": claimed})) == "login_not_believed"
    assert "/token" not in world.provider.asked


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "https://evil.example/token"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "http://user@127.0.0.1/keys"},
        {"authorization_endpoint": ""},
        {"code_challenge_methods_supported": ["plain"]},
    ],
    ids=str,
)
async def test_discovery_sends_us_nowhere_else(world: World, said: dict[str, Any]) -> None:
    """The client's secret goes only where the topology says that this provider is."""
    world.provider.discovery = said
    assert await refusal(world.begin()) == "external_unavailable"


async def test_a_provider_that_fails_is_left_alone_and_tried_again(world: World, query: Query) -> None:
    """503 for who logs in by it, soon without asking; passwords are as before; and back when it is well."""
    credentials = {"email": "a@example.org", "password": "correct horse"}
    await world.auth.Register(auth_pb2.RegisterRequest(request_id="r1", **credentials))
    told = await world.visit(await world.begin())
    world.provider.failing = 500
    assert await refusal(world.finish(told)) == "external_unavailable"
    for _ in range(2):
        world.clock.now += 1_000
        await world.begin()  # the old discovery is good as long as nothing is known against the provider
    assert world.known.external.ill
    asked = len(world.provider.asked)
    assert await refusal(world.begin()) == "external_unavailable"
    assert len(world.provider.asked) == asked, "it is left alone"
    assert (await world.auth.Login(auth_pb2.LoginRequest(request_id="l1", **credentials))).tokens.account_id
    world.provider.failing = 0
    world.known.external.breaker.clock = lambda: 10.0**9
    assert (await world.login()).account_id
    assert not world.known.external.ill


async def test_discovery_that_is_not_to_be_had_is_not_asked_for_by_each_login(world: World) -> None:
    """The old one is good meanwhile, and each try would take its time from a login that goes well without."""
    await world.login()
    world.provider.discovery = {"issuer": "https://evil.example"}
    world.clock.now += DISCOVERY_TTL + 1
    asked = world.provider.asked.count(DISCOVERY)
    for _ in range(3):
        assert (await world.login()).account_id
    assert world.provider.asked.count(DISCOVERY) == asked + 1
    world.clock.now += ASK_AGAIN + 1
    await world.login()
    assert world.provider.asked.count(DISCOVERY) == asked + 2


async def test_a_provider_that_is_silent_costs_no_more_than_its_time(world: World) -> None:
    """The timeout of the topology, or what is left of the caller's."""
    told = await world.visit(await world.begin())
    world.provider.silent = asyncio.Event()
    request = auth_pb2.FinishLoginRequest(
        provider="id", browser=BROWSER, state=told["state"], code=told["code"], issuer=told["iss"]
    )
    assert await refusal(world.auth.FinishLogin(request, timeout=0.5)) in (
        "external_unavailable",
        "deadline_exceeded",
    )
    world.provider.silent.set()


async def test_while_the_provider_was_never_there_nobody_is_sent_to_it(
    database: Database, tmp_path: Path
) -> None:
    """A person is told at the beginning, not after a way to a page that does not open."""
    (tmp_path / "k1.pem").write_bytes(OKPKey.generate_key("Ed25519").as_pem(private=True))
    url = f"http://127.0.0.1:{free_port()}"
    external = External("id", ExternalWiring(url, "http1", 30.0))
    logins = Logins({"id": Provider(LoginWiring(url, "client-1", CALLBACK, "/nowhere"), external)})
    issuer = Issuer(TokensWiring("https://tube.localhost:8443", "tube", keys_dir=str(tmp_path)))
    handlers = AuthHandlers(Parts(database, Idempotency(database), issuer, logins))
    async with served(auth_pb2_grpc.add_AuthServiceServicer_to_server, handlers) as channel:
        auth: Any = auth_pb2_grpc.AuthServiceStub(channel)
        request = auth_pb2.BeginLoginRequest(provider="id", browser=BROWSER)
        assert await refusal(auth.BeginLogin(request)) == "external_unavailable"
    await external.close()


async def test_a_provider_that_does_not_know_us_is_no_fault_of_who_logs_in(
    world: World, tmp_path: Path
) -> None:
    """A wrong client secret is 503 and an error in the log, not 401."""
    (tmp_path / "client_secret").write_text("an old one")
    assert await refusal(world.login()) == "external_unavailable"


async def test_an_app_gets_a_code_and_redeems_it_once(world: World) -> None:
    """RFC 8252 with a proof of its own; the same request again is an answer that was lost."""
    code = await world.code()
    tokens = await world.redeem(code)
    assert tokens.account_id
    assert (await world.redeem(code)).account_id == tokens.account_id
    assert await refusal(world.redeem(code, request_id="r2")) == "invalid_login_code"


async def test_a_code_is_worth_nothing_to_another_app(world: World) -> None:
    """Another app on the machine may see the address; the verifier it has not."""
    code = await world.code()
    assert await refusal(world.redeem(code, verifier="w" * 43)) == "invalid_login_code"
    assert await refusal(world.redeem(code, verifier="short")) == "invalid_login_code"


async def test_an_apps_code_is_good_for_a_minute(world: World, database: Database) -> None:
    """It comes for its tokens at once or not at all."""
    code = await world.code()
    await database.transact(
        lambda connection: postgres.execute(connection, "update login_codes set expires_at = now()")
    )
    assert await refusal(world.redeem(code)) == "invalid_login_code"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("http://127.0.0.1:50505/back", True),
        ("http://[::1]:50505/", True),
        ("tube-app:/login", True),
        ("tube-app:/other", False),
        ("https://evil.example/", False),
        ("http://127.0.0.1.evil.example:80/", False),
        ("http://localhost:50505/", False),
        ("http://127.0.0.1/", False),
        ("http://u@127.0.0.1:1/", False),
        ("http://127.0.0.1:1/#", False),
        ("http://127.0.0.1:1\\@evil.example/", False),
        ("http://127.0.0.1:x/", False),
        ("http://127.0.0.1:0/", False),
        ("http://127.0.0.1:65536/", False),
        (" http://127.0.0.1:50505/back", False),
        ("\thttp://127.0.0.1:50505/back", False),
        ("http://127.0.0.1\n:50505/back", False),
        ("http://[::1].evil.example:50505/", False),
        ("http://127.0.0.1:50505/back?of=the+app", True),
        ("", False),
    ],
)
async def test_browsers_are_sent_to_apps_of_ours_only(world: World, address: str, allowed: bool) -> None:
    """An open redirect would give codes away."""
    app = auth_pb2.App(redirect_uri=address, code_challenge=proof.challenge(VERIFIER))
    if allowed:
        assert await world.begin(app=app)
    else:
        assert await refusal(world.begin(app=app)) == "redirect_not_allowed"


async def test_an_app_without_proof_and_a_browser_without_secret_begin_nothing(world: World) -> None:
    """Both would be worth something to a thief."""
    assert await refusal(world.begin(app=APP)) == "code_challenge_needed"
    assert await refusal(world.begin(browser="short")) == "browser_needed"
    request = auth_pb2.BeginLoginRequest(provider="other", browser=BROWSER)
    assert await refusal(world.auth.BeginLogin(request)) == "no_such_provider"


async def test_what_is_past_goes(world: World, database: Database, query: Query) -> None:
    """Logins that nobody finished and codes that nobody redeemed do not stay; housekeeping takes them, also where nobody ever logs in again."""
    for _ in range(3):
        await world.begin()
    await world.code()
    query("update login_attempts set expires_at = now()")
    query("update login_codes set expires_at = now()")
    await world.begin()
    code = await world.code()
    await Housekeeping(database, Lifecycle(1.0))._clean()
    assert query("select count(*) from login_attempts") == [(1,)]
    assert query("select count(*) from login_codes") == [(1,)]
    assert (await world.redeem(code)).account_id


async def test_sessions_that_are_over_go_with_their_tokens(
    world: World, database: Database, query: Query
) -> None:
    """A day after the last of their tokens expired. A session that lives keeps what is good of it, and loses what is not."""
    over, alive = await world.login(), await world.login()
    renewed = await world.auth.Refresh(auth_pb2.RefreshRequest(refresh_token=alive.refresh_token))
    old = [hashlib.sha256(each.refresh_token.encode()).digest() for each in (over, alive)]
    past = "update refresh_tokens set expires_at = now() - interval '25 hours' where hash in ("
    query(past + ", ".join(f"'\\x{each.hex()}'" for each in old) + ")")
    await Housekeeping(database, Lifecycle(1.0))._clean()
    assert query("select count(*) from sessions") == [(1,)]
    assert query("select count(*) from refresh_tokens") == [(1,)]
    tokens = (
        await world.auth.Refresh(auth_pb2.RefreshRequest(refresh_token=renewed.tokens.refresh_token))
    ).tokens
    assert tokens.account_id == alive.account_id


async def test_sessions_are_deleted_a_few_at_a_time_and_each_with_its_last_token(
    world: World, database: Database, query: Query
) -> None:
    """However the tokens of one fall into the parts."""
    tokens = await world.login()
    for _ in range(4):
        request = auth_pb2.RefreshRequest(refresh_token=tokens.refresh_token)
        tokens = (await world.auth.Refresh(request)).tokens
    await world.login()
    query("update refresh_tokens set expires_at = now() - interval '25 hours'")
    parts: list[int] = []

    async def some(connection: Connection) -> int:
        return await postgres.execute(connection, repository.ENDED.query, {"age": 86_400, "most": 2})

    while not parts or parts[-1]:
        parts.append(await database.transact(some))
    assert parts == [2, 2, 2, 0]
    assert query("select count(*) from sessions") == [(0,)]


async def test_a_commit_that_was_not_answered_leaves_one_login_and_one_session(
    world: World, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is repeatable is run again after it has happened: the login begins all the same, and nobody has a session too many."""
    transact = Database.transact

    async def twice(self: Database, work: Any, *, repeatable: bool = False) -> Any:
        found = await transact(self, work, repeatable=repeatable)
        return await transact(self, work, repeatable=repeatable) if repeatable else found

    monkeypatch.setattr(Database, "transact", twice)
    address = await world.begin()
    assert query("select count(*) from login_attempts") == [(1,)]
    assert (await world.finish(await world.visit(address))).tokens.account_id
    assert query("select count(*) from accounts") == [(1,)]
    assert query("select count(*) from sessions") == [(1,)]


async def test_no_secret_of_a_login_is_stored_that_its_browser_carries(world: World, query: Query) -> None:
    """Who reads the table cannot finish a login: state and browser are hashes, codes of apps, too."""
    told = await world.visit(await world.begin())
    code = await world.code()
    rows = str(query("select * from login_attempts")) + str(query("select * from login_codes"))
    for secret in (told["state"], BROWSER, code):
        assert secret not in rows
    assert identities.ATTEMPT_TTL <= 600
