"""Write the edits of findings into their files: the whole of `wireplan validate --fix` but for its words."""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from wireplan.findings import Edit, Finding
from wireplan.load.edits import applied
from wireplan.report.run import Run
from wireplan.rim import files, validation
from wireplan.rim.trouble import Trouble

ROUNDS = 10  # one edit may bring another fault to light; two that undo each other must end


def mend(path: Path, environments: Sequence[str] = ()) -> tuple[Run, tuple[Finding, ...]]:
    """Mend what has one right answer, round by round, as long as each leaves less to find: what is found now, and what was mended.

    Raises:
        Trouble: as `validate`; or a file cannot be written.
    """
    run = validation.validate(path, environments)
    fixed: list[Finding] = []
    for _ in range(ROUNDS):
        texts, mended = proposed(run)
        if not mended:
            break
        earlier = {file: read(file) for file in texts}
        write(texts)
        try:
            now = validation.validate(path, environments)
        except BaseException:
            write(earlier)
            raise
        if not better(run, now):
            write(earlier)
            break
        fixed += mended
        run = now
    return run, tuple(fixed)


def better(before: Run, after: Run) -> bool:
    """Whether less is found. A file that can no longer be read has few findings, too, and is not better."""
    unread = any(was.parts and not now.parts for was, now in zip(before.checked, after.checked, strict=True))
    return not unread and len(after.seen()) < len(before.seen())


def proposed(run: Run) -> tuple[Mapping[str, str], tuple[Finding, ...]]:
    """The texts of the files with the edits of a run in them, and the findings that these mend."""
    wanted: defaultdict[str, dict[Edit, Finding]] = defaultdict(dict)
    for seen in run.seen():
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
