"""Where values come from: a place in a file, a default and its reason, a formula and its inputs."""

from enum import Enum

from wireplan.findings import Place
from wireplan.records import dataclass

Path = tuple[str | int, ...]


class OriginKind(Enum):
    """How a value came to be."""

    WRITTEN = "written"
    DEFAULT = "default"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: a place in a file, a default and its reason, or a formula and its inputs."""

    kind: OriginKind
    place: Place
    reason: str = ""
