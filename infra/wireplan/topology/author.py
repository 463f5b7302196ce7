"""Who can say how a change of the topology file would be typed, so that a rule can offer the one right answer as an edit."""

from typing import Protocol, runtime_checkable

from wireplan.findings import Edit
from wireplan.topology.types import Path, Topology


@runtime_checkable
class Author(Protocol):
    """What can say how a change would be typed; a Document. Each is None where that is not certain."""

    def written(self, path: Path, text: str) -> Edit | None:
        """Write a value where none is."""
        ...

    def rewritten(self, path: Path, text: str) -> Edit | None:
        """Replace a value."""
        ...

    def named(self, path: Path, name: str) -> Edit | None:
        """Add a name to a list or a map of names."""
        ...

    def left_out(self, path: Path) -> Edit | None:
        """Take a value out."""
        ...


def author(topology: Topology) -> Author | None:
    """The file that a topology was read from; nobody of a System that was built in Python."""
    positions = getattr(topology.origins, "positions", None)
    return positions if isinstance(positions, Author) else None
