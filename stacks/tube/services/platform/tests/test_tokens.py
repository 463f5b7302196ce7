"""Access tokens: what is accepted, what is not, and what happens while the issuer is away (row A8)."""

import asyncio
import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from tube_platform import deadlines, keyring, principal, tokens
from tube_platform.errors import Beyond, Unauthenticated, Unavailable
from tube_platform.tokens import Claims, Issuer, Verifier
from tube_platform.wiring import TokensWiring, Verifies, WiringError

ISSUER = "https://demo.example:8443"


def add_key(folder: Path, kid: str) -> None:
    """A private key as the cluster mounts it."""
    key = OKPKey.generate_key("Ed25519")
    (folder / f"{kid}.pem").write_bytes(key.as_pem(private=True))


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    """An issuer with one key."""
    add_key(tmp_path, "2026-01")
    return Issuer(TokensWiring(ISSUER, "demo", keys_dir=str(tmp_path)))


class Keys:
    """Answers for the issuer, or not."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer, self.down, self.asked = issuer, False, 0
        self.nonsense: list[dict[str, Any]] | None = None
        self.entered = asyncio.Event()
        self.answers: asyncio.Event | None = None
        self.looks: Callable[[], object] = lambda: None

    async def __call__(self) -> list[dict[str, Any]]:
        self.asked += 1
        self.entered.set()
        self.looks()
        if self.answers:
            await self.answers.wait()
        if self.nonsense is not None:
            return self.nonsense
        if self.down:
            raise Unavailable("auth is down")
        return self.issuer.public_keys()


class Clock:
    """A clock that is moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def verifier(
    keys: Keys, clock: Clock | None = None, audience: str = "demo", issuer: str = ISSUER
) -> Verifier:
    """A verifier that asks these keys."""
    return Verifier(Verifies(issuer, audience), keys, clock or Clock())


async def test_token_says_who_until_it_expires(issuer: Issuer) -> None:
    """A fresh token is good; ten minutes and the leeway later it is not, and the reason is told apart."""
    token, found = issuer.issue("account", "session", now=10_000), verifier(Keys(issuer))
    claims = await found.verify(token, now=10_599)
    assert (claims.subject, claims.session, claims.expires_at) == ("account", "session", 10_600)
    with pytest.raises(Unauthenticated) as caught:
        await found.verify(token, now=10_600 + tokens.LEEWAY + 1)
    assert caught.value.reason == "token_expired"


def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens whose signatures are looked at from here on."""
    real, found = tokens._decoded, list[str]()

    def decoded(token: str, *rest: Any) -> Any:
        found.append(token)
        return real(token, *rest)

    monkeypatch.setattr(tokens, "_decoded", decoded)
    return found


async def test_signature_of_a_token_is_looked_at_once_while_the_keys_are_the_same(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client sends the same token for minutes. When keys are fetched anew one of them may be gone, and with it what it signed."""
    keys, clock = Keys(issuer), Clock()
    found, token, looked = verifier(keys, clock), issuer.issue("a", "s"), watched(monkeypatch)
    for _ in range(3):
        assert (await found.verify(token)).subject == "a"
    assert len(looked) == 1
    clock.now += keyring.KEYS_TTL + 1
    await found.verify(token)
    assert len(looked) == 2
    clock.now += keyring.KEYS_TTL + 1
    keys.nonsense = [{**key, "kid": "another"} for key in issuer.public_keys()]
    with pytest.raises(Unauthenticated, match="unknown key"):
        await found.verify(token)


async def test_tokens_that_were_looked_at_are_kept_by_their_digest_and_not_without_end(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory of a gateway holds nothing that somebody could log in with, and has an end: who came last stays."""
    monkeypatch.setattr(tokens, "MOST_VERIFIED", 2)
    found, looked = verifier(Keys(issuer)), watched(monkeypatch)
    first, second, third = (issuer.issue(name, "s") for name in "abc")
    for token in (first, second, first, third, first):
        await found.verify(token)
    assert looked == [first, second, third]
    assert len(found._verified) == 2
    assert not {first, second, third} & {str(key) for key in found._verified}
    await found.verify(second)
    assert looked[-1] == second


@pytest.mark.parametrize("changed", [{"audience": "other"}, {"issuer": "https://other"}])
async def test_token_for_somebody_else_is_refused(issuer: Issuer, changed: dict[str, str]) -> None:
    """Issuer and audience are compared."""
    with pytest.raises(Unauthenticated):
        await verifier(Keys(issuer), Clock(), **changed).verify(issuer.issue("a", "s"))


def forged(token: str, header: dict[str, Any], signature: str | None = None) -> str:
    """The token with another header."""
    _, payload, signed = token.split(".")
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    return f"{head}.{payload}.{signed if signature is None else signature}"


async def test_forged_tokens_are_refused(issuer: Issuer) -> None:
    """No algorithm, another algorithm, another payload, no token at all."""
    token, found = issuer.issue("a", "s"), verifier(Keys(issuer))
    head, payload, signature = token.split(".")
    other = base64.urlsafe_b64encode(b'{"sub":"admin"}').decode().rstrip("=")
    for bad in (
        forged(token, {"alg": "none", "kid": "2026-01"}, ""),
        forged(token, {"alg": "HS256", "kid": "2026-01"}),
        f"{head}.{other}.{signature}",
        f"{head}.{payload}.{'A' * len(signature)}",
        "nonsense",
        "",
        "a.b.c",
        "é.b.c",
    ):
        with pytest.raises(Unauthenticated):
            await found.verify(bad)


@pytest.mark.parametrize("critical", [1, None, True, [1], [["alg"]], {"alg": 1}, "alg"])
async def test_headers_of_a_strange_kind_are_refused_as_well(issuer: Issuer, critical: Any) -> None:
    """They are no fault of ours, and must not look like one: who limits requests asks the verifier about each."""
    header: dict[str, Any] = {"alg": "Ed25519", "kid": "2026-01", "crit": critical}
    with pytest.raises(Unauthenticated):
        await verifier(Keys(issuer)).verify(forged(issuer.issue("a", "s"), header))


async def test_keys_are_asked_for_once_and_again_when_old(issuer: Issuer) -> None:
    """Five minutes of cache; after it one question; while auth is down the old keys are good."""
    keys, clock = Keys(issuer), Clock()
    found = verifier(keys, clock)
    for _ in range(5):
        await found.verify(issuer.issue("a", "s"))
    assert keys.asked == 1
    clock.now += keyring.KEYS_TTL + 1
    keys.down = True
    await found.verify(issuer.issue("a", "s"))
    assert keys.asked == 2
    await found.verify(issuer.issue("a", "s"))
    assert keys.asked == 2, "not again within half a minute"


async def test_without_any_key_the_answer_is_later_not_never(issuer: Issuer) -> None:
    """503, not 401: the client is to try again, not to log in."""
    keys = Keys(issuer)
    keys.down = True
    with pytest.raises(Unavailable):
        await verifier(keys).verify(issuer.issue("a", "s"))


async def test_an_issuer_that_comes_up_is_asked_by_one_request_for_all(issuer: Issuer) -> None:
    """Hundreds wait for its keys; one of them asks, and one that goes away takes nothing with it."""
    keys = Keys(issuer)
    keys.answers = asyncio.Event()
    found, token = verifier(keys), issuer.issue("a", "s")
    requests = [asyncio.create_task(found.verify(token)) for _ in range(100)]
    await keys.entered.wait()
    requests[0].cancel()
    keys.answers.set()
    ended = await asyncio.gather(*requests, return_exceptions=True)
    assert keys.asked == 1
    assert isinstance(ended[0], asyncio.CancelledError)
    assert {each.subject for each in ended[1:] if isinstance(each, Claims)} == {"a"}
    assert len([each for each in ended if isinstance(each, Claims)]) == 99


async def test_while_old_keys_are_asked_for_again_only_one_request_waits(issuer: Issuer) -> None:
    """The others go on with those that are known; but one that comes with an unknown key waits, and nobody waits longer than it may."""
    keys, clock = Keys(issuer), Clock()
    found, token = verifier(keys, clock), issuer.issue("a", "s")
    await found.verify(token)
    clock.now += keyring.KEYS_TTL + 1
    keys.answers = asyncio.Event()
    keys.entered.clear()
    first = asyncio.create_task(found.verify(token))
    await keys.entered.wait()
    assert (await found.verify(token)).subject == "a"
    with deadlines.within(0.0), pytest.raises(Unauthenticated, match="unknown key"):
        await found.verify(forged(token, {"alg": "Ed25519", "kid": "new"}))
    assert not first.done()
    keys.answers.set()
    await first
    assert keys.asked == 2


async def test_the_time_that_one_request_has_is_not_that_of_the_question(issuer: Issuer) -> None:
    """Nor is its account: what is learned is for all."""
    keys, seen = Keys(issuer), list[object]()
    keys.looks = lambda: seen.append((deadlines.remaining(), principal.current()))
    with deadlines.within(0.001), principal.acting_as("ada"):
        await verifier(keys).verify(issuer.issue("a", "s"))
    assert seen == [(None, None)]


async def test_an_issuer_that_was_never_there_is_asked_less_and_less_often(issuer: Issuer) -> None:
    """Each request is told so at once in between; when it is there, it is found within seconds."""
    keys, clock = Keys(issuer), Clock()
    keys.down = True
    found, token = verifier(keys, clock), issuer.issue("a", "s")

    async def requests(seconds: float) -> int:
        asked = keys.asked
        for _ in range(int(seconds * 10)):
            with pytest.raises(Unavailable):
                await found.verify(token)
            clock.now += 0.1
        return keys.asked - asked

    assert await requests(1.0) == 3
    assert await requests(9.0) <= 5
    assert await requests(60.0) <= 60 / keyring.LONGEST_PAUSE + 1
    keys.down = False
    clock.now += keyring.LONGEST_PAUSE
    assert (await found.verify(token)).subject == "a"


async def test_keys_that_are_none_are_as_if_the_issuer_were_away(issuer: Issuer) -> None:
    """Whatever it answers, those who ask get a 503, and the old keys go on."""
    keys, clock = Keys(issuer), Clock()
    found, token = verifier(keys, clock), issuer.issue("a", "s")
    keys.nonsense = [{"kid": "x", "kty": "none"}]
    with pytest.raises(Unavailable):
        await found.verify(token)
    keys.nonsense, clock.now = None, clock.now + keyring.LONGEST_PAUSE
    await found.verify(token)
    keys.nonsense, clock.now = [{}], clock.now + keyring.KEYS_TTL + 1
    assert (await found.verify(token)).subject == "a"


async def test_keys_from_outside_that_are_not_known_are_no_failure_of_ours(issuer: Issuer) -> None:
    """Whose keys they are says what is answered without them: also between two questions, and to who cannot wait for one."""
    keys, clock = Keys(issuer), Clock()
    keys.down = True
    found = keyring.Keyring(keys, clock, lambda: Beyond("id is away"))
    for _ in range(2):
        with pytest.raises(Beyond):
            await found.find("2026-01")
    assert keys.asked == 1
    keys.down, keys.answers = False, asyncio.Event()
    clock.now += keyring.LONGEST_PAUSE
    with deadlines.within(0.0), pytest.raises(Beyond):
        await found.find("2026-01")
    keys.answers.set()
    assert await found.find("2026-01")
    assert keys.asked == 2


async def test_a_key_that_cannot_be_read_does_no_harm_to_the_others(issuer: Issuer) -> None:
    """Publishers add new kinds without asking."""
    keys = Keys(issuer)
    keys.nonsense = [{"kid": "x", "kty": "none"}, {"kid": "y", "kty": "RSA"}, *issuer.public_keys()]
    assert (await verifier(keys).verify(issuer.issue("a", "s"))).subject == "a"


async def test_rotation(tmp_path: Path, issuer: Issuer) -> None:
    """A new key is published before it signs; tokens of both are good; an unknown key id asks again, seldom."""
    keys, clock = Keys(issuer), Clock()
    found = verifier(keys, clock)
    old = issuer.issue("a", "s")
    await found.verify(old)
    add_key(tmp_path, "2026-02")
    (tmp_path / "signing").write_text("2026-01\n")
    published = Issuer(issuer.wiring)
    assert {key["kid"] for key in published.public_keys()} == {"2026-01", "2026-02"}
    assert published._signing == "2026-01"
    (tmp_path / "signing").write_text("2026-02")
    keys.issuer = Issuer(issuer.wiring)
    new = keys.issuer.issue("a", "s")
    with pytest.raises(Unauthenticated):
        await found.verify(new)  # asked a moment ago
    clock.now += keyring.REFETCH_AT_MOST_EVERY
    await found.verify(new)
    await found.verify(old)
    asked = keys.asked
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            await found.verify(forged(new, {"alg": "Ed25519", "kid": "made-up"}))
    assert keys.asked == asked


def test_public_keys_hold_no_private_part(issuer: Issuer) -> None:
    """The key set is for everybody."""
    (key,) = issuer.public_keys()
    assert "d" not in key
    assert key["alg"] == "Ed25519"


def test_folder_without_a_key_is_said_plainly(tmp_path: Path) -> None:
    """No key, a wrong one, and a name that is not there."""
    wiring = TokensWiring(ISSUER, "demo", keys_dir=str(tmp_path))
    with pytest.raises(WiringError, match="no token key"):
        Issuer(wiring)
    (tmp_path / "a.pem").write_text("not a key")
    with pytest.raises(WiringError, match="no Ed25519 private key"):
        Issuer(wiring)
    add_key(tmp_path, "a")
    (tmp_path / "signing").write_text("b")
    with pytest.raises(WiringError, match="names a key"):
        Issuer(wiring)
