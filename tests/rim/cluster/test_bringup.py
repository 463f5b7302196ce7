"""What `cluster up` and `down` do on a machine that has none of the programs yet."""

import datetime
from pathlib import Path

import pytest
from wireplan.rim import cluster
from wireplan.rim.cluster import (
    addons,
    bringup,
    certificates,
    expectations,
    leftovers,
    machine,
    network,
    processes,
    tables,
)
from wireplan.rim.cluster.api import Api
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.cluster.processes import Record


@pytest.fixture
def steps(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is called, in its order, with nothing done."""
    called: list[str] = []
    monkeypatch.setattr(machine, "require_linux", lambda: None)
    monkeypatch.setattr(machine, "require_root", lambda: None)
    monkeypatch.setattr("wireplan.rim.engines.path", called.append)
    monkeypatch.setattr(machine, "check", lambda _: called.append("check the machine"))
    monkeypatch.setattr(leftovers, "clear", lambda _: called.append("clear"))
    monkeypatch.setattr(bringup, "bring", lambda _: called.append("bring up"))
    return called


def test_what_the_checks_and_the_clearing_call_is_had_before_them(steps: list[str]) -> None:
    cluster.up("local")
    assert steps == ["ip", "iptables", "check the machine", "clear", "bring up"]


def test_clearing_needs_no_program_where_there_is_nothing_of_ours(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    other = Layout("neverwas")  # a cluster of the usual name may be running on this very machine
    tables.leave(other)
    network.drop_bridge(other)
    assert tables.present() == []


@pytest.fixture
def whole(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A cluster of which everything runs and answers, with certificates of now."""
    certificates.ensure(layout, datetime.datetime.now(datetime.UTC))
    layout.kubeconfig.write_text("")
    monkeypatch.setattr(leftovers, "running", lambda _: True)
    monkeypatch.setattr(processes, "alive", lambda _: True)
    monkeypatch.setattr(Api, "ready", lambda _: True)
    monkeypatch.setattr(bringup, "waiting_for", lambda _, __: [])
    return layout


def test_a_whole_cluster_whose_certificates_near_their_end_is_not_left_as_it_is(
    whole: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bringup.complete(whole)
    monkeypatch.setattr(certificates, "RENEW_DAYS", certificates.LEAF_DAYS + 1)
    assert not bringup.complete(whole)


def test_what_holds_renewed_certificates_is_ended_but_nothing_that_pods_live_on(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = expectations.names(layout)
    ended: list[str] = []
    records = {name: Record(name, 1, 1, ()) for name in names}
    monkeypatch.setattr(processes, "recorded", lambda _: records)
    monkeypatch.setattr(processes, "alive", lambda _: True)
    monkeypatch.setattr(processes, "end", lambda found, _: ended.extend(one.name for one in found))
    bringup.end_holders(layout)
    kept = {"registry", *(f"{node.name}-containerd" for node in layout.nodes)}
    assert kept < set(names)
    assert set(ended) == set(names) - kept


def test_a_kubelet_that_gave_up_while_the_cluster_comes_up_is_started_again(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """containerd takes connections a moment before it answers; a kubelet that asks in that moment ends."""
    alive = {name for name in expectations.names(layout) if name != "node-3-kubelet"}
    monkeypatch.setattr("wireplan.rim.engines.path", lambda name: Path(f"/engines/{name}"))
    monkeypatch.setattr(bringup, "administrator", lambda _: None)
    monkeypatch.setattr(processes, "recorded", lambda _: {name: Record(name, 1, 1, ()) for name in alive})
    monkeypatch.setattr(processes, "alive", lambda record: record is not None)
    monkeypatch.setattr(processes, "start", lambda program, *_: alive.add(program.name))
    monkeypatch.setattr(
        bringup, "waiting_for", lambda *_: [name for name in expectations.names(layout) if name not in alive]
    )
    monkeypatch.setattr(bringup, "not_back", lambda *_: [])
    bringup.await_parts(layout, [], datetime.datetime.now(datetime.UTC))
    assert alive == set(expectations.names(layout))


def test_dns_and_metrics_are_asked_for_by_the_content_of_their_images(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied: dict[str, dict[str, object]] = {}
    monkeypatch.setattr(Api, "__init__", lambda *_: None)
    monkeypatch.setattr(Api, "apply", lambda _, path, wanted: applied.update({path: wanted}))
    layout.settings.mkdir(parents=True)
    (layout.settings / "resolv.conf").write_text("")
    images = {part: f"registry.example/{part}:1@sha256:{'a' * 64}" for part in ("coredns", "metrics-server")}
    addons.install_parts(layout, Api("", layout.certificates, ""), images)
    found = [str(item) for path, item in applied.items() if "/deployments/" in path]
    assert len(found) == 2
    assert all(any(image in item for item in found) for image in images.values())
