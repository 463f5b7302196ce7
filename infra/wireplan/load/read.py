"""A topology file and its overlay to a System: the whole way from bytes to a checked model, all faults in one run.

Files are read by a function that is given: this room opens none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Protocol

from wireplan.findings import Finding
from wireplan.load import codes
from wireplan.load.document import Document
from wireplan.load.hidden import masked
from wireplan.load.limits import FAULTS
from wireplan.load.names import Names
from wireplan.load.overlay import Strays, merged, removed, strays, whole
from wireplan.load.parse import decoded, parse
from wireplan.load.references import references
from wireplan.load.shape import Shape, built, validated
from wireplan.model.system import System

Reader = Callable[[str], bytes]
Parser = Callable[[str, str], tuple[Document, tuple[Finding, ...]]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a topology file says, or what keeps it from saying it.

    `names` is what further checks may look at: the system, or what is left of it without its wrong values. `sources`
    are the files before they were merged: what an overlay replaces is still in the text of the first.
    """

    document: Document
    system: System | None
    findings: tuple[Finding, ...]
    names: Names | None = None
    sources: tuple[Document, ...] = ()


def shown(sources: tuple[Document, ...]) -> Mapping[str, str]:
    """The texts that excerpts may be taken from, by file: without what may be a secret."""
    return {document.file: masked(document) for document in sources}


class Memory(Protocol):
    """What may be kept from one reading to the next (`wireplan.load.again`)."""

    def parse(self, text: str, file: str) -> tuple[Document, tuple[Finding, ...]]:
        """A document and its faults."""
        ...

    def build(self, data: Any) -> System:
        """The System that plain data describes."""
        ...


def load(read: Reader, file: str, overlay: str | None = None, memory: Memory | None = None) -> Loaded:
    """The system in `file` with `overlay` laid over it.

    `system` is there when the shape is right, even when references do not hold; look at the findings first.
    """
    parse, build = (memory.parse, memory.build) if memory else (once, built)
    document, findings = document_of(read, file, parse)
    sources = (document,)
    if overlay is not None:
        over, more = document_of(read, overlay, parse)
        findings = [*findings, *more]
        sources = (document, over)
    if any(f.code in UNREADABLE for f in findings):
        return Loaded(document, None, ordered(bounded(findings)), sources=sources)
    if overlay is not None:
        document = merged(*sources)
    stray = strays(*sources)
    shape = validated(whole(document, stray), build)
    places = {f.at for f in findings}
    findings = bounded([*findings, *(f for f in shape.findings if f.at not in places)])
    names = names_in(shape, document, file, sources, stray)
    if names is not None:
        findings = [*findings, *bounded(list(islice(references(names), FAULTS + 1)))]
    return Loaded(document, shape.system, ordered(findings), names, sources)


def names_in(
    shape: Shape, document: Document, file: str, sources: tuple[Document, ...], stray: Strays
) -> Names | None:
    """The names of a system, or of what is left of it, without services that only an overlay sizes."""
    system = shape.system or (shape.rest.system if shape.rest else None)
    if system is None:
        return None
    if stray:
        kept = {name: each for name, each in system.services.items() if ("services", name) not in stray}
        system = system.model_copy(update={"services": kept})
    unsure = shape.rest.unsure if shape.system is None and shape.rest else frozenset[str]()
    return Names(system, document, file, unsure, stray, removed(*sources))


def bounded(findings: list[Finding]) -> list[Finding]:
    """As many findings as are told, the first by place; where there are more, the last one says so."""
    if len(findings) <= FAULTS:
        return findings
    kept = ordered(findings)[:FAULTS]
    return [*kept, codes.TOO_MANY.at(kept[-1].at, f"there are more faults than the {FAULTS} that are told")]


UNREADABLE = frozenset(
    c.code
    for c in (
        codes.SYNTAX,
        codes.UNCLOSED,
        codes.INDENTATION,
        codes.ENCODING,
        codes.DOCUMENTS,
        codes.TAB,
        codes.EMPTY,
        codes.ALIAS,
        codes.LIMIT,
        codes.TOO_DEEP,
        codes.LONG_NUMBER,
    )
)
"""After these, what follows would be guesses: one cause, one finding."""


def document_of(read: Reader, file: str, parse: Parser) -> tuple[Document, list[Finding]]:
    """The document in one file."""
    text, findings = decoded(read(file), file)
    if findings:
        return Document(file, {}, None, {file: ""}), findings
    document, faults = parse(text, file)
    return document, list(faults)


@lru_cache(maxsize=2)
def once(text: str, file: str) -> tuple[Document, tuple[Finding, ...]]:
    """A document and its faults; kept, since a topology is read once for each of its environments."""
    document, faults = parse(text, file)
    return document, tuple(faults)


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """Findings by place, so that the same input gives the same bytes."""
    return tuple(sorted(findings, key=Finding.sort_key))
