"""The one entry of a text that a line is in, whatever is wrong with the others: what an editor needs at its cursor."""

from collections.abc import Sequence

from wireplan.load.document import Document
from wireplan.load.parse import Walk
from wireplan.load.pieces import Moved, Piece, composed, placed
from wireplan.load.stretches import Section, split


def entry(text: str, file: str, line: int) -> Document:
    """What can be read of the entry at a line (from 1): a document with nothing else in it."""
    begin = 1
    taken: list[tuple[Section, list[Piece | None]]] = []
    for section in split(text, strict=False) or ():
        pieces, begin = around(section, begin, line)
        taken.append((section, pieces))
    known = [piece for _, pieces in taken for piece in pieces if piece]
    tree = placed(taken if known else ())
    moved = Moved({node: piece.key for piece in known for node in piece.nodes}, tree.shifts)
    return Document(file, Walk(file, moved).value(tree.root), tree.root, {file: text}, (moved,))


def around(section: Section, begin: int, line: int) -> tuple[list[Piece | None], int]:
    """The pieces of a section that a line needs, the key above its own included; and where the next section begins."""
    ends = [begin]
    for stretch in section:
        ends.append(ends[-1] + stretch.text.count("\n"))
    last = ends[-1] + (0 if section[-1].text.endswith("\n") else 1)
    wanted = [start <= line < end for start, end in zip(ends, [*ends[1:-1], last], strict=False)]
    if any(wanted):
        wanted[0] = True
    return composed_of(section, wanted), ends[-1]


def composed_of(section: Section, wanted: Sequence[bool]) -> list[Piece | None]:
    """The pieces of a section that are wanted."""
    return [composed(stretch) if here else None for stretch, here in zip(section, wanted, strict=True)]
