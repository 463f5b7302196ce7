"""The page of a code: what it is about, why, what to do, where that comes from, and an example of each."""

import textwrap
from collections.abc import Iterable, Sequence

from wireplan.pages import Coded, Page
from wireplan.rules.cases import Case, shown
from wireplan.rules.check import Rule

WIDTH = 100


def of_rule(rule: Rule, cases: Sequence[Case], width: int = WIDTH) -> str:
    """The page of a rule with its first bad and its first good case."""
    dev = f", {rule.dev.value} in profile dev" if rule.dev else ""
    head = f"{rule.code} {rule.name} ({rule.severity.value}{dev})"
    bad = next((case for case in cases if not case.good), None)
    good = next((case for case in cases if case.good), None)
    examples = [example("Bad", bad), example("Good", good)]
    waiver = f"To accept it in one place, under `waivers:`\n\n{indented(waiver_text(rule))}"
    return joined([head, *paragraphs(rule.page, width), *examples, waiver])


def of_code(coded: Coded, width: int = WIDTH) -> str:
    """The page of a code that is no rule's."""
    return joined([f"{coded.code} {coded.name}", *paragraphs(coded.page, width)])


def listing(rules: Iterable[Rule], others: Iterable[Coded]) -> str:
    """Every code with its severity, its name and what it is about."""
    rows = [(each.code, each.severity.value, each.name, each.page.title) for each in rules]
    rows += [(each.code, each.severity.value, each.name, each.page.title) for each in others]
    name_width = max((len(row[2]) for row in rows), default=0)
    lines = [f"{code:<8}{severity:<9}{name:<{name_width + 2}}{title}" for code, severity, name, title in rows]
    return "\n".join(lines) + "\n"


def paragraphs(page: Page, width: int) -> list[str]:
    """The parts, each wrapped under its word."""
    parts = (("What", page.what), ("Why", page.why), ("Fix", page.fix), ("Source", page.source))
    return [
        page.title,
        *(textwrap.fill(f"{word}: {text}", width, subsequent_indent="  ") for word, text in parts),
    ]


def example(title: str, case: Case | None) -> str:
    """A case as its reader sees it."""
    return f"{title}:\n\n{indented(shown(case))}" if case else ""


def waiver_text(rule: Rule) -> str:
    """What a waiver of this rule looks like."""
    return f'- {{allow: {rule.name}, on: PATH, until: YYYY-MM-DD, reason: "why it is right here"}}'


def indented(text: str) -> str:
    """A code block in plain text."""
    return textwrap.indent(text.rstrip(), "    ")


def joined(parts: Iterable[str]) -> str:
    """Paragraphs apart."""
    return "\n\n".join(part for part in parts if part) + "\n"
