"""The file of a baseline: found beside the topology, read, applied to a run, written."""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from wireplan.findings import Finding
from wireplan.report.run import Checked, Run
from wireplan.rim import outputs, sources
from wireplan.rim.trouble import Trouble
from wireplan.rules import baseline as rules
from wireplan.rules import outside
from wireplan.rules.baseline import Baseline, BaselineError
from wireplan.topology.resolve import NO_ENVIRONMENT


def beside(topology: Path) -> Path:
    """Where the baseline of a topology file lies unless another is named."""
    return topology.with_name(rules.NAME)


def read(file: Path) -> Baseline:
    """The baseline in a file.

    Raises:
        Trouble: it cannot be read, or is none.
    """
    try:
        return rules.parsed(file.read_text(encoding="utf-8"), str(file))
    except OSError as error:
        fix = "write one with `wireplan validate --write-baseline`"
        raise Trouble(f"{file} cannot be read", why=error.strerror or str(error), fix=fix) from error
    except (BaselineError, UnicodeDecodeError) as error:
        raise Trouble(f"{file} is no baseline", why=str(error), fix="write it anew, or remove it") from error


def existing(topology: Path) -> Baseline | None:
    """The baseline beside a topology file; None where there is none.

    Raises:
        Trouble: as `read`.
    """
    file = beside(topology)
    return read(file) if file.is_file() else None


OUTSIDE = outside.AREAS
"""The areas of codes that a run does not look at unless an outside program is asked."""


def applied(run: Run, baseline: Baseline | None, unseen: tuple[str, ...] = OUTSIDE) -> Run:
    """A run in which what the baseline accepts is marked, with a finding for entries that accept nothing any more.

    Of codes that begin with one in `unseen` the run says nothing, so that no entry of theirs is gone.
    """
    if baseline is None:
        return run
    looked = {mark: each for mark, each in baseline.entries.items() if not each.code.startswith(unseen)}
    marks = rules.gone(replace(baseline, entries=looked), found(run), known(run), run.folder)
    told = rules.told(baseline, marks)
    where = {name for names in marks.values() for name in names}
    nowhere = where.isdisjoint(each.environment for each in run.checked)
    checked = tuple(
        with_mark(each, baseline, run.folder, told if nowhere or each.environment in where else None)
        for each in run.checked
    )
    sources: Mapping[str, str] = {**run.sources, baseline.file: baseline.text} if told else run.sources
    return replace(run, checked=checked, sources=sources, baseline=baseline.file)


def left(
    baseline: Baseline | None, findings: Iterable[Finding], environment: str, topology: Path
) -> tuple[Finding, ...]:
    """Findings of an environment of the system in a topology file but for those that the baseline accepts."""
    if baseline is None:
        return tuple(findings)
    folder = posixpath.dirname(sources.shown(topology))
    return tuple(each for each in findings if not rules.accepts(baseline, each, environment, folder))


def with_mark(one: Checked, baseline: Baseline, folder: str, more: Finding | None) -> Checked:
    """One environment, marked."""
    once = [each for each in one.findings if each.code != rules.GONE.code]
    marked = rules.marked(once, baseline, one.environment, folder)
    return replace(one, findings=(*marked, more) if more else marked)


def found(run: Run) -> Mapping[str, Sequence[Finding]]:
    """What was found in each environment that could be read."""
    return {each.environment: each.findings for each in run.checked if each.parts}


def known(run: Run) -> tuple[str, ...]:
    """The environments that the topology of a run has, asked for or not."""
    return sources.environments(Path(run.file)) or (NO_ENVIRONMENT,)


def write(run: Run, file: Path, unseen: tuple[str, ...] = OUTSIDE) -> Baseline:
    """Write the baseline that accepts what a run found, and return it. Nothing else is kept but entries of environments, or of codes, not looked at.

    Raises:
        Trouble: the file cannot be written, or what is there is no baseline.
    """
    before = read(file) if file.is_file() else Baseline(str(file), {})
    after = rules.renewed(before, found(run), known(run), run.folder)
    kept = {mark: each for mark, each in before.entries.items() if each.code.startswith(unseen)}
    after = replace(after, entries={**kept, **after.entries})
    text = rules.written(after)
    outputs.write(file, text)
    return replace(after, text=text)
