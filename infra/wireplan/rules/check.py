"""The frame of the rules: what a rule is, how all are found, and how a topology is checked against them.

A rule is one file. Its module docstring is its page, its name is the module's, its cases stand in the `.md` beside it.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from wireplan import registry, rules
from wireplan.findings import Edit, Finding, Related, Severity, Step
from wireplan.pages import Page, parse
from wireplan.rules.waivers import waive
from wireplan.rules.words import written
from wireplan.topology.types import Path, Topology, Waiver


@dataclass(frozen=True, slots=True)
class Fault:
    """What a rule yields: the path of the value at fault, and the words. The frame adds the rest.

    Of `related` only what was written is shown. `becomes` is the text that would mend the value, only where there is one right answer. `severity` makes one
    case milder than its rule. `steps` are a schedule, first to last, each with the path of the value by which it can happen.
    """

    path: Path
    what: str
    why: str
    fix: str
    related: tuple[tuple[Path, str], ...] = ()
    becomes: str | None = None
    severity: Severity | None = None
    secret: bool = False
    steps: tuple[tuple[Path, str], ...] = ()


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


def check(
    topology: Topology,
    waivers: Sequence[Waiver] | None = None,
    profile: str | None = None,
    today: date | None = None,
) -> list[Finding]:
    """What the rules find in `topology`, sorted, each once, without what its waivers allow.

    `waivers` and `profile` are the topology's own unless given. `today` is the day that waivers are measured against;
    without it none is past its date.
    """
    strictness = profile or topology.environment.profile
    found = [
        finding(topology, each, fault, strictness) for each in every() for fault in each.faults(topology)
    ]
    once = list({each.sort_key(): each for each in found}.values())
    kept = waive(topology, once, topology.waivers if waivers is None else waivers, today)
    return sorted(kept, key=Finding.sort_key)


def finding(topology: Topology, each: Rule, fault: Fault, profile: str) -> Finding:
    """The finding that a fault of a rule amounts to."""
    return Finding(
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


def severity(each: Rule, fault: Fault, profile: str) -> Severity:
    """The mildest of what the rule, the case and the profile say."""
    words = [each.severity, fault.severity, each.dev if profile == "dev" else None]
    return min(word for word in words if word is not None)


def edit(topology: Topology, fault: Fault) -> Edit | None:
    """The replacement of the value's own text; none where the value was not written at a place of its own."""
    if fault.becomes is None or not written(topology, fault.path):
        return None
    place = topology.place(*fault.path)
    return Edit(place, fault.becomes) if place.end_column else None
