"""A zone that is lost: how many copies it takes, and when what is left cannot go on."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.topology.effects import Effect, Harm
from wireplan.topology.impact import can_fail, impact
from wireplan.topology.types import Topology

from tests.topology.conftest import system

SERVICES = {
    "front": {"kind": "gateway", "replicas": 2, "database": "d", "publishes": ["t"]},
    "w": {"consumes": ["t"]},
}


def zoned(zones: int | None, **parts: Any) -> Topology:
    """A gateway with a database and a topic behind an edge, in so many zones."""
    edges = {"e": {"host": "e.example", "replicas": 2, "routes": [{"path": "/", "to": "front"}]}}
    environment = {**({"zones": zones} if zones else {}), **parts.pop("environment", {})}
    return system(
        environment=environment,
        edges=edges,
        services=parts.pop("services", SERVICES),
        topics={"t": {"message": "x.v1.Made"}},
        **{"databases": {"m": {"databases": ["d"], "instances": 3}}, **parts},
    )


def lost(topology: Topology) -> Harm:
    return impact(topology, ["zone"])["zone"].whole


def test_a_zone_can_fail_where_the_environment_says_how_many_there_are() -> None:
    assert "zone" in [part.full for part in can_fail(zoned(3))]
    assert "zone" not in [part.full for part in can_fail(zoned(None))]


@pytest.mark.parametrize(("zones", "effect"), [(2, Effect.FAILS), (3, None)])
def test_three_members_or_brokers_need_three_zones(zones: int, effect: Effect | None) -> None:
    """Of two zones one has two of the three, and the third can neither confirm a write nor decide who leads."""
    harm = lost(zoned(zones))
    assert harm.nodes.get("kafka") is effect
    assert harm.nodes.get("databases.m") is effect


def test_brokers_that_know_no_racks_may_have_all_copies_of_a_partition_in_one_zone() -> None:
    strimzi = {"kafka": "strimzi"}
    for brokers, nodes in ((3, None), (6, Effect.FAILS), (9, Effect.FAILS)):
        harm = lost(zoned(3, environment=strimzi, kafka={"brokers": brokers}))
        assert harm.nodes.get("topics.t") is nodes, brokers
        assert "kafka" not in harm.nodes, "its controllers are three, and spread on their own"


@pytest.mark.parametrize(
    ("instances", "number", "goes_on"),
    [(3, 1, True), (5, 1, False), (5, 2, True), (5, 3, False), (6, 2, True), (7, 2, False), (7, 3, True)],
    ids=[
        "one of three is gone, and the other replica confirmed",
        "two of five are gone: nobody left is sure to have what one confirmed",
        "one of two that confirmed is left",
        "three must confirm, and two are left to",
        "two of six",
        "three of seven: two confirmed, and both may be gone",
        "one of three that confirmed is left",
    ],
)
def test_a_database_goes_on_when_somebody_left_has_every_write_and_enough_confirm_the_next(
    instances: int, number: int, *, goes_on: bool
) -> None:
    databases = {"m": {"databases": ["d"], "instances": instances, "synchronous": {"number": number}}}
    assert ("databases.m" not in lost(zoned(3, databases=databases)).nodes) is goes_on


def test_what_has_one_copy_may_be_in_the_zone() -> None:
    services = {**SERVICES, "front": {**SERVICES["front"], "replicas": 1}}
    found = impact(zoned(3, services=services), ["zone"])["zone"]
    assert found.whole.nodes["services.front"] is Effect.FAILS
    assert found.takeover.endswith("It may have all of services.front.")


@given(st.sampled_from([1, 2, 3, 4, 6]), st.integers(1, 5), st.integers(1, 3))
def test_with_as_many_zones_as_copies_a_zone_takes_what_a_node_takes(
    brokers: int, instances: int, replicas: int
) -> None:
    services = {**SERVICES, "front": {**SERVICES["front"], "replicas": replicas}}
    databases = {"m": {"databases": ["d"], "instances": instances}}
    found = impact(
        zoned(9, services=services, databases=databases, kafka={"brokers": brokers}), ["node", "zone"]
    )
    assert found["zone"].whole.nodes == found["node"].whole.nodes
