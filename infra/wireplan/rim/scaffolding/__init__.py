"""Scaffold: the files of a system's services, rendered into its workspace without losing what a person wrote."""

import os.path
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from wireplan.rim import files
from wireplan.rim import sources as written
from wireplan.rim.scaffolding import sources, store, workspace
from wireplan.rim.scaffolding.merging import decoded
from wireplan.rim.scaffolding.writing import carry_out
from wireplan.rim.trouble import Trouble
from wireplan.skeletons.outcome import Outcome
from wireplan.skeletons.plan import Plan, plan
from wireplan.skeletons.render import File, render
from wireplan.skeletons.system import UnfitError
from wireplan.skeletons.unrendered import Unrendered, unrendered
from wireplan.topology.types import Topology

SERVICES = "services"


@dataclass(frozen=True, slots=True)
class Options:
    """How scaffold runs: `only` one member, `dry` writes nothing, `tools` makes lock file and contracts too."""

    only: str | None = None
    dry: bool = False
    tools: bool = True


def from_file(path: Path, options: Options) -> tuple[Outcome, list[Unrendered]]:
    """Scaffold the system of a topology file into the folder `services` beside it; also what is not rendered yet.

    Raises:
        Faulty: the topology has faults.
        Trouble: there is no such file or service, or the workspace cannot be made.
    """
    file = written.topology_file(path)
    found = written.sources(file)
    if found.topology is None or found.system is None:
        raise written.Faulty(found)
    target = file.parent / SERVICES
    protos = file.parent / found.system.contracts.protos if found.system.contracts else None
    members = rendered(found.topology, target, protos)
    if options.only and options.only not in {*members, *store.members(target)}:
        raise Trouble(
            f"there is no member {options.only}", fix=f"use one of {', '.join(filter(None, members))}"
        )
    outcome = scaffold(target, members, only=options.only, dry=options.dry)
    if options.tools and not options.only and not outcome.refused:
        outcome = _with_tools(outcome, target, protos if "contracts" in members else None, options.dry)
    return outcome, unrendered(found.topology)


def finished(target: Path) -> bool:
    """Whether a scaffold came to its end in this workspace: what the tools make comes last. What is not ours counts as finished."""
    begun = bool(store.members(target))
    return workspace.made_once(target) if begun or not target.is_dir() else True


def rendered(topology: Topology, target: Path, protos: Path | None) -> dict[str, dict[str, File]]:
    """Every file of the workspace at `target`.

    Raises:
        Trouble: no workspace can be made for the system.
    """
    way = os.path.relpath(protos, target / "contracts") if protos else ""
    try:
        return render(topology, sources.templates(), Path(way).as_posix())
    except UnfitError as error:
        raise Trouble(f"no services can be rendered for {topology.system}", why=str(error)) from error


def _with_tools(outcome: Outcome, target: Path, protos: Path | None, dry: bool) -> Outcome:
    if dry:
        stale = workspace.stale(target, protos)
        return replace(outcome, current=outcome.current and not stale, left=tuple(stale))
    workspace.make(target, protos)
    return outcome


def scaffold(
    target: Path, members: Mapping[str, Mapping[str, File]], *, only: str | None = None, dry: bool = False
) -> Outcome:
    """Bring a workspace to what was rendered; `only` one member of it; with `dry` nothing is written.

    Raises:
        Trouble: an inventory cannot be read, a folder stands where a file belongs, the disk refuses.
    """
    plans = [_plan(target, name, members.get(name, {})) for name in _names(target, members, only)]
    with files.writing(target, fix="mend that and run scaffold again: it goes on where it stopped"):
        done = [step for each in plans for step in carry_out(target, each, dry)]
    return Outcome(str(target), tuple(done), all(each.current for each in plans))


def _names(target: Path, members: Iterable[str], only: str | None) -> list[str]:
    if only is None:
        return sorted({*members, *store.members(target)})
    return [only]


def _plan(target: Path, name: str, files: Mapping[str, File]) -> Plan:
    def read(path: str) -> str | None:
        file = target / path
        try:
            return decoded(file.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Trouble(f"{file} cannot be read", why=error.strerror or str(error)) from error

    return plan(name, files, store.read(target, name), read)
