"""How rules say numbers and where they come from, so that every sum can be followed to its lines."""

from collections.abc import Iterable, Mapping

from wireplan.model.units import LONG, duration_text, rate_text
from wireplan.topology.chains import Entry, way
from wireplan.topology.types import Call, OriginKind, Path, Topology

MINUTE, HOUR, DAY = 60, 3600, 86400
SECONDS_UP_TO = 600  # up to here a person counts in seconds


def duration(seconds: float) -> str:
    """Seconds in the unit that a topology file would use: 800ms, 45s, 7d."""
    if seconds < 1 or seconds != int(seconds):
        return f"{round(seconds * 1000)}ms"
    whole = int(seconds)
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if whole > SECONDS_UP_TO and whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s" if whole < LONG else duration_text(whole)


SIZES = (("Gi", 1024**3), ("Mi", 1024**2), ("Ki", 1024), ("G", 10**9), ("M", 10**6), ("k", 10**3))


def size(count: int) -> str:
    """Bytes in the largest unit that leaves no rest, as a topology file would say it: 1Mi, 1048588."""
    return next(
        (f"{count // unit}{suffix}" for suffix, unit in SIZES if count and count % unit == 0), f"{count}"
    )


def rate(per_second: float) -> str:
    """A rate as a topology file would say it, with three digits where no unit of time leaves a whole number: 20/s, 60/h, 0.429/s."""
    text = rate_text(per_second)
    return text if "." not in text else f"{per_second:.3g}/s"


SPANS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"))


def span(seconds: float) -> str:
    """A time that was worked out, in the largest unit it fills, with one digit more: 1.5d, 14.4h, 12s."""
    size, unit = next(((size, unit) for size, unit in SPANS if seconds >= size), (1, "s"))
    return f"{seconds / size:.1f}".removesuffix(".0") + unit


def whence(topology: Topology, path: Path) -> str:
    """Where a value comes from, short enough to stand in brackets: line 29, local.yaml line 4, default, derived."""
    origin = topology.origin(*path)
    if origin.kind is OriginKind.DEFAULT:
        return "default"
    if origin.kind is OriginKind.DERIVED:
        return "derived"
    if origin.place.file == topology.file:
        return f"line {origin.place.line}"
    return f"{origin.place.file} line {origin.place.line}"


def written(topology: Topology, path: Path) -> bool:
    """Whether the author wrote the value at `path`, or a default for it."""
    origin = topology.origins.get(path)
    return origin is not None and origin.kind is OriginKind.WRITTEN


def term(topology: Topology, words: str, path: Path) -> str:
    """One term of a sum with its origin: `handler 120s (line 29)`."""
    return f"{words} ({whence(topology, path)})"


def steps(topology: Topology, way: Iterable[Call]) -> str:
    """A path of calls, each with its line: `"a" -> "b" (line 5) -> "c" (line 9)`."""
    calls = list(way)
    ends = [
        term(topology, f'"{call.callee}"', ("services", call.caller, "calls", call.callee)) for call in calls
    ]
    return " -> ".join([f'"{calls[0].caller}"', *ends])


def arrival(topology: Topology, table: Mapping[str, Entry], name: str) -> str:
    """How requests come to a service that they cannot do without: `edge "public" (line 3) -> "a" -> "b" (line 5), each call critical`."""
    entry = table[name]
    route = term(topology, f'edge "{entry.edge.name}"', ("edges", entry.edge.name, "routes", entry.route))
    calls = way(table, entry.last)
    path_of_calls = f"{steps(topology, calls)}, each call critical" if calls else f'"{name}"'
    return f"{route} -> {path_of_calls}"


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    every = list(words)
    if len(every) < 2:
        return "".join(every)
    return f"{', '.join(every[:-1])} and {every[-1]}"
