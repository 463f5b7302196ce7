"""The alerts of a system as rule groups of Prometheus: plain data for a file, or for a PrometheusRule."""

from wireplan import registry
from wireplan.monitoring import alerts, objectives
from wireplan.monitoring.alert import Alert, Body
from wireplan.topology.types import Topology


def kinds() -> list[Alert]:
    """Every kind of alert, by name."""
    return list(registry.keyed(alerts, Alert, "name").values())


def groups(topology: Topology) -> list[Body]:
    """Rule groups: what is recorded, then the alerts of each kind. A group without a rule is left out."""
    found: list[Body] = []
    recorded = list(objectives.recordings(topology))
    if recorded:
        found.append({"name": f"{topology.system}-recorded", "rules": recorded})
    for kind in kinds():
        rules = list(kind.bodies(topology))
        if rules:
            found.append({"name": f"{topology.system}-{kind.name}", "rules": rules})
    return found


def document(topology: Topology) -> Body:
    """A rules file."""
    return {"groups": groups(topology)}
