"""What the cluster's programs are told: configuration files and command lines."""

import json
import tomllib
from pathlib import Path

import pytest
from wireplan.rim.cluster import control, expectations, kubeconfig, preparation, programs, settings
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.images import recipes

KUBE = Path("/tools/kube")
GIB = 1024**3


def toml(layout: Layout, *, overlay: bool = True, restricted: bool = True) -> dict[str, object]:
    text = settings.containerd(
        layout,
        layout.node(1),
        runc=Path("/tools/runc"),
        plugins=Path("/tools/cni"),
        restricted=restricted,
        overlay=overlay,
    )
    return tomllib.loads(text)


def test_containerd_keeps_to_its_own_folders_and_sockets(layout: Layout) -> None:
    text = settings.containerd(
        layout,
        layout.node(1),
        runc=Path("/tools/runc"),
        plugins=Path("/tools/cni"),
        restricted=True,
        overlay=True,
    )
    mine = (str(layout.folder), str(layout.run), "/tools")
    paths = [word for word in text.split('"') if word.startswith("/")]
    assert paths
    assert all(path.startswith(mine) for path in paths)


@pytest.mark.parametrize(("overlay", "snapshotter"), [(True, "overlayfs"), (False, "native")])
def test_on_an_overlay_images_are_unpacked_whole(layout: Layout, overlay: bool, snapshotter: str) -> None:
    assert f"'snapshotter': '{snapshotter}'" in str(toml(layout, overlay=overlay))


def test_every_registry_name_is_asked_for_at_our_own_registry_first() -> None:
    hosts = tomllib.loads(settings.registry())
    assert hosts["host"] == {"http://10.99.0.1:5000": {"capabilities": ["pull", "resolve"]}}
    assert "server" not in hosts, "without it, what is lacking comes from the name's own registry"


def test_a_kubelet_lives_in_its_nodes_group_and_trusts_only_the_clusters_authority(layout: Layout) -> None:
    document = json.loads(settings.kubelet(layout, layout.node(2), reserved_bytes=GIB))
    assert document["cgroupRoot"] == "/wireplan-local/node-2"
    assert document["authentication"]["anonymous"] == {"enabled": False}
    assert document["authentication"]["x509"]["clientCAFile"] == str(layout.certificates / "ca.crt")
    assert document["authorization"] == {"mode": "Webhook"}


def test_a_node_at_rest_writes_its_lease_and_not_its_whole_status_again_and_again(layout: Layout) -> None:
    """The lease in time for the controller manager, who takes a node for lost after 40 s without one."""
    document = json.loads(settings.kubelet(layout, layout.node(1), reserved_bytes=GIB))
    assert document["nodeStatusReportFrequency"] == "5m"
    assert document["nodeLeaseDurationSeconds"] <= 40


def test_three_nodes_do_not_promise_the_machines_memory_three_times() -> None:
    total = 16 * GIB
    share = total - preparation.reserved(total)
    assert 3 * share < total
    assert 3 * share > total // 2


def test_a_small_machine_still_has_something_to_promise() -> None:
    total = 2 * GIB
    assert preparation.reserved(total) < total


def test_pods_ask_only_name_servers_that_they_can_reach() -> None:
    lines = [
        "# made by something",
        "nameserver 127.0.0.53",
        "nameserver 10.0.0.2",
        "nameserver ::1",
        "search lan",
        "nameserver",
    ]
    assert settings.resolver(lines) == "nameserver 10.0.0.2\n"


def test_behind_a_resolver_on_loopback_the_servers_that_it_asks_are_taken(tmp_path: Path) -> None:
    stub, real = tmp_path / "stub", tmp_path / "real"
    stub.write_text("nameserver 127.0.0.53\n")
    assert preparation.name_servers([stub, real]) == ""
    real.write_text("nameserver 192.0.2.53\n")
    assert preparation.name_servers([stub, real]) == "nameserver 192.0.2.53\n"


def test_a_kubeconfig_is_one_file_that_carries_everything(layout: Layout) -> None:
    layout.certificates.mkdir(parents=True)
    for name in ("ca.crt", "admin.crt", "admin.key"):
        (layout.certificates / name).write_text(name)
    document = json.loads(kubeconfig.text(layout.server, layout.context, layout.certificates, "admin"))
    assert document["current-context"] == "wireplan-local"
    assert document["clusters"][0]["cluster"]["server"] == "https://10.99.0.1:6443"
    assert str(layout.folder) not in json.dumps(document)


def test_the_control_plane_listens_on_the_bridge_only(layout: Layout) -> None:
    words = [
        programs.etcd(KUBE, layout),
        programs.apiserver(KUBE, layout),
        programs.controllers(KUBE, layout),
        programs.scheduler(KUBE, layout),
    ]
    listening = [word for line in words for word in line if "bind-address" in word or "listen-" in word]
    assert len(listening) == 5
    assert all("10.99.0.1" in word for word in listening)


def test_etcd_takes_no_client_without_a_certificate_of_its_own_authority(layout: Layout) -> None:
    words = programs.etcd(KUBE, layout)
    assert "--client-cert-auth" in words
    assert f"--trusted-ca-file={layout.certificates / 'etcd-ca.crt'}" in words


def test_the_api_finds_webhooks_by_their_pods_since_the_host_has_no_service_proxy(layout: Layout) -> None:
    assert "--enable-aggregator-routing=true" in programs.apiserver(KUBE, layout)


def test_nodes_say_which_zone_they_are_in(layout: Layout) -> None:
    zones = {
        word for node in layout.nodes for word in programs.kubelet(KUBE, layout, node) if "zone=" in word
    }
    assert len(zones) == 3


def test_what_should_run_is_what_is_started(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wireplan.rim.engines.path", lambda name: Path(f"/tools/{name}"))
    started = [program.name for program in control.plane(layout)]
    started += [program.name for node in layout.nodes for program in control.of_node(layout, node)]
    assert set(started) | {"registry", "agent"} == set(expectations.names(layout))


def test_a_node_that_was_stopped_on_purpose_is_not_missed(layout: Layout) -> None:
    layout.node(2).folder.mkdir(parents=True)
    (layout.node(2).folder / "stopped").touch()
    assert not any(name.startswith("node-2-") for name in expectations.names(layout))
    assert "node-1-kubelet" in expectations.names(layout)


def test_a_nodes_programs_live_in_its_namespaces_and_its_group(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wireplan.rim.engines.path", lambda name: Path(f"/tools/{name}"))
    node = layout.node(3)
    for program in control.of_node(layout, node):
        assert program.network == Path("/run/netns/wp-local-node-3")
        assert program.mounts == node.mounts_file
        assert program.group.startswith(node.group)


def test_nobody_but_root_comes_near_the_volumes(layout: Layout) -> None:
    layout.volumes.mkdir(parents=True)
    layout.volumes.chmod(0o755)  # as it was made once
    preparation.make_volumes(layout)
    assert layout.volumes.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in layout.volumes.iterdir()) == ["node-1", "node-2", "node-3"]


def test_the_image_that_holds_a_pods_namespaces_is_the_one_that_is_made(layout: Layout) -> None:
    assert recipes.PAUSE.name == settings.PAUSE
