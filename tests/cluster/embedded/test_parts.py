"""What a cluster is for: nodes in zones, names, figures, webhooks; and a second `up` that changes nothing."""

import json
from pathlib import Path

import pytest
from wireplan.rim import cluster as embedded
from wireplan.rim.cluster import Cluster, processes
from wireplan.rim.cluster.layout import Layout

from tests.cluster.embedded.conftest import Pods
from tests.cluster.tube.kube import Kube, RefusedError, ready
from tests.cluster.tube.wait import eventually


def ids(layout: Layout) -> dict[str, tuple[int, int]]:
    return {name: (record.pid, record.started) for name, record in processes.recorded(layout.records).items()}


def test_a_second_up_changes_nothing_and_says_so(
    cluster: Cluster, layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    before = ids(layout)
    assert embedded.up(cluster.name) == cluster
    assert "already up; nothing was changed" in capsys.readouterr().err
    assert ids(layout) == before


def test_the_status_of_a_whole_cluster_is_up(cluster: Cluster) -> None:
    found = embedded.status(cluster.name)
    assert found.state == "up"
    assert [node.state for node in found.nodes] == ["ready"] * 3


def test_each_node_is_a_zone_of_its_own(cluster: Cluster) -> None:
    nodes = Kube(cluster.kubeconfig, "default").get("nodes")
    assert all(ready(node) for node in nodes)
    assert len({node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in nodes}) == 3


def test_every_process_is_in_a_group_of_ours_and_logs_to_a_file_of_its_own(layout: Layout) -> None:
    for name, record in processes.recorded(layout.records).items():
        assert f"/{layout.group}/" in Path(f"/proc/{record.pid}/cgroup").read_text()
        assert Path(f"/proc/{record.pid}/fd/1").resolve() == layout.logs / f"{name}.log"


def test_a_pod_finds_services_by_name_and_speaks_to_the_api(pods: Pods) -> None:
    pods.start("asking")
    code = "import socket; print(socket.gethostbyname('kubernetes.default.svc'), socket.create_connection(('kubernetes.default', 443), 5).getpeername()[0])"
    assert pods.kube.execute("asking", "python3", "-c", code).split() == ["10.97.0.1", "10.97.0.1"]


def test_a_headless_service_is_the_list_of_its_ready_pods(pods: Pods) -> None:
    addresses = {pods.start(f"member-{n}", labels={"group": "members"}) for n in (1, 2)}
    pods.apply(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "members"},
            "spec": {"clusterIP": "None", "selector": {"group": "members"}},
        }
    )
    code = "import socket; print(json.dumps(sorted({row[4][0] for row in socket.getaddrinfo('members', 0)})))"

    def look() -> bool:
        return (
            set(json.loads(pods.kube.execute("member-1", "python3", "-c", "import json; " + code)))
            == addresses
        )

    assert eventually(look, "both pods under the name")


def test_autoscalers_get_figures_of_pods_and_nodes(cluster: Cluster) -> None:
    kube = Kube(cluster.kubeconfig, "kube-system")

    def look() -> bool:
        nodes = json.loads(kube.run("get", "--raw", "/apis/metrics.k8s.io/v1beta1/nodes"))["items"]
        found = json.loads(
            kube.run("get", "--raw", "/apis/metrics.k8s.io/v1beta1/namespaces/kube-system/pods")
        )["items"]
        return len(nodes) == 3 and any(pod["metadata"]["name"].startswith("coredns") for pod in found)

    assert eventually(look, "figures for three nodes and CoreDNS", 90)


def test_the_postgres_operator_judges_clusters_before_they_are_made(pods: Pods) -> None:
    wrong = {"apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": {"name": "wrong"},
             "spec": {"instances": 1, "storage": {"size": "no size"}}}  # fmt: skip
    with pytest.raises(RefusedError, match=r"spec.storage.size|Invalid"):
        pods.apply(wrong)


def test_logs_and_exec_reach_every_node(pods: Pods) -> None:
    for number in (1, 2, 3):
        pods.start(f"on-{number}", node=f"node-{number}")
        assert pods.kube.execute(f"on-{number}", "printenv", "HOSTNAME").strip() == f"on-{number}"
        assert pods.kube.run("logs", f"on-{number}") == ""
