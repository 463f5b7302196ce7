"""Scaffold: the files of a system's services, rendered into its workspace without losing what a person wrote."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from wireplan.rim.scaffolding import store
from wireplan.rim.scaffolding.merging import decoded
from wireplan.rim.scaffolding.writing import carry_out
from wireplan.rim.trouble import Trouble
from wireplan.skeletons.outcome import Outcome
from wireplan.skeletons.plan import Plan, plan
from wireplan.skeletons.render import File


def scaffold(
    workspace: Path, members: Mapping[str, Mapping[str, File]], *, only: str | None = None, dry: bool = False
) -> Outcome:
    """Bring a workspace to what was rendered; `only` one member of it; with `dry` nothing is written.

    Raises:
        Trouble: an inventory cannot be read, a folder stands where a file belongs, the disk refuses.
    """
    plans = [_plan(workspace, name, members.get(name, {})) for name in _names(workspace, members, only)]
    try:
        done = [step for each in plans for step in carry_out(workspace, each, dry)]
    except OSError as error:
        raise Trouble(
            f"{error.filename or workspace} could not be written",
            why=error.strerror or str(error),
            fix="mend that and run scaffold again: it goes on where it stopped",
        ) from error
    return Outcome(str(workspace), tuple(done), all(each.current for each in plans))


def _names(workspace: Path, members: Iterable[str], only: str | None) -> list[str]:
    if only is None:
        return sorted({*members, *store.members(workspace)})
    return [only]


def _plan(workspace: Path, name: str, files: Mapping[str, File]) -> Plan:
    def read(path: str) -> str | None:
        target = workspace / path
        try:
            return decoded(target.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Trouble(f"{target} cannot be read", why=error.strerror or str(error)) from error

    return plan(name, files, store.read(workspace, name), read)
