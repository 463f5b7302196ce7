"""The protocol: each of the editor's messages to what takes or answers it."""

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

import wireplan
from wireplan.rim.language_server import messages
from wireplan.rim.language_server.answers import FIX_ALL, Answers
from wireplan.rim.language_server.desks import Desks


def start() -> None:
    """Speak over stdin and stdout until the editor says that it ends."""
    made().start_io()


def made() -> LanguageServer:
    """The server with all that it answers."""
    server = LanguageServer(
        "wireplan", wireplan.__version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Full
    )
    desks = Desks(publisher(server), reporter(server))
    listen(server, Documents(server, desks), Answers(desks))
    return server


def publisher(server: LanguageServer) -> Callable[[str, int | None, list[lsp.Diagnostic]], None]:
    """What sends findings."""

    def publish(uri: str, version: int | None, found: list[lsp.Diagnostic]) -> None:
        server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found, version))

    return publish


def reporter(server: LanguageServer) -> Callable[[Exception], None]:
    """What tells of a fault of ours: a sentence in the editor, the details in its log of the server."""

    def failed(error: Exception) -> None:
        import traceback

        sys.stderr.write("".join(traceback.format_exception(error)))
        said = f"wireplan: unexpected {type(error).__name__}: {error}; this is a fault of ours"
        server.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, said))

    return failed


class Documents:
    """Opening, changing, saving, closing; and what others write."""

    def __init__(self, server: LanguageServer, desks: Desks) -> None:
        self.server = server
        self.desks = desks

    def begun(self, _: lsp.InitializedParams) -> None:
        """How the editor counts is settled, and it can be asked to watch."""
        encoding = self.server.workspace.position_encoding
        self.desks.encoding = str(getattr(encoding, "value", encoding))
        watch(self.server)

    def opened(self, params: lsp.DidOpenTextDocumentParams) -> None:
        """A file is on the screen."""
        document = params.text_document
        self.put(document.uri, document.text, document.version)

    def changed(self, params: lsp.DidChangeTextDocumentParams) -> None:
        """Its text is another; what comes is always the whole."""
        document = params.text_document
        self.put(document.uri, self.server.workspace.get_text_document(document.uri).source, document.version)

    def saved(self, params: lsp.DidSaveTextDocumentParams) -> None:
        """It is on the disk: protos are compiled from there."""
        if file := messages.file_of(params.text_document.uri):
            self.desks.changed(file)

    def closed(self, params: lsp.DidCloseTextDocumentParams) -> None:
        """It is no longer on the screen."""
        if file := messages.file_of(params.text_document.uri):
            self.desks.closed(file)

    def written(self, params: lsp.DidChangeWatchedFilesParams) -> None:
        """Somebody else wrote, made or removed files."""
        for change in params.changes:
            file = messages.file_of(change.uri)
            if file and file not in self.desks.files.buffers:
                self.desks.written(file)

    def put(self, uri: str, text: str, version: int | None) -> None:
        """The text of an open file."""
        if file := messages.file_of(uri):
            self.desks.files.buffers[file] = text
            self.desks.versions[file] = version
            self.desks.changed(file)


def watch(server: LanguageServer) -> None:
    """Ask to be told of files that others write, where the editor can."""
    workspace = server.client_capabilities.workspace
    watched = workspace.did_change_watched_files if workspace else None
    if not (watched and watched.dynamic_registration):
        return
    globs = [lsp.FileSystemWatcher(glob_pattern=f"**/*.{ending}") for ending in ("yaml", "proto")]
    options = lsp.DidChangeWatchedFilesRegistrationOptions(watchers=globs)
    registration = lsp.Registration("wireplan-files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    server.client_register_capability(lsp.RegistrationParams([registration]))


def listen(server: LanguageServer, documents: Documents, answers: Answers) -> None:
    """What each message of the editor is given to."""
    signs = lsp.CompletionOptions(trigger_characters=[" ", "{", "[", "."])
    kinds = lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix, FIX_ALL])
    table: tuple[tuple[str, Callable[[Any], object], object], ...] = (
        (lsp.INITIALIZED, documents.begun, None),
        (lsp.TEXT_DOCUMENT_DID_OPEN, documents.opened, None),
        (lsp.TEXT_DOCUMENT_DID_CHANGE, documents.changed, None),
        (lsp.TEXT_DOCUMENT_DID_SAVE, documents.saved, None),
        (lsp.TEXT_DOCUMENT_DID_CLOSE, documents.closed, None),
        (lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, documents.written, None),
        (lsp.TEXT_DOCUMENT_HOVER, answers.hover, None),
        (lsp.TEXT_DOCUMENT_DEFINITION, answers.definition, None),
        (lsp.TEXT_DOCUMENT_REFERENCES, answers.references, None),
        (lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, answers.highlights, None),
        (lsp.TEXT_DOCUMENT_PREPARE_RENAME, answers.prepare, None),
        (lsp.TEXT_DOCUMENT_RENAME, answers.rename, lsp.RenameOptions(prepare_provider=True)),
        (lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL, answers.symbols, None),
        (lsp.TEXT_DOCUMENT_COMPLETION, answers.completion, signs),
        (lsp.TEXT_DOCUMENT_CODE_ACTION, answers.actions, kinds),
    )
    for name, answer, options in table:
        server.feature(name, options)(partial(answer))  # a bound method takes none of pygls' marks
