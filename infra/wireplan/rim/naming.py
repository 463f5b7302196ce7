"""What files are called in findings: as the person named them, or from a folder that whoever reads the findings knows."""

import os
from dataclasses import replace
from pathlib import Path

from wireplan.findings import Finding, Place
from wireplan.report.run import Run


def named(finding: Finding, folder: Path) -> Finding:
    """The finding with its files named from `folder`, in its words, too."""
    prefix = f"{folder}/"
    found = moved(finding, {each: each.file.removeprefix(prefix) for each in places(finding)})
    return replace(
        found,
        what=finding.what.replace(prefix, ""),
        why=finding.why.replace(prefix, ""),
        fix=finding.fix.replace(prefix, ""),
    )


def from_root(run: Run) -> Run:
    """The run with files named from the root of the repository that the person stands in, else from where they stand.

    So forges know them, whichever folder the check was run in and however the topology was named. Other files keep their names.
    """
    here = Path.cwd()
    root = next((each for each in (here, *here.parents) if (each / ".git").exists()), here)

    def name(file: str) -> str:
        path = Path(os.path.normpath(here / file))
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else file

    checked = tuple(
        replace(
            one,
            findings=tuple(moved(each, {at: name(at.file) for at in places(each)}) for each in one.findings),
        )
        for one in run.checked
    )
    texts = {name(file): text for file, text in run.sources.items()}
    baseline = name(run.baseline) if run.baseline else ""
    return replace(run, file=name(run.file), checked=checked, sources=texts, baseline=baseline)


def places(finding: Finding) -> set[Place]:
    """All places that a finding speaks of."""
    edit = [finding.edit.at] if finding.edit else []
    return {
        finding.at,
        *edit,
        *(each.at for each in finding.related),
        *(each.place for each in finding.steps),
    }


def moved(finding: Finding, names: dict[Place, str]) -> Finding:
    """The finding with other names for the files of its places."""

    def place(at: Place) -> Place:
        return replace(at, file=names[at])

    return replace(
        finding,
        at=place(finding.at),
        related=tuple(replace(each, at=place(each.at)) for each in finding.related),
        steps=tuple(replace(each, place=place(each.place)) for each in finding.steps),
        edit=replace(finding.edit, at=place(finding.edit.at)) if finding.edit else None,
    )
