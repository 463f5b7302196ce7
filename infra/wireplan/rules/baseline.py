"""A baseline: the findings that a system has on the day it begins to be checked, accepted so that only new ones count.

An entry is known by the fingerprint of its finding, so that it holds when lines move, and for the environments that it was found in.
What can hide nothing but itself is not accepted: faults of the file's shape, findings about waivers and baselines, enforced rules.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from wireplan.findings import Finding, Place, Related, Severity, fingerprint
from wireplan.pages import Coded
from wireplan.records import dataclass

NAME = "wireplan.baseline.json"
VERSION = 1
NEVER = ("YML", "PAT", "WAI", "BAS")
"""The areas of codes that no baseline accepts: nothing can be built from some, and the others say what accepts too much."""
TOLD = 5

GONE = Coded(
    "BAS001",
    "baseline-entry-without-finding",
    """An entry of the baseline that accepts nothing any more.

    What: the baseline lists a finding that is no longer there in an environment that it is listed for.
    Why: the entry would hide the same fault when it comes back.
    Fix: `wireplan validate --write-baseline` removes it.
    Source: practice of linters with baselines (ESLint's unused suppressions, detekt, PHPStan).
    """,
    Severity.WARNING,
)


class BaselineError(ValueError):
    """A text that is no baseline; its sentence says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding that is accepted, and where. All but `mark` and `environments` is for people."""

    code: str
    path: str
    what: str
    environments: tuple[str, ...]
    mark: str

    def sort_key(self) -> tuple[str, str, str, str]:
        """By code and value, so that a change of the file is where a change of the system is."""
        return (self.code, self.path, self.what, self.mark)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries of one file, by fingerprint. `text` is what stands in it; empty where it is not there yet."""

    file: str
    entries: Mapping[str, Entry]
    text: str = ""


Found = Mapping[str, Sequence[Finding]]
"""What was found, by environment; those that could not be read are left out."""


def parsed(text: str, file: str) -> Baseline:
    """The baseline in a text.

    Raises:
        BaselineError: it is none.
    """
    try:
        document: Any = json.loads(text)
        if document["version"] != VERSION:
            raise BaselineError(f"it is of version {document['version']}, and this Wireplan reads {VERSION}")
        entries = [entry(each) for each in document["findings"]]
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise BaselineError(f"it is no baseline: {error}") from error
    return Baseline(file, {each.mark: each for each in entries}, text)


def entry(data: Mapping[str, Any]) -> Entry:
    """One entry of the file."""
    environments = tuple(str(name) for name in cast("list[object]", data["environments"]))
    return Entry(data["code"], data["path"], data["what"], environments, data["fingerprint"])


def written(baseline: Baseline) -> str:
    """The text of a baseline: sorted, a value a line, the same entries always the same bytes."""
    findings = [
        {
            "code": each.code,
            "path": each.path,
            "what": each.what,
            "environments": sorted(each.environments),
            "fingerprint": each.mark,
        }
        for each in sorted(baseline.entries.values(), key=Entry.sort_key)
    ]
    return json.dumps({"version": VERSION, "findings": findings}, indent=2, ensure_ascii=False) + "\n"


def acceptable(finding: Finding) -> bool:
    """Whether a baseline may accept it."""
    return not finding.enforced and not finding.code.startswith(NEVER)


def marked(
    findings: Iterable[Finding], baseline: Baseline, environment: str, folder: str
) -> tuple[Finding, ...]:
    """The findings of one environment, those that the baseline accepts marked. Files are named from `folder`, the topology's."""
    return tuple(
        replace(each, accepted=True) if accepts(baseline, each, environment, folder) else each
        for each in findings
    )


def accepts(baseline: Baseline, finding: Finding, environment: str, folder: str) -> bool:
    """Whether the baseline accepts a finding in an environment."""
    found = baseline.entries.get(fingerprint(finding, folder)) if acceptable(finding) else None
    return found is not None and environment in found.environments


def renewed(baseline: Baseline, found: Found, known: Collection[str], folder: str) -> Baseline:
    """The baseline that accepts all that is found, and in `known` environments that were not looked at what it accepted before."""
    unseen = [name for name in known if name not in found]
    kept = {mark: within(each, unseen) for mark, each in baseline.entries.items()}
    entries = {mark: each for mark, each in kept.items() if each.environments}
    for environment, findings in found.items():
        for each in filter(acceptable, findings):
            mark = fingerprint(each, folder)
            earlier = entries.get(mark)
            where = (*(earlier.environments if earlier else ()), environment)
            entries[mark] = Entry(
                each.code, ".".join(map(str, each.path)), each.what, tuple(dict.fromkeys(where)), mark
            )
    return replace(baseline, entries=entries)


def within(each: Entry, environments: Collection[str]) -> Entry:
    """An entry for those of its environments that are among some."""
    return replace(each, environments=tuple(name for name in each.environments if name in environments))


def gone(
    baseline: Baseline, found: Found, known: Collection[str], folder: str
) -> Mapping[str, tuple[str, ...]]:
    """The fingerprints of entries that accept nothing any more, each with the environments where that is so.

    An environment that is not `known` is gone itself.
    """
    marks: dict[str, Collection[str]] = {
        name: {fingerprint(each, folder) for each in findings if acceptable(each)}
        for name, findings in found.items()
    }
    table = {
        mark: tuple(
            name for name in each.environments if name not in known or mark not in marks.get(name, (mark,))
        )
        for mark, each in baseline.entries.items()
    }
    return {mark: names for mark, names in table.items() if names}


def told(baseline: Baseline, marks: Mapping[str, tuple[str, ...]]) -> Finding | None:
    """One finding for all entries that accept nothing any more; None where there are none."""
    entries = sorted((baseline.entries[mark] for mark in marks), key=Entry.sort_key)
    if not entries:
        return None
    count = "an entry accepts" if len(entries) == 1 else f"{len(entries)} entries accept"
    first, *others = entries
    return Finding(
        code=GONE.code,
        name=GONE.name,
        severity=GONE.severity,
        at=place(baseline, first),
        what=f"{count} nothing any more",
        why="\n".join(
            [*map(said, entries[:TOLD]), *([f"and {len(entries) - TOLD} more"] if others[TOLD - 1 :] else [])]
        ),
        fix="wireplan validate --write-baseline removes what is no longer found",
        related=tuple(Related(place(baseline, each), "so does this") for each in others[: TOLD - 1]),
    )


def said(each: Entry) -> str:
    """An entry in one line."""
    return f"{each.code} {each.path}: {each.what}"


def place(baseline: Baseline, each: Entry) -> Place:
    """Where an entry says what it accepts: the line of its text before that of its fingerprint."""
    lines = baseline.text.splitlines()
    number = next((number for number, line in enumerate(lines) if each.mark in line), 0)
    before: Iterator[int] = (above for above in range(number, -1, -1) if '"what":' in lines[above])
    number = next(before, number)
    line = lines[number] if lines else ""
    begin = len(line) - len(line.lstrip())
    return Place(baseline.file, number + 1, begin + 1, number + 1, len(line.rstrip(",")) + 1)
