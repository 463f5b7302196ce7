"""A topology file and its overlay to a System: the whole way from bytes to a checked model, all faults in one run.

Files are read by a function that is given: this room opens none.
"""

from collections.abc import Callable
from dataclasses import dataclass

from wireplan.findings import Finding, Severity
from wireplan.load import codes
from wireplan.load.document import Document
from wireplan.load.overlay import merged
from wireplan.load.parse import decoded, parse
from wireplan.load.references import references
from wireplan.load.shape import validated
from wireplan.model.system import System

Reader = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a topology file says, or what keeps it from saying it."""

    document: Document
    system: System | None
    findings: tuple[Finding, ...]


def load(read: Reader, file: str, overlay: str | None = None) -> Loaded:
    """The system in `file` with `overlay` laid over it.

    `system` is there when the shape is right, even when references do not hold; look at the findings first.
    """
    document, findings = document_of(read, file)
    if overlay is not None:
        over, more = document_of(read, overlay)
        findings = [*findings, *more]
        document = merged(document, over)
    if any(f.code in UNREADABLE for f in findings):
        return Loaded(document, None, ordered(findings))
    system, shape = validated(document)
    places = {f.at for f in findings}
    findings = [*findings, *(f for f in shape if f.at not in places)]
    if system is not None:
        findings = [*findings, *references(system, document, file)]
    return Loaded(document, system if not errors(findings) or not shape else None, ordered(findings))


UNREADABLE = frozenset(
    c.code
    for c in (codes.SYNTAX, codes.ENCODING, codes.DOCUMENTS, codes.TAB, codes.EMPTY, codes.ALIAS, codes.LIMIT)
)
"""After these, what follows would be guesses: one cause, one finding."""


def document_of(read: Reader, file: str) -> tuple[Document, list[Finding]]:
    """The document in one file."""
    text, findings = decoded(read(file), file)
    if findings:
        return Document(file, {}, None, {file: ""}), findings
    return parse(text, file)


def errors(findings: list[Finding]) -> bool:
    """Whether any finding forbids going on."""
    return any(f.severity is Severity.ERROR for f in findings)


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """Findings by place, so that the same input gives the same bytes."""
    return tuple(sorted(findings, key=Finding.sort_key))
