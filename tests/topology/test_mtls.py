"""Who services are to each other by certificate, and whose calls they take."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from wireplan.topology import mtls, names
from wireplan.topology.types import Topology
from wireplan.topology.wiring import wiring

from tests.topology.conftest import system, tube

ON: dict[str, Any] = {"environment": {"mtls": "builtin"}}


def identity(service: str) -> str:
    """A SPIFFE ID in the namespace of `system`."""
    return f"spiffe://cluster.local/ns/s/sa/{service}"


def callers(topology: Topology, service: str) -> dict[str, list[str]]:
    """Whom a service's wiring lets in."""
    return wiring(topology, service)["mtls"]["callers"]


def test_it_is_off_where_nobody_turns_it_on() -> None:
    made = system(services={"a": {"serves": "x.v1.A"}, "g": {"calls": ["a"]}})
    assert "mtls" not in wiring(made, "a")
    assert list(mtls.holders(made)) == []
    assert made.environment.certificate_lifetime is None


def test_who_speaks_grpc_has_a_certificate_and_nobody_else() -> None:
    services = {
        "a": {"serves": "x.v1.A"},
        "g": {"kind": "gateway", "calls": ["a"]},
        "m": {"kind": "http"},
        "w": {},
    }
    found = {each.service: each for each in mtls.holders(system(services=services, **ON))}
    assert list(found) == ["a", "g"]
    assert (found["a"].secret, found["a"].identity, found["a"].dns) == (
        "a-mtls",
        identity("a"),
        "a.s.svc.cluster.local",
    )


def test_a_client_connects_to_the_name_that_the_certificate_says() -> None:
    topology = tube("local")
    dns = {each.service: each.dns for each in mtls.holders(topology)}
    for service in topology.services.values():
        for call in service.calls.values():
            assert call.target == f"dns:///{dns[call.callee]}:{names.GRPC_PORT}"


def test_who_may_call_is_the_call_graph_read_backwards() -> None:
    topology = tube("local")
    namespace = topology.environment.namespace
    for name, service in topology.services.items():
        if not service.serves:
            continue
        wanted = {
            names.identity(namespace, other.name): []
            for other in topology.services.values()
            if name in other.calls
        }
        assert callers(topology, name) == wanted
    assert callers(topology, "upload") == {"spiffe://cluster.local/ns/tube/sa/gateway": []}


def test_a_call_that_names_methods_may_call_those() -> None:
    services = {"a": {"serves": "x.v1.A"}, "g": {"calls": {"a": {"methods": ["Get"]}}}}
    assert callers(system(services=services, **ON), "a") == {identity("g"): ["/x.v1.A/Get"]}


def test_a_saga_may_take_its_steps_and_their_way_back_as_well() -> None:
    made = system(
        services={"a": {"serves": "x.v1.A"}, "o": {"database": "o", "calls": {"a": {"methods": ["Get"]}}}},
        databases={"main": {"databases": ["o"]}},
        sagas={
            "sale": {
                "owner": "o",
                "steps": [{"name": "one", "call": "a.Put", "undo": "a.Drop"}, {"name": "two", "call": "a.Put", "pivot": True}],
            }
        },
        **ON,
    )  # fmt: skip
    assert callers(made, "a") == {identity("o"): ["/x.v1.A/Drop", "/x.v1.A/Get", "/x.v1.A/Put"]}


def test_who_verifies_tokens_may_ask_for_keys_whatever_methods_are_named() -> None:
    services = {
        "a": {"serves": "x.v1.A", "tokens": {}},
        "g": {"kind": "gateway", "accepts_tokens_of": "a", "calls": {"a": {"methods": ["Get"]}}},
    }
    assert callers(system(services=services, **ON), "a") == {identity("g"): []}


@given(
    st.text(alphabet="abcdefghij-", min_size=1, max_size=52).filter(lambda n: n[0] != "-" and n[-1] != "-")
)
def test_the_secret_of_every_service_has_a_name_that_fits(name: str) -> None:
    assert len(names.mtls_secret(name)) <= names.LABEL


def test_the_longest_connection_is_the_age_and_a_tenth_with_its_grace() -> None:
    """gRPC lets each live a little shorter or longer than it is told."""
    services = {
        "a": {"serves": "x.v1.A", "grpc": {"max_connection_age": "4m", "max_connection_age_grace": "20s"}},
        "b": {"serves": "x.v1.B"},
        "g": {"calls": ["a"]},
    }
    assert mtls.connections(system(services=services, **ON)) == {"a": 284.0}
