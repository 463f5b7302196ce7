"""What is kept between two readings of the same files, so that an edit costs what it changes: pieces of the texts, and parts that were valid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from wireplan.findings import Finding
from wireplan.load.document import Document
from wireplan.load.pieces import Pieces
from wireplan.load.shape import built
from wireplan.model.base import Part
from wireplan.model.system import System

MANY = ("services", "topics")
"""The maps that grow with a system. Their parts are frozen, so a valid one serves again as long as its data is the same object."""

Parsed = tuple[Document, tuple[Finding, ...]]


@dataclass
class Again:
    """The memory of one topology and its overlays. What a round did not ask for is forgotten at its end."""

    pieces: dict[str, Pieces] = field(default_factory=dict[str, Pieces])
    parsed: dict[str, tuple[str, Parsed]] = field(default_factory=dict[str, tuple[str, Parsed]])
    known: dict[int, tuple[object, Part]] = field(default_factory=dict[int, tuple[object, Part]])
    asked: dict[int, tuple[object, Part]] = field(default_factory=dict[int, tuple[object, Part]])

    def round(self) -> None:
        """End a round: what it asked for is known in the next, all else is forgotten."""
        self.known, self.asked = self.asked, {}

    def parse(self, text: str, file: str) -> Parsed:
        """As `wireplan.load.parse.parse`."""
        before = self.parsed.get(file)
        if before is None or before[0] != text:
            before = text, self.pieces.setdefault(file, Pieces()).parse(text, file)
            self.parsed[file] = before
        return before[1]

    def build(self, data: Any) -> System:
        """As `wireplan.load.shape.built`."""
        system = built(self.with_known(data))
        for noun in MANY:
            parts: Mapping[str, Part] = getattr(system, noun)
            for name, raw in maps(data, noun).items():
                self.asked[id(raw)] = (raw, parts[name])
        return system

    def with_known(self, data: Any) -> Any:
        """The data, known parts in the place of what they were made from."""
        if not isinstance(data, dict):
            return data
        table: dict[str, Any] = dict(cast("dict[str, Any]", data))
        for noun in MANY:
            raws = maps(table, noun)
            if raws:
                table[noun] = {**table[noun], **{name: self.part(raw) for name, raw in raws.items()}}
        return table

    def part(self, raw: object) -> object:
        """The part that was made from this very object, or the object."""
        found = self.known.get(id(raw)) or self.asked.get(id(raw))
        return found[1] if found and found[0] is raw else raw


def maps(data: Any, noun: str) -> dict[str, object]:
    """What is written as a map in one of the maps by name: of short forms no part is kept."""
    written = cast("dict[str, Any]", data).get(noun) if isinstance(data, dict) else None
    if not isinstance(written, dict):
        return {}
    return {name: raw for name, raw in cast("dict[str, object]", written).items() if isinstance(raw, dict)}
