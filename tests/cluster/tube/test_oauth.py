"""Login by a provider that is not ours, followed as a browser would, and as an app on somebody's machine; the provider away (rows A9, P10)."""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest
from wireplan.manifests.standins import PASSWORDS
from wireplan.topology import names

from tests.cluster.tube.inside import reached
from tests.cluster.tube.kube import Kube
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import PASSWORD, Answer, Browser, User

BEGIN, NAME = "/v1/login/id", "external-id"
APP = "http://127.0.0.1:50505/back"


@dataclass
class Person:
    """Somebody at a browser: follows redirects and fills in the provider's form."""

    browser: Browser
    name: str

    def ask(self, method: str, url: str, **parts: Any) -> Answer:
        """One request; the browser keeps the cookies, each for its host."""
        return self.browser.ask(method, urljoin(self.browser.places.base, url), **parts)

    def follow(self, url: str, until: str) -> str:
        """Go on from address to address until one begins so; that one is not asked for."""
        for _ in range(10):
            if url.startswith(until):
                return url
            found = self.ask("GET", url)
            if found.status == 200:
                url = self.fill_in(url, found)
            else:
                assert found.status in (302, 303), found
                url = urljoin(url, found.headers["location"])
        raise AssertionError(f"{url} goes round and round")

    def fill_in(self, url: str, page: Answer) -> str:
        """Log in at the provider's page; where it sends the browser."""
        text = page.body.decode()
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
        form = {name: unescape(value) for name, value in hidden.items()}
        form |= {"username": self.name, "password": PASSWORDS[self.name]}
        action = re.findall(r'action="([^"]+)"', text)[0]
        found = self.ask(
            "POST",
            urljoin(url, action),
            data=urlencode(form).encode(),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        assert found.status == 302, found
        return urljoin(url, found.headers["location"])

    def come_back(self, asked: str = "") -> str:
        """The whole way to the provider and back; the address of the callback, not yet asked for.

        As people do, it begins again when a busy system says that it does not work right now.
        """
        begin, back = (
            f"{self.browser.places.base}{BEGIN}{asked}",
            f"{self.browser.places.base}{BEGIN}/callback",
        )
        return eventually(lambda: self.follow(begin, back), f"{self.name} comes back from the provider")

    def through(self, status: int, asked: str = "", within: float = 60) -> tuple[str, Answer]:
        """The whole way, and the callback asked for; its address, and what it answered."""

        def once() -> tuple[str, Answer]:
            back = self.come_back(asked)
            return back, self.ask("GET", back).expect(status)

        return eventually(once, f"{self.name} is logged in", within)

    def login(self, within: float = 60) -> dict[str, Any]:
        """Tokens of ours."""
        return self.through(200, within=within)[1].json


@pytest.fixture
def alice(browser: Browser) -> Person:
    """Somebody whom the provider knows."""
    return Person(browser.new(), "alice")


@pytest.fixture
def outside(kube: Kube) -> Kube:
    """The namespace of what is not ours."""
    return replace(kube, namespace=names.OUTSIDE)


@pytest.mark.row("A9")
def test_who_logs_in_at_the_provider_comes_back_to_tokens_of_ours(alice: Person, browser: Browser) -> None:
    """The same account each time, and what a password's tokens can do these can, too."""
    tokens = alice.login()
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    browser.get("/v1/notifications", headers=bearer).expect(200)
    renewed = (
        browser.ask("POST", "/v1/token", json={"refresh_token": tokens["refresh_token"]}).expect(200).json
    )
    assert renewed["account_id"] == tokens["account_id"]
    again = Person(browser.new(), "alice").login()
    assert again["account_id"] == tokens["account_id"]
    assert Person(browser.new(), "bob").login()["account_id"] != tokens["account_id"]


@pytest.mark.row("A9")
def test_what_came_back_is_good_once_and_in_its_own_browser(alice: Person, browser: Browser) -> None:
    back = alice.come_back()
    thief = Person(browser.new(), "bob")
    assert thief.ask("GET", back).expect(401).json["title"] == "login_of_another_browser"
    assert alice.ask("GET", back).expect(401).json["title"] == "login_unknown", "the try has used it up"
    second, _ = alice.through(200)
    assert alice.ask("GET", second).expect(401).json["title"] == "login_unknown"


@pytest.mark.row("A9")
def test_an_app_gets_its_tokens_by_a_code_of_its_own(alice: Person, browser: Browser) -> None:
    """RFC 8252: through the browser goes a code, and only who began can redeem it."""
    verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = urlencode({"redirect_uri": APP, "code_challenge": challenge, "state": "of the app"})
    sent = alice.through(303, f"?{asked}")[1].headers["location"]
    assert sent.startswith(APP)
    told = parse_qs(urlsplit(sent).query)
    assert told["state"] == ["of the app"]
    code = told["code"][0]
    other = {"code": code, "code_verifier": secrets.token_urlsafe(32)}
    browser.ask("POST", BEGIN, json=other).expect(401)
    own = {"code": code, "code_verifier": verifier}
    assert browser.ask("POST", BEGIN, json=own).expect(200).json["access_token"]
    browser.ask("POST", BEGIN, json=own).expect(401)


@pytest.mark.row("P10")
def test_auth_speaks_http3_to_the_provider(alice: Person, outside: Kube) -> None:
    """From the log of the other end. Where a busy machine was too slow for HTTP/3 once, it is tried again after five minutes, and until then HTTP/2 takes its place."""

    def asked() -> bool:
        alice.login()
        lines = [
            line
            for line in outside.run("logs", f"deployment/{NAME}", "--container=caddy").splitlines()
            if line[:1] == "{"
        ]
        requests = [json.loads(line)["request"] for line in lines if '"request"' in line]
        tokens = [each["proto"] for each in requests if each["uri"].startswith("/oauth/token")]
        assert set(tokens) <= {"HTTP/3.0", "HTTP/2.0"}
        assert "HTTP/3.0" in tokens, tokens
        return True

    eventually(asked, "codes are exchanged by HTTP/3", 330)


@pytest.mark.row("P10")
def test_only_auth_is_let_out_to_the_provider(kube: Kube, outside: Kube) -> None:
    """Its pods reach the port; those of another service do not."""
    wiring = json.loads(kube.get("configmap", "auth-wiring")["data"]["wiring.json"])["externals"]["id"]
    (address,) = outside.endpoints(NAME)
    where = (address, int(urlsplit(wiring["url"]).port or 0))
    pods = {
        service: kube.ready_pods(service)[0]["metadata"]["name"] for service in ("auth", "gateway", "catalog")
    }
    assert reached(kube, [*pods.values()], [where]) == {(pods["auth"], where)}


@pytest.fixture
def away(outside: Kube) -> Iterator[None]:
    """The provider is gone for a while."""
    outside.run("scale", f"deployment/{NAME}", "--replicas=0")
    try:
        eventually(lambda: not outside.get("pods", selector=f"app.kubernetes.io/name={NAME}"), "it is gone")
        yield
    finally:
        outside.run("scale", f"deployment/{NAME}", "--replicas=1")
        outside.rolled_out(f"deployment/{NAME}")


@pytest.mark.row("A9")
@pytest.mark.row("P10")
def test_while_the_provider_is_away_passwords_go_on(browser: Browser, user: User, away: None) -> None:
    """503 as problem+json, soon at once; and not one password is refused for it."""

    def refused() -> bool:
        found = browser.get(BEGIN)
        # A pod whose knowledge of the provider is fresh still sends browsers there: they come back to a 503.
        state = parse_qs(urlsplit(found.headers.get("location", "")).query).get("state")
        if found.status == 303 and state:
            cookie = found.headers["set-cookie"].partition(";")[0]
            told = urlencode({"state": state[0], "code": "made up"})
            found = browser.get(f"{BEGIN}/callback?{told}", headers={"cookie": cookie})
        assert found.status == 503, found
        assert found.headers["content-type"] == "application/problem+json"
        assert found.json["title"] == "external_unavailable"
        return True

    def by_password() -> Answer:
        return browser.ask("POST", "/v1/login", json={"email": user.email, "password": PASSWORD}).expect(200)

    for _ in range(8):
        eventually(refused, "the provider's being away is said", 60)
        # A busy machine may be late once; a breaker that had opened for auth would stay so for longer than this.
        eventually(by_password, "a password is taken", 3)


@pytest.mark.row("A9")
def test_when_the_provider_is_back_so_is_the_login(browser: Browser) -> None:
    """It has new keys, and was away: the breaker closes by itself, the keys are found."""

    assert Person(browser.new(), "alice").login(within=180)["account_id"]
