"""Python names made of the names in a topology and in contracts."""

from collections.abc import Iterable

from wireplan.topology import steps
from wireplan.topology.steps import WORD

module = steps.module
"""A module's, a function's or a variable's name."""

FOREIGN = {"google"}  # packages of messages that are no member's: they are imported above the members' own
WIDTH = 110  # of the rendered workspace, see its pyproject.toml


def hump(name: str) -> str:
    """A class' name: `video.uploaded` is `VideoUploaded`."""
    return "".join(word.capitalize() for word in WORD.split(name.lower()) if word)


def last(full_name: str) -> str:
    """The last part of a dotted name."""
    return full_name.rsplit(".", 1)[-1]


def package(full_name: str) -> str:
    """A dotted name without its last part."""
    return full_name.rpartition(".")[0]


def taken(name: str, used: Iterable[str], word: str) -> str:
    """`name`, with `word` behind it where it is used already."""
    return f"{name}_{word}" if name in set(used) else name


def imports(wanted: Iterable[tuple[str, str]], indent: int = 0) -> tuple[str, ...]:
    """Import statements of (module, name) pairs, in the order and the form that ruff gives them, whatever the names are."""
    table: dict[str, set[str]] = {}
    for source, name in wanted:
        table.setdefault(source, set()).add(name)
    foreign = sorted(source for source in table if source.split(".", 1)[0] in FOREIGN)
    own = sorted(table.keys() - set(foreign))
    lines = [_import(source, sorted(table[source], key=_order), indent) for source in (*foreign, *own)]
    return (*lines[: len(foreign)], *([""] if foreign and own else []), *lines[len(foreign) :])


def _import(source: str, found: list[str], indent: int) -> str:
    """On one line where there is one name; else a name a line, which no formatter joins because of the last comma."""
    line = f"from {source} import {found[0]}"
    if len(found) == 1 and indent + len(line) <= WIDTH:
        return line
    space = " " * indent
    return f"from {source} import (\n" + "".join(f"{space}    {name},\n" for name in found) + f"{space})"


def _order(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest, each by name: ruff's order-by-type."""
    kind = 0 if name.isupper() and len(name) > 1 else (1 if name[0].isupper() else 2)
    return kind, name.lower()
