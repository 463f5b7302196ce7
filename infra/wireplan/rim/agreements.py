"""The contracts of a system, looked at by buf: what `wireplan validate --contracts` and `--against` add to a run.

Not in every run: buf is a program of its own, which takes a quarter of a second for a few protos and two seconds for a thousand, longer than
all rules together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wireplan.changes import contracts
from wireplan.changes.contracts import UNREAD, Complaint
from wireplan.findings import Finding, Place
from wireplan.load import codes
from wireplan.report.run import Run
from wireplan.rim import buf, revisions, sources, talk, validation
from wireplan.rim.sources import Sources
from wireplan.rim.trouble import Trouble
from wireplan.rules import protos, waivers
from wireplan.topology.resolve import NO_ENVIRONMENT
from wireplan.topology.types import Topology


@dataclass(frozen=True, slots=True)
class Protos:
    """A folder of protos: where it is, how findings call it, and the place that names it."""

    folder: Path
    shown: str
    named: Place


@dataclass(frozen=True, slots=True)
class Base:
    """A git revision of a repository, laid out in a folder."""

    revision: str
    root: Path
    tree: Path

    def then(self, path: Path) -> Path | None:
        """Where something of the working tree is in the revision; None outside the repository."""
        return self.tree / path.relative_to(self.root) if path.is_relative_to(self.root) else None


def added(run: Run, path: Path, against: str | None = None) -> Run:
    """The run with what buf says of the contracts, in each environment that has them.

    Raises:
        Trouble: no environment has any; buf cannot be had, or could not look; there is no such revision.
    """
    read = {one.environment: sources.sources(path, overlay(one.environment)) for one in run.checked}
    here = {name: folder_of(found, path) for name, found in read.items()}
    if all(found.system for found in read.values()) and not any(here.values()):
        raise Trouble(
            f"{path} has no protos, so no contract was checked",
            why="it names no folder of them, or one without a .proto file",
            fix="write `contracts: {protos: FOLDER}`, or leave out --contracts and --against",
        )
    said = {
        each: judged(each, [read[name] for name in read if here[name] == each], path, against)
        for each in dict.fromkeys(filter(None, here.values()))
    }
    looked = tuple(each.code for each in (protos.ALL if against else (protos.LINT,)))
    checked = [
        replace(one, findings=(*one.findings, *waived(read[one.environment].topology, said[each], looked)))
        if (each := here[one.environment])
        else one
        for one in run.checked
    ]
    texts = [text for each, findings in said.items() for text in texts_of(each, findings).items()]
    more = [
        one for one, before in zip(checked, run.checked, strict=True) if one is not before and one.findings
    ]
    known = {name: text for one in more for name, text in read[one.environment].texts().items()}
    return replace(run, checked=tuple(checked), sources={**run.sources, **known, **dict(texts)})


def waived(topology: Topology | None, said: Sequence[Finding], looked: Sequence[str]) -> tuple[Finding, ...]:
    """What buf says but for what the waivers of an environment allow, and those of them that allow nothing of the codes that it `looked` for."""
    if topology is None:
        return tuple(said)
    today = validation.today()
    return (*waivers.left(topology, said, today), *waivers.idle(topology, said, looked, today))


def overlay(environment: str) -> str | None:
    """The overlay of an environment of a run."""
    return None if environment == NO_ENVIRONMENT else environment


def folder_of(found: Sources, path: Path) -> Protos | None:
    """The protos that a topology names, if there are any."""
    if found.system is None or found.system.contracts is None:
        return None
    folder = path.parent / found.system.contracts.protos
    if not holds(folder):
        return None
    places = [at for each in reversed(found.documents) if (at := each.find(protos.WHERE))]
    return Protos(folder.resolve(), sources.shown(folder), places[0] if places else Place(str(path)))


def holds(folder: Path) -> bool:
    """Whether there are protos in a folder."""
    return any(folder.rglob("*.proto"))


def judged(here: Protos, using: Sequence[Sources], path: Path, against: str | None) -> tuple[Finding, ...]:
    """Findings on a folder of protos, compared with a revision where one is named."""
    if not against:
        return looked(here, using, path, None)
    root = revisions.repository(here.folder)
    with revisions.folder(root, against) as tree:
        return looked(here, using, path, Base(against, root, tree))


def broken(path: Path, environments: Iterable[str | None], base: Base) -> tuple[Finding, ...]:
    """What the protos of a topology, in any of its environments, break of those of a revision that is at hand.

    Raises:
        Trouble: buf cannot be had, or could not look; the protos of the revision cannot be read.
    """
    read = [sources.sources(path, each) for each in environments]
    here = [folder_of(each, path) for each in read]
    found = [
        finding
        for each in dict.fromkeys(filter(None, here))
        for finding in looked(
            each, [one for one, at in zip(read, here, strict=True) if at == each], path, base
        )
    ]
    kept = [each for each in found if each.code != protos.LINT.code]
    topology = strictest(read)
    return waivers.left(topology, kept, validation.today()) if topology else tuple(kept)


def looked(here: Protos, using: Sequence[Sources], path: Path, base: Base | None) -> tuple[Finding, ...]:
    """Findings on a folder of protos; none where protoc has said already that they are none.

    The uses are those of one environment, the strictest: what is wrong with a contract is one fault, wherever it is used.
    """
    if any(finding.code == codes.PROTOS.code for each in using for finding in each.findings):
        return ()
    said = buf.lint(here.folder)
    if unread := [each for each in said if each.rule == UNREAD]:
        return tuple(codes.PROTOS.at(each.place(here.shown), each.text) for each in unread)
    findings = [*contracts.lint(said, here.shown)]
    if base and (earlier := protos_then(here, path, base)):
        told = compared(here, earlier, base)
        findings += contracts.breaking(told, here.shown, here.named, strictest(using))
    return tuple(findings)


def strictest(found: Iterable[Sources]) -> Topology | None:
    """The topology of the strictest environment that could be read."""
    read = [each.topology for each in found if each.topology]
    return max(read, key=lambda each: each.environment.profile == "prod", default=None)


def compared(here: Protos, earlier: Path, base: Base) -> Sequence[Complaint]:
    """What the protos break of those of a revision.

    Raises:
        Trouble: those cannot be read.
    """
    said = buf.breaking(here.folder, earlier)
    if unread := [each for each in said if each.rule == UNREAD]:
        raise Trouble(
            f"the protos of {base.revision} cannot be read, so nothing can be compared with them",
            why="\n".join(f"{each.file}:{each.at[0]}:{each.at[1]}: {each.text}" for each in unread),
            fix="name an earlier revision with --against",
        )
    return said


def protos_then(here: Protos, path: Path, base: Base) -> Path | None:
    """The folder of protos of a revision: at the same place, or where the topology named it then. None, and said so, if there was none."""
    same = base.then(here.folder)
    if same and holds(same):
        return same
    topology = base.then(path.resolve())
    moved = folder_of(sources.sources(topology), topology) if topology and topology.is_file() else None
    if moved is None:
        talk.say(f"    {base.revision} has no protos: there is nothing to compare with")
    return moved.folder if moved else None


def texts_of(here: Protos, findings: Iterable[Finding]) -> Mapping[str, str]:
    """The texts of the .proto files that findings point into, for excerpts."""
    files = {each.at.file for each in findings if each.at.file.startswith(f"{here.shown}/")}
    where = {name: here.folder / name.removeprefix(f"{here.shown}/") for name in files}
    return {
        name: file.read_text(encoding="utf-8", errors="replace")
        for name, file in where.items()
        if file.is_file()
    }
