"""What is missing is missing alone: breakers, answers in place of a callee's, features that are switched off (rows F1.4, F1.6, F1.7)."""

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.cluster.tube.freeze import frozen
from tests.cluster.tube.kube import Kube, names
from tests.cluster.tube.metrics import samples, total, totals
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import Answer, User

pytestmark = pytest.mark.usefixtures("refusing")  # begun here, so that nobody waits for it
CLOSED, OPEN = 0, 2
FACTS = "/tube.statistics.v1.StatisticsService/GetVideoFacts"
WITHIN = 150
"""Seconds in which a breaker closes: open for up to a minute, then a call a second for a streak, over two gateways; and in which a kubelet
brings a ConfigMap into its pods (it looks once a minute)."""


class Gateways:
    """The pods of the gateway, and what they say of a callee."""

    def __init__(self, kube: Kube) -> None:
        """Those that are ready now."""
        self.kube, self.pods = kube, names(kube.ready_pods("gateway"))
        assert self.pods

    def state(self, pod: str, callee: str) -> float:
        """The state of a pod's breaker for reads of a callee; -1 where there is none."""
        labels = {"target": callee, "class": "read"}
        return next(
            (
                value
                for name, own, value in samples(self.kube, pod)
                if name == "breaker_state" and labels.items() <= own.items()
            ),
            -1,
        )

    def states(self, callee: str) -> set[float]:
        """Of all pods."""
        return {self.state(pod, callee) for pod in self.pods}

    def asked(self, callee: str, **labels: str) -> float:
        """How many calls of a callee were made; those that were refused here are none."""
        return sum(totals(self.kube, self.pods, "rpc_called_total", target=callee, **labels).values())

    def refused(self, callee: str, reason: str) -> float:
        """How many calls of a callee were not made."""
        found = totals(self.kube, self.pods, "calls_refused_total", target=callee, reason=reason)
        return sum(found.values())

    def on(self, feature: str) -> set[float]:
        """Whether the pods have a feature on, 1 or 0."""
        return set(totals(self.kube, self.pods, "feature_on", feature=feature).values())

    def told(self, callee: str) -> list[dict[str, str]]:
        """What the pods logged of the breakers of a callee in the last minutes."""
        logs = "".join(self.kube.log(pod, sinceSeconds=300) for pod in self.pods)
        found = [
            json.loads(line) for line in logs.splitlines() if line.startswith("{") and '"breaker"' in line
        ]
        return [each for each in found if each.get("target") == callee]


@pytest.fixture
def gateways(kube: Kube, user: User, video: str) -> Iterator[Gateways]:
    """All breakers closed and all features on, before and after."""
    found = Gateways(kube)

    def whole() -> bool:
        answers = [user.ask("GET", path) for path in (f"/v1/videos/{video}/facts", "/v1/notifications")]
        assert [each.headers.get("x-degraded") for each in answers] == [None, None], answers
        assert found.states("statistics") | found.states("notifications") == {CLOSED}
        assert found.on("statistics") | found.on("notifications") == {1}
        return True

    eventually(whole, "nothing is degraded", WITHIN)
    yield found
    eventually(whole, "nothing is degraded any more", WITHIN)


def close_after(kube: Kube, callee: str) -> int:
    """The streak of the topology, as the gateway was told it."""
    wiring = json.loads(kube.get("configmap", "gateway-wiring")["data"]["wiring.json"])
    return int(wiring["calls"][callee]["breaker"]["close_after"])


def asks(user: User, path: str) -> Callable[[], Answer]:
    """A question that is answered with 200, whole or not."""
    return lambda: user.ask("GET", path).expect(200)


@pytest.mark.row("F1.7")
@pytest.mark.row("F1.6")
@pytest.mark.drill("statistics-away")
def test_a_breaker_opens_and_closes_after_a_streak_and_every_request_is_answered_meanwhile(
    kube: Kube, user: User, video: str, gateways: Gateways
) -> None:
    ask = asks(user, f"/v1/videos/{video}/facts")
    statistics = names(kube.ready_pods("statistics"))
    before = dict.fromkeys(gateways.pods, 0.0)
    with frozen(kube, *statistics, container="statistics"):

        def opened() -> bool:
            for answer in (ask().without("statistics") for _ in range(4)):
                assert answer.json["video_id"] == video
                assert answer.json["segments"] is None, "nothing is made up"
            return gateways.states("statistics") == {OPEN}

        eventually(opened, "every gateway has opened its breaker", 40)

        def spared() -> bool:
            made, refused = gateways.asked("statistics"), gateways.refused("statistics", "breaker_open")
            for _ in range(5):
                ask().without("statistics")
            assert gateways.asked("statistics") == made
            assert gateways.refused("statistics", "breaker_open") == refused + 5
            return True

        eventually(spared, "statistics is not asked while the breakers are open", 40)
        for pod in gateways.pods:
            before[pod] = total(kube, pod, "rpc_called_total", target="statistics", code="OK")

    streaks: dict[str, float] = {}

    def closed() -> bool:
        ask()
        for pod in gateways.pods:
            if pod not in streaks and gateways.state(pod, "statistics") == CLOSED:
                healthy = total(kube, pod, "rpc_called_total", target="statistics", code="OK")
                streaks[pod] = healthy - before[pod]
        return len(streaks) == len(gateways.pods)

    eventually(closed, "every gateway has closed its breaker", WITHIN)
    assert min(streaks.values()) >= close_after(kube, "statistics"), streaks
    answer = ask()
    assert "x-degraded" not in answer.headers
    assert answer.json["ready"] is True
    told = [each["state"] for each in gateways.told("statistics")]
    assert {"open", "half-open", "closed"} <= set(told), told


@pytest.mark.row("F1.4")
@pytest.mark.row("F1.6")
@pytest.mark.drill("notifications-away")
def test_a_secondary_feature_goes_off_and_on_by_itself_and_no_write_is_pretended(
    kube: Kube, user: User, video: str, gateways: Gateways
) -> None:
    ask = asks(user, "/v1/notifications")
    with frozen(kube, *names(kube.ready_pods("notifications")), container="notifications"):

        def off() -> bool:
            for answer in (ask().without("notifications") for _ in range(4)):
                assert answer.headers.get("cache-control") == "no-store"
                assert answer.json["notifications"] == []
            return gateways.on("notifications") == {0}

        eventually(off, "notifications is off in every gateway", 40)
        follow = user.ask("PUT", f"/v1/following/{uuid.uuid4()}")
        assert follow.status in {503, 504}, follow
        assert gateways.on("statistics") == {1}
        whole = user.ask("GET", f"/v1/videos/{video}").expect(200)
        assert "x-degraded" not in whole.headers

    def on() -> bool:
        ask()
        return gateways.on("notifications") == {1}

    eventually(on, "notifications is on in every gateway", WITHIN)
    assert "x-degraded" not in ask().headers


@contextlib.contextmanager
def switched(kube: Kube, name: str, value: str) -> Iterator[None]:
    """A ConfigMap as a person makes it, and takes it away again."""
    kube.run("create", "configmap", "switches", f"--from-literal={name}={value}")
    kube.mounted_anew("gateway")
    try:
        yield
    finally:
        kube.run("delete", "configmap", "switches")
        kube.mounted_anew("gateway")


@pytest.mark.row("F1.4")
def test_a_secondary_service_is_switched_off_and_on_by_hand(
    kube: Kube, user: User, video: str, gateways: Gateways
) -> None:
    ask = asks(user, f"/v1/videos/{video}/facts")
    statistics = names(kube.ready_pods("statistics"))
    with switched(kube, "statistics", "off"):
        eventually(lambda: gateways.on("statistics") == {0}, "every gateway has heard of it", WITHIN)
        served = sum(totals(kube, statistics, "rpc_served_total", method=FACTS).values())
        refused = gateways.refused("statistics", "switched_off")
        for _ in range(6):
            ask().without("statistics")
        assert sum(totals(kube, statistics, "rpc_served_total", method=FACTS).values()) == served
        assert gateways.refused("statistics", "switched_off") == refused + 6
        assert gateways.states("statistics") == {CLOSED}, "nothing was wrong with it"
        assert "x-degraded" not in asks(user, "/v1/notifications")().headers
    eventually(lambda: gateways.on("statistics") == {1}, "every gateway has heard of it", WITHIN)
    answer = ask()
    assert "x-degraded" not in answer.headers
    assert answer.json["ready"] is True
    assert sum(totals(kube, statistics, "rpc_served_total", method=FACTS).values()) > served
