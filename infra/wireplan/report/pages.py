"""The page of a code: what it is about, why, what to do, where that comes from, and an example of each."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wireplan.load.codes import Code
from wireplan.pages import Coded, Page
from wireplan.rules.cases import Case, shown
from wireplan.rules.check import Rule

WIDTH = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A code as this report tells it, wherever it is declared. `parts` are words and their texts."""

    code: str
    name: str
    severity: str
    title: str
    parts: tuple[tuple[str, str], ...]
    waivable: bool = False


def of_rule(rule: Rule) -> Entry:
    """The entry of a rule."""
    dev = f", {rule.dev.value} in profile dev" if rule.dev else ""
    return Entry(
        rule.code, rule.name, rule.severity.value + dev, rule.page.title, parts(rule.page), waivable=True
    )


def of_code(coded: Coded) -> Entry:
    """The entry of a code of the waivers."""
    return Entry(coded.code, coded.name, coded.severity.value, coded.page.title, parts(coded.page))


def of_loader(code: Code) -> Entry:
    """The entry of a code of the loader, whose first sentence is its title."""
    return Entry(code.code, code.name, code.severity.value, code.what, (("Why", code.why), ("Fix", code.fix)))


def parts(page: Page) -> tuple[tuple[str, str], ...]:
    """The parts of a page, each with its word."""
    return (("What", page.what), ("Why", page.why), ("Fix", page.fix), ("Source", page.source))


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
    text = (
        f'waivers:\n  - {{allow: {entry.name}, on: PATH, until: YYYY-MM-DD, reason: "why it is right there"}}'
    )
    return f"To accept it at one place until a day:\n\n{indented(text)}"


def indented(text: str) -> str:
    """A code block in plain text."""
    return textwrap.indent(text.rstrip(), "    ")


def joined(parts: Iterable[str]) -> str:
    """Paragraphs apart."""
    return "\n\n".join(part for part in parts if part) + "\n"
