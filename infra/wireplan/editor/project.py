"""A topology, its overlays and its protos as an editor has them open: which name stands at a place, where it is defined, where it is used."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

from wireplan.editor import protos, roles
from wireplan.editor.protos import Declared
from wireplan.editor.roles import CONTRACT, DATABASE, DEFINED, FIELD, METHOD, OF_PROTOS, Mention
from wireplan.findings import Place
from wireplan.load import spots
from wireplan.load.document import Document, Path, value
from wireplan.topology.types import Topology


@dataclass(frozen=True)
class Project:
    """`documents` by file, the topology's first; `topologies` by environment, each as it was when it last had no fault."""

    file: str
    documents: Mapping[str, Document]
    protos: Mapping[str, str] = field(default_factory=dict[str, str])
    topologies: Mapping[str, Topology] = field(default_factory=dict[str, Topology])
    broken: frozenset[str] = frozenset()
    """Files of which only a part can be read, as long as they have a fault."""

    @cached_property
    def declared(self) -> tuple[Declared, ...]:
        """What the protos declare."""
        return protos.all_of(self.protos)

    @cached_property
    def methods(self) -> frozenset[str]:
        """The full names of all methods."""
        return frozenset(each.name for each in self.declared if each.noun == METHOD)

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """Every name in the topology and its overlays, whole."""
        return tuple(
            whole
            for document in self.documents.values()
            for each in roles.mentions(document)
            for whole in self.wholes(each)
        )

    def mention(self, file: str, line: int, column: int) -> Mention | None:
        """The name at a position (from 1), with its full name where it is one of the protos'."""
        if file in self.protos:
            here = next(
                (d for d in self.declared if d.at.file == file and spots.covers(d.at, (line, column))), None
            )
            return Mention(here.noun, here.name, here.at, (), defines=True) if here else None
        found = [each for each in self.mentioned(file, line, column) if spots.covers(each.at, (line, column))]
        return found[-1] if found else None

    def mentioned(self, file: str, line: int, column: int) -> list[Mention]:
        """All names in the key or value at a position."""
        document = self.documents.get(file)
        spot = spots.at(document, line, column) if document else None
        return [whole for each in roles.of(spot) for whole in self.wholes(each)] if spot else []

    def names(self, noun: str) -> list[str]:
        """The names of a noun that can be referred to, in the order of the files."""
        if noun in OF_PROTOS:
            return list(dict.fromkeys(each.name for each in self.declared if each.noun == noun))
        found: dict[str, None] = {}
        for document in self.documents.values():
            if noun == DATABASE:
                clusters = table(document.data, "databases").values()
                found.update(dict.fromkeys(each for one in clusters for each in texts(one, "databases")))
            else:
                found.update(dict.fromkeys(table(document.data, noun)))
        return list(found)

    def definitions(self, mention: Mention) -> list[Place]:
        """Where a name is made known: in the topology, else in the overlays that add it; or in the protos."""
        if mention.noun in OF_PROTOS:
            return [
                each.at for each in self.declared if (each.noun, each.name) == (mention.noun, mention.name)
            ]
        for document in self.documents.values():
            found = list(defined(document, mention))
            if found:
                return found
        return []

    def references(self, mention: Mention, *, declaration: bool) -> list[Place]:
        """Where a name stands, in the order of the files."""
        here = [
            each.at
            for each in self.mentions
            if (each.noun, each.name) == (mention.noun, mention.name) and (declaration or not each.defines)
        ]
        return [*here, *(self.definitions(mention) if declaration and mention.noun in OF_PROTOS else ())]

    def wholes(self, mention: Mention) -> Iterator[Mention]:
        """A mention with its full name; of a place that a waiver or a drill names every part that it goes through."""
        if mention.path[0] == "waivers" or (mention.path[0] == "drills" and not mention.key):
            yield from self.through(mention)
        else:
            yield self.whole(mention)

    def whole(self, mention: Mention) -> Mention:
        """A mention with its full name: of a method its contract's, of a field its message's."""
        if mention.noun in (METHOD, FIELD):
            full = (
                self.method(mention)
                if mention.noun == METHOD
                else f"{self.message(mention.owner)}.{mention.name}"
            )
            return replace(mention, name=full)
        if mention.noun == DATABASE and not mention.key and mention.path[:1] == ("allow_data_loss",):
            names = self.names(DATABASE)
            return mention if mention.name in names else replace(mention, noun="databases")
        return mention

    def through(self, mention: Mention) -> Iterator[Mention]:
        """The parts on the way of a waiver's place, or a drill's: `services.a.calls.b` has two. Names may hold dots, so the longest that fits."""
        path: Path = (mention.noun,)
        rest, begin = mention.name, 0
        while rest:
            noun = roles.below(path)
            known = [n for n in self.names(noun) if f"{rest}.".startswith(f"{n}.")] if noun else []
            name = max(known, key=len) if known else rest if noun else rest.partition(".")[0]
            if noun:
                yield replace(mention, noun=noun, name=name, at=stretch(mention, begin, name))
            path, begin, rest = (*path, name), begin + len(name) + 1, rest[len(name) + 1 :]

    def method(self, mention: Mention) -> str:
        """The full name of a method: in the contract that the call names, else in the first of its service's that has it."""
        written = value(self.data, (*mention.path[:4], CONTRACT)) if mention.path[2:3] == ("calls",) else None
        served = [str(written)] if written else self.serves(mention.owner)
        full = [f"{contract}.{mention.name}" for contract in served]
        return next((name for name in full if name in self.methods), full[0] if full else mention.name)

    def serves(self, service: str) -> list[str]:
        """The contracts of a service."""
        return texts(value(self.data, ("services", service)), "serves")

    def message(self, topic: str) -> str:
        """The message of a topic."""
        return str(value(self.data, ("topics", topic, "message")) or "")

    @property
    def data(self) -> Any:
        """What the topology file says."""
        return self.documents[self.file].data


def stretch(mention: Mention, begin: int, name: str) -> Place:
    """The place of a part of a mention's name."""
    at = mention.at
    if at.end_column - at.column != len(mention.name):
        return at
    return replace(at, column=at.column + begin, end_column=at.column + begin + len(name))


def defined(document: Document, mention: Mention) -> Iterator[Place]:
    """Where one file makes a name known. In an overlay, a key that says more of a part counts only where nothing else defines it."""
    if mention.noun in DEFINED:
        path: Path = (mention.noun, mention.name)
        found = document.find_key(path)
        if found is not None:
            yield found
    elif mention.noun == DATABASE:
        for cluster in table(document.data, "databases"):
            place = document.find_key(("databases", cluster, "databases", mention.name))
            if place is not None:
                yield place


def table(data: Any, noun: str) -> dict[str, Any]:
    """The parts of a noun; of a list of names, each with nothing."""
    found = value(data, (noun,))
    if isinstance(found, dict):
        return cast("dict[str, Any]", found)
    return dict.fromkeys(texts(data, noun))


def texts(data: Any, key: str) -> list[str]:
    """A list of texts, or its only one."""
    found = value(data, (key,))
    items = cast("list[Any]", found) if isinstance(found, list) else [found]
    return [item for item in items if isinstance(item, str)]
