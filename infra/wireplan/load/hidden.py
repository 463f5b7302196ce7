"""The text of a file with stars in place of what may be a secret's value, and findings about such a value without its text.

A file that does not load is never seen by the rule SEC003, and still its lines are shown.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from wireplan.findings import Finding, Place
from wireplan.load import codes
from wireplan.load.document import Document, Path, letters, pairs
from wireplan.secrecy import PRIVATE, SHAPES, hides

Span = tuple[int, int]
"""First and past-the-last letter, counted from the beginning of the text: what breaks a line differs from reader to reader."""

KEY = re.compile(r"""(?:^|(?<=[\s{,\[]))["']?([A-Za-z_][\w.-]*)["']?\s*:(?=\s|$)""")
BLANK = 1_000_000  # a line with nothing in it is below all others
ANYTHING = "?"  # stands for the value of a key where the text could not be taken apart
BREAKS = re.compile("\r(?!\n)|[\x85\u2028\u2029]")


def masked(document: Document) -> str:
    """The text of one file, not of a merged one, with stars for every value that is not to be seen."""
    text, done = document.texts[document.file], 0
    parts: list[str] = []
    for start, end in spans(document):
        parts += (text[done:start], re.sub(r"\S", "*", text[start:end]))
        done = end
    return "".join([*parts, text[done:]])


def quiet(found: list[Finding], document: Document) -> list[Finding]:
    """The findings of a file's text; those about a hidden value say what their page says, not what stands there."""
    if not found:
        return found
    text = document.texts[document.file]
    begins = [0, *(each.end() for each in re.finditer("\n", text))]
    if document.root is None and not BREAKS.search(text):
        return [reticent(each) if stands_hidden(text, offset(begins, each.at)) else each for each in found]
    hidden = list(spans(document))
    if BREAKS.search(text):  # lines cannot be counted for certain
        return [reticent(each) for each in found] if hidden else found
    return [reticent(each) if inside(hidden, offset(begins, each.at)) else each for each in found]


def inside(ordered: Sequence[Span], position: int) -> bool:
    """Whether a position is in one of the spans, which are in the order of the text."""
    after = bisect_right(ordered, position, key=lambda span: span[0])
    return after > 0 and position < ordered[after - 1][1]


def reticent(finding: Finding) -> Finding:
    """A finding in the words of its page alone."""
    page = codes.TABLE[finding.code]
    what = page.what[:1].lower() + page.what[1:].rstrip(".")
    return replace(finding, what=what, fix=page.fix, edit=None, secret=True)


def offset(begins: Sequence[int], place: Place) -> int:
    """Where a place is, counted in letters from the beginning; `begins` is where each line does."""
    return begins[min(place.line, len(begins)) - 1] + place.column - 1


def spans(document: Document) -> Iterator[Span]:
    """Where the values stand that are not to be seen."""
    if document.root is None:
        yield from of_lines(document.texts[document.file])
    else:
        yield from of_nodes(document.root, ())


def of_nodes(node: Node, path: Path) -> Iterator[Span]:
    """The hidden values below a node."""
    if isinstance(node, MappingNode):
        for key, value in pairs(node):
            step = str(key.value) if isinstance(key, ScalarNode) else ANYTHING
            yield from of_nodes(value, (*path, step))
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            yield from of_nodes(item, (*path, index))
    elif hides(path, written(node)):
        yield letters(node)


def written(node: Node) -> str:
    """The text of a scalar; a password that begins with `!` is read as a tag."""
    tag = str(node.tag)
    return f"{tag} {node.value}" if tag.startswith(("!", "tag:")) else str(node.value)


def of_lines(text: str) -> Iterator[Span]:
    """The same where the text could not be taken apart: what follows a secret's key on its line, and the lines set deeper."""
    begin, above = 0, -1
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip())
        below = indent > above or (indent == above and line.lstrip().startswith("- "))
        if above >= 0 and (below or not line.strip()):
            yield begin, begin + len(line)
        else:
            start = opened(line)
            above = indent if start is not None else -1
            if start is not None:
                yield begin + start, begin + len(line)
        begin += len(line) + 1


def stands_hidden(text: str, position: int) -> bool:
    """Whether one position is in what `of_lines` finds: below a line that opens something, or behind what opens on its own line."""
    begin = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = text[begin : end if end >= 0 else len(text)]
    if position >= begin + len(line):
        return False
    least, items = margin(line)
    for above in reversed(text[: max(begin - 1, 0)].split("\n")):
        indent, item = margin(above)
        if indent == BLANK or indent > least or (indent == least and not items):
            continue
        if opened(above) is not None:
            return True
        items = item and (items or indent < least)
        least = indent
        if least == 0 and not items:
            break
    start = opened(line)
    return start is not None and begin + start <= position


def margin(line: str) -> tuple[int, bool]:
    """How far a line is set in, and whether it is an item of a list."""
    content = line.lstrip()
    return (len(line) - len(content), content.startswith("- ")) if content else (BLANK, True)


def opened(line: str) -> int | None:
    """Where on a line something begins that is not to be seen."""
    starts = [shape.start() for known, _ in SHAPES if (shape := known.search(line))]
    starts += [key.end() for key in KEY.finditer(line) if key[1] in PRIVATE or hides((key[1],), ANYTHING)]
    return min(starts, default=None)
