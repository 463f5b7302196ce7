"""Own tokens: credentials for an access and a refresh token, which renews the access token and is rotated (row A8)."""

import base64
import json
import time
import uuid
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.cluster.tube.kube import Kube
from tests.cluster.tube.web import PASSWORD, Answer, Browser, User

pytestmark = [
    pytest.mark.row("A8"),
    pytest.mark.usefixtures("previews"),  # begun here, so that nobody waits for them
]
ADDRESS = "/v1/notifications"


@pytest.fixture
def newcomer(browser: Browser, film: Any) -> User:
    """Somebody who just came."""
    return User(browser.new(), film.read_bytes()).register()


@pytest.fixture(scope="module")
def signing(kube: Kube) -> tuple[str, Ed25519PrivateKey]:
    """The key that auth signs with, and its id."""
    keys = {name: text for name, text in kube.secret("auth-tokens").items() if name.endswith(".pem")}
    name = max(keys)
    key = load_pem_private_key(keys[name].encode(), None)
    assert isinstance(key, Ed25519PrivateKey)
    return name.removesuffix(".pem"), key


def claims_of(token: str) -> dict[str, Any]:
    """What a token says."""
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def forged(
    claims: dict[str, Any], kid: str, key: Ed25519PrivateKey | None, algorithm: str = "Ed25519"
) -> str:
    """A token with these claims."""
    head = {"alg": algorithm, "kid": kid, "typ": "at+jwt"}
    body = ".".join(_encoded(json.dumps(part).encode()) for part in (head, claims))
    return f"{body}.{_encoded(key.sign(body.encode()) if key else b'')}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def ask(user: User, token: str) -> Answer:
    """A request with a token."""
    return user.browser.get(ADDRESS, headers={"authorization": f"Bearer {token}"})


def renew(user: User, token: str) -> Answer:
    """A request for new tokens."""
    return user.browser.ask("POST", "/v1/token", json={"refresh_token": token})


def test_an_access_token_opens_what_is_closed_without(newcomer: User) -> None:
    newcomer.browser.get(ADDRESS).expect(401)
    ask(newcomer, "a.b.c").expect(401)
    ask(newcomer, newcomer.tokens["access_token"]).expect(200)


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(newcomer: User) -> None:
    wrong = [
        {"email": newcomer.email, "password": "wrong " + PASSWORD},
        {"email": f"{uuid.uuid4()}@example.com", "password": PASSWORD},
    ]
    first, second = (newcomer.browser.ask("POST", "/v1/login", json=each).expect(401).json for each in wrong)
    assert first == second


def test_an_expired_access_token_is_refused_and_the_refresh_token_renews_it(
    newcomer: User, signing: tuple[str, Ed25519PrivateKey]
) -> None:
    claims, now = claims_of(newcomer.tokens["access_token"]), int(time.time())
    # The same claims, signed with auth's own key: good while they last, refused when they are over.
    ask(newcomer, forged(claims, *signing)).expect(200)
    expired = ask(
        newcomer, forged({**claims, "iat": now - 900, "nbf": now - 900, "exp": now - 300}, *signing)
    ).expect(401)
    assert expired.json["title"] == "token_expired"
    renewed = renew(newcomer, newcomer.tokens["refresh_token"]).expect(200).json
    assert renewed["account_id"] == newcomer.id
    ask(newcomer, renewed["access_token"]).expect(200)


def test_a_token_of_somebody_elses_making_is_refused(
    newcomer: User, signing: tuple[str, Ed25519PrivateKey]
) -> None:
    claims, (kid, key) = claims_of(newcomer.tokens["access_token"]), signing
    stranger = Ed25519PrivateKey.generate()
    bad = [
        forged(claims, kid, stranger),
        forged(claims, "another", stranger),
        forged(claims, kid, None, "none"),
        forged({**claims, "aud": "another"}, kid, key),
        forged({**claims, "iss": "https://another.example"}, kid, key),
        forged({name: value for name, value in claims.items() if name != "exp"}, kid, key),
    ]
    assert [ask(newcomer, token).status for token in bad] == [401] * len(bad)


def test_a_refresh_token_whose_answer_was_lost_is_taken_again(newcomer: User) -> None:
    first = newcomer.tokens["refresh_token"]
    renew(newcomer, first).expect(200)
    renew(newcomer, first).expect(200)


def test_a_refresh_token_that_is_used_again_ends_the_session(newcomer: User) -> None:
    first = newcomer.tokens["refresh_token"]
    second = renew(newcomer, first).expect(200).json["refresh_token"]
    third = renew(newcomer, second).expect(200).json["refresh_token"]
    assert renew(newcomer, first).expect(401).json["title"] == "refresh_token_reused"
    renew(newcomer, third).expect(401)
    newcomer.browser.ask("POST", "/v1/login", json=newcomer.credentials).expect(200)


def test_the_public_keys_are_published_and_no_private_one(newcomer: User) -> None:
    keys = newcomer.browser.get("/.well-known/jwks.json").expect(200).json["keys"]
    assert keys
    assert all("d" not in key for key in keys)
