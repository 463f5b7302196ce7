"""The page of each service says what it is and what is set for it, from the topology."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from wireplan.rim import sources
from wireplan.skeletons import settings
from wireplan.topology.types import Topology

ROOT = Path(__file__).resolve().parents[2]
TUBE = ROOT / "stacks" / "tube"


@pytest.fixture(scope="module")
def tube() -> Topology:
    return sources.topology(TUBE / "topology.yaml")


def said(topology: Topology, service: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in settings.settings(topology, topology.services[service]):
        found.setdefault(each.name, []).append(each.said)
    return found


def test_a_service_behind_an_edge_says_how_it_is_reached_and_what_it_limits(tube: Topology) -> None:
    found = said(tube, "gateway")
    assert found["reached"] == ["by edge public, https://tube.example: `/`"]
    assert found["listens"][0] == "http2 on port 8080, 10s a request"
    assert found["limit"][0] == "20/s a principal, 40 at once, counted in cache fast"
    assert "`POST /v1/login`: 5/s a address, 60 at once" in found["limit"]
    assert found["tokens"] == ["accepts those of auth"]
    assert "database" not in found


def test_a_service_with_a_database_says_what_one_pod_takes_of_it(tube: Topology) -> None:
    found = said(tube, "auth")
    assert found["database"] == ["1 to 4 connections a pod, 2s to wait for one, 5s a statement"]
    assert found["tokens"] == ["signs them (Ed25519): access 10m, refresh 30d"]
    assert found["listens"][0] == "gRPC on port 50051"
    assert "reached" not in found


def test_what_is_no_contract_and_what_a_person_sets_is_said_too(tube: Topology) -> None:
    gateway = tube.services["gateway"]
    calls = {**gateway.calls, "auth": replace(gateway.calls["auth"], protocol="http")}
    changed = replace(
        gateway, calls=calls, environment={"ZONE": "a"}, secrets=("smtp",), externals=("google",)
    )
    found = said(replace(tube, services={**tube.services, "gateway": changed}), "gateway")
    assert found["calls"] == ["auth over http, deadline 2s: made by your own code"]
    assert (found["environment"], found["secret"]) == (["`ZONE`"], ["`smtp`"])
    assert found["external system"] == ["google"]


def test_every_service_of_the_reference_system_has_a_page_with_all_that_it_is_joined_to(
    tube: Topology,
) -> None:
    """Names of callees, topics, databases, buckets and caches: nothing that the topology says of it is left out."""
    for name, service in tube.services.items():
        page = (TUBE / "services" / name / "README.md").read_text()
        rows = re.findall(r"(?m)^\| ([a-z ]+) \| `?([a-z.0-9A-Z-]+)", page)
        wanted = [("calls", callee) for callee in service.calls]
        wanted += [("serves", contract) for contract in service.serves]
        sent = {channel.topic for channel in service.channels.values()}
        wanted += [("consumes", topic) for topic in service.consumes if topic not in sent]
        wanted += [("channel", way) for way in service.channels]
        wanted += [("publishes", topic) for topic in service.publishes]
        wanted += [("bucket", bucket) for bucket in service.buckets]
        wanted += [("cache", cache) for cache in service.caches]
        wanted += [("database", service.database.name)] if service.database else []
        assert set(wanted) <= set(rows), name
        assert ("kind", service.kind.value) in rows
        assert "\n| listens | " in page
