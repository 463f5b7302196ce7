"""Write the edits of findings into their files: the whole of `wireplan validate --fix` but for its words."""

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from wireplan.findings import Edit, Finding
from wireplan.load.edits import applied
from wireplan.report.run import Run
from wireplan.rim import files, validation
from wireplan.rim.trouble import Trouble
from wireplan.rules.baseline import GONE, Baseline

ROUNDS = 100  # one edit may bring another fault to light, and each round leaves less to find


def mend(
    path: Path, environments: Sequence[str] = (), baseline: Baseline | None = None
) -> tuple[Run, tuple[Finding, ...]]:
    """Mend what has one right answer, round by round, as long as each leaves less to find: what is found now, and what was mended.

    What `baseline` accepts is left as it is.

    Raises:
        Trouble: as `validate`; or a file cannot be written.
    """
    run = validation.validate(path, environments, baseline)
    again = partial(validation.validate, path, environments, baseline)
    fixed: list[Finding] = []
    for _ in range(ROUNDS):
        now, mended = whole(run, again) or single(run, again) or (run, ())
        if not mended:
            break
        fixed += mended
        run = now
    return run, tuple(fixed)


Again = Callable[[], Run]
"""The same check of the files as they are now."""
Step = tuple[Run, tuple[Finding, ...]]


def whole(run: Run, again: Again) -> Step | None:
    """All edits of a run at once, where less is found with them; else the files are as they were."""
    texts, mended = proposed(run)
    now = tried(run, texts, again) if mended else None
    return (now, mended) if now else None


def single(run: Run, again: Again) -> Step | None:
    """The first edit of a run with which alone less is found: one that helps nothing holds no other back."""
    for finding in (seen.finding for seen in run.told()):
        if finding.edit:
            text, done = applied(read(finding.edit.at.file), [finding.edit])
            now = tried(run, {finding.edit.at.file: text}, again) if done else None
            if now:
                return now, (finding,)
    return None


def tried(run: Run, texts: Mapping[str, str], again: Again) -> Run | None:
    """What is found with other texts in the files; None, and the files as they were, where that is no better."""
    earlier = {file: read(file) for file in texts}
    write(texts)
    try:
        now = again()
    except BaseException:
        write(earlier)
        raise
    if better(run, now):
        return now
    write(earlier)
    return None


def better(before: Run, after: Run) -> bool:
    """Whether less is found, or more can be read: then rules speak that had to be silent. What can no longer be read is not better."""
    both = list(zip(before.checked, after.checked, strict=True))
    if any(was.parts and not now.parts for was, now in both):
        return False
    return any(now.parts and not was.parts for was, now in both) or count(after) < count(before)


def count(run: Run) -> int:
    """How many findings count; entries of the baseline that a mended fault leaves behind do not."""
    return sum(seen.finding.code != GONE.code for seen in run.told())


def proposed(run: Run) -> tuple[Mapping[str, str], tuple[Finding, ...]]:
    """The texts of the files with the edits of a run in them, and the findings that these mend."""
    wanted: defaultdict[str, dict[Edit, Finding]] = defaultdict(dict)
    for seen in run.told():
        if edit := seen.finding.edit:
            wanted[edit.at.file].setdefault(edit, seen.finding)
    texts: dict[str, str] = {}
    mended: list[Finding] = []
    for file, edits in wanted.items():
        text, done = applied(read(file), edits)
        if done:
            texts[file] = text
            mended += [edits[edit] for edit in done]
    return texts, tuple(mended)


def read(file: str) -> str:
    """A file's text, its line ends as they are."""
    return Path(file).read_bytes().decode()


def write(texts: Mapping[str, str]) -> None:
    """Write files; each is whole at every moment, and keeps its mode.

    Raises:
        Trouble: one cannot be written.
    """
    for file, text in texts.items():
        try:
            files.write(Path(file), text, Path(file).stat().st_mode & 0o7777)
        except OSError as error:
            raise Trouble(f"{file} could not be written", why=error.strerror or str(error)) from error


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterable[str]:
    """Unified diffs of the files, line by line."""
    for file, text in sorted(after.items()):
        old, new = before[file].splitlines(keepends=True), text.splitlines(keepends=True)
        yield from difflib.unified_diff(old, new, f"a/{file}", f"b/{file}")
