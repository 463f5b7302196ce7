"""Pydantic's errors to findings: a place in the file, a sentence, what is allowed, what was meant (YML020 to YML025)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from wireplan.findings import Edit, Finding, Place
from wireplan.load import codes
from wireplan.load.document import Document, Path, where
from wireplan.load.edits import lines_of
from wireplan.load.limits import FAULTS
from wireplan.load.nearest import asked, listing, meant
from wireplan.load.prune import Rest, rest
from wireplan.model import base
from wireplan.model.paths import holds_names, keys_at
from wireplan.model.system import System
from wireplan.secrecy import hides

WORDS = {
    "int_type": "a whole number", "float_type": "a number", "bool_type": "true or false", "string_type": "a text",
    "list_type": "a list", "dict_type": "a map", "model_type": "a map", "model_attributes_type": "a map",
    "int_from_float": "a whole number",
}  # fmt: skip

NAMES = {
    base.LABEL: "lower-case letters, digits and dashes, beginning with a letter, at most 63 (a DNS label)",
    r"^[a-z]([-a-z0-9]{0,50}[a-z0-9])?$": "lower-case letters, digits and dashes, beginning with a letter, at most 52 (a DNS label, and room for a StatefulSet's suffixes)",
    base.RULE: "a rule's code (KAF007), or its name (static-member-with-consumer-protocol)",
    base.SYSTEM: "lower-case letters, digits and dashes, beginning with a letter, at most 32 (it begins other names)",
    r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,179}$": "letters, digits, dots, dashes and underscores, at most 180 (a Kafka topic)",
    r"^[a-z]([_a-z0-9]{0,47}[a-z0-9])?$": "lower-case letters, digits and underscores, beginning with a letter, at most 49 (a Postgres identifier)",
    r"^[a-z0-9][-a-z0-9]{1,61}[a-z0-9]$": "lower-case letters, digits and dashes, 3 to 63 (an S3 bucket)",
    r"^[a-zA-Z_][\w]*(\.[a-zA-Z_][\w]*)*$": "the full name of a protobuf type, for example tube.events.v1.VideoUploaded",
    r"^[A-Z_][A-Z0-9_]*$": "capital letters, digits and underscores (an environment variable)",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """The System that a document describes; or what keeps it from being one, and what is left without that."""

    system: System | None
    findings: tuple[Finding, ...] = ()
    rest: Rest | None = None


def built(data: Any) -> System:
    """The System that plain data describes.

    Raises:
        ValidationError: it describes none.
    """
    return System.model_validate(data, by_alias=True, by_name=False)


def validated(document: Document, build: Callable[[Any], System] = built) -> Shape:
    """The shape of a document."""
    try:
        return Shape(build(document.data))
    except ValidationError as error:
        return Shape(None, tuple(findings(error, document)), rest(document, error, build))


def findings(error: ValidationError, document: Document) -> list[Finding]:
    """One finding for each error, at most one at a place; of very many the first, and one more to show that there are more."""
    found: dict[object, Finding] = {}
    for detail in error.errors(include_url=False)[: FAULTS + 1]:
        path = located(detail, document)
        finding = explained(discreet(detail, path), path, document)
        found.setdefault((finding.at, finding.code, finding.what), finding)
    return list(found.values())


def located(detail: ErrorDetails, document: Document) -> Path:
    """`loc` as a path in the document: what is neither a key nor an index there is left out."""
    path: Path = ()
    loc = detail["loc"]
    for index, step in enumerate(loc):
        last = index == len(loc) - 1 and detail["type"] == "missing"
        if step != "[key]" and (last or document.nodes((*path, step))[1] is not None):
            path = (*path, step)
    return path


@dataclass(frozen=True, slots=True)
class Hidden:
    """Stands in for a value whose text must not be shown."""

    words: str


def discreet(detail: ErrorDetails, path: Path) -> ErrorDetails:
    """An error without the text of its value, where that may be a secret."""
    value: object = detail["input"]
    if not isinstance(value, str | int | float) or not hides(path, str(value)):
        return detail
    quoted = str(detail.get("ctx", {}).get("value", ""))
    words = "a text" if isinstance(value, str) else "a number"
    message = detail["msg"].replace(quoted, words) if quoted else detail["msg"]
    return {**detail, "input": Hidden(words), "msg": message}


def explained(detail: ErrorDetails, path: Path, document: Document) -> Finding:
    """The finding of one error."""
    for kind, explain in EXPLAIN.items():
        if detail["type"] == kind:
            return explain(detail, path, document)
    if "[key]" in detail["loc"]:
        return bad_name(detail, path, document)
    return wrong_value(detail, path, document)


def extra(_: ErrorDetails, path: Path, document: Document) -> Finding:
    """A key that the model does not know."""
    key, allowed = str(path[-1]), keys_at(path[:-1])
    near = meant(key, allowed)
    at = document.find_key(path) or document.nearest(path)
    return codes.UNKNOWN_KEY.at(
        at,
        f'unknown key "{key}" in {where(path[:-1])}{asked(key, allowed)}',
        fix=f"Known here: {listing(allowed, 40)}.",
        edit=Edit(at, near) if near else None,
    )


def missing(_: ErrorDetails, path: Path, document: Document) -> Finding:
    """A key that must be there and is not."""
    return codes.MISSING_KEY.at(
        document.nearest(path[:-1]), f'{where(path[:-1])} lacks "{path[-1]}"', fix=f"Write {path[-1]}: ..."
    )


def choice(detail: ErrorDetails, path: Path, document: Document) -> Finding:
    """A value that is not among those allowed."""
    expected = str(detail.get("ctx", {}).get("expected", ""))
    allowed = [word.strip(" '") for word in expected.replace(" or ", ",").split(",") if word.strip()]
    value = detail["input"]
    near = meant(value, allowed) if isinstance(value, str) else None
    at = document.nearest(path)
    what = f"{where(path)} cannot be {shown(value)}{asked(value, allowed) if isinstance(value, str) else ''}"
    return codes.UNKNOWN_VALUE.at(
        at, what, fix=f"Allowed: {listing(allowed)}.", edit=Edit(at, near) if near else None
    )


def pattern(detail: ErrorDetails, path: Path, document: Document) -> Finding:
    """A text that does not look as it must."""
    wanted = str(detail.get("ctx", {}).get("pattern", ""))
    if "[key]" in detail["loc"] or wanted in NAMES:
        return bad_name(detail, path, document)
    return codes.WRONG_VALUE.at(
        document.nearest(path),
        f"{where(path)} cannot be {shown(detail['input'])}",
        fix=f"It must match {wanted}.",
    )


def bad_name(detail: ErrorDetails, path: Path, document: Document) -> Finding:
    """A name that does not fit where it will be used."""
    wanted = str(detail.get("ctx", {}).get("pattern", ""))
    is_key = "[key]" in detail["loc"]
    at = (document.find_key(path) if is_key else None) or document.nearest(path)
    name = shown(path[-1] if is_key and path else detail["input"])
    inside = path[:-1] if is_key else path
    return codes.BAD_NAME.at(
        at, f"{name} is no name for {where(inside)}", fix=f"Allowed: {NAMES.get(wanted, wanted)}."
    )


WHY_UNIT = "Guessing a unit is how a timeout of 30 s becomes one of 30 ms."
COMBINATIONS = frozenset({"combination", "step", "range", "names"})


def custom(detail: ErrorDetails, path: Path, document: Document) -> Finding:
    """An error in our own words, which may end with what to write instead."""
    code = codes.COMBINATION if detail["type"] in COMBINATIONS else codes.WRONG_VALUE
    said, _, example = detail["msg"].partition(": write ")
    unit = detail["type"] == "unit"
    fix = f"Write it with its unit, {example}." if unit else f"Write {example}." if example else ""
    return code.at(document.nearest(path), f"{where(path)}: {said}", why=WHY_UNIT if unit else "", fix=fix)


def wrong_value(detail: ErrorDetails, path: Path, document: Document) -> Finding:
    """A value of the wrong kind, or out of bounds."""
    value, wanted = detail["input"], WORDS.get(detail["type"])
    if wanted is None:
        what = f"{where(path)} cannot be {shown(value)}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
        return codes.WRONG_VALUE.at(document.nearest(path), what)
    if wanted == "a map" and len(path) > 1 and holds_names(path[:-1]) and path[-1] in keys_at(path):
        return shallow(path, document)
    what = f"{where(path)} must be {wanted}, not {shown(value)}"
    at = document.nearest(path)
    if wanted != "a text" or not isinstance(value, int | float | Hidden):
        return codes.WRONG_VALUE.at(at, what)
    if isinstance(value, Hidden):
        return codes.WRONG_VALUE.at(at, what, fix="Put it in quotes.")
    text = text_of(document, at)
    quoted = f'"{text or value}"'
    edit = Edit(at, quoted) if text else None
    return codes.WRONG_VALUE.at(at, what, fix=f"Put it in quotes: {quoted}.", edit=edit)


def shallow(path: Path, document: Document) -> Finding:
    """A key that stands among the names of the parts that have it: it was not set in below one."""
    parts = where(path[:-1])
    return codes.WRONG_VALUE.at(
        document.find_key(path) or document.nearest(path),
        f'"{path[-1]}" stands among the names of {parts}, but is a key of one of them',
        why="A key that is as far left as a name is taken for another name.",
        fix=f"Indent it below the one of {parts} that it is for.",
    )


def text_of(document: Document, at: Place) -> str:
    """What stands at a place of one line in its file: 17.10 is no 17.1."""
    lines = lines_of(document.texts.get(at.file, ""))
    line = lines[at.line - 1] if at.line == at.end_line and at.line <= len(lines) else ""
    return line[at.column - 1 : at.end_column - 1]


Explain = Callable[[ErrorDetails, Path, Document], Finding]
EXPLAIN: Mapping[str, Explain] = {
    "extra_forbidden": extra,
    "missing": missing,
    "literal_error": choice,
    "string_pattern_mismatch": pattern,
    **dict.fromkeys(("unit", "replicas", "range", "combination", "step", "names", "address"), custom),
}


def shown(value: object) -> str:
    """A value in a message, never a long one."""
    if isinstance(value, Hidden):
        return value.words
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
