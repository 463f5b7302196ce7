"""Where programs are: in our cache, or on PATH in a version that will do."""

import hashlib
import os
import re
import subprocess
from functools import cache
from pathlib import Path

from wireplan.rim import home, process
from wireplan.rim.engines.kinds import Build, Engine, FromModule, numbers

MODULES = Path(__file__).parent / "modules"
ASK_SECONDS = 20.0


def folder(engine: Engine) -> Path:
    """Where our versions of the program are kept, a folder each."""
    return home.cache() / "tools" / engine.name


def edition(version: str, way: Build | FromModule) -> str:
    """The name of a build's folder: the version, and what it is built from, so that a change of our sources builds anew."""
    tags = way.tags if isinstance(way, Build) else ()
    total = hashlib.sha256("\0".join([repr(way), *tags]).encode())
    root = MODULES / way.module
    for path in sorted(root.rglob("*")):
        if path.suffix in {".go", ".mod", ".sum"}:
            total.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return f"{version}-{total.hexdigest()[:8]}"


def counts(engine: Engine, name: str) -> bool:
    """Whether a folder of that name holds the program as the table has it now."""
    built = [way for way in engine.ways if isinstance(way, Build | FromModule)]
    if "-" in name:
        return any(name == edition(engine.version, way) for way in built)
    return len(built) < len(engine.ways) and engine.fits.takes(name)


def installed(engine: Engine) -> Path | None:
    """Our own copy of the program, the newest version that will do."""
    found = [path for path in folder(engine).glob("[0-9]*") if (path / engine.name).exists()]
    versions = [path for path in found if counts(engine, path.name)]
    if not versions:
        return None
    return max(versions, key=lambda path: numbers(path.name)) / engine.name


def on_path(engine: Engine) -> tuple[Path, str] | None:
    """The program on PATH and its version, if that version will do."""
    if engine.ask is None:
        return None
    where = process.found(engine.name)
    if where is None:
        return None
    version = version_of(where, engine.ask.arguments, engine.ask.pattern)
    return (where, version) if version and engine.fits.takes(version) else None


@cache
def version_of(program: Path, arguments: tuple[str, ...], pattern: str) -> str:
    """What the program says its version is; empty where it does not say."""
    try:
        done = subprocess.run(
            [str(program), *arguments],
            capture_output=True,
            timeout=ASK_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    matched = re.search(pattern, (done.stdout + done.stderr).decode(errors="replace"))
    return matched.group(1) if matched else ""
