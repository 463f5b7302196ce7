"""What drills break and what must hold: names that are there."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from wireplan.load import codes
from wireplan.load.names import Found, Names, Path, corrected
from wireplan.load.nearest import asked, listing

SINGLE = ("kafka", "object_store")
BREAKABLE = ("edges", "services", "databases", "caches", "externals")
"""The nouns of parts that have processes to kill or freeze; a topic lies in kafka, a bucket in the object store."""
HELD = ("topics", "databases", "sagas")


def drills(names: Names) -> Iterator[Found]:
    """What is broken runs somewhere, and what must hold is promised of something."""
    for name, drill in names.system.drills.items():
        here: Path = ("drills", name)
        for index, each in enumerate(drill.breaks):
            yield from breakable(names, each.part, (*here, "breaks", index, "part"))
        for index, held in enumerate(drill.holds):
            yield from holdable(names, held, (*here, "holds", index))
        if drill.control:
            yield from changeable(names, drill.control.change, (*here, "control", "change"))


def breakable(names: Names, part: str, path: Path) -> Iterator[Found]:
    """A part with processes."""
    noun, _, name = part.partition(".")
    if noun in BREAKABLE:
        yield from known(names, noun, name, path)
    elif part not in SINGLE:
        yield codes.WRONG_KIND.at(
            names.place(path), f"{part} has no process of its own that could be broken",
            fix=f"Write what runs it: {listing((*SINGLE, *(f'{each}.NAME' for each in BREAKABLE)))}.",
        )  # fmt: skip


def holdable(names: Names, held: str, path: Path) -> Iterator[Found]:
    """Something of which a promise may be kept or broken."""
    noun, _, name = held.partition(".")
    if noun in HELD:
        yield from known(names, noun, name, path)
        return
    services, (caller, _, callee) = names.system.services, name.partition(".calls.")
    if caller not in services:
        yield from known(names, noun, caller, path)
    elif callee not in services:
        yield from known(names, noun, callee, path)
    elif callee not in services[caller].calls and caller not in names.unsure:
        calls = [f"services.{caller}.calls.{each}" for each in services[caller].calls]
        at = names.place(path)
        yield codes.WRONG_KIND.at(
            at, f"{caller} does not call {callee}{asked(held, calls)}",
            why="What it answers without a callee can only hold where it calls one.",
            fix=f"Known: {listing(calls)}.", edit=corrected(at, held, calls),
        )  # fmt: skip


def changeable(names: Names, change: str, path: Path) -> Iterator[Found]:
    """A value of a part that is there."""
    noun, _, rest = change.partition(".")
    if noun in SINGLE:
        return
    table = tables(names, (*BREAKABLE, "topics", "sagas")).get(noun)
    if table is None:
        yield codes.WRONG_KIND.at(
            names.place(path), f"{change} is no value of a part", fix="Write NOUN.NAME.FIELD."
        )
    elif not any(rest.startswith(f"{each}.") for each in table):
        yield from known(names, noun, rest.partition(".")[0], path)


def known(names: Names, noun: str, name: str, path: Path) -> Iterator[Found]:
    """A use of a part by its noun and name, which is of one cause with all other uses of that name."""
    table = tables(names, (noun,))[noun]
    word = "database" if noun == "databases" and not table else NOUNS[noun]
    for use in names.known(word, name, table, path) if not gone(names, noun, name) else ():
        whole = [f"{noun}.{each}" for each in table] if path[-1] != "change" else []
        yield replace(use, edit=corrected(use.at, f"{noun}.{name}", whole))


NOUNS = {
    "edges": "edge", "services": "service", "databases": "database cluster", "caches": "cache", "externals": "external",
    "topics": "topic", "sagas": "saga",
}  # fmt: skip
"""What one of each is called."""


def gone(names: Names, noun: str, name: str) -> bool:
    """Whether an overlay takes a part out, so that the drill is for other environments."""
    return f"{noun}.{name}" in names.removed


def tables(names: Names, nouns: Collection[str]) -> dict[str, Collection[str]]:
    """The names of some nouns."""
    return {noun: getattr(names.system, noun) for noun in nouns}
