"""The whole of a system made explicit: the reference system as a golden, and any small system without a fault."""

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.load.document import Document
from wireplan.load.names import Names
from wireplan.load.references import references
from wireplan.model.system import System
from wireplan.topology.describe import described, located, nodes
from wireplan.topology.resolve import resolve
from wireplan.topology.types import GraphQL
from wireplan.topology.wiring import wiring

from tests.conftest import Golden
from tests.topology.conftest import SCHEMA, system, tube

OUTSIDE = {"origins", "file", "contracts", "messages"}
"""Not in the golden: where it was written, and what the protos say."""


def plain(value: Any) -> Any:
    """A value as JSON."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if f.name not in OUTSIDE}
    if hasattr(value, "items"):
        return {str(k): plain(v) for k, v in cast("dict[str, Any]", value).items()}
    return [plain(v) for v in cast("tuple[Any, ...]", value)] if isinstance(value, tuple) else value


@pytest.mark.parametrize("environment", ["local", "prod"])
def test_the_reference_system(environment: str, golden: Golden) -> None:
    golden(f"topology/tube.{environment}.json", json.dumps(plain(tube(environment)), indent=1) + "\n")


def test_the_same_input_gives_the_same_topology() -> None:
    written = System.model_validate({"system": "s", "services": {"a": {"serves": "x.v1.A"}}})
    assert resolve(written, SCHEMA) == resolve(written, SCHEMA)


def test_an_environment_has_defaults_of_its_own() -> None:
    found = system(environment={"profile": "dev", "storage_class": "fast"}, topics=["t"]).environment
    assert (found.name, found.namespace, found.cluster, found.kafka_provider) == (
        "default",
        "s",
        "existing",
        "builtin",
    )
    assert (
        system(environment={"namespace": "elsewhere"}, services={"a": {}}).services["a"].dns
        == "a.elsewhere.svc.cluster.local"
    )


def test_disks_are_in_the_storage_class_of_the_environment_unless_they_say_another() -> None:
    topology = system(
        environment={"storage_class": "fast"},
        kafka={"volume": {"storage_class": "slow"}},
        databases={"m": {}},
    )
    assert topology.kafka is not None
    assert topology.kafka.volume.storage_class == "slow"
    assert topology.databases["m"].volume.storage_class == "fast"


def test_there_is_no_kafka_and_no_object_store_where_nothing_asks_for_them() -> None:
    topology = system(services={"a": {}})
    assert (topology.kafka, topology.object_store) == (None, None)
    assert system(kafka={}).kafka is not None
    assert system(object_store={}).object_store is not None


@pytest.mark.row("P1")
@pytest.mark.row("P2")
@pytest.mark.row("P3")
def test_edges_speak_http3_outside_and_http2_inside() -> None:
    topology = tube()
    for edge in topology.edges.values():
        assert edge.clients == ("http3", "http2")
        assert not edge.early_data
        assert {r.protocol for r in edge.routes if r.bucket is None} == {"http2"}
    cdn = topology.edges["cdn"].cache
    assert cdn is not None
    assert (cdn.size, cdn.ttl, cdn.stale) == (1024**3, 3600.0, 86_400.0)


@pytest.mark.row("P3")
def test_the_cache_of_an_edge_keeps_what_routes_do_not_except() -> None:
    routes = [
        {"path": "/", "to": "media"},
        {"path": "/api", "to": "gateway", "cache": False},
        {"path": "/files", "to": "bucket films"},
        {"path": "/open", "to": "bucket films", "cache": True},
    ]
    parts = {
        "services": {"media": {"kind": "http"}, "gateway": {"kind": "gateway"}},
        "buckets": {"films": {}},
    }

    def kept(edge: dict[str, Any]) -> list[bool]:
        made = system(**parts, edges={"e": {"host": "h.example", "routes": routes, **edge}})
        return [route.cache for route in made.edges["e"].routes]

    assert kept({"kind": "cdn"}) == kept({"cache": {"ttl": "1m"}}) == [True, False, False, True]
    assert kept({}) == [False] * 4, "a load balancer has a cache only where that is written"


@pytest.mark.row("P4")
def test_graphql_is_off_unless_asked_for() -> None:
    assert tube("prod").services["gateway"].graphql is None
    for off in (False, None):
        assert system(services={"g": {"kind": "gateway", "graphql": off}}).services["g"].graphql is None


def test_graphql_has_bounds_that_nobody_wrote_and_those_that_somebody_did() -> None:
    def bounds(written: Any, profile: str) -> Any:
        gateway = {"kind": "gateway", "graphql": written}
        return system(services={"g": gateway}, environment={"profile": profile}).services["g"].graphql

    assert bounds(True, "prod") == GraphQL(8, 200, 10, 10, batch=1, introspection=False)
    assert bounds(True, "dev") == GraphQL(8, 200, 10, 10, batch=1, introspection=True)
    assert bounds({"depth": 3, "introspection": False}, "dev") == GraphQL(
        3, 200, 10, 10, 1, introspection=False
    )


def test_graphql_is_in_the_wiring_where_it_is_on_and_nowhere_else() -> None:
    assert "graphql" not in wiring(tube("prod"), "gateway")
    assert wiring(tube("local"), "gateway")["graphql"]["depth"] == 8
    assert "graphql" not in wiring(tube("local"), "media")


@pytest.mark.row("P10")
def test_an_external_system_keeps_its_own_protocol() -> None:
    external = system(
        externals={"id": {"kind": "oidc", "protocol": "http3", "url": "https://id.example"}}
    ).externals["id"]
    assert (external.kind, external.protocol, external.timeout) == ("oidc", "http3", 5.0)


@pytest.mark.row("A4")
@pytest.mark.row("F1.1")
def test_probes_ask_the_ops_port_and_liveness_is_the_most_patient() -> None:
    probes = tube().services["upload"].probes
    assert (probes.startup.path, probes.readiness.path, probes.liveness.path) == (
        "/startup",
        "/ready",
        "/live",
    )
    assert (
        probes.liveness.period * probes.liveness.failures
        > probes.readiness.period * probes.readiness.failures
    )


def test_after_its_pivot_a_saga_only_goes_forward() -> None:
    steps = [{each: {"call": "a.M", "pivot": each == "charge"}} for each in ("reserve", "charge", "pack")]
    topology = system(services={"a": {"serves": "x.v1.A"}}, sagas={"p": {"owner": "a", "steps": steps}})
    assert [step.retry for step in topology.sagas["p"].steps] == ["limited", "limited", "until-done"]
    origins = [topology.origin("sagas", "p", "steps", index, "retry").reason for index in range(3)]
    assert origins == ["then the saga turns back"] * 2 + ["after the pivot there is no way back (SAG001)"]


@pytest.mark.row("F3.4")
@pytest.mark.row("F3.7")
def test_a_saga_has_time_for_every_step_there_and_back() -> None:
    steps = [
        {"reserve": {"call": "a.Put", "undo": "a.Add", "timeout": "1s", "attempts": 2}},
        {"make": {"send": "t", "await": "u", "timeout": "10s", "attempts": 1}},
        {"finish": {"call": "a.Put", "pivot": True, "timeout": "1s", "attempts": 1}},
    ]
    topology = system(
        services={"a": {"serves": "x.v1.A"}}, topics=["t", "u"], sagas={"p": {"owner": "a", "steps": steps}}
    )
    saga = topology.sagas["p"]
    assert [s.name for s in saga.steps] == ["reserve", "make", "finish"]
    assert saga.timeout == (2 + 10 + 1) + 2
    assert (saga.steps[1].awaits, saga.steps[2].pivot) == ("u", True)


@pytest.mark.row("F3.5")
def test_backups_are_kept_and_checked() -> None:
    backup = (
        system(buckets=["backups"], databases={"m": {"backup": {"to": "backups", "every": "1d"}}})
        .databases["m"]
        .backup
    )
    assert backup is not None
    assert (backup.to, backup.every, backup.keep, backup.verify) == (
        "backups",
        86_400.0,
        1_209_600.0,
        604_800.0,
    )


def test_moves_allowances_patches_and_waivers_are_carried() -> None:
    topology = system(
        moved=[{"from": "services.a", "to": "services.b"}],
        allow_data_loss=["topic t"],
        patches=[{"kind": "Deployment", "merge": {"spec": {"paused": True}}, "reason": "r"}],
        waivers=[{"allow": "KAF001", "until": "2027-01-31", "reason": "r"}],
    )
    assert (topology.moved[0].old, topology.moved[0].new) == ("services.a", "services.b")
    assert topology.allow_data_loss == ("topic t",)
    assert topology.patches[0]["merge"] == {"spec": {"paused": True}}
    assert topology.waivers[0].until == "2027-01-31"


NAMES = st.sampled_from(["a", "b", "c", "d-e"])
DURATIONS = st.sampled_from(["0s", "10ms", "500ms", "1s", "45s", "10m", "2d"])


@st.composite
def systems(draw: st.DrawFn) -> dict[str, Any]:
    """A small system whose references hold."""
    services: dict[str, Any] = {}
    topics = draw(st.lists(st.sampled_from(["t", "u.v"]), unique=True))
    names = draw(st.lists(NAMES, unique=True, min_size=1))
    for name in names:
        identity = draw(st.sampled_from(["stable", "interchangeable"]))
        services[name] = {
            "serves": [f"x.{name.replace('-', '_')}.S"],
            "replicas": draw(st.sampled_from([1, 2, "2..4", "1..30"])),
            "identity": identity,
            "tier": draw(st.sampled_from(["critical", "secondary"])),
            "calls": {
                callee: {"retry": draw(st.integers(1, 5)), **({"deadline": draw(DURATIONS)} if draw(st.booleans()) else {})}
                for callee in draw(st.lists(st.sampled_from(names), unique=True))
                if callee != name
            },
            "publishes": draw(st.lists(st.sampled_from(topics), unique=True)) if topics else [],
            "consumes": {
                topic: draw(consumptions(f"{name}.{topic}", identity)) for topic in (draw(st.lists(st.sampled_from(topics), unique=True)) if topics else [])
            },
            "shutdown": {"grace": draw(DURATIONS)} if draw(st.booleans()) else {},
        }  # fmt: skip
        if draw(st.booleans()):
            services[name]["database"] = name.replace("-", "_")
            services[name]["reads_from_replicas"] = draw(st.sampled_from([[], ["Get"]]))
    databases = [s["database"] for s in services.values() if "database" in s]
    return {
        "system": "s",
        "services": services,
        "topics": {t: {"message": "x.v1.Made", "pattern": draw(st.sampled_from(["point-to-point", "publish-subscribe"]))} for t in topics},
        "kafka": {"brokers": draw(st.integers(1, 5))},
        "databases": {"main": {"databases": databases, "instances": draw(st.integers(1, 5))}},
        "environment": {"profile": draw(st.sampled_from(["dev", "prod"]))},
    }  # fmt: skip


@st.composite
def consumptions(draw: st.DrawFn, group: str, identity: str) -> dict[str, Any]:
    """How a service consumes a topic, in a group of its own."""
    return {
        "group": group,
        "handler": draw(DURATIONS),
        "membership": draw(st.sampled_from(["static", "dynamic"] if identity == "stable" else ["dynamic"])),
        "ordering": draw(st.sampled_from(["none", "key"])),
        "attempts": draw(st.integers(1, 9)),
        "retries": draw(st.lists(DURATIONS.filter(lambda d: d != "0s"), unique=True, max_size=3)),
        "dead_letter": draw(st.booleans()),
    }


@given(systems())
def test_any_small_system_resolves_and_all_its_numbers_hold(written: dict[str, Any]) -> None:
    model = System.model_validate(written)
    assert list(references(Names(model, Document("t.yaml", {}, None, {}), "t.yaml"))) == []
    topology = resolve(model, SCHEMA)
    for service in topology.services.values():
        json.dumps(wiring(topology, service.name))
        for call in service.calls.values():
            assert call.deadline >= 0
        for group in service.consumes.values():
            assert group.max_poll_records * group.handler_timeout <= group.max_poll_interval
    for topic in topology.topics.values():
        assert 1 <= topic.min_insync_replicas <= topic.replication_factor <= 5
    for node in nodes(topology):
        for value in described(topology, located(topology, node)):
            assert value.text
            assert value.origin.reason or value.origin.kind.value == "written"
