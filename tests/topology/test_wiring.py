"""What a service is told of the others: exactly what the platform package reads."""

import json
from typing import Any

import pytest
from wireplan.topology.wiring import wiring

from tests.conftest import Golden
from tests.topology.conftest import system, tube


def test_the_wiring_of_the_reference_system(golden: Golden) -> None:
    """One file for all services, so that a change of one number shows where it lands."""
    topology = tube("local")
    made = {name: wiring(topology, name) for name in topology.services}
    golden("topology/wiring.tube.local.json", json.dumps(made, indent=1) + "\n")


@pytest.mark.row("P5")
def test_calls_are_grpc_by_dns_name() -> None:
    calls = wiring(tube(), "gateway")["calls"]
    assert {c["target"] for c in calls.values()} == {
        f"dns:///{name}.tube.svc.cluster.local:50051"
        for name in ("auth", "upload", "catalog", "statistics", "notifications")
    }
    assert calls["auth"]["service"] == "tube.auth.v1.AuthService"


def test_what_serves_http_alone_is_called_by_http_once() -> None:
    """A client of gRPC is told nothing of it; and no contract says that it may be repeated."""
    made = system(
        services={
            "a": {"serves": "x.v1.A"},
            "b": {"kind": "http"},
            "g": {"kind": "gateway", "calls": {"a": {}, "b": {"deadline": "300ms"}}},
        }
    )
    told = wiring(made, "g")
    assert list(told["calls"]) == ["a"]
    by_http = told["http_calls"]["b"]
    assert by_http["url"] == "http://b.s.svc.cluster.local:8080"
    assert (by_http["deadline"], by_http["attempts"], by_http["critical"]) == (0.3, 1, True)
    assert "http_calls" not in wiring(made, "a")


def test_of_both_protocols_grpc_is_spoken_unless_said() -> None:
    services: dict[str, object] = {"a": {"serves": "x.v1.A", "serves_http": "http1"}}
    plain = system(services={**services, "g": {"calls": ["a"]}})
    said = system(services={**services, "g": {"calls": {"a": {"protocol": "http"}}}})
    assert [each.services["g"].calls["a"].protocol for each in (plain, said)] == ["grpc", "http"]
    assert said.services["g"].calls["a"].contract is None


@pytest.mark.row("F1.1")
def test_a_request_has_the_budget_of_the_edge_that_it_came_by() -> None:
    """Of several edges the longest: each ends its own requests. Without an edge nobody says a budget."""
    made = system(
        services={name: {"kind": "http"} for name in ("a", "b", "c")},
        edges={
            "one": {"host": "one.example", "budget": "4s", "routes": [{"path": "/", "to": "a"}]},
            "two": {
                "host": "two.example",
                "budget": "6s",
                "routes": [{"path": "/b/", "to": "b"}, {"path": "/", "to": "a"}],
            },
        },
    )
    assert [wiring(made, name)["http"].get("deadline") for name in ("a", "b", "c")] == [6.0, 6.0, None]


@pytest.mark.row("A8")
def test_the_gateway_verifies_what_auth_signs() -> None:
    topology = tube("local")
    issued, verified = wiring(topology, "auth")["tokens"], wiring(topology, "gateway")["verifies"]
    assert issued["issuer"] == verified["issuer"] == "https://tube.localhost:8443"
    assert [issued["algorithm"]] == verified["algorithms"] == ["Ed25519"]
    assert verified["keys_from"] == "auth"


@pytest.mark.row("A9")
def test_an_external_provider_and_its_proof_key_are_named() -> None:
    topology = system(
        services={"a": {"serves": "x.v1.A", "tokens": {}, "oauth": [{"provider": "id"}]}},
        externals={"id": {"kind": "oidc", "protocol": "http3", "url": "https://id.example"}},
    )
    made = wiring(topology, "a")
    assert made["logins"] == {
        "id": {
            "issuer": "https://id.example",
            "client_id": topology.system,
            "redirect_uri": "https://s/v1/login/id/callback",
            "client_secret_file": "/etc/wireplan/secrets/login-id/client_secret",
            "algorithms": ["RS256"],
            "apps": [],
        }
    }
    way = made["externals"]["id"]
    assert (way["url"], way["protocol"], way["fallback"]) == ("https://id.example", "http3", "http2")
    assert (way["timeout"], way["authority_file"], way["address"]) == (5.0, None, None)
    assert way["breaker"]["close_after"] == 5


@pytest.mark.row("P10")
def test_a_provider_that_is_brought_is_found_and_believed() -> None:
    made = wiring(tube("local"), "auth")
    way = made["externals"]["id"]
    assert way["url"] == made["logins"]["id"]["issuer"] == "https://id.localhost:8445"
    assert way["address"] == "external-id.outside.svc.cluster.local"
    assert way["authority_file"] == "/etc/wireplan/secrets/external-id/ca.crt"
    assert made["logins"]["id"]["redirect_uri"] == "https://tube.localhost:8443/v1/login/id/callback"


@pytest.mark.row("F1.2")
def test_limits_of_the_gateway_are_counted_in_a_cache() -> None:
    made = wiring(tube(), "gateway")
    login = {"per": "address", "rate": 5.0, "burst": 60}
    assert made["rate_limit"] == {
        "per": "principal",
        "rate": 20.0,
        "burst": 40,
        "cache": "fast",
        "timeout": 0.05,
        "pods": 2,
        "forwarded": True,
        "anonymous": {"per": "address", "rate": 200.0, "burst": 400},
        "routes": {"POST /v1/login": login, "POST /v1/accounts": login, "GET /v1/login/{provider}": login},
    }
    assert made["caches"] == {"fast": {"host": "cache-fast.tube.svc.cluster.local", "port": 6379}}


@pytest.mark.row("F1.4")
@pytest.mark.row("F1.6")
def test_a_part_that_may_be_missing_has_its_fallback() -> None:
    topology = system(
        services={
            "g": {
                "kind": "gateway",
                "calls": {"a": {"fallback": {"cache": "fast", "ttl": "1m"}}, "b": {"fallback": "empty"}},
            },
            "a": {"serves": "x.v1.A"},
            "b": {"serves": "x.v1.B", "tier": "secondary"},
        },
        caches=["fast"],
    )
    calls = wiring(topology, "g")["calls"]
    assert calls["a"]["fallback"] == {"kind": "cache", "cache": "fast", "ttl": 60.0, "max_stale": 600.0}
    assert (calls["a"]["critical"], calls["b"]["critical"]) == (False, False)
    assert calls["b"]["fallback"]["kind"] == "empty"
    why = topology.origin("services", "g", "calls", "a", "critical")
    assert why.reason == "its fallback (cache) is answered instead"


@pytest.mark.parametrize(
    ("call", "critical"),
    [
        ({"fallback": "empty"}, False),
        ({"fallback": "empty", "methods": ["Add", "Get"]}, False),
        ({"fallback": "empty", "methods": ["Add", "Put"]}, True),
        ({"fallback": "empty", "methods": ["Add"], "critical": False}, False),
        ({"fallback": "error"}, True),
    ],
)
def test_a_fallback_makes_nothing_optional_that_it_is_not_answered_for(
    call: dict[str, Any], critical: bool
) -> None:
    """The platform answers in place of methods without side effects only: an empty answer to a write would say that it was done."""
    topology = system(services={"g": {"kind": "gateway", "calls": {"a": call}}, "a": {"serves": "x.v1.A"}})
    assert topology.services["g"].calls["a"].critical is critical


@pytest.mark.row("F1.7")
def test_a_breaker_closes_after_a_streak_of_healthy_calls() -> None:
    assert wiring(tube(), "gateway")["calls"]["auth"]["breaker"]["close_after"] == 5


def test_what_a_service_does_not_have_is_not_in_its_wiring() -> None:
    made = wiring(system(services={"w": {}}), "w")
    assert sorted(made) == [
        "environment",
        "kind",
        "namespace",
        "ops",
        "service",
        "shutdown",
        "system",
        "telemetry",
        "tier",
        "version",
    ]


def test_uploads_go_through_the_edge_and_the_rest_stays_inside() -> None:
    buckets = wiring(tube("local"), "processing")["buckets"]
    assert buckets["originals"]["public_endpoint"] == "https://tube.localhost:8443"
    assert "public_endpoint" not in buckets["renditions"]


@pytest.mark.row("F1.7")
@pytest.mark.row("F1.6")
@pytest.mark.row("P3")
def test_who_purges_an_edge_is_told_where_and_nobody_else() -> None:
    told = {name: wiring(tube(), name).get("edge_caches") for name in tube().services}
    assert told.pop("processing") == {"cdn": {"host": "purge-edge-cdn.tube.svc.cluster.local", "port": 8444}}
    assert set(told.values()) == {None}


def test_a_call_says_which_methods_read_what_is_answered_instead_and_when_its_breaker_opens() -> None:
    """Reads and writes fail apart, and only a read has an answer in its place."""
    calls = wiring(tube("local"), "gateway")["calls"]
    assert calls["statistics"]["reads"] == ["GetVideoFacts", "GetOwnerTotals"]
    assert "Follow" not in calls["notifications"]["reads"]
    assert calls["statistics"]["fallback"]["kind"] == "empty"
    assert calls["statistics"]["breaker"]["close_after"] == 5


@pytest.mark.row("F1.4")
def test_what_a_service_can_do_without_has_a_switch() -> None:
    """Its secondary features, and callees that are not critical to it; who needs everything has none."""
    services = {
        "a": {"serves": "x.v1.A", "tier": "secondary"},
        "b": {"serves": "x.v1.B"},
        "g": {"kind": "gateway", "calls": ["a", "b"], "secondary_features": ["hints"]},
    }
    made = system(services=services)
    assert wiring(made, "g")["switches"]["names"] == ["a", "hints"]
    assert "switches" not in wiring(made, "a")


@pytest.mark.row("F3.4")
@pytest.mark.row("F3.7")
def test_an_owner_is_told_of_its_sagas_and_nobody_else() -> None:
    """Every number of a step; without a pivot the last step is it, and what is after one is never given up."""
    steps = [
        {"first": {"call": "b.Do", "undo": "b.Undo", "timeout": "10s"}},
        {"second": {"call": "b.Decide", "attempts": 2}},
    ]
    made = system(
        services={"a": {"database": "a", "calls": ["b"]}, "b": {"serves": "x.v1.B"}},
        sagas={"s": {"owner": "a", "steps": steps}},
        databases={"main": {"databases": ["a"]}},
    )
    told = wiring(made, "a")["sagas"]["s"]
    assert told["timeout"] == made.sagas["s"].timeout
    first, second = told["steps"]
    assert (first["call"], first["undo"], first["timeout"], first["attempts"]) == ("b.Do", "b.Undo", 10.0, 3)
    assert (first["pivot"], second["pivot"], second["attempts"]) == (False, True, 2)
    assert "undo" not in second
    assert "sagas" not in wiring(made, "b")
