"""What an editor shows of the value under the cursor: what its field means, what it is in each environment, and where that comes from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wireplan.editor import schema
from wireplan.editor.completion import waives
from wireplan.editor.project import Project
from wireplan.editor.roles import OF_PROTOS
from wireplan.findings import Place
from wireplan.load import spots
from wireplan.load.document import Path, value
from wireplan.load.spots import Spot
from wireplan.report import shown
from wireplan.report.entries import entries
from wireplan.secrecy import hides
from wireplan.topology import describe
from wireplan.topology.describe import Value
from wireplan.topology.types import OriginKind, Topology

MOST = 24
"""Lines of values; the rest is a command away."""


@dataclass(frozen=True, slots=True)
class Help:
    """Markdown, and what it is about."""

    text: str
    at: Place


def hover(project: Project, file: str, line: int, column: int) -> Help | None:
    """Help for a position (from 1) in a topology, an overlay or a .proto file."""
    mention = project.mention(file, line, column)
    if mention and mention.noun in OF_PROTOS and file in project.protos:
        return Help(
            f"{mention.noun} `{mention.name}`: {users(project, len(project.references(mention, declaration=False)))}",
            mention.at,
        )
    document = project.documents.get(file)
    spot = spots.at(document, line, column) if document else None
    if document is None or spot is None:
        return None
    named = f"\n\n{mention.noun} `{mention.name}`" if mention and mention.noun in OF_PROTOS else ""
    text = schema.said(schema.whole(overlay=file != project.file), spot.path)
    named += waived(spot) if waives(spot.path) and not spot.key else ""
    path = by_name(document.data, spot.path)
    head = f"**{shown.dotted(path)}**" + (f"\n\n{text}" if text else "") + named
    folder = project.file[: project.file.rfind("/") + 1]
    blocks = [
        f"```text\n{block.replace(folder, '') if folder else block}\n```"
        for block in values(environments(project, file), path, spot.at)
    ]
    return Help("\n\n".join([head, *blocks]), spot.at)


def waived(spot: Spot) -> str:
    """What the rule is about that a waiver names."""
    word = spot.text.replace("_", "-")
    found = next((each for each in entries().values() if word in (each.code, each.name)), None)
    parts = "".join(f"\n\n{name}: {text}" for name, text in found.parts[:3]) if found else ""
    return f"\n\n**{found.code} {found.name}**\n\n{found.title}{parts}" if found else ""


def users(project: Project, number: int) -> str:
    """How often the topology speaks of something."""
    return (
        f"{number} {'use' if number == 1 else 'uses'} in {project.file.rpartition('/')[2]} and its overlays"
    )


def environments(project: Project, file: str) -> Sequence[Topology]:
    """Those that a file speaks of: an overlay of its own."""
    own = file.rpartition("/")[2].removesuffix(".yaml")
    if file != project.file and own in project.topologies:
        return (project.topologies[own],)
    return tuple(project.topologies.values())


def by_name(data: object, path: Path) -> Path:
    """A path with the names of a list's items in place of their numbers, as a Topology has them: `calls: [auth]`."""
    named: Path = ()
    found = data
    for step in path:
        found = value(found, (step,))
        named = (*named, found if isinstance(step, int) and isinstance(found, str) else step)
    return named


def values(topologies: Sequence[Topology], path: Path, at: Place) -> Iterator[str]:
    """What `wireplan show` says of the value: whole in the first environment, of the others what is otherwise there."""
    first: list[str] = []
    same: list[str] = []
    told: dict[str, list[str]] = {}
    for topology in topologies:
        where, found = described(topology, path, at)
        lines = shown.text(where, "", [seen(each) for each in found]).splitlines()[1:]
        named = told.setdefault("\n".join(few([line for line in lines if line not in first])), [])
        named.append(topology.environment.name)
        if not first:
            first = lines
            same = named
        elif lines == first:
            same.append(named.pop())
    for text, names in told.items():
        if text and names:
            yield f"in {', '.join(names)}\n{text}"


def few(lines: list[str]) -> list[str]:
    """Not too many lines."""
    more = len(lines) - MOST
    return [*lines[:MOST], f"  ... and {more} more"] if more > 0 else lines


def seen(each: Value) -> Value:
    """A value as it may be shown: a secret's text is not."""
    return replace(each, text="***") if hides(each.path, each.text) else each


def described(topology: Topology, path: Path, at: Place) -> tuple[Path, list[Value]]:
    """The values at a path of the file; where a Topology spells it otherwise, those that come from that very place."""
    for length in range(len(path), 0, -1):
        try:
            describe.at(topology, path[:length])
        except (StopIteration, AttributeError):
            continue
        found = list(describe.described(topology, path[:length]))
        if length == len(path):
            return path, [each for each in found if not describe.absent(each)] or found[:1]
        return path[:length], [each for each in found if of(each, at)] if length > 1 else []
    return path, []


def of(each: Value, at: Place) -> bool:
    """Whether a value was written at a place."""
    return each.origin.kind is OriginKind.WRITTEN and each.origin.place == at
