"""The frame of the rules: what a rule is, how all are found, and how a topology is checked against them.

A rule is one file. Its module docstring is its page, its name is the module's, its cases stand in the `.md` beside it.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from wireplan import registry, rules
from wireplan.findings import Edit, Finding, Place, Related, Severity, Step
from wireplan.pages import Page, parse
from wireplan.rules import outside, strictness
from wireplan.rules.strictness import Strict
from wireplan.rules.waivers import waive
from wireplan.rules.words import written
from wireplan.topology.author import Author, author
from wireplan.topology.types import Path, Topology, Waiver


@dataclass(frozen=True, slots=True)
class Fault:
    """What a rule yields: the path of the value at fault, and the words. The frame adds the rest.

    Of `related` only what was written is shown. `becomes` is the text that would mend the value where it was written, `mend` any other change of the file:
    both only where there is one right answer. `severity` makes one case milder than its rule. `steps` are a schedule, first to last, each with the path of
    the value by which it can happen.
    """

    path: Path
    what: str
    why: str
    fix: str
    related: tuple[tuple[Path, str], ...] = ()
    becomes: str | None = None
    mend: "Mend | None" = None
    severity: Severity | None = None
    secret: bool = False
    steps: tuple[tuple[Path, str], ...] = ()


Mend = Callable[[Author], Edit | None]
"""The change that mends a fault, by the one who knows how it would be typed: `leave_out(path)`, `add(path, name)`."""


def leave_out(*path: str | int) -> Mend:
    """Take the value at `path` out of the file, as the file spells it."""
    return lambda author: author.left_out(path)


def add(path: Path, name: str) -> Mend:
    """Add a name to the list or map at `path`."""
    return lambda author: author.named(path, name)


def rewrite(path: Path, text: str) -> Mend:
    """Replace the value at `path`, which may be a list."""
    return lambda author: author.rewritten(path, text)


Faults = Callable[[Topology], Iterable[Fault]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition that no system should meet. `dev` is its severity in the profile dev, where that is milder."""

    code: str
    severity: Severity
    module: str
    faults: Faults
    dev: Severity | None = None

    @property
    def name(self) -> str:
        """The fault, as it reads after the word allow."""
        return self.module.rpartition(".")[2].replace("_", "-")

    @property
    def area(self) -> str:
        """The folder that the rule lives in."""
        return self.module.split(".")[-2]

    @property
    def page(self) -> Page:
        """What `wireplan explain` prints: the rule's own module docstring."""
        return parse(sys.modules[self.module].__doc__ or "")


def rule(code: str, severity: Severity, *, dev: Severity | None = None) -> Callable[[Faults], Rule]:
    """Make a function from Topology to faults a rule."""

    def made(faults: Faults) -> Rule:
        return Rule(code=code, severity=severity, module=faults.__module__, faults=faults, dev=dev)

    return made


@cache
def every() -> tuple[Rule, ...]:
    """All rules under this package, by code."""
    return tuple(registry.keyed(rules, Rule, "code").values())


@cache
def known() -> Mapping[str, str]:
    """The code of each rule and of what outside programs find, by its code and by its name."""
    return {word: each.code for each in every() for word in (each.code, each.name)} | outside.KNOWN


@cache
def severities() -> Mapping[str, Severity]:
    """How bad each of them is by itself, by its code."""
    return {each.code: each.severity for each in (*every(), *outside.ALL)}


def check(
    topology: Topology,
    waivers: Sequence[Waiver] | None = None,
    profile: str | None = None,
    today: date | None = None,
) -> list[Finding]:
    """What the rules find in `topology`, sorted, each once, as bad as the topology says, without what its waivers allow.

    `waivers` and `profile` are the topology's own unless given. `today` is the day that waivers are measured against;
    without it none is past its date.
    """
    taken = profile or topology.environment.profile
    strict = strictness.strict(topology, known())
    found = [
        finding(topology, each, fault, taken, strict) for each in every() for fault in each.faults(topology)
    ]
    once = by_cause(topology, {each.sort_key(): each for each in found}.values())
    kept = waive(topology, once, topology.waivers if waivers is None else waivers, today, known())
    kept.extend(strictness.mistyped(topology, known()))
    kept.extend(strictness.milder(topology, strict, severities()))
    return sorted(kept, key=Finding.sort_key)


def by_cause(topology: Topology, findings: Iterable[Finding]) -> list[Finding]:
    """The findings, of those that a rule has of several parts by one written value only the first: a value under `defaults` is one cause."""
    kept: list[Finding] = []
    first: dict[tuple[str, Place], int] = {}
    others: Counter[int] = Counter()
    for each in findings:
        index = first.setdefault((each.code, each.at), len(kept))
        if index < len(kept) and kept[index].path != each.path and written(topology, each.path):
            others[index] += 1
        else:
            kept.append(each)
    for index, count in others.items():
        kept[index] = replace(kept[index], what=f"{kept[index].what} (and {count} more by the same line)")
    return kept


def finding(topology: Topology, each: Rule, fault: Fault, profile: str, strict: Strict) -> Finding:
    """The finding that a fault of a rule amounts to."""
    found = Finding(
        code=each.code,
        severity=severity(each, fault, profile),
        at=topology.place(*fault.path),
        what=fault.what,
        why=fault.why,
        fix=fault.fix,
        name=each.name,
        related=tuple(
            Related(topology.place(*path), note) for path, note in fault.related if written(topology, path)
        ),
        edit=edit(topology, fault),
        path=fault.path,
        secret=fault.secret,
        steps=tuple(Step(topology.place(*path), text) for path, text in fault.steps),
    )
    return strictness.taken(topology, strict, found)


def severity(each: Rule, fault: Fault, profile: str) -> Severity:
    """The mildest of what the rule, the case and the profile say."""
    words = [each.severity, fault.severity, each.dev if profile == "dev" else None]
    return min(word for word in words if word is not None)


def edit(topology: Topology, fault: Fault) -> Edit | None:
    """The one right answer: the replacement of the value's own text, where it was written at a place of its own, else any other change."""
    place = topology.place(*fault.path)
    if fault.becomes is not None and place.end_column and written(topology, fault.path):
        return Edit(place, fault.becomes)
    who = author(topology) if fault.mend else None
    return fault.mend(who) if fault.mend and who else None
