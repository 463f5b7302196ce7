"""Where a .proto file declares services, methods, messages and fields. Works on files with faults, since an editor shows those most of the time."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wireplan.editor.roles import CONTRACT, FIELD, MESSAGE, METHOD
from wireplan.findings import Place

SILENT = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
PACKAGE = re.compile(r"^\s*package\s+([\w.]+)\s*;", re.MULTILINE)
TOKEN = re.compile(
    r"(?P<open>\{)|(?P<close>\})|\b(?P<kind>service|message|rpc|enum|oneof|extend)\s+(?P<name>[\w.]+)"
    r"|(?P<field>[A-Za-z_]\w*)\s*=\s*\d+\s*[;\[]"
)
KINDS = {"service": CONTRACT, "message": MESSAGE, "rpc": METHOD}


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration: what it is, its full name (`pkg.Service.Method`, `pkg.Message.field`), where its own name stands."""

    noun: str
    name: str
    at: Place


def declared(text: str, file: str) -> Iterator[Declared]:
    """What one file declares, in its order."""
    quiet = SILENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    package = PACKAGE.search(quiet)
    prefix = f"{package[1]}." if package else ""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    scopes: list[tuple[str, str]] = []  # kind and full name of what is open; a oneof belongs to its message
    waiting: tuple[str, str] = ("", "")
    for token in TOKEN.finditer(quiet):
        inside = scopes[-1] if scopes else ("", prefix[:-1])
        if token["open"]:
            scopes.append(waiting if waiting[0] else ("block", inside[1]))
            waiting = ("", "")
        elif token["close"]:
            if scopes:
                scopes.pop()
        elif token["kind"]:
            kind = token["kind"]
            full = inside[1] if kind == "oneof" else f"{inside[1]}.{token['name']}".lstrip(".")
            waiting = ("message" if kind == "oneof" else kind, full)
            if kind in KINDS:
                yield Declared(KINDS[kind], full, place(token.start("name"), token["name"], starts, file))
        elif inside[0] == "message":
            full = f"{inside[1]}.{token['field']}"
            yield Declared(FIELD, full, place(token.start("field"), token["field"], starts, file))


def place(begin: int, name: str, starts: list[int], file: str) -> Place:
    """The place of a name that begins at a letter."""
    line = bisect_right(starts, begin)
    column = begin - starts[line - 1] + 1
    return Place(file, line, column, line, column + len(name))


def all_of(texts: Mapping[str, str]) -> tuple[Declared, ...]:
    """What some files declare."""
    return tuple(each for file, text in texts.items() for each in declared(text, file))
