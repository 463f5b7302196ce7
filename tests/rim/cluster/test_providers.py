"""Clusters by kind and k3d, and those that are there: which commands are run, and what is told."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from wireplan.rim.cluster import context, leftovers, providers
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.cluster.providers import Provider
from wireplan.rim.trouble import Trouble

COMPLETE = "clusters.postgresql.cnpg.io\nnodes.metrics.k8s.io\n"
CLASSES = '{"storageclass.kubernetes.io/is-default-class":"true"}'
Tool = Callable[[str, str], None]


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """The file in which the stand-ins note how they are called."""
    return tmp_path / "asked"


@pytest.fixture
def tool(tmp_path: Path, asked: Path, monkeypatch: pytest.MonkeyPatch) -> Tool:
    """Programs of a name that answer as a shell script says."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr("wireplan.rim.engines.path", lambda name: folder / name)

    def make(name: str, script: str) -> None:
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {asked}\n{script}\n')
        (folder / name).chmod(0o755)

    make("kubectl", answers(**{"api-resources": COMPLETE, "storageclass": CLASSES}))
    return make


def answers(**table: str) -> str:
    """A script that prints what is asked for by a word of its arguments."""
    cases = "".join(f"*\"{word}\"*) cat <<'END'\n{text}\nEND\n;;\n" for word, text in table.items())
    return f'case "$*" in\n{cases}esac'


def test_a_cluster_of_kind_that_is_there_gets_its_kubeconfig_written_anew(
    layout: Layout, tool: Tool, asked: Path
) -> None:
    tool("kind", answers(**{"get clusters": "wireplan-local", "get kubeconfig": "kind's own"}))
    found = providers.made(Provider.KIND, "local")
    assert found.context == "kind-wireplan-local"
    assert found.kubeconfig.read_text().strip() == "kind's own"
    assert found.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert "create cluster" not in asked.read_text()


def test_another_cluster_whose_name_begins_alike_is_not_taken_for_ours(
    layout: Layout, tool: Tool, asked: Path
) -> None:
    tool("k3d", answers(**{"cluster list": "wireplan-local2   1/1   2/2   true", "kubeconfig get": "{}"}))
    providers.made(Provider.K3D, "local")
    assert "k3d cluster create wireplan-local --agents=2" in asked.read_text()


def test_an_operator_that_did_not_get_in_the_first_time_is_installed_by_the_next_run(
    layout: Layout, tool: Tool, asked: Path
) -> None:
    tool("kind", answers(**{"get clusters": "wireplan-local", "get kubeconfig": "{}"}))
    tool("kubectl", answers(**{"api-resources": "nodes.metrics.k8s.io", "storageclass": CLASSES}))
    providers.made(Provider.KIND, "local")
    calls = asked.read_text()
    assert "apply --server-side" in calls
    assert "rollout status deployment/cnpg-controller-manager --namespace=cnpg-system" in calls


def test_what_kind_does_not_bring_is_said(
    layout: Layout, tool: Tool, capsys: pytest.CaptureFixture[str]
) -> None:
    tool("kind", answers(**{"get clusters": "wireplan-local", "get kubeconfig": "{}"}))
    tool("kubectl", answers(**{"api-resources": "clusters.postgresql.cnpg.io", "storageclass": CLASSES}))
    providers.made(Provider.KIND, "local")
    assert "lacks metrics-server" in capsys.readouterr().err


def test_a_running_embedded_cluster_of_the_same_name_keeps_its_kubeconfig(
    layout: Layout, tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool("kind", "")
    monkeypatch.setattr(leftovers, "running", lambda _: True)
    with pytest.raises(Trouble, match="embedded cluster called local") as caught:
        providers.made(Provider.KIND, "local")
    assert "--name" in caught.value.fix


def test_a_folder_that_only_root_may_write_is_told_with_the_way_out(
    layout: Layout, tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool("kind", "")

    def refuse(path: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(Trouble) as caught:
        providers.made(Provider.KIND, "local")
    assert "WIREPLAN_CLUSTERS" in caught.value.fix


def test_ending_a_cluster_of_kind_leaves_a_persons_kubeconfig_alone(
    layout: Layout, tool: Tool, asked: Path
) -> None:
    tool("kind", "")
    providers.ended(Provider.KIND, "local")
    assert f"--kubeconfig={layout.kubeconfig}" in asked.read_text()


def test_a_part_of_the_api_that_is_down_does_not_hide_the_rest(layout: Layout, tool: Tool) -> None:
    script = answers(**{"api-resources": "clusters.postgresql.cnpg.io", "storageclass": CLASSES})
    tool(
        "kubectl", f'{script}\ncase "$*" in *api-resources*) echo "stale: metrics.k8s.io" >&2; exit 1;; esac'
    )
    assert providers.lacking(layout.kubeconfig, "c") == ["metrics-server (for autoscalers)"]


def test_an_api_that_lists_nothing_is_trouble(layout: Layout, tool: Tool) -> None:
    tool("kubectl", "echo refused >&2; exit 1")
    with pytest.raises(Trouble) as caught:
        providers.lacking(layout.kubeconfig, "c")
    assert "refused" in caught.value.why


def test_of_several_kubeconfigs_the_one_that_has_the_context_is_taken(
    tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(json.dumps({"contexts": [{"name": name}]}))
    monkeypatch.setattr(context, "view", lambda path: json.loads(path.read_text()))
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'none'}:{tmp_path / 'one'}:{tmp_path / 'two'}")
    assert providers.existing(None, "two").kubeconfig == tmp_path / "two"
