"""Circles of events: found, shortest, once a set, and in linear time."""

from typing import Any

import pytest
from wireplan.topology import events
from wireplan.topology.types import Topology

from tests.topology.conftest import system


def flows(services: dict[str, tuple[str, str]], **rest: Any) -> Topology:
    """A system of services that consume some topics and publish others, named by letters."""
    written = {
        name: {"consumes": list(consumed), "publishes": list(published)}
        for name, (consumed, published) in services.items()
    }
    names = {letter for pair in services.values() for words in pair for letter in words}
    topics = {name: {"message": "x.v1.Made"} for name in sorted(names)}
    return system(services=written, topics=topics, **rest)


def shown(topology: Topology) -> list[str]:
    """`a>one>b b>two>a` for each circle."""
    return [
        " ".join(f"{hop.consumed}>{hop.service}>{hop.published}" for hop in circle)
        for circle in events.circles(topology)
    ]


@pytest.mark.parametrize(
    ("services", "circles"),
    [
        ({"one": ("", "a"), "two": ("a", "b"), "three": ("ab", "")}, []),
        ({"one": ("a", "a")}, ["a>one>a"]),
        ({"one": ("b", "a"), "two": ("a", "b")}, ["a>two>b b>one>a"]),
        ({"one": ("c", "a"), "two": ("a", "b"), "three": ("b", "c")}, ["a>two>b b>three>c c>one>a"]),
        # the shorter of two ways back
        ({"one": ("bc", "a"), "two": ("a", "b"), "three": ("b", "c")}, ["a>two>b b>one>a"]),
        # two sets, two circles; what only leads in or out belongs to none
        (
            {"in": ("", "a"), "one": ("a", "ac"), "two": ("cd", "d"), "out": ("d", "e")},
            ["a>one>a", "d>two>d"],
        ),
    ],
)
def test_each_set_of_services_that_wake_each_other_has_its_shortest_circle(
    services: dict[str, tuple[str, str]], circles: list[str]
) -> None:
    assert shown(flows(services)) == circles


def test_what_a_saga_awaits_ends_there() -> None:
    services = {"one": ("b", "a"), "two": ("a", "b")}
    steps = [{"name": "ask", "send": "a", "await": "b"}]
    assert shown(flows(services, sagas={"s": {"owner": "one", "steps": steps}})) == []
    assert shown(flows(services, sagas={"s": {"owner": "two", "steps": steps}})) == ["a>two>b b>one>a"]


def test_a_long_circle_needs_no_deep_stack() -> None:
    number = 3000
    written = {f"s{i}": {"consumes": [f"t{i}"], "publishes": [f"t{(i + 1) % number}"]} for i in range(number)}
    found = system(services=written, topics={f"t{i}": {"message": "x.v1.Made"} for i in range(number)})
    assert [len(circle) for circle in events.circles(found)] == [number]
