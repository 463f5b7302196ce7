"""Write the edits of findings into their files: the whole of `wireplan validate --fix` but for its words."""

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from wireplan.findings import Edit, Finding
from wireplan.load.edits import applied
from wireplan.report.run import Run
from wireplan.rim import files, sources, validation
from wireplan.rules.baseline import GONE, Baseline

ROUNDS = 100  # one edit may bring another fault to light, and each round leaves less to find


@dataclass(frozen=True, slots=True)
class Mended:
    """What was found before, and is found with other texts in the files; what these mend, and the texts. Nothing of it is written yet."""

    before: Run
    run: Run
    fixed: tuple[Finding, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict[str, str])


def plan(path: Path, environments: Sequence[str] = (), baseline: Baseline | None = None) -> Mended:
    """Mend what has one right answer, round by round, as long as each leaves less to find. What `baseline` accepts is left as it is.

    Raises:
        Trouble: as `validate`.
    """
    again = partial(validation.validate, path, environments, baseline)
    found = again()
    done = Mended(found, found)
    for _ in range(ROUNDS):
        more = whole(done, again) or single(done, again)
        if more is None:
            break
        done = more
    return done


def mend(
    path: Path, environments: Sequence[str] = (), baseline: Baseline | None = None
) -> tuple[Run, tuple[Finding, ...]]:
    """The same, written: what is found now, and what was mended.

    Raises:
        Trouble: as `validate`; or a file cannot be written.
    """
    done = plan(path, environments, baseline)
    write(done.texts)
    return done.run, done.fixed


Again = Callable[[], Run]
"""The same check, of the files as they are read now."""


def whole(done: Mended, again: Again) -> Mended | None:
    """All edits of a run at once, where less is found with them."""
    texts, mended = proposed(done)
    return tried(done, texts, mended, again) if mended else None


def single(done: Mended, again: Again) -> Mended | None:
    """The first edit of a run with which alone less is found: one that helps nothing holds no other back."""
    for finding in (seen.finding for seen in done.run.told()):
        if finding.edit:
            file = finding.edit.at.file
            text, put = applied(text_of(done, file), [finding.edit])
            more = tried(done, {file: text}, (finding,), again) if put else None
            if more:
                return more
    return None


def tried(done: Mended, texts: Mapping[str, str], mended: tuple[Finding, ...], again: Again) -> Mended | None:
    """What is found with other texts; None where that is no better."""
    every = {**done.texts, **texts}
    with sources.instead(every):
        now = again()
    return Mended(done.before, now, (*done.fixed, *mended), every) if better(done.run, now) else None


def better(before: Run, after: Run) -> bool:
    """Whether less is found, or more can be read: then rules speak that had to be silent. What can no longer be read is not better."""
    both = list(zip(before.checked, after.checked, strict=True))
    if any(was.parts and not now.parts for was, now in both):
        return False
    return any(now.parts and not was.parts for was, now in both) or count(after) < count(before)


def count(run: Run) -> int:
    """How many findings count; entries of the baseline that a mended fault leaves behind do not."""
    return sum(seen.finding.code != GONE.code for seen in run.told())


def proposed(done: Mended) -> tuple[Mapping[str, str], tuple[Finding, ...]]:
    """The texts of the files with the edits of a run in them, and the findings that these mend."""
    wanted: defaultdict[str, dict[Edit, Finding]] = defaultdict(dict)
    for seen in done.run.told():
        if edit := seen.finding.edit:
            wanted[edit.at.file].setdefault(edit, seen.finding)
    texts: dict[str, str] = {}
    mended: list[Finding] = []
    for file, edits in wanted.items():
        text, put = applied(text_of(done, file), edits)
        if put:
            texts[file] = text
            mended += [edits[edit] for edit in put]
    return texts, tuple(mended)


def text_of(done: Mended, file: str) -> str:
    """A file's text as far as it is mended."""
    return done.texts[file] if file in done.texts else read(file)


def read(file: str) -> str:
    """A file's text, its line ends as they are."""
    return Path(file).read_bytes().decode()


def write(texts: Mapping[str, str]) -> None:
    """Write files; each is whole at every moment, and keeps its mode.

    Raises:
        Trouble: one cannot be written.
    """
    for file, text in texts.items():
        with files.writing(Path(file)):
            files.write(Path(file), text, Path(file).stat().st_mode & 0o7777)


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterable[str]:
    """Unified diffs of the files, line by line."""
    for file, text in sorted(after.items()):
        old, new = before[file].splitlines(keepends=True), text.splitlines(keepends=True)
        yield from difflib.unified_diff(old, new, f"a/{file}", f"b/{file}")
