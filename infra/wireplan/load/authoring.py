"""What an author would type to mend a file: a value that was not written, another text for one, a name more, a line less.

Each is one edit of one file, in the file's own layout, or none where it is not certain how it would be typed: in short forms, in texts
of several lines, where an overlay's part is mixed with the file's.
"""

from collections.abc import Sequence

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from wireplan.findings import Edit, Place
from wireplan.load.document import Document, Path, pairs
from wireplan.load.edits import lines_of

STEP = 2  # columns of one level, where a new one is begun
BLOCK = ("|", ">")


def written(document: Document, path: Path, text: str) -> Edit | None:
    """Write `text` as the value at `path`, where nothing is written yet."""
    for length in range(len(path) - 1, -1, -1):
        _, parent = document.nodes(path[:length])
        if parent is not None:
            key, *rest = path[length:]
            return entered(document, parent, f"{key}: {nested(rest, text)}")
    return None


def nested(steps: Sequence[str | int], text: str) -> str:
    """A value below further keys, in one line: `{a: {b: text}}`."""
    for step in reversed(steps):
        text = f"{{{step}: {text}}}"
    return text


def rewritten(document: Document, path: Path, text: str) -> Edit | None:
    """Replace the value at `path` by `text`."""
    _, value = document.nodes(path)
    if (
        value is None
        or not (isinstance(value, ScalarNode) or in_braces(value))
        or getattr(value, "style", None) in BLOCK
    ):
        return None
    return Edit(document.place(value), text)


def named(document: Document, path: Path, name: str) -> Edit | None:
    """Add a name to what `path` holds: a list of names, a map by name, a name alone, or nothing yet."""
    _, value = document.nodes(path)
    if value is None:
        return written(document, path, f"[{name}]")
    if isinstance(value, SequenceNode):
        return listed(document, value, name)
    if isinstance(value, MappingNode):
        return entered(document, value, f"{name}: {{}}")
    if not value.value or getattr(value, "style", None):
        return None
    return Edit(document.place(value), f"[{value.value}, {name}]")


def item(document: Document, key: str, text: str) -> Edit | None:
    """Add an item to a list of the top level, as its last; where there is none, begin it at the end of the file, or of its braces."""
    _, value = document.nodes((key,))
    if value is None and document.root is not None and in_braces(document.root):
        return entered(document, document.root, f"{key}: [{text}]")
    if value is None:
        return at_end(document, f"{key}:{newline(document, document.file)}  - {text}")
    if isinstance(value, SequenceNode):
        return listed(document, value, text)
    return begun(document, value, f"[{text}]") if isinstance(value, ScalarNode) else None


def left_out(document: Document, path: Path) -> Edit | None:
    """Take out the value at `path` with its key. A block map that would be empty becomes `{}`; an empty list goes with its key."""
    key, value = document.nodes(path)
    _, parent = document.nodes(path[:-1])
    if value is None or parent is None or isinstance(parent, ScalarNode):
        return None
    first, last = (key or value), value
    items = own(document, parent)
    index = next((number for number, (begin, _) in enumerate(items) if begin is first), None)
    if index is None:
        return None
    if in_braces(parent):
        return cut(document, items, index)
    if len(items) == 1 and isinstance(parent, SequenceNode):
        return left_out(document, path[:-1])
    if len(items) == 1:
        return emptied(document, path[:-1], last)
    return lines(document, document.place(first), last, dashed=isinstance(parent, SequenceNode))


def own(document: Document, parent: Node) -> list[tuple[Node, Node]]:
    """First and last node of each item of a map or list that is in the same file as the whole, in the order of the text."""
    if isinstance(parent, MappingNode):
        found = list(pairs(parent))
    else:
        found = [(item, item) for item in parent.value]
    file = document.place(parent).file
    same = [each for each in found if {document.place(node).file for node in each} == {file}]
    return sorted(same, key=lambda each: document.place(each[0]))


def in_braces(node: Node) -> bool:
    """Whether a map or list is written in braces or brackets."""
    return bool(getattr(node, "flow_style", None))


def entered(document: Document, parent: Node, entry: str) -> Edit | None:
    """Add `key: value` to a map as its last entry; to nothing at all as its only one."""
    if isinstance(parent, ScalarNode):
        return begun(document, parent, f"{{{entry}}}")
    if not isinstance(parent, MappingNode):
        return None
    items = own(document, parent)
    if in_braces(parent):
        return appended(document, parent, items, entry)
    return below(document, items, entry)


def begun(document: Document, empty: ScalarNode, text: str) -> Edit | None:
    """A map or list in place of nothing: `key:` becomes `key: {entry}`."""
    at = document.place(empty)
    line = line_of(document, at.file, at.line)
    if (at.line, at.column) != (at.end_line, at.end_column) or not line[: at.column - 1].endswith(":"):
        return None
    return Edit(at, f" {text}")


def listed(document: Document, parent: SequenceNode, name: str) -> Edit | None:
    """Add an item to a list as its last, or as its first where it is not certain how the last one ends."""
    items = own(document, parent)
    if in_braces(parent):
        return appended(document, parent, items, name)
    if not items:
        return None
    dash = document.place(parent).column - 1
    line = f"{' ' * dash}- {name}"
    return after(document, items[-1][1], line) or ahead(document, items[0][0], line)


def appended(document: Document, parent: Node, items: Sequence[tuple[Node, Node]], text: str) -> Edit | None:
    """Add something as the last between braces."""
    whole = document.place(parent)
    if not items:
        empty = Place(whole.file, whole.line, whole.column + 1, whole.line, whole.column + 1)
        return None if parent.value else Edit(empty, text)
    last = document.place(items[-1][1])
    if (last.line, last.column) == (last.end_line, last.end_column):
        return None  # `{a:}`: a comma behind it would be read as a part of the key
    return Edit(Place(last.file, last.end_line, last.end_column, last.end_line, last.end_column), f", {text}")


def below(document: Document, items: Sequence[tuple[Node, Node]], entry: str) -> Edit | None:
    """Add a line to a block map, below its last entry and as far to the right."""
    if not items:
        return None
    indent = document.place(items[-1][0]).column - 1
    return after(document, items[-1][1], f"{' ' * indent}{entry}")


def after(document: Document, last: Node, line: str) -> Edit | None:
    """A line behind the one on which a value ends, comments included."""
    end = ending(document, last)
    if end is None:
        return None
    length = len(line_of(document, end.file, end.end_line))
    at = Place(end.file, end.end_line, length + 1, end.end_line, length + 1)
    return Edit(at, f"{newline(document, end.file)}{line}")


def ahead(document: Document, first: Node, line: str) -> Edit | None:
    """A line before the one on which the first item of a list begins, behind its dash."""
    at = document.place(first)
    if line_of(document, at.file, at.line)[: at.column - 1].strip() != "-":
        return None
    return Edit(Place(at.file, at.line, 1, at.line, 1), f"{line}{newline(document, at.file)}")


def at_end(document: Document, lines: str) -> Edit | None:
    """Lines behind all that is in a file; None where it says itself that its document has ended."""
    known = lines_of(document.texts[document.file])
    if any(line.split("#")[0].rstrip() == "..." for line in known):
        return None
    end = newline(document, document.file)
    at = Place(document.file, len(known), len(known[-1]) + 1, len(known), len(known[-1]) + 1)
    return Edit(at, f"{end if known[-1] else ''}{lines}{end}")


def ending(document: Document, node: Node) -> Place | None:
    """The last scalar, or braces, of a value: a block's own end lies behind the comments that follow. None for a text of several lines."""
    if isinstance(node, ScalarNode):
        return None if node.style in BLOCK else document.place(node)
    if in_braces(node):
        return document.place(node)
    items = own(document, node)
    return ending(document, items[-1][1]) if items else None


def cut(document: Document, items: Sequence[tuple[Node, Node]], index: int) -> Edit:
    """Take an entry out from between braces, with one comma."""
    here = Place(*stretch(document, items[index]))
    if index + 1 < len(items):
        after = document.place(items[index + 1][0])
        return Edit(Place(here.file, here.line, here.column, after.line, after.column), "")
    if index:
        before = document.place(items[index - 1][1])
        return Edit(Place(here.file, before.end_line, before.end_column, here.end_line, here.end_column), "")
    return Edit(here, "")


def emptied(document: Document, path: Path, last: Node) -> Edit | None:
    """Write `{}` in place of a block map whose last value goes; a note behind its key stays."""
    key, _ = document.nodes(path)
    end = ending(document, last)
    if key is None or end is None:
        return None
    at = document.place(key)
    line, bottom = line_of(document, at.file, at.line), len(line_of(document, end.file, end.end_line))
    colon = at.end_column  # columns count from 1, so this is where the colon ends
    if at.file != end.file or line[colon - 1 : colon] != ":":
        return None
    return Edit(Place(at.file, at.line, colon + 1, end.end_line, bottom + 1), f" {{}}{line[colon:]}")


def stretch(document: Document, item: tuple[Node, Node]) -> tuple[str, int, int, int, int]:
    """From where to where an entry goes."""
    first, last = (document.place(node) for node in item)
    return first.file, first.line, first.column, last.end_line, last.end_column


def lines(document: Document, first: Place, last: Node, *, dashed: bool) -> Edit | None:
    """Take out whole lines: from that of the key, or of the dash before the item, to the one on which the value ends."""
    end = ending(document, last)
    before = line_of(document, first.file, first.line)[: first.column - 1].strip()
    if end is None or end.file != first.file or before != ("-" if dashed else ""):
        return None
    count = len(lines_of(document.texts[first.file]))
    if end.end_line < count:
        return Edit(Place(first.file, first.line, 1, end.end_line + 1, 1), "")
    return None


def line_of(document: Document, file: str, number: int) -> str:
    """A line's text, without its end."""
    return lines_of(document.texts[file])[number - 1]


def newline(document: Document, file: str) -> str:
    """How lines end in a file."""
    return "\r\n" if "\r\n" in document.texts[file] else "\n"
