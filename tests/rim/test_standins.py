"""What stands in for systems that are not ours is applied beside a system, waited for, and removed again."""

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from wireplan.rim import sources, standins
from wireplan.rim.trouble import Trouble
from wireplan.topology.types import Topology

ROOT = Path(__file__).resolve().parents[2]
IMAGES = {"tools": "tools:1"}
TUBE = ROOT / "stacks" / "tube" / "topology.yaml"


class Cluster:
    """An API that keeps what it is sent; deployments are ready when `ready` says so."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.bodies: dict[str, Any] = {}
        self.ready = True
        self.secrets = {
            "external-id-tls": {"tls.crt": "certificate", "tls.key": "key", "ca.crt": "authority"},
            "auth-login-id": {"client_secret": "secret"},
        }
        for name, auth in (("mail", "password"), ("push", "token"), ("sms", "token")):
            self.secrets[f"external-{name}-tls"] = {"tls.crt": f"certificate of {name}", "tls.key": "key"}
            self.secrets[f"external-{name}-auth"] = {auth: f"secret of {name}"}

    def find(self, version: str, kind: str, name: str) -> dict[str, Any] | None:
        assert (version, kind) == ("v1", "Secret")
        values = self.secrets.get(name)
        data = {key: base64.b64encode(value.encode()).decode() for key, value in (values or {}).items()}
        return {"data": data} if values else None

    def send(self, method: str, path: str, body: Any = None, content: str = "") -> bool:
        self.sent.append((method, path.partition("?")[0]))
        self.bodies[path.partition("?")[0]] = body
        assert method == "DELETE" or content == "application/apply-patch+yaml"
        return True

    def get(self, path: str, labelSelector: str = "") -> dict[str, Any]:  # noqa: N803 - Kubernetes' word
        if labelSelector:
            wanted = dict(each.split("=") for each in labelSelector.split(","))
            there = {
                where: body
                for where, body in self.bodies.items()
                if body and where.rpartition("/")[0] == path
            }
            found = [each for each in there.values() if each["metadata"]["labels"].items() >= wanted.items()]
            return {"items": found}
        assert path.startswith("/apis/apps/v1/namespaces/outside/deployments/external-")
        status = {"observedGeneration": 2, "updatedReplicas": 1, "readyReplicas": int(self.ready)}
        return {"metadata": {"generation": 2}, "spec": {"replicas": 1}, "status": status}


@pytest.fixture
def local() -> Topology:
    """tube on one machine."""
    return sources.topology(TUBE, "local")


def test_it_gets_the_secrets_that_the_stack_made(local: Topology) -> None:
    cluster = Cluster()
    standins.up(cast("Any", cluster), local, IMAGES, 1.0)
    held = cluster.bodies["/api/v1/namespaces/outside/secrets/external-id"]["data"]
    assert base64.b64decode(held["client_secret"]) == b"secret"
    assert base64.b64decode(held["tls.key"]) == b"key"
    assert cluster.sent[0] == ("PATCH", "/api/v1/namespaces/outside")
    assert ("PATCH", "/apis/apps/v1/namespaces/outside/deployments/external-id") in cluster.sent


@pytest.mark.row("M3")
def test_what_takes_messages_knows_senders_by_what_the_stack_made_for_them(local: Topology) -> None:
    cluster = Cluster()
    standins.up(cast("Any", cluster), local, IMAGES, 1.0)
    for name in ("mail", "push", "sms"):
        held = cluster.bodies[f"/api/v1/namespaces/outside/secrets/external-{name}"]["data"]
        assert base64.b64decode(held["auth"]).decode() == f"secret of {name}"
        assert base64.b64decode(held["tls.crt"]).decode() == f"certificate of {name}"
        pod = cluster.bodies[f"/apis/apps/v1/namespaces/outside/deployments/external-{name}"]["spec"][
            "template"
        ]["spec"]
        assert pod["containers"][0]["image"] == "tools:1"


def test_without_the_secret_of_a_sender_nothing_takes_its_messages(local: Topology) -> None:
    cluster = Cluster()
    del cluster.secrets["external-mail-auth"]
    with pytest.raises(Trouble, match="secrets for mail"):
        standins.up(cast("Any", cluster), local, IMAGES, 1.0)
    assert not [path for _, path in cluster.sent if path.endswith("external-mail")]


def test_one_that_does_not_get_ready_is_told(local: Topology) -> None:
    cluster = Cluster()
    cluster.ready = False
    with pytest.raises(Trouble, match="external-id in namespace outside is not ready"):
        standins.up(cast("Any", cluster), local, IMAGES, 0.0)


def test_without_the_systems_secrets_there_is_none(local: Topology) -> None:
    cluster = Cluster()
    cluster.secrets.clear()
    with pytest.raises(Trouble, match="secrets of auth"):
        standins.up(cast("Any", cluster), local, IMAGES, 1.0)
    assert not cluster.sent


def test_down_removes_all_of_it_but_the_namespace(local: Topology) -> None:
    cluster = Cluster()
    standins.up(cast("Any", cluster), local, IMAGES, 1.0)
    made = {path for _, path in cluster.sent} - {"/api/v1/namespaces/outside"}
    cluster.sent.clear()
    standins.down(cast("Any", cluster), local)
    assert set(cluster.sent) == {("DELETE", path) for path in made}


def real(topology: Topology, *names: str) -> Topology:
    """The system with some of what is outside as it is in truth."""
    externals = {
        name: replace(each, provider="external") if name in names else each
        for name, each in topology.externals.items()
    }
    return replace(topology, externals=externals)


def there(cluster: Cluster) -> set[str]:
    """What stands in, by its name."""
    return {path.rpartition("/")[2] for path, body in cluster.bodies.items() if body} - {"outside"}


@pytest.mark.row("P10")
def test_what_stood_in_goes_when_the_real_one_comes(local: Topology) -> None:
    cluster = Cluster()
    standins.up(cast("Any", cluster), local, IMAGES, 1.0)
    assert "external-id-entrance" in there(cluster)
    standins.up(cast("Any", cluster), real(local, "id", "sms"), IMAGES, 1.0)
    assert there(cluster) == {"external-mail", "external-push"}
    standins.down(cast("Any", cluster), real(local, "id", "sms", "mail"))
    assert there(cluster) == set(), "also what the topology had when it was brought"


def test_what_stands_in_for_another_system_stays(local: Topology) -> None:
    cluster = Cluster()
    standins.up(cast("Any", cluster), local, IMAGES, 1.0)
    for body in cluster.bodies.values():
        body["metadata"]["labels"][standins.OF] = "another"
    before = there(cluster)
    standins.up(cast("Any", cluster), real(local, "id", "sms", "mail", "push"), IMAGES, 1.0)
    assert there(cluster) == before


def test_a_system_with_a_real_provider_is_left_alone() -> None:
    cluster = Cluster()
    standins.up(cast("Any", cluster), sources.topology(TUBE, "prod"), IMAGES, 1.0)
    standins.down(cast("Any", cluster), sources.topology(TUBE, "prod"))
    assert not cluster.sent
