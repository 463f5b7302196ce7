"""Every metric of an alert or a dashboard is one that the services export, and every one that they export is watched."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from wireplan.monitoring import dashboards, metrics, objectives, rules
from wireplan.monitoring.metrics import Kind, UnknownLabelError
from wireplan.monitoring.promql import Scope
from wireplan.topology.types import Topology

from tests.monitoring.conftest import shop

PLATFORM = (
    Path(__file__).resolve().parents[2] / "service_templates/platform/files/src/{{platform}}/metrics.py"
)
SELECTED = re.compile(r"([A-Za-z_:][A-Za-z0-9_:]*)\{")
RECORDED = {
    objectives.name(length) for window in objectives.WINDOWS for length in (window.short, window.long)
}


def exported() -> dict[str, tuple[str, tuple[str, ...], str]]:
    """What the platform package makes: kind, labels and help of each metric, by its name."""
    found: dict[str, tuple[str, tuple[str, ...], str]] = {}
    for node in ast.walk(ast.parse(PLATFORM.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id[0].isupper():
            name, says, *labels = [ast.literal_eval(each) for each in node.args]
            found[name] = (node.func.id.lower(), tuple(labels[0]) if labels else (), says)
    return found


def expressions(topology: Topology) -> Iterator[str]:
    """Every expression that is rendered for a system."""
    for group in rules.groups(topology):
        yield from (rule["expr"] for rule in group["rules"])
    for board in dashboards.dashboards(topology).values():
        yield from (target["expr"] for panel in panels(board["panels"]) for target in panel["targets"])


def panels(found: list[Any]) -> Iterator[Any]:
    """Panels that ask for something, those in closed rows included."""
    for panel in found:
        if panel["type"] == "row":
            yield from panels(panel["panels"])
        else:
            yield panel


def names(topology: Topology) -> set[str]:
    """Every name that an expression selects series by."""
    return {name for expression in expressions(topology) for name in SELECTED.findall(expression)}


def test_the_table_is_what_the_platform_exports() -> None:
    ours = {
        each.name: (each.kind.value, each.labels, each.says) for each in metrics.ALL if each.of == "platform"
    }
    assert ours == exported()


def test_every_name_in_an_expression_is_one_that_somebody_exports(topology: Topology) -> None:
    known = {each.name for each in metrics.ALL if each.kind is not Kind.HISTOGRAM}
    known |= {f"{each.name}_bucket" for each in metrics.ALL if each.kind is Kind.HISTOGRAM}
    assert names(topology) - known - RECORDED == set()


def test_every_metric_of_the_platform_is_looked_at() -> None:
    seen = {name.removesuffix("_bucket") for name in names(shop())}
    assert set(exported()) - seen == {"breaker_transitions_total"}, "its state says as much"


def test_a_label_that_a_metric_does_not_have_is_refused() -> None:
    scope = Scope("s", "a")
    assert scope.of(metrics.BREAKER_STATE, class_="read") == (
        'breaker_state{namespace="s",service="a",class="read"}'
    )
    with pytest.raises(UnknownLabelError, match="has no label topic"):
        scope.of(metrics.BREAKER_STATE, topic="t")
    with pytest.raises(UnknownLabelError, match="has no buckets"):
        scope.buckets(metrics.BREAKER_STATE, "5m")
