"""Plain data as block YAML: quick, in the order given, and read back as the very same data by any YAML 1.1 or 1.2 parser.

Only what Kubernetes objects are made of: mappings with text keys, lists, texts, whole numbers, floats, booleans, null.
"""

# `type(value)` instead of `isinstance`: half the time of the whole writer, but the checker cannot name the type.
# pyright: reportUnknownVariableType=false

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

# A text that no parser takes for anything else: it begins with a letter or `/`, has none of the characters that mean
# something in YAML, and is none of the words that some version reads as a boolean or as nothing.
PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./@%+=-]*(?:(?: |:(?=[A-Za-z0-9_./@%+=-]))[A-Za-z0-9_./@%+=-]+)*\Z")
WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
LISTS = (list, tuple)
BEGIN = "---\n"
"""The line that begins a document of a stream."""
CONSTANTS = {True: "true", False: "false", None: "null"}
# Texts with line breaks are written as literal blocks when nothing in them would be lost: no tab or space before the
# first letter, no other control characters, no space at a line's end.
UNSAFE_BLOCK = re.compile(r"[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]|[ \t]\n|[ \t]\Z|\A[ \t\n]")


def documents(bodies: Iterable[object]) -> str:
    """A stream of documents."""
    return "".join(f"{BEGIN}{document(body)}" for body in bodies)


def document(value: Any) -> str:
    """One document."""
    out: list[str] = []
    kind = type(value)
    if kind is dict and value:
        mapping(value, "", out)
    elif kind in LISTS and value:
        sequence(value, "", out)
    else:
        out.append(f"{scalar(value, '  ')}\n")
    return "".join(out)


def mapping(value: dict[str, Any], indent: str, out: list[str], first: str = "") -> None:
    """The lines of a mapping; `first` begins its first line instead of the indent (after a dash)."""
    deeper = indent + "  "
    begin = first or indent
    for key, item in value.items():
        kind = type(item)
        if kind is str and "\n" not in item:  # most of all: without a call of `scalar` and one of `text`
            out.append(f"{begin}{word(key)}: {word(item)}\n")
        elif kind is dict and item:
            out.append(f"{begin}{word(key)}:\n")
            mapping(item, deeper, out)
        elif kind in LISTS and item:
            out.append(f"{begin}{word(key)}:\n")
            sequence(item, indent, out)
        else:
            out.append(f"{begin}{word(key)}: {scalar(item, deeper)}\n")
        begin = indent


def sequence(value: Sequence[Any], indent: str, out: list[str], first: str = "") -> None:
    """The lines of a list, its dashes at the indent of what it belongs to."""
    deeper = indent + "  "
    begin = (first or indent) + "- "
    for item in value:
        kind = type(item)
        if kind is dict and item:
            mapping(item, deeper, out, begin)
        elif kind in LISTS and item:
            sequence(item, deeper, out, begin)
        else:
            out.append(f"{begin}{scalar(item, deeper)}\n")
        begin = indent + "- "


def scalar(value: Any, indent: str) -> str:
    """Anything that stands on one line, and empty collections.

    Raises:
        TypeError: a value that is none of what objects are made of.
    """
    kind = type(value)
    if kind is str:
        return text(value, indent)
    if value is None or kind is bool:
        return CONSTANTS[value]
    if kind is int:
        return str(value)
    if kind is float:
        return real(value)
    if kind is dict or kind in LISTS:
        return "{}" if kind is dict else "[]"
    raise TypeError(f"{kind.__name__} has no place in an object")


def real(value: float) -> str:
    """A float; YAML 1.1 wants a point before an exponent."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - not a number is not itself
        raise ValueError(f"{value} has no place in an object")
    said = repr(value)
    return said.replace("e", ".0e") if "e" in said and "." not in said else said


def text(value: str, indent: str) -> str:
    """A text: as a block where it has lines, else on one line."""
    return block(value, indent) if "\n" in value and fit_for_block(value) else word(value)


def fit_for_block(value: str) -> bool:
    """Whether nothing would be lost in a literal block; the usual text is known for it without the slow look."""
    if value.isascii() and value[0] not in " \t\n" and value[-1] != " " and " \n" not in value:
        return value.replace("\n", "").isprintable() or not UNSAFE_BLOCK.search(value)
    return not UNSAFE_BLOCK.search(value)


@lru_cache(maxsize=4096)
def word(value: str) -> str:
    """A text on one line: bare where no parser can take it for anything else, else quoted. The same few come again and again."""
    return value if PLAIN.match(value) and value.lower() not in WORDS else quoted(value)


def quoted(value: str) -> str:
    """In double quotes. JSON's escapes are YAML's too, but for characters beyond 16 bits: JSON writes those as two."""
    if value.isprintable():
        return json.dumps(value, ensure_ascii=False)
    inside = "".join(f"\\U{ord(c):08x}" if ord(c) > 0xFFFF else json.dumps(c)[1:-1] for c in value)
    return f'"{inside}"'


def block(value: str, indent: str) -> str:
    """A literal block: the lines as they are."""
    body = value.rstrip("\n")
    kept = len(value) - len(body)
    sign = "|" if kept == 1 else "|-" if kept == 0 else "|+"
    if "\n\n" in body:
        lines = [f"{indent}{line}" if line else "" for line in body.split("\n")]
        return "\n".join([sign, *lines, *[""] * (kept - 1)])
    shifted = body.replace("\n", f"\n{indent}")
    return f"{sign}\n{indent}{shifted}" + "\n" * max(0, kept - 1)
