"""What failed parts take down, for a program. The shape has a version; keys are only ever added within one (docs/impact.md)."""

import json
from collections.abc import Iterable
from typing import Any

from wireplan.topology.availability import Reach, reaches
from wireplan.topology.effects import Impact, impact_data
from wireplan.topology.flows import flows
from wireplan.topology.types import Topology

VERSION = 1


def render(topology: Topology, found: Iterable[Impact]) -> str:
    """One JSON document: every route and flow with what is known of it, and the parts that were asked for."""
    return json.dumps(document(topology, found), indent=2, ensure_ascii=False) + "\n"


def document(topology: Topology, found: Iterable[Impact]) -> dict[str, Any]:
    """The same as plain data, for pages that hold it."""
    return {
        "version": VERSION,
        "system": topology.system,
        "environment": topology.environment.name,
        "routes": [route_data(topology, reach) for reach in reaches(topology)],
        "flows": [
            {"id": flow.id, "kind": flow.kind, "catches_up": flow.catches_up}
            for flow in flows(topology).values()
        ],
        "parts": [impact_data(each) for each in found],
    }


def route_data(topology: Topology, reach: Reach) -> dict[str, Any]:
    """A route: where it leads, what it promises, what its parts let it keep at most. Shares are numbers below 1."""
    route = topology.edges[reach.edge].routes[reach.index]
    return {
        "id": reach.id,
        "edge": f"edges.{reach.edge}",
        "path": reach.path,
        "to": f"buckets.{route.bucket}" if route.bucket else f"services.{route.to}",
        "objective": reach.objective,
        "at_most": reach.most if reach.known else None,
        "kept": reach.kept,
        "known": {term.part: term.availability for term in reach.known},
        "unknown": [term.part for term in reach.unknown],
    }
