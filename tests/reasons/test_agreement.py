"""What a way is said to survive, and where it leads in a circle, is what proofs and rules say of the same file."""

from typing import Any

import pytest
from wireplan.reasons import why
from wireplan.reasons.facts import Hop
from wireplan.rules.check import check
from wireplan.topology.effects import Effect
from wireplan.topology.graph import LinkKind, Node, graph
from wireplan.topology.impact import impact
from wireplan.topology.types import Topology

from tests.topology.conftest import system


def publication(topology: Topology, topic: str) -> Hop:
    """The hop of the publication to a topic."""
    links = graph(topology).links
    (link,) = (each for each in links if each.kind is LinkKind.PUBLISH and each.target.name == topic)
    (hop,) = why.stated(topology, (link,), Node("services", link.source.name))
    return hop


def says(hop: Hop, name: str) -> str:
    """What a fact of a hop says."""
    return next(fact.says for fact in hop.facts if fact.name == name)


@pytest.mark.parametrize(("unclean", "survives"), [(False, 1), (True, 0)])
def test_a_leader_that_lacks_records_is_counted_in_what_a_topic_survives(
    unclean: bool, survives: int
) -> None:
    topology = system(
        services={"orders": {"publishes": ["placed"]}},
        topics={"placed": {"message": "shop.v1.Placed"}},
        kafka={"brokers": 3, "unclean_leader_election": unclean},
    )
    assert f"the loss of {survives} loses nothing" in says(publication(topology, "placed"), "acknowledged")


def test_a_producer_that_waits_for_less_is_not_told_what_all_in_sync_would_keep() -> None:
    topology = system(
        services={"meter": {"publishes": {"read": {"acks": "leader"}}}},
        topics={"read": {"message": "shop.v1.Read", "durable": False}},
    )
    assert "one loss may lose records" in says(publication(topology, "read"), "acknowledged")


@pytest.mark.parametrize("saga", [False, True])
def test_a_circle_of_events_is_one_where_a_rule_finds_it(saga: bool) -> None:
    steps = [{"name": "ask", "send": "wanted", "await": "done"}]
    topology = system(
        services={
            "orders": {"publishes": ["wanted"], "consumes": ["done"], "database": "orders"},
            "stock": {"publishes": ["done"], "consumes": ["wanted"], "database": "stock"},
        },
        topics={name: {"message": f"shop.v1.{name.title()}"} for name in ("wanted", "done")},
        databases={"main": {"databases": ["orders", "stock"]}},
        **({"sagas": {"order": {"owner": "orders", "steps": steps}}} if saga else {}),
    )
    found = "MSG006" in {finding.code for finding in check(topology)}
    assert found is not saga
    assert says(publication(topology, "done"), "circle").startswith("handling done") is found


@pytest.mark.parametrize("tier", ["critical", "secondary"])
@pytest.mark.parametrize("critical", [{}, {"critical": True}, {"critical": False}], ids=str)
@pytest.mark.parametrize(
    "fallback", [{}, {"fallback": "error"}, {"fallback": "empty"}, {"fallback": {"cache": "fast"}}], ids=str
)
def test_what_a_caller_does_without_its_callee_is_told_alike(
    tier: str, critical: dict[str, Any], fallback: dict[str, Any]
) -> None:
    """By `why` at the call, by `impact` of the callee."""
    topology = system(
        services={
            "front": {"kind": "gateway", "calls": {"tips": {**critical, **fallback}}},
            "tips": {"serves": "x.v1.A", "tier": tier},
        },
        edges={"e": {"host": "e.example", "routes": [{"path": "/", "to": "front"}]}},
        caches=["fast"],
    )
    (link,) = (each for each in graph(topology).links if each.kind is LinkKind.CALL)
    (hop,) = why.stated(topology, (link,), link.source)
    said = says(hop, "without it")
    (route,) = impact(topology, ["services.tips"])["services.tips"].whole.routes
    assert said.startswith("front fails as well") is (route.effect is Effect.FAILS)
    assert route.held in ("", said)
    answers = "fallback" in fallback and fallback["fallback"] != "error"
    assert (route.effect is Effect.DEGRADES) is (answers and critical != {"critical": True})
