"""The editor's questions, each put to the editor room and answered in the words of the protocol."""

import datetime
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from wireplan.editor import completion, fixes, hover, rename
from wireplan.editor.positions import Text
from wireplan.editor.project import Project
from wireplan.editor.roles import Mention
from wireplan.findings import Edit
from wireplan.load import spots
from wireplan.load.edits import applied
from wireplan.rim.language_server import messages
from wireplan.rim.language_server.desk import Desk
from wireplan.rim.language_server.desks import Desks

T = TypeVar("T")

DEEP = 3
"""Levels of keys in the outline of a file."""
REFUSED = -32803
"""RequestFailed: a sound question whose answer is no; editors show the sentence."""
FIX_ALL = lsp.CodeActionKind.SourceFixAll + ".wireplan"


class Asked:
    """A question about a position of a file."""

    def __init__(self, desk: Desk, file: str, at: lsp.Position) -> None:
        self.desk, self.file = desk, file
        self.project: Project = desk.project()
        self.text: Text = desk.text(file)
        self.offset = self.text.offset((at.line, at.character))
        self.line, self.column = self.text.place((at.line, at.character))

    @property
    def mention(self) -> Mention | None:
        """The name that stands there."""
        return self.project.mention(self.file, self.line, self.column)


class Answers:
    """One method a question. Of a file that several topologies share, the first that knows an answer gives it."""

    def __init__(self, desks: Desks) -> None:
        self.desks = desks

    def asked(self, params: Any) -> Iterator[Asked]:
        """The question, on each desk that the file lies on."""
        file = messages.file_of(params.text_document.uri)
        if file is not None:
            yield from (Asked(desk, file, params.position) for desk in self.desks.of(file))

    def hover(self, params: lsp.HoverParams) -> lsp.Hover | None:
        """What a value means, what it is, where it comes from."""
        for asked in self.asked(params):
            if found := hover.hover(asked.project, asked.file, asked.line, asked.column):
                content = lsp.MarkupContent(lsp.MarkupKind.Markdown, found.text)
                return lsp.Hover(content, messages.range_of(asked.text, found.at))
        return None

    def definition(self, params: lsp.DefinitionParams) -> list[lsp.Location]:
        """Where a name is made known."""
        return [
            messages.location(asked.desk.text, place)
            for asked in self.asked(params)
            if (mention := asked.mention)
            for place in asked.project.definitions(mention)
        ]

    def references(self, params: lsp.ReferenceParams) -> list[lsp.Location]:
        """Where a name stands."""
        declaration = params.context.include_declaration
        return [
            messages.location(asked.desk.text, place)
            for asked in self.asked(params)
            if (mention := asked.mention)
            for place in asked.project.references(mention, declaration=declaration)
        ]

    def highlights(self, params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
        """Where a name stands in the same file."""
        return [
            lsp.DocumentHighlight(messages.range_of(asked.text, place))
            for asked in self.asked(params)
            if (mention := asked.mention)
            for place in asked.project.references(mention, declaration=True)
            if place.file == asked.file
        ]

    def prepare(self, params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
        """The name that would be changed."""
        for asked in self.asked(params):
            if mention := asked.mention:
                refusable(lambda asked=asked, mention=mention: rename.able(asked.project, mention))
                return lsp.PrepareRenamePlaceholder(messages.range_of(asked.text, mention.at), mention.name)
        return None

    def rename(self, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        """The edits that give a name another text, in all topologies that share the file."""
        edits: list[Edit] = []
        texts = None
        for asked in self.asked(params):
            if mention := asked.mention:
                known = {file: asked.desk.text(file) for file in asked.project.documents}
                edits += refusable(
                    lambda asked=asked, mention=mention, known=known: rename.rename(
                        asked.project, known, mention, params.new_name
                    )
                )
                texts = asked.desk.text
        return messages.edits(edits, texts) if texts else None

    def symbols(self, params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        """The outline of a file."""
        file = messages.file_of(params.text_document.uri)
        for desk in self.desks.of(file) if file else ():
            document = desk.project().documents.get(file or "")
            if document is not None:
                return messages.symbols(list(spots.outline(document, DEEP)), desk.text(file or ""))
        return []

    def completion(self, params: lsp.CompletionParams) -> lsp.CompletionList | None:
        """What may be written at a position."""
        for asked in self.asked(params):
            if asked.file in asked.project.documents:
                offer = completion.complete(asked.project, asked.file, asked.text.text, asked.offset)
                return messages.completions(offer, asked.text)
        return None

    def actions(self, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        """What can be done about the findings in a range, and about all of a file that have one right answer."""
        file = messages.file_of(params.text_document.uri)
        wanted = params.context.only
        found: list[lsp.CodeAction] = []
        for desk in self.desks.of(file) if file else ():
            if wanted is None or asked_for(lsp.CodeActionKind.QuickFix, wanted):
                found += self.quick(desk, file or "", params)
            if wanted and asked_for(FIX_ALL, wanted):
                found += self.all_of(desk, file or "")
        return found

    def quick(self, desk: Desk, file: str, params: lsp.CodeActionParams) -> Iterator[lsp.CodeAction]:
        """Quick fixes."""
        project, text = desk.project(), desk.text(file)
        today = datetime.datetime.now(tz=datetime.UTC).date()
        for finding in (seen.finding for seen in desk.seen if seen.finding.at.file == file):
            where = messages.range_of(text, finding.at)
            if not messages.touches(where, params.range):
                continue
            for fix in fixes.fixes(project, finding, today):
                yield lsp.CodeAction(
                    title=fix.title,
                    kind=lsp.CodeActionKind.QuickFix,
                    diagnostics=messages.same(params.context.diagnostics, finding, where) or None,
                    is_preferred=fix.preferred or None,
                    edit=messages.edits(fix.edits, desk.text),
                )

    def all_of(self, desk: Desk, file: str) -> Iterator[lsp.CodeAction]:
        """The same as `wireplan validate --fix`, once."""
        wanted = [
            seen.finding.edit for seen in desk.seen if seen.finding.edit and seen.finding.edit.at.file == file
        ]
        _, done = applied(desk.text(file).text, wanted)
        if done:
            edit = messages.edits(done, desk.text)
            yield lsp.CodeAction(title="Mend all that has one right answer", kind=FIX_ALL, edit=edit)


def asked_for(kind: str, wanted: Sequence[Any]) -> bool:
    """Whether an editor that wants some kinds wants this one: `source` asks for `source.fixAll` as well."""
    names = [str(getattr(each, "value", each)) for each in wanted]
    name = str(getattr(kind, "value", kind))
    return any(name == each or name.startswith(f"{each}.") for each in names)


def refusable(answer: Callable[[], T]) -> T:
    """The answer; a refusal becomes an error of the protocol with its sentence.

    Raises:
        JsonRpcException: it was refused.
    """
    try:
        return answer()
    except rename.Refused as refused:
        raise JsonRpcException(str(refused), REFUSED) from refused
