"""Get later builds ready while the first ones run: fetch their sources, then compile what the foreground leaves idle.

Builds link on one processor and images are unpacked on one, while the network or the other processor has nothing to do.
"""

import atexit
import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from wireplan.rim.engines import golang, places
from wireplan.rim.engines.kinds import Build, Engine, Purpose

# What `make up` needs sooner or later; the rest is fetched when it is asked for. The longest builds are needed last.
NEEDED = (Purpose.CREATE, Purpose.CLUSTER, Purpose.IMAGES)
IMPORTS = "{{range .Imports}}{{.}}\n{{end}}"


def wanted(engines: Iterable[Engine]) -> dict[str, list[str]]:
    """The packages that are still to be built, by module."""
    found: dict[str, list[str]] = defaultdict(list)
    for engine in engines:
        if engine.purpose in NEEDED and not places.installed(engine):
            for way in engine.ways:
                if isinstance(way, Build):
                    found[way.module].append(way.package)
    return dict(found)


def make_way(go: Path, module: str) -> None:
    """Called when the foreground builds a module: from now on it is left alone here, and all others are got ready."""
    begun(go).make_way(module)


@cache
def begun(go: Path) -> "Ahead":
    """Begin, once a run. Whatever fails here is told by the build that needs it."""
    from wireplan.rim.engines.table import ENGINES

    ahead = Ahead(go, wanted(ENGINES.values()))
    threading.Thread(target=ahead.run, daemon=True).start()
    atexit.register(ahead.end)
    return ahead


class Ahead:
    """One gentle child after the other, until all is ready or the run ends."""

    def __init__(self, go: Path, modules: Mapping[str, list[str]]) -> None:
        self.go = go
        self.modules = modules
        self.lock = threading.Lock()
        self.over = False
        self.left: set[str] = set()
        self.compiling: str | None = None
        self.child: subprocess.Popen[bytes] | None = None
        # Go's own would be left behind where it is killed.
        self.scratch = tempfile.TemporaryDirectory(prefix="wireplan-go-", ignore_cleanup_errors=True)

    def run(self) -> None:
        """Fetch module by module, then compile in the same order."""
        for module, packages in self.modules.items():
            self.do(module, ["list", "-e", "-deps", *packages], compiles=False)
        for module, packages in self.modules.items():
            listed = self.do(module, ["list", "-e", "-f", IMPORTS, *packages], compiles=True)
            if imports := sorted(set(listed.split()) - {"C"}):
                # What a program imports, not itself: that may need files which are written for its build.
                self.do(module, ["build", "-p", "1", *imports], compiles=True)

    def do(self, module: str, words: Sequence[str], *, compiles: bool) -> str:
        """Run Go in a module and return what it printed; nothing where the run is over or the module is the foreground's."""
        with self.lock:
            if self.over or (compiles and module in self.left):
                return ""
            self.compiling = module if compiles else None
            child = self.child = self.start(module, words)
        printed, _ = child.communicate()
        return printed.decode()

    def start(self, module: str, words: Sequence[str]) -> subprocess.Popen[bytes]:
        """One child, in a process group with its compilers. It yields the processors to whatever else wants them."""
        return subprocess.Popen(
            ["nice", "-n", "19", str(self.go), *words],
            cwd=places.MODULES / module,
            env={**golang.environment(self.go), "GOTMPDIR": self.scratch.name},
            process_group=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def make_way(self, module: str) -> None:
        """Leave a module to the foreground: two builds of the same would do the same work twice."""
        with self.lock:
            self.left.add(module)
            if self.compiling == module:
                self.stop()

    def end(self) -> None:
        """Stop; no other one is begun then, which would outlive the run."""
        with self.lock:
            self.over = True
            self.stop()
        self.scratch.cleanup()

    def stop(self) -> None:
        """End the child and its compilers. What is compiled is kept."""
        if self.child and self.child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, signal.SIGKILL)
