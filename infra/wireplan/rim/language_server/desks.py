"""All topologies that the editor has open: which is to be checked when, and what was last published of each file."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from lsprotocol import types as lsp

from wireplan.rim.language_server import messages, pages
from wireplan.rim.language_server.desk import Desk
from wireplan.rim.language_server.files import Files

LONGEST_WAIT = 0.02
"""Seconds between an edit and its check, at most: what an editor asks right after a letter is answered first."""
BREATH = 0.001
"""Seconds in which a request may come in between two parts of a check."""

Publish = Callable[[str, int | None, list[lsp.Diagnostic]], None]
"""Sends what was found in a file (its address, the version it is of)."""


@dataclass
class Desks:
    """`versions` are those of the open buffers, by file; `wait` is half of what the last check took."""

    publish: Publish
    failed: Callable[[Exception], None]
    files: Files = field(default_factory=Files)
    encoding: str = "utf-16"
    versions: dict[str, int | None] = field(default_factory=dict[str, int | None])
    desks: dict[str, Desk] = field(default_factory=dict[str, Desk])
    shown: dict[str, list[lsp.Diagnostic]] = field(default_factory=dict[str, list[lsp.Diagnostic]])
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, asyncio.Task[None]])
    wait: float = 0.0

    def changed(self, file: str) -> None:
        """A file has another text, or may have."""
        for desk in self.of(file):
            self.begin(desk)

    def written(self, file: str) -> None:
        """A file that is not open was written, made or removed by somebody else: only what lies on a desk already is looked at."""
        mine = {file, *self.files.topologies(file)}
        for desk in list(self.desks.values()):
            if desk.file in mine or desk.near(file):
                self.begin(desk)

    def of(self, file: str) -> list[Desk]:
        """The topologies that a file belongs to; one of YAML is put on a desk where it has none yet."""
        mine = self.files.topologies(file)
        for topology in mine:
            if topology not in self.desks:
                self.desks[topology] = Desk(topology, self.files, self.encoding)
        return [desk for name, desk in self.desks.items() if name in mine or desk.concerns(file)]

    def closed(self, file: str) -> None:
        """A buffer is gone, and with the last one of a topology what was said of it."""
        desks = self.of(file)
        self.files.buffers.pop(file, None)
        self.versions.pop(file, None)
        for desk in desks:
            if desk.is_open():
                self.begin(desk)
            else:
                self.stop(desk)
                del self.desks[desk.file]
                self.tell(desk)

    def begin(self, desk: Desk) -> None:
        """Check a topology soon; a check of what it was before is given up."""
        self.stop(desk)
        self.running[desk.file] = asyncio.get_running_loop().create_task(self.check(desk))

    def stop(self, desk: Desk) -> None:
        """Give up the check that is running."""
        if task := self.running.pop(desk.file, None):
            task.cancel()

    async def check(self, desk: Desk) -> None:
        """Check a topology and publish what was found. A fault of ours is told, and the next edit tries again."""
        await asyncio.sleep(min(LONGEST_WAIT, self.wait))
        taken, begin = 0.0, time.perf_counter()
        try:
            for _ in desk.check():
                taken += time.perf_counter() - begin
                await asyncio.sleep(BREATH)
                begin = time.perf_counter()
        except Exception as error:  # noqa: BLE001 - an editor keeps its server over a fault of one check
            self.failed(error)
            return
        self.wait = (taken + time.perf_counter() - begin) / 2
        self.tell(desk)

    def tell(self, desk: Desk) -> None:
        """Publish what was found in the files of a topology. Of a file that others have, too, all is said that they last found."""
        here = {each.finding.at.file for each in desk.seen} if desk.file in self.desks else set[str]()
        open_ = {file for file in desk.names() if file in self.versions}
        for file in sorted({*here, *desk.told, *open_}):
            now = [found for each in self.desks.values() for found in self.diagnostics(each, file)]
            if file in open_ or now != self.shown.get(file, []):
                self.publish(messages.uri(file), self.versions.get(file), now)
            self.shown[file] = now
        desk.told = here

    def diagnostics(self, desk: Desk, file: str) -> list[lsp.Diagnostic]:
        """What was found in a file."""
        seen = [each for each in desk.seen if each.finding.at.file == file]
        texts = cache(desk.text)
        return [
            messages.diagnostic(each, texts(file), texts, desk.environments, pages.address(each.finding.code))
            for each in seen
        ]
