"""Fetch the sources of later builds while the first one compiles: the network is idle then, and the processors are not."""

import atexit
import subprocess
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from wireplan.rim.engines import golang, places
from wireplan.rim.engines.kinds import Build, Engine, Purpose

# What `make up` needs sooner or later; the rest is fetched when it is asked for.
NEEDED = (Purpose.CREATE, Purpose.CLUSTER, Purpose.IMAGES)


def wanted(engines: Iterable[Engine]) -> dict[str, list[str]]:
    """The packages that are still to be built, by module."""
    found: dict[str, list[str]] = defaultdict(list)
    for engine in engines:
        if engine.purpose in NEEDED and not places.installed(engine):
            for way in engine.ways:
                if isinstance(way, Build):
                    found[way.module].append(way.package)
    return dict(found)


@cache
def begin(go: Path) -> None:
    """Begin, once a run. Whatever fails here is told by the build that needs it."""
    from wireplan.rim.engines.table import ENGINES

    fetching = Fetching(go, wanted(ENGINES.values()))
    threading.Thread(target=fetching.run, daemon=True).start()
    atexit.register(fetching.end)


class Fetching:
    """One module after the other, until all are fetched or the run ends."""

    def __init__(self, go: Path, modules: Mapping[str, list[str]]) -> None:
        self.go = go
        self.modules = modules
        self.lock = threading.Lock()
        self.over = False
        self.child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Fetch module by module, gently."""
        for module, packages in self.modules.items():
            with self.lock:
                if self.over:
                    return
                self.child = self.begun(module, packages)
            self.child.wait()

    def begun(self, module: str, packages: list[str]) -> subprocess.Popen[bytes]:
        """List what programs are made of, which downloads it."""
        return subprocess.Popen(
            ["nice", str(self.go), "list", "-e", "-deps", *packages],
            cwd=places.MODULES / module,
            env=golang.environment(self.go),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def end(self) -> None:
        """Stop; no other one is begun then, which would outlive the run."""
        with self.lock:
            self.over = True
            if self.child:
                self.child.kill()
