"""The promise itself: whatever is killed, every acknowledged upload ends as a playable film, exactly once."""

import pytest

from tests.cluster.judge import HELD, Demand, Fault
from tests.cluster.tube.conftest import Loads
from tests.cluster.tube.kafka import Kafka
from tests.cluster.tube.kube import Kube, uids
from tests.cluster.tube.load import Court, Load, fault
from tests.cluster.tube.postgres import CLUSTER, Postgres
from tests.cluster.tube.wait import eventually


@pytest.mark.row("F1.5")
@pytest.mark.row("F2.1")
@pytest.mark.row("F2.3")
@pytest.mark.row("F2.5")
@pytest.mark.row("F3.6")
@pytest.mark.drill("killed")
def test_every_acknowledged_upload_plays_exactly_once_whatever_is_killed(
    kube: Kube, kafka: Kafka, postgres: Postgres, court: Court, loads: Loads, calm: None
) -> None:
    with loads.start("killed", pace=1.5) as load:
        load.goes_on(5)
        faults = [
            killed_pod(kube, load, "upload"),
            killed_pod(kube, load, "processing"),
            killed_leader(kube, kafka, load),
            killed_primary(kube, postgres, load),
        ]
        load.goes_on(5)
        verdict = court.verdict(load, faults, Demand(before=5, during=2, after=5))
    print(verdict)
    assert verdict.result == HELD, str(verdict)


def killed_pod(kube: Kube, load: Load, service: str) -> Fault:
    """A pod of a service, at once. Its trace: the UIDs of the service's pods."""
    pods = kube.ready_pods(service)
    victim = pods[0]["metadata"]

    def healed() -> str:
        found = kube.back(service, victim["uid"], len(pods))
        load.goes_on(2)
        return " ".join(uids(found))

    return fault(f"pod {victim['name']}", " ".join(uids(pods)), lambda: kube.kill(victim["name"]), healed)


def killed_leader(kube: Kube, kafka: Kafka, load: Load) -> Fault:
    """The broker that leads video.processed. Its trace: who leads."""
    leader = kafka.leader("video.processed")
    uid = kube.get("pod", f"kafka-{leader}")["metadata"]["uid"]

    def another() -> str:
        now = kafka.leader("video.processed")
        return "" if now in {leader, -1} else str(now)

    def healed() -> str:
        after = eventually(another, "another leads", 60)
        load.goes_on(2)
        kube.back("kafka", uid, 3)
        eventually(kafka.all_in_sync, "all replicas are in sync", 180)
        return after

    return fault(f"broker {leader}, which leads", str(leader), lambda: kube.kill(f"kafka-{leader}"), healed)


def killed_primary(kube: Kube, postgres: Postgres, load: Load) -> Fault:
    """The primary of Postgres. Its trace: who is primary, and the timeline, which every promotion counts up."""
    primary = postgres.primary()
    uid = kube.get("pod", primary)["metadata"]["uid"]
    before = f"{primary} on timeline {postgres.timeline()}"

    def healed() -> str:
        eventually(lambda: postgres.primary() != primary, "another is primary", 90)
        load.goes_on(2)

        def rejoined() -> bool:
            uids = {pod["metadata"]["uid"] for pod in kube.get("pods", selector=f"cnpg.io/cluster={CLUSTER}")}
            return uid not in uids and postgres.healthy()

        eventually(rejoined, "the old primary has joined as a replica", 180)
        return f"{postgres.primary()} on timeline {postgres.timeline()}"

    return fault(f"primary {primary}", before, lambda: kube.kill(primary), healed)
