"""Limits on requests at the gateway: of each principal, each address, each route; and when the cache that counts is away (row F1.2)."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.tube.freeze import frozen
from tests.cluster.tube.kube import Kube, names, ready
from tests.cluster.tube.metrics import totals
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import Answer, Browser, User

pytestmark = pytest.mark.row("F1.2")

LIST = "/v1/notifications?page_size=1"
NOWHERE = "/v1/nothing"
"""It costs the services behind the gateway nothing, and is counted all the same."""

RATE, BURST, PODS = 20, 40, 2
LOGIN_BURST = 60
CACHE, STORE = "cache-fast", "cache-fast-0"
CROWD = 60
"""Requests of one flood, over all lanes: more than a burst."""
LANES = 6
"""Browsers side by side, so that a busy machine is quicker than the limit."""

DECISIONS, ERRORS = "rate_limit_decisions_total", "rate_limit_store_errors_total"


@pytest.fixture
def hasty(browser: Browser, film: Path) -> User:
    """Somebody who asks too fast. He is new, so that nobody else's limit is used up."""
    return User(browser.new(), film.read_bytes()).register()


@pytest.fixture
def gateways(kube: Kube) -> list[str]:
    """The pods of the gateway."""
    return names(kube.ready_pods("gateway"))


def together(browser: Browser, questions: Sequence[dict[str, Any]]) -> list[Answer]:
    """The answers to questions that are asked on several lanes."""
    rounds = [questions[first : first + LANES] for first in range(0, len(questions), LANES)]
    return [
        answer
        for each in rounds
        for answer in browser.together(
            *(asked | {"session": f"{asked['session']} {lane}"} for lane, asked in enumerate(each))
        )
    ]


def crowd(user: User, path: str = NOWHERE, times: int = CROWD) -> list[Answer]:
    """So many requests of an account, as fast as they can be made."""
    return together(user.browser, [user.question("GET", path) for _ in range(times)])


def refused(user: User, path: str = NOWHERE) -> Answer:
    """An answer of 429, after as many requests as it takes."""

    def look() -> Answer:
        found = [answer for answer in crowd(user, path) if answer.status == 429]
        assert found, "all were served"
        return found[0]

    return eventually(look, "somebody asks too fast")


def statuses(answers: Sequence[Answer]) -> set[int]:
    """Their statuses."""
    return {answer.status for answer in answers}


def counted(kube: Kube, pods: list[str], where: str) -> dict[str, float]:
    """Decisions that were counted in the store, or in the pods, by pod."""
    return totals(kube, pods, DECISIONS, counted_in=where)


def grown(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """By how much each has grown."""
    return {pod: after[pod] - before[pod] for pod in before}


def test_who_asks_too_fast_is_refused_and_another_one_is_served(hasty: User, stranger: User) -> None:
    def told() -> Answer:
        """By the store: a busy one may be late, and then a pod counts its share of the limit."""
        answer = refused(hasty, LIST)
        assert answer.headers["ratelimit-policy"].startswith(f'"principal";q={BURST};')
        return answer

    answer = eventually(told, "the store refuses")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["title"] == "quota_exceeded"
    assert answer.json["violated-policies"] == ["principal"]
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["ratelimit-policy"] == f'"principal";q={BURST};w={BURST // RATE}'
    assert answer.headers["ratelimit"].startswith('"principal";r=0;t=')

    mixed = [hasty.question("GET", NOWHERE), stranger.question("GET", LIST)] * 20
    others = together(hasty.browser, mixed)[1::2]
    assert statuses(others) == {200}
    assert hasty.browser.get("/v1/videos").status == 200, "nor is who has no account, from the same address"


def test_who_waits_is_served_again(hasty: User) -> None:
    """As soon as it was said: in a second at most, the time of one request being 50 ms."""
    assert refused(hasty).headers["retry-after"] == "1"
    eventually(lambda: hasty.ask("GET", LIST).expect(200), "he is served again", 10)


def test_the_pods_of_the_gateway_count_together(kube: Kube, gateways: list[str], hasty: User) -> None:
    """Whatever the time it takes: no more than one burst, and the rate. Pods that counted by themselves would let twice as many go on."""
    assert len(gateways) == PODS
    before, alone = counted(kube, gateways, "store"), counted(kube, gateways, "pod")
    began = time.monotonic()
    answers = [answer for _ in range(4) for answer in crowd(hasty)]
    most = BURST + RATE * (time.monotonic() - began) + 1
    late = sum(grown(alone, counted(kube, gateways, "pod")).values())  # a busy cache may be late for one
    allowed = sum(answer.status != 429 for answer in answers)
    assert BURST <= allowed <= most + late
    assert late < BURST / 2
    assert all(grown(before, counted(kube, gateways, "store")).values()), "each of them was asked"


def test_login_is_limited_by_the_address_that_the_edge_saw(browser: Browser, hasty: User) -> None:
    """What clients write into the header about it changes nothing, and a token neither. What is asked does not even reach auth."""

    def tries(who: str, number: int) -> dict[str, Any]:
        headers = {"x-forwarded-for": f"198.51.100.{number}", **({"authorization": who} if who else {})}
        return browser.question("POST", "/v1/login", json={}, headers=headers)

    who = ["", f"Bearer {hasty.access_token()}"]
    answers: list[Answer] = []

    def flood() -> Answer:
        answers.extend(together(browser, [tries(who[n % 2], n) for n in range(CROWD // 2)]))
        limited = [each for each in answers if each.status == 429]
        found = [each for each in limited if each.json["violated-policies"] == ["POST /v1/login"]]
        assert found, "all reached the login"
        return found[0]

    answer = eventually(flood, "logins from one address are refused")
    assert statuses(answers) == {400, 429}
    assert sum(each.status == 400 for each in answers) >= LOGIN_BURST / 2
    assert '"POST /v1/login";r=0' in answer.headers["ratelimit"]
    assert browser.get("/v1/videos").status == 200, "the rest of the API is open to the same address"

    def again() -> bool:
        return browser.ask("POST", "/v1/login", json=hasty.credentials).status == 200

    eventually(again, "who waits can log in")


def test_what_verifies_tokens_is_not_limited(browser: Browser) -> None:
    answers = together(browser, [browser.question("GET", "/.well-known/jwks.json") for _ in range(CROWD)])
    assert statuses(answers) == {200}
    assert not any("ratelimit" in answer.headers for answer in answers)


@contextmanager
def without_pods(kube: Kube) -> Iterator[None]:
    """The cache scaled to nothing, and as it was afterwards."""
    selector = f"app.kubernetes.io/name={CACHE}"
    with kube.changed("statefulset", CACHE, {"spec": {"replicas": 0}}, {"spec": {"replicas": 1}}):
        eventually(lambda: not kube.get("pods", selector=selector), "the cache is gone", 90)
        yield
    eventually(lambda: ready(kube.get("pod", STORE)), "the cache is back", 120)


@contextmanager
def with_frozen_pods(kube: Kube) -> Iterator[None]:
    """The cache takes connections, and answers nothing."""
    with frozen(kube, STORE, container="valkey"):
        yield


@pytest.mark.parametrize("away", [with_frozen_pods, without_pods], ids=["frozen", "gone"])
def test_while_the_cache_is_away_requests_are_answered_and_each_pod_counts_its_share(
    kube: Kube, gateways: list[str], browser: Browser, hasty: User, away: Any
) -> None:
    with away(kube):
        before, errors = counted(kube, gateways, "pod"), totals(kube, gateways, ERRORS)
        answers = [browser.get("/v1/videos?page_size=1") for _ in range(CROWD)]
        assert statuses(answers) == {200}, "nobody waits for a cache, and nobody is refused for it"
        local = grown(before, counted(kube, gateways, "pod"))
        failed = grown(errors, totals(kube, gateways, ERRORS))
        assert all(local.values()), local
        assert all(failed.values()), failed
        assert sum(failed.values()) < CROWD / 2, f"most requests do not even ask it: {failed}"
        assert refused(hasty).json["violated-policies"] == ["principal"]
        share = hasty.ask("GET", LIST).headers["ratelimit-policy"]
        assert share == f'"principal";q={BURST // PODS};w={BURST // RATE}'
        assert browser.get("/v1/videos?page_size=1").status == 200

    def counts_again() -> bool:
        now = counted(kube, gateways, "store")
        for _ in range(10):
            browser.get("/v1/videos?page_size=1")
        assert all(grown(now, counted(kube, gateways, "store")).values())
        return True

    eventually(counts_again, "the cache counts for all pods again", 90)
    assert refused(hasty).headers["ratelimit-policy"] == f'"principal";q={BURST};w={BURST // RATE}'
