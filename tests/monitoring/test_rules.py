"""Alerts: from the topology's own numbers, each with what to do and the rule that promises it on paper."""

import re
from typing import Any

import pytest
import typer
from wireplan.commands.app import build
from wireplan.monitoring import objectives, rules
from wireplan.monitoring.alert import Alert
from wireplan.rules.check import every
from wireplan.topology.describe import located
from wireplan.topology.types import Topology

from tests.monitoring.conftest import shop, tube

CODES = {rule.code for rule in every()}
WORDS = {command.name for command in typer.main.get_group(build()).commands.values()}


def alerts(topology: Topology, kind: str) -> list[dict[str, Any]]:
    """The alerts of one kind."""
    found = (rule for group in rules.groups(topology) for rule in group["rules"])
    return [rule for rule in found if rule.get("alert") == kind]


@pytest.mark.parametrize("kind", rules.kinds(), ids=lambda kind: kind.name)
def test_an_alert_names_a_rule_that_there_is(kind: Alert) -> None:
    assert kind.rule in CODES
    assert list(kind.bodies(shop())), "the shop has one of everything"


def test_every_alert_says_of_what_how_urgent_and_what_to_do(topology: Topology) -> None:
    for group in rules.groups(topology):
        for rule in group["rules"]:
            if "record" in rule:
                continue
            assert rule["labels"]["severity"] in {"page", "ticket"}
            assert rule["labels"]["service"] in {
                *topology.services,
                *(e.resource for e in topology.edges.values()),
            }
            assert rule["annotations"]["summary"]
            assert f"wireplan explain {rule['annotations']['rule']}" in rule["annotations"]["description"]


def test_the_commands_and_parts_in_a_text_are_there(topology: Topology) -> None:
    for group in rules.groups(topology):
        for rule in group["rules"]:
            said = rule.get("annotations", {}).get("description", "")
            assert set(re.findall(r"wireplan ([a-z-]+)", said)) <= WORDS
            for part in re.findall(r"wireplan show (\S+[a-z_])", said):
                assert located(topology, part)


def test_names_of_groups_are_told_apart(topology: Topology) -> None:
    names = [group["name"] for group in rules.groups(topology)]
    assert len(names) == len(set(names))


def test_numbers_are_those_of_the_topology() -> None:
    (behind,) = alerts(shop(), "GroupBehind")
    assert behind["expr"].endswith("> 3600"), "its catch_up"
    (owned,) = alerts(shop(), "PartitionsWithoutOwner")
    assert owned["expr"].endswith(
        f"< {sum(t.partitions for t in shop().topics.values() if t.role.value != 'dead-letter')}"
    )
    pods = {each["labels"]["service"]: each["expr"] for each in alerts(shop(), "FewerPodsThanPromised")}
    assert pods["web"].endswith("< 3")
    assert "tips" not in pods, "one pod is there or not"


def test_a_call_that_is_spared_wakes_nobody() -> None:
    assert [each["labels"]["target"] for each in alerts(shop(), "BreakerStaysOpen")] == ["orders"]
    (spare,) = alerts(shop(), "SpareBreakerStaysOpen")
    assert (spare["labels"]["target"], spare["labels"]["severity"]) == ("tips", "ticket")


def test_what_is_not_there_has_no_alert() -> None:
    found = rules.groups(
        shop(services={"a": {"kind": "http"}}, edges={}, topics={}, sagas={}, databases={}, buckets={})
    )
    kinds = {rule["alert"] for group in found for rule in group["rules"]}
    assert kinds == {"NoPodAnswers", "FewerPodsThanPromised", "EventLoopBlocked"}


def test_without_an_objective_nothing_is_promised() -> None:
    assert list(objectives.promises(tube("prod"))) == []
    assert alerts(tube("prod"), "PromiseBurnsFast") == []


def test_a_promise_counts_its_own_path_and_not_the_longer_ones_beside_it() -> None:
    whole, slow = objectives.promises(shop())
    assert (whole.path, whole.others) == ("/", ("/slow", "/slow/est"))
    assert (slow.path, slow.others) == ("/slow", ("/slow/est",))
    assert 'route!~"/slow(/.*)?|/slow/est(/.*)?"' in objectives.failed(shop(), whole, "5m")
    assert 'route=~"/slow(/.*)?",route!~"/slow/est(/.*)?"' in objectives.failed(shop(), slow, "5m")


def test_what_a_bucket_promises_is_not_measured_here() -> None:
    assert {promise.service for promise in objectives.promises(shop())} == {"web"}


def test_of_two_edges_the_stricter_promise_counts() -> None:
    routes = {
        name: [{"path": "/", "to": "web", "objective": share}]
        for name, share in (("a", "99%"), ("b", "99.9%"))
    }
    edges = {name: {"host": f"{name}.example", "routes": each} for name, each in routes.items()}
    services = {"web": {"kind": "http"}}
    (one,) = objectives.promises(
        shop(edges=edges, services=services, topics={}, sagas={}, databases={}, buckets={})
    )
    assert one.objective == pytest.approx(0.999)


def test_a_rate_that_no_failure_can_reach_is_left_out() -> None:
    """At 90% even requests that all fail use the promise up ten times as fast as allowed, never 14.4 times."""
    slow = next(each for each in alerts(shop(), "PromiseBurnsFast") if each["labels"]["path"] == "/slow")
    assert "ratio_rate1h" not in slow["expr"]
    assert "ratio_rate6h" in slow["expr"]
