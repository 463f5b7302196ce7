"""What a route can keep: the product over what its requests cannot do without, each part once, nothing invented."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.model.units import Share
from wireplan.topology.availability import Reach, reaches, rounded
from wireplan.topology.types import Topology

from tests.topology.conftest import system


def share(percent: str) -> Share:
    return Share(f"{percent}%")


def shop(objective: str | None = None, **parts: Any) -> Topology:
    """An edge, a gateway, and what a test puts behind it."""
    route = {"path": "/", "to": "front", **({"objective": share(objective)} if objective else {})}
    edges = {"e": {"host": "e.example", "routes": [route], "availability": share("99.9")}}
    return system(**{"edges": edges, "services": {"front": {"kind": "gateway"}}, **parts})


def only(topology: Topology) -> Reach:
    (found,) = reaches(topology)
    return found


def names(reach: Reach) -> tuple[set[str], set[str]]:
    return {term.part for term in reach.known}, {term.part for term in reach.unknown}


def test_parts_multiply_and_those_without_a_number_are_named() -> None:
    services = {
        "front": {"kind": "gateway", "calls": ["a"], "availability": share("99")},
        "a": {"serves": "x.v1.A", "externals": ["x"]},
    }
    externals = {"x": {"url": "https://x.example", "availability": share("98")}}
    found = only(shop(services=services, externals=externals))
    assert found.most == pytest.approx(0.999 * 0.99 * 0.98)
    assert names(found) == ({"edges.e", "services.front", "externals.x"}, {"services.a"})


def test_a_part_that_two_ways_lead_to_counts_once() -> None:
    services = {
        "front": {"kind": "gateway", "calls": ["a", "b"]},
        "a": {"serves": "x.v1.A", "database": "a", "calls": ["b"]},
        "b": {"serves": "x.v1.B", "database": "b"},
    }
    databases = {"m": {"databases": ["a", "b"], "availability": share("99")}}
    found = only(shop(services=services, databases=databases))
    assert found.most == pytest.approx(0.999 * 0.99)


@pytest.mark.parametrize(
    "uses",
    [
        {"calls": {"a": {"critical": False, "fallback": "empty"}}},
        {"database": "d", "publishes": ["t"]},
        {"caches": ["fast"]},
    ],
    ids=["a call with a fallback", "records in an outbox", "a cache"],
)
def test_what_a_request_can_do_without_does_not_count(uses: Any) -> None:
    parts: Any = {
        "services": {
            "front": {"kind": "gateway", **uses},
            "a": {"serves": "x.v1.A", "availability": share("50")},
        },
        "databases": {"m": {"databases": ["d"]}},
        "caches": ["fast"],
        "topics": {"t": {"message": "x.v1.Made"}},
        "kafka": {"availability": share("50")},
    }
    assert only(shop(**parts)).most == pytest.approx(0.999)


def test_brokers_that_a_request_waits_for_count() -> None:
    found = only(
        shop(
            services={"front": {"kind": "gateway", "publishes": ["t"]}},
            topics={"t": {"message": "x.v1.Made"}},
            kafka={"availability": share("99")},
        )
    )
    assert found.most == pytest.approx(0.999 * 0.99)


def test_a_bucket_counts_as_its_store() -> None:
    found = only(
        shop(
            services={"front": {"kind": "http", "buckets": {"films": "read"}}},
            buckets=["films"],
            object_store={"availability": share("99")},
        )
    )
    assert names(found) == ({"edges.e", "object_store"}, {"services.front"})


@pytest.mark.parametrize(
    ("objective", "own", "kept"),
    [
        (None, "99", None),
        ("99.95", "99", False),
        ("99.95", None, False),
        ("98", "99", True),
        ("98", None, None),
    ],
    ids=[
        "no promise",
        "refuted",
        "refuted by the edge alone",
        "all known, and enough",
        "enough so far, not all known",
    ],
)
def test_a_promise_is_refuted_by_what_is_known_and_confirmed_only_when_all_is(
    objective: str | None, own: str | None, kept: bool | None
) -> None:
    front = {"kind": "gateway", **({"availability": share(own)} if own else {})}
    assert only(shop(objective, services={"front": front})).kept is kept


def test_an_availability_of_all_services_is_written_once() -> None:
    topology = shop(defaults={"services": {"availability": share("99.5")}})
    assert topology.services["front"].availability == 0.995


def test_only_promises_are_looked_at_where_only_they_are_asked_for() -> None:
    assert list(reaches(shop(), promised=True)) == []
    assert len(list(reaches(shop("99"), promised=True))) == 1


@given(st.floats(min_value=0.0, max_value=1.0))
def test_a_bound_is_never_shown_as_more_than_it_is(value: float) -> None:
    assert value - 1e-6 <= rounded(value) <= value + 1e-12
