"""Findings, places, symbols and edits in the words of the protocol."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from lsprotocol import types as lsp
from pygls import uris

from wireplan.editor.completion import Offer
from wireplan.editor.positions import Position, Text
from wireplan.findings import Edit, Finding, Place, Severity
from wireplan.load.codes import ALLOWED_NOTHING
from wireplan.load.spots import Entry
from wireplan.report.run import Seen
from wireplan.rules.waivers import UNUSED

SEVERITIES = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.NOTE: lsp.DiagnosticSeverity.Information,
}
NEEDLESS = frozenset({UNUSED.code, ALLOWED_NOTHING.code})
"""Codes of what could be left out: editors show it faded."""
KINDS = {
    "key": lsp.CompletionItemKind.Field,
    "name": lsp.CompletionItemKind.Reference,
    "word": lsp.CompletionItemKind.EnumMember,
}
SYMBOLS = {
    "services": lsp.SymbolKind.Class,
    "topics": lsp.SymbolKind.Event,
    "databases": lsp.SymbolKind.Struct,
    "caches": lsp.SymbolKind.Struct,
    "buckets": lsp.SymbolKind.Struct,
    "edges": lsp.SymbolKind.Interface,
    "externals": lsp.SymbolKind.Interface,
    "sagas": lsp.SymbolKind.Function,
}

Texts = Callable[[str], Text]
"""The text of a file."""


def uri(file: str) -> str:
    """The address of a file."""
    return uris.from_fs_path(file) or ""


def file_of(address: str) -> str | None:
    """The file of an address; None where it is none."""
    path = uris.to_fs_path(address)
    return str(Path(path)) if path else None


def position(at: Position) -> lsp.Position:
    """A position."""
    return lsp.Position(*at)


def range_of(text: Text, place: Place) -> lsp.Range:
    """The range of a place."""
    begin, end = text.range(place)
    return lsp.Range(position(begin), position(end))


def location(texts: Texts, place: Place) -> lsp.Location:
    """A place in any file."""
    return lsp.Location(uri(place.file), range_of(texts(place.file), place))


def diagnostic(seen: Seen, text: Text, texts: Texts, environments: int, page: str | None) -> lsp.Diagnostic:
    """A finding. `page` is the address of what `wireplan explain` says of its code."""
    finding = seen.finding
    return lsp.Diagnostic(
        range=range_of(text, finding.at),
        severity=SEVERITIES[finding.severity],
        code=finding.code or None,
        code_description=lsp.CodeDescription(page) if page else None,
        source="wireplan",
        message=message(seen, environments),
        tags=[lsp.DiagnosticTag.Unnecessary] if finding.code in NEEDLESS else None,
        related_information=[
            lsp.DiagnosticRelatedInformation(location(texts, each.at), each.note) for each in finding.related
        ]
        or None,
    )


def message(seen: Seen, environments: int) -> str:
    """What, why and how to fix, a line each; where not all environments have it, which do. Files are called as seen from the topology's folder."""
    finding = seen.finding
    only = "" if len(seen.environments) == environments else f" (in {', '.join(seen.environments)})"
    lines = [f"{finding.what}{only}", finding.why, f"Fix: {finding.fix}" if finding.fix else ""]
    return "\n".join(line for line in lines if line).replace(f"{Path(finding.at.file).parent}/", "")


def edits(changes: Iterable[Edit], texts: Texts) -> lsp.WorkspaceEdit:
    """Edits by file; each once."""
    by_file: dict[str, list[lsp.TextEdit]] = {}
    for each in dict.fromkeys(changes):
        made = lsp.TextEdit(range_of(texts(each.at.file), each.at), each.text)
        by_file.setdefault(uri(each.at.file), []).append(made)
    return lsp.WorkspaceEdit(changes=by_file)


def completions(offer: Offer, text: Text) -> lsp.CompletionList:
    """What may be written, in our order: names and words before keys are as they come."""
    where = lsp.Range(position(text.position(offer.begin)), position(text.position(offer.end)))
    items = [
        lsp.CompletionItem(
            label=choice.label,
            kind=KINDS[choice.kind],
            detail=choice.said if choice.kind == "name" else None,
            documentation=choice.said if choice.kind != "name" and choice.said else None,
            sort_text=f"{number:04}",
            filter_text=choice.label,
            text_edit=lsp.TextEdit(where, choice.text),
        )
        for number, choice in enumerate(offer.choices)
    ]
    return lsp.CompletionList(is_incomplete=False, items=items)


def symbols(entries: Sequence[Entry], text: Text) -> list[lsp.DocumentSymbol]:
    """Keys as a tree; each comes after the one that it is in."""
    top: list[lsp.DocumentSymbol] = []
    open_: dict[int, list[lsp.DocumentSymbol]] = {1: top}
    for entry in entries:
        depth = len(entry.path)
        noun = SYMBOLS.get(str(entry.path[0])) if depth == 2 else None
        below: list[lsp.DocumentSymbol] = []
        kind = noun or (lsp.SymbolKind.Namespace if entry.map else lsp.SymbolKind.Property)
        made = lsp.DocumentSymbol(
            name=entry.name,
            kind=kind,
            range=range_of(text, entry.whole),
            selection_range=range_of(text, entry.at),
            children=below,
        )
        open_[depth].append(made)
        open_[depth + 1] = below
    return top


def touches(found: lsp.Range, wanted: lsp.Range) -> bool:
    """Whether two ranges have a position in common."""
    return start(found) <= end(wanted) and start(wanted) <= end(found)


def start(where: lsp.Range) -> Position:
    """The first position of a range."""
    return where.start.line, where.start.character


def end(where: lsp.Range) -> Position:
    """The last position of a range."""
    return where.end.line, where.end.character


def same(diagnostics: Sequence[lsp.Diagnostic], finding: Finding, where: lsp.Range) -> list[lsp.Diagnostic]:
    """Those of the editor's diagnostics that are this finding."""
    return [each for each in diagnostics if each.code == finding.code and each.range == where]
