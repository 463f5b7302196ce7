"""Both versions of a topology, the working tree's and a revision's, read, checked, rendered and compared. No cluster."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from wireplan.changes.preview import Preview, Proposal, Side, compare
from wireplan.findings import Finding
from wireplan.manifests.objects import bodies, objects
from wireplan.manifests.patches import PatchError
from wireplan.manifests.thing import Object
from wireplan.rim import agreements, baselines, revisions, sources, squawk, validation
from wireplan.rim.agreements import Base
from wireplan.rim.naming import named
from wireplan.rim.program import protection
from wireplan.rim.program.protection import Step
from wireplan.rim.trouble import Trouble
from wireplan.topology.resolve import NO_ENVIRONMENT

Asked = Callable[[Path, Sequence[str | None], Base], tuple[Finding, ...]]
"""What an outside program says of a topology in some environments, compared with a revision that is at hand."""


def proposal(
    path: Path,
    against: str,
    environments: Sequence[str] = (),
    *,
    contracts: bool = False,
    migrations: bool = False,
) -> Proposal:
    """The working tree's topology in `path` against that of the revision `against`, in all environments that either has.

    With `contracts`, what the protos break of those of the revision is new in each environment; with `migrations`, what is wrong with those that the revision does not have.

    Raises:
        Trouble: neither version has the file or the environment; git fails; or buf or squawk does.
    """
    root = revisions.repository(path)
    name = path.resolve().relative_to(root)
    with revisions.folder(root, against) as tree:
        if not (root / name).is_file() and not (tree / name).is_file():
            raise Trouble(f"{name} is neither here nor in {against}", fix="name a topology file")
        known = {
            each
            for side in (root, tree)
            for each in sources.environments(side / name)
            if (side / name).is_file()
        }
        unknown = [each for each in environments if each not in known]
        if unknown:
            raise Trouble(
                f"there is no environment {unknown[0]}, here or in {against}",
                fix=f"use one of {', '.join(sorted(known))}",
            )
        wanted = environments or sorted(known) or [None]
        with sources.uncollected():
            previews = tuple(preview(root, tree, name, each) for each in wanted)
            for wanted_too, ask in ((contracts, agreements.broken), (migrations, squawk.fresh)):
                if wanted_too:
                    previews = asked(ask, previews, root / name, Base(against, root, tree))
    return Proposal(name.as_posix(), against, previews)


def asked(ask: Asked, previews: tuple[Preview, ...], file: Path, base: Base) -> tuple[Preview, ...]:
    """The comparisons with what an outside program finds, in each environment that is still there."""
    known = sources.environments(file) if file.is_file() else ()
    here = [each for each in previews if each.environment in known or (file.is_file() and not known)]
    wanted = [each.environment if known else None for each in here]
    if not here:
        return previews
    found, accepted = ask(file, wanted, base), baselines.existing(file)
    new = {each.environment: baselines.left(accepted, found, each.environment, file) for each in here}
    return tuple(
        replace(each, new=(*each.new, *(named(one, base.root) for one in new.get(each.environment, ()))))
        for each in previews
    )


def preview(root: Path, tree: Path, name: Path, environment: str | None) -> Preview:
    """One environment."""
    (base, before), (head, after) = (side(folder, name, environment) for folder in (tree, root))
    return compare(environment or NO_ENVIRONMENT, base, head, lost(before, after))


def side(folder: Path, name: Path, environment: str | None) -> tuple[Side, tuple[Object, ...]]:
    """One version of one environment and its objects; files are named from the repository's root on both sides."""
    file = folder / name
    if not file.is_file() or (environment is not None and environment not in sources.environments(file)):
        return Side(None, exists=False), ()
    found = sources.sources(file, environment)
    alone = validation.alone(file, found, environment or NO_ENVIRONMENT)
    run = baselines.applied(alone, baselines.existing(file))
    findings = tuple(named(seen.finding, folder) for seen in run.told())
    if found.topology is None:
        return Side(None, findings), ()
    try:
        made = objects(found.topology, {})
    except PatchError:  # told among the findings
        return Side(None, findings), ()
    return Side(found.topology, findings, tuple(bodies(made))), made


def lost(before: Iterable[Object], after: Iterable[Object]) -> tuple[str, ...]:
    """What would be done to data: the very judgement by which `up` refuses a change, before there is anything to refuse."""
    wanted = {(one.kind, one.name): protection.told(one) for one in after}
    steps = [
        Step("update" if key in wanted else "delete", " ".join(key), protection.told(one), wanted.get(key))
        for one in before
        for key in [(one.kind, one.name)]
    ]
    return tuple(dict.fromkeys(str(loss) for loss in protection.refused(steps, ())))
