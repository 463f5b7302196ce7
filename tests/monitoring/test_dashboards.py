"""Dashboards: one a service and one of the whole, in the words of Grafana's own types."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from wireplan.monitoring import dashboards, grafana
from wireplan.monitoring.grafana import Line, Panel, Row
from wireplan.topology.types import Topology

from tests.conftest import Golden
from tests.monitoring.conftest import shop
from tests.monitoring.test_metrics import panels


@pytest.fixture(scope="session", autouse=True)
def _plugins() -> None:
    """The types of each kind of panel and query."""
    register_default_plugins()


def lost(board: dict[str, Any]) -> list[str]:
    """Where a dashboard says what Grafana's own types do not know: they leave it out. Their defaults come on top."""
    written = json.loads(grafana.text(board))
    return list(missing(written, json.loads(JSONEncoder().encode(Dashboard.from_json(written)))))


def missing(ours: Any, theirs: Any, where: str = "") -> Iterator[str]:
    """Places in `ours` that `theirs` does not have, or has otherwise."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            yield from missing(value, theirs[key], f"{where}.{key}") if key in theirs else [f"{where}.{key}"]
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (value, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from missing(value, other, f"{where}[{number}]")
    elif ours != theirs:
        yield where


def rows(board: dict[str, Any]) -> list[str]:
    """The headings."""
    return [panel["title"] for panel in board["panels"] if panel["type"] == "row"]


def lines(board: dict[str, Any], row: str) -> Iterator[tuple[str, str, str]]:
    """Title of the panel, legend and expression of each line below a heading."""
    below = ""
    for panel in board["panels"]:
        below = panel["title"] if panel["type"] == "row" else below
        if below == row and panel["type"] != "row":
            yield from ((panel["title"], each["legendFormat"], each["expr"]) for each in panel["targets"])


def test_grafana_knows_every_field_that_is_written(topology: Topology) -> None:
    for board in dashboards.dashboards(topology).values():
        assert lost(board) == []


def test_a_field_that_it_does_not_know_would_be_seen() -> None:
    board = dashboards.dashboards(shop())["system"]
    panel = next(panels(board["panels"]))
    panel["options"]["legende"] = {}
    panel["targets"][0]["expression"] = "up"
    assert [place.rpartition(".")[2] for place in lost(board)] == ["legende", "expression"]


def test_there_is_one_of_the_whole_and_one_for_each_service(topology: Topology) -> None:
    made = dashboards.dashboards(topology)
    assert set(made) == {"system", *(f"service-{name}" for name in topology.services)}
    names = [board["uid"] for board in made.values()]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 40 for name in names), "Grafana refuses longer ones"


def test_links_lead_to_dashboards_that_there_are(topology: Topology) -> None:
    made = dashboards.dashboards(topology)
    there = {f"/d/{board['uid']}" for board in made.values()}
    for board in made.values():
        assert {link["url"] for link in board["links"]} <= there
        assert board["links"], "nobody ends at a dead end"


def test_panels_lie_beside_each_other_and_not_on_each_other(topology: Topology) -> None:
    for board in dashboards.dashboards(topology).values():
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            place = panel["gridPos"]
            assert place["x"] + place["w"] <= grafana.WIDTH
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not cells & taken, panel["title"]
            taken |= cells
        numbers = [panel["id"] for panel in board["panels"]]
        assert len(set(numbers)) == len(numbers)


def test_a_closed_row_holds_its_panels() -> None:
    row = Row("a", (Panel("b", (Line("up", "c"),)),), closed=True)
    (made,) = grafana.laid_out([row])
    assert [panel["title"] for panel in made["panels"]] == ["b"]


def test_an_edge_shows_its_time_against_its_deadline_its_breaker_and_what_is_answered_without_it() -> None:
    board = dashboards.dashboards(shop())["service-web"]
    assert rows(board)[:5] == ["HTTP", "Calls to orders", "Calls to tips", "Requests to mail", "Switches"]
    orders, tips = (list(lines(board, f"Calls to {name}")) for name in ("orders", "tips"))
    assert ("Time of a call", "deadline", "vector(2)") in orders
    assert [legend for title, legend, _ in orders if title == "Time of a call"] == [
        "p50 {{method}}",
        "p99 {{method}}",
        "deadline",
    ]
    assert any(title == "Breaker" and 'target="orders"' in expression for title, _, expression in orders)
    assert "answered instead: {{method}}" in {legend for _, legend, _ in tips}
    assert "answered instead: {{method}}" not in {legend for _, legend, _ in orders}, "it has no fallback"


def test_a_system_that_is_not_ours_shows_what_it_answers_and_its_breaker() -> None:
    board = dashboards.dashboards(shop())["service-web"]
    found = {title: expression for title, _, expression in lines(board, "Requests to mail")}
    assert 'system="mail"' in found["Requests, by outcome"]
    assert 'class="external"' in found["Breaker"], "a service may be called the same"


def test_a_group_shows_its_retry_topics_apart() -> None:
    board = dashboards.dashboards(shop())["service-mail"]
    found = {title: expression for title, _, expression in lines(board, "order.placed, group mail")}
    assert (
        r'topic=~"order\\.placed|order\\.placed\\.mail\\.retry\\.5s|order\\.placed\\.mail\\.retry\\.1m"'
        in found["Records that wait"]
    )
    assert {"Dead letters", "Partitions", "Rebalances", "Time of an attempt"} <= set(found)


def test_an_owner_shows_its_outbox_its_sagas_and_its_pool() -> None:
    assert {"Outbox", "Saga sale", "Database", "gRPC"} <= set(
        rows(dashboards.dashboards(shop())["service-orders"])
    )


def test_the_whole_shows_promises_edges_and_messages() -> None:
    board = dashboards.dashboards(shop())["system"]
    assert rows(board) == [
        "Alerts",
        "Share that fails: / of web",
        "Share that fails: /slow of web",
        "Services",
        "Calls between services",
        "Messages",
    ]


def test_a_service_that_does_little_has_little_to_show() -> None:
    alone = shop(services={"a": {"kind": "http"}}, edges={}, topics={}, sagas={}, databases={}, buckets={})
    made = dashboards.dashboards(alone)
    assert rows(made["service-a"]) == ["HTTP", "Pods"]
    assert rows(made["system"]) == ["Alerts", "Services"]


@pytest.mark.parametrize("name", ["system", "service-orders"])
def test_they_are_as_they_were_read(name: str, golden: Golden) -> None:
    golden(f"monitoring/{name}.json", grafana.text(dashboards.dashboards(shop())[name]))
