"""Which values of a file are names, and of what: one table, by the pattern of their path."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from wireplan.findings import Place
from wireplan.load.document import Document, Path
from wireplan.load.spots import Spot, spots
from wireplan.model.sagas import TO_TOPIC


class Form(Enum):
    """How a name stands in a text."""

    NAME = "NAME"
    ROUTE = "NAME of a service, or bucket NAME"
    TARGET = "SERVICE.METHOD, or topic NAME"
    DOTTED = "NOUN.NAME, and what is below"
    ALLOWED = "NOUN NAME"


@dataclass(frozen=True, slots=True)
class Role:
    """What a value names, and whether that is what makes the name known."""

    noun: str
    defines: bool = False
    form: Form = Form.NAME


DEFINED = ("edges", "services", "topics", "databases", "caches", "buckets", "externals", "sagas")
"""The nouns whose names are keys of the top level's maps. `databases` are Postgres clusters; what lies in them is a `database`."""
CONTRACT, METHOD, MESSAGE, FIELD, DATABASE = "contract", "method", "message", "field", "database"
OF_PROTOS = (CONTRACT, METHOD, MESSAGE, FIELD)

USES = {
    "services.*.calls": "services", "services.*.publishes": "topics", "services.*.consumes": "topics",
    "services.*.buckets": "buckets",
}  # fmt: skip
LISTS = {
    "services.*.caches": "caches", "services.*.externals": "externals", "services.*.serves": CONTRACT,
    "services.*.reads_from_replicas": METHOD, "edges.*.cache.purged_by": "services", "services.*.calls.*.methods": METHOD,
}  # fmt: skip
VALUES = {
    "services.*.accepts_tokens_of": "services", "services.*.oauth.#.provider": "externals",
    "services.*.channels.*.topic": "topics", "services.*.channels.*.through": "externals",
    "services.*.rate_limit.store": "caches", "services.*.calls.*.fallback.cache": "caches",
    "services.*.calls.*.contract": CONTRACT, "services.*.publishes.*.message": MESSAGE,
    "services.*.database": DATABASE, "services.*.database.name": DATABASE,
    "topics.*.message": MESSAGE, "topics.*.key": FIELD, "topics.*.version": FIELD,
    "databases.*.backup.to": "buckets", "buckets.*.uploads_through": "edges", "sagas.*.owner": "services",
    **{f"sagas.*.steps.#{name}.{key}": "topics" for name in ("", ".*") for key in ("send", "await")},
}  # fmt: skip
FORMS = {
    "edges.*.routes.#.to": Form.ROUTE, "drills.*.breaks.#.part": Form.DOTTED, "drills.*.holds.#": Form.DOTTED,
    "drills.*.holds": Form.DOTTED, "drills.*.control.change": Form.DOTTED, "waivers.#.on": Form.DOTTED, "moved.#.to": Form.DOTTED,
    "allow_data_loss.#": Form.ALLOWED,
    **{f"sagas.*.steps.#{name}.{key}": Form.TARGET for name in ("", ".*") for key in ("call", "undo")},
}  # fmt: skip

Tree = dict[str, Any]
NOTHING = ("", "null", "~")
ROLE = ""
"""The key in a tree under which its role stands."""


@cache
def trees() -> tuple[Tree, Tree]:
    """The roles of keys, and those of values, step by step."""
    keys: dict[str, Role] = {f"{noun}.*": Role(noun, defines=True) for noun in DEFINED}
    keys |= {f"{pattern}.*": Role(noun) for pattern, noun in USES.items()}
    values: dict[str, Role] = {
        f"{noun}{end}": Role(noun, defines=True) for noun in DEFINED for end in ("", ".#")
    }
    values |= {f"databases.*.databases{end}": Role(DATABASE, defines=True) for end in ("", ".#")}
    values |= {f"{p}{end}": Role(noun) for p, noun in (USES | LISTS).items() for end in ("", ".#")}
    values |= {pattern: Role(noun) for pattern, noun in VALUES.items()}
    values |= {pattern: Role("", form=form) for pattern, form in FORMS.items()}
    return tree(keys), tree(values)


def tree(table: dict[str, Role]) -> Tree:
    """Patterns, taken apart."""
    root: Tree = {}
    for pattern, role in table.items():
        node = root
        for step in pattern.split("."):
            node = node.setdefault(step, {})
        node[ROLE] = role
    return root


def role(path: Path, *, key: bool) -> Role | None:
    """The role of the key that ends a path, or of the value there."""
    node: Tree | None = trees()[0 if key else 1]
    for step in path:
        if node is None:
            return None
        node = node.get("#") if isinstance(step, int) else node.get(step) or node.get("*")
    return node.get(ROLE) if node else None


def below(path: Path) -> str:
    """The noun of the parts that the keys or items at a path are called after; empty where they are called after none."""
    found = role((*path, "*"), key=True) or role((*path, 0), key=False)
    return found.noun if found and found.noun in DEFINED else ""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name where it stands. `owner` is the service, call or topic in which a method or field is looked up."""

    noun: str
    name: str
    at: Place
    path: Path
    key: bool = False
    defines: bool = False
    owner: str = ""


def mentions(document: Document) -> Iterator[Mention]:
    """Every name in a file."""
    for spot in spots(document):
        yield from of(spot)


def of(spot: Spot) -> Iterator[Mention]:
    """The names in one key or value: two where a saga says `service.Method`."""
    found = role(spot.path, key=spot.key)
    if found is None or (not spot.key and spot.text in NOTHING):
        return
    if found.form is Form.NAME:
        owner = str(spot.path[1]) if found.noun in (METHOD, FIELD) else ""
        if spot.path[2:3] == ("calls",) and found.noun in (METHOD, CONTRACT):
            owner = str(spot.path[3])
        yield Mention(found.noun, spot.text, spot.inner, spot.path, spot.key, found.defines, owner)
        return
    for noun, begin, name in parts(spot.text, found.form):
        owner = spot.text.partition(".")[0] if noun == METHOD else ""
        yield Mention(noun, name, stretch(spot, begin, name), spot.path, spot.key, owner=owner)


def parts(text: str, form: Form) -> Iterator[tuple[str, int, str]]:
    """Noun, beginning and text of each name in a value."""
    first, sign, second = text.partition("." if form in (Form.TARGET, Form.DOTTED) else " ")
    after = len(first) + 1
    if form is Form.TARGET and text.startswith(TO_TOPIC):
        yield "topics", len(TO_TOPIC), text.removeprefix(TO_TOPIC)
    elif form is Form.ROUTE:
        yield ("buckets", after, second) if sign else ("services", 0, text)
    elif form is Form.TARGET:
        yield "services", 0, first
        if second:
            yield METHOD, after, second
    elif form is Form.ALLOWED and sign:
        yield {"topic": "topics", "database": DATABASE}.get(first, first), after, second
    elif form is Form.DOTTED and first in DEFINED and sign:
        yield first, after, second


def stretch(spot: Spot, begin: int, name: str) -> Place:
    """The place of a part of a value."""
    at = spot.inner
    if at.end_column - at.column != len(spot.text):
        return at
    start = at.column + begin
    return Place(at.file, at.line, start, at.line, start + len(name))
