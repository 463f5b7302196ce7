"""What is broken on purpose, and what must hold all the same."""

from wireplan.records import dataclass


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that a drill breaks: a part by its full name. `lasts` is the longest time of a freeze; a kill has none."""

    part: str  # services.upload | databases.main | kafka
    how: str  # kill | freeze
    which: str  # one | leader | all
    lasts: float | None


@dataclass(frozen=True, slots=True)
class Quiet:
    """When a system has come to rest: nothing on its way for `stable` seconds, reached `within` so many."""

    stable: float
    within: float


@dataclass(frozen=True, slots=True)
class Control:
    """The value, by its path in the file, with which a drill has to fail."""

    change: str
    to: str


@dataclass(frozen=True, slots=True)
class Drill:
    """What is broken on purpose, and the guarantees that must hold, each by its path (`services.gateway.calls.statistics`)."""

    name: str
    breaks: tuple[Break, ...]
    holds: tuple[str, ...]
    quiet: Quiet | None
    control: Control | None
