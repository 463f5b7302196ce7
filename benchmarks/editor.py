"""The language server while somebody types: from an edit to its findings.

    python benchmarks/editor.py [SERVICES] [EDITS]

A client sends the whole text of a file with one letter more or less, as editors do, and waits for the findings of that very version. Seconds
on the clock are what a person waits, the wait of the server for the next letter included; CPU is the server's own, and says what an idle
core would take when the machine is busy.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import systems
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

SERVICES, EDITS = 1000, 12
TICKS = os.sysconf("SC_CLK_TCK")

Edit = Callable[[str, int], str]


def another_deadline(text: str, number: int) -> str:
    """A value in the middle of the file becomes another: all is resolved and checked."""
    at = text.index("deadline: ", len(text) // 2) + len("deadline: ")
    return f"{text[:at]}{40 + number % 2}0ms{text[text.index('s', at) + 1 :]}"


def a_comment(text: str, number: int) -> str:
    """A line more: everything below it stands elsewhere."""
    at = text.index("\n  s", len(text) // 4)
    return f"{text[:at]}\n  # {'more ' * (number % 3 + 1)}{text[at:]}"


def half_a_key(text: str, number: int) -> str:
    """A key that is being written: the shape is wrong, references are checked."""
    at = text.index("deadline: ", len(text) // 3)
    return f"{text[:at]}{'dead'[: 3 + number % 2]}: 1s, {text[at:]}"


def an_open_bracket(text: str, number: int) -> str:
    """A text that is no YAML."""
    at = text.index("deadline: ", len(text) // 3)
    return f"{text[:at]}{'[' * (number % 2 + 1)}{text[at:]}"


KINDS: Sequence[Edit] = (another_deadline, a_comment, half_a_key, an_open_bracket)


@dataclass(frozen=True)
class Took:
    """What one edit took: seconds on the clock, CPU seconds of the server, and how many findings came."""

    wall: float
    cpu: float
    found: int


class Editor:
    """A client with one file open."""

    def __init__(self, file: Path) -> None:
        self.uri = file.as_uri()
        self.client = LanguageClient("benchmark", "1")
        self.published: asyncio.Queue[lsp.PublishDiagnosticsParams] = asyncio.Queue()
        self.version = 0

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def _(params: lsp.PublishDiagnosticsParams) -> None:
            self.published.put_nowait(params)

    async def start(self) -> None:
        """Start the server."""
        await self.client.start_io(sys.executable, "-m", "wireplan", "lsp")
        await self.client.initialize_async(lsp.InitializeParams(capabilities=lsp.ClientCapabilities()))
        self.client.initialized(lsp.InitializedParams())

    async def shows(self, text: str) -> Took:
        """Send a text and wait for its findings."""
        self.version += 1
        begin, cpu = time.perf_counter(), self.cpu()
        if self.version == 1:
            item = lsp.TextDocumentItem(self.uri, "yaml", self.version, text)
            self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        else:
            which = lsp.VersionedTextDocumentIdentifier(uri=self.uri, version=self.version)
            whole = lsp.TextDocumentContentChangeWholeDocument(text=text)
            self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(which, [whole]))
        while True:
            told = await self.published.get()
            if (told.uri, told.version) == (self.uri, self.version):
                return Took(time.perf_counter() - begin, self.cpu() - cpu, len(told.diagnostics))

    def cpu(self) -> float:
        """CPU seconds of the server so far."""
        process: Any = self.client._server
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    async def end(self) -> None:
        """Leave."""
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()


async def measure(services: int, edits: int) -> list[tuple[str, list[Took]]]:
    """The rows: opening, then each kind of edit."""
    with tempfile.TemporaryDirectory() as folder:
        file = systems.write(Path(folder), services)
        text = file.read_text()
        editor = Editor(file)
        await editor.start()
        rows = [("open", [await editor.shows(text)])]
        await editor.shows(a_comment(text, 9))
        for kind in KINDS:
            took = [await editor.shows(kind(text, number)) for number in range(edits)]
            rows.append((kind.__name__.replace("_", " "), took))
            await editor.shows(text)
        await editor.end()
    return rows


def row(services: int, name: str, took: Sequence[Took]) -> str:
    """A row of the table."""
    wall, cpu = [each.wall * 1000 for each in took], [each.cpu * 1000 for each in took]
    middle = f"{statistics.median(wall):5.0f} ms on the clock (most {max(wall):5.0f})"
    mean = f"{statistics.mean(cpu):5.0f} ms CPU"
    return f"{name:18} {services:5}  {middle}  {mean}  {took[-1].found} findings"


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else SERVICES
    times = int(sys.argv[2]) if len(sys.argv) > 2 else EDITS
    for name, took in asyncio.run(measure(count, times)):
        print(row(count, name, took))
