"""gRPC settings: balancing, retries of idempotent methods only, connections that end (spec rows A6, A7, P5)."""

import json

import grpc as grpcio
import pytest
from wireplan.topology import grpc, index
from wireplan.topology.types import Call
from wireplan.topology.wiring import wiring

from tests.topology.conftest import SCHEMA, system, tube


def call(retry: object = 3) -> Call:
    """A call to the service of the schema."""
    calls = {"a": {"deadline": "800ms", "retry": retry}}
    services = {"g": {"kind": "gateway", "calls": calls}, "a": {"serves": "x.v1.A"}}
    return system(services=services).services["g"].calls["a"]


@pytest.mark.row("A6")
def test_clients_balance_over_the_pods_that_dns_names() -> None:
    found = call()
    config = grpc.service_config(found, SCHEMA.contracts["x.v1.A"])
    assert found.target == "dns:///a.s.svc.cluster.local:50051"
    assert config["loadBalancingConfig"] == [{"round_robin": {}}]
    assert config["healthCheckConfig"] == {"serviceName": ""}


def test_both_ends_of_a_call_take_what_the_server_allows() -> None:
    """Only where that is not gRPC's own, so that the wiring says no more than it must."""
    roomy = {"serves": "x.v1.A", "grpc": {"max_message_bytes": "16Mi"}}
    topology = system(
        services={"g": {"kind": "gateway", "calls": ["a", "b"]}, "a": roomy, "b": {"serves": "x.v1.B"}}
    )
    wired = wiring(topology, "g")["calls"]
    limit = "grpc.max_receive_message_length"
    assert wired["a"]["channel_options"][limit] == 16 * 1024**2
    assert wiring(topology, "a")["grpc"]["server_options"][limit] == 16 * 1024**2
    assert limit not in wired["b"]["channel_options"]
    assert limit not in wiring(topology, "b")["grpc"]["server_options"]


def test_only_methods_that_may_be_repeated_are_repeated() -> None:
    """RPC005: `Add` has no idempotency_level in its contract."""
    (first,) = grpc.service_config(call(), SCHEMA.contracts["x.v1.A"])["methodConfig"]
    assert [n["method"] for n in first["name"]] == ["Get", "Put"]
    assert first["retryPolicy"] == {
        "maxAttempts": 3,
        "initialBackoff": "0.100s",
        "maxBackoff": "1.000s",
        "backoffMultiplier": 2.0,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }


def test_one_attempt_is_no_retry() -> None:
    config = grpc.service_config(call(retry=1), SCHEMA.contracts["x.v1.A"])
    assert config["methodConfig"] == []
    assert "retryThrottling" not in config


def test_without_a_contract_nothing_is_repeated() -> None:
    assert grpc.service_config(call(), None)["methodConfig"] == []


def test_the_c_core_accepts_the_service_config() -> None:
    """A channel refuses a config that it cannot parse when it is made or first used."""
    text = json.dumps(grpc.service_config(call(), SCHEMA.contracts["x.v1.A"]))
    options = [("grpc.service_config", text), *grpc.CHANNEL_OPTIONS.items()]
    with grpcio.insecure_channel("ipv4:127.0.0.1:1", options=options) as channel:
        with pytest.raises(grpcio.RpcError) as failed:
            channel.unary_unary("/x.v1.A/Add")(b"", timeout=2)
        assert failed.value.code() is grpcio.StatusCode.UNAVAILABLE  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]


@pytest.mark.row("A7")
def test_connections_end_so_that_clients_find_new_pods_and_no_call_is_cut() -> None:
    """RPC002: the grace of an old connection is longer than any deadline served."""
    for service in tube().services.values():
        if service.grpc is None:
            continue
        assert 30 <= service.grpc.max_connection_age <= 600
        longest = max((c.deadline for c in index.callers(tube()).get(service.name, ())), default=0)
        assert service.grpc.max_connection_age_grace > longest


def test_clients_ping_no_more_often_than_servers_allow() -> None:
    """RPC003: a client that pings too often is cut off."""
    server = tube().services["auth"].grpc
    assert server is not None
    options = grpc.server_options(server)
    assert (
        grpc.CHANNEL_OPTIONS["grpc.keepalive_time_ms"]
        > options["grpc.http2.min_recv_ping_interval_without_data_ms"]
    )
