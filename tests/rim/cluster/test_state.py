"""What `cluster status` says, which contexts are let through, and how the other providers are called."""

import json
from pathlib import Path

import pytest
from wireplan.rim.cluster import context, leftovers, probes, providers, state
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.cluster.providers import Provider
from wireplan.rim.cluster.state import NodeState, Status
from wireplan.rim.trouble import Trouble


def status(**changes: object) -> Status:
    whole = {
        "name": "local", "state": "up", "kubeconfig": "/k", "context": "wireplan-local", "version": "v1.34.4",
        "nodes": (NodeState("node-1", "10.99.0.11", "ready"),),
        "parts": {"kube-system/coredns": True},
    }  # fmt: skip
    return Status(**{**whole, **changes})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_whole_cluster_is_said_in_a_few_lines_without_advice() -> None:
    text = state.text(status())
    assert text.startswith("cluster local: up, Kubernetes v1.34.4")
    assert "run `" not in text


def test_a_dead_process_is_named_with_its_node_and_what_to_do() -> None:
    broken = NodeState("node-1", "10.99.0.11", "broken", ("node-1-kubelet",))
    text = state.text(status(state="degraded", nodes=(broken,), dead=("node-1-kubelet", "scheduler")))
    assert "node-1  10.99.0.11  broken (not running: kubelet)" in text
    assert "not running: scheduler" in text
    assert "wireplan cluster up" in text


def test_a_port_that_could_not_be_opened_is_told() -> None:
    taken = {"protocol": "TCP", "port": 8443, "target": "10.99.0.200", "refused": "Address already in use"}
    assert "127.0.0.1:8443/tcp -> 10.99.0.200  not open: Address already in use" in state.text(
        status(forwards=(taken,))
    )


def test_what_had_died_and_was_started_again_is_not_hidden() -> None:
    assert "node-2-kubelet had died and was started again, 2 in all" in state.text(
        status(restarts={"node-2-kubelet": 2})
    )


def test_a_cluster_that_is_down_says_that_its_data_is_kept() -> None:
    assert "kept" in state.text(Status("local", "down", "/k", "c"))


def test_records_of_before_a_reboot_are_of_another_life(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(leftovers, "BOOT", tmp_path / "boot_id")
    (tmp_path / "boot_id").write_text("first\n")
    leftovers.begin_life(layout)
    assert not leftovers.other_life(layout)
    (tmp_path / "boot_id").write_text("second\n")
    assert leftovers.other_life(layout)


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "kubeconfig"
    path.write_text("{}")
    monkeypatch.setattr(
        context, "view", lambda _: {"contexts": [{"name": "wireplan-local"}, {"name": "production"}]}
    )
    return path


def test_a_context_that_the_environment_names_is_let_through(kubeconfig: Path) -> None:
    context.require_context(kubeconfig, "wireplan-local", ["wireplan-local"])


def test_a_context_that_it_does_not_name_is_refused_even_though_it_is_there(kubeconfig: Path) -> None:
    with pytest.raises(Trouble, match="not one that this environment names") as caught:
        context.require_context(kubeconfig, "production", ["wireplan-local"])
    assert "wireplan-local" in caught.value.why


def test_a_context_that_is_named_but_not_there_is_told_with_those_that_are(kubeconfig: Path) -> None:
    with pytest.raises(Trouble, match="no context") as caught:
        context.require_context(kubeconfig, "staging", ["staging"])
    assert "production" in caught.value.why


def test_without_a_kubeconfig_the_way_to_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(Trouble) as caught:
        context.require_context(tmp_path / "none", "wireplan-local", ["wireplan-local"])
    assert "cluster up" in caught.value.fix


def test_kind_gets_as_many_workers_as_the_embedded_cluster_has_nodes(layout: Layout) -> None:
    assert providers.kind_config().count("- role: worker") == 3
    words = providers.command(Provider.KIND, layout)
    assert f"--kubeconfig={layout.kubeconfig}" in words, "a person's own kubeconfig is not touched"


def test_k3d_does_not_touch_a_persons_kubeconfig(layout: Layout) -> None:
    assert "--kubeconfig-update-default=false" in providers.command(Provider.K3D, layout)


def test_a_missing_program_of_another_provider_is_told(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Trouble, match="kind is not on PATH"):
        providers.made(Provider.KIND, "local")


def test_an_existing_cluster_must_be_named(tmp_path: Path, kubeconfig: Path) -> None:
    with pytest.raises(Trouble, match="which cluster") as caught:
        providers.existing(kubeconfig, "")
    assert "production" in caught.value.why


def test_a_dns_question_is_spelled_as_the_standard_has_it() -> None:
    assert probes.question("a.bc")[12:] == b"\x01a\x02bc\x00\x00\x01\x00\x01"


def test_the_json_of_a_status_has_a_version_and_all_that_the_text_says() -> None:
    document = json.loads(json.dumps(status().document()))
    assert document["version"] == 1
    assert document["cluster"]["nodes"][0]["name"] == "node-1"
