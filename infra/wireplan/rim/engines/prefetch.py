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

    modules, running = wanted(ENGINES.values()), list[subprocess.Popen[bytes]]()
    threading.Thread(target=fetch, args=(go, modules, running), daemon=True).start()
    atexit.register(lambda: [child.kill() for child in running])


def fetch(go: Path, modules: Mapping[str, list[str]], running: list[subprocess.Popen[bytes]]) -> None:
    """Fetch module by module, gently: listing what a program is made of downloads it."""
    for module, packages in modules.items():
        child = subprocess.Popen(
            ["nice", str(go), "list", "-e", "-deps", *packages],
            cwd=places.MODULES / module,
            env=golang.environment(go),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running[:] = [child]
        child.wait()
