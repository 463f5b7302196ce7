"""The verdict of the degradation drills is shown to go red: with `fallback: error` the gateway has nothing to say without a callee."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.tube.freeze import frozen
from tests.cluster.tube.kube import Kube, names, uids
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import User

WIRING = "gateway-wiring"
CALLEES = ("statistics", "notifications")
ASKED = 4
"""Fewer than open a breaker: what refuses is the callee that is away, each time anew."""


def wired(kube: Kube, kind: str) -> dict[str, Any]:
    """The wiring of the gateway as a topology with `fallback: <kind>` for both callees makes it."""
    wiring = json.loads(kube.get("configmap", WIRING)["data"]["wiring.json"])
    for callee in CALLEES:
        assert wiring["calls"][callee]["fallback"]["kind"] != kind
        wiring["calls"][callee]["fallback"]["kind"] = kind
    return {"data": {"wiring.json": json.dumps(wiring, indent=2) + "\n"}}


def restarted(kube: Kube) -> None:
    """Gateways that have read their wiring again."""
    pods = kube.ready_pods("gateway")
    gone = set(uids(pods))
    for pod in names(pods):
        kube.kill(pod)

    def anew() -> bool:
        found = kube.ready_pods("gateway")
        return len(found) == len(pods) and gone.isdisjoint(uids(found))

    eventually(anew, "other gateways are ready", 120)


@pytest.fixture
def questions(kube: Kube, user: User, video: str) -> Iterator[dict[str, str]]:
    """What is asked of each callee; with `fallback: error` in between, and nothing missing before and afterwards."""
    found = {"statistics": f"/v1/videos/{video}/facts", "notifications": "/v1/notifications"}

    def whole() -> bool:
        for path in [*found.values()] * ASKED:  # each gateway has a turn
            assert "x-degraded" not in user.ask("GET", path).expect(200).headers
        return True

    eventually(whole, "nothing is missing", 150)
    before = {"data": {"wiring.json": kube.get("configmap", WIRING)["data"]["wiring.json"]}}
    with kube.changed("configmap", WIRING, wired(kube, "error"), before):
        restarted(kube)
        eventually(whole, "nothing is missing while nothing is away", 60)
        yield found
    restarted(kube)
    eventually(whole, "nothing is missing again", 150)


@pytest.mark.row("F1.6")
@pytest.mark.control("statistics-away", "notifications-away")
def test_an_answer_without_a_callee_is_missed(kube: Kube, user: User, questions: dict[str, str]) -> None:
    for callee, path in questions.items():
        with frozen(kube, *names(kube.ready_pods(callee)), container=callee):
            for _ in range(ASKED):
                answer = user.ask("GET", path)
                assert answer.status in {503, 504}, answer
                assert answer.headers["content-type"] == "application/problem+json", "the gateway's own word"
                with pytest.raises(AssertionError):
                    answer.without(callee)
