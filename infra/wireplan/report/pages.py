"""The page of a code: what it is about, why, what to do, where that comes from, and an example of each."""

import textwrap
from collections.abc import Iterable, Sequence

from wireplan.report.entries import Entry
from wireplan.rules import outside
from wireplan.rules.cases import Case, shown

WIDTH = 100


def page(entry: Entry, cases: Sequence[Case] = (), width: int = WIDTH) -> str:
    """The page of a code, with the first bad and the first good of its cases."""
    bad = next((case for case in cases if not case.good), None)
    good = next((case for case in cases if case.good), None)
    return joined(
        [
            f"{entry.code} {entry.name} ({entry.severity})",
            textwrap.fill(entry.title, width),
            *(textwrap.fill(f"{word}: {text}", width, subsequent_indent="  ") for word, text in entry.parts),
            example("Bad", bad),
            example("Good", good),
            waiver(entry) if entry.waivable else "",
        ]
    )


def listing(entries: Iterable[Entry]) -> str:
    """Every code with its severity, its name and what it is about."""
    rows = list(entries)
    width = max((len(row.name) for row in rows), default=0)
    lines = [
        f"{row.code:<8}{row.severity.split(',')[0]:<9}{row.name:<{width + 2}}{row.title}" for row in rows
    ]
    return "\n".join(lines) + "\n"


def example(title: str, case: Case | None) -> str:
    """A case as its reader sees it."""
    return f"{title}:\n\n{indented(shown(case))}" if case else ""


def waiver(entry: Entry) -> str:
    """What a waiver of this rule looks like."""
    place = outside.where(entry.code)[0] if entry.code in outside.KNOWN else "PATH"
    text = f'waivers:\n  - {{allow: {entry.name}, on: {place}, until: YYYY-MM-DD, reason: "why it is right there"}}'
    return f"To accept it at one place until a day:\n\n{indented(text)}"


def indented(text: str) -> str:
    """A code block in plain text."""
    return textwrap.indent(text.rstrip(), "    ")


def joined(parts: Iterable[str]) -> str:
    """Paragraphs apart."""
    return "\n\n".join(part for part in parts if part) + "\n"
