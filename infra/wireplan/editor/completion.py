"""What may be written at the cursor: keys from the schema, names of what the place refers to, words of a choice. Also in a file with faults."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import cast

from wireplan.editor import schema
from wireplan.editor.project import Project
from wireplan.editor.roles import CONTRACT, DATABASE, DEFINED, FIELD, METHOD, Form, Role, role
from wireplan.load import spots
from wireplan.load.document import Document, Path, value
from wireplan.load.entry import entry
from wireplan.load.spots import Spot
from wireplan.model.sagas import TO_TOPIC
from wireplan.report.entries import entries

MARK = "wireplan0cursor"
WORD = re.compile(r"[\w.\-/]*")
FLOW = {"{": "}", "[": "]"}
QUIET = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|(?:^|(?<=\s))#.*")


@dataclass(frozen=True, slots=True)
class Choice:
    """One completion: what is shown, what is written in place of the word, what it is, what it says."""

    label: str
    text: str
    kind: str  # key | name | word
    said: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """The completions of the word from `begin` to `end`, in letters."""

    begin: int
    end: int
    choices: tuple[Choice, ...]


def complete(project: Project, file: str, text: str, offset: int) -> Offer:
    """What may stand at a letter of a topology or an overlay."""
    begin, end = word(text, offset)
    root = schema.whole(overlay=file != project.file)
    found: dict[str, Choice] = {}
    for marked in candidates(text, begin, end):
        spot, document = cursor(marked, begin, file)
        if spot is not None and document is not None:
            bare = text[end:].lstrip(" ").startswith(":")
            alone = text[text.rfind("\n", 0, begin) + 1 : begin].strip() in ("", "-")
            for choice in choices(project, root, document, spot, bare=bare, alone=alone):
                found.setdefault(choice.label, choice)
            break
    return Offer(begin, end, tuple(found.values()))


def word(text: str, offset: int) -> tuple[int, int]:
    """The word that a letter is in, or stands behind."""
    begin = offset
    while begin > 0 and WORD.fullmatch(text[begin - 1]):
        begin -= 1
    found = WORD.match(text, offset)
    return begin, found.end() if found else offset


def candidates(text: str, begin: int, end: int) -> Iterator[str]:
    """Texts in which a word of ours stands in place of the one at the cursor, likely ones first; of each what is open is closed."""
    line_begin = text.rfind("\n", 0, begin) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    before, after = text[line_begin:begin], text[end:line_end]
    head = before.strip()
    signs = ("",) if after.lstrip().startswith(":") else (":", "") if not head else ("", ":")
    for sign in signs:
        middle = f"{before}{MARK}{sign}"
        for rest in dict.fromkeys((after, after + closing(middle + after), closing(middle))):
            yield text[:line_begin] + middle + rest + text[line_end:]


def closing(line: str) -> str:
    """The brackets that a line leaves open, closed."""
    still: list[str] = []
    for letter in QUIET.sub("", line):
        if letter in FLOW:
            still.append(FLOW[letter])
        elif still and letter == still[-1]:
            still.pop()
    return "".join(reversed(still))


def cursor(text: str, begin: int, file: str) -> tuple[Spot | None, Document | None]:
    """Where our word stands in what can be read of a text."""
    line = text.count("\n", 0, begin) + 1
    document = entry(text, file, line)
    column = begin - (text.rfind("\n", 0, begin) + 1) + 1
    spot = spots.at(document, line, column)
    return (spot, document) if spot is not None and spot.text == MARK else (None, None)


def choices(
    project: Project, root: schema.Json, document: Document, spot: Spot, *, bare: bool, alone: bool
) -> Iterator[Choice]:
    """The completions at a spot; `bare`: a colon follows already, `alone`: nothing stands before it on its line."""
    if spot.key:
        there = value(document.data, spot.path[:-1])
        known = (
            {str(key) for key in cast("dict[str, object]", there)} if isinstance(there, dict) else set[str]()
        )
        yield from keys(project, root, spot.path, known, bare=bare)
        return
    for each in schema.words(root, spot.path):
        yield Choice(each, each, "word")
    yield from names(project, role(spot.path, key=False), spot.path)
    if waives(spot.path):
        for rule in entries().values():
            if rule.waivable:
                yield Choice(rule.name, rule.name, "word", f"{rule.code}: {rule.title}")
    if alone:  # the first word of a map that is to be
        yield from keys(project, root, (*spot.path, MARK), set(), bare=bare)


def waives(path: Path) -> bool:
    """Whether the value at a path is a rule that is waived."""
    return path[:1] == ("waivers",) and path[-1:] == ("allow",)


def keys(project: Project, root: schema.Json, path: Path, known: set[str], *, bare: bool) -> Iterator[Choice]:
    """Keys that are not there yet: fields, then names of what is referred to."""
    colon = "" if bare else ": "
    for key, said in schema.keys(root, path[:-1]).items():
        if key not in known:
            yield Choice(key, key + colon, "key", said)
    for choice in names(project, role(path, key=True), path):
        if choice.label not in known:
            yield replace(choice, text=choice.text + colon)


def names(project: Project, found: Role | None, path: Path) -> Iterator[Choice]:
    """The names that a value may be."""
    if found is None:
        return
    if found.form is Form.NAME:
        yield from of_noun(found.noun, of_role(project, found, path))
    elif found.form is Form.ROUTE:
        yield from of_noun("services", project.names("services"))
        yield from of_noun("buckets", project.names("buckets"), "bucket ")
    elif found.form is Form.TARGET:
        for service in project.names("services"):
            yield from of_noun(METHOD, methods(project, service), f"{service}.")
        if path[-1] == "undo":
            yield from of_noun("topics", project.names("topics"), TO_TOPIC)
    elif found.form is Form.DOTTED:
        for noun in DEFINED:
            yield from of_noun(noun, project.names(noun), f"{noun}.")
    else:
        for noun, words in (("topics", "topic "), ("databases", "database "), (DATABASE, "database ")):
            yield from of_noun(noun, project.names(noun), words)


def of_noun(noun: str, known: Iterable[str], before: str = "") -> Iterator[Choice]:
    """Names of one noun, with what stands before them."""
    for name in known:
        yield Choice(before + name, before + name, "name", noun.removesuffix("s"))


def of_role(project: Project, found: Role, path: Path) -> list[str]:
    """The names of a role at a path: of methods those of its contract, of fields those of its message; in calls no service calls itself."""
    if found.noun == METHOD:
        called = path[2:3] == ("calls",)
        service = str(path[3] if called else path[1])
        contract = value(project.data, (*path[:4], CONTRACT)) if called else None
        return methods(project, service, contract)
    if found.noun == FIELD:
        prefix = f"{project.message(str(path[1]))}."
        return [
            each.name.removeprefix(prefix)
            for each in project.declared
            if each.noun == FIELD and each.name.startswith(prefix)
        ]
    if found.noun == CONTRACT and path[2:3] == ("calls",):
        return project.serves(str(path[3]))
    listed = project.names(found.noun)
    return [name for name in listed if not (path[2:3] == ("calls",) and name == path[1])]


def methods(project: Project, service: str, contract: object = None) -> list[str]:
    """The methods that a service serves."""
    served = [str(contract)] if contract else project.serves(service)
    return [
        each.name.rpartition(".")[2]
        for each in project.declared
        if each.noun == METHOD and each.name.rpartition(".")[0] in served
    ]
