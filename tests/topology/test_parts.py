"""What a person means by a name: the same for every command that takes one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.topology.graph import graph
from wireplan.topology.parts import Part, UnknownPartError, meant, parts
from wireplan.topology.types import Topology

from tests.topology.conftest import system, tube


def shop(**more: Any) -> Topology:
    """A service that is called as its database, another that is called as its group."""
    return system(
        services={
            "orders": {"database": "orders", "publishes": ["placed"]},
            "mail": {"consumes": {"placed": {"group": "letters"}}, "database": "mails"},
        },
        topics={"placed": {"message": "x.v1.Made"}},
        databases={"main": {"databases": ["orders", "mails"]}},
        **more,
    )


@pytest.mark.parametrize(
    ("wanted", "full", "inner"),
    [
        ("services.mail", "services.mail", ""),
        ("mail", "services.mail", ""),
        ("orders", "services.orders", ""),
        ("databases.orders", "databases.main", "orders"),
        ("mails", "databases.main", "mails"),
        ("main", "databases.main", ""),
        ("letters", "services.mail", "letters"),
        ("kafka", "kafka", ""),
        ("placed", "topics.placed", ""),
        ("topics.placed.letters.dlt", "topics.placed.letters.dlt", ""),
    ],
)
def test_a_name_is_that_of_a_part_before_it_is_that_of_something_in_one(
    wanted: str, full: str, inner: str
) -> None:
    found = meant(wanted, parts(shop()))
    assert (found.full, found.within(wanted)) == (full, inner)


def test_a_name_of_several_parts_means_none_and_names_them() -> None:
    with pytest.raises(UnknownPartError) as error:
        meant("orders", parts(shop(caches=["orders"])))
    assert (error.value.several, error.value.known) == (True, ("services.orders", "caches.orders"))


def test_a_part_that_there_is_one_of_is_meant_before_a_service_of_its_name() -> None:
    among = [Part("services", "kafka"), Part("kafka")]
    assert meant("kafka", among) == Part("kafka")
    assert meant("services.kafka", among) == Part("services", "kafka")


def test_who_looks_for_a_part_is_told_of_none_that_nobody_wrote() -> None:
    with pytest.raises(UnknownPartError) as error:
        meant("place", parts(shop()))
    assert error.value.known == (
        "services.orders",
        "services.mail",
        "topics.placed",
        "databases.main",
        "kafka",
    )
    assert {"placed", "letters", "databases.mails"} <= set(error.value.words)
    assert not any("dlt" in word for word in error.value.words)


def test_every_node_is_a_part_and_sagas_are() -> None:
    steps = [{"name": "ask", "send": "placed", "changes": False}]
    topology = shop(sagas={"order": {"owner": "orders", "steps": steps}})
    every = parts(topology)
    assert {each.node for each in every} >= set(graph(topology).nodes)
    assert meant("order", every).full == "sagas.order"


@given(st.sampled_from(parts(tube())))
def test_every_part_is_found_by_its_full_name(part: Part) -> None:
    assert meant(part.full, parts(tube())) == part
