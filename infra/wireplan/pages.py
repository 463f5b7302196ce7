"""The page of a rule or of a loader's code, read from a docstring in fixed parts: title, What, Why, Fix, Source."""

import inspect
from dataclasses import dataclass

from wireplan.findings import Severity

PARTS = ("What", "Why", "Fix", "Source")


class PageError(ValueError):
    """A docstring that lacks a part of a page."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a person reads about a code."""

    title: str
    what: str
    why: str
    fix: str
    source: str


@dataclass(frozen=True, slots=True)
class Coded:
    """A code that is no rule's: its name, its page, and how bad it is."""

    code: str
    name: str
    docstring: str
    severity: Severity = Severity.ERROR

    @property
    def page(self) -> Page:
        """What `wireplan explain` prints."""
        return parse(self.docstring)


def parse(docstring: str) -> Page:
    """The page in `docstring`: a title line, then each part as a paragraph that begins with its word and a colon.

    Raises:
        PageError: a part is missing or empty.
    """
    title, _, rest = inspect.cleandoc(docstring).partition("\n")
    texts: dict[str, list[str]] = {}
    current: list[str] = []
    for line in rest.splitlines():
        word, colon, tail = line.partition(":")
        if colon and word in PARTS:
            current = texts.setdefault(word, [])
            current.append(tail.strip())
        else:
            current.append(line.strip())
    filled = {part: " ".join(texts.get(part, [])).strip() for part in PARTS}
    missing = [part for part in PARTS if not filled[part]]
    if missing or not title.strip():
        raise PageError(f"the page {title!r} lacks {', '.join(missing) or 'a title'}")
    return Page(title.strip(), *(filled[part] for part in PARTS))
