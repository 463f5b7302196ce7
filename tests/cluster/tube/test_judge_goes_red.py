"""The judge is shown to go red: with the offset committed before the effect, a consumer killed at work loses films."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.judge import BROKEN, Demand
from tests.cluster.tube.conftest import Loads, whole
from tests.cluster.tube.freeze import caught
from tests.cluster.tube.kafka import Kafka
from tests.cluster.tube.kube import Kube, names, uids
from tests.cluster.tube.load import Court, fault
from tests.cluster.tube.postgres import Postgres
from tests.cluster.tube.wait import eventually

WIRING = "processing-wiring"


def wired(kube: Kube, commit: str) -> dict[str, Any]:
    """The wiring of processing as a topology with `commit: <commit>` makes it."""
    wiring = json.loads(kube.get("configmap", WIRING)["data"]["wiring.json"])
    wiring["consumes"]["video.uploaded"]["commit"] = commit
    return {"data": {"wiring.json": json.dumps(wiring, indent=2) + "\n"}}


def restarted(kube: Kube) -> None:
    """Pods that have read their wiring again."""
    gone = {kube.kill(pod) for pod in names(kube.pods("processing"))}

    def back() -> bool:
        found = kube.ready_pods("processing")
        return len(found) == len(gone) and not gone & set(uids(found))

    eventually(back, "processing is back with new pods", 120)


@pytest.fixture
def before_effect(kube: Kube, kafka: Kafka, postgres: Postgres) -> Iterator[None]:
    """Processing with `commit: before-effect`. Afterwards it becomes what it was, and nobody waits for it: the next test renews it too."""
    whole(kube, kafka, postgres)
    with kube.changed("configmap", WIRING, wired(kube, "before-effect"), wired(kube, "after-effect")):
        restarted(kube)
        yield
    kube.end(names(kube.pods("processing")))


@pytest.mark.row("F2.3")
@pytest.mark.control("killed")
def test_a_loss_is_seen(
    kube: Kube, kafka: Kafka, court: Court, loads: Loads, long_film: Path, before_effect: None
) -> None:
    pods = kube.ready_pods("processing")
    with loads.start("red", film=long_film, count=4) as load:
        at_work = caught(kube, names(pods), "processing", "ffmpeg")
        eventually(lambda: load.acknowledged() == 4, "all uploads are acknowledged", 120)

        def kill() -> None:
            for pod in at_work:
                kube.kill(pod)

        def healed() -> str:
            def back() -> bool:
                found = kube.ready_pods("processing")
                return len(found) == len(pods) and uids(found) != uids(pods)

            eventually(back, "processing is back", 120)
            return " ".join(uids(kube.ready_pods("processing")))

        faults = [fault("processing at work", " ".join(uids(pods)), kill, healed)]
        verdict = court.verdict(load, faults, Demand(before=1, during=0, after=0))
    print(verdict)
    assert verdict.result == BROKEN, str(verdict)
    assert verdict.lost
    assert [*verdict.phantom, *verdict.aborted, *verdict.duplicated] == []
