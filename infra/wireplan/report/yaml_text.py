"""Plain data as block YAML: quick, in the order given, and read back as the very same data by any YAML 1.1 or 1.2 parser.

Only what Kubernetes objects are made of: mappings with text keys, lists, texts, whole numbers, floats, booleans, null.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

# A text that no parser takes for anything else: it begins with a letter or `/`, has none of the characters that mean
# something in YAML, and is none of the words that some version reads as a boolean or as nothing.
PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./@%+=-]*(?:(?: |:(?=[A-Za-z0-9_./@%+=-]))[A-Za-z0-9_./@%+=-]+)*\Z")
WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
CONSTANTS = {True: "true", False: "false", None: "null"}
# Texts with line breaks are written as literal blocks when nothing in them would be lost: no tab or space before the
# first letter, no other control characters, no space at a line's end.
UNSAFE_BLOCK = re.compile(r"[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]|[ \t]\n|[ \t]\Z|\A[ \t\n]")


def documents(bodies: Iterable[object]) -> str:
    """A stream of documents."""
    return "".join(f"---\n{document(body)}" for body in bodies)


def document(value: object) -> str:
    """One document."""
    out: list[str] = []
    if isinstance(value, Mapping) and value:
        mapping(cast("Mapping[str, object]", value), "", out)
    elif isinstance(value, list | tuple) and value:
        sequence(cast("Sequence[object]", value), "", out)
    else:
        out.append(f"{scalar(cast('object', value), '  ')}\n")
    return "".join(out)


def mapping(value: Mapping[str, object], indent: str, out: list[str], first: str = "") -> None:
    """The lines of a mapping; `first` begins its first line instead of the indent (after a dash)."""
    deeper = indent + "  "
    begin = first or indent
    for key, item in value.items():
        name = key if PLAIN.match(key) and key.lower() not in WORDS else quoted(key)
        if isinstance(item, dict) and item:
            out.append(f"{begin}{name}:\n")
            mapping(cast("dict[str, object]", item), deeper, out)
        elif isinstance(item, list | tuple) and item:
            out.append(f"{begin}{name}:\n")
            sequence(cast("Sequence[object]", item), indent, out)
        else:
            out.append(f"{begin}{name}: {scalar(cast('object', item), deeper)}\n")
        begin = indent


def sequence(value: Sequence[object], indent: str, out: list[str], first: str = "") -> None:
    """The lines of a list, its dashes at the indent of what it belongs to."""
    deeper = indent + "  "
    begin = (first or indent) + "- "
    for item in value:
        if isinstance(item, dict) and item:
            mapping(cast("dict[str, object]", item), deeper, out, begin)
        elif isinstance(item, list | tuple) and item:
            sequence(cast("Sequence[object]", item), deeper, out, begin)
        else:
            out.append(f"{begin}{scalar(cast('object', item), deeper)}\n")
        begin = indent + "- "


def scalar(value: object, indent: str) -> str:
    """Anything that stands on one line, and empty collections."""
    if isinstance(value, str):
        return text(value, indent)
    if value is None or isinstance(value, bool):
        return CONSTANTS[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return real(value)
    return "{}" if isinstance(value, Mapping) else "[]"


def real(value: float) -> str:
    """A float; YAML 1.1 wants a point before an exponent."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - not a number is not itself
        raise ValueError(f"{value} has no place in an object")
    said = repr(value)
    return said.replace("e", ".0e") if "e" in said and "." not in said else said


def text(value: str, indent: str) -> str:
    """A text: bare where no parser can take it for anything else, as a block where it has lines, else quoted."""
    if PLAIN.match(value) and value.lower() not in WORDS:
        return value
    if "\n" in value and not UNSAFE_BLOCK.search(value):
        return block(value, indent)
    return quoted(value)


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
    lines = [f"{indent}{line}" if line else "" for line in body.split("\n")]
    return "\n".join([sign, *lines, *[""] * (kept - 1)])
