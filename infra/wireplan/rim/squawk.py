"""squawk, the linter of Postgres migrations, run over the revisions of a system's services: what `--migrations` adds to `wireplan validate` and to `wireplan preview`.

Not in every run: squawk is a program of its own. It sees scripts and not revisions, so their statements are laid out for it, and what it says is brought back.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from wireplan.changes import migrations
from wireplan.changes.migrations import Complaint, Revision, Statement
from wireplan.findings import Finding
from wireplan.report.run import Run
from wireplan.rim import agreements, engines, process, scaffolding, sources, validation
from wireplan.rim.agreements import Base
from wireplan.rim.trouble import Trouble
from wireplan.rules import waivers
from wireplan.rules.migrations import ALL

FINE, FOUND = 0, 1  # its exit codes; every other means that it could not look
REVISIONS = "*/src/*/migrations/**/*.py"
"""Below the services: those of each service, and the platform's own."""


def added(run: Run, path: Path) -> Run:
    """The run with what squawk says of the migrations, in each environment.

    Raises:
        Trouble: there are none; squawk cannot be had, or could not look.
    """
    texts = {sources.shown(file): text for file, text in revisions(path.parent).items()}
    if not texts:
        raise Trouble(
            f"{path} has no migrations, so none was checked",
            why=f"no service in {path.parent / scaffolding.SERVICES} has any",
            fix="run `wireplan scaffold` for a service with a database, or leave out --migrations",
        )
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


def fresh(path: Path, environments: Iterable[str | None], base: Base) -> tuple[Finding, ...]:
    """What is wrong with revisions that a git revision, which is at hand, does not have, or has otherwise; what was wrong with them there is left out.

    Raises:
        Trouble: squawk cannot be had, or could not look.
    """
    folder = base.then(path.parent.resolve())
    before = revisions(folder) if folder else {}
    then = {path.parent / file.relative_to(folder): text for file, text in before.items() if folder}
    now = {file: text for file, text in revisions(path.parent).items() if then.get(file) != text}
    earlier = {sources.shown(file): text for file, text in then.items() if file in now}
    known = {(each.at.file, each.code, each.what) for each in findings(earlier.items())}
    said = findings((sources.shown(file), text) for file, text in now.items())
    new = sorted(
        (each for each in said if (each.at.file, each.code, each.what) not in known), key=Finding.sort_key
    )
    topology = agreements.strictest(sources.sources(path, each) for each in environments)
    return waivers.left(topology, new, validation.today()) if topology else tuple(new)


def revisions(folder: Path) -> dict[Path, str]:
    """The revisions of all services of the system in a folder, and their texts."""
    files = sorted((folder / scaffolding.SERVICES).glob(REVISIONS))
    texts = {file: file.read_text(encoding="utf-8-sig", errors="replace") for file in files}
    return {file: text for file, text in texts.items() if migrations.NAMED.search(text)}


def findings(revisions: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """What is wrong with revisions, each given by the name that findings call it and its text.

    Raises:
        Trouble: squawk cannot be had, or could not look.
    """
    read: dict[str, Revision] = {}
    for file, text in revisions:
        try:
            read[file] = migrations.revision(text)
        except migrations.UNREADABLE as error:
            yield migrations.broken(error, file)
    for file, one in read.items():
        yield from (migrations.unread(each, file) for each in one.unread)
    for in_transaction in (True, False):
        yield from complained(read, in_transaction=in_transaction)


def complained(read: Mapping[str, Revision], *, in_transaction: bool) -> Iterator[Finding]:
    """What squawk says of one kind of statements. A text that it cannot parse is told, and what stands beside it is looked at without it.

    Raises:
        Trouble: squawk cannot be had, or could not look.
    """
    scripts = {file: one.script(in_transaction=in_transaction) for file, one in read.items()}
    found = list(said({file: text for file, (text, _) in scripts.items()}, in_transaction=in_transaction))
    unparsed: dict[tuple[str, Statement], Complaint] = {}  # the first of each: the others follow from it
    for file, each in found:
        if each.rule == migrations.UNPARSED:
            unparsed.setdefault((file, migrations.of(each, scripts[file][1])[0]), each)
    torn = {file for file, _ in unparsed}
    for file, each in [
        *((file, each) for (file, _), each in unparsed.items()),
        *((file, each) for file, each in found if file not in torn),
    ]:
        yield migrations.finding(each, file, scripts[file][1])
    for file in torn:
        bad = {statement for name, statement in unparsed if name == file}
        scripts[file] = read[file].script(in_transaction=in_transaction, without=bad)
    again = {file: scripts[file][0] for file in sorted(torn)}
    for file, each in said(again, in_transaction=in_transaction):
        yield migrations.finding(each, file, scripts[file][1])


def said(texts: dict[str, str], *, in_transaction: bool) -> Iterator[tuple[str, Complaint]]:
    """What squawk says of scripts, each with its name; those without a statement are left out.

    Raises:
        Trouble: squawk cannot be had, or could not look.
    """
    texts = {file: text for file, text in texts.items() if text}
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
