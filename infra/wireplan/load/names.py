"""The names in a system, where they were written, and what was meant by one that is not there."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from wireplan.findings import Edit, Finding, Place, Related, respelled
from wireplan.load import codes
from wireplan.load.document import Document
from wireplan.load.nearest import asked, listing, meant
from wireplan.model.system import System

Path = tuple[str | int, ...]


SECTIONS = {
    "database": "databases",
    "topic": "topics",
    "bucket": "buckets",
    "cache": "caches",
    "external": "externals",
    "edge": "edges",
}
"""The keys of the top level under which names of a kind stand; that of services must be there anyway."""


class Positions(Protocol):
    """What knows where a path was written."""

    def find(self, path: Path) -> Place | None:
        """The place of the value at `path`."""
        ...


@dataclass(frozen=True, slots=True)
class Unknown:
    """A use of a name that is not there: what it should name, the place, what was meant, and words beside it.

    `none` says that there is nothing at all of that kind, `section` which key is not there, where that is why.
    """

    noun: str
    name: str
    at: Place
    beside: str
    fix: str
    edit: Edit | None
    none: bool
    section: str = ""

    @property
    def cause(self) -> tuple[str, str]:
        """What all uses by the same fault have in common: the name, or the kind of which there is none."""
        return (self.noun, "" if self.none else self.name)


Found = Finding | Unknown
"""What a check yields: a finding, or one of several uses that may be one."""


@dataclass(frozen=True, slots=True)
class Names:
    """A system and where it was written, with the two questions that every check asks.

    Of the parts in `unsure` something wrong was taken out: what they lack is no fault of its own. `strays` are services and edges, each as
    noun and name, that an overlay sizes and the file does not have; the system is without them. `removed` are parts that an overlay takes out, by their full
    names: what speaks of one is for other environments.
    """

    system: System
    positions: Positions
    file: str
    unsure: frozenset[str] = frozenset()
    strays: frozenset[tuple[str, str]] = frozenset()
    removed: frozenset[str] = frozenset()

    def place(self, path: Path) -> Place:
        """The place of `path`, or of its nearest parent."""
        for length in range(len(path), 0, -1):
            found = self.positions.find(path[:length])
            if found is not None:
                return found
        return Place(self.file)

    def named(self, path: Path, name: str) -> Edit | None:
        """The edit that adds a name to a list or map of names; none where the system was built in Python."""
        return self.positions.named(path, name) if isinstance(self.positions, Document) else None

    def known(
        self, noun: str, name: str, known: Collection[str], path: Path, said: str = ""
    ) -> Iterator[Unknown]:
        """Nothing where `name` is known, else its use, with what was meant."""
        section = SECTIONS.get(noun, "")
        if name in known or {name, section} & self.unsure:
            return
        names = list(known)
        at = self.place(path)
        yield Unknown(
            noun,
            name,
            at,
            f"{asked(name, names)}{self.elsewhere(name, noun)}",
            f"Known: {listing(sorted(names) if said else names)}. {said}".rstrip(),
            corrected(at, name, names),
            none=not names,
            section="" if names or self.has(section) else section,
        )

    def has(self, section: str) -> bool:
        """Whether the topology file itself has a section; an overlay's alone only sizes what would be in it."""
        place = self.positions.find((section,))
        return section in self.system.model_fields_set and (place is None or place.file == self.file)

    def elsewhere(self, name: str, noun: str) -> str:
        """A word on what the name does name, where it is another noun's."""
        system = self.system
        tables = {
            "service": system.services, "topic": system.topics, "cache": system.caches,
            "bucket": system.buckets, "edge": system.edges, "external": system.externals,
        }  # fmt: skip
        found = next((other for other, table in tables.items() if other != noun and name in table), None)
        return f" (there is {'an' if found[0] in 'aeiou' else 'a'} {found} of that name)" if found else ""


def corrected(at: Place, name: str, known: Iterable[str]) -> Edit | None:
    """The edit that writes the name that was meant."""
    return respelled(at, name, meant(name, known))


def told(uses: Iterable[Unknown], file: str) -> Iterator[Finding]:
    """One finding for each name that is not there, however often it is used, and for a kind of which there is nothing.

    A name that is used more than once is hardly mistyped: what it names is missing, and no edit of a use is the one right answer. The
    first use in the topology file itself comes before those in its overlay, so that all environments have the same finding.
    """
    causes: dict[tuple[str, str], list[Unknown]] = {}
    for use in sorted(uses, key=lambda use: (use.at.file != file, use.at, use.name)):
        causes.setdefault(use.cause, []).append(use)
    for same in causes.values():
        first, *others = same
        several = any(use.name != first.name for use in others)
        note = "too" if several else "used here, too"
        yield codes.UNKNOWN_NAME.at(
            first.at,
            said(first, several=several),
            fix=f"Add {added(first.section, {use.name for use in same})}." if first.section else first.fix,
            related=tuple(Related(use.at, f"{use.name}, {note}" if several else note) for use in others),
            edit=None if others else first.edit,
        )


def said(first: Unknown, *, several: bool) -> str:
    """What is wrong where a name is not there; `several` names of a kind of which there is nothing."""
    if first.section:
        used = f"{first.section} are used" if several else f'{first.noun} "{first.name}" is used'
        return f"{used}, but there is no {first.section}: section"
    if several:
        return f'there is no {first.noun} at all, and "{first.name}" is not the only one that is used'
    return f'no {first.noun} is called "{first.name}"{first.beside}'


PARTS = {
    "topics": "{}: {{message: package.Message}}",
    "externals": "{}: {{url: https://...}}",
    "edges": "{}: {{host: www.example.com, routes: [...]}}",
}
"""How a part with a name is written where its name alone is not enough."""


def added(section: str, names: Iterable[str]) -> str:
    """The section that is missing, as it would be typed with some names in it."""
    known = sorted(names)
    if section in PARTS:
        return f"{section}: {{{', '.join(PARTS[section].format(name) for name in known)}}}"
    listed = f"[{', '.join(known)}]"
    return (
        f"{section}: {{main: {{databases: {listed}}}}}" if section == "databases" else f"{section}: {listed}"
    )
