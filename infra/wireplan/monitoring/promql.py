"""Expressions of PromQL, put together so that a name or a label which nobody exports cannot be written."""

import re
from collections.abc import Iterable

from wireplan.monitoring.metrics import SCRAPED, Kind, Metric, UnknownLabelError
from wireplan.records import dataclass

BUCKET, UPPER = "_bucket", "le"


@dataclass(frozen=True, slots=True)
class Like:
    """Values of a label that match a whole regular expression (RE2), or do not."""

    pattern: str
    but: bool = False


Matcher = str | Like | tuple[Like, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """The pods whose metrics are meant: all of a namespace, or those of one of its parts."""

    namespace: str
    service: str = ""

    def of(self, metric: Metric, window: str = "", /, **labels: Matcher) -> str:
        """The series of a metric, over a window where one is given. `class_` is the label `class`, a word of Python's.

        Raises:
            UnknownLabelError: the metric has no such label.
        """
        return self._series(metric, metric.name, window, labels)

    def gained(self, metric: Metric, window: str, /, **labels: Matcher) -> str:
        """How much a counter has grown over a window, for events so rare that each counts: what came up within it began at 0.

        `increase` alone sees nothing of the first: a counter with labels is there from its first count on. What was not seen for
        a while is not new, so that a Prometheus which was away takes no old count for a new one.

        Raises:
            UnknownLabelError: the metric has no such label.
        """
        now = self.of(metric, **labels)
        before = f"last_over_time({self.of(metric, window, **labels)} offset {window})"
        return f"(({now} unless {before}) or {grown(self.of(metric, window, **labels))})"

    def buckets(self, metric: Metric, window: str, **labels: Matcher) -> str:
        """The buckets of a histogram.

        Raises:
            UnknownLabelError: the metric has no such label, or no buckets.
        """
        if metric.kind is not Kind.HISTOGRAM:
            raise UnknownLabelError(f"{metric.name} has no buckets")
        return self._series(metric, metric.name + BUCKET, window, labels)

    def _series(self, metric: Metric, name: str, window: str, labels: dict[str, Matcher]) -> str:
        named = {label.rstrip("_"): value for label, value in labels.items()}
        for label in named:
            known((metric,), label)
        own: dict[str, Matcher] = {"namespace": self.namespace}
        if self.service:
            own["service"] = self.service
        text = ",".join(matched(label, value) for label, value in {**own, **named}.items())
        return f"{name}{{{text}}}" + (f"[{window}]" if window else "")


def known(metrics: Iterable[Metric], *labels: str) -> None:
    """Refuse labels that one of the metrics does not have.

    Raises:
        UnknownLabelError: there is one.
    """
    for metric in metrics:
        for label in labels:
            if label not in (*metric.labels, *SCRAPED):
                raise UnknownLabelError(f"{metric.name} has no label {label}")


def matched(label: str, value: Matcher) -> str:
    """One matcher; of several, all must hold."""
    if isinstance(value, tuple):
        return ",".join(matched(label, each) for each in value)
    if isinstance(value, Like):
        return f"{label}{'!~' if value.but else '=~'}{quoted(value.pattern)}"
    return f"{label}={quoted(value)}"


def quoted(value: str) -> str:
    """A text of PromQL, which has Go's escapes."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def total(expression: str, *by: str) -> str:
    """The sum, by labels."""
    return f"sum{grouped(by)}({expression})"


def largest(expression: str, *by: str) -> str:
    """The maximum, by labels: what every pod says of the same database is not to be added up."""
    return f"max{grouped(by)}({expression})"


def grouped(by: tuple[str, ...]) -> str:
    """The grouping of an aggregation."""
    return f" by ({', '.join(by)}) " if by else ""


def rate(series: str) -> str:
    """How much a counter grows a second."""
    return f"rate({series})"


def grown(series: str) -> str:
    """How much a counter has grown."""
    return f"increase({series})"


def quantile(share: float, buckets: str, *by: str) -> str:
    """A quantile over all pods, estimated from buckets."""
    return f"histogram_quantile({share:g}, {total(rate(buckets), *by, UPPER)})"


def or_zero(expression: str) -> str:
    """The same, and 0 where there is no series: what has never happened was not counted yet."""
    return f"({expression} or vector(0))"


def seconds(value: float) -> str:
    """A window or a wait in Prometheus's words, in whole seconds."""
    whole = max(1, round(value))
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def literal(value: str) -> str:
    """A regular expression (RE2) that matches a text and nothing else."""
    return re.escape(value)
