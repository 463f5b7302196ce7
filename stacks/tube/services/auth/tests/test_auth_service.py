"""Accounts and tokens, on a real database and over gRPC (rows A8, F1.3)."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from joserfc.jwk import OKPKey

from tube.auth.v1 import auth_pb2, auth_pb2_grpc
from tube_auth import handlers
from tube_auth.handlers import AuthHandlers
from tube_auth.wired import Parts
from tube_platform import principal
from tube_platform.idempotency import Idempotency
from tube_platform.oidc.logins import Logins
from tube_platform.postgres import Database
from tube_platform.rpc import codes
from tube_platform.testing.rpc import served
from tube_platform.tokens import Issuer, Verifier
from tube_platform.wiring import TokensWiring, Verifies

type Query = Callable[[str], list[tuple[object, ...]]]
EMAIL, PASSWORD = "a@example.org", "correct horse"


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    """An issuer with a key."""
    (tmp_path / "k1.pem").write_bytes(OKPKey.generate_key("Ed25519").as_pem(private=True))
    return Issuer(TokensWiring("https://tube.localhost:8443", "tube", keys_dir=str(tmp_path)))


@pytest.fixture
async def auth(database: Database, issuer: Issuer) -> AsyncGenerator[Any]:
    """A client of a running auth."""
    add = auth_pb2_grpc.add_AuthServiceServicer_to_server
    async with served(
        add, AuthHandlers(Parts(database, Idempotency(database), issuer, Logins({})))
    ) as channel:
        yield auth_pb2_grpc.AuthServiceStub(channel)


async def reason(call: Any) -> str:
    """Why a call was refused."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return codes.problem(caught.value).reason


async def register(auth: Any, email: str = EMAIL, password: str = PASSWORD, request_id: str = "r1") -> str:
    """Open an account."""
    request = auth_pb2.RegisterRequest(request_id=request_id, email=email, password=password)
    return (await auth.Register(request)).account_id


async def login(auth: Any, password: str = PASSWORD, request_id: str = "l1") -> auth_pb2.Tokens:
    """Begin a session."""
    request = auth_pb2.LoginRequest(request_id=request_id, email=EMAIL, password=password)
    return (await auth.Login(request)).tokens


async def refresh(auth: Any, token: str) -> auth_pb2.Tokens:
    """Exchange a refresh token."""
    return (await auth.Refresh(auth_pb2.RefreshRequest(refresh_token=token))).tokens


async def test_login_gives_a_token_that_verifies(auth: Any, issuer: Issuer) -> None:
    """Credentials -> access and refresh token; the access token names the account."""
    account = await register(auth)
    tokens = await login(auth)

    async def keys() -> list[dict[str, Any]]:
        return issuer.public_keys()

    claims = await Verifier(Verifies(issuer.wiring.issuer, "tube"), keys).verify(tokens.access_token)
    assert claims.subject == account == tokens.account_id
    assert tokens.expires_in_seconds == 600


async def test_register_again_is_the_same_account(auth: Any) -> None:
    """The same request gives the same account; another request for the address is refused."""
    account = await register(auth)
    assert await register(auth) == account
    assert await register(auth, email=" A@Example.ORG ") == account
    assert await reason(register(auth, request_id="r2")) == "email_taken"
    assert await reason(register(auth, password="another password")) == "email_taken"


async def test_two_registrations_at_once_make_one_account(auth: Any, query: Query) -> None:
    """A retry can overlap with its first try."""
    first, second = await asyncio.gather(register(auth), register(auth))
    assert first == second
    assert query("select count(*) from accounts") == [(1,)]


@pytest.mark.parametrize(
    ("email", "password", "why"),
    [
        ("no address", PASSWORD, "email_invalid"),
        ("a@b", PASSWORD, "email_invalid"),
        (EMAIL, "short", "schema"),
    ],
)
async def test_what_is_no_account(auth: Any, email: str, password: str, why: str) -> None:
    """Refused before anything is stored."""
    assert await reason(register(auth, email, password)) == why


async def test_wrong_credentials_are_one_answer(auth: Any) -> None:
    """A wrong password and an unknown address are not told apart."""
    assert await reason(login(auth)) == "bad_credentials"
    await register(auth)
    assert await reason(login(auth, "wrong password")) == "bad_credentials"


async def test_login_again_adds_no_session(auth: Any, query: Query) -> None:
    """The same request, the same session; another request, another."""
    await register(auth)
    await login(auth)
    await login(auth)
    assert query("select count(*) from sessions") == [(1,)]
    await login(auth, request_id="l2")
    assert query("select count(*) from sessions") == [(2,)]


async def test_tokens_and_passwords_are_not_in_the_database(auth: Any, query: Query) -> None:
    """Hashes only."""
    await register(auth)
    tokens = await login(auth)
    text = str(query("select * from accounts")) + str(query("select * from refresh_tokens, sessions"))
    assert PASSWORD not in text
    assert tokens.refresh_token not in text


async def test_refresh_rotates(auth: Any) -> None:
    """Each refresh gives a new pair, and the chain goes on."""
    await register(auth)
    tokens = await login(auth)
    for _ in range(3):
        fresh = await refresh(auth, tokens.refresh_token)
        assert fresh.refresh_token != tokens.refresh_token
        tokens = fresh
    assert await reason(refresh(auth, "made up")) == "invalid_refresh_token"


async def test_lost_answer_is_forgiven_for_a_moment(auth: Any) -> None:
    """The token before the newest is taken again within the grace, as long as the newest was not used."""
    await register(auth)
    first = (await login(auth)).refresh_token
    lost = await refresh(auth, first)
    again = await refresh(auth, first)
    assert again.refresh_token != lost.refresh_token
    assert (await refresh(auth, again.refresh_token)).access_token


async def test_two_refreshes_at_once_both_work(auth: Any) -> None:
    """Two tabs of a browser."""
    await register(auth)
    first = (await login(auth)).refresh_token
    assert len(await asyncio.gather(refresh(auth, first), refresh(auth, first))) == 2


async def test_stolen_token_ends_the_session(auth: Any, query: Query) -> None:
    """Used again after the grace: whoever holds it, everybody has to log in again."""
    await register(auth)
    first = (await login(auth)).refresh_token
    newest = (await refresh(auth, first)).refresh_token
    query(f"update refresh_tokens set rotated_at = rotated_at - interval '{handlers.GRACE + 1} seconds'")
    assert await reason(refresh(auth, first)) == "refresh_token_reused"
    assert await reason(refresh(auth, newest)) == "invalid_refresh_token"
    assert query("select count(*) from sessions where revoked_at is not null") == [(1,)]


async def test_token_whose_successor_was_used_is_stolen_even_within_the_grace(auth: Any) -> None:
    """The client got the answer, since it used what was in it."""
    await register(auth)
    first = (await login(auth)).refresh_token
    second = (await refresh(auth, first)).refresh_token
    await refresh(auth, second)
    assert await reason(refresh(auth, first)) == "refresh_token_reused"


async def test_expired_refresh_token_is_refused(auth: Any, query: Query) -> None:
    """Thirty days."""
    await register(auth)
    first = (await login(auth)).refresh_token
    query("update refresh_tokens set expires_at = now()")
    assert await reason(refresh(auth, first)) == "invalid_refresh_token"


async def test_keys_are_public_keys(auth: Any) -> None:
    """What verifiers need."""
    (key,) = (await auth.GetKeys(auth_pb2.GetKeysRequest())).keys
    assert (key.kid, key.algorithm, len(key.x)) == ("k1", "Ed25519", 43)


async def reserve(auth: Any, request_id: str = "q1", size: int = 10, owner: str = "o1") -> int:
    """Set bytes aside for a film; how many are left."""
    request = auth_pb2.ReserveQuotaRequest(request_id=request_id, video_id="v1", size_bytes=size)
    with principal.acting_as(owner):
        return (await auth.ReserveQuota(request)).bytes_left


async def release(auth: Any, reserved_by: str = "q1", owner: str = "o1") -> None:
    """Give them back."""
    request = auth_pb2.ReleaseQuotaRequest(request_id=f"undo {reserved_by}", reserved_by=reserved_by)
    with principal.acting_as(owner):
        await auth.ReleaseQuota(request)


def used(query: Query) -> list[tuple[object, ...]]:
    """What accounts use, and what that is made of."""
    return query(
        "select account_id, used_bytes, "
        "(select coalesce(sum(size_bytes), 0)::bigint from quota_reservations r where r.account_id = q.account_id) "
        "from quotas q order by account_id"
    )


async def test_quota_is_used_once_however_often_it_is_asked_for(auth: Any, query: Query) -> None:
    """Row F3.4: a step may come twice; accounts have each their own."""
    left = await reserve(auth)
    assert left == handlers.QUOTA - 10
    assert await reserve(auth) == left
    assert await reserve(auth, "q2", 5) == left - 5
    await reserve(auth, "q1", 7, owner="o2")
    assert used(query) == [("o1", 15, 15), ("o2", 7, 7)]


async def test_quota_comes_back_once(auth: Any, query: Query) -> None:
    """Row F3.7: an undo may come twice too, and takes nothing of other films or others' accounts."""
    await reserve(auth)
    await reserve(auth, "q2", 5)
    await release(auth, owner="o2")
    await asyncio.gather(release(auth), release(auth))
    assert used(query) == [("o1", 5, 5)]


async def test_quota_that_is_asked_for_after_it_was_given_back_stays_free(auth: Any, query: Query) -> None:
    """Row F3.7: a request that was slow on its way."""
    await release(auth)
    assert await reason(reserve(auth)) == "undone"
    assert used(query) == []


async def test_quota_ends(auth: Any, query: Query, monkeypatch: pytest.MonkeyPatch) -> None:
    """Films that together are too large: one is refused, and with room again another goes."""
    monkeypatch.setattr(handlers, "QUOTA", 15)
    assert await reason(reserve(auth, size=16)) == "quota_used_up"
    found = await asyncio.gather(reserve(auth), reserve(auth, "q2"), return_exceptions=True)
    assert sorted(isinstance(each, int) for each in found) == [False, True]
    assert used(query) == [("o1", 10, 10)]
    await release(auth, "q1" if isinstance(found[0], int) else "q2")
    assert await reserve(auth, "q3", 15) == 0


@pytest.mark.parametrize("size", [0, -1])
async def test_quota_of_nothing_is_refused(auth: Any, size: int) -> None:
    """A film has bytes, and somebody owns it."""
    assert await reason(reserve(auth, size=size)) == "schema"
    with principal.acting_as(None):
        request = auth_pb2.ReserveQuotaRequest(request_id="q", video_id="v", size_bytes=1)
        assert await reason(auth.ReserveQuota(request)) == "unauthenticated"
