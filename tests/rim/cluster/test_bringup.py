"""What `cluster up` and `down` do on a machine that has none of the programs yet."""

from pathlib import Path

import pytest
from wireplan.rim import cluster
from wireplan.rim.cluster import addons, bringup, leftovers, machine, network, tables
from wireplan.rim.cluster.api import Api
from wireplan.rim.cluster.layout import Layout


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
