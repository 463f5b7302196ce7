"""Every code that a finding may carry, as its reader is told of it: of rules, of waivers, of patches, of the loader."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from wireplan.load import codes
from wireplan.load.codes import Code
from wireplan.manifests import patches
from wireplan.pages import Coded, Page
from wireplan.rules import baseline, check, outside, strictness, waivers
from wireplan.rules.check import Rule


@dataclass(frozen=True, slots=True)
class Entry:
    """A code, wherever it is declared. `parts` are words and their texts."""

    code: str
    name: str
    severity: str
    title: str
    parts: tuple[tuple[str, str], ...]
    waivable: bool = False


@cache
def entries() -> Mapping[str, Entry]:
    """All of them, by code."""
    others = (*of_rules(), patches.NO_OBJECT, patches.IDENTITY, *outside.ALL)
    every = [
        *(of_rule(rule) for rule in check.every()),
        *(of_code(coded) for coded in others),
        *(of_loader(code) for code in codes.TABLE.values()),
    ]
    return {entry.code: entry for entry in sorted(every, key=lambda entry: entry.code)}


def of_rules() -> tuple[Coded, ...]:
    """The codes of what says how rules are taken: waivers, `rules`, baselines."""
    return (waivers.UNUSED, waivers.EXPIRED, strictness.LIFTED, strictness.UNKNOWN, baseline.GONE)


def of_rule(rule: Rule) -> Entry:
    """The entry of a rule."""
    dev = f", {rule.dev.value} in profile dev" if rule.dev else ""
    return Entry(
        rule.code, rule.name, rule.severity.value + dev, rule.page.title, parts(rule.page), waivable=True
    )


def of_code(coded: Coded) -> Entry:
    """The entry of a code of waivers, patches, contracts or migrations."""
    severity, page = coded.severity.value, coded.page
    return Entry(coded.code, coded.name, severity, page.title, parts(page), waivable=coded in outside.ALL)


def of_loader(code: Code) -> Entry:
    """The entry of a code of the loader, whose first sentence is its title."""
    return Entry(code.code, code.name, code.severity.value, code.what, (("Why", code.why), ("Fix", code.fix)))


def parts(page: Page) -> tuple[tuple[str, str], ...]:
    """The parts of a page, each with its word."""
    return (("What", page.what), ("Why", page.why), ("Fix", page.fix), ("Source", page.source))
