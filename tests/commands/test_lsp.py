"""`wireplan lsp` in sessions of a real client: it opens, edits and asks over stdin and stdout as an editor does."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.client import LanguageClient

from tests.editor.conftest import LOCAL, PROTO, SHOP, at

pytestmark = pytest.mark.thorough

T = TypeVar("T")
PATIENCE = 120
SOUND = "system: shop\nservices:\n  orders: {serves_http: http2}\n"


class Session:
    """An editor with one server. What it published last is kept by file."""

    def __init__(self, home: Path, **capabilities: Any) -> None:
        self.loop = asyncio.new_event_loop()
        self.client = LanguageClient("a test", "1")
        self.published: dict[str, lsp.PublishDiagnosticsParams] = {}
        self.shown: list[str] = []
        self.asked_to_watch: list[str] = []
        self.changed = asyncio.Event()
        self.versions: dict[Path, int] = {}
        self.listen()
        environment = {**os.environ, "WIREPLAN_HOME": str(home)}
        self.wait(self.client.start_io(sys.executable, "-m", "wireplan", "lsp", env=environment))
        wanted = lsp.InitializeParams(capabilities=lsp.ClientCapabilities(**capabilities))
        self.capabilities = self.wait(self.client.initialize_async(wanted)).capabilities
        self.client.initialized(lsp.InitializedParams())

    def listen(self) -> None:
        """Take what the server says by itself."""

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def _(params: lsp.PublishDiagnosticsParams) -> None:
            self.published[params.uri] = params
            self.changed.set()

        @self.client.feature(lsp.WINDOW_SHOW_MESSAGE)
        def _(params: lsp.ShowMessageParams) -> None:
            self.shown.append(params.message)

        @self.client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
        def _(params: lsp.RegistrationParams) -> None:
            self.asked_to_watch += [each.method for each in params.registrations]
            self.changed.set()

    def wait(self, answer: Coroutine[Any, Any, T]) -> T:
        """An answer."""
        return self.loop.run_until_complete(asyncio.wait_for(answer, PATIENCE))

    def until(self, there: Callable[[], bool]) -> None:
        """Go on when something has come."""

        async def come() -> None:
            while not there():
                self.changed.clear()
                await self.changed.wait()

        self.wait(come())

    def open(self, path: Path, text: str | None = None) -> None:
        """Open a file; with a text that is not the disk's, where one is given."""
        self.versions[path] = 1
        content = path.read_text() if text is None else text
        item = lsp.TextDocumentItem(path.as_uri(), "yaml", 1, content)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def edit(self, path: Path, text: str) -> None:
        """Type; nothing is saved."""
        self.versions[path] += 1
        which = lsp.VersionedTextDocumentIdentifier(uri=path.as_uri(), version=self.versions[path])
        whole = lsp.TextDocumentContentChangeWholeDocument(text=text)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(which, [whole]))

    def findings(self, path: Path) -> list[lsp.Diagnostic]:
        """What was found in a file as it is now."""
        uri = path.as_uri()
        version = self.versions.get(path)
        self.until(lambda: uri in self.published and self.published[uri].version == version)
        return list(self.published[uri].diagnostics)

    def later(self, path: Path, wanted: Callable[[list[lsp.Diagnostic]], bool]) -> list[lsp.Diagnostic]:
        """What was found in a file, as soon as it is as wanted."""
        uri = path.as_uri()
        self.until(lambda: uri in self.published and wanted(list(self.published[uri].diagnostics)))
        return list(self.published[uri].diagnostics)

    def end(self) -> int | None:
        """Leave the server, and return its exit code."""
        self.wait(self.client.shutdown_async(None))
        self.client.exit(None)
        self.wait(self.client.stop())
        self.loop.close()
        process = self.client._server  # pyright: ignore[reportPrivateUsage]
        return process.returncode if process else None


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One server for all tests; each has a folder of its own."""
    found = Session(tmp_path_factory.mktemp("home"))
    yield found
    assert found.end() == 0
    assert found.shown == []


def write(folder: Path, text: str, name: str = "topology.yaml") -> Path:
    """A file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def shop(session: Session, folder: Path, text: str = SHOP, overlay: str = LOCAL) -> Path:
    """A small system with an overlay and protos, opened; the text may be another than the disk's."""
    path = write(folder, SHOP)
    write(folder, overlay, "local.yaml")
    write(folder, PROTO, "protos/shop.proto")
    session.open(path, text)
    return path


def codes(found: list[lsp.Diagnostic]) -> list[str]:
    """Line (from 1) and code of each."""
    return [f"{each.range.start.line + 1} {each.code}" for each in found]


def here(path: Path, text: str, marked: str) -> dict[str, Any]:
    """The file and the position of a mark, as requests take them."""
    line, column = at(text, marked)
    before = text.split("\n")[line - 1][: column - 1]
    units = len(before.encode("utf-16-le")) // 2
    return {
        "text_document": lsp.TextDocumentIdentifier(path.as_uri()),
        "position": lsp.Position(line - 1, units),
    }


def put(text: str, edits: list[Any]) -> str:
    """A text of plain letters with edits in it."""
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]

    def letter(where: lsp.Position) -> int:
        return starts[where.line] + where.character

    for edit in sorted(edits, key=lambda edit: letter(edit.range.start), reverse=True):
        text = text[: letter(edit.range.start)] + edit.new_text + text[letter(edit.range.end) :]
    return text


def test_findings_come_as_you_type(session: Session, tmp_path: Path) -> None:
    path = write(tmp_path, SOUND)
    session.open(path)
    assert session.findings(path) == []
    session.edit(path, SOUND.replace("serves_http", "serve_http"))
    (found,) = session.findings(path)
    assert (found.code, found.source, found.severity) == ("YML020", "wireplan", lsp.DiagnosticSeverity.Error)
    assert "did you mean serves_http?" in found.message
    assert found.range == lsp.Range(lsp.Position(2, 11), lsp.Position(2, 21))
    session.edit(path, SOUND)
    assert session.findings(path) == []
    assert path.read_text() == SOUND


def test_a_text_that_is_not_saved_wins_over_the_disk(session: Session, tmp_path: Path) -> None:
    path = write(tmp_path, "system: [\n")
    session.open(path, SOUND)
    assert session.findings(path) == []


def test_a_syntax_error_is_shown_and_goes_when_it_is_mended(session: Session, tmp_path: Path) -> None:
    path = write(tmp_path, SOUND)
    session.open(path)
    session.findings(path)
    session.edit(path, SOUND + "topics: {\n")
    assert [each.code for each in session.findings(path)] == ["YML016"]
    session.edit(path, SOUND + "topics: {}\n")
    assert session.findings(path) == []


def test_an_edit_of_an_overlay_checks_the_topology_again(session: Session, tmp_path: Path) -> None:
    path, overlay = write(tmp_path, SOUND), write(tmp_path, "environment: {profile: dev}\n", "local.yaml")
    session.open(path)
    session.open(overlay)
    assert session.findings(overlay) == []
    session.edit(overlay, "environment: {profile: dev}\nservices: {orders: {calls: [nobody]}}\n")
    (found,) = session.findings(overlay)
    assert codes([found]) == ["2 YML030"]
    session.edit(path, SOUND + "  nobody: {serves: a.v1.B}\n")
    assert session.later(overlay, lambda now: not now) == []


def test_an_edit_of_the_topology_shows_what_it_breaks_in_an_overlay_on_the_disk(
    session: Session, tmp_path: Path
) -> None:
    path = write(tmp_path, SOUND + "  stock: {serves: a.v1.B}\n")
    overlay = write(tmp_path, "environment: {}\nservices: {orders: {calls: [stock]}}\n", "prod.yaml")
    session.open(path)
    session.findings(path)
    session.edit(path, SOUND)
    assert codes(session.later(overlay, bool)) == ["2 YML030"]


def test_an_overlay_that_stops_being_one_takes_its_environment_along(
    session: Session, tmp_path: Path
) -> None:
    path = write(tmp_path, SOUND.replace("http2}", "http2, calls: [stock]}"))
    overlay = write(tmp_path, "environment: {}\nservices: {stock: {serves: a.v1.B}}\n", "local.yaml")
    session.open(path)
    session.open(overlay)
    assert session.findings(overlay) == []
    session.edit(overlay, "services: {stock: {serves: a.v1.B}}\n")
    assert codes(session.later(path, bool)) == ["3 YML030"]


def test_what_only_some_environments_have_says_which(session: Session, tmp_path: Path) -> None:
    path = write(tmp_path, SOUND.replace("{serves_http: http2}", "{serves_http: http2, calls: [stock]}"))
    write(tmp_path, "environment: {}\nservices: {stock: {serves: a.v1.B}}\n", "local.yaml")
    write(tmp_path, "environment: {}\n", "prod.yaml")
    session.open(path)
    (found,) = session.findings(path)
    assert "(in prod)" in found.message


def test_a_second_place_is_related_information(session: Session, tmp_path: Path) -> None:
    path = write(tmp_path, SOUND + "topics: {a: {}, b: {}}\nsystem: other\n")
    session.open(path)
    (found,) = session.findings(path)
    assert found.related_information is not None
    (related,) = found.related_information
    assert related.message == "the first"
    assert related.location == lsp.Location(path.as_uri(), lsp.Range(lsp.Position(0, 0), lsp.Position(0, 6)))


def test_the_code_leads_to_its_page(session: Session, tmp_path: Path) -> None:
    path = write(tmp_path, "system: shop\nservices: {orders: {environment: {API_TOKEN: hunter2hunter2}}}\n")
    session.open(path)
    found = next(each for each in session.findings(path) if each.code == "SEC003")
    assert found.code_description is not None
    page = Path(found.code_description.href.removeprefix("file://")).read_text()
    assert "SEC003 secret-written-in-the-open" in page
    assert "hunter2" not in found.message


def test_what_could_be_left_out_is_tagged(session: Session, tmp_path: Path) -> None:
    waiver = "waivers: [{allow: KAF001, until: 2999-01-01, reason: none}]\n"
    path = write(tmp_path, SOUND + waiver)
    session.open(path)
    (found,) = session.findings(path)
    assert (found.code, list(found.tags or ())) == ("WAI001", [lsp.DiagnosticTag.Unnecessary])


def test_columns_are_utf_16_where_letters_are_not(session: Session, tmp_path: Path) -> None:
    text = "system: shop\nservices: {orders: {environment: {A: 🛒é}, serve_http: http2}}\n"
    path = write(tmp_path, text)
    session.open(path)
    (found,) = [each for each in session.findings(path) if each.code == "YML020"]
    begin = len(text.split("\n")[1].partition("serve_http")[0].encode("utf-16-le")) // 2
    assert (found.range.start.character, found.range.end.character) == (begin, begin + 10)
    assert begin == text.split("\n")[1].index("serve_http") + 1


def test_an_editor_that_counts_bytes_is_answered_in_bytes(tmp_path: Path) -> None:
    general = lsp.GeneralClientCapabilities(position_encodings=["utf-8"])
    session = Session(tmp_path / "home", general=general)
    text = "system: shop\nservices: {orders: {environment: {A: 🛒é}, serve_http: http2}}\n"
    path = write(tmp_path, text)
    session.open(path)
    (found,) = [each for each in session.findings(path) if each.code == "YML020"]
    assert found.range.start.character == len(text.split("\n")[1].partition("serve_http")[0].encode())
    assert session.end() == 0


def test_hover_shows_the_field_the_value_and_its_origin(session: Session, tmp_path: Path) -> None:
    path = shop(session, tmp_path)
    session.findings(path)
    found = session.wait(
        session.client.text_document_hover_async(lsp.HoverParams(**here(path, SHOP, "dead|line: 2s")))
    )
    assert found is not None
    assert isinstance(found.contents, lsp.MarkupContent)
    assert "The time one call may take" in found.contents.value
    assert "2s  topology.yaml:15:26" in found.contents.value


def test_hover_keeps_the_last_good_values_while_the_file_has_a_fault(
    session: Session, tmp_path: Path
) -> None:
    path = shop(session, tmp_path)
    session.findings(path)
    broken = SHOP.replace("caches: {fast: {}}", "caches: {fast: {}")
    session.edit(path, broken)
    assert [each.code for each in session.findings(path)] == ["YML016"]
    found = session.wait(
        session.client.text_document_hover_async(lsp.HoverParams(**here(path, broken, "dead|line: 2s")))
    )
    assert found is not None
    assert isinstance(found.contents, lsp.MarkupContent)
    assert "services.gateway.calls.orders.deadline  2s" in found.contents.value


def test_definitions_and_references_go_into_the_protos(session: Session, tmp_path: Path) -> None:
    path = shop(session, tmp_path)
    session.findings(path)
    where = here(path, SHOP, "methods: [G|et]")
    (place,) = session.wait(session.client.text_document_definition_async(lsp.DefinitionParams(**where)))  # pyright: ignore[reportGeneralTypeIssues]
    assert place == lsp.Location(
        (tmp_path / "protos/shop.proto").as_uri(), lsp.Range(lsp.Position(4, 6), lsp.Position(4, 9))
    )
    context = lsp.ReferenceContext(include_declaration=True)
    places = session.wait(
        session.client.text_document_references_async(lsp.ReferenceParams(context=context, **where))
    )
    assert places is not None
    assert [(Path(each.uri).name, each.range.start.line + 1) for each in places] == [
        ("topology.yaml", 15), ("topology.yaml", 35), ("shop.proto", 5),
    ]  # fmt: skip


def test_a_proto_that_is_open_leads_back(session: Session, tmp_path: Path) -> None:
    path = shop(session, tmp_path)
    session.findings(path)
    proto = tmp_path / "protos/shop.proto"
    session.open(proto)
    context = lsp.ReferenceContext(include_declaration=False)
    wanted = lsp.ReferenceParams(context=context, **here(proto, PROTO, "rpc Can|cel("))
    places = session.wait(session.client.text_document_references_async(wanted))
    assert places is not None
    assert [(Path(each.uri).name, each.range.start.line + 1) for each in places] == [("topology.yaml", 35)]


def test_rename_goes_over_the_topology_and_its_overlays_and_keeps_the_objects(
    session: Session, tmp_path: Path
) -> None:
    path = shop(session, tmp_path)
    session.findings(path)
    wanted = lsp.RenameParams(new_name="sales", **here(path, SHOP, "owner: ord|ers"))
    edit = session.wait(session.client.text_document_rename_async(wanted))
    assert edit is not None
    assert edit.changes is not None
    overlay = (tmp_path / "local.yaml").as_uri()
    assert set(edit.changes) == {path.as_uri(), overlay}
    after = put(SHOP, list(edit.changes[path.as_uri()]))
    assert "moved:\n  - {from: services.orders, to: services.sales}\n" in after
    assert "call: sales.Get, undo: sales.Cancel" in after
    assert put(LOCAL, list(edit.changes[overlay])) == LOCAL.replace("orders", "sales")


def test_a_rename_that_would_leave_data_behind_is_refused_with_a_sentence(
    session: Session, tmp_path: Path
) -> None:
    path = shop(session, tmp_path)
    session.findings(path)
    wanted = lsp.PrepareRenameParams(**here(path, SHOP, "publishes: [order.pla|ced]"))
    with pytest.raises(JsonRpcException, match="its data stays under the old name"):
        session.wait(session.client.text_document_prepare_rename_async(wanted))


def test_completion_offers_keys_names_and_words(session: Session, tmp_path: Path) -> None:
    def offered(old: str, marked: str) -> dict[str, str]:
        text = SHOP.replace(old, marked.replace("|", ""))
        session.edit(path, text)
        wanted = lsp.CompletionParams(**here(path, text, marked))
        found = session.wait(session.client.text_document_completion_async(wanted))
        assert isinstance(found, lsp.CompletionList)
        return {each.label: each.text_edit.new_text for each in found.items if each.text_edit}

    path = shop(session, tmp_path)
    assert offered("store: fast", "store: |") == {"fast": "fast"}
    assert offered("kind: gateway", "kind: g|") == {
        word: word for word in ("gateway", "grpc", "http", "worker")
    }
    assert offered("    database: orders\n", "    re|\n")["replicas"] == "replicas: "


def test_the_right_answer_is_a_quick_fix(session: Session, tmp_path: Path) -> None:
    path = write(tmp_path, SOUND.replace("serves_http", "serve_http"))
    session.open(path)
    (found,) = session.findings(path)
    where = lsp.Range(found.range.end, found.range.end)
    context = lsp.CodeActionContext([found])
    wanted = lsp.CodeActionParams(lsp.TextDocumentIdentifier(path.as_uri()), where, context)
    (fix,) = session.wait(session.client.text_document_code_action_async(wanted)) or [None]
    assert isinstance(fix, lsp.CodeAction)
    assert (fix.title, fix.kind, fix.is_preferred, list(fix.diagnostics or ())) == (
        "Write serves_http",
        "quickfix",
        True,
        [found],
    )
    assert fix.edit is not None
    assert fix.edit.changes is not None
    assert put(path.read_text(), list(fix.edit.changes[path.as_uri()])) == SOUND


def test_all_right_answers_of_a_file_are_written_at_once(session: Session, tmp_path: Path) -> None:
    path = write(tmp_path, SOUND.replace("serves_http", "serve_http") + "topic: {}\n")
    session.open(path)
    session.findings(path)
    begin = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))
    context = lsp.CodeActionContext([], only=[lsp.CodeActionKind.SourceFixAll])
    wanted = lsp.CodeActionParams(lsp.TextDocumentIdentifier(path.as_uri()), begin, context)
    (fix,) = session.wait(session.client.text_document_code_action_async(wanted)) or [None]
    assert isinstance(fix, lsp.CodeAction)
    assert fix.edit is not None
    assert fix.edit.changes is not None
    assert put(path.read_text(), list(fix.edit.changes[path.as_uri()])) == SOUND + "topics: {}\n"


def test_a_finding_of_a_rule_can_be_waived_with_a_reason(session: Session, tmp_path: Path) -> None:
    text = "system: shop\nservices: {orders: {environment: {API_TOKEN: hunter2hunter2}}}\n"
    path = write(tmp_path, text)
    session.open(path)
    found = next(each for each in session.findings(path) if each.code == "SEC003")
    wanted = lsp.CodeActionParams(
        lsp.TextDocumentIdentifier(path.as_uri()), found.range, lsp.CodeActionContext([found])
    )
    fixes = session.wait(session.client.text_document_code_action_async(wanted)) or ()
    fix = next(each for each in fixes if each.title.startswith("Waive secret-written-in-the-open here until"))
    assert isinstance(fix, lsp.CodeAction)
    assert fix.edit is not None
    assert fix.edit.changes is not None
    session.edit(path, put(text, list(fix.edit.changes[path.as_uri()])))
    (missing,) = session.findings(path)
    assert "reason" in missing.message


def test_the_outline_has_the_parts_of_the_file(session: Session, tmp_path: Path) -> None:
    path = shop(session, tmp_path)
    wanted = lsp.DocumentSymbolParams(lsp.TextDocumentIdentifier(path.as_uri()))
    found = session.wait(session.client.text_document_document_symbol_async(wanted)) or ()
    services = next(each for each in found if each.name == "services")
    assert isinstance(services, lsp.DocumentSymbol)
    assert [each.name for each in services.children or ()] == ["gateway", "orders", "stock"]
    for each in services.children or ():
        assert each.range.start <= each.selection_range.start <= each.selection_range.end <= each.range.end


def test_yaml_that_is_no_topology_is_left_alone(session: Session, tmp_path: Path) -> None:
    other, path = write(tmp_path, "services:\n  web: {image: [}\n", "compose.yaml"), write(tmp_path, SOUND)
    session.open(other)
    session.open(path)
    assert session.findings(path) == []
    assert other.as_uri() not in session.published
    hover = lsp.HoverParams(lsp.TextDocumentIdentifier(other.as_uri()), lsp.Position(1, 3))
    assert session.wait(session.client.text_document_hover_async(hover)) is None


def test_a_topology_of_somebody_else_is_left_alone(session: Session, tmp_path: Path) -> None:
    other, path = write(tmp_path / "other", "nodes: [a, b\n"), write(tmp_path, SOUND)
    session.open(other)
    session.open(path)
    assert session.findings(path) == []
    assert other.as_uri() not in session.published


def test_an_empty_topology_says_what_it_lacks(session: Session, tmp_path: Path) -> None:
    path = write(tmp_path, "")
    session.open(path)
    assert codes(session.findings(path)) == ["1 YML012"]


def test_an_overlay_that_is_open_alone_checks_its_topology(session: Session, tmp_path: Path) -> None:
    path = write(tmp_path, SOUND.replace("serves_http", "serve_http"))
    overlay = write(tmp_path, "environment: {}\n", "local.yaml")
    session.open(overlay)
    assert session.findings(overlay) == []
    assert codes(session.later(path, bool)) == ["3 YML020"]


def test_positions_behind_letters_of_two_units_are_understood(session: Session, tmp_path: Path) -> None:
    text = "system: shop\nservices:\n  orders: {environment: {A: 🛒é}, calls: [stock]}\n  stock: {serves: a.v1.B}\n"
    path = write(tmp_path, text)
    session.open(path)
    session.findings(path)
    where = here(path, text, "calls: [sto|ck]")
    (place,) = session.wait(session.client.text_document_definition_async(lsp.DefinitionParams(**where))) or [
        None
    ]  # pyright: ignore[reportGeneralTypeIssues]
    assert place == lsp.Location(path.as_uri(), lsp.Range(lsp.Position(3, 2), lsp.Position(3, 7)))
    found = session.wait(
        session.client.text_document_document_highlight_async(lsp.DocumentHighlightParams(**where))
    )
    begin = len(text.split("\n")[2].partition("stock")[0].encode("utf-16-le")) // 2
    assert [each.range.start.character for each in found or ()] == [begin, 2]


def test_a_file_that_is_closed_takes_its_findings_along(session: Session, tmp_path: Path) -> None:
    path = write(tmp_path, SOUND.replace("serves_http", "serve_http"))
    session.open(path)
    session.findings(path)
    session.client.text_document_did_close(
        lsp.DidCloseTextDocumentParams(lsp.TextDocumentIdentifier(path.as_uri()))
    )
    assert session.later(path, lambda now: not now) == []


def test_files_that_others_write_are_looked_at_again(tmp_path: Path) -> None:
    watching = lsp.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
    workspace = lsp.WorkspaceClientCapabilities(did_change_watched_files=watching)
    session = Session(tmp_path / "home", workspace=workspace)
    session.until(lambda: session.asked_to_watch == [lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES])
    path = write(tmp_path, SOUND)
    session.open(path)
    assert session.findings(path) == []
    overlay = write(tmp_path, "environment: {}\nservices: {orders: {calls: [nobody]}}\n", "local.yaml")
    event = lsp.FileEvent(overlay.as_uri(), lsp.FileChangeType.Created)
    session.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([event]))
    assert codes(session.later(overlay, bool)) == ["2 YML030"]
    overlay.unlink()
    event = lsp.FileEvent(overlay.as_uri(), lsp.FileChangeType.Deleted)
    session.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([event]))
    assert session.later(overlay, lambda now: not now) == []
    assert session.end() == 0


def test_protos_that_are_written_are_compiled_again(session: Session, tmp_path: Path) -> None:
    path = shop(session, tmp_path, SHOP.replace("methods: [Get]", "methods: [Find]"))
    assert "15 YML032" in codes(session.findings(path))
    proto = write(
        tmp_path,
        PROTO.replace("rpc Get(", "rpc Find(").replace("Orders {", "Orders { // more"),
        "protos/shop.proto",
    )
    session.open(proto)
    session.client.text_document_did_save(
        lsp.DidSaveTextDocumentParams(lsp.TextDocumentIdentifier(proto.as_uri()))
    )
    session.later(path, lambda now: "15 YML032" not in codes(now))
