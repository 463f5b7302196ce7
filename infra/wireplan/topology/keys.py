"""How a topology file spells the path of a value: the keys that a person writes to change it. What follows from other values has none."""

from collections.abc import Iterator
from functools import cache

from wireplan.model import paths
from wireplan.topology.origins import NAMED, PROVIDERS, RENAMED, SINGLE, spelled
from wireplan.topology.types import Path, TopicRole, Topology

NAME = "*"


def key(topology: Topology, path: Path) -> Path | None:
    """The path of a value as the file spells it; None where nobody can write it."""
    head = path[0]
    if head == "topics" and topology.topics[str(path[1])].role is not TopicRole.MAIN:
        return None  # the whole topic follows from a consumer group
    if head == "services" and len(path) > 1 and topology.services[str(path[1])].part_of:
        return None  # the whole service follows from a channel
    if head == "services" and path[2:] == ("channels",):
        return None  # there are none, or none that it sends by itself
    found = of_pattern(pattern(path))
    return found and tuple(path[at] if step in (NAME, 0) else step for at, step in enumerate(found))


def pattern(path: Path) -> Path:
    """A path without its names and numbers: all of one pattern are spelled alike."""
    named = {1} if path[0] not in SINGLE else set[int]()
    named |= {3} if len(path) > 3 and path[2] in NAMED else set[int]()
    return tuple(
        0 if isinstance(step, int) else NAME if at in named else step for at, step in enumerate(path)
    )


@cache
def of_pattern(path: Path) -> Path | None:
    """The first spelling that the model knows."""
    return next((each for each in spellings(path) if paths.writable(each)), None)


def spellings(path: Path) -> Iterator[Path]:
    """How a path may be spelled in the file: as it is, if that is a key there."""
    yield path
    yield from spelled(path)
    if path[-1] == "provider" and path[0] in PROVIDERS:
        yield ("environment", PROVIDERS[str(path[0])])


def word(field: str) -> str:
    """How the file calls a field: `memory` for what is requested of it."""
    return ".".join(RENAMED.get((field,), ((field,),))[0])
