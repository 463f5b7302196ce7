"""Where each value of a Topology comes from, worked out when asked.

A value that the author wrote has its place in the file; of the others, `derived` knows the formulas and `defaults`
the reasons. Nothing is recorded while resolving, so a check of a large system does not pay for what it does not ask.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol, cast

from wireplan.findings import Place
from wireplan.model.base import Part
from wireplan.topology import defaults
from wireplan.topology.types import Origin, OriginKind, Path, Topology

SINGLE = frozenset(
    {
        "kafka",
        "environment",
        "object_store",
        "system",
        "moved",
        "rules",
        "waivers",
        "patches",
        "allow_data_loss",
    }
)
NAMED = frozenset(
    {
        "calls",
        "publishes",
        "consumes",
        "channels",
        "buckets",
        "databases",
        "routes",
        "steps",
        "breaks",
        "retries",
        "environment",
    }
)

RENAMED: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {
    ("cpu_request",): (("cpu",),),
    ("memory_request",): (("memory",),),
    ("memory_limit",): (("memory_limit",), ("memory",)),
    ("handler_timeout",): (("handler", "timeout"), ("handler",)),
    ("handler_mean",): (("handler", "mean"),),
    ("access",): (("access",), ()),
    ("awaits",): (("await",),),
    ("verifies_tokens_of",): (("accepts_tokens_of",),),
    ("http_protocol",): (("serves_http",),),
    ("redirect_uri",): (("redirect",),),
    ("replicas", "min"): (("replicas", "min"), ("replicas",)),
    ("replicas", "max"): (("replicas", "max"), ("replicas",)),
    ("retry", "attempts"): (("retry", "attempts"), ("retry",)),
    ("fallback", "kind"): (("fallback",),),
    ("fallback", "cache"): (("fallback", "cache"),),
    ("database", "name"): (("database", "name"), ("database",)),
    ("database", "reads_from_replicas"): (("reads_from_replicas",),),
    ("environment", "kafka_provider"): (("environment", "kafka"),),
    ("environment", "postgres_provider"): (("environment", "postgres"),),
    ("environment", "edge_provider"): (("environment", "edge"),),
}
"""How the end of a value's path is written in the file, where the two differ."""


SHORT = frozenset({"handler", "retry"})
"""Keys that may hold their one value alone (`handler: 20s`); a map there says nothing of what it does not name."""

PROVIDERS = {"databases": "postgres", "edges": "edge", "kafka": "kafka"}
"""Nouns whose provider the environment names."""


OF_WHOLE = frozenset(
    {
        *("tier", "identity", "headless", "replicas", "resources", "probes", "shutdown", "availability"),
        *("consumes", "database", "environment", "secrets"),
    }
)
"""What a service that is split off has as its whole says: written there, or by the same formulas and defaults."""


class Positions(Protocol):
    """What knows where a path of the file was written; a Document, or a System built in Python."""

    def find(self, path: Path) -> Place | None:
        """The place of the value at `path`, or None where nothing was written."""
        ...

    def alone(self, path: Path) -> bool:
        """Whether the value at `path` is one value, not a map or a list."""
        ...


class Written:
    """Positions of a System that was built in Python: it knows what was given, not where."""

    def __init__(self, system: Part, file: str = "(python)") -> None:
        self.system = system
        self.file = file

    def find(self, path: Path) -> Place | None:
        """A place without a line, where the value was given."""
        value: object = self.system
        for step in path:
            value = given(value, step)
            if value is None:
                return None
        return Place(self.file)

    def alone(self, path: Path) -> bool:
        """Never: what is built in Python has no short forms."""
        del path
        return False


def given(value: object, step: str | int) -> object:
    """What was given one step down in a model, map or list; None where nothing was."""
    if isinstance(value, Part):
        return getattr(value, str(step)) if step in value.model_fields_set else None
    if isinstance(value, dict):
        return cast("dict[object, object]", value).get(step)
    if not isinstance(value, list):
        return None
    items = cast("list[object]", value)
    if isinstance(step, int):
        return items[step] if 0 <= step < len(items) else None
    return step if step in items else None


class Origins(Mapping[Path, Origin]):
    """The origins of a Topology by path. Iterating gives nothing: there is no end of paths one may ask for."""

    def __init__(self, positions: Positions, file: str) -> None:
        self.positions = positions
        self.file = file
        self.topology: Topology | None = None

    def bind(self, topology: Topology) -> Topology:
        """Tell whose origins these are, so that formulas can be shown with their numbers; the topology again."""
        self.topology = topology
        return topology

    def release(self) -> None:
        """Forget whose origins these are: a topology that is done with goes at once, and need not be found in a circle with them."""
        self.topology = None

    def __getitem__(self, path: Path) -> Origin:
        whole = self.whole(path)
        if whole and (len(path) < 3 or path[2] not in OF_WHOLE or path[2:] == ("database", "name")):
            place = self.positions.find(("services", whole, "split")) or Place(self.file)
            return Origin(OriginKind.DERIVED, place, f"a channel of {whole}, which is split")
        if path[2:] == ("channels",) and (split := self.positions.find((*path[:2], "split"))):
            return Origin(OriginKind.DERIVED, split, "services of their own send by them")
        for candidate in sources(("services", whole, *path[2:]) if whole else path):
            place = self.positions.find(candidate)
            if place is not None and (candidate[-1] not in SHORT or self.positions.alone(candidate)):
                return Origin(OriginKind.WRITTEN, place)
        pattern = masked(path)
        reason = self.formula(pattern, path)
        if reason:
            return Origin(OriginKind.DERIVED, self.nearest(path), reason)
        default = defaults.TABLE.get(pattern)
        if default is None:
            raise KeyError(path)
        return Origin(OriginKind.DEFAULT, self.nearest(path), default.why)

    def whole(self, path: Path) -> str | None:
        """The service at which the author writes what is said of one that is split off from it."""
        service = (
            self.topology.services.get(str(path[1]))
            if self.topology and path[:1] == ("services",) and len(path) > 1
            else None
        )
        return service.part_of if service else None

    def formula(self, pattern: str, path: Path) -> str:
        """How the value follows from others; empty where it does not."""
        from wireplan.topology.derived import FORMULAS

        found = FORMULAS.get(pattern)
        return found(self.topology, path) if found and self.topology else ""

    def nearest(self, path: Path) -> Place:
        """The place of the nearest parent that was written."""
        path = ("services", whole, *path[2:]) if (whole := self.whole(path)) else path
        for length in range(len(path) - 1, 0, -1):
            for candidate in sources(path[:length]):
                place = self.positions.find(candidate)
                if place is not None:
                    return place
        return Place(self.file)

    def __iter__(self) -> Iterator[Path]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Origins)

    __hash__ = None  # pyright: ignore[reportAssignmentType]


def masked(path: Path) -> str:
    """The pattern of a path in the tables of defaults and formulas: names become `*`."""
    words = ["*" if isinstance(step, int) else step for step in path]
    if len(words) > 1 and words[0] not in SINGLE:
        words[1] = "*"
    if len(words) > 3 and words[2] in NAMED:
        words[3] = "*"
    elif len(words) > 4 and words[3] in NAMED:
        words[4] = "*"
    return ".".join(words)


def sources(path: Path) -> Iterator[Path]:
    """Where the value at `path` may have been written, the first that is there counts."""
    noun = path[0] if path else ""
    for renamed in spelled(path):
        yield renamed
        if noun == "services" and len(path) > 2:
            yield from common(renamed)
        elif noun == "topics" and len(path) > 2:
            yield ("defaults", "topics", *renamed[2:])
        elif noun in PROVIDERS and path[-1:] == ("provider",):
            yield ("environment", PROVIDERS[str(noun)])


def spelled(path: Path) -> Iterator[Path]:
    """A path as the file spells it."""
    for length in (2, 1):
        for end in RENAMED.get(tuple(str(step) for step in path[-length:]), ()):
            yield (*path[:-length], *end)
    yield path
    if path[-1:] == ("delay",):
        yield path[:-1]  # a retry step is written as its delay alone


def common(path: Path) -> Iterator[Path]:
    """Where `defaults` says it for all services, calls or consumer groups."""
    noun, rest = path[2:3], path[4:]
    if noun in (("calls",), ("consumes",)) and rest:
        yield ("defaults", *noun, *rest)
    elif noun == ("database",):
        yield from [("defaults", "services", *path[3:])] if path[3:] else ()
    elif noun:
        yield ("defaults", "services", *path[2:])
