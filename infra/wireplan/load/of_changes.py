"""What `moved` and `allow_data_loss` say of the next change: what means nothing is refused, since nobody would notice."""

from collections.abc import Collection, Iterator

from wireplan.findings import Finding, Related, respelled
from wireplan.load import codes
from wireplan.load.names import Found, Names, Path
from wireplan.load.nearest import asked, listing, meant
from wireplan.model.system import Move

MOVABLE = {"services": "service", "edges": "edge", "caches": "cache"}
"""What can be renamed and keep its objects, and what one of it is called."""
VOLUMES = ("kafka", "objects")
"""What has a volume of its own that may be given up; a database's goes with the database."""


def moves(names: Names) -> Iterator[Found]:
    """A rename leads from a name that is gone to one that is there, of the same kind."""
    targets = {move.new for move in names.system.moved}
    yield from forks(names)
    for index, move in enumerate(names.system.moved):
        path: Path = ("moved", index)
        (old, _, former), (noun, _, new) = move.old.partition("."), move.new.partition(".")
        table = movable(names, noun)
        if old not in MOVABLE or noun not in MOVABLE:
            key, strange = ("to", noun) if old in MOVABLE else ("from", old)
            yield immovable(names, (*path, key), strange)
        elif old != noun:
            said = f"{move.old} cannot become {move.new}: they are of two kinds"
            yield codes.COMBINATION.at(
                names.place(path), said, fix=f"Write from: {noun}.NAME, or to: {old}.NAME."
            )
        elif noun not in names.unsure:
            yield from names.known(MOVABLE[noun], new, table, (*path, "to"))
            if former in table and move.old not in targets:
                said = f"{move.old} is still there, so it was not renamed to {move.new}"
                at = names.place((*path, "from"))
                yield codes.COMBINATION.at(at, said, fix="Remove the one that is not meant, or the move.")


def forks(names: Names) -> Iterator[Finding]:
    """A rename that is written twice, two to one name, or two of one: only one of them can be what happened."""
    moved = names.system.moved
    first: dict[tuple[str, str], int] = {}
    for index, move in enumerate(moved):
        by_key = [
            (key, first.setdefault((key, name), index))
            for key, name in (("to", move.new), ("from", move.old))
        ]
        for key, earlier in [each for each in by_key if each[1] < index][:1]:
            said, fix = forked(moved[earlier], move)
            related = (Related(names.place(("moved", earlier, key)), "the first"),)
            yield codes.COMBINATION.at(names.place(("moved", index, key)), said, fix=fix, related=related)


def forked(before: Move, move: Move) -> tuple[str, str]:
    """What two renames cannot both say, and what to do."""
    if before == move:
        return f"the rename of {move.old} to {move.new} is written twice", "Leave one of the two out."
    if before.new == move.new:
        said = f"{before.old} and {move.old} are both renamed to {move.new}"
        return said, f"Keep the one that {move.new} was before, and leave the other out."
    said = f"{move.old} is renamed to both {before.new} and {move.new}"
    return said, f"Keep the one that {move.old} is now, and leave the other out."


def movable(names: Names, noun: str) -> Collection[str]:
    """The names in the file of what can be renamed."""
    system = names.system
    tables = {"services": system.services, "edges": system.edges, "caches": system.caches}
    return tables.get(noun, {})


def immovable(names: Names, path: Path, noun: str) -> Finding:
    """A rename of what has no place in the tree of objects, or holds data under its name."""
    at = names.place(path)
    return codes.WRONG_KIND.at(
        at, f'"{noun}" is nothing that can be moved{asked(noun, MOVABLE)}',
        why="Only objects are renamed; data that lies under a name stays there, and a move would hide that.",
        fix=f"Known: {listing(MOVABLE)}. Of anything else keep the old name, or move its data by hand.",
    )  # fmt: skip


def allowances(names: Names) -> Iterator[Found]:
    """An allowance names what holds data. Its name may be gone from the file: that is how data is given up."""
    system = names.system
    clusters = system.databases
    known: dict[str, list[str]] = {
        "topic": list(system.topics),
        "database": [*clusters, *(each for one in clusters.values() for each in one.databases)],
        "volume": list(VOLUMES),
    }
    for index, allowed in enumerate(system.allow_data_loss):
        noun, _, name = allowed.partition(" ")
        path: Path = ("allow_data_loss", index)
        if noun not in known:
            yield codes.WRONG_KIND.at(
                names.place(path), f"a {noun} is nothing that a change destroys, so allowing it means nothing",
                why="Buckets lie in the volume of the object store, and leaving one out of the file deletes none.",
                fix="Write volume objects where the whole object store may go, or remove this.",
            )  # fmt: skip
        elif noun == "volume":
            yield from names.known("volume", name, VOLUMES, path)
        elif not there(noun, name, known[noun]) and f"{noun}s" not in names.unsure:
            yield absent(names, path, noun, name, known[noun])


def there(noun: str, name: str, known: list[str]) -> bool:
    """Whether a name is in the file; a topic for retries or dead letters is called after the topic it is for."""
    return name in known or (noun == "topic" and any(name.startswith(f"{each}.") for each in known))


def absent(names: Names, path: Path, noun: str, name: str, known: list[str]) -> Finding:
    """The finding of an allowance for what the file does not have: right while it is removed, wrong before and after."""
    at, near = names.place(path), meant(name, known)
    return codes.ALLOWED_NOTHING.at(
        at, f'no {noun} is called "{name}"{asked(name, known)}',
        fix=f"Correct the name, or remove it once the {noun} is gone. Known: {listing(known)}.",
        edit=respelled(at, f"{noun} {name}", near and f"{noun} {near}"),
    )  # fmt: skip
