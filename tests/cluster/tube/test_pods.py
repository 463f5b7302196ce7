"""Pods and the balancing: labels, EndpointSlices, readiness (rows A2, A3, A4, F1.1, F1.5, A7)."""

import json

import pytest

from tests.cluster.tube.conftest import Loads
from tests.cluster.tube.freeze import frozen
from tests.cluster.tube.inside import answer
from tests.cluster.tube.kube import Kube, addresses, names, ready
from tests.cluster.tube.metrics import OPS
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import User

SERVICES = ("gateway", "auth", "upload", "processing", "catalog", "statistics", "notifications", "media")


@pytest.mark.row("A2")
@pytest.mark.parametrize("service", SERVICES)
def test_every_pod_carries_the_labels_of_its_service(kube: Kube, service: str) -> None:
    kind = "statefulset" if service == "processing" else "deployment"
    selector = kube.get(kind, service)["spec"]["selector"]["matchLabels"]
    pods = kube.pods(service)
    assert pods
    for pod in pods:
        labels = pod["metadata"]["labels"]
        assert selector.items() <= labels.items()
        assert labels["app.kubernetes.io/name"] == service
        assert labels["app.kubernetes.io/part-of"] == "tube"
        assert labels["app.kubernetes.io/managed-by"] == "wireplan"


@pytest.mark.row("A3")
@pytest.mark.parametrize("service", SERVICES)
def test_the_selector_gathers_exactly_the_ready_pods(kube: Kube, service: str) -> None:
    def same() -> bool:
        serving = {address for address, is_ready in kube.endpoints(service).items() if is_ready}
        assert serving == set(addresses(kube.ready_pods(service)))
        return bool(serving)

    eventually(same, f"the EndpointSlices of {service} hold its ready pods", 30)


@pytest.mark.row("A4")
@pytest.mark.row("F1.1")
@pytest.mark.row("F1.5")
def test_a_sick_pod_leaves_the_balancing_and_comes_back_when_it_is_well(kube: Kube, user: User) -> None:
    """The EndpointSlices follow the readiness probe; callers let go of a connection that no longer answers their pings."""
    pod = kube.ready_pods("catalog")[0]
    name, address = pod["metadata"]["name"], pod["status"]["podIP"]
    with frozen(kube, name, container="catalog"):
        eventually(lambda: kube.endpoints("catalog").get(address) is False, "it has left", 40)
        assert not ready(kube.get("pod", name))

        def served() -> bool:
            return all(user.ask("GET", "/v1/videos").status == 200 for _ in range(8))

        eventually(served, "nobody is sent to it any more", 60, every=2)
    eventually(lambda: kube.endpoints("catalog").get(address) is True, "it is back", 90)
    assert kube.get("pod", name)["metadata"]["uid"] == pod["metadata"]["uid"]


@pytest.mark.row("F1.1")
def test_no_traffic_comes_before_the_start_is_complete(kube: Kube) -> None:
    """A pod whose database does not let it in stays in its start: it runs, and nobody is sent to it."""
    name = "statistics-locked-out"
    template = kube.get("deployment", "statistics")["spec"]["template"]
    spec = {key: value for key, value in template["spec"].items() if key != "initContainers"}
    for volume in spec["volumes"]:
        if volume["name"] == "secret-database":
            volume["secret"]["secretName"] = name
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "stringData": {"password": "wrong"},
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": template["metadata"]["labels"]},
        "spec": spec,
    }
    try:
        for each in (secret, pod):
            kube.run("create", "--filename=-", stdin=json.dumps(each))

        def runs() -> str:
            found = kube.get("pod", name)
            assert found["status"]["containerStatuses"][0]["state"].get("running"), found["status"]
            return str(found["status"]["podIP"])

        address = eventually(runs, "the pod runs", 60)
        eventually(
            lambda: kube.endpoints("statistics").get(address) is False,
            "the Service knows it, as not ready",
            30,
        )
        started, _ = eventually(lambda: answer(kube, name, OPS, "/startup"), "its probes are answered", 60)
        assert started == 503
        assert address not in addresses(kube.ready_pods("statistics"))
    finally:
        kube.run("delete", "pod,secret", name, "--ignore-not-found", "--now")


@pytest.mark.row("A7")
def test_a_callee_is_scaled_and_rolled_and_no_user_sees_it(kube: Kube, loads: Loads, calm: None) -> None:
    with loads.start("rolled") as load:
        load.goes_on(3)
        before = set(names(kube.ready_pods("upload")))
        kube.run("rollout", "restart", "deployment/upload")
        kube.rolled_out("deployment/upload")
        eventually(lambda: not before & set(names(kube.pods("upload"))), "all pods of upload are new", 60)
        with kube.changed("deployment", "auth", {"spec": {"replicas": 3}}, {"spec": {"replicas": 2}}):
            eventually(lambda: len(kube.ready_pods("auth")) == 3, "three pods of auth", 60)
            load.goes_on(3)
        auth = "app.kubernetes.io/name=auth"
        eventually(lambda: len(kube.get("pods", selector=auth)) == 2, "two pods of auth", 90)
        load.goes_on(3)
        ops = load.end()
    assert [error for op in ops for error in op.errors] == []
    assert all(op.acknowledged for op in ops)
