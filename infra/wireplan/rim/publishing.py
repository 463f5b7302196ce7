"""The contracts as a package: compared with the version that was tagged last, and built as a wheel (spec row P7).

What is published is what tags name: they are at hand in a clone, and so is what buf compares. The wheel is uploaded by whoever has the secret.
"""

from pathlib import Path

from wireplan.changes import versions
from wireplan.changes.versions import Release, Step, Version
from wireplan.rim import agreements, buf, contracts, process, revisions, scaffolding, sources
from wireplan.rim.agreements import Base, Protos
from wireplan.rim.scaffolding import workspace
from wireplan.rim.trouble import Trouble
from wireplan.skeletons.system import distribution


def release(path: Path, tag: str | None = None) -> Release:
    """The version of the contracts, and the step that the change since the version before asks for.

    With the `tag` that publishes it, the version before is an earlier one; without, it may be this one, and asks then whether anything changed.

    Raises:
        Faulty: the topology has faults.
        Trouble: it names no protos; the tag names another version; earlier tags may be missing; buf or git fails.
    """
    file = sources.topology_file(path)
    found = sources.sources(file)
    if found.topology is None:
        raise sources.Faulty(found)
    protos = agreements.folder_of(found, file)
    if protos is None:
        raise Trouble(
            f"{file} has no protos, so there is nothing to publish", fix="write `contracts: {protos: FOLDER}`"
        )
    package = distribution(found.topology)
    written = versions.version(found.topology.contracts_version)
    if tag and tag != versions.tag(package, written):
        raise Trouble(
            f"the tag {tag} is not that of {package} {written}",
            why=f"{file} says version {written}, whose tag is {versions.tag(package, written)}",
            fix="write the version that is meant into contracts.version, run wireplan scaffold, and tag that commit",
        )
    root = revisions.repository(protos.folder)
    known = versions.tagged(package, process.output(["git", "-C", root, "tag", "--list"]).splitlines())
    earlier = [each for each in known if each < written or (each == written and not tag)]
    if earlier:
        return since(Release(package, written), earlier[-1], root, protos, file)
    if known and written not in known:  # the first one may be built again when there are others
        raise Trouble(
            f"{package} {written} comes before every version that is tagged here",
            why=f"the first of them is {known[0]}, so there is nothing to compare it with",
            fix="write a version after the one that this changes into contracts.version",
        )
    if revisions.shallow(root):
        raise Trouble(
            f"no earlier version of {package} is known here",
            why="this is a shallow clone: tags of earlier versions may be missing, and what breaks would pass for the first version",
            fix="git fetch --unshallow --tags (in CI: fetch-depth 0)",
        )
    return Release(package, written)


def since(now: Release, before: Version, root: Path, protos: Protos, file: Path) -> Release:
    """The release as compared with the tag of the version `before`."""
    name = versions.tag(now.package, before)
    with revisions.folder(root, name) as tree:
        base = Base(name, root, tree)
        then = agreements.protos_then(protos, file, base)
        if then is None:
            return Release(now.package, now.version, before, Step.MAJOR)
        broken = tuple(agreements.compared(protos, then, base))
        same = contracts.texts(protos.folder) == contracts.texts(then)
        asks = versions.step(broken, [] if broken or same else buf.breaking(then, protos.folder), same=same)
    return Release(now.package, now.version, before, asks, broken)


def build(path: Path, package: str, folder: Path) -> Path:
    """Build the package as a wheel into an empty or new `folder`, and return the wheel.

    Raises:
        Trouble: what is generated is not current; something lies in the folder; uv fails.
    """
    file = sources.topology_file(path)
    if folder.is_dir() and any(folder.iterdir()):
        raise Trouble(
            f"{folder} is not empty", why="all wheels in it would be published", fix="name a new folder"
        )
    kinds = (scaffolding.Options(dry=True, tools=tools) for tools in (False, True))  # tools need a workspace
    if not all(scaffolding.from_file(file, options)[0].current for options in kinds):
        raise Trouble(
            "the services' workspace is not current",
            fix=f"run wireplan scaffold {file.parent}, and commit what it writes",
        )
    words = ["build", "--quiet", "--package", package, "--wheel", "--out-dir", folder.resolve()]
    process.output(
        [workspace.uv(), *words], cwd=file.parent / scaffolding.SERVICES, env=workspace.environment()
    )
    return next(folder.glob("*.whl"))
