"""The text of a file with stars in place of what may be a secret's value, and findings about such a value without its text.

A file that does not load is never seen by the rule SEC003, and still its lines are shown.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from wireplan.findings import Finding, Place
from wireplan.load import codes
from wireplan.load.document import Document, Path, pairs
from wireplan.secrecy import PRIVATE, SHAPES, hides

Line = tuple[int, str]
"""Where a line begins, and what stands on it."""
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


def stands_hidden(text: str, position: int) -> bool:
    """Whether one position of a text that could not be taken apart is in what is not to be seen, by the few lines that tell."""
    return inside(list(of_lines(above(text, position))), position)


def inside(ordered: Sequence[Span], position: int) -> bool:
    """Whether a position is in one of the spans, which are in the order of the text."""
    after = bisect_right(ordered, position, key=lambda span: span[0])
    return after > 0 and position < ordered[after - 1][1]


def reticent(finding: Finding) -> Finding:
    """A finding in the words of its page alone, unless its own never quote the text."""
    if finding.code == codes.UNCLOSED.code:  # it speaks of brackets and lines
        return replace(finding, secret=True)
    page = codes.TABLE[finding.code]
    what = page.what[:1].lower() + page.what[1:].rstrip(".")
    return replace(finding, what=what, fix=page.fix, edit=None, secret=True)


def offset(begins: Sequence[int], place: Place) -> int:
    """Where a place is, counted in letters from the beginning; `begins` is where each line does."""
    return begins[min(place.line, len(begins)) - 1] + place.column - 1


def spans(document: Document) -> Iterator[Span]:
    """Where the values stand that are not to be seen."""
    if document.root is None:
        yield from of_lines(every_line(document.texts[document.file]))
    else:
        yield from of_nodes(document, document.root, ())


def of_nodes(document: Document, node: Node, path: Path) -> Iterator[Span]:
    """The hidden values below a node."""
    if isinstance(node, MappingNode):
        for key, value in pairs(node):
            step = str(key.value) if isinstance(key, ScalarNode) else ANYTHING
            yield from of_nodes(document, value, (*path, step))
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            yield from of_nodes(document, item, (*path, index))
    elif hides(path, written(node)):
        yield document.letters(node)


def written(node: Node) -> str:
    """The text of a scalar; a password that begins with `!` is read as a tag."""
    tag = str(node.tag)
    return f"{tag} {node.value}" if tag.startswith(("!", "tag:")) else str(node.value)


def of_lines(lines: Iterable[Line]) -> Iterator[Span]:
    """The same where the text could not be taken apart: what follows a secret's key on its line, and the lines set deeper."""
    above = -1
    for begin, line in lines:
        indent = len(line) - len(line.lstrip())
        below = indent > above or (indent == above and line.lstrip().startswith("- "))
        if above >= 0 and (below or not line.strip()):
            yield begin, begin + len(line)
        else:
            start = opened(line)
            above = indent if start is not None else -1
            if start is not None:
                yield begin + start, begin + len(line)


def every_line(text: str) -> Iterator[Line]:
    """The lines of a text."""
    begin = 0
    for line in text.split("\n"):
        yield begin, line
        begin += len(line) + 1


def above(text: str, position: int) -> list[Line]:
    """The line of a position, below those above that may hide it: each further to the left than all between, or an equal one in a list."""
    begin = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    found = [(begin, text[begin : end if end >= 0 else len(text)])]
    least, items = margin(found[0][1])
    while begin and (least or items):
        end, begin = begin - 1, text.rfind("\n", 0, begin - 1) + 1
        line = text[begin:end]
        indent, item = margin(line)
        if indent < least or (indent == least and items and indent < BLANK):
            found.append((begin, line))
            items = item and (items or indent < least)
            least = indent
    return found[::-1]


def margin(line: str) -> tuple[int, bool]:
    """How far a line is set in, and whether it is an item of a list."""
    content = line.lstrip()
    return (len(line) - len(content), content.startswith("- ")) if content else (BLANK, True)


def opened(line: str) -> int | None:
    """Where on a line something begins that is not to be seen."""
    starts = [shape.start() for known, _ in SHAPES if (shape := known.search(line))]
    starts += [key.end() for key in KEY.finditer(line) if key[1] in PRIVATE or hides((key[1],), ANYTHING)]
    return min(starts, default=None)
