"""Read a topology and all it refers to: the topology file, its overlay, the protos. The only reading of input there is."""

import gc
import os
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from wireplan.findings import Finding, Severity
from wireplan.load import codes
from wireplan.load import read as reading
from wireplan.load.contracts import contracts
from wireplan.load.document import Document
from wireplan.load.names import Names
from wireplan.load.nearest import asked, listing
from wireplan.load.read import Loaded, load
from wireplan.model.system import System
from wireplan.rim.contracts import Compiled, compiled
from wireplan.rim.trouble import Trouble
from wireplan.topology.again import Again
from wireplan.topology.contracts import Schema
from wireplan.topology.resolve import NO_ENVIRONMENT, resolve
from wireplan.topology.types import Topology

TOPOLOGY_FILE = "topology.yaml"


def topology_file(path: Path) -> Path:
    """The file that a person means by a file or a folder."""
    return path / TOPOLOGY_FILE if path.is_dir() else path


@dataclass(frozen=True, slots=True)
class Sources:
    """What was read: the Topology unless a fault forbids it, every finding, and the files themselves."""

    topology: Topology | None
    findings: tuple[Finding, ...]
    documents: tuple[Document, ...] = ()
    system: System | None = None

    def texts(self) -> Mapping[str, str]:
        """The texts by file, for excerpts; worked out when there is something to show."""
        return reading.shown(self.documents)

    def sound(self) -> Topology:
        """The Topology.

        Raises:
            Faulty: a fault forbids it.
        """
        if self.topology is None:
            raise Faulty(self)
        return self.topology


class Faulty(Exception):  # noqa: N818 - it is no error of ours, it says what is wrong with a file
    """A topology with faults was asked to be used; `findings` says which. Exit code 1."""

    exit_code = 1

    def __init__(self, sources: Sources) -> None:
        self.findings = sources.findings
        errors = [f for f in sources.findings if f.severity is Severity.ERROR]
        self.what = f"the topology has {len(errors)} {'fault' if len(errors) == 1 else 'faults'}"
        self.why = "\n".join(f"{f.at}: {f.what} [{f.code}]" for f in errors)
        self.fix = "wireplan validate shows each with its reason and its fix"
        super().__init__(self.what)


def topology(path: Path, environment: str | None = None) -> Topology:
    """The Topology in `path` for one environment.

    Raises:
        Faulty: the file has faults.
        Trouble: there is no such file or environment.
    """
    return sources(path, environment).sound()


def sources(path: Path, environment: str | None = None) -> Sources:
    """Everything about the topology in `path`, faults included; `environment` names the overlay beside it.

    Raises:
        Trouble: there is no such file or environment.
    """
    with uncollected():
        overlay = overlay_of(path, environment) if environment else None
        loaded = load(read, str(path), str(overlay) if overlay else None)
        return finished(loaded, path, environment or NO_ENVIRONMENT)


def finished(
    loaded: Loaded,
    path: Path,
    environment: str,
    compiled: Callable[[Path, str], Compiled] = compiled,
    again: Again | None = None,
) -> Sources:
    """The contracts checked, and the whole resolved where nothing forbids it."""
    system, names = loaded.system, loaded.names
    if names is None:
        return Sources(None, loaded.findings, loaded.sources)
    schema, more = schema_of(loaded, names, path, compiled)
    more.extend(named_otherwise(loaded, names.system, environment))
    findings = tuple(sorted([*loaded.findings, *more], key=Finding.sort_key))
    if system is None or any(f.severity is Severity.ERROR for f in findings):
        return Sources(None, findings, loaded.sources, names.system)
    resolved = resolve(
        system, schema, name=environment, positions=loaded.document, file=str(path), again=again
    )
    return Sources(resolved, findings, loaded.sources, system)


def schema_of(
    loaded: Loaded, names: Names, path: Path, compiled: Callable[[Path, str], Compiled]
) -> tuple[Schema, list[Finding]]:
    """The contracts of a system, and the references into them that do not hold."""
    system = names.system
    if system.contracts is None:
        return Schema(), []
    folder = path.parent / system.contracts.protos
    found = compiled(folder.resolve(), shown(folder))
    if found.findings:
        return found.schema, list(found.findings)
    if found.empty:
        at = loaded.document.nearest(("contracts", "protos"))
        said = f"{shown(folder)} holds no .proto file"
        return found.schema, [codes.NO_PROTOS.at(at, said)] if refers(system) else []
    methods = {name: tuple(contract.methods) for name, contract in found.schema.contracts.items()}
    return found.schema, contracts(names, methods, found.schema.kinds)


def refers(system: System) -> bool:
    """Whether a system refers to protos at all."""
    return any(s.serves for s in system.services.values()) or any(t.message for t in system.topics.values())


def named_otherwise(loaded: Loaded, system: System, environment: str) -> list[Finding]:
    """An overlay that calls its environment by another name than its own file's."""
    written = system.environment.name
    if written is None or environment in (written, NO_ENVIRONMENT):
        return []
    at = loaded.document.nearest(("environment", "name"))
    return [
        codes.COMBINATION.at(
            at,
            f'the overlay {environment} calls its environment "{written}"',
            fix=f"Write name: {environment}, or rename the file.",
        )
    ]


def environments(path: Path) -> tuple[str, ...]:
    """The names of the overlays beside a topology file."""
    return tuple(sorted(p.stem for p in path.parent.glob("*.yaml") if p.name != path.name and is_overlay(p)))


SAYS_ENVIRONMENT = re.compile(r"(?m)^environment[ \t]*:")
SAYS_SYSTEM = re.compile(r"(?m)^system[ \t]*:")


def is_overlay(file: Path) -> bool:
    """Whether a YAML file is laid over a topology: it says an environment, and no system.

    Other YAML lies beside topologies as well, and is none of ours, even where its keys sound alike: a compose.yaml has
    `services`, too.
    """
    if file.name.startswith(("Pulumi", ".")) or not file.is_file():
        return False
    return says_overlay(file.read_text(encoding="utf-8", errors="replace"))


def says_overlay(text: str) -> bool:
    """Whether a text says an environment, and no system."""
    return bool(SAYS_ENVIRONMENT.search(text)) and not SAYS_SYSTEM.search(text)


LOCAL = "local"


def chosen(path: Path, environment: str | None) -> str | None:
    """The environment that is meant: the one named, else `local` or the only one beside the file, else none."""
    if environment:
        return environment
    known = environments(path)
    return LOCAL if LOCAL in known else known[0] if len(known) == 1 else None


def overlay_of(path: Path, environment: str) -> Path:
    """The overlay of an environment.

    Raises:
        Trouble: there is none; or no topology, which is told first, since nothing lies beside what is not there.
    """
    known = environments(path)
    overlay = path.parent / f"{environment}.yaml"
    beside = overlay.parent == path.parent and os.path.isfile(overlay)  # noqa: PTH113 - no name is too long for it
    if environment not in known and not (beside and overlay != path):
        read(str(path))
        raise Trouble(
            f"there is no environment {environment}{asked(environment, known)}",
            why=f"{overlay} is not there",
            fix=f"use one of these: {listing(known)}",
        )
    return overlay


INSTEAD: ContextVar[Mapping[str, str]] = ContextVar("INSTEAD", default=MappingProxyType({}))


@contextmanager
def instead(texts: Mapping[str, str]) -> Generator[None]:
    """Read these texts where files are asked for: what would be found if somebody wrote them."""
    token = INSTEAD.set(texts)
    try:
        yield
    finally:
        INSTEAD.reset(token)


def read(file: str) -> bytes:
    """The bytes of a file.

    Raises:
        Trouble: it cannot be read.
    """
    if (text := INSTEAD.get().get(file)) is not None:
        return text.encode()
    try:
        return Path(file).read_bytes()
    except FileNotFoundError as error:
        raise Trouble(
            f"{file} is not there", fix="name a topology file, or write one with `wireplan init NAME`"
        ) from error
    except OSError as error:
        raise Trouble(f"{file} cannot be read", why=str(error)) from error


def shown(folder: Path) -> str:
    """A folder as findings call it: without `..` in the middle."""
    import os.path

    return os.path.normpath(folder)


@contextmanager
def uncollected() -> Generator[None]:
    """Without the cycle collector: loading makes many objects and no garbage, and is a third faster so.

    At the end all there is counts as old, which is what freezing and thawing do, so that the collector does not begin
    by looking at everything that was just loaded.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.unfreeze()
            gc.enable()
