"""One topology on the desk of the language server: checked again after each edit, with what is kept from the check before."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wireplan.editor.positions import Text
from wireplan.editor.project import Project
from wireplan.findings import Finding, Place, Severity
from wireplan.load.again import Again as Read
from wireplan.load.document import Document, value
from wireplan.load.pieces import Pieces
from wireplan.load.read import load
from wireplan.report.run import Checked, Run, Seen
from wireplan.rim import contracts, sources, validation
from wireplan.rim.language_server.files import Files
from wireplan.rim.trouble import Trouble
from wireplan.topology.again import Again as Resolved
from wireplan.topology.origins import Origins
from wireplan.topology.resolve import NO_ENVIRONMENT
from wireplan.topology.types import Topology

Signature = tuple[tuple[str, int, int], ...]


@dataclass
class Protos:
    """The compiled contracts of a folder, kept as long as none of its files is written."""

    known: dict[Path, tuple[Signature, contracts.Compiled]] = field(
        default_factory=dict[Path, tuple[Signature, contracts.Compiled]]
    )

    def compiled(self, folder: Path, shown: str) -> contracts.Compiled:
        """As `contracts.compiled`."""
        now = signature(folder)
        kept = self.known.get(folder)
        if kept is None or kept[0] != now:
            kept = now, contracts.compiled(folder, shown)
            self.known[folder] = kept
        return kept[1]


def signature(folder: Path) -> Signature:
    """What the files of a folder look like from outside: path, time, size."""
    stats = ((path, path.stat()) for path in sorted(folder.rglob("*.proto")) if path.is_file())
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in stats)


@dataclass
class Desk:
    """`seen` are the findings of the last check that came to its end, `told` the files that the editor heard of; `topologies` those of the last one without a fault, by environment."""

    file: str
    files: Files
    encoding: str = "utf-16"
    read: Read = field(default_factory=Read)
    resolved: Resolved = field(default_factory=Resolved)
    protos: Protos = field(default_factory=Protos)
    seen: Sequence[Seen] = ()
    environments: int = 1
    texts: dict[str, Text] = field(default_factory=dict[str, Text])
    checked: set[str] = field(default_factory=set[str])
    told: set[str] = field(default_factory=set[str])
    topologies: dict[str, Topology] = field(default_factory=dict[str, Topology])
    pieces: dict[str, Pieces] = field(default_factory=dict[str, Pieces])

    def check(self) -> Generator[None]:
        """Check the topology in all its environments; yields where others may be served meanwhile. `seen` is new at the end."""
        checked: list[Checked] = []
        self.checked = set(self.names())
        overlays: Mapping[str, str | None] = self.files.overlays(self.file) or {NO_ENVIRONMENT: None}
        for environment, overlay in overlays.items():
            try:
                checked.append((yield from self.in_one(environment, overlay)))
            except Trouble as trouble:
                checked.append(Checked(environment, "", (said(trouble, self.file),)))
        used = validation.used_somewhere(checked, ())
        run = Run(self.file, tuple(validation.each_used(checked, self.file, used)), {}, 0)
        self.seen, self.environments = run.seen(), len(checked)
        self.read.round()
        for gone in self.topologies.keys() - overlays.keys():
            del self.topologies[gone]

    def concerns(self, file: str) -> bool:
        """Whether a file was a part of this when it was last checked, something was found in it, or it is one of the protos."""
        return (
            file in self.checked
            or any(each.finding.at.file == file for each in self.seen)
            or Path(file) in proto_files(self.file, self.document(self.file))
        )

    def near(self, file: str) -> bool:
        """Whether a file that changed, or is gone, may have been a part of this."""
        protos = proto_folder(self.file, self.document(self.file))
        beside = Path(file).parent == Path(self.file).parent
        return beside or (protos is not None and protos in Path(file).parents)

    def is_open(self) -> bool:
        """Whether the editor has one of its files open."""
        return any(file in self.files.buffers for file in self.names())

    def names(self) -> list[str]:
        """The topology's file, then its overlays."""
        return [self.file, *self.files.overlays(self.file).values()]

    def in_one(self, environment: str, overlay: str | None) -> Generator[None, None, Checked]:
        """The findings in one environment.

        Raises:
            Trouble: something of the world keeps it from being checked.
        """
        path = Path(self.file)
        with sources.uncollected():
            loaded = load(self.files.read, self.file, overlay, self.read)
        yield
        with sources.uncollected():
            found = sources.finished(loaded, path, environment, self.protos.compiled, self.resolved)
            if found.topology is not None:
                self.put(environment, found.topology)
        yield
        with sources.uncollected():
            return validation.checked_in(found, environment)

    def put(self, environment: str, topology: Topology) -> None:
        """The values of an environment as they are now. Those of before go at once: the cycle collector rests while we check."""
        before = self.topologies.get(environment)
        if before is not None and isinstance(before.origins, Origins):
            before.origins.release()
        self.topologies[environment] = topology

    def project(self) -> Project:
        """What the editor's questions are answered from: the texts as they are now, the values as they last were without a fault."""
        documents: dict[str, Document] = {}
        broken: set[str] = set()
        for file in self.names():
            documents[file] = self.document(file)
            if documents[file].root is None:
                broken.add(file)
                documents[file] = self.readable(file, self.files.text(file))
        protos = proto_files(self.file, documents[self.file])
        texts = {str(path): self.files.text(str(path)) for path in protos}
        return Project(self.file, documents, texts, dict(self.topologies), frozenset(broken))

    def document(self, file: str) -> Document:
        """A file as it is now."""
        with sources.uncollected():
            return self.read.parse(self.files.text(file), file)[0]

    def readable(self, file: str, text: str) -> Document:
        """What can be read of a text with a fault."""
        return self.pieces.setdefault(file, Pieces()).readable(text, file)

    def text(self, file: str) -> Text:
        """A file's text with both ways to count in it."""
        text = self.files.text(file)
        known = self.texts.get(file)
        if known is None or known.text != text:
            known = self.texts[file] = Text(text, self.encoding)
        return known


def proto_files(file: str, document: Document) -> list[Path]:
    """The .proto files that a topology names."""
    folder = proto_folder(file, document)
    return [path for path in sorted(folder.rglob("*.proto")) if path.is_file()] if folder else []


def proto_folder(file: str, document: Document) -> Path | None:
    """The folder of .proto files that a topology names, if it names one."""
    folder = value(document.data, ("contracts", "protos"))
    return Path(sources.shown(Path(file).parent / folder)) if isinstance(folder, str) else None


def said(trouble: Trouble, file: str) -> Finding:
    """Trouble as a finding at the beginning of the file: there is nobody else to tell."""
    return Finding("", Severity.NOTE, Place(file), trouble.what, trouble.why, trouble.fix)
