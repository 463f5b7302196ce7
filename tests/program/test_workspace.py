"""A stack's folder of work: the person's files stay as they are."""

import json
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime import _grpc_settings
from pulumi.runtime.proto import resource_pb2, resource_pb2_grpc
from pulumi.runtime.proto.resource_pb2_grpc import ResourceMonitorStub
from wireplan.rim.program import workspace
from wireplan.rim.program.settings import chosen, own_contexts, settings
from wireplan.rim.trouble import Trouble
from wireplan.topology.types import Environment

pytestmark = pytest.mark.thorough


def test_settings_are_copied_and_the_salt_is_kept(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: tube\nruntime: python\n")
    (tmp_path / "Pulumi.local.yaml").write_text("config:\n  tube:adopt: true\n")
    work = workspace.prepared(tmp_path, "tube", "local")
    (work / "Pulumi.local.yaml").write_text("config:\n  tube:adopt: true\nencryptionsalt: v1:abc\n")
    workspace.keep_salt(work, "local")
    workspace.prepared(tmp_path, "tube", "local")
    assert (work / "Pulumi.local.yaml").read_text() == "config:\n  tube:adopt: true\nencryptionsalt: v1:abc\n"
    assert (tmp_path / "Pulumi.local.yaml").read_text() == "config:\n  tube:adopt: true\n"
    assert (work / "state").resolve() == tmp_path / "state"
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_a_folder_without_a_project_gets_one(tmp_path: Path) -> None:
    work = workspace.prepared(tmp_path, "mini", "local")
    assert "name: mini" in (work / "Pulumi.yaml").read_text()
    assert not (tmp_path / "Pulumi.yaml").exists()


@pytest.mark.parametrize(("text", "salt", "wanted"), [
    ("", "encryptionsalt: a", "encryptionsalt: a\n"),
    ("config: {}\n", "encryptionsalt: a", "config: {}\nencryptionsalt: a\n"),
    ("encryptionsalt: mine\n", "encryptionsalt: a", "encryptionsalt: mine\n"),
    ("config: {}\n", "", "config: {}\n"),
])  # fmt: skip
def test_a_salt_that_a_person_wrote_wins(text: str, salt: str, wanted: str) -> None:
    assert workspace.with_salt(text, salt) == wanted


def test_the_passphrase_is_made_once_and_is_the_persons_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    first = workspace.passphrase()
    text = first.read_text()
    assert workspace.passphrase().read_text() == text
    assert first.stat().st_mode & 0o777 == 0o600
    assert len(text.strip()) >= 40


def test_a_salt_of_another_passphrase_is_named_with_both_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine"
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(mine))
    told = workspace.foreign_salt(tmp_path, "local")
    assert str(mine) in told.what
    assert "Pulumi.local.yaml" in (told.why or "")


def environment(*contexts: str) -> Environment:
    return Environment(
        "prod", "prod", "tube", "existing", contexts, None, "strimzi", "cloudnative-pg", "caddy", 1
    )


def test_an_environment_without_a_context_may_touch_nothing() -> None:
    with pytest.raises(Trouble, match="names no kube context"):
        settings(environment())


def test_the_only_context_is_taken() -> None:
    assert settings(environment("tube-prod")).context == "tube-prod"


def test_a_current_context_that_is_not_named_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "config"
    names = ("a", "b", "other")
    entries = [{"name": name, "context": {"cluster": "c", "user": "u"}} for name in names]
    file.write_text(
        json.dumps(
            {
                "contexts": entries,
                "clusters": [{"name": "c", "cluster": {}}],
                "users": [{"name": "u", "user": {}}],
                "current-context": "other",
            }
        )
    )
    with pytest.raises(Trouble, match="may use a, b, and none of them is current"):
        chosen(environment("a", "b"), file)
    assert chosen(environment("a", "c"), file) == "a"
    assert own_contexts(file) == list(names)


def test_a_cluster_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="there is no cluster") as trouble:
        own_contexts(tmp_path / "local" / "kubeconfig")
    assert trouble.value.fix == "wireplan cluster up --name local"


def locked(folder: Path, process: int, host: str = "") -> Path:
    place = folder / "state" / ".pulumi" / "locks" / "organization" / "tube" / "local"
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"{process}.json"
    file.write_text(json.dumps({"pid": process, "hostname": host or socket.gethostname()}))
    return file


def ended() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_the_lock_of_a_dead_run_goes(tmp_path: Path) -> None:
    file = locked(tmp_path, ended())
    assert workspace.unlock(tmp_path, "tube", "local")
    assert not file.exists()


def test_the_lock_of_a_zombie_goes(tmp_path: Path) -> None:
    """Killed, and not yet reaped by whoever is its parent now: it answers to a signal, but it will do nothing more."""
    child = subprocess.Popen([sys.executable, "-c", "# pulumi"])
    file = locked(tmp_path, child.pid)
    for _ in range(100):
        if workspace.unlock(tmp_path, "tube", "local"):
            break
        time.sleep(0.05)
    assert not file.exists()
    child.wait()


def test_the_lock_of_a_living_run_or_of_another_machine_stays(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)  # pulumi"])
    try:
        mine, other = locked(tmp_path, child.pid), locked(tmp_path, ended(), "elsewhere")
        assert not workspace.unlock(tmp_path, "tube", "local", seconds=0.1)
        assert mine.exists()
        assert other.exists()
    finally:
        child.kill()
        child.wait()
    assert workspace.unlock(tmp_path, "tube", "local")


def test_a_number_that_another_program_has_now_is_a_dead_run(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        locked(tmp_path, child.pid)
        assert workspace.unlock(tmp_path, "tube", "local")
    finally:
        child.kill()
        child.wait()


def test_no_lock_is_no_news(tmp_path: Path) -> None:
    assert not workspace.unlock(tmp_path, "tube", "local")


def test_a_provider_whose_engine_was_killed_is_ended(tmp_path: Path) -> None:
    """And none whose engine lives, nor anybody else's."""
    plugin = tmp_path / "plugins" / "resource-kubernetes-v1" / "pulumi-resource-kubernetes"
    plugin.parent.mkdir(parents=True)
    plugin.symlink_to(sys.executable)
    waits = "import time; time.sleep(60)"
    orphan = subprocess.Popen([str(plugin), "-c", waits])
    stranger = subprocess.Popen([sys.executable, "-c", waits])
    try:
        assert workspace.end_orphans(tmp_path / "plugins") == [orphan.pid]
        assert orphan.wait(timeout=10) != 0
        assert stranger.poll() is None
    finally:
        for child in (orphan, stranger):
            child.kill()
            child.wait()


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Of an engine, as much as a program asks for first."""

    def SupportsFeature(self, request: Any, context: Any) -> Any:
        return resource_pb2.SupportsFeatureResponse(hasSupport=True)


def engine(port: int) -> tuple[grpc.Server, int]:
    server = grpc.server(ThreadPoolExecutor(1))
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(Monitor(), server)
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server, bound


def asks(port: int) -> ResourceMonitorStub:
    """As the SDK connects to an engine."""
    options: Any = getattr(_grpc_settings, "_GRPC_CHANNEL_OPTIONS")  # noqa: B009 - the SDK's own affair
    return ResourceMonitorStub(grpc.insecure_channel(f"127.0.0.1:{port}", options=options))


def test_an_engine_at_the_port_of_one_that_has_ended_is_reached() -> None:
    workspace.keep_connections_apart()
    request = resource_pb2.SupportsFeatureRequest(id="aliasSpecs")
    first, port = engine(0)
    earlier = asks(port)
    earlier.SupportsFeature(request)
    first.stop(None).wait()
    with pytest.raises(grpc.RpcError):
        earlier.SupportsFeature(request)
    second, _ = engine(port)
    try:
        assert asks(port).SupportsFeature(request).hasSupport
    finally:
        second.stop(None).wait()
