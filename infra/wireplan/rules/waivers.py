"""Waivers: a finding that its owner accepts, with a reason and a last day.

A waiver that allows nothing, or whose day is past, is itself a finding: otherwise waivers only ever grow in number.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from wireplan.findings import Finding, Severity
from wireplan.pages import Coded
from wireplan.rules import outside, strictness
from wireplan.rules.strictness import Known
from wireplan.topology.author import author
from wireplan.topology.types import Topology, Waiver

UNUSED = Coded(
    "WAI001",
    "waiver-without-finding",
    """A waiver that allows nothing.

    What: no finding of the waived rule is at the waived place.
    Why: a waiver left behind would hide the same fault when it comes back for another reason.
    Fix: remove the waiver.
    Source: practice of linters with suppressions (ruff RUF100, kube-linter issue 487).
    """,
    Severity.WARNING,
)
EXPIRED = Coded(
    "WAI002",
    "waiver-past-its-date",
    """A waiver whose last day is over.

    What: the waiver's `until` is before today; what it allowed is reported again.
    Why: a date is a promise to come back to it.
    Fix: mend what it allowed, or give it a new date and say why.
    Source: practice of linters with suppressions (istio issue 17703, kube-linter issue 487).
    """,
    Severity.WARNING,
)


def waive(
    topology: Topology,
    findings: Sequence[Finding],
    waivers: Sequence[Waiver],
    today: date | None,
    known: Known | None = None,
) -> list[Finding]:
    """The findings that no living waiver allows, and one for each waiver that counts for nothing.

    `known` are the rules that there are; without it every name is taken for one. Of waivers of what outside programs find it is not asked here
    whether they allow anything.
    """
    living = [waiver for waiver in waivers if not past(waiver, today)]
    kept = [finding for finding in findings if not any(allows(waiver, finding) for waiver in living)]
    enforced = strictness.strict(topology, known or {}).enforced if waivers else frozenset[str]()
    every = known or {}
    for index, waiver in enumerate(waivers):
        code = strictness.coded(waiver.allow, every)
        if known and not code:
            path = ("waivers", index, "allow")
            kept.append(strictness.unknown(topology, path, waiver.allow, every, Severity.WARNING))
        elif code in enforced:
            said = f"{waiver.allow} is enforced, so no waiver allows it {where(waiver)}"
            kept.append(strictness.lifted(topology, ("waivers", index, "allow"), str(code), said))
        elif past(waiver, today):
            kept.append(over(topology, index, waiver))
        elif code not in outside.KNOWN and not any(covers(waiver, finding) for finding in findings):
            kept.append(unused(topology, index, waiver))
    return kept


def left(topology: Topology, findings: Iterable[Finding], today: date | None) -> tuple[Finding, ...]:
    """Of what an outside program finds that which no living waiver allows, as bad as the topology says."""
    strict = strictness.strict(topology, outside.KNOWN)
    taken = [strictness.taken(topology, strict, each) for each in findings]
    living = [waiver for waiver in topology.waivers if not past(waiver, today)]
    return tuple(each for each in taken if not any(allows(waiver, placed(each)) for waiver in living))


def idle(
    topology: Topology, findings: Sequence[Finding], codes: Collection[str], today: date | None
) -> Iterator[Finding]:
    """A finding for each living waiver of one of `codes`, which an outside program has looked for, that allows nothing of what it found; one of an enforced code is told already."""
    enforced = strictness.strict(topology, outside.KNOWN).enforced
    for index, waiver in enumerate(topology.waivers):
        code = strictness.coded(waiver.allow, outside.KNOWN)
        if (
            code in codes
            and code not in enforced
            and not past(waiver, today)
            and not any(covers(waiver, placed(each)) for each in findings)
        ):
            yield unused(topology, index, waiver)


def placed(finding: Finding) -> Finding:
    """A finding of an outside program at its place in the topology. It has none of its own, lest its fingerprint be of where the protos are."""
    return replace(finding, path=outside.where(finding.code))


def allows(waiver: Waiver, finding: Finding) -> bool:
    """Whether `waiver` lifts `finding`, which an enforced rule's never is."""
    return not finding.enforced and covers(waiver, finding)


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Whether `waiver` speaks of `finding`: of its rule, and of its place or one above."""
    if waiver.allow.replace("_", "-") not in {finding.name, finding.code}:
        return False
    place = ".".join(str(part) for part in finding.path)
    return waiver.on is None or place == waiver.on or place.startswith(f"{waiver.on}.")


def past(waiver: Waiver, today: date | None) -> bool:
    """Whether its last day is over."""
    return today is not None and today.isoformat() > waiver.until


def over(topology: Topology, index: int, waiver: Waiver) -> Finding:
    """The finding of a waiver past its day."""
    return Finding(
        code=EXPIRED.code,
        name=EXPIRED.name,
        severity=Severity.WARNING,
        at=topology.place("waivers", index, "until"),
        what=f"the waiver of {waiver.allow} {where(waiver)} ended on {waiver.until}",
        why=f'It was given because "{waiver.reason}". What it allowed is reported again.',
        fix="mend what it allowed, or give it a new date and say why",
        path=("waivers", index),
    )


def unused(topology: Topology, index: int, waiver: Waiver) -> Finding:
    """The finding of a waiver that allows nothing."""
    who = author(topology)
    return Finding(
        code=UNUSED.code,
        name=UNUSED.name,
        severity=Severity.WARNING,
        at=topology.place("waivers", index),
        what=f"{waiver.allow} finds nothing {where(waiver)}, so its waiver allows nothing",
        why="A waiver left behind would hide the same fault when it comes back for another reason.",
        fix="remove the waiver",
        edit=who.left_out(("waivers", index)) if who else None,
        path=("waivers", index),
    )


def where(waiver: Waiver) -> str:
    """`on services.processing`, or `anywhere`."""
    return f"on {waiver.on}" if waiver.on else "anywhere"
