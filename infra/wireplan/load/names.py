"""The names in a system, where they were written, and what was meant by one that is not there."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

from wireplan.findings import Edit, Finding, Place
from wireplan.load import codes
from wireplan.load.nearest import asked, listing, meant
from wireplan.model.system import System

Path = tuple[str | int, ...]


class Positions(Protocol):
    """What knows where a path was written."""

    def find(self, path: Path) -> Place | None:
        """The place of the value at `path`."""
        ...


@dataclass(frozen=True, slots=True)
class Names:
    """A system and where it was written, with the two questions that every check asks.

    Of the parts in `unsure` something wrong was taken out: what they lack is no fault of its own.
    """

    system: System
    positions: Positions
    file: str
    unsure: frozenset[str] = frozenset()

    def place(self, path: Path) -> Place:
        """The place of `path`, or of its nearest parent."""
        for length in range(len(path), 0, -1):
            found = self.positions.find(path[:length])
            if found is not None:
                return found
        return Place(self.file)

    def known(
        self, noun: str, name: str, known: Collection[str], path: Path, said: str = ""
    ) -> Iterator[Finding]:
        """Nothing where `name` is known, else the finding with what was meant."""
        if name in known or name in self.unsure:
            return
        names = list(known)
        at, near = self.place(path), meant(name, names)
        plain = at.line == at.end_line and at.end_column - at.column == len(name)
        yield codes.UNKNOWN_NAME.at(
            at,
            f'no {noun} is called "{name}"{asked(name, names)}{self.elsewhere(name, noun)}',
            fix=f"Known: {listing(sorted(names) if said else names)}. {said}".rstrip(),
            edit=Edit(at, near) if near and plain else None,
        )

    def elsewhere(self, name: str, noun: str) -> str:
        """A word on what the name does name, where it is another noun's."""
        system = self.system
        tables = {
            "service": system.services, "topic": system.topics, "cache": system.caches,
            "bucket": system.buckets, "edge": system.edges, "external": system.externals,
        }  # fmt: skip
        found = next((other for other, table in tables.items() if other != noun and name in table), None)
        return f" (there is {'an' if found[0] in 'aeiou' else 'a'} {found} of that name)" if found else ""
