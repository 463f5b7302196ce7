"""What stands in for a provider of logins: outside the system's namespace, restricted, and with a configuration that Caddy takes."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from wireplan.manifests import standins
from wireplan.manifests.standins import Secrets
from wireplan.rim import engines, sources
from wireplan.topology import names
from wireplan.topology.types import Topology

ROOT = Path(__file__).resolve().parents[2]
SECRETS = Secrets("a certificate", "a key", "what only both know")


@pytest.fixture(scope="module")
def local() -> Topology:
    """tube on one machine."""
    return sources.topology(ROOT / "stacks" / "tube" / "topology.yaml", "local")


@pytest.fixture(scope="module")
def objects(local: Topology) -> dict[tuple[str, str], dict[str, Any]]:
    """All objects, by kind and name."""
    ((external, service, login),) = standins.brought(local)
    assert service == "auth"
    made = standins.objects(external, login, SECRETS)
    return {(each["kind"], each["metadata"]["name"]): each for each in made}


@pytest.mark.row("P10")
def test_it_lies_outside_the_system(objects: dict[tuple[str, str], dict[str, Any]], local: Topology) -> None:
    places = {each["metadata"].get("namespace") for kind, each in objects.items() if kind[0] != "Namespace"}
    assert places == {names.OUTSIDE}
    assert local.environment.namespace != names.OUTSIDE


def test_its_pod_fits_the_restricted_standard(objects: dict[tuple[str, str], dict[str, Any]]) -> None:
    spec = objects["Deployment", "external-id"]["spec"]["template"]["spec"]
    assert spec["securityContext"]["runAsNonRoot"]
    for container in spec["containers"]:
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"] == "96Mi"


def test_clients_inside_and_outside_come_by_the_port_of_its_url_over_tcp_and_udp(
    objects: dict[tuple[str, str], dict[str, Any]],
) -> None:
    for name in ("external-id", "external-id-entrance"):
        ports = objects["Service", name]["spec"]["ports"]
        assert {(each["port"], each["targetPort"], each["protocol"]) for each in ports} == {
            (8445, 8445, "TCP"),
            (8445, 8445, "UDP"),
        }
    assert objects["Service", "external-id"]["spec"]["clusterIP"] == "None"
    assert objects["Service", "external-id-entrance"]["spec"]["type"] == "LoadBalancer"


def test_it_knows_the_system_by_what_the_system_is_told(
    objects: dict[tuple[str, str], dict[str, Any]], local: Topology
) -> None:
    containers = objects["Deployment", "external-id"]["spec"]["template"]["spec"]["containers"]
    told = {each["name"]: each["value"] for each in containers[1]["env"]}
    login = local.services["auth"].oauth[0]
    assert (told["ISSUER"], told["CLIENT_ID"]) == ("https://id.localhost:8445", login.client_id)
    assert told["REDIRECT_URIS"] == login.redirect_uri
    assert SECRETS.client not in json.dumps(containers), "a secret comes as a file"


def test_another_secret_is_another_pod(local: Topology) -> None:
    ((external, _, login),) = standins.brought(local)
    one, other = (
        standins.objects(external, login, Secrets("c", "k", client))[-1]["spec"]["template"]["metadata"]
        for client in ("a", "b")
    )
    assert one["annotations"] != other["annotations"]


def test_where_the_provider_is_real_nothing_is_brought() -> None:
    assert not list(standins.brought(sources.topology(ROOT / "stacks" / "tube" / "topology.yaml", "prod")))


def test_caddy_takes_its_configuration(
    objects: dict[tuple[str, str], dict[str, Any]], tmp_path: Path
) -> None:
    file = tmp_path / "Caddyfile"
    file.write_text(objects["ConfigMap", "external-id"]["data"]["Caddyfile"])
    words = [str(engines.path("caddy")), "adapt", "--adapter", "caddyfile", "--config", str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    server = next(iter(json.loads(done.stdout)["apps"]["http"]["servers"].values()))
    assert server["protocols"] == ["h1", "h2", "h3"]
