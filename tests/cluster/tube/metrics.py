"""What pods count: their ops port, read from inside the pod."""

import re
from collections.abc import Iterable

from tests.cluster.tube.kube import Kube

READ = (
    "import urllib.request as r; print(r.urlopen('http://127.0.0.1:9000/metrics', timeout=5).read().decode())"
)
LINE = re.compile(r"(?P<name>\w+)(?:{(?P<labels>[^}]*)})? (?P<value>[0-9.e+-]+)$")


def total(kube: Kube, pod: str, name: str, **labels: str) -> float:
    """The sum of a counter over all label values that fit."""
    return sum(
        value
        for found, with_labels, value in lines(kube.python(pod, READ))
        if found == name and labels.items() <= with_labels.items()
    )


def totals(kube: Kube, pods: Iterable[str], name: str, **labels: str) -> dict[str, float]:
    """The same for several pods."""
    return {pod: total(kube, pod, name, **labels) for pod in pods}


def lines(text: str) -> Iterable[tuple[str, dict[str, str], float]]:
    """Samples of the text format."""
    for line in text.splitlines():
        if found := LINE.match(line):
            labels = dict(re.findall(r'(\w+)="([^"]*)"', found["labels"] or ""))
            yield found["name"], labels, float(found["value"])
