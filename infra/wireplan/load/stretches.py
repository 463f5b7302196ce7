"""A text told apart into the entries of its top level, and of the block maps right below it: from each key to the next one.

Where that cannot be told for certain, none is told (`wireplan.load.pieces` then takes the text as a whole).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

STRANGE = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
"""What ends a line for libyaml, and for no regular expression."""
TOP = re.compile(r"\n[^ \r\n#]")  # a pattern that begins with a letter is four times as fast as one with ^
FIRST = re.compile(r"(?m)^( +)[^ \r\n#]")
KEYISH = re.compile(r"[A-Za-z0-9_\"']")
ITEM = re.compile(r"-(?:[ \r\n]|\Z)")
HEAD = re.compile(r"[\w.\"'-]+:[ \t]*(?:#[^\n]*)?\r?\n")
"""A key whose value, if any, stands on the lines below it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The text of an entry, its column, and whether a map that is not the top level ends with it."""

    text: str
    indent: int = 0
    last: bool = False


Section = Sequence[Stretch]
"""A part of the top level: one entry, or the head of a map and the entries in it."""


def split(text: str, *, strict: bool = True) -> list[Section] | None:
    """The sections of a text; None where they cannot be told for certain. Not `strict`: what is odd counts to what stands before it."""
    if not (text.isascii() and "\r" not in text) and STRANGE.search(text):
        return None
    found = entries(text, TOP, strict=strict)
    if not found or not comments(text[: found[0]]):
        return None
    begins = [0, *found[1:], len(text)]
    sections: list[Section] = []
    for begin, end, key in zip(begins, begins[1:], found, strict=False):
        section = divided(text[begin:end], key - begin, strict=strict)
        if section is None:
            return None
        sections.append(section)
    return sections


def comments(text: str) -> bool:
    """Whether a text is comments and empty lines only."""
    return all(not line.strip() or line.lstrip().startswith("#") for line in text.split("\n"))


def entries(text: str, begins: re.Pattern[str], *, strict: bool) -> list[int] | None:
    """Where the entries of a block map begin; None where a line is no key and no item of the entry before it."""
    found: list[int] = []
    for line in begins.finditer("\n" + text):  # where a line ends there, the next one begins in the text
        at = line.end() - 2
        if KEYISH.match(text, at):
            found.append(line.start())
        elif strict and not (found and ITEM.match(text, at)):
            return None
    return found


def divided(text: str, key: int, *, strict: bool) -> Section | None:
    """A section whose key begins at `key`: as one entry, or as the head of a block map and its entries."""
    whole = (Stretch(text),)
    head = HEAD.match(text, key)
    first = FIRST.search(text, head.end()) if head else None
    if head is None or first is None or not KEYISH.match(text, first.end() - 1):
        return whole
    if not comments(text[head.end() : first.start()]):  # items of a list, as far left as their key
        return whole
    indent = len(first[1])
    lines = re.compile(rf"\n {{1,{indent}}}[^ \r\n#]")
    found = entries(text, lines, strict=strict)
    if found is None:
        return None
    if any(text[at : at + indent].strip(" ") for at in found):  # some stand further left
        return whole
    ends = [*found[1:], len(text)]
    inner = [
        Stretch(text[begin:end], indent, end == len(text)) for begin, end in zip(found, ends, strict=True)
    ]
    return (Stretch(text[: found[0]]), *inner)
