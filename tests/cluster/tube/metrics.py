"""What pods count, as their ops port tells it."""

import re
from collections.abc import Iterable

from tests.cluster.tube.inside import answer
from tests.cluster.tube.kube import Kube

OPS = 9000
LINE = re.compile(r"(?P<name>\w+)(?:{(?P<labels>[^}]*)})? (?P<value>[0-9.e+-]+)$")


def total(kube: Kube, pod: str, name: str, **labels: str) -> float:
    """The sum of a counter over all label values that fit."""
    return sum(
        value
        for found, with_labels, value in samples(kube, pod)
        if found == name and labels.items() <= with_labels.items()
    )


def totals(kube: Kube, pods: Iterable[str], name: str, **labels: str) -> dict[str, float]:
    """The same for several pods."""
    return {pod: total(kube, pod, name, **labels) for pod in pods}


def samples(kube: Kube, pod: str) -> Iterable[tuple[str, dict[str, str], float]]:
    """All that a pod counts: name, labels, value."""
    for line in answer(kube, pod, OPS, "/metrics")[1].splitlines():
        if found := LINE.match(line):
            labels = dict(re.findall(r'(\w+)="([^"]*)"', found["labels"] or ""))
            yield found["name"], labels, float(found["value"])
