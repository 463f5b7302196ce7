"""A part of a Topology value by value, each with its origin: what `wireplan show` and `why` print."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, cast

from wireplan.model.units import cpu_text, duration_text, plain, rate_text, share_text, size_text
from wireplan.topology import keys
from wireplan.topology.parts import HELD, Part, UnknownPartError, meant, parts, rank
from wireplan.topology.types import Origin, OriginKind, Path, Topology

NOUNS = ("services", "topics", "databases", "caches", "buckets", "edges", "externals", "sagas", "drills")
ENVIRONMENT = "environment"
HIDDEN = frozenset({"name", "service", "caller", "callee", "topic", "bucket", "way"})
"""Fields that repeat the path, where their value is its last or next-to-last element."""

SECONDS = frozenset(
    {
        *("deadline", "timeout", "pre_stop", "drain", "grace", "period", "initial_delay", "budget"),
        *("max_connection_age", "max_connection_age_grace", "keepalive_time", "keepalive_timeout"),
        *("min_ping_interval", "initial_backoff", "max_backoff", "window", "open_for", "open_max"),
        *("ttl", "max_stale", "stale", "session_timeout", "max_poll_interval", "handler_timeout", "delay"),
        *("max_lifetime", "connect_timeout", "statement_timeout", "access", "refresh"),
        *("retention", "every", "keep", "verify", "rpo", "outage", "handler_mean", "catch_up"),
        *("lasts", "stable", "within", "certificate_lifetime"),
    }
)
SIZES = frozenset(
    {"memory_request", "memory_limit", "size", "heap", "memory", "max_message_bytes", "max_body"}
)
CPUS = frozenset({"cpu_request", "cpu_limit"})
RATES = frozenset({"rate"})
SHARES = frozenset({"availability", "objective", "sample"})


NONE = "none unless written"


@dataclass(frozen=True, slots=True)
class Value:
    """One value, as a person reads it, and where it comes from. `key` is its path as the file spells it; None where nobody can write it."""

    path: Path
    value: object
    text: str
    origin: Origin
    key: Path | None = None


def nodes(topology: Topology) -> tuple[str, ...]:
    """Every part by its full name: `services.upload`, `topics.video.uploaded`, `kafka`."""
    return tuple(each.full for each in shown(topology))


def shown(topology: Topology) -> tuple[Part, ...]:
    """What can be shown: every part, and the environment."""
    return (*parts(topology), Part(ENVIRONMENT))


def located(topology: Topology, wanted: str) -> Path:
    """The path of what a person calls `upload`, `services.upload` or `services.upload.calls.auth`; as the file spells it, where only that is so called.

    Raises:
        UnknownPartError: nothing, or more than one part, is called so.
    """
    if wanted in NOUNS:
        return (wanted,)
    every = shown(topology)
    begun = wanted
    while begun and not any(rank(each, begun) < HELD for each in every):
        begun = begun.rpartition(".")[0]
    part = meant(begun or wanted, every)
    path: Path = (part.noun, part.name) if part.name else (part.noun,)
    rest = wanted[len(begun) + 1 :] if begun else ""
    try:
        return (*path, *inside(at(topology, path), rest, wanted, topology))
    except UnknownPartError:
        if spelled := of_key(topology, path, rest):
            return spelled
        raise


def of_key(topology: Topology, part: Path, rest: str) -> Path | None:
    """The path of what the file spells so below a part: `resources.memory` below `services.upload`."""
    for value in described(topology, part):
        key = value.key or ()
        for length in range(len(part) + 1, len(key) + 1):
            if key[: len(part)] == part and ".".join(map(str, key[len(part) : length])) == rest:
                return key[:length]
    return None


def inside(value: object, rest: str, wanted: str, topology: Topology) -> Path:
    """The path of `rest` below a value; names may hold dots, so the longest that fits is taken."""
    if not rest:
        return ()
    for key in sorted((str(k) for k, _ in children(value)), key=len, reverse=True):
        if rest == key or rest.startswith(f"{key}."):
            below = next(child for k, child in children(value) if str(k) == key)
            step: str | int = int(key) if isinstance(value, tuple) else key
            return (step, *inside(below, rest[len(key) + 1 :], wanted, topology))
    typed = wanted.removesuffix(rest)
    beside = [f"{typed}{keys.word(str(key))}" for key, _ in children(value)]
    raise UnknownPartError(wanted, beside or nodes(topology), beside, several=False)


def children(value: object) -> Iterator[tuple[str | int, object]]:
    """What is below a value, by name or index."""
    if isinstance(value, Mapping):
        yield from cast("Mapping[str, object]", value).items()
    elif is_dataclass(value):
        yield from ((f.name, getattr(value, f.name)) for f in fields(value))
    elif isinstance(value, tuple):
        yield from enumerate(cast("tuple[object, ...]", value))


def at(topology: Topology, path: Path) -> object:
    """The value at a path."""
    value: Any = topology
    for step in path:
        value = next(child for key, child in children(value) if key == step)
    return value


def described(topology: Topology, path: Path) -> Iterator[Value]:
    """Every plain value at or below `path`, be it as a Topology or as the file spells it."""
    try:
        found = at(topology, path)
    except StopIteration:
        node = path[:2] if path[0] in NOUNS else path[:1]
        every = leaves(topology, node, at(topology, node))
        yield from (each for each in every if each.key and each.key[: len(path)] == path)
    else:
        yield from leaves(topology, path, found)


def leaves(topology: Topology, path: Path, value: object) -> Iterator[Value]:
    """Plain values below a value; lists of plain values count as one."""
    below = list(children(value))
    if below and not plain_list(value):
        for key, child in below:
            yield from leaves(topology, (*path, key), child)
    elif not repeats(path, value):
        yield Value(path, value, text(path, value), origin(topology, path, value), keys.key(topology, path))


def absent(value: Value) -> bool:
    """Whether a value is not there because nobody wrote it."""
    return value.text == "-" and value.origin.kind is not OriginKind.WRITTEN


def plain_list(value: object) -> bool:
    """Whether a value is a list without parts of their own."""
    return isinstance(value, tuple) and not any(
        is_dataclass(item) for item in cast("tuple[object, ...]", value)
    )


def repeats(path: Path, value: object) -> bool:
    """Whether a value only says again what its path says."""
    return path[-1] in HIDDEN and value in path[:-1]


def text(path: Path, value: object) -> str:
    """A value as a person writes it in the file."""
    if value is None or value in ((), {}):
        return "-"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(text(path, item) for item in cast("tuple[object, ...]", value))
    return number(str(path[-1]), value) if isinstance(value, int | float) else str(value)


def number(field: str, value: float) -> str:
    """A number with its unit."""
    if field in SECONDS:
        return duration_text(value)
    if field in SIZES:
        return size_text(int(value))
    if field in CPUS:
        return cpu_text(int(value))
    if field in SHARES:
        return share_text(value)
    return rate_text(value) if field in RATES else plain(value)


def origin(topology: Topology, path: Path, value: object) -> Origin:
    """Where a value comes from; a parent's formula or default counts for what is in it, a parent's place does not."""
    none = value in (None, (), {}, False, 0)
    for length in range(len(path), 1, -1):
        found = topology.origins.get(path[:length])
        whole = length == len(path)
        if found is None or (not whole and found.kind is OriginKind.WRITTEN):
            continue
        if value is None and found.kind is OriginKind.DEFAULT:
            break
        return found
    return Origin(OriginKind.DEFAULT, topology.place(*path), NONE if none else "")
