"""squawk, the linter of Postgres migrations, run over the revisions of a system's services: what `wireplan validate --migrations` adds to a run.

Not in every run: squawk is a program of its own. It sees scripts and not revisions, so their statements are laid out for it, and what it says is brought back.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from wireplan.changes import migrations
from wireplan.changes.migrations import Complaint, Revision
from wireplan.findings import Finding
from wireplan.report.run import Run
from wireplan.rim import agreements, engines, process, scaffolding, sources
from wireplan.rim.trouble import Trouble
from wireplan.rules.migrations import ALL

FINE, FOUND = 0, 1  # its exit codes; every other means that it could not look
REVISIONS = "*/src/*/migrations/**/*.py"
"""Below the services: those of each service, and the platform's own."""


def added(run: Run, path: Path) -> Run:
    """The run with what squawk says of the migrations, in each environment.

    Raises:
        Trouble: there are none; squawk cannot be had, or could not look.
    """
    folder = path.parent / scaffolding.SERVICES
    revisions = sorted(file for file in folder.glob(REVISIONS) if "revision" in names(file))
    if not revisions:
        raise Trouble(
            f"{path} has no migrations, so none was checked",
            why=f"no service in {folder} has any",
            fix="run `wireplan scaffold` for a service with a database, or leave out --migrations",
        )
    texts = {sources.shown(file): file.read_text(encoding="utf-8", errors="replace") for file in revisions}
    said = sorted(findings(texts.items()), key=Finding.sort_key)
    checked = [
        replace(
            one, findings=(*one.findings, *agreements.waived(topology, said, [each.code for each in ALL]))
        )
        for one in run.checked
        for topology in [sources.sources(path, agreements.overlay(one.environment)).topology]
    ]
    about = {each.at.file for each in said}
    known = {name: text for name, text in texts.items() if name in about}
    return replace(run, checked=tuple(checked), sources={**run.sources, **known})


def names(file: Path) -> set[str]:
    """The first words of the lines of a file: a revision says its own."""
    return {
        line.partition(" ")[0] for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
    }


def findings(revisions: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """What is wrong with revisions, each given by the name that findings call it and its text.

    Raises:
        Trouble: squawk cannot be had, or could not look.
    """
    read: dict[str, Revision] = {}
    for file, text in revisions:
        try:
            read[file] = migrations.revision(text)
        except SyntaxError as error:
            yield migrations.broken(error, file)
    for file, one in read.items():
        yield from (migrations.unread(each, file) for each in one.unread)
    for in_transaction in (True, False):
        scripts = {file: one.script(in_transaction=in_transaction) for file, one in read.items()}
        texts = {file: text for file, (text, _) in scripts.items() if text}
        for file, each in said(texts, in_transaction=in_transaction):
            yield migrations.finding(each, file, scripts[file][1])


def said(texts: dict[str, str], *, in_transaction: bool) -> Iterator[tuple[str, Complaint]]:
    """What squawk says of scripts, each with its name.

    Raises:
        Trouble: squawk cannot be had, or could not look.
    """
    if not texts:
        return
    with tempfile.TemporaryDirectory(prefix="wireplan-migrations-") as scratch:
        laid = {f"{number}.sql": file for number, file in enumerate(texts)}
        for name, file in laid.items():
            (Path(scratch) / name).write_text(texts[file], encoding="utf-8")
        yield from (
            (laid[Path(each.script).name], each) for each in asked([*laid], Path(scratch), in_transaction)
        )


def asked(scripts: Sequence[str], folder: Path, in_transaction: bool) -> list[Complaint]:
    """What squawk says of the scripts in a folder."""
    words = [f"--exclude={','.join(migrations.UNASKED)}", "--reporter", "json"]
    words += ["--assume-in-transaction"] if in_transaction else []
    code, out, err = process.ended([engines.path("squawk"), *words, *scripts], cwd=folder)
    if code not in (FINE, FOUND):
        why = err.decode(errors="replace").strip()
        raise Trouble("squawk could not look at the migrations", why=why, fix="mend what it says")
    return migrations.complaints(out.decode(errors="replace") or "[]")
