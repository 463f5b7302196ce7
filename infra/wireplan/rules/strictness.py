"""How strictly a system takes the rules (`rules:` in its file): which are enforced, and how bad a finding of one is.

A word there that means nothing is itself a finding: an enforced rule whose name is mistyped would be enforced by nobody.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from wireplan.findings import Finding, Related, Severity, respelled
from wireplan.pages import Coded
from wireplan.records import dataclass
from wireplan.topology.types import Path, Topology

LIFTED = Coded(
    "WAI003",
    "enforced-rule-lifted",
    """An enforced rule that something would lift.

    What: a waiver allows a rule that is listed in `rules.enforced`, or `rules.severity` makes it milder than its page does.
    Why: neither counts. Whoever reads the line would think that the fault is accepted, and it is reported all the same.
    Fix: mend what the rule finds and remove the line, or take the rule out of `rules.enforced`.
    Source: practice of policy engines with enforced levels (Sentinel hard-mandatory, Gatekeeper enforcementAction).
    """,
    Severity.WARNING,
)
UNKNOWN = Coded(
    "WAI004",
    "rule-that-is-not-there",
    """A name that no rule has.

    What: `rules` or a waiver names a rule that does not exist; the loader's codes and those of waivers and patches are no rules; those of what buf finds (PRO...) are.
    Why: what is enforced by a mistyped name is enforced by nobody, and a mistyped waiver allows nothing.
    Fix: correct the name; `wireplan explain` lists all.
    Source: practice of linters with suppressions (ruff RUF100, ESLint's unused directives).
    """,
)

Known = Mapping[str, str]
"""The code of a rule, by its code and by its name."""


@dataclass(frozen=True, slots=True)
class Strict:
    """The codes that are enforced, and of others how bad a finding is, with the path of the line that says so."""

    enforced: frozenset[str]
    severity: Mapping[str, tuple[Severity, Path]]


def strict(topology: Topology, known: Known) -> Strict:
    """What a topology says of the rules; of a rule that is named twice the worse counts."""
    enforced = frozenset(code for name in topology.rules.enforced if (code := coded(name, known)))
    severity: dict[str, tuple[Severity, Path]] = {}
    for name, word in topology.rules.severity.items():
        code, path = coded(name, known), ("rules", "severity", name)
        if code:
            severity[code] = max(severity.get(code, (Severity.NOTE, path)), (Severity(word), path), key=first)
    return Strict(enforced, severity)


def first(pair: tuple[Severity, Path]) -> Severity:
    """The severity of a pair."""
    return pair[0]


def taken(topology: Topology, strict: Strict, finding: Finding) -> Finding:
    """A finding as bad as the topology says, beside how bad it is by itself; an enforced one not milder."""
    enforced, said = finding.code in strict.enforced, strict.severity.get(finding.code)
    if said is None:
        return replace(finding, enforced=enforced) if enforced else finding
    bad = max(finding.severity, said[0]) if enforced else said[0]
    if bad is finding.severity:
        return replace(finding, enforced=enforced)
    note = Related(topology.place(*said[1]), f"{bad.value} by this line, else {finding.severity.value}")
    return replace(finding, severity=bad, enforced=enforced, related=(*finding.related, note))


def coded(name: str, known: Known) -> str | None:
    """The code of the rule that a person calls so."""
    return known.get(name.replace("_", "-")) or known.get(name)


def mistyped(topology: Topology, known: Known) -> Iterator[Finding]:
    """Names under `rules` that no rule has."""
    for index, name in enumerate(topology.rules.enforced):
        if not coded(name, known):
            yield unknown(topology, ("rules", "enforced", index), name, known)
    for name in topology.rules.severity:
        if not coded(name, known):
            yield unknown(topology, ("rules", "severity", name), name, known)


def unknown(
    topology: Topology, path: Path, name: str, known: Known, severity: Severity = UNKNOWN.severity
) -> Finding:
    """The finding of a name that no rule has, with the nearest that one has."""
    import difflib

    near = difflib.get_close_matches(name, known, n=1) or difflib.get_close_matches(name.upper(), known, n=1)
    at = topology.place(*path)
    return Finding(
        code=UNKNOWN.code,
        name=UNKNOWN.name,
        severity=severity,
        at=at,
        what=f"no rule is called {name}" + (f"; did you mean {near[0]}?" if near else ""),
        why="What is enforced by a mistyped name is enforced by nobody, and a mistyped waiver allows nothing.",
        fix="correct the name; `wireplan explain` lists all rules",
        edit=respelled(at, name, near[0]) if near and path[1] != "severity" else None,
        path=path,
    )


def milder(topology: Topology, found: Strict, own: Mapping[str, Severity]) -> Iterator[Finding]:
    """Enforced rules that `rules.severity` would make milder than they are; `own` is how bad each is by itself."""
    for code, (severity, path) in found.severity.items():
        if code in found.enforced and severity < own[code]:
            said = f"{path[-1]} is enforced, so it stays {own[code].value} and is not made {severity.value}"
            yield lifted(topology, path, code, said)


def lifted(topology: Topology, path: Path, code: str, what: str) -> Finding:
    """The finding of a line that would lift an enforced rule."""
    return Finding(
        code=LIFTED.code,
        name=LIFTED.name,
        severity=LIFTED.severity,
        at=topology.place(*path),
        what=what,
        why="Whoever reads the line would think that the fault is accepted, and it is reported all the same.",
        fix="mend what the rule finds and remove this, or take the rule out of rules.enforced",
        related=tuple(related(topology, code)),
        path=path,
    )


def related(topology: Topology, code: str) -> Iterable[Related]:
    """Where a rule is enforced."""
    place = topology.place("rules", "enforced")
    yield Related(place, f"{code} is enforced here")
