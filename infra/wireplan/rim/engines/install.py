"""Have a program: what is there already, else the first of its ways that leads to it. One run at a time."""

import fcntl
import os
import shutil
import tempfile
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from wireplan.rim import home
from wireplan.rim.engines import golang, packages, places, prefetch, releases
from wireplan.rim.engines.kinds import (
    Alias,
    Build,
    Debian,
    Engine,
    FromModule,
    Purpose,
    Release,
    System,
    Way,
    Wheel,
)
from wireplan.rim.engines.releases import UnavailableError
from wireplan.rim.engines.table import ENGINES
from wireplan.rim.talk import say, step
from wireplan.rim.trouble import Trouble


def path(name: str) -> Path:
    """Where the program is; it is had first if it is not there.

    Raises:
        Trouble: there is no such program in the table, or none of its ways led to it.
    """
    engine = named(name)
    return there(engine) or ensure(engine)


def named(name: str) -> Engine:
    """The table's entry.

    Raises:
        Trouble: there is none.
    """
    if name not in ENGINES:
        raise Trouble(
            f"there is no program {name!r} in the table", fix=f"the table has {', '.join(sorted(ENGINES))}"
        )
    return ENGINES[name]


def chosen(names: Sequence[str], purposes: Sequence[str]) -> list[str]:
    """The programs of those names and for those purposes, in the table's order; all, where neither is given.

    Raises:
        Trouble: there is no such program, or no such purpose.
    """
    for name in names:
        named(name)
    known = [purpose.value for purpose in Purpose]
    for purpose in purposes:
        if purpose not in known:
            raise Trouble(f"no program is for {purpose!r}", fix=f"take one of {', '.join(known)}")
    if not names and not purposes:
        return list(ENGINES)
    return [name for name, engine in ENGINES.items() if name in names or engine.purpose in purposes]


def there(engine: Engine) -> Path | None:
    """Where the program is already: our own copy, or PATH's in a fitting version."""
    if own := places.installed(engine):
        return own
    found = places.on_path(engine)
    return found[0] if found else None


def ensure(engine: Engine) -> Path:
    """Have the program, waiting for another run that may be having it."""
    with locked():
        if found := there(engine):
            return found
        with step(f"{engine.name} {engine.version}: {engine.note}"):
            return first_way(engine)


class Holding(threading.local):
    """Whether this thread holds the lock."""

    lock = False


HOLDING = Holding()


@contextmanager
def locked() -> Generator[None]:
    """Let one run at a time change what is installed; two builds at once would only take twice as long.

    A way that needs another program (Go, uv) has it in between, under the same lock: one that is not come to needs none.
    """
    if HOLDING.lock:
        yield
        return
    root = home.cache()
    root.mkdir(parents=True, exist_ok=True)
    with (root / "tools.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("    another run is having programs; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        HOLDING.lock = True
        try:
            yield
        finally:
            HOLDING.lock = False


def first_way(engine: Engine) -> Path:
    """Walk the ways until one leads to the program.

    Raises:
        Trouble: none did; says what was tried and why it failed.
    """
    tried: list[str] = []
    for way in engine.ways:
        word = type(way).__name__.lower()
        try:
            return by(engine, way)
        except UnavailableError as error:
            say(f"    not by {word}: {error}")
            tried.append(f"{word}: {error}")
        except Trouble as trouble:
            # A wrong checksum or a failed build is news; another way may still lead there.
            say(f"    not by {word}: {trouble.what}")
            tried.append(f"{word}: {trouble.what}\n{trouble.why}".strip())
    raise Trouble(
        f"{engine.name} could not be had",
        why="\n".join(tried),
        fix=f"put {engine.name} ({engine.fits}) on PATH, or mend the above",
    )


def by(engine: Engine, way: Way) -> Path:
    """Have the program by one way: whole in a folder beside its place, then there by a rename.

    Raises:
        UnavailableError: this way does not lead there.
        Trouble: it failed.
    """
    if isinstance(way, System):
        packages.install_system(way)
        places.version_of.cache_clear()  # where an older one was asked before, a newer one is now
        found = places.on_path(engine)
        if found is None:
            raise UnavailableError(f"the package {way.package} has no {engine.name} that will do")
        return found[0]
    root = places.folder(engine)
    root.mkdir(parents=True, exist_ok=True)
    for stale in root.glob(".new-*"):  # of a run that was killed; we hold the lock, so nobody is at it
        shutil.rmtree(stale, ignore_errors=True)
    staging = Path(tempfile.mkdtemp(dir=root, prefix=".new-"))
    try:
        version = put(engine, way, staging)
        refuse_unfit(engine, staging / engine.name, version)
        staging.chmod(0o755)
        target = root / version
        if target.exists():
            shutil.rmtree(target)
        os.replace(staging, target)  # noqa: PTH105 - a folder
        return target / engine.name
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def refuse_unfit(engine: Engine, program: Path, version: str) -> None:
    """Refuse what is of another version than needed, or does not run: the next way may lead to a better one.

    Raises:
        UnavailableError: it is.
    """
    if not engine.fits.takes(version):
        raise UnavailableError(f"this way has version {version}, and {engine.fits} is needed")
    if engine.ask and not places.version_of(program, engine.ask.arguments, engine.ask.pattern):
        raise UnavailableError(f"what came does not run as {engine.name}")


def put(engine: Engine, way: Way, staging: Path) -> str:
    """Put the program into `staging` by one way; return the version that it is."""
    target = staging / engine.name
    match way:
        case Release():
            releases.fetch(way, engine.name, staging)
            return way.version
        case Build():
            prefetch.make_way(path("go"), way.module)
            golang.build(path("go"), way, engine.name, target)
            for name, beside in way.beside.items():
                golang.take(path("go"), beside, staging / name)
            return places.edition(engine.version, way)
        case FromModule():
            golang.take(path("go"), way, target)
            return places.edition(engine.version, way)
        case Wheel():
            packages.unpack_wheel(None if engine.name == "uv" else path("uv"), way, engine.name, staging)
            return way.version
        case Debian():
            return packages.unpack_debian(way, staging)
        case Alias():
            target.symlink_to(os.path.relpath(path(way.of).resolve(), staging))
        case System():
            raise UnavailableError("the system keeps its own programs")
    return engine.version
