"""Where programs are: in our cache, or on PATH in a version that will do."""

import os
import re
import subprocess
from functools import cache
from pathlib import Path

from wireplan.rim import home, process
from wireplan.rim.engines.kinds import Engine, numbers

ASK_SECONDS = 20.0


def folder(engine: Engine) -> Path:
    """Where our versions of the program are kept, a folder each."""
    return home.cache() / "tools" / engine.name


def installed(engine: Engine) -> Path | None:
    """Our own copy of the program, the newest version that will do."""
    versions = [
        path
        for path in folder(engine).glob("*")
        if engine.fits.takes(path.name) and (path / engine.name).exists()
    ]
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
