"""What an alert is, and the mark of a function that makes those of one kind: the folder alerts/ is the list.

An alert names a symptom that a person has to look at, from numbers that the topology already holds. What only explains a symptom is on a dashboard.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from wireplan.monitoring.promql import Scope
from wireplan.records import empty
from wireplan.topology.types import Topology

Body = dict[str, Any]


class Urgency(Enum):
    """Who is told, and how soon."""

    PAGE = "page"  # somebody, now
    TICKET = "ticket"  # somebody, on a working day


@dataclass(frozen=True, slots=True)
class Firing:
    """One alert of a kind: when it fires, of what part, and what its reader is told."""

    service: str
    expression: str
    hold: str  # how long the expression must hold
    summary: str
    do: str
    labels: Mapping[str, str] = field(default_factory=empty)


Make = Callable[[Topology], Iterator[Firing]]


@dataclass(frozen=True, slots=True)
class Alert:
    """A kind of alert. `rule` is the code of the rule that holds the same promise on paper; `when` is the line of the docs."""

    name: str
    urgency: Urgency
    rule: str
    when: str
    make: Make

    def bodies(self, topology: Topology) -> Iterator[Body]:
        """The alerts of a system, as entries of a rule group of Prometheus."""
        for firing in self.make(topology):
            yield {
                "alert": self.name,
                "expr": firing.expression,
                "for": firing.hold,
                "labels": {
                    "severity": self.urgency.value,
                    "system": topology.system,
                    "service": firing.service,
                    **firing.labels,
                },
                "annotations": {
                    "summary": firing.summary,
                    "description": f"{firing.do} Why it is promised: wireplan explain {self.rule}",
                    "rule": self.rule,
                },
            }


def alert(name: str, urgency: Urgency, *, rule: str, when: str) -> Callable[[Make], Alert]:
    """Mark a function as the maker of all alerts of a kind."""
    return lambda make: Alert(name, urgency, rule, when, make)


def scope(topology: Topology, service: str = "") -> Scope:
    """The pods of a service, or of the whole system."""
    return Scope(topology.environment.namespace, service)
