"""Policies are enforced, on one node and between nodes; and the host reaches load balancers by both protocols."""

import socket
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from wireplan.rim import cluster as embedded
from wireplan.rim.cluster import Cluster

from tests.cluster.embedded.conftest import NAMESPACE, Pods
from tests.cluster.tube.inside import answer
from tests.cluster.tube.kube import RefusedError, ready
from tests.cluster.tube.wait import eventually

REFUSAL_SECONDS = 1.5
"""How long a client waits for what a policy stops; its packets are dropped, so there is no sooner answer."""


@pytest.fixture(scope="module")
def server(pods: Pods) -> str:
    """A server on node-1, two clients beside it and two on another node; the server's address."""
    for node in ("node-1", "node-2"):
        pods.start(f"friend-{node}", node=node, labels={"role": "friend"})
        pods.start(f"stranger-{node}", node=node, labels={"role": "stranger"})
    return pods.start("server", node="node-1", probe=True)


def policy(name: str, ingress: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "podSelector": {"matchLabels": {"app": "server"}},
        "policyTypes": ["Ingress"],
        "ingress": ingress or [],
    }
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": spec,
    }


FRIENDS = [{"from": [{"podSelector": {"matchLabels": {"role": "friend"}}}], "ports": [{"port": 8080}]}]


@pytest.fixture
def policies(pods: Pods) -> Iterator[Pods]:
    """Whatever policies a test makes are gone after it."""
    yield pods
    pods.kube.run("delete", "networkpolicies", "--all")


def reaches(pods: Pods, client: str, address: str) -> bool:
    try:
        _, text = answer(pods.kube, client, 8080, host=address, patience=REFUSAL_SECONDS)
    except OSError:
        return False
    return text.startswith("server ")


@pytest.mark.parametrize("node", ["node-1", "node-2"], ids=["on one node", "between nodes"])
def test_a_policy_lets_through_whom_it_names_and_stops_everybody_else(
    policies: Pods, server: str, node: str
) -> None:
    friend, stranger = f"friend-{node}", f"stranger-{node}"
    assert reaches(policies, friend, server), "without a policy everybody is let through"
    assert reaches(policies, stranger, server)
    policies.apply(policy("deny-all"))
    assert eventually(lambda: not reaches(policies, stranger, server), "everybody is stopped")
    assert not reaches(policies, friend, server)
    policies.apply(policy("friends", FRIENDS))
    assert eventually(lambda: reaches(policies, friend, server), "friends are let through")
    assert not reaches(policies, stranger, server)


def test_a_policy_follows_labels(policies: Pods, server: str) -> None:
    policies.apply(policy("friends", FRIENDS))
    assert eventually(lambda: not reaches(policies, "stranger-node-2", server), "strangers are stopped")
    policies.kube.run("label", "pod", "stranger-node-2", "role=friend", "--overwrite")
    try:
        assert eventually(lambda: reaches(policies, "stranger-node-2", server), "a stranger became a friend")
    finally:
        policies.kube.run("label", "pod", "stranger-node-2", "role=stranger", "--overwrite")


def test_what_a_pod_may_call_is_enforced_too(policies: Pods, server: str) -> None:
    spec = {
        "podSelector": {"matchLabels": {"app": "stranger-node-2"}},
        "policyTypes": ["Egress"],
        "egress": [],
    }
    policies.apply(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "silent"},
            "spec": spec,
        }
    )
    assert eventually(
        lambda: not reaches(policies, "stranger-node-2", server), "the stranger may call nobody"
    )
    assert reaches(policies, "friend-node-2", server)


def test_the_kubelets_own_probes_are_never_stopped(policies: Pods, server: str) -> None:
    policies.apply(policy("deny-all"))
    assert eventually(lambda: not reaches(policies, "friend-node-1", server), "everybody is stopped")
    policies.kube.run("delete", "pod", "server", "--grace-period=1")
    policies.start("server", node="node-1", probe=True)
    assert ready(policies.kube.get("pod", "server"))


@pytest.fixture
def balanced(pods: Pods, server: str) -> Iterator[str]:
    """A load balancer in front of the server, on port 18080; its address."""
    ports = [
        {"name": protocol.lower(), "port": 18080, "targetPort": 8080, "protocol": protocol}
        for protocol in ("TCP", "UDP")
    ]
    pods.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "balanced"},
                "spec": {"type": "LoadBalancer", "selector": {"app": "server"}, "ports": ports}})  # fmt: skip
    yield eventually(
        lambda: str(pods.kube.get("service", "balanced")["status"]["loadBalancer"]["ingress"][0]["ip"]),
        "an address",
    )
    pods.kube.run("delete", "service", "balanced")


def over_tcp(host: str) -> str:
    with urllib.request.urlopen(f"http://{host}:18080/", timeout=3) as answer:
        return str(answer.read().decode())


def over_udp(host: str) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.settimeout(2)
        channel.sendto(b"hello", (host, 18080))
        return channel.recv(100)


@pytest.mark.parametrize("host", ["", "127.0.0.1"], ids=["its address", "this machine's loopback"])
def test_the_host_reaches_a_load_balancer_by_both_protocols(balanced: str, host: str) -> None:
    assert eventually(lambda: over_tcp(host or balanced), "TCP").startswith("server ")
    assert eventually(lambda: over_udp(host or balanced), "UDP") == b"server hello"


def test_pods_reach_it_by_the_same_address(pods: Pods, balanced: str) -> None:
    assert eventually(
        lambda: pods.fetch("friend-node-2", f"http://{balanced}:18080/"), "an answer"
    ).startswith("server ")


def test_a_port_that_another_program_holds_is_told_by_status(
    cluster: Cluster, pods: Pods, server: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        pods.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shadowed"},
                    "spec": {"type": "LoadBalancer", "selector": {"app": "server"}, "ports": [{"port": port, "targetPort": 8080}]}})  # fmt: skip
        try:
            way = eventually(
                lambda: [one for one in embedded.status(cluster.name).forwards if one["port"] == port],
                "the port in the status",
            )[0]
            assert "in use" in way["refused"]
        finally:
            pods.kube.run("delete", "service", "shadowed")


def test_a_name_of_a_pod_is_no_way_around_a_policy(policies: Pods, server: str) -> None:
    spec = {"selector": {"app": "server"}, "ports": [{"port": 80, "targetPort": 8080}]}
    policies.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "front"}, "spec": spec})
    url = f"http://front.{NAMESPACE}/"
    assert eventually(lambda: policies.fetch("friend-node-2", url), "an answer by name").startswith("server ")
    policies.apply(policy("deny-all"))

    def stopped() -> bool:
        try:
            policies.fetch("friend-node-2", url, REFUSAL_SECONDS)
        except RefusedError:
            return True
        return False

    assert eventually(stopped, "stopped behind the Service as well")
