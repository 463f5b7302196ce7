"""What routes promise (`objective`), as the pods behind them see it: which series count, and the share that failed over each window."""

from collections.abc import Iterator

from wireplan.monitoring import promql
from wireplan.monitoring.alert import Body, scope
from wireplan.monitoring.metrics import HTTP_SERVED
from wireplan.monitoring.promql import Like, Matcher
from wireplan.records import dataclass
from wireplan.topology.types import Topology

FAILED = Like("5..")
"""What was not answered. A refused limit (429) and a wrong request (4xx) are answers."""


@dataclass(frozen=True, slots=True)
class Window:
    """A long window and the short one beside it, seconds; `rate`: how many times as fast as it may, the promise is used up."""

    long: float
    short: float
    rate: float
    page: bool


MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
WINDOWS = (
    Window(HOUR, 5 * MINUTE, 14.4, page=True),
    Window(6 * HOUR, 30 * MINUTE, 6, page=True),
    Window(DAY, 2 * HOUR, 3, page=False),
    Window(3 * DAY, 6 * HOUR, 1, page=False),
)
"""Google, The Site Reliability Workbook, chapter 5, table 5-8, for a promise over 30 days: a page where 2% of what may fail has failed within
an hour or 5% within six; a ticket where 10% has within one day or three. The short window ends the alert soon after the trouble has ended."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A path of a service and the share of its requests that is promised. `others`: longer paths to the same service, which are not meant."""

    service: str
    path: str
    objective: float
    others: tuple[str, ...]

    @property
    def labels(self) -> dict[str, str]:
        """What tells its recorded series from others."""
        return {"service": self.service, "path": self.path}

    @property
    def budget(self) -> float:
        """The share of its requests that may fail."""
        return 1 - self.objective


def promises(topology: Topology) -> Iterator[Promise]:
    """Every promise about a service. Where two edges make one about the same path, the stricter: pods do not know the edge."""
    strictest: dict[tuple[str, str], float] = {}
    paths: dict[str, set[str]] = {}
    for edge in topology.edges.values():
        for route in edge.routes:
            if route.bucket:
                continue  # the object store counts no requests by path
            path = route.path.rstrip("/") or "/"
            paths.setdefault(route.to, set()).add(path)
            if route.objective is not None:
                key = (route.to, path)
                strictest[key] = max(strictest.get(key, 0.0), route.objective)
    for (service, path), objective in strictest.items():
        longer = tuple(sorted(each for each in paths[service] if each != path and below(each, path)))
        yield Promise(service, path, objective, longer)


def below(path: str, other: str) -> bool:
    """Whether a path lies under another one."""
    return other == "/" or path.startswith(f"{other}/")


def pattern(path: str) -> str:
    """The path itself and all below it, as the edge means it, in RE2."""
    return f"{promql.literal(path)}(/.*)?"


def failed(topology: Topology, promise: Promise, window: str) -> str:
    """The share of requests that was not answered, over a window; not a number where there was no request."""
    series = scope(topology, promise.service)
    own = which(promise)
    all_of = promql.total(promql.rate(series.of(HTTP_SERVED, window, **own)))
    bad = promql.total(promql.rate(series.of(HTTP_SERVED, window, status=FAILED, **own)))
    return f"{promql.or_zero(bad)} / {all_of}"


def which(promise: Promise) -> dict[str, Matcher]:
    """The routes of the service that are meant; all of them for a path that has no other beside it."""
    meant = (Like(pattern(promise.path)),) if promise.path != "/" else ()
    longer = "|".join(pattern(each) for each in promise.others)
    found = (*meant, *((Like(longer, but=True),) if longer else ()))
    return {"route": found} if found else {}


def name(window: float) -> str:
    """The recorded series of a window, in Prometheus's own way of naming: level, metric, operations."""
    return f"path:http_failed:ratio_rate{promql.seconds(window)}"


def recorded(promise: Promise, window: float, namespace: str) -> str:
    """That series of one promise."""
    labels = {"namespace": namespace, **promise.labels}
    return f"{name(window)}{{{','.join(promql.matched(label, value) for label, value in labels.items())}}}"


def recordings(topology: Topology) -> Iterator[Body]:
    """The share that failed over every window of every promise, worked out once for all alerts and panels."""
    windows = sorted({length for window in WINDOWS for length in (window.short, window.long)})
    for promise in promises(topology):
        for length in windows:
            yield {
                "record": name(length),
                "expr": failed(topology, promise, promql.seconds(length)),
                "labels": {"namespace": topology.environment.namespace, **promise.labels},
            }


def burning(topology: Topology, promise: Promise, *, page: bool) -> str:
    """Whether the promise is used up too fast, at any of the windows; empty where not even failing always is so fast."""
    namespace = topology.environment.namespace
    found: list[str] = []
    for window in WINDOWS:
        limit = window.rate * promise.budget
        if window.page is not page or limit >= 1:
            continue
        long, short = (recorded(promise, length, namespace) for length in (window.long, window.short))
        found.append(f"({long} > {limit:.6g} and {short} > {limit:.6g})")
    return " or ".join(found)
